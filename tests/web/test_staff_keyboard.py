"""The office's dashboard and the wizard of circulars by keyboard alone, and the menu of a phone."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from tests.factories.world import World
from tests.supervision.office import Office, drafted
from tests.web.axe import DESK, PHONE, faults
from tests.web.live import live_server
from tests.web.staff import opened, sign_in

pytestmark = pytest.mark.browser
STOP = """
() => {
  const here = document.activeElement;
  // A hidden switch shows its focus on its label.
  const seen = here.matches(".heat-toggle") ? here.nextElementSibling : here;
  const box = seen.getBoundingClientRect();
  return {
    words: here.getAttribute("aria-label") || seen.innerText || here.name || here.id || here.tagName,
    within: Boolean(here.closest("main")), left: box.left, top: box.top + scrollY, bottom: box.bottom + scrollY,
    width: box.width, height: box.height, outline: getComputedStyle(seen).outlineStyle,
  };
}
"""


@dataclass(frozen=True)
class Stop:
    """Where the focus stands: words, whether within the main part, its place on the page in CSS pixels, its outline."""

    words: str
    within: bool
    left: float
    top: float
    bottom: float
    width: float
    height: float
    outline: str


@pytest.fixture
def origin(app: Flask, world: World) -> Iterator[str]:
    """The running application, with a circular that waits for its text."""
    world.items["circular"] = drafted(world, Office(app, world, "hx-supervisor"))
    with live_server(app) as address:
        yield address


def stops(page: Page, limit: int = 120) -> list[Stop]:
    """Where Tab leads from the skip link through the main part until it leaves."""
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到主要内容"
    assert Stop(**page.evaluate(STOP)).top >= 0, "the skip link is seen"
    page.keyboard.press("Enter")
    found: list[Stop] = []
    for _ in range(limit):
        page.keyboard.press("Tab")
        stop = Stop(**page.evaluate(STOP))
        if not stop.within:
            break
        # A date has inner stops that the browser itself marks.
        if not found or (stop.left, stop.top) != (found[-1].left, found[-1].top):
            found.append(stop)
    assert found
    return found


def wrong_with(found: list[Stop]) -> list[str]:
    """Stops that are not seen, and stops above the one before them unless a column begins to its right."""
    unseen = [
        f"no visible focus: {stop.words}"
        for stop in found
        if stop.outline != "solid" or min(stop.width, stop.height) < 12
    ]
    back = [
        f"back up from {before.words} to {after.words}"
        for before, after in pairwise(found)
        if after.bottom < before.top and after.left < before.left + before.width
    ]
    return unseen + back


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_the_dashboard(origin: str, browser: BrowserContext, width: int) -> None:
    with opened(browser) as page:
        sign_in(page, origin, "hx-supervisor")
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(f"{origin}/office/")
        found = stops(page)
        assert wrong_with(found) == []
        words = [stop.words.strip() for stop in found]
        assert words.index("跳过本表") < next(
            place for place, said in enumerate(words) if "展开" in said and "县直部门" in said
        )


def test_the_heat_map_folds_by_keyboard(origin: str, browser: BrowserContext) -> None:
    with opened(browser) as page:
        sign_in(page, origin, "hx-supervisor")
        page.goto(f"{origin}/office/")
        rows = page.locator(".heat-row")
        shown = rows.locator("visible=true").count()
        fold = page.get_by_role("checkbox", name="县直部门")
        fold.focus()
        page.keyboard.press("Space")
        assert rows.locator("visible=true").count() < shown
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.className")
        assert focused == "heat-toggle", "folded rows are passed over"
        assert faults(page) == []
        page.get_by_role("link", name="跳过本表").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('.heat')") is None


def test_the_steps_of_a_circular(origin: str, browser: BrowserContext, world: World) -> None:
    with opened(browser) as page:
        sign_in(page, origin, "hx-supervisor")
        for step in ("", "/figures", "/problems", "/commended", "/requirements", "/text"):
            for width in (DESK, PHONE):
                page.set_viewport_size({"width": width, "height": 844})
                page.goto(f"{origin}/office/circulars/{world.items['circular']}{step}")
                assert wrong_with(stops(page)) == [], (step, width)
                page.locator(".steps a").first.focus()
                page.keyboard.press("Enter")
                page.wait_for_url("**/figures" if step != "/figures" else "**/problems")


def test_the_wizard_leads_on_by_keyboard(origin: str, browser: BrowserContext, world: World) -> None:
    with opened(browser) as page:
        sign_in(page, origin, "hx-supervisor")
        base = f"{origin}/office/circulars/{world.items['circular']}"
        page.goto(f"{base}/requirements")
        contact = page.get_by_label("联系人")
        contact.fill("")
        contact.press("Enter")
        summary = page.get_by_role("alert")
        expect(summary).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(contact).to_be_focused()
        page.keyboard.type("李华")
        page.keyboard.press("Enter")
        page.wait_for_url("**/text*")


def test_the_menu_of_a_phone(origin: str, browser: BrowserContext) -> None:
    with opened(browser) as page:
        sign_in(page, origin, "hx-supervisor")
        page.set_viewport_size({"width": PHONE, "height": 844})
        page.goto(f"{origin}/office/")
        menu = page.locator(".top-menu > summary")
        menu.focus()
        page.keyboard.press("Enter")
        duties = page.get_by_role("navigation", name="工作导航")
        expect(duties.get_by_role("link", name="通报", exact=True)).to_be_visible()
        assert [fault for fault in faults(page) if f"{PHONE} px" in fault] == []
        page.set_viewport_size({"width": PHONE, "height": 844})
        page.keyboard.press("Escape")
        expect(duties).to_be_hidden()
        expect(menu).to_be_focused()

"""The portal in a real browser: accessible by axe-core's WCAG 2.1 AA rules, at 390 px, by keyboard, without scripts."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext

from tests.portal.conftest import Portal
from tests.portal.showcase import LONG
from tests.web.axe import faults
from tests.web.chromium import launch

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserContext]:
    """One browser, shared by the module."""
    with launch() as context:
        yield context


def test_every_page_passes_the_rules_at_both_widths(portal: Portal, browser: BrowserContext) -> None:
    page = browser.new_page()
    wrong = []
    for path in portal.paths:
        page.goto(portal.address + path)
        wrong += [f"{path}: {fault}" for fault in faults(page)]
    page.close()
    assert wrong == []


def test_links_are_large_enough_for_a_thumb(portal: Portal, browser: BrowserContext) -> None:
    page = browser.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{portal.address}/units/hx-mzj/")
    heights = page.evaluate("[...document.querySelectorAll('.tree a, .parts a')].map(a => a.offsetHeight)")
    page.close()
    assert min(heights) >= 44


def test_by_keyboard_alone_from_the_front_page_to_a_text(portal: Portal, browser: BrowserContext) -> None:
    page = browser.new_page()
    page.goto(portal.address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到主要内容"
    page.keyboard.press("Enter")
    reached = ""
    for _ in range(60):
        page.keyboard.press("Tab")
        reached = page.evaluate("document.activeElement.textContent.trim()")
        shown = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert shown == "solid", reached
        if reached == LONG:
            break
    assert reached == LONG
    page.keyboard.press("Enter")
    page.wait_for_url("**/items/*")
    box = page.locator(".table-box").first
    box.focus()
    page.set_viewport_size({"width": 390, "height": 844})
    page.keyboard.press("ArrowRight")
    # The policy forbids Playwright's own waiting for an expression.
    for _ in range(50):
        if box.evaluate("box => box.scrollLeft"):
            break
        page.wait_for_timeout(50)
    assert box.evaluate("box => box.scrollLeft") > 0
    page.close()


def test_the_citation_is_copied(portal: Portal, browser: BrowserContext) -> None:
    browser.grant_permissions(["clipboard-read", "clipboard-write"], origin=portal.address)
    page = browser.new_page()
    page.goto(portal.address + portal.paths[0])
    page.get_by_role("button", name="复制引用格式").click()
    page.get_by_role("button", name="已复制").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    page.close()
    assert copied.startswith(f"和溪县民政局：《{LONG}》（和民发〔2026〕3号），2026年3月16日，索引号：")

"""The portal in a real browser: accessible by axe-core's WCAG 2.1 AA rules, at 390 px, by keyboard, without scripts."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from tests.portal.conftest import Portal
from tests.portal.showcase import LONG
from tests.web.chromium import launch

pytestmark = pytest.mark.browser

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserContext]:
    """One browser, shared by the module."""
    with launch() as context:
        yield context


def violations(page: Page) -> list[str]:
    """What axe-core finds: rule and first place."""
    found: dict[str, Any] = Axe().run(page, options=RULES).response
    return [f"{fault['id']}: {fault['nodes'][0]['html'][:200]}" for fault in found["violations"]]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def test_every_page_passes_the_rules_at_both_widths(portal: Portal, browser: BrowserContext) -> None:
    page = browser.new_page()
    faults = []
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        for path in portal.paths:
            page.goto(portal.address + path)
            faults += [f"{path} {width}: {fault}" for fault in violations(page)]
            if overflow(page) > 0:
                faults.append(f"{path} {width}: wider than the window by {overflow(page)} px")
            if refused := page.evaluate("window.__violations"):
                faults.append(f"{path}: {refused}")
    page.close()
    assert faults == []


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

"""The search box in a real browser: suggestions by keyboard and by pointer, at both widths, by axe-core's rules."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from tests.factories.items import published
from tests.factories.world import World
from tests.web.axe import faults
from tests.web.chromium import launch
from tests.web.live import live_server

pytestmark = pytest.mark.browser
TITLE = "和溪县民政局关于印发2026年最低生活保障工作办法的通知"


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserContext]:
    """One browser, shared by the module."""
    with launch() as context:
        yield context


@pytest.fixture
def page(browser: BrowserContext, app: Flask, world: World) -> Iterator[Page]:
    """The front page of a site with one title; its security policy is broken nowhere."""
    published(world, title=TITLE)
    with live_server(app) as address:
        opened = browser.new_page()
        opened.goto(address)
        yield opened
        assert opened.evaluate("window.__violations") == []
        opened.close()


def test_by_keyboard(page: Page) -> None:
    box = page.get_by_role("combobox", name="搜索政府信息")
    box.press_sequentially("最低生活")
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    assert box.get_attribute("aria-expanded") == "true"
    assert faults(page) == []
    box.press("ArrowDown")
    active = box.get_attribute("aria-activedescendant")
    assert active == options.first.get_attribute("id")
    assert box.input_value() == "最低生活保障"
    box.press("Escape")
    expect(options.first).to_be_hidden()
    assert box.get_attribute("aria-activedescendant") is None
    assert box.input_value() == "最低生活"
    box.press("ArrowDown")
    expect(options.first).to_be_visible()
    box.press("ArrowUp")
    assert box.input_value() == TITLE
    box.press("Enter")
    page.wait_for_url("**/search?q=*")
    assert TITLE in page.get_by_role("heading", level=1).inner_text()


def test_by_pointer_on_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    box = page.get_by_role("combobox")
    box.fill("zdshbz")
    option = page.get_by_role("option").filter(has_text=TITLE)
    expect(option).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert option.evaluate("element => element.offsetHeight") >= 44
    option.click()
    page.wait_for_url("**/search?q=*")


def test_a_server_that_does_not_answer_leaves_a_plain_box(page: Page) -> None:
    page.route("**/search/suggest*", lambda route: route.abort())
    box = page.get_by_role("combobox")
    box.fill("最低")
    page.wait_for_timeout(300)
    assert box.get_attribute("aria-expanded") == "false"
    box.press("Enter")
    page.wait_for_url("**/search?q=*")

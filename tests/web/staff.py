"""Somebody who works here at a real browser."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import BrowserContext, Page

from tests.factories.world import PASSWORD
from tests.web.axe import DESK


@contextmanager
def opened(browser: BrowserContext) -> Iterator[Page]:
    """A page of a browser with which nobody has signed in; errors of its scripts fail the test."""
    browser.clear_cookies()
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_viewport_size({"width": DESK, "height": 844})
    yield page
    page.close()
    assert errors == []


def sign_in(page: Page, origin: str, login: str, password: str = PASSWORD) -> None:
    """Sign somebody in at the door."""
    page.context.clear_cookies()
    page.goto(f"{origin}/sign-in")
    page.locator("[name=username]").fill(login)
    page.locator("[name=password]").fill(password)
    with page.expect_navigation():
        page.get_by_role("button", name="登录").click()

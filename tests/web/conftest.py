"""Fixtures of the browser tests of static files."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.web.chromium import launch
from tests.web.site import Site, serve


@pytest.fixture
def site() -> Iterator[Site]:
    """A running site of our static files: one a test, since a page that closes may still save to its own."""
    with serve() as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserContext]:
    """One browser, shared by a module."""
    with launch() as context:
        yield context


@pytest.fixture
def page(browser: BrowserContext, site: Site) -> Iterator[Page]:
    """A page whose errors, violations of the policy and requests to elsewhere fail the test."""
    opened = browser.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.append(message.text) if "Policy" in message.text else None)
    opened.on("request", lambda request: faults.append(request.url) if site.origin not in request.url else None)
    yield opened
    violations = opened.evaluate("window.__violations")
    opened.close()
    assert violations == []
    assert faults == []

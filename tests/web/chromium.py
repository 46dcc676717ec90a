"""Starts the browser for tests: the one place that knows where Chromium is and how it runs here.

Debian's Chromium is driven by Playwright; Playwright's own download is never used.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# Keeps what the page's Content-Security-Policy refused in `window.__violations`.
_RECORD_VIOLATIONS = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.__violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`));
"""


def require_chromium() -> None:
    """Skip the test where Chromium is missing; under CI fail it, because nobody reads skips there."""
    if CHROMIUM.exists():
        return
    reason = f"{CHROMIUM} is missing"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def launch(*, java_script: bool = True, width: int = 1280, height: int = 800) -> Iterator[BrowserContext]:
    """Yield a Chinese browser with an empty profile; pages record violations of their security policy.

    `width` and `height` are the viewport in CSS pixels; `java_script=False` shows the page without scripts.
    """
    require_chromium()
    with (
        tempfile.TemporaryDirectory(prefix="gongkai-chromium-", ignore_cleanup_errors=True) as profile,
        sync_playwright() as playwright,
    ):
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            args=list(FLAGS),
            headless=True,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport={"width": width, "height": height},
            java_script_enabled=java_script,
        )
        context.set_default_timeout(10_000)
        context.add_init_script(_RECORD_VIOLATIONS)
        try:
            yield context
        finally:
            context.close()

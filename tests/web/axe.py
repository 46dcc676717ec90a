"""What is wrong with a page as a browser shows it: axe-core's WCAG 2.1 AA rules, its width, its security policy."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

DESK, PHONE = 1280, 390
"""Widths in CSS pixels at which every page is looked at."""

_RUN = """
(contrast) => axe.run({
  runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
  rules: {"color-contrast": {enabled: contrast}},
  resultTypes: ["violations"],
}).then((found) => found.violations.map((fault) => `${fault.id}: ${fault.nodes[0].html.slice(0, 200)}`))
"""


def violations(page: Page, *, contrast: bool = True) -> list[str]:
    """What axe-core finds: rule and first place; without `contrast` the colours are left out."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return list(page.evaluate(_RUN, contrast))


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def faults(page: Page, *, another: bool = False) -> list[str]:
    """What is wrong with the page that is open at a phone's width and at a desk's, which is left set.

    Of `another` page of a kind the colours, which take most of the time, are looked at on the desk only.
    """
    found = []
    for width in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": 844})
        found += [f"at {width} px: {fault}" for fault in violations(page, contrast=width == DESK or not another)]
        if (beyond := overflow(page)) > 0:
            found.append(f"at {width} px: wider than the window by {beyond} px")
    found += [f"refused by the policy: {refused}" for refused in page.evaluate("window.__violations")]
    return found

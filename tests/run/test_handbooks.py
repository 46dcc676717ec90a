"""The handbooks against the product: what stands in “” is on a screen, and links lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("platform", "tenants", "search", "workers")
HANDBOOKS = ("docs/unit.md", "docs/office.md")
PAGES = (
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")),
)
GAP = re.compile(r"×年×月×日|[×n…0-9，。；：]+")
"""What stands for a number or a name in a quoted sentence, and where the product puts sentences together."""
PUT_TOGETHER = frozenset(
    {"本月67家单位尚未发布信息，113家未完成月度任务（含尚未发布的67家），距月底还有7天。"}  # supervision.heat
)
"""Sentences made of smaller parts than these gaps make."""


def read(page: str) -> str:
    """A page without its code."""
    return re.sub(r"(?s)```.*?```", "", (ROOT / page).read_text("utf8"))


def product() -> str:
    """All that the product can say: templates, modules, tables."""
    paths = (path for source in SOURCES for path in sorted((ROOT / source).rglob("*")))
    kinds = {".py", ".html", ".js", ".csv"}
    return "\n".join(path.read_text("utf8") for path in paths if path.suffix in kinds and "vendor" not in path.parts)


def headings(page: str) -> list[str]:
    """The headings of a page."""
    return re.findall(r"(?m)^#+ (.+)$", read(page))


def anchor(heading: str) -> str:
    """The address of a heading, as the common viewers of Markdown make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def links(page: str) -> Iterator[tuple[Path, str]]:
    """The files and anchors that a page's links name."""
    for target in re.findall(r"\]\(([^)\s]+)\)", read(page)):
        if "://" not in target:
            file, _, place = unquote(target).partition("#")
            yield ((ROOT / page).parent / file if file else ROOT / page).resolve(), place


def test_what_is_quoted_is_on_a_screen() -> None:
    said = product()
    unknown = [
        f"{page}: {quoted}"
        for page in HANDBOOKS
        for quoted in re.findall("“([^”]+)”", read(page))
        if quoted not in {*headings(page), *PUT_TOGETHER} and not all(piece in said for piece in GAP.split(quoted))
    ]
    assert unknown == []


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for file, place in links(page):
        assert file.exists(), file
        if place:
            assert place in map(anchor, headings(str(file.relative_to(ROOT)))), place

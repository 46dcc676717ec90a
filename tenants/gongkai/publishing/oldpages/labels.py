"""Lines around a page's text: its metadata table, its breadcrumb, its time of publication."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.tables.cells import BadCell, to_datetime
from gongkai.core.tables.columns import Column, HeaderMatcher
from gongkai.core.text.folding import fold
from gongkai.publishing.imports.columns import COLUMNS, PAGE_LABELS

_KNOWN = HeaderMatcher([column for column in COLUMNS["migration"] if column.key in PAGE_LABELS | {"title"}])
_CELLS = re.compile(r"[|\t]|\u3000{2,}| {4,}")
_COLONS = (":", "：")
_PAIR = re.compile("(?P<label>[^：:|]{2,12})[：:]\\s*(?P<value>.*)", re.DOTALL)
_PLACE = re.compile("^(?:您?(?:现在|当前)?(?:所在)?的?位置|当前位置|您的位置)[:：是]?")
_STEPS = re.compile(r"\s*(?:>>|>|›|»|＞|/|→|\|)\s*")
_STEP_MARKS = re.compile(r">>|[>›»＞→]| / |/ | /")
_LONGEST_TRAIL = 160
_DATE = re.compile(
    r"(?:19|20)\d{2}\s?[-年/.]\s?\d{1,2}\s?[-月/.]\s?\d{1,2}\s?日?"
    r"(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?"
).pattern
_DATE_LINE = re.compile(f"(?:(?:发布|公开|发文|更新)?(?:时间|日期)\\s*[：:]?\\s*)?(?P<date>{_DATE})")
_LABELLED_DATE = re.compile(f"(?:发布|公开|发文)(?:时间|日期)\\s*[：:]\\s*(?P<date>{_DATE})")
_PUBLISHED = "published_at"


@dataclass(slots=True)
class Surroundings:
    """What was read around the text; `rest` are the lines that are none of it, in their order."""

    labels: list[list[str]] = field(default_factory=list)
    trail: list[str] = field(default_factory=list)
    published_at: datetime | None = None
    rest: list[str] = field(default_factory=list)

    @property
    def known_time(self) -> datetime | None:
        """When the page was published, by its table or by a line of its own."""
        stated = (moment(value) for label, value in self.labels if _key(label) == _PUBLISHED)
        return next(filter(None, stated), self.published_at)


def surroundings(lines: Sequence[str]) -> Surroundings:
    """Tell labels, breadcrumb and time apart from the other lines; labels and values stay as they were found."""
    found = Surroundings()
    for line in lines:
        pairs = label_pairs(line)
        if pairs:
            found.labels += [pair for pair in pairs if pair not in found.labels]
        elif not found.trail and (steps := trail_of(line)):
            found.trail = steps
        elif dated := _DATE_LINE.fullmatch(fold(line.strip())):
            found.published_at = found.published_at or moment(dated["date"])
        else:
            if stated := _LABELLED_DATE.search(fold(line)):
                found.published_at = found.published_at or moment(stated["date"])
            found.rest.append(line)
    return found


def label_pairs(line: str) -> list[list[str]]:
    """The [label, value] pairs of a line of a metadata table; none for any other line.

    A label ends with a colon or is one that pages use; the cell behind it is its value unless it is a label too.
    """
    cells = [cell.strip() for cell in _CELLS.split(line)]
    pairs: list[list[str]] = []
    for at, cell in enumerate(cells):
        inline = _PAIR.fullmatch(cell)
        if _is_label(cell, several=len(cells) > 1):
            following = cells[at + 1] if at + 1 < len(cells) else ""
            pairs.append([cell.rstrip("：: "), "" if _is_label(following, several=True) else following])
        elif inline and inline["value"] and _key(inline["label"]):
            pairs.append([inline["label"].strip(), inline["value"].strip()])
    return pairs if any(_key(label) for label, _ in pairs) else []


def known_column(label: str) -> Column | None:
    """The column of the migration import that a label of a metadata table names, in either script."""
    return _KNOWN.find(label) or _KNOWN.find(fold(label))


def trail_of(line: str) -> list[str]:
    """The steps of a breadcrumb without the words around them; empty for any other line."""
    text = line.strip()
    placed = _PLACE.match(text)
    if len(text) > _LONGEST_TRAIL or "。" in text or not (placed or len(_STEP_MARKS.findall(text)) > 1):
        return []
    return [step for step in _STEPS.split(_PLACE.sub("", text)) if step and step not in ("首页", "正文")]


def moment(text: str) -> datetime | None:
    """An instant as pages write it, midnight in Shanghai where only the day stands; None for anything else."""
    try:
        return to_datetime(re.sub(r"\s+(?=[年月日/.-])|(?<=[年月/.-])\s+", "", text.strip())).replace(tzinfo=SHANGHAI)
    except BadCell:
        return None


def _is_label(cell: str, *, several: bool) -> bool:
    if not cell or len(cell) > 16:
        return False
    return (cell.endswith(_COLONS) and several) or (several and bool(_key(cell)))


def _key(label: str) -> str:
    found = known_column(label)
    return found.key if found else ""

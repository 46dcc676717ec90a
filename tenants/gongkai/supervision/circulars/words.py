"""Small words that the parts of a circular's text share."""

from collections.abc import Iterable, Iterator, Sequence

from gongkai.core.calendar.spans import MONTH, YEAR
from gongkai.supervision.circulars.problems import Named
from gongkai.supervision.circulars.prose import Part
from gongkai.supervision.circulars.snapshot import Snapshot

NAMES_LEFT_OUT = ""
"""Instead of names in a version that names nobody: the colon before them goes too."""
_PROSE_HEADINGS = {"乡镇（街道）": "乡镇、街道", "县（市、区）": "县（市、区）政府", "村（社区）": "村、社区"}
_FEW = 2


def period_words(snapshot: Snapshot) -> str:
    """The period as the text says it: 3月份, 第一季度, 2023年."""
    span = snapshot.span
    if span.length == YEAR:
        return f"{span.year}年"
    return f"{span.first.month}月份" if span.length == MONTH else span.label.removeprefix(f"{span.year}年")


def period_token(snapshot: Snapshot) -> str:
    """Name under which texts hold the period."""
    return "月份" if snapshot.is_month else "统计期"


def compared_words(snapshot: Snapshot) -> str:
    """What a change against the period before is called: 环比, against the year before 同比."""
    return "同比" if snapshot.span.length == YEAR else "环比"


def prose_heading(heading: str) -> str:
    """A class of units without brackets of its own, so that its task can stand in brackets behind it."""
    return _PROSE_HEADINGS.get(heading, heading)


def degree(number: int, of: int) -> str:
    """个别 for one or two, 部分 for three or more but not over half, 多数 beyond."""
    if number <= _FEW:
        return "个别"
    return "部分" if number * 2 <= of else "多数"


def names(units: Iterable[Named]) -> Iterator[Part]:
    """Names joined by 、, each leading to what stands behind it."""
    for index, unit in enumerate(units):
        if index:
            yield Part("、")
        yield Part(unit.name, unit.evidence)


def joined(groups: Sequence[Sequence[Part]], separator: str) -> tuple[Part, ...]:
    """Stretches of text with a separator between the groups."""
    found: list[Part] = []
    for index, group in enumerate(groups):
        if index:
            found.append(Part(separator))
        found.extend(group)
    return tuple(found)

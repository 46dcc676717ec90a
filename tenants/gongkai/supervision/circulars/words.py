"""Small words that the parts of a circular's text share."""

from collections.abc import Iterable, Iterator, Sequence

from gongkai.supervision.circulars.problems import Named
from gongkai.supervision.circulars.prose import Part
from gongkai.supervision.circulars.snapshot import Snapshot

NAMES_LEFT_OUT = ""
"""Instead of names in a version that names nobody: the colon before them goes too."""
_PROSE_HEADINGS = {"乡镇（街道）": "乡镇、街道", "县（市、区）": "县（市、区）政府", "村（社区）": "村、社区"}
_FEW = 2


def month_words(snapshot: Snapshot) -> str:
    """The period as the text says it: 3月份."""
    return f"{snapshot.month.month}月份"


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

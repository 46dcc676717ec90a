"""Finding units by the names that people write: short and official names, codes, former names, beginnings."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gongkai.core.calendar.periods import Period
from gongkai.core.text.folding import fold
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.queries import standings
from gongkai.supervision.standings import Standing

_SEPARATORS = re.compile(r"[\s、，,；;]+")


@dataclass(frozen=True)
class UnitList:
    """The units of an office in a period, in official order."""

    rows: Sequence[Standing]

    def find(self, name: str) -> list[Standing]:
        """Units that a written name can mean: by whole name or code, else by the beginning of the short name."""
        wanted = fold(name.strip())
        if not wanted:
            return []
        exact = [row for row in self.rows if wanted in _names(row)]
        return exact or [row for row in self.rows if fold(row.name).startswith(wanted)]

    def read(self, text: str) -> tuple[list[Standing], list[str]]:
        """Units named in a text (a line each, or 、 between), and a sentence for each that fits none or several."""
        found: list[Standing] = []
        problems: list[str] = []
        for name in filter(None, _SEPARATORS.split(text)):
            meant = self.find(name)
            if len(meant) == 1:
                found.append(meant[0])
            else:
                problems.append(explain(name, meant))
        return found, problems

    def by_ids(self, ids: Iterable[int]) -> list[Standing]:
        """The units among these ids, in official order; ids of others are ignored."""
        wanted = set(ids)
        return [row for row in self.rows if row.id in wanted]


def explain(name: str, meant: Sequence[Standing]) -> str:
    """Why a written name names no unit."""
    if not meant:
        return f"“{name[:30]}”不是本机关督查范围内的单位"
    return f"“{name[:30]}”可以指{'、'.join(row.name for row in meant[:4])}，请写全称或单位代码"


def units_of_office(uow: UnitOfWork, *, office_id: int, period: Period) -> UnitList:
    """The units under an office in a period, those without a task included, the office itself left out.

    Raises:
        NotFound: when the office did not exist then.
    """
    found = standings(uow, office_id=office_id, period=period)
    return UnitList([row for row in (*found.rows, *found.untasked) if row.id != office_id])


def _names(row: Standing) -> set[str]:
    unit = row.unit
    return {fold(name) for name in (unit.short_name, unit.official_name, unit.code, *unit.aliases)}

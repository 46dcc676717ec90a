"""The catalogue tree of a unit as the public sees it, and its fixed parts (`catalog.md` section 7)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from gongkai.catalog.column_templates import PARTS
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import UpdatePeriod
from gongkai.core.db import AnyRow
from gongkai.portal.addresses import column_path, guide_path, unit_path
from gongkai.tenancy.kinds import profile

FIXED_PARTS = ("guide", "rules", "statutory", "report")


@dataclass(slots=True)
class Node:
    """A column in the tree; `total` and `last` are its own, not those of the columns below it."""

    code: str
    name: str
    part: str
    href: str
    total: int
    last: date | None
    update: str
    accepts: bool
    open: bool
    below: list["Node"] = field(default_factory=list)

    @property
    def in_all(self) -> int:
        """What stands here and in all columns below."""
        return self.total + sum(node.in_all for node in self.below)


@dataclass(frozen=True, slots=True)
class Part:
    """One of a unit's parts: the four fixed ones of an agency, or the top columns of a unit of its own rules."""

    name: str
    href: str
    current: bool


def tree(code: str, rows: Sequence[AnyRow]) -> list[Node]:
    """The top columns of a unit with those below them, from the rows of `unit_queries.catalogue`."""
    nodes = {row.id: _node(code, row) for row in rows}
    tops: list[Node] = []
    for row in rows:
        above = nodes.get(row.parent_id)
        (above.below if above else tops).append(nodes[row.id])
    return tops


def parts(unit: AnyRow, *, current: str = "statutory", column: str = "") -> list[Part]:
    """The parts of a unit; `current` is the part shown, `column` the top column of it."""
    tops = unit.tops or []
    if not profile(unit.tenant_type).receives_requests:
        return [Part(name, column_path(unit.code, code), code == column) for code, name, _ in tops]
    hrefs = {"guide": guide_path(unit.code), "statutory": unit_path(unit.code)}
    for code, _, part in tops:
        hrefs.setdefault(part, column_path(unit.code, code))
    return [Part(PARTS[part], hrefs[part], part == current) for part in FIXED_PARTS if part in hrefs]


def _node(code: str, row: AnyRow) -> Node:
    return Node(
        code=row.code,
        name=row.name,
        part=row.part,
        href=column_path(code, row.code),
        total=int(row.total),
        last=shanghai_date(row.last_at) if row.last_at else None,
        update=UpdatePeriod(row.update_period).label,
        accepts=row.accepts_items,
        open=row.active,
    )

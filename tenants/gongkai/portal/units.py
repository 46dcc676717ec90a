"""Pages of a unit: itself, one of its columns, its guide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from gongkai.catalog.guide_content import GuideContent
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import UpdatePeriod
from gongkai.core.db import AnyRow
from gongkai.core.errors import NotFound
from gongkai.core.uow import UnitOfWork
from gongkai.portal import unit_queries
from gongkai.portal.catalogue import Node, Part, parts, tree
from gongkai.portal.contacts import Contact, contact
from gongkai.tenancy.kinds import SUPERVISING_TYPES, RuleProfile, profile
from gongkai.tenancy.queries import former_names

LATEST = 10
PAGE = 30
LATEST_PAGE = 1000
"""Pages beyond are reached by year."""


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above each page of a unit.

    Attributes:
        unit: row of `unit_queries.unit`; trail: (code, short name) from the prefecture down to it.
        successors: (code, official name, date) of those who took it over.
    """

    unit: AnyRow
    trail: Sequence[Sequence[str]]
    parts: Sequence[Part]
    successors: Sequence[Sequence[str]]
    contact: Contact
    rules: RuleProfile

    @property
    def abolished(self) -> bool:
        """Whether the unit does not exist any more."""
        return bool(self.unit.status == "abolished")


@dataclass(frozen=True, slots=True)
class UnitPage:
    """The page of a unit.

    Attributes:
        marks: body id → its name, for items of the bodies that it took over.
        complaints: the column that says where to complain, for units that receive no requests.
    """

    head: Head
    former: Sequence[AnyRow]
    names: Sequence[AnyRow]
    nodes: Sequence[Node]
    latest: Sequence[AnyRow]
    marks: dict[int, str]
    below: Sequence[AnyRow]
    complaints: Node | None


@dataclass(frozen=True, slots=True)
class ColumnPage:
    """The page of a column: the columns below it, or a page of its items.

    `passed` tells where its function went （true） or came from （false）, the latest first: the other unit's code and
    name, and the day.
    """

    head: Head
    column: AnyRow
    update: str
    last: date | None
    nodes: Sequence[Node]
    items: Sequence[AnyRow]
    marks: dict[int, str]
    years: Sequence[tuple[int, int]]
    year: int | None
    total: int
    page: int
    pages: int
    passed: Sequence[tuple[bool, str, str, date]]

    @property
    def is_bare_guide(self) -> bool:
        """Whether it is an agency's guide column without items, where the structured guide says everything."""
        return self.column.part == "guide" and self.head.rules.receives_requests and not self.years


@dataclass(frozen=True, slots=True)
class GuidePage:
    """A version of a unit's guide, and the others; `shown` is None while there is none."""

    head: Head
    shown: AnyRow | None
    content: GuideContent | None
    versions: Sequence[AnyRow]


def unit_page(uow: UnitOfWork, *, code: str) -> UnitPage:
    """The page of a unit, with what it and the bodies before it published.

    Raises:
        NotFound: when there is none.
    """
    unit = unit_queries.unit(uow, code=code)
    former = unit_queries.bodies_before(uow, tenant_id=unit.id)
    before = [body.id for body in former]
    nodes = tree(unit.code, unit_queries.catalogue(uow, tenant_id=unit.id, before=before))
    governs = unit.tenant_type in SUPERVISING_TYPES
    return UnitPage(
        head=_head(unit),
        former=former,
        names=[name for name in former_names(uow, tenant_id=unit.id) if name.official_name != unit.official_name],
        nodes=nodes,
        latest=unit_queries.latest(uow, tenant_ids=[unit.id, *before], size=LATEST),
        marks={body.id: body.official_name for body in former},
        below=unit_queries.units_under(uow, tenant_id=unit.id) if governs else (),
        complaints=next((node for node in nodes if node.code == "jdts"), None),
    )


def column_page(uow: UnitOfWork, *, code: str, column_code: str, year: int | None, page: int) -> ColumnPage:
    """A page of a column's items, newest first, of one year if given.

    Raises:
        NotFound: when there is no such unit, column or page.
    """
    row = unit_queries.column(uow, code=code, column_code=column_code)
    head = _head(row, part=row.part, column=row.above or row.column_code)
    counted = unit_queries.years(uow, tenant_id=row.id, column_code=column_code)
    totals: dict[int, int] = {}
    for entry in counted:
        if entry.year:
            totals[int(entry.year)] = totals.get(int(entry.year), 0) + int(entry.total)
    total = totals.get(year, 0) if year else sum(totals.values())
    pages = max(1, -(-total // PAGE))
    if not 1 <= page <= min(pages, LATEST_PAGE):
        raise NotFound
    nodes: Sequence[Node] = ()
    items: Sequence[AnyRow] = ()
    if row.accepts_items:
        places = list({(entry.tenant_id, entry.column_id) for entry in counted})
        items = unit_queries.listed(uow, places=places, year=year, size=PAGE, skip=(page - 1) * PAGE)
    else:
        before = [entry.tenant_id for entry in counted if entry.tenant_id != row.id]
        nodes = _below(tree(row.code, unit_queries.catalogue(uow, tenant_id=row.id, before=before)), row.column_code)
    last = max((entry.last_at for entry in counted if entry.last_at), default=None)
    return ColumnPage(
        head=head,
        column=row,
        update=UpdatePeriod(row.update_period).label,
        last=shanghai_date(last) if last else None,
        nodes=nodes,
        items=items,
        marks={entry.tenant_id: entry.official_name for entry in counted if entry.tenant_id != row.id},
        years=sorted(totals.items(), reverse=True),
        year=year,
        total=total,
        page=page,
        pages=min(pages, LATEST_PAGE),
        passed=[(went, unit, name, date.fromisoformat(day)) for went, unit, name, day in row.passed or ()],
    )


def guide_page(uow: UnitOfWork, *, code: str, version: int | None = None) -> GuidePage:
    """A unit's guide: the version in force, or an earlier one.

    Raises:
        NotFound: when there is no such unit or version.
    """
    unit = unit_queries.unit(uow, code=code)
    versions = unit_queries.guides(uow, tenant_id=unit.id)
    shown = next((found for found in versions if version in (None, found.version)), None)
    if version is not None and shown is None:
        raise NotFound
    return GuidePage(
        head=_head(unit, part="guide"),
        shown=shown,
        content=GuideContent.model_validate(shown.content) if shown else None,
        versions=versions,
    )


def _head(unit: AnyRow, *, part: str = "statutory", column: str = "") -> Head:
    return Head(
        unit=unit,
        trail=unit.trail,
        parts=parts(unit, current=part, column=column),
        successors=unit.successors or (),
        contact=contact(unit.guide, unit.contact),
        rules=profile(unit.tenant_type),
    )


def _below(nodes: Sequence[Node], code: str) -> Sequence[Node]:
    for node in nodes:
        if node.code == code:
            return node.below
        found = _below(node.below, code)
        if found:
            return found
    return ()

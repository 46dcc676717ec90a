"""How documents stand by disclosure attribute （公开属性）: by month of formation, section or unit, and by reason.

Counted is every item with a date of formation, by the attribute that it has now; revisions are no documents of their
own. Until it is decided on, an item counts with the attribute that was proposed （`catalog.md` section 5）.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, case, func, select, text

from gongkai.core.calendar.periods import Period, period_range
from gongkai.core.tables.writing import Sheet, Value, write_xlsx
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import MODES, Item
from gongkai.publishing.states import ItemState
from gongkai.tenancy.models import Tenant

DECIDED = (ItemState.PUBLISHED, ItemState.TAKEN_DOWN, ItemState.WITHHELD, ItemState.ON_REQUEST)
NOT_PROACTIVE = ("on_request", "withheld")
HEADER = ("形成数", *MODES.values(), "主动公开占比", "其中办理中", "其中公文系统送来")
REASONS_SHOWN = 50
_OF_OFFICE = text(
    "SELECT c.tenant_id, c.formed_month, c.disclosure_mode, c.reason, c.decided, c.taken_in, c.total"
    " FROM gongkai_attribute_counts(:first, :last) AS c"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A number of items that have all of this in common; `group` is the section, or the unit's id for an office."""

    group: str | int
    month: str
    mode: str
    reason: str
    decided: bool
    taken_in: bool
    total: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Items by attribute; `running` are not decided on yet, `taken_in` came from a document system."""

    modes: Mapping[str, int]
    running: int
    taken_in: int

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.modes.values())

    def share(self, mode: str) -> str:
        """Part of an attribute in all, as 66.7%, half a tenth up; a dash where there is nothing."""
        if not self.total:
            return "—"
        tenths = (self.modes[mode] * 2000 + self.total) // (2 * self.total)
        return f"{tenths // 10}.{tenths % 10}%"

    @property
    def cells(self) -> tuple[int | str, ...]:
        """The row under `HEADER`."""
        counts = (self.modes[mode] for mode in MODES)
        return (self.total, *counts, self.share("proactive"), self.running, self.taken_in)


@dataclass(frozen=True, slots=True)
class Attributes:
    """A year by attribute.

    Attributes:
        months: the twelve months; `groups`: sections, or units in official order, those with items.
        reasons: (attribute, reason, number) of what was decided not to be made public on one's own initiative.
    """

    year: int
    whole: Tally
    months: Sequence[tuple[Period, Tally]]
    groups: Sequence[tuple[str, Tally]]
    reasons: Sequence[tuple[str, str, int]]

    @property
    def headline(self) -> str:
        """The sentence that the reader came for."""
        if not self.whole.total:
            return f"{self.year}年没有成文日期在本年的信息。"
        told = [f"{words}{self.whole.modes[mode]}条（{self.whole.share(mode)}）" for mode, words in MODES.items()]
        return f"{self.year}年形成信息{self.whole.total}条：{'，'.join(told)}。"


def of_unit(uow: UnitOfWork, *, tenant_id: int, year: int) -> Attributes:
    """A unit's year, by section."""
    reason = case((Item.state.in_(("withheld", "on_request")), Item.withheld_reason), else_="")
    columns = (
        Item.responsible_unit, func.to_char(Item.formed_date, "YYYY-MM"), Item.disclosure_mode, reason,
        Item.state.in_(DECIDED), Item.entry_route == "intake",
    )  # fmt: skip
    # Grouped by place: a bound value in a column is another one each time it is written.
    query = select(*columns, func.count()).where(*_formed(tenant_id, year)).group_by(*map(text, "123456"))
    lines = [Line(*row) for row in uow.session.execute(query)]
    sections = sorted({str(line.group) for line in lines}, key=lambda name: (name == "", name))
    return _attributes(year, lines, [(name, name or "（未填写科室）") for name in sections])


def of_office(uow: UnitOfWork, *, year: int) -> Attributes:
    """A year of the units below the office acted for, by unit; numbers and reasons, no item is read."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    lines = [Line(*row) for row in uow.session.execute(_OF_OFFICE, {"first": first, "last": last})]
    units = {line.group for line in lines}
    query = select(Tenant.id, Tenant.official_name).where(Tenant.id.in_(units))
    order = Tenant.level.desc(), Tenant.sort_order, Tenant.id
    return _attributes(year, lines, [(key, name) for key, name in uow.session.execute(query.order_by(*order))])


def unit_workbook(uow: UnitOfWork, *, tenant_id: int, year: int) -> bytes:
    """The tables of the page, and the two lists of the monthly form: all items, those not proactive with reasons."""
    query = (
        select(
            Item.document_number, Item.title, Item.summary, Item.formed_date, Item.disclosure_mode,
            Item.withheld_reason,
        )
        .where(*_formed(tenant_id, year))
        .order_by(Item.formed_date, Item.id)
    )  # fmt: skip
    rows = [(*row[:4], MODES[row[4]], row[5]) for row in uow.session.execute(query)]
    columns = ("信息编号（文号）", "信息名称", "内容描述", "生成时间", "公开属性")
    kept = [row for row in rows if row[4] != MODES["proactive"]]
    return write_xlsx(
        [
            *_sheets(of_unit(uow, tenant_id=tenant_id, year=year), "责任科室"),
            Sheet("公开属性明细", columns, (row[:5] for row in rows)),
            Sheet("不主动公开明细", (*columns, "理由和依据"), kept),
        ]
    )


def office_workbook(uow: UnitOfWork, *, year: int) -> bytes:
    """The tables of the office's page."""
    return write_xlsx([*_sheets(of_office(uow, year=year), "单位")])


def _formed(tenant_id: int, year: int) -> tuple[ColumnElement[bool], ...]:
    days = Item.formed_date.between(date(year, 1, 1), date(year, 12, 31))
    return Item.tenant_id == tenant_id, Item.revises_id.is_(None), days


def _attributes(year: int, lines: Sequence[Line], groups: Sequence[tuple[str | int, str]]) -> Attributes:
    reasons: dict[tuple[str, str], int] = {}
    for line in lines:
        if line.decided and line.mode in NOT_PROACTIVE:
            key = line.mode, line.reason
            reasons[key] = reasons.get(key, 0) + line.total
    most = sorted(reasons.items(), key=lambda found: (-found[1], found[0]))
    months = _tallies(lines, lambda line: line.month)
    of_group = _tallies(lines, lambda line: line.group)
    none = _tally([])
    return Attributes(
        year=year,
        whole=_tally(lines),
        months=[(month, months.get(str(month), none)) for month in period_range(Period(year, 1), Period(year, 12))],
        groups=[(name, of_group[key]) for key, name in groups],
        reasons=[(MODES[mode], reason or "（未填写）", total) for (mode, reason), total in most],
    )


def _tallies(lines: Sequence[Line], key: Callable[[Line], str | int]) -> dict[str | int, Tally]:
    found: dict[str | int, list[Line]] = {}
    for line in lines:
        found.setdefault(key(line), []).append(line)
    return {name: _tally(members) for name, members in found.items()}


def _tally(lines: Sequence[Line]) -> Tally:
    return Tally(
        modes={mode: sum(line.total for line in lines if line.mode == mode) for mode in MODES},
        running=sum(line.total for line in lines if not line.decided),
        taken_in=sum(line.total for line in lines if line.taken_in),
    )


def _sheets(found: Attributes, group: str) -> Iterator[Sheet]:
    yield Sheet(f"{found.year}年分月", ("月份", *HEADER), _rows([(m.label, t) for m, t in found.months], found.whole))
    yield Sheet(f"分{group}", (group, *HEADER), _rows(found.groups, found.whole))
    yield Sheet("不主动公开的理由", ("公开属性", "理由和依据", "条数"), found.reasons)


def _rows(lines: Sequence[tuple[str, Tally]], whole: Tally) -> Iterator[tuple[Value, ...]]:
    for name, tally in (*lines, ("合计", whole)):
        yield (name, *tally.cells)

"""Columns as an office looks into them: unit by unit, and a unit's columns with what was last and what is due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import func, select

from gongkai.catalog.models import INBOX_CODE, ContentColumn
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.store import load_calendar
from gongkai.core.db import AnyRow
from gongkai.core.text.numerals import percent
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.evaluation import freshness
from gongkai.supervision.evaluation.base import Asked, Moment, values_of
from gongkai.supervision.evaluation.engine import applied, exemptions, is_exempt
from gongkai.supervision.evaluation.subjects import subjects_of
from gongkai.supervision.findings import SHOWN_STATES, of_office
from gongkai.supervision.ledger.states import OPEN_STATES
from gongkai.supervision.models import Finding
from gongkai.supervision.queries import rule_book
from gongkai.tenancy.kinds import TenantType
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import OFFICIAL_ORDER, below

STALE_RULES = (freshness.NEWS, freshness.NOTICE, freshness.OTHER)
STATES = {
    "overdue": ("逾期未更新", "danger", "warning"),
    "blank": ("空白栏目", "danger", "x-circle"),
    "soon": ("即将到期", "warn", "clock"),
    "exempt": ("暂不适用规则", "neutral", "minus"),
    "fine": ("未到期限", "main", "check-circle"),
    "event": ("有信息时更新", "neutral", "minus"),
}
"""State of a column: its words, tone and icon, the worst first."""
_ORDER = {state: place for place, state in enumerate(STATES)}


@dataclass(frozen=True, slots=True)
class UnitColumns:
    """A unit of an office's table: its columns that take items, and how many of these are overdue, and blank."""

    code: str
    name: str
    official_name: str
    columns: int
    stale: int
    blank: int

    @property
    def faulty(self) -> int:
        """Columns with a problem."""
        return self.stale + self.blank

    @property
    def share(self) -> str:
        """Columns with a problem among all, `7.5%`."""
        return percent(self.faulty, self.columns) if self.columns else ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a unit.

    Attributes:
        period: how often it is to be updated, in words.
        updated: day of its last publication or change, None where it never held anything; `due`: last day for the next.
        state: key of `STATES`; findings: those about it that are not closed: id, rule_code, state, due_date.
    """

    id: int
    name: str
    period: str
    updated: date | None
    due: date | None
    state: str
    findings: Sequence[AnyRow] = field(default=())


def units_of(uow: UnitOfWork, *, office_id: int, path: str) -> list[UnitColumns]:
    """The units of an office with columns, those with the most problems first, then in official order.

    What is overdue or blank is what the last evaluation found and nobody has dismissed since.
    """
    own = (
        select(ContentColumn.tenant_id, func.count().label("columns"))
        .where(ContentColumn.active, ContentColumn.accepts_items, ContentColumn.code != INBOX_CODE)
        .group_by(ContentColumn.tenant_id)
        .subquery()
    )
    blank = Finding.rule_code == freshness.EMPTY
    found = (
        select(
            Finding.tenant_id, func.count().filter(blank).label("blank"), func.count().filter(~blank).label("stale")
        )
        .where(
            of_office(office_id), Finding.closed_at.is_(None), Finding.object_type == "column",
            Finding.rule_code.in_((*STALE_RULES, freshness.EMPTY)), Finding.state.in_(OPEN_STATES),
        )
        .group_by(Finding.tenant_id)
        .subquery()
    )  # fmt: skip
    query = (
        select(
            Tenant.code, Tenant.short_name, Tenant.official_name, own.c.columns,
            func.coalesce(found.c.stale, 0), func.coalesce(found.c.blank, 0),
        )
        .join(own, own.c.tenant_id == Tenant.id)
        .outerjoin(found, found.c.tenant_id == Tenant.id)
        .where(below(path), Tenant.status == "active", Tenant.tenant_type != TenantType.VILLAGE_COMMITTEE)
        .order_by(*OFFICIAL_ORDER)
    )  # fmt: skip
    rows = [UnitColumns(*row) for row in uow.session.execute(query)]
    return sorted(rows, key=lambda row: -row.faulty)


def columns_of_unit(uow: UnitOfWork, *, tenant_id: int, path: str, office_id: int) -> list[Column]:
    """A unit's columns as of today, the worst first; none for a body of which nothing is asked."""
    subject = subjects_of(uow, path=path).get(tenant_id)
    if subject is None:
        return []
    today = shanghai_date(uow.now)
    moment = Moment(today, Period.of(today), load_calendar(uow))
    asked = Asked({subject.id: subject}, moment)
    values = values_of(subject, rule_book(uow, path=path, codes=freshness.CODES), moment)
    (facts,) = freshness.read(uow, asked)
    exempt, states = exemptions(uow, asked), dict[int, str]()
    for problem in applied(freshness.evaluate(facts, values, moment), values):
        if problem.object_type == "column":
            state = {freshness.EMPTY: "blank", freshness.SOON: "soon"}.get(problem.rule, "overdue")
            states[problem.object_id] = "exempt" if is_exempt(problem, exempt) else state
    found = _findings(uow, tenant_id, office_id)
    shown = []
    for column in facts.columns:
        due = freshness.due_day(column, values)
        state = states.get(column.id, "event" if due is None else "fine")
        shown.append(
            Column(
                column.id, column.name, column.period.label, column.updated, due, state, found.get(column.id, ())
            )
        )  # fmt: skip
    return sorted(shown, key=lambda one: (_ORDER[one.state], one.due or date.max, one.name, one.id))


def _findings(uow: UnitOfWork, tenant_id: int, office_id: int) -> Mapping[int, Sequence[AnyRow]]:
    query: Any = (
        select(Finding.object_id, Finding.id, Finding.rule_code, Finding.state, Finding.due_date)
        .where(
            Finding.tenant_id == tenant_id, of_office(office_id), Finding.closed_at.is_(None),
            Finding.object_type == "column", Finding.state.in_(SHOWN_STATES),
        )
        .order_by(Finding.id)
    )  # fmt: skip
    found: dict[int, list[AnyRow]] = {}
    for row in uow.session.execute(query):
        found.setdefault(row.object_id, []).append(row)
    return found


def headline_of_units(rows: Sequence[UnitColumns]) -> tuple[str, str]:
    """Who is in trouble with columns, with the whole behind it; and the tone."""
    columns = sum(row.columns for row in rows)
    faulty = [row for row in rows if row.faulty]
    whole = f"{len(rows)}家单位{columns}个栏目"
    if not faulty:
        return f"{whole}中没有逾期未更新的栏目和空白栏目。", "good"
    stale, blank = sum(row.stale for row in faulty), sum(row.blank for row in faulty)
    parts = [f"{stale}个栏目逾期未更新"] * bool(stale) + [f"{blank}个空白栏目"] * bool(blank)
    return f"{whole}中，{len(faulty)}家单位有{'、'.join(parts)}。", "danger"


def headline_of_columns(columns: Sequence[Column]) -> tuple[str, str]:
    """How a unit's columns stand, and the tone."""
    numbers = {state: sum(1 for one in columns if one.state == state) for state in STATES}
    parts = [f"{numbers[state]}个{STATES[state][0]}" for state in ("overdue", "blank", "soon") if numbers[state]]
    tone = "danger" if numbers["overdue"] or numbers["blank"] else "warn" if numbers["soon"] else "good"
    if not columns:
        return "没有需要更新的栏目。", "plain"
    return f"{len(columns)}个栏目，{'，'.join(parts) if parts else '都没有到期'}。", tone

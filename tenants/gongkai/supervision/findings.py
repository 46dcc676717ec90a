"""Findings of a closed month, and lists of findings for offices and units.

A unit has one finding of a problem, in the ledger of the nearest office; offices further up read it with the others of
their subtree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import aliased

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import NotFound
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.catalogue import RULES
from gongkai.supervision.evaluation import quantity
from gongkai.supervision.evaluation.base import Asked, Moment, Subject, values_of
from gongkai.supervision.evaluation.engine import Evaluation, applied, reconcile
from gongkai.supervision.evaluation.subjects import nearest_office
from gongkai.supervision.ledger.states import OPEN_STATES, STATE_LABELS
from gongkai.supervision.models import Finding, FindingEvent
from gongkai.supervision.queries import offices, rule_book, standings
from gongkai.supervision.standings import Standing
from gongkai.tenancy.kinds import SUPERVISING_TYPES
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import OFFICIAL_ORDER


def evaluate_period(uow: UnitOfWork, *, office_id: int, period: Period) -> Evaluation:
    """Bring the findings of quantity of an office's units for a month in line with the counts.

    Each unit is judged as the nearest office sees the month. Dismissed findings stay dismissed. Needs a scope whose
    subtree holds the office's units.

    Raises:
        NotFound: when the office is missing, or did not exist in the month.
    """
    path = uow.one(select(Tenant.path).where(Tenant.id == office_id))
    return sum(evaluate_offices(uow, path=path, period=period).values(), Evaluation())


def evaluate_offices(uow: UnitOfWork, *, period: Period, path: str = "") -> dict[int, Evaluation]:
    """Evaluate the months of the offices under a place of the tree, each for its own ledger; office → what was done.

    Raises:
        NotFound: when the office at that place did not exist in the month.
    """
    moment = Moment.now(uow, period)
    supervising = offices(uow)
    ids, done = frozenset(office.id for office in supervising), {}
    for office in supervising:
        if path and not f"{office.path}.".startswith(f"{path}."):
            continue
        try:
            done[office.id] = _evaluate_office(uow, office_id=office.id, path=office.path, moment=moment, offices=ids)
        except NotFound:
            if office.path == path:
                raise
    return done


def _evaluate_office(
    uow: UnitOfWork, *, office_id: int, path: str, moment: Moment, offices: frozenset[int]
) -> Evaluation:
    found = standings(uow, office_id=office_id, period=moment.period)
    book = rule_book(uow, path=path, codes=RULES)
    here = {
        row.id: row
        for row in (*found.rows, *found.untasked)
        if nearest_office(row.unit.chain, offices) == office_id
    }  # fmt: skip
    subjects = {row.id: _subject(row, office_id) for row in here.values()}
    wanted = {}
    for facts in quantity.with_days(uow, here, moment.period):
        values = values_of(subjects[facts.standing.id], book, moment)
        for problem in applied(quantity.evaluate(facts, values, moment), values):
            wanted[problem.key] = problem
    asked = Asked(subjects, moment)
    return reconcile(uow, quantity.CODES, asked=asked, book=book, wanted=wanted, monthly=True)


def _subject(row: Standing, office_id: int) -> Subject:
    unit = row.unit
    return Subject(
        unit.id, unit.code, unit.short_name, unit.chain, unit.tenant_type, office_id, unit.established, unit.graces
    )  # fmt: skip


_LISTED = (
    Finding.id, Finding.rule_code, Finding.problem_class, Finding.period, Finding.evidence, Finding.state,
    Finding.found_at, Finding.closed_at, Finding.due_date, Finding.object_url,
)  # fmt: skip
OVERDUE = "overdue"
SHOWN_STATES = tuple(state for state in STATE_LABELS if state != "noted")


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A part of the list of findings: what it is called, and the states in it."""

    label: str
    states: tuple[str, ...]


LISTS = {
    "open": Narrowed("未销号", OPEN_STATES),
    "candidate": Narrowed("待核实", ("candidate",)),
    "disputed": Narrowed("有异议，待处理", ("disputed",)),
    "claimed_fixed": Narrowed("已反馈，待复查", ("claimed_fixed",)),
    OVERDUE: Narrowed("整改逾期", ("open", "in_progress", "reopened")),
}
"""Parts of the list of findings that can be asked for; of the overdue ones only those whose time has run out."""


def of_office(office_id: int) -> ColumnElement[bool]:
    """Condition: the ledger of an office and those of the offices below it."""
    office = aliased(Tenant)
    under = select(Tenant.id).join(office, Tenant.path.op("<@")(office.path)).where(office.id == office_id)
    return Finding.office_id.in_(under.where(Tenant.tenant_type.in_(SUPERVISING_TYPES) | (Tenant.id == office_id)))


def findings_of(
    uow: UnitOfWork, *, tenant_id: int, office_id: int | None = None, limit: int = 100
) -> Sequence[Row[Any]]:
    """A unit's findings, newest month first; `office_id` keeps those that an office may see.

    Rows: id, rule_code, problem_class, period, evidence, state, found_at, closed_at, due_date, object_url, office
    (short name).
    """
    query: Any = (
        select(*_LISTED, Tenant.short_name.label("office"))
        .join(Tenant, Tenant.id == Finding.office_id)
        .where(Finding.tenant_id == tenant_id, Finding.state.in_(SHOWN_STATES))
        .order_by(Finding.period.desc(), Finding.rule_code.desc(), Finding.id)
        .limit(limit)
    )
    return uow.session.execute(query if office_id is None else query.where(of_office(office_id))).all()


def histories_of(uow: UnitOfWork, *, tenant_id: int, finding_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """Finding's id → its steps, the first one first: event, at, note, detail."""
    rows = uow.session.execute(
        select(
            FindingEvent.finding_id, FindingEvent.event, FindingEvent.at, FindingEvent.note, FindingEvent.detail
        )
        .where(FindingEvent.tenant_id == tenant_id, FindingEvent.finding_id.in_(finding_ids))
        .order_by(FindingEvent.id)
    )  # fmt: skip
    found: dict[int, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.finding_id, []).append(row)
    return found


def findings_of_office(
    uow: UnitOfWork,
    *,
    office_id: int,
    period: Period | None = None,
    part: str = "",
    own: bool = False,
    page: int = 1,
    size: int = 50,
) -> tuple[Sequence[Row[Any]], int]:
    """A page of an office's findings by month and class, with the number of all.

    `part` is one of `LISTS`, all where it is empty; `own` leaves out the ledgers of the offices below.
    Rows: those of `findings_of`, with unit_code and unit (short name).
    """
    conditions: list[Any] = [Finding.office_id == office_id if own else of_office(office_id)]
    if period is not None:
        conditions.append(Finding.period == str(period))
    conditions.append(Finding.state.in_(LISTS[part].states if part else SHOWN_STATES))
    if part == OVERDUE:
        conditions.append(Finding.due_date < shanghai_date(uow.now))
    query: Any = (
        select(*_LISTED, Tenant.code.label("unit_code"), Tenant.short_name.label("unit"))
        .join(Tenant, Tenant.id == Finding.tenant_id)
        .where(*conditions)
        .order_by(Finding.period.desc(), Finding.rule_code.desc(), *OFFICIAL_ORDER)
        .limit(size)
        .offset((page - 1) * size)
    )
    number = uow.session.scalar(select(func.count()).select_from(Finding).where(*conditions)) or 0
    return uow.session.execute(query).all(), number

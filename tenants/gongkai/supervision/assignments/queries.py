"""What is read of tasks from above: an office's list, one task with its units, a unit's own, figures, facts for rules.

A task is done as long as the item that its report names is public: that is seen at reading and never stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, not_, or_, select, true

from gongkai.accounts.actors import Actor
from gongkai.core.calendar.instants import SHANGHAI, end_of_day
from gongkai.core.calendar.periods import Period
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item
from gongkai.supervision.assignments.models import KINDS, Assignment, AssignmentShare
from gongkai.supervision.assignments.standing import AssignmentFacts, ShareFact, Stand, TaskFigures, stand_of
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import OFFICIAL_ORDER, named_like

PAGE_SIZE = 50
DONE_SHOWN = 200
BADGE_FOR = timedelta(days=366)
REMINDED_FOR = timedelta(days=31)
"""A task is not reminded of when it has been over for longer."""
# With its limit it stays a look-up for each share; a join could read all items to learn of a few.
RESULT = (
    select(Item.title, Item.is_public, Item.published_at)
    .where(Item.id == AssignmentShare.item_id)
    .limit(1)
    .lateral("result")
)
COMPLETED_AT: ColumnElement[datetime | None] = case(
    (AssignmentShare.item_id.is_(None), AssignmentShare.done_at), (RESULT.c.is_public, RESULT.c.published_at)
)
"""When a share was done: the publication of the item if it is public, the report of a link elsewhere, else NULL."""


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """What an office's list is narrowed to; empty fields narrow nothing.

    Attributes:
        year: of the due date; `state` a stand that at least one unit has; `text` a part of the title or a unit's name.
    """

    year: int | None = None
    kind: str = ""
    state: str = ""
    text: str = ""


def tasks_of(uow: UnitOfWork, *, office_id: int, wanted: TaskFilter, page: int = 1) -> tuple[Sequence[AnyRow], int]:
    """A page of an office's tasks, the last handed out first, and how many there are.

    Rows: id, kind, title, due_at, handed_out_at, withdrawn_at, units, on_time, late, overdue, pending.
    """
    found = [Assignment.tenant_id == office_id, *_narrowed(uow, wanted)]
    total = uow.session.scalar(select(func.count()).select_from(Assignment).where(*found)) or 0
    shown = (
        select(
            Assignment.id, Assignment.kind, Assignment.title, Assignment.due_at, Assignment.handed_out_at,
            Assignment.withdrawn_at,
        )
        .where(*found)
        .order_by(Assignment.handed_out_at.desc(), Assignment.id.desc())
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
        .subquery()
    )  # fmt: skip
    query = (
        select(*shown.c, func.count().label("units"), *_numbers(uow))
        .join(AssignmentShare, AssignmentShare.assignment_id == shown.c.id)
        .outerjoin(RESULT, true())
        .group_by(*shown.c)
        .order_by(shown.c.handed_out_at.desc(), shown.c.id.desc())
    )
    return uow.session.execute(query).all(), total


def figures_of(uow: UnitOfWork, *, office_id: int, first: datetime, last: datetime) -> Mapping[str, TaskFigures]:
    """Kind of task → figures of the shares that fall due from `first` to `last`, both included, as of now."""
    query = (
        select(Assignment.kind, func.count().label("units"), *_numbers(uow))
        .join(Assignment, Assignment.id == AssignmentShare.assignment_id)
        .outerjoin(RESULT, true())
        .where(
            AssignmentShare.office_id == office_id, AssignmentShare.due_at.between(first, last),
            not_(AssignmentShare.withdrawn),
        )
        .group_by(Assignment.kind)
    )  # fmt: skip
    found = {
        row.kind: TaskFigures(row.units, row.on_time, row.late, row.overdue, row.pending)
        for row in uow.session.execute(query)
    }
    return {kind: found.get(kind, TaskFigures()) for kind in KINDS}


def facts_of(uow: UnitOfWork, *, office_id: int, period: Period) -> AssignmentFacts:
    """The shares of an office's tasks that fall due in a month, for circulars, as of now."""
    first = datetime(period.year, period.month, 1, tzinfo=SHANGHAI)
    in_month = AssignmentShare.due_at.between(first, end_of_day(period.last_day))
    return _facts(uow, AssignmentShare.office_id == office_id, in_month)


def not_done_in_time(uow: UnitOfWork, *, unit_ids: Sequence[int]) -> tuple[ShareFact, ...]:
    """Shares of some units whose day is past and that were not done by it （PB-TASK）."""
    late = or_(COMPLETED_AT.is_(None), AssignmentShare.due_at < COMPLETED_AT)
    return _facts(uow, AssignmentShare.tenant_id.in_(unit_ids), AssignmentShare.due_at < uow.now, late).shares


def _facts(uow: UnitOfWork, *conditions: ColumnElement[bool]) -> AssignmentFacts:
    query = (
        select(
            AssignmentShare.id, AssignmentShare.assignment_id, AssignmentShare.tenant_id, AssignmentShare.due_at,
            AssignmentShare.item_id, Tenant.short_name.label("unit"), Assignment.kind, Assignment.title,
            COMPLETED_AT.label("completed_at"),
        )
        .join(Assignment, Assignment.id == AssignmentShare.assignment_id)
        .join(Tenant, Tenant.id == AssignmentShare.tenant_id)
        .outerjoin(RESULT, true())
        .where(not_(AssignmentShare.withdrawn), *conditions)
        .order_by(*OFFICIAL_ORDER, AssignmentShare.due_at, AssignmentShare.id)
    )  # fmt: skip
    return AssignmentFacts(
        tuple(
            ShareFact(
                row.id, row.assignment_id, row.tenant_id, row.unit, row.kind, row.title, row.due_at, row.completed_at,
                row.item_id is not None,
                stand_of(due_at=row.due_at, completed_at=row.completed_at, withdrawn=False, now=uow.now),
            )
            for row in uow.session.execute(query)
        )
    )  # fmt: skip


def shares_of(uow: UnitOfWork, *, assignment_id: int) -> Sequence[AnyRow]:
    """The units of a task in official order.

    Rows: id, unit, unit_code, official_name, due_at, withdrawn, receipt_at, receipt_name, item_id, link, note, done_at,
    done_by_name, completed_at, item_title.
    """
    query = (
        select(
            AssignmentShare.id, Tenant.short_name.label("unit"), Tenant.code.label("unit_code"), Tenant.official_name,
            AssignmentShare.due_at, AssignmentShare.withdrawn, AssignmentShare.receipt_at,
            AssignmentShare.receipt_name, AssignmentShare.item_id, AssignmentShare.link, AssignmentShare.note,
            AssignmentShare.done_at, AssignmentShare.done_by_name, COMPLETED_AT.label("completed_at"),
            RESULT.c.title.label("item_title"),
        )
        .join(Tenant, Tenant.id == AssignmentShare.tenant_id)
        .outerjoin(RESULT, true())
        .where(AssignmentShare.assignment_id == assignment_id)
        .order_by(*OFFICIAL_ORDER)
    )  # fmt: skip
    return uow.session.execute(query).all()


def exported(uow: UnitOfWork, *, office_id: int, wanted: TaskFilter) -> Sequence[AnyRow]:
    """The shares of the tasks that a filter finds, task by task, units in official order.

    Rows: kind, title, source, source_url, handed_out_at, due_at, unit (official name), receipt_at, link, item_id,
    completed_at, withdrawn, note.
    """
    query = (
        select(
            Assignment.kind, Assignment.title, Assignment.source, Assignment.source_url, Assignment.handed_out_at,
            AssignmentShare.due_at, Tenant.official_name.label("unit"), AssignmentShare.receipt_at,
            AssignmentShare.link, AssignmentShare.item_id, COMPLETED_AT.label("completed_at"),
            AssignmentShare.withdrawn, AssignmentShare.note,
        )
        .join(AssignmentShare, AssignmentShare.assignment_id == Assignment.id)
        .join(Tenant, Tenant.id == AssignmentShare.tenant_id)
        .outerjoin(RESULT, true())
        .where(Assignment.tenant_id == office_id, *_narrowed(uow, wanted))
        .order_by(Assignment.handed_out_at, Assignment.id, *OFFICIAL_ORDER)
    )  # fmt: skip
    return uow.session.execute(query).all()


def own_shares(uow: UnitOfWork, *, tenant_id: int, settled: bool) -> Sequence[AnyRow]:
    """A unit's tasks: those still to be done by their day, or those done or withdrawn, the last first.

    Rows: id, kind, title, office (short name), due_at, receipt_at, completed_at, withdrawn, item_id.
    """
    query = (
        select(
            AssignmentShare.id, Assignment.kind, Assignment.title, Tenant.short_name.label("office"),
            AssignmentShare.due_at, AssignmentShare.receipt_at, COMPLETED_AT.label("completed_at"),
            AssignmentShare.withdrawn, AssignmentShare.item_id,
        )
        .join(Assignment, Assignment.id == AssignmentShare.assignment_id)
        .join(Tenant, Tenant.id == AssignmentShare.office_id)
        .outerjoin(RESULT, true())
        .where(AssignmentShare.tenant_id == tenant_id)
    )  # fmt: skip
    if settled:
        query = query.where(or_(AssignmentShare.withdrawn, COMPLETED_AT.is_not(None)))
        query = query.order_by(AssignmentShare.due_at.desc(), AssignmentShare.id.desc()).limit(DONE_SHOWN)
    else:
        query = query.where(*_undone()).order_by(AssignmentShare.due_at, AssignmentShare.id)
    return uow.session.execute(query).all()


def count_undone(uow: UnitOfWork, actor: Actor) -> int:
    """The badge of a unit: tasks still to be done; one whose result went off the page, for a year after its day."""
    query = select(func.count()).select_from(AssignmentShare).where(AssignmentShare.tenant_id == actor.tenant_id)
    never = query.where(AssignmentShare.done_at.is_(None), not_(AssignmentShare.withdrawn))
    recent = (AssignmentShare.done_at.is_not(None), AssignmentShare.due_at > uow.now - BADGE_FOR)
    again = query.outerjoin(RESULT, true()).where(*recent, *_undone())
    return (uow.session.scalar(never) or 0) + (uow.session.scalar(again) or 0)


def reminded(uow: UnitOfWork) -> Sequence[AnyRow]:
    """Shares of all units that have to be reminded of now: a day before the time ends, and when it has ended.

    Nobody is reminded a day before of what was handed out within that day. Rows: id, overdue.
    """
    now, day = uow.now, timedelta(days=1)
    overdue = AssignmentShare.due_at < now
    soon = and_(AssignmentShare.told == "", AssignmentShare.handed_out_at <= AssignmentShare.due_at - day)
    query = (
        select(AssignmentShare.id, overdue.label("overdue"))
        .outerjoin(RESULT, true())
        .where(
            AssignmentShare.told != "overdue", AssignmentShare.due_at.between(now - REMINDED_FOR, now + day),
            or_(overdue, soon), *_undone(),
        )
        .order_by(AssignmentShare.id)
    )  # fmt: skip
    return uow.session.execute(query).all()


def _undone() -> tuple[ColumnElement[bool], ...]:
    return not_(AssignmentShare.withdrawn), COMPLETED_AT.is_(None)


def _numbers(uow: UnitOfWork) -> list[ColumnElement[int]]:
    return [
        func.count().filter(_stands(uow, stand)).label(stand)
        for stand in (Stand.ON_TIME, Stand.LATE, Stand.OVERDUE, Stand.PENDING)
    ]


def _stands(uow: UnitOfWork, stand: Stand) -> ColumnElement[bool]:
    """The condition under which `stand_of` answers `stand`."""
    done = {
        Stand.ON_TIME: AssignmentShare.due_at >= COMPLETED_AT,
        Stand.LATE: AssignmentShare.due_at < COMPLETED_AT,
        Stand.OVERDUE: and_(COMPLETED_AT.is_(None), AssignmentShare.due_at < uow.now),
        Stand.PENDING: and_(COMPLETED_AT.is_(None), AssignmentShare.due_at >= uow.now),
    }
    if stand is Stand.WITHDRAWN:
        return AssignmentShare.withdrawn.is_(True)
    return and_(not_(AssignmentShare.withdrawn), done[stand])


def _narrowed(uow: UnitOfWork, wanted: TaskFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.year is not None:
        first, last = (datetime(year, 1, 1, tzinfo=SHANGHAI) for year in (wanted.year, wanted.year + 1))
        found.append(and_(Assignment.due_at >= first, Assignment.due_at < last))
    if wanted.kind:
        found.append(Assignment.kind == wanted.kind)
    here: Any = select(AssignmentShare.id).where(AssignmentShare.assignment_id == Assignment.id)
    if wanted.state:
        states = here.outerjoin(RESULT, true()).where(_stands(uow, Stand(wanted.state)))
        found.append(states.exists())
    if wanted.text:
        named = here.join(Tenant, Tenant.id == AssignmentShare.tenant_id).where(named_like(wanted.text)).exists()
        found.append(or_(named, Assignment.title.contains(wanted.text, autoescape=True)))
    return found

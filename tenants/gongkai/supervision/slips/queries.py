"""What is read of reminder slips: an office's register, one slip with its units, a unit's own, and the figures.

Whether a reply is overdue is never stored: it follows from state, due date and today.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from gongkai.accounts.actors import Actor
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.text.numerals import percent
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.slips.models import ReminderSlip, SlipCounter, SlipDelivery, SlipEvent
from gongkai.supervision.slips.states import OPEN, OVERDUE, WAITING, State
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import OFFICIAL_ORDER, named_like

PAGE_SIZE = 50
SETTLED_SHOWN = 200


@dataclass(frozen=True, slots=True)
class SlipFilter:
    """What a register is narrowed to; empty fields narrow nothing.

    Attributes:
        state: a state of which at least one unit is, or `overdue`.
        text: a part of the number, the matter or a unit's name.
    """

    year: int | None = None
    state: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class SlipFigures:
    """The slips issued in a time, counted by unit; those withdrawn are counted apart and in nothing else.

    Attributes:
        slips: numbered documents issued; `issued` deliveries of them to units.
        closed: deliveries accepted by the office; `overdue` those whose reply is missing past its day.
        late: deliveries whose reply came after its day, closed or not.
    """

    slips: int
    issued: int
    closed: int
    overdue: int
    late: int
    withdrawn: int
    replied: int

    @property
    def closure(self) -> tuple[int, int]:
        """Numerator and denominator of the closure rate （整改率）."""
        return self.closed, self.issued

    @property
    def rate(self) -> str:
        """The closure rate, `99.1%`; empty where nothing was issued."""
        return percent(*self.closure) if self.issued else ""


def slip_figures(uow: UnitOfWork, *, office_id: int, first: date, last: date) -> SlipFigures:
    """The figures of the slips that an office issued from `first` to `last`, both included, as of today."""
    row = uow.session.execute(
        select(
            func.count(SlipDelivery.slip_id.distinct()).label("slips"),
            _number(SlipDelivery.state != State.WITHDRAWN).label("issued"),
            _number(SlipDelivery.state == State.CLOSED).label("closed"),
            _number(_overdue(uow)).label("overdue"),
            _number(and_(SlipDelivery.late, SlipDelivery.state != State.WITHDRAWN)).label("late"),
            _number(SlipDelivery.state == State.WITHDRAWN).label("withdrawn"),
            _number(SlipDelivery.state == State.REPLIED).label("replied"),
        ).where(SlipDelivery.office_id == office_id, SlipDelivery.issued_date.between(first, last))
    ).one()
    return SlipFigures(*row)


def overdue_units(uow: UnitOfWork, *, office_id: int, first: date, last: date) -> Sequence[AnyRow]:
    """Who owes a reply to a slip issued in a time, in official order: unit_id, unit, number, matter, due_date."""
    query = (
        select(
            SlipDelivery.tenant_id.label("unit_id"), Tenant.short_name.label("unit"), ReminderSlip.number,
            ReminderSlip.matter, SlipDelivery.due_date,
        )
        .join(ReminderSlip, ReminderSlip.id == SlipDelivery.slip_id)
        .join(Tenant, Tenant.id == SlipDelivery.tenant_id)
        .where(SlipDelivery.office_id == office_id, SlipDelivery.issued_date.between(first, last), _overdue(uow))
        .order_by(*OFFICIAL_ORDER, SlipDelivery.id)
    )  # fmt: skip
    return uow.session.execute(query).all()


def register(uow: UnitOfWork, *, office_id: int, wanted: SlipFilter, page: int = 1) -> tuple[Sequence[AnyRow], int]:
    """A page of an office's register, newest first, and how many slips there are in all.

    Rows: id, number, matter, issued_date, due_date, units, closed, replied, overdue, withdrawn.
    """
    found = [ReminderSlip.tenant_id == office_id, *_narrowed(uow, wanted)]
    total = uow.session.scalar(select(func.count()).select_from(ReminderSlip).where(*found)) or 0
    slips = (
        select(
            ReminderSlip.id, ReminderSlip.number, ReminderSlip.matter, ReminderSlip.issued_date, ReminderSlip.due_date,
            ReminderSlip.year, ReminderSlip.sequence,
        )
        .where(*found)
        .order_by(ReminderSlip.year.desc(), ReminderSlip.sequence.desc())
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
        .subquery()
    )  # fmt: skip
    query = (
        select(
            slips.c.id, slips.c.number, slips.c.matter, slips.c.issued_date, slips.c.due_date,
            func.count().label("units"),
            _number(SlipDelivery.state == State.CLOSED).label("closed"),
            _number(SlipDelivery.state == State.REPLIED).label("replied"),
            _number(_overdue(uow)).label("overdue"),
            _number(SlipDelivery.state == State.WITHDRAWN).label("withdrawn"),
        )
        .join(SlipDelivery, SlipDelivery.slip_id == slips.c.id)
        .group_by(*slips.c)
        .order_by(slips.c.year.desc(), slips.c.sequence.desc())
    )  # fmt: skip
    return uow.session.execute(query).all(), total


def years_of(uow: UnitOfWork, *, office_id: int) -> list[int]:
    """Years in which an office has issued slips, newest first."""
    query = select(SlipCounter.year).where(SlipCounter.tenant_id == office_id).order_by(SlipCounter.year.desc())
    return list(uow.session.scalars(query))


def deliveries_of(uow: UnitOfWork, *, slip_id: int) -> Sequence[AnyRow]:
    """The units of a slip in official order.

    Rows: id, unit_id, unit, unit_code, official_name, state, due_date, replied_at, ended_at, returns, late.
    """
    query = (
        select(
            SlipDelivery.id, SlipDelivery.tenant_id.label("unit_id"), Tenant.short_name.label("unit"),
            Tenant.code.label("unit_code"), Tenant.official_name, SlipDelivery.state, SlipDelivery.due_date,
            SlipDelivery.replied_at, SlipDelivery.ended_at, SlipDelivery.returns, SlipDelivery.late,
        )
        .join(Tenant, Tenant.id == SlipDelivery.tenant_id)
        .where(SlipDelivery.slip_id == slip_id)
        .order_by(*OFFICIAL_ORDER)
    )  # fmt: skip
    return uow.session.execute(query).all()


def events_of(uow: UnitOfWork, *, delivery_ids: Sequence[int]) -> Mapping[int, Sequence[AnyRow]]:
    """Delivery → what happened to it, in the order of time.

    Rows: id, delivery_id, event, at, actor_name, text, link, filename.
    """
    query = (
        select(
            SlipEvent.id, SlipEvent.delivery_id, SlipEvent.event, SlipEvent.at, SlipEvent.actor_name, SlipEvent.text,
            SlipEvent.link, SlipEvent.filename,
        )
        .where(SlipEvent.delivery_id.in_(delivery_ids))
        .order_by(SlipEvent.delivery_id, SlipEvent.id)
    )  # fmt: skip
    found: dict[int, list[AnyRow]] = {}
    for row in uow.session.execute(query):
        found.setdefault(row.delivery_id, []).append(row)
    return found


def exported(uow: UnitOfWork, *, office_id: int, wanted: SlipFilter) -> Sequence[AnyRow]:
    """The deliveries of the slips that a filter finds, slip by slip, units in official order.

    Rows: number, matter, basis, issued_date, unit (official name), state, due_date, replied_at, ended_at, returns,
    late.
    """
    query = (
        select(
            ReminderSlip.number, ReminderSlip.matter, ReminderSlip.basis, ReminderSlip.issued_date,
            Tenant.official_name.label("unit"), SlipDelivery.state, SlipDelivery.due_date, SlipDelivery.replied_at,
            SlipDelivery.ended_at, SlipDelivery.returns, SlipDelivery.late,
        )
        .join(SlipDelivery, SlipDelivery.slip_id == ReminderSlip.id)
        .join(Tenant, Tenant.id == SlipDelivery.tenant_id)
        .where(ReminderSlip.tenant_id == office_id, *_narrowed(uow, wanted))
        .order_by(ReminderSlip.year, ReminderSlip.sequence, *OFFICIAL_ORDER)
    )  # fmt: skip
    return uow.session.execute(query).all()


def own_slips(uow: UnitOfWork, *, tenant_id: int, settled: bool) -> Sequence[AnyRow]:
    """Slips that a unit has received: those that are open by due date, or those that are settled, newest first.

    Rows: id, number, matter, office (short name), state, issued_date, due_date.
    """
    query = (
        select(
            SlipDelivery.id, ReminderSlip.number, ReminderSlip.matter, Tenant.short_name.label("office"),
            SlipDelivery.state, SlipDelivery.issued_date, SlipDelivery.due_date,
        )
        .join(ReminderSlip, ReminderSlip.id == SlipDelivery.slip_id)
        .join(Tenant, Tenant.id == SlipDelivery.office_id)
        .where(SlipDelivery.tenant_id == tenant_id)
    )  # fmt: skip
    if settled:
        query = query.where(SlipDelivery.state.not_in(OPEN))
        query = query.order_by(SlipDelivery.issued_date.desc(), SlipDelivery.id.desc()).limit(SETTLED_SHOWN)
    else:
        query = query.where(SlipDelivery.state.in_(OPEN)).order_by(SlipDelivery.due_date, SlipDelivery.id)
    return uow.session.execute(query).all()


def count_waiting(uow: UnitOfWork, actor: Actor) -> int:
    """The badge of a unit: slips that wait for its reply."""
    query = select(func.count()).select_from(SlipDelivery)
    # The open ones stand in an index; those that wait for the office are few among them.
    open_ones = (SlipDelivery.state.in_(OPEN), SlipDelivery.state.in_(WAITING))
    return uow.session.scalar(query.where(SlipDelivery.tenant_id == actor.tenant_id, *open_ones)) or 0


def count_replied(uow: UnitOfWork, actor: Actor) -> int:
    """The badge of an office: replies that wait for its decision."""
    query = select(func.count()).select_from(SlipDelivery)
    replied = (SlipDelivery.office_id == actor.tenant_id, SlipDelivery.state == State.REPLIED)
    return uow.session.scalar(query.where(*replied)) or 0


def _overdue(uow: UnitOfWork) -> ColumnElement[bool]:
    return and_(SlipDelivery.state.in_(WAITING), SlipDelivery.due_date < shanghai_date(uow.now))


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)


def _narrowed(uow: UnitOfWork, wanted: SlipFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.year is not None:
        found.append(ReminderSlip.year == wanted.year)
    here: Any = select(SlipDelivery.id).where(SlipDelivery.slip_id == ReminderSlip.id)
    if wanted.state:
        state = _overdue(uow) if wanted.state == OVERDUE else SlipDelivery.state == wanted.state
        found.append(here.where(state).exists())
    if wanted.text:
        named = here.join(Tenant, Tenant.id == SlipDelivery.tenant_id).where(named_like(wanted.text)).exists()
        texts = (ReminderSlip.number, ReminderSlip.matter)
        found.append(or_(named, *(text.contains(wanted.text, autoescape=True) for text in texts)))
    return found

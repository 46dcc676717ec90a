"""What is read of transfers: a month's versions, lists by unit, by hall and by office, their rows and steps.

Whether a list is overdue is never stored: it follows from state, due date and today.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, cast, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from gongkai.accounts.actors import Actor
from gongkai.core.calendar.instants import end_of_day, shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item, ItemVersion
from gongkai.supervision.transfers.models import ReceivingHall, TransferEvent, TransferList, TransferRow
from gongkai.supervision.transfers.states import CURRENT, OVERDUE, WAITING, State
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import OFFICIAL_ORDER

PAGE_SIZE = 50
OWN_SHOWN = 100
_SHANGHAI = "Asia/Shanghai"
_LISTED = (
    TransferList.id, TransferList.period, TransferList.kind, TransferList.version, TransferList.state,
    TransferList.due_date, TransferList.items, TransferList.late, TransferList.sent_at, TransferList.received_at,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TransferFigures:
    """The lists of a month that units owe an office's halls, each unit and hall once.

    Attributes:
        nil: sent ones that are a nil return （零报告）; `received` those that a hall has confirmed.
    """

    units: int
    lists: int
    sent: int
    nil: int
    received: int
    mismatch: int
    overdue: int


def rows_now(uow: UnitOfWork, *, tenant_id: int, period: Period) -> Sequence[AnyRow]:
    """What a unit published in a month and is public now: of each item the last version of the month, by day.

    Rows: item_id, version_id, version, index_number, title, document_number, formed_date, published_date, attachments,
    digest.
    """
    first, last = end_of_day(period.previous().last_day), end_of_day(period.last_day)
    content = ItemVersion.content
    newest = (
        select(
            ItemVersion.item_id, ItemVersion.id.label("version_id"), ItemVersion.version,
            func.coalesce(content["index_number"].astext, "").label("index_number"),
            content["title"].astext.label("title"),
            func.coalesce(content["document_number"].astext, "").label("document_number"),
            cast(content["formed_date"].astext, Date).label("formed_date"),
            cast(func.timezone(_SHANGHAI, ItemVersion.published_at), Date).label("published_date"),
            func.jsonb_array_length(content["attachments"]).label("attachments"), ItemVersion.hash.label("digest"),
            ItemVersion.position,
        )
        .join(Item, and_(Item.id == ItemVersion.item_id, Item.tenant_id == ItemVersion.tenant_id))
        .where(
            ItemVersion.tenant_id == tenant_id, ItemVersion.published_at > first, ItemVersion.published_at <= last,
            Item.is_public,
        )
        .ext(distinct_on(ItemVersion.item_id))
        .order_by(ItemVersion.item_id, ItemVersion.version.desc())
        .subquery()
    )  # fmt: skip
    return uow.session.execute(select(newest).order_by(newest.c.published_date, newest.c.position)).all()


def rows_of(uow: UnitOfWork, *, list_id: int) -> Sequence[AnyRow]:
    """The rows of a list that was sent, as `rows_now`; with id, position, problem and answer with their notes."""
    query = select(
        TransferRow.id, TransferRow.position, TransferRow.item_id, TransferRow.version_id, TransferRow.version,
        TransferRow.index_number, TransferRow.title, TransferRow.document_number, TransferRow.formed_date,
        TransferRow.published_date, TransferRow.attachments, TransferRow.digest, TransferRow.problem,
        TransferRow.problem_note, TransferRow.answer, TransferRow.answer_note,
    ).where(TransferRow.list_id == list_id)  # fmt: skip
    return uow.session.execute(query.order_by(TransferRow.position)).all()


def events_of(uow: UnitOfWork, *, list_id: int) -> Sequence[AnyRow]:
    """What happened to a list, in the order of time: event, at, actor_name, text."""
    query = select(TransferEvent.event, TransferEvent.at, TransferEvent.actor_name, TransferEvent.text)
    return uow.session.execute(query.where(TransferEvent.list_id == list_id).order_by(TransferEvent.id)).all()


def versions_of(uow: UnitOfWork, *, tenant_id: int, hall_id: int, period: str) -> Sequence[AnyRow]:
    """The versions of the list of one unit, hall and month, the newest first: id, version, state."""
    query = select(TransferList.id, TransferList.version, TransferList.state).where(
        TransferList.tenant_id == tenant_id, TransferList.hall_id == hall_id, TransferList.period == period
    )
    return uow.session.execute(query.order_by(TransferList.version.desc())).all()


def own_lists(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """A unit's lists without those that were corrected, newest month first.

    Rows: id, period, kind, version, state, due_date, items, late, sent_at, received_at, hall (short name).
    """
    query = (
        select(*_LISTED, Tenant.short_name.label("hall"))
        .join(Tenant, Tenant.id == TransferList.hall_id)
        .where(TransferList.tenant_id == tenant_id, TransferList.state.in_(CURRENT))
        .order_by(TransferList.period.desc(), *OFFICIAL_ORDER)
        .limit(OWN_SHOWN)
    )
    return uow.session.execute(query).all()


def received_lists(
    uow: UnitOfWork, *, hall_id: int, period: str, state: str = "", page: int = 1
) -> tuple[Sequence[AnyRow], int]:
    """A page of what units have sent to a hall of a month, in official order, and how many there are.

    Rows: id, period, kind, version, state, due_date, items, late, sent_at, received_at, unit (short name).
    """
    wanted = [TransferList.hall_id == hall_id, TransferList.period == period]
    wanted.append(TransferList.state == state if state else TransferList.state.in_(CURRENT))
    wanted.append(TransferList.state != State.PREPARED)
    total = uow.session.scalar(select(func.count()).select_from(TransferList).where(*wanted)) or 0
    query = (
        select(*_LISTED, Tenant.short_name.label("unit"))
        .join(Tenant, Tenant.id == TransferList.tenant_id)
        .where(*wanted)
        .order_by(*OFFICIAL_ORDER, TransferList.id)
    )
    return uow.session.execute(query.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).all(), total


def received_months(uow: UnitOfWork, *, hall_id: int) -> list[tuple[str, int]]:
    """The months of which lists wait for a hall, with their number, the oldest first."""
    query = (
        select(TransferList.period, func.count())
        .where(TransferList.hall_id == hall_id, TransferList.state == State.SENT)
        .group_by(TransferList.period)
        .order_by(TransferList.period)
    )
    return [(row[0], row[1]) for row in uow.session.execute(query)]


def office_lists(
    uow: UnitOfWork, *, office_id: int, period: str, state: str = "", page: int | None = 1
) -> tuple[Sequence[AnyRow], int]:
    """A page of the lists of a month that are owed to an office's halls, units in official order, and their number.

    `state` may be `overdue`: these are owed whatever their month. Without a page all of them. Rows: id, period, kind,
    version, state, due_date, items, late, sent_at, received_at, unit and hall (short names), unit_code.
    """
    wanted = [TransferList.office_id == office_id, TransferList.state.in_(CURRENT)]
    wanted.append(_overdue(uow) if state == OVERDUE else TransferList.period == period)
    if state and state != OVERDUE:
        wanted.append(TransferList.state == state)
    hall = aliased(Tenant)
    total = uow.session.scalar(select(func.count()).select_from(TransferList).where(*wanted)) or 0
    query: Any = (
        select(*_LISTED, Tenant.short_name.label("unit"), Tenant.code.label("unit_code"), hall.short_name.label("hall"))
        .join(Tenant, Tenant.id == TransferList.tenant_id)
        .join(hall, hall.id == TransferList.hall_id)
        .where(*wanted)
        .order_by(*OFFICIAL_ORDER, TransferList.period, TransferList.id)
    )
    if page is not None:
        query = query.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    return uow.session.execute(query).all(), total


def figures_of(uow: UnitOfWork, *, office_id: int, period: str) -> TransferFigures:
    """The figures of a month, as of today."""
    row = uow.session.execute(
        select(
            func.count(TransferList.tenant_id.distinct()), func.count(),
            _number(TransferList.state != State.PREPARED), _number(TransferList.items == 0),
            _number(TransferList.state == State.CONFIRMED), _number(TransferList.state == State.MISMATCH),
            _number(_overdue(uow)),
        ).where(
            TransferList.office_id == office_id, TransferList.period == period, TransferList.state.in_(CURRENT)
        )
    ).one()  # fmt: skip
    return TransferFigures(*row)


def first_month(uow: UnitOfWork, *, office_id: int) -> str | None:
    """The first month of which an office has had lists made, None when it never appointed a hall."""
    return uow.session.scalar(select(func.min(ReceivingHall.from_period)).where(ReceivingHall.tenant_id == office_id))


def halls_of(uow: UnitOfWork, *, office_id: int) -> Sequence[AnyRow]:
    """The halls that an office has appointed, those in force first: id, hall, kind, from_period, ended_at."""
    query = (
        select(
            ReceivingHall.id, Tenant.official_name.label("hall"), ReceivingHall.kind, ReceivingHall.from_period,
            ReceivingHall.ended_at,
        )
        .join(Tenant, Tenant.id == ReceivingHall.hall_id)
        .where(ReceivingHall.tenant_id == office_id)
        .order_by(ReceivingHall.ended_at.desc().nulls_first(), *OFFICIAL_ORDER, ReceivingHall.id)
    )  # fmt: skip
    return uow.session.execute(query).all()


def count_waiting(uow: UnitOfWork, actor: Actor) -> int:
    """The badge of a unit: lists on which it has to act."""
    query = select(func.count()).select_from(TransferList)
    waiting = (TransferList.tenant_id == actor.tenant_id, TransferList.state.in_(WAITING))
    return uow.session.scalar(query.where(*waiting)) or 0


def count_arrived(uow: UnitOfWork, actor: Actor) -> int:
    """The badge of a hall: lists that wait for it."""
    query = select(func.count()).select_from(TransferList)
    arrived = (TransferList.hall_id == actor.tenant_id, TransferList.state == State.SENT)
    return uow.session.scalar(query.where(*arrived)) or 0


def count_overdue(uow: UnitOfWork, actor: Actor) -> int:
    """The badge of an office: lists whose unit has not acted in time."""
    query = select(func.count()).select_from(TransferList)
    return uow.session.scalar(query.where(TransferList.office_id == actor.tenant_id, _overdue(uow))) or 0


def _overdue(uow: UnitOfWork) -> ColumnElement[bool]:
    return and_(TransferList.state.in_(WAITING), TransferList.due_date < shanghai_date(uow.now))


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)

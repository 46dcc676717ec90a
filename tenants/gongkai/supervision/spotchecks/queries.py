"""What is read of spot checks: what can be drawn, the draws of an office, the records of one."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import func, select

from gongkai.accounts.actors import Actor
from gongkai.catalog.models import ContentColumn
from gongkai.core.calendar.instants import end_of_day
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item
from gongkai.supervision.spotchecks.models import CheckRecord, SpotCheck
from gongkai.tenancy.models import Tenant

PAGE_SIZE = 50


def population(
    uow: UnitOfWork, *, unit_ids: Collection[int], first: date, last: date, columns: Collection[str], limit: int
) -> Sequence[AnyRow]:
    """Public items of some units, published from one day to another, in columns of these names: item_id, unit_id."""
    before = date.fromordinal(first.toordinal() - 1)
    query = select(Item.id.label("item_id"), Item.tenant_id.label("unit_id")).where(
        Item.tenant_id.in_(unit_ids), Item.is_public, Item.published_at > end_of_day(before),
        Item.published_at <= end_of_day(last),
    )  # fmt: skip
    if columns:
        named = select(ContentColumn.id).where(ContentColumn.tenant_id.in_(unit_ids), ContentColumn.name.in_(columns))
        query = query.where(Item.column_id.in_(named))
    return uow.session.execute(query.order_by(Item.id).limit(limit)).all()


def known_columns(uow: UnitOfWork, *, unit_ids: Collection[int], columns: Collection[str]) -> frozenset[str]:
    """Which of these names some column of the units has."""
    query = select(ContentColumn.name).where(ContentColumn.tenant_id.in_(unit_ids), ContentColumn.name.in_(columns))
    return frozenset(uow.session.scalars(query.distinct()))


def described(uow: UnitOfWork, *, item_ids: Collection[int]) -> Sequence[AnyRow]:
    """What a record says of its item: id, tenant_id, title, published_at, column_name."""
    query = (
        select(Item.id, Item.tenant_id, Item.title, Item.published_at, ContentColumn.name.label("column_name"))
        .join(ContentColumn, ContentColumn.id == Item.column_id)
        .where(Item.id.in_(item_ids))
    )
    return uow.session.execute(query).all()


def checks_of(uow: UnitOfWork, *, office_id: int, page: int = 1) -> tuple[Sequence[AnyRow], int]:
    """A page of an office's spot checks, newest first, and how many there are.

    Rows: id, title, first_date, last_date, drawn_at, drawn, checked, problems.
    """
    total = uow.session.scalar(select(func.count()).select_from(SpotCheck).where(SpotCheck.tenant_id == office_id)) or 0
    shown = (
        select(SpotCheck.id, SpotCheck.title, SpotCheck.first_date, SpotCheck.last_date, SpotCheck.drawn_at)
        .where(SpotCheck.tenant_id == office_id)
        .order_by(SpotCheck.drawn_at.desc(), SpotCheck.id.desc())
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
        .subquery()
    )
    query = (
        select(
            *shown.c, func.count(CheckRecord.id).label("drawn"),
            func.count().filter(CheckRecord.result != "").label("checked"),
            func.count().filter(CheckRecord.result == "problem").label("problems"),
        )
        .join(CheckRecord, (CheckRecord.check_id == shown.c.id) & (CheckRecord.tenant_id == office_id))
        .group_by(*shown.c)
        .order_by(shown.c.drawn_at.desc(), shown.c.id.desc())
    )  # fmt: skip
    return uow.session.execute(query).all(), total


def records_of(uow: UnitOfWork, *, office_id: int, check_id: int) -> Sequence[AnyRow]:
    """The records of a spot check in the order of the draw.

    Rows: id, position, unit_id, unit (short name), item_id, title, column_name, published_date, result, looked_at,
    text, rule_code, finding_id, checked_at, checked_by_name.
    """
    query = (
        select(
            CheckRecord.id, CheckRecord.position, CheckRecord.unit_id, Tenant.short_name.label("unit"),
            CheckRecord.item_id, CheckRecord.title, CheckRecord.column_name, CheckRecord.published_date,
            CheckRecord.result, CheckRecord.looked_at, CheckRecord.text, CheckRecord.rule_code, CheckRecord.finding_id,
            CheckRecord.checked_at, CheckRecord.checked_by_name,
        )
        .join(Tenant, Tenant.id == CheckRecord.unit_id)
        .where(CheckRecord.tenant_id == office_id, CheckRecord.check_id == check_id)
        .order_by(CheckRecord.position)
    )  # fmt: skip
    return uow.session.execute(query).all()


def count_unchecked(uow: UnitOfWork, actor: Actor) -> int:
    """The badge of an office: items drawn and not checked yet."""
    query = select(func.count()).select_from(CheckRecord)
    return uow.session.scalar(query.where(CheckRecord.tenant_id == actor.tenant_id, CheckRecord.result == "")) or 0

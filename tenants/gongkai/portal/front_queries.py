"""What the public reads of the whole prefecture: newest items, bodies, figures. Always in the public scope."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select, text, tuple_
from sqlalchemy.orm import aliased

from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.calendar.periods import Period
from gongkai.core.db import AnyRow
from gongkai.core.models import SiteSetting
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item, PeriodCount
from gongkai.tenancy.models import Tenant, TenantSuccession
from gongkai.tenancy.queries import OFFICIAL_ORDER

_FIGURES = text("""
SELECT coalesce(sum(total) FILTER (WHERE period = :period), 0) AS this_month,
    count(DISTINCT tenant_id) FILTER (WHERE period = :period AND total > 0) AS publishing,
    coalesce(sum(total), 0) AS in_all
FROM period_count
""")
_Next = aliased(Tenant)
SETTINGS = ("featured", "search_examples")


def newest(
    uow: UnitOfWork, *, size: int, month: Period | None = None, after: tuple[datetime, int] | None = None
) -> Sequence[AnyRow]:
    """The newest items of all units, of one month if given, behind `after` (published_at, id) if given.

    Rows: id, tenant_id, title, document_number, index_number, validity, published_at, display_until, unit_code,
    unit_name.
    """
    query = (
        select(
            Item.id, Item.tenant_id, Item.title, Item.document_number, Item.index_number, Item.validity,
            Item.published_at, Item.display_until, Tenant.code.label("unit_code"),
            Tenant.official_name.label("unit_name"),
        )
        .join(Tenant, Tenant.id == Item.tenant_id)
        .where(Item.is_public)
    )  # fmt: skip
    if month is not None:
        query = query.where(Item.published_at >= _midnight(month.first_day), Item.published_at < _end(month))
    if after is not None:
        query = query.where(tuple_(Item.published_at, Item.id) < after)
    return uow.session.execute(query.order_by(Item.published_at.desc(), Item.id.desc()).limit(size)).all()


def all_units(uow: UnitOfWork) -> Sequence[AnyRow]:
    """Every unit, abolished ones too, in official order; `successor` names who took an abolished one over."""
    successor = (
        select(func.string_agg(_Next.short_name, "、"))
        .select_from(TenantSuccession)
        .join(_Next, _Next.id == TenantSuccession.successor_id)
        .where(TenantSuccession.tenant_id == Tenant.id, Tenant.status == "abolished")
        .scalar_subquery()
    )
    query = select(
        Tenant.id, Tenant.code, Tenant.official_name, Tenant.short_name, Tenant.aliases, Tenant.initials,
        Tenant.pinyin_key, Tenant.tenant_type, Tenant.path, Tenant.status, successor.label("successor"),
    ).order_by(*OFFICIAL_ORDER)  # fmt: skip
    return uow.session.execute(query).all()


def figures(uow: UnitOfWork, *, month: Period) -> AnyRow:
    """Items of the month, units that published in it, items in all: this_month, publishing, in_all."""
    return uow.session.execute(_FIGURES, {"period": str(month)}).one()


def settings(uow: UnitOfWork) -> dict[str, object]:
    """The office's choices for the front page that were made: `featured`, `search_examples`."""
    query = select(SiteSetting.key, SiteSetting.value).where(SiteSetting.key.in_(SETTINGS))
    return {row.key: row.value for row in uow.session.execute(query)}


def published_months(uow: UnitOfWork) -> Sequence[AnyRow]:
    """Months with public items, the newest first: period, total."""
    total = func.sum(PeriodCount.total).label("total")
    query = select(PeriodCount.period, total).where(PeriodCount.total > 0).group_by(PeriodCount.period)
    return uow.session.execute(query.order_by(PeriodCount.period.desc())).all()


def addresses_of_month(uow: UnitOfWork, *, month: Period, size: int, skip: int) -> Sequence[AnyRow]:
    """Public items of a month, oldest first: id, published_at, changed_at, recorded_at."""
    query = (
        select(Item.id, Item.published_at, Item.changed_at, Item.recorded_at)
        .where(Item.is_public, Item.published_at >= _midnight(month.first_day), Item.published_at < _end(month))
        .order_by(Item.published_at, Item.id)
        .limit(size)
        .offset(skip)
    )
    return uow.session.execute(query).all()


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def _end(month: Period) -> datetime:
    return _midnight(month.last_day + timedelta(days=1))

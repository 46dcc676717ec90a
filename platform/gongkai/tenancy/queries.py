"""Lists of units, as Core selects of what they show."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, literal, or_, select, text

from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.models import Tenant, TenantPeriod, TenantSuccession

OFFICIAL_ORDER = (Tenant.sort_order, Tenant.pinyin_key, Tenant.id)
_ANCESTORS = text(
    "SELECT id, code, short_name, official_name, tenant_type FROM tenant"
    " WHERE path @> (SELECT path FROM tenant WHERE id = :tenant_id) ORDER BY nlevel(path)"
)


def below(path: str) -> Any:
    """Condition: the unit at `path` and everything under it."""
    return Tenant.path.op("<@")(func.cast(literal(path), Tenant.path.type))


def units_below(uow: UnitOfWork, *, path: str, on: date | None = None) -> Sequence[AnyRow]:
    """Units at and under `path` with names as of `on` (today's if None), in official order.

    Rows: id, code, parent_id, path, tenant_type, level, official_name, short_name, sort_order.
    """
    columns = (Tenant.id, Tenant.code)
    if on is None:
        query = select(
            *columns, Tenant.parent_id, Tenant.path, Tenant.tenant_type, Tenant.level, Tenant.official_name,
            Tenant.short_name, Tenant.sort_order,
        ).where(below(path), Tenant.status == "active")  # fmt: skip
        return uow.session.execute(query.order_by(Tenant.level, *OFFICIAL_ORDER)).all()
    query = (
        select(
            *columns, TenantPeriod.parent_id, Tenant.path, TenantPeriod.tenant_type, TenantPeriod.level,
            TenantPeriod.official_name, TenantPeriod.short_name, TenantPeriod.sort_order,
        )
        .join(TenantPeriod, TenantPeriod.tenant_id == Tenant.id)
        .where(
            below(path),
            TenantPeriod.valid_from <= on,
            or_(TenantPeriod.valid_to.is_(None), TenantPeriod.valid_to > on),
        )
        .order_by(TenantPeriod.level, TenantPeriod.sort_order, Tenant.pinyin_key, Tenant.id)
    )  # fmt: skip
    return uow.session.execute(query).all()


def ancestors(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """The unit and those above it, from the root down: for breadcrumbs."""
    return uow.session.execute(_ANCESTORS, {"tenant_id": tenant_id}).all()


def former_bodies(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """Bodies whose functions this unit took over: id, code, official_name, effective_date."""
    query = (
        select(Tenant.id, Tenant.code, Tenant.official_name, TenantSuccession.effective_date)
        .join(TenantSuccession, TenantSuccession.tenant_id == Tenant.id)
        .where(TenantSuccession.successor_id == tenant_id)
        .order_by(TenantSuccession.effective_date.desc())
    )
    return uow.session.execute(query).all()


def former_names(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """Earlier names of a unit with their ranges, newest first."""
    query = (
        select(TenantPeriod.official_name, TenantPeriod.valid_from, TenantPeriod.valid_to)
        .where(TenantPeriod.tenant_id == tenant_id, TenantPeriod.valid_to.is_not(None))
        .order_by(TenantPeriod.valid_from.desc())
    )
    return uow.session.execute(query).all()

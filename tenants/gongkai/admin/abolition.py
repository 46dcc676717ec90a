"""Abolishing a unit: what it would do, seen before it is done, and the doing with all that belongs to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import func, select, update

from gongkai.accounts.models import Membership
from gongkai.accounts.queries import members
from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.errors import Fault, Invalid, NotFound
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item, PeriodCount
from gongkai.publishing.states import STATE_LABELS, ItemState
from gongkai.tenancy.models import Tenant, TenantSuccession
from gongkai.tenancy.queries import former_bodies
from gongkai.tenancy.services import abolish_tenant, abolition_faults, deed_faults, get_tenant

IN_WORK = (ItemState.DRAFT, ItemState.IN_REVIEW, ItemState.IN_APPROVAL, ItemState.APPROVED, ItemState.SCHEDULED)


@dataclass(frozen=True, slots=True)
class Abolition:
    """What an official asks for; `successor_code` names the unit that takes the functions over."""

    tenant_id: int
    successor_code: str
    effective_date: date
    basis: str


@dataclass(frozen=True, slots=True)
class Consequences:
    """What abolishing a unit would do.

    Attributes:
        people: names of those whose posts in the unit end.
        in_work: state in words → unpublished items that nobody could go on with.
        published: public items, which stay; `after`: those of them published since the effective date.
        former: bodies that the unit itself had taken over, shown under the successor from then on.
    """

    tenant: Tenant
    successor: Tenant
    people: tuple[str, ...]
    in_work: Mapping[str, int]
    published: int
    after: int
    former: tuple[str, ...]


def consequences(uow: UnitOfWork, *, asked: Abolition) -> Consequences:
    """Look at what would happen; nothing is changed.

    Raises:
        NotFound: when the unit is missing.
        Invalid: naming each field that stands in the way.
    """
    tenant = uow.session.get(Tenant, asked.tenant_id)
    if tenant is None:
        raise NotFound
    successor = _successor(uow, asked.successor_code)
    in_work = _in_work(uow, tenant)
    faults = abolition_faults(uow, tenant=tenant, successor=successor)
    faults += deed_faults(uow, asked.effective_date, asked.basis, deed="撤销")
    if waiting := in_work.get(STATE_LABELS[ItemState.SCHEDULED]):
        problem = f"该单位还有{waiting}条信息已定时发布"
        faults.append(Fault("tenant_id", problem, "请由该单位先取消定时，或者待其发布后再办理撤销"))
    if faults:
        raise Invalid(faults)
    return Consequences(
        tenant=tenant,
        successor=successor,
        people=tuple(member.name for member in members(uow, tenant_id=tenant.id)),
        in_work=in_work,
        published=published_count(uow, tenant.id),
        after=published_since(uow, tenant.id, asked.effective_date),
        former=tuple(row.official_name for row in former_bodies(uow, tenant_id=tenant.id)),
    )


def abolish(uow: UnitOfWork, *, asked: Abolition) -> TenantSuccession:
    """Abolish a unit and end the posts in it.

    Raises:
        NotFound, Invalid: as `consequences`.
    """
    found = consequences(uow, asked=asked)
    succession = abolish_tenant(
        uow,
        tenant_id=found.tenant.id,
        successor_id=found.successor.id,
        effective_date=asked.effective_date,
        basis=asked.basis,
    )
    end_posts(uow, tenant_id=found.tenant.id, day=asked.effective_date, reason="单位撤销")
    return succession


def end_posts(uow: UnitOfWork, *, tenant_id: int, day: date, reason: str) -> None:
    """End every post in a unit on a day."""
    ended = uow.session.scalars(
        update(Membership)
        .where(Membership.tenant_id == tenant_id, Membership.active)
        .values(active=False, ended_date=func.greatest(Membership.started_date, day))
        .returning(Membership.user_id)
        .execution_options(synchronize_session=False)
    ).all()
    detail = {"ended_date": day.isoformat(), "users": sorted(set(ended)), "reason": reason}
    uow.audit("membership.end", tenant_id=tenant_id, object_type="tenant", object_id=tenant_id, detail=detail)


def _successor(uow: UnitOfWork, code: str) -> Tenant:
    if not code:
        raise Invalid([Fault("successor_id", "未选择承接单位", "请选择承接其职能的单位")])
    try:
        return get_tenant(uow, code=code)
    except NotFound as error:
        raise Invalid([Fault("successor_id", "没有这个承接单位", "请重新选择")]) from error


def _in_work(uow: UnitOfWork, tenant: Tenant) -> Mapping[str, int]:
    """Unpublished items by state; only the unit itself sees them, so this is a named look into it, audited."""
    query = (
        select(Item.state, func.count())
        .where(Item.tenant_id == tenant.id, Item.state.in_(IN_WORK))
        .group_by(Item.state)
    )
    with uow.acting_for(tenant.id, reason="撤销单位前核对未办结的信息"):
        counts = {row.state: int(row[1]) for row in uow.session.execute(query)}
    return {STATE_LABELS[state]: counts[state] for state in IN_WORK if state in counts}


def published_count(uow: UnitOfWork, tenant_id: int) -> int:
    """Public items of a unit."""
    query = select(func.coalesce(func.sum(PeriodCount.total), 0)).where(PeriodCount.tenant_id == tenant_id)
    return int(uow.session.execute(query).scalar_one())


def published_since(uow: UnitOfWork, tenant_id: int, day: date) -> int:
    """Public items of a unit that were published on a day or later."""
    begin = datetime.combine(day, time.min, tzinfo=SHANGHAI)
    query = select(func.count()).where(Item.tenant_id == tenant_id, Item.is_public, Item.published_at >= begin)
    return int(uow.session.execute(query).scalar_one())

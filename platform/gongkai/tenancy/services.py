"""What happens to units: they are set up, renamed, moved in order, abolished with a successor."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import select, text, update

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.errors import Conflict, Fault, Invalid, NotFound
from gongkai.core.text.pinyin import initials, pinyin_key
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.kinds import TenantType
from gongkai.tenancy.models import Tenant, TenantPeriod, TenantSuccession

_NEXT_ID = text("SELECT nextval(pg_get_serial_sequence('tenant', 'id'))")


@dataclass(frozen=True, slots=True)
class NewTenant:
    """What is needed to set up a unit; `established_date` opens its first period."""

    code: str
    official_name: str
    short_name: str
    tenant_type: TenantType
    level: str
    sort_order: int
    established_date: date
    parent_id: int | None = None
    sector: str | None = None
    uscc: str | None = None
    area_code: str | None = None
    vertically_managed: bool = False
    aliases: tuple[str, ...] = ()
    contact: dict[str, Any] = field(default_factory=dict)


def get_tenant(uow: UnitOfWork, *, code: str) -> Tenant:
    """The unit with this short code.

    Raises:
        NotFound: when there is none.
    """
    found = uow.session.scalar(select(Tenant).where(Tenant.code == code))
    if found is None:
        raise NotFound(f"没有代码为“{code}”的单位。")
    return found


def create_tenant(uow: UnitOfWork, *, new: NewTenant) -> Tenant:
    """Set up a unit with its first period and announce it (`tenant.created`); the first unit is the prefecture's.

    Raises:
        NotFound: when the parent is missing.
        Conflict: when the code is taken.
    """
    if uow.session.scalar(select(Tenant.id).where(Tenant.code == new.code)) is not None:
        raise Conflict(f"单位代码“{new.code}”已被使用，请换一个代码。")
    tenant_id = int(uow.session.scalar(_NEXT_ID) or 0)
    path = str(tenant_id)
    if new.parent_id is not None:
        parent = uow.session.get(Tenant, new.parent_id)
        if parent is None:
            raise NotFound("上级单位不存在。")
        path = f"{parent.path}.{tenant_id}"
    elif uow.scope.reason:
        # There is no root yet that a command could administer: the new one becomes it.
        uow.enter(replace(uow.scope, manages=path))
    tenant = Tenant(
        id=tenant_id,
        code=new.code,
        parent_id=new.parent_id,
        path=path,
        tenant_type=new.tenant_type.value,
        level=new.level,
        sector=new.sector,
        official_name=new.official_name,
        short_name=new.short_name,
        aliases=list(new.aliases),
        pinyin_key=pinyin_key(new.short_name),
        initials=initials(new.short_name),
        sort_order=new.sort_order,
        uscc=new.uscc,
        area_code=new.area_code,
        index_pattern="USCC_YEAR_SEQ" if new.uscc else "AREA_YEAR_SEQ",
        vertically_managed=new.vertically_managed,
        status="active",
        contact=new.contact,
        created_at=uow.now,
    )
    uow.session.add(tenant)
    uow.session.flush()
    uow.enter(replace(uow.scope, tenant_ids=(*uow.scope.tenant_ids, tenant_id)) if uow.scope.reason else uow.scope)
    uow.session.add(_period(tenant, new.established_date, basis="设立"))
    uow.audit("tenant.create", tenant_id=tenant_id, object_type="tenant", object_id=tenant_id)
    uow.emit("tenant.created", tenant_id)
    return tenant


def rename_tenant(
    uow: UnitOfWork, *, tenant_id: int, official_name: str, short_name: str, effective_date: date, basis: str
) -> Tenant:
    """Give a unit a new name from a date on; the old one stays in its history and among its aliases.

    Raises:
        NotFound: when the unit is missing.
        Invalid: when the date lies before the current period, or the name is unchanged.
    """
    tenant = _get(uow, tenant_id)
    if official_name == tenant.official_name:
        raise Invalid([Fault("official_name", "新名称与现名称相同", "请填写变更后的全称")])
    _close_period(uow, tenant_id, effective_date, field_name="effective_date")
    if tenant.official_name not in tenant.aliases:
        tenant.aliases = [*tenant.aliases, tenant.official_name, tenant.short_name]
    tenant.official_name, tenant.short_name = official_name, short_name
    tenant.pinyin_key, tenant.initials = pinyin_key(short_name), initials(short_name)
    uow.session.add(_period(tenant, effective_date, basis=basis))
    uow.audit("tenant.rename", tenant_id=tenant_id, object_type="tenant", object_id=tenant_id)
    uow.emit("tenant.changed", tenant_id)
    return tenant


def abolish_tenant(
    uow: UnitOfWork, *, tenant_id: int, successor_id: int, effective_date: date, basis: str
) -> TenantSuccession:
    """Abolish a unit on a date; its documents stay where they are and show under its successor (decision 6).

    Raises:
        NotFound: when a unit is missing.
        Invalid: when the successor is the unit itself, is abolished, or a unit still stands below it.
    """
    tenant, successor = _get(uow, tenant_id), _get(uow, successor_id)
    faults = []
    if successor_id == tenant_id or successor.status != "active":
        faults.append(Fault("successor_id", "承接单位不能是本单位或已撤销的单位", "请另选承接职能的单位"))
    if tenant.status != "active":
        faults.append(Fault("tenant_id", "该单位已经撤销", "无需重复办理"))
    if uow.session.scalar(select(Tenant.id).where(Tenant.parent_id == tenant_id, Tenant.status == "active")):
        faults.append(Fault("tenant_id", "该单位下还有在用的下级单位", "请先调整或撤销其下级单位"))
    if effective_date > shanghai_date(uow.now):
        faults.append(Fault("effective_date", "撤销日期不能晚于今天", "请在撤销当日或之后办理"))
    if faults:
        raise Invalid(faults)
    _close_period(uow, tenant_id, effective_date, field_name="effective_date")
    tenant.status, tenant.abolished_date = "abolished", effective_date
    succession = TenantSuccession(
        tenant_id=tenant_id, successor_id=successor_id, effective_date=effective_date, basis=basis
    )
    uow.session.add(succession)
    uow.audit(
        "tenant.abolish",
        tenant_id=tenant_id,
        object_type="tenant",
        object_id=tenant_id,
        detail={"to": successor_id},
    )
    uow.emit("tenant.changed", tenant_id)
    return succession


def _get(uow: UnitOfWork, tenant_id: int) -> Tenant:
    found = uow.session.get(Tenant, tenant_id)
    if found is None:
        raise NotFound("单位不存在。")
    return found


def _period(tenant: Tenant, valid_from: date, *, basis: str) -> TenantPeriod:
    return TenantPeriod(
        tenant_id=tenant.id,
        parent_id=tenant.parent_id,
        tenant_type=tenant.tenant_type,
        level=tenant.level,
        official_name=tenant.official_name,
        short_name=tenant.short_name,
        sort_order=tenant.sort_order,
        valid_from=valid_from,
        basis=basis,
    )


def _close_period(uow: UnitOfWork, tenant_id: int, on: date, *, field_name: str) -> None:
    current = uow.session.scalar(
        select(TenantPeriod).where(TenantPeriod.tenant_id == tenant_id, TenantPeriod.valid_to.is_(None))
    )
    if current is None or on <= current.valid_from:
        started = current.valid_from.isoformat() if current else "—"
        raise Invalid([Fault(field_name, f"日期须晚于该单位现名称启用日期({started})", "请核对后重新填写")])
    uow.session.execute(update(TenantPeriod).where(TenantPeriod.id == current.id).values(valid_to=on))
    uow.session.flush()

"""What happens to units: they are set up, renamed, put in order, abolished with a successor."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import func, select, text, update

from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.errors import Conflict, Fault, Invalid, NotFound
from gongkai.core.text.pinyin import initials, pinyin_key
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.kinds import TenantType
from gongkai.tenancy.models import Tenant, TenantPeriod, TenantSuccession

CHANGED = "tenant.changed"
"""Outbox event: name, place in the tree or state of a unit changed."""
WIDEST_ORDER = 999_999
LONGEST_NAME, LONGEST_SHORT_NAME, LONGEST_BASIS = 80, 30, 200
_NEXT_ID = text("SELECT nextval(pg_get_serial_sequence('tenant', 'id'))")
_TREE_LOCK = 0x756E6974


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


@dataclass(frozen=True, slots=True)
class UnitCodes:
    """What numbers and addresses of a unit are made from; `index_pattern` is one of `index_numbers.GENERATED`."""

    uscc: str = ""
    area_code: str = ""
    index_pattern: str = "USCC_YEAR_SEQ"
    aliases: tuple[str, ...] = ()
    phone: str = ""
    address: str = ""


def get_tenant(uow: UnitOfWork, *, code: str) -> Tenant:
    """The unit with this short code.

    Raises:
        NotFound: when there is none.
    """
    return uow.one(select(Tenant).where(Tenant.code == code), missing=f"没有代码为“{code}”的单位。")


def create_tenant(uow: UnitOfWork, *, new: NewTenant) -> Tenant:
    """Set up a unit with its first period and announce it (`tenant.created`); the first unit is the prefecture's.

    Raises:
        NotFound: when the parent is missing.
        Conflict: when the code is taken, or the parent is abolished.
    """
    if uow.session.scalar(select(Tenant.id).where(Tenant.code == new.code)) is not None:
        raise Conflict(f"单位代码“{new.code}”已被使用，请换一个代码。")
    tenant_id = int(uow.session.scalar(_NEXT_ID) or 0)
    path = str(tenant_id)
    if new.parent_id is not None:
        parent = uow.session.get(Tenant, new.parent_id)
        if parent is None:
            raise NotFound("上级单位不存在。")
        if parent.status != "active":
            raise Conflict(f"上级单位“{parent.official_name}”已撤销，请改选在用的单位。")
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
    uow.session.add(new_period(tenant, new.established_date, basis="设立"))
    uow.audit("tenant.create", tenant_id=tenant_id, object_type="tenant", object_id=tenant_id)
    uow.emit("tenant.created", tenant_id)
    return tenant


def rename_tenant(
    uow: UnitOfWork, *, tenant_id: int, official_name: str, short_name: str, effective_date: date, basis: str
) -> Tenant:
    """Give a unit a new name from a date on; the old one stays in its history and among its aliases.

    Raises:
        NotFound: when the unit is missing.
        Invalid: when the name is empty, unchanged or another unit's, the unit is abolished, the basis is missing,
            or the date lies in the future or not behind the beginning of the current period.
    """
    tenant = get_by_id(uow, tenant_id, lock=True)
    faults = _name_faults(official_name, short_name) + deed_faults(uow, effective_date, basis, deed="更名")
    if official_name == tenant.official_name:
        faults.append(Fault("official_name", "新名称与现名称相同", "请填写变更后的全称"))
    elif taken := name_taken(uow, official_name=official_name):
        faults.append(Fault("official_name", f"新名称与代码“{taken}”的单位相同", "请核对名称"))
    if tenant.status != "active":
        faults.append(Fault("official_name", "该单位已经撤销，不能更名", "请在承接单位上办理"))
    if faults:
        raise Invalid(faults)
    close_period(uow, tenant_id, effective_date, field_name="effective_date")
    before = {"official_name": tenant.official_name, "short_name": tenant.short_name}
    tenant.official_name, tenant.short_name = official_name, short_name
    known = dict.fromkeys((*tenant.aliases, *before.values()))
    tenant.aliases = [name for name in known if name not in (official_name, short_name)]
    tenant.pinyin_key, tenant.initials = pinyin_key(short_name), initials(short_name)
    uow.session.add(new_period(tenant, effective_date, basis=basis))
    note_change(uow, tenant, "tenant.rename", {"from": before, "to": official_name, "date": effective_date.isoformat()})
    uow.emit(CHANGED, tenant_id)
    return tenant


def abolish_tenant(
    uow: UnitOfWork, *, tenant_id: int, successor_id: int, effective_date: date, basis: str
) -> TenantSuccession:
    """Abolish a unit on a date; its documents stay where they are and show under its successor (decision 6).

    Raises:
        NotFound: when a unit is missing.
        Invalid: as `abolition_faults` says, or when the date is not behind the beginning of the current period.
    """
    tenant, successor = get_by_id(uow, tenant_id, lock=True), get_by_id(uow, successor_id)
    faults = abolition_faults(uow, tenant=tenant, successor=successor)
    if faults := faults + deed_faults(uow, effective_date, basis, deed="撤销"):
        raise Invalid(faults)
    close_period(uow, tenant_id, effective_date, field_name="effective_date")
    tenant.status, tenant.abolished_date = "abolished", effective_date
    succession = TenantSuccession(
        tenant_id=tenant_id, successor_id=successor_id, effective_date=effective_date, basis=basis
    )
    uow.session.add(succession)
    note_change(uow, tenant, "tenant.abolish", {"to": successor_id, "date": effective_date.isoformat()})
    uow.emit(CHANGED, tenant_id)
    return succession


def abolition_faults(uow: UnitOfWork, *, tenant: Tenant, successor: Tenant) -> list[Fault]:
    """What keeps a unit from being abolished in favour of another."""
    faults = []
    if successor.id == tenant.id or successor.status != "active":
        faults.append(Fault("successor_id", "承接单位不能是本单位或已撤销的单位", "请另选承接职能的单位"))
    if tenant.status != "active":
        faults.append(Fault("tenant_id", "该单位已经撤销", "无需重复办理"))
    below = uow.session.scalars(
        select(Tenant.short_name)
        .where(Tenant.parent_id == tenant.id, Tenant.status == "active")
        .order_by(Tenant.sort_order, Tenant.id)
    ).all()
    if below:
        faults.append(Fault("tenant_id", f"该单位下还有在用的下级单位（{listed(below)}）", "请先调整或撤销其下级单位"))
    return faults


def change_order(uow: UnitOfWork, *, tenant_id: int, sort_order: int) -> Tenant:
    """Give a unit another place in the official order; equal places go by the names' pinyin.

    Raises:
        NotFound: when the unit is missing.
        Invalid: when the place is out of range.
    """
    tenant = get_by_id(uow, tenant_id, lock=True)
    if not 0 <= sort_order <= WIDEST_ORDER:
        raise Invalid([Fault("sort_order", f"排序号应为0至{WIDEST_ORDER}的整数", "数字小的排在前面")])
    if sort_order != tenant.sort_order:
        before, tenant.sort_order = tenant.sort_order, sort_order
        uow.session.execute(
            update(TenantPeriod)
            .where(TenantPeriod.tenant_id == tenant_id, TenantPeriod.valid_to.is_(None))
            .values(sort_order=sort_order)
        )
        note_change(uow, tenant, "tenant.reorder", {"from": before, "to": sort_order})
    return tenant


def change_codes(uow: UnitOfWork, *, tenant_id: int, codes: UnitCodes) -> Tenant:
    """Correct what numbers and addresses of a unit are made from; numbers already given stay as they are.

    Raises:
        NotFound: when the unit is missing.
    """
    tenant = get_by_id(uow, tenant_id, lock=True)
    before = {name: getattr(tenant, name) for name in ("uscc", "area_code", "index_pattern", "aliases", "contact")}
    tenant.uscc, tenant.area_code = codes.uscc or None, codes.area_code or None
    tenant.index_pattern = codes.index_pattern
    tenant.aliases = list(codes.aliases)
    # The guide's and the import's other entries of the contact stay.
    tenant.contact = {**tenant.contact, "phone": codes.phone, "address": codes.address}
    changed = {name: value for name, value in before.items() if getattr(tenant, name) != value}
    if changed:
        note_change(uow, tenant, "tenant.change", {"before": changed})
    return tenant


def sharing_code(uow: UnitOfWork, *, tenant: Tenant) -> Sequence[str]:
    """Names of the other units in use whose index numbers would be made from the same code."""
    by_area = tenant.index_pattern == "AREA_YEAR_SEQ"
    same = Tenant.area_code == tenant.area_code if by_area else Tenant.uscc == tenant.uscc
    return uow.session.scalars(
        select(Tenant.official_name)
        .where(same, (Tenant.index_pattern == "AREA_YEAR_SEQ").is_(by_area))
        .where(Tenant.id != tenant.id, Tenant.status == "active")
        .order_by(Tenant.id)
    ).all()


def listed(names: Sequence[str]) -> str:
    """Names for a sentence: the first three, and how many there are in all."""
    return "、".join(names[:3]) + (f"等{len(names)}家" if len(names) > 3 else "")


def hold_tree(uow: UnitOfWork) -> None:
    """Let nobody else set up units until the transaction ends, so that a list sent twice is entered once."""
    uow.session.execute(select(func.pg_advisory_xact_lock(_TREE_LOCK)))


def name_taken(uow: UnitOfWork, *, official_name: str) -> str | None:
    """Code of the unit in use that bears this name, if there is one."""
    return uow.session.scalar(
        select(Tenant.code).where(Tenant.official_name == official_name, Tenant.status == "active").limit(1)
    )


def deed_faults(uow: UnitOfWork, day: date, basis: str, *, deed: str) -> list[Fault]:
    """What is wrong with the date and the basis of a change that somebody decided （更名, 撤销）."""
    faults = []
    if day > shanghai_date(uow.now):
        faults.append(Fault("effective_date", f"{deed}日期不能晚于今天", f"请在{deed}当日或之后办理"))
    if not basis.strip():
        faults.append(Fault("basis", f"未填写{deed}依据", "请填写作出决定的文件名称和文号"))
    elif len(basis) > LONGEST_BASIS:
        faults.append(Fault("basis", f"依据超过{LONGEST_BASIS}个字", "请只填写文件名称和文号"))
    return faults


def _name_faults(official_name: str, short_name: str) -> list[Fault]:
    faults = []
    if not 2 <= len(official_name) <= LONGEST_NAME:
        faults.append(Fault("official_name", f"单位全称须为2至{LONGEST_NAME}个字", "请填写规范全称"))
    if not 1 <= len(short_name) <= LONGEST_SHORT_NAME:
        faults.append(Fault("short_name", f"单位简称须为1至{LONGEST_SHORT_NAME}个字", "请填写规范简称"))
    return faults


def note_change(uow: UnitOfWork, tenant: Tenant, action: str, detail: dict[str, Any]) -> None:
    """Record what was done to a unit."""
    uow.session.flush()
    uow.audit(action, tenant_id=tenant.id, object_type="tenant", object_id=tenant.id, detail=detail)


def get_by_id(uow: UnitOfWork, tenant_id: int, *, lock: bool = False) -> Tenant:
    """A unit, locked for the transaction if asked.

    Raises:
        NotFound: when it is missing.
    """
    found = uow.session.get(Tenant, tenant_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NotFound("单位不存在。")
    return found


def new_period(tenant: Tenant, valid_from: date, *, basis: str) -> TenantPeriod:
    """The period that begins with what the unit is now."""
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


def close_period(uow: UnitOfWork, tenant_id: int, on: date, *, field_name: str) -> None:
    """End the current period of a unit on a date.

    Raises:
        Invalid: when the date is not behind the beginning of that period.
    """
    current = uow.session.scalar(
        select(TenantPeriod).where(TenantPeriod.tenant_id == tenant_id, TenantPeriod.valid_to.is_(None))
    )
    if current is None or on <= current.valid_from:
        started = format_date(current.valid_from) if current else "—"
        problem = f"日期须晚于该单位最近一次变动的日期（{started}）"
        raise Invalid([Fault(field_name, problem, "请核对后重新填写")])
    uow.session.execute(update(TenantPeriod).where(TenantPeriod.id == current.id).values(valid_to=on))
    uow.session.flush()

"""What is put right in a unit's history: it stands under another unit from a date on, its beginning is another day."""

from datetime import date

from sqlalchemy import select, text, update

from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.errors import Fault, Invalid
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.kinds import LEVELS
from gongkai.tenancy.models import Tenant, TenantPeriod
from gongkai.tenancy.services import (
    CHANGED,
    close_period,
    deed_faults,
    get_by_id,
    hold_tree,
    new_period,
    note_change,
)

_HANG_UP = text(
    "UPDATE tenant SET path = CAST(:parent AS ltree) || subpath(path, nlevel(CAST(:old AS ltree)) - 1)"
    " WHERE path <@ CAST(:old AS ltree)"
)


def move_tenant(
    uow: UnitOfWork, *, tenant_id: int, parent_id: int, level: str, effective_date: date, basis: str
) -> Tenant:
    """Put a unit, with all below it, under another one from a date on; months before it keep the old place.

    `level` is a key of LEVELS, that of the unit in its new place.

    Raises:
        NotFound: when a unit is missing.
        Invalid: when the unit is the topmost or abolished, the new place is none for it, the basis is missing,
            or the date lies in the future or not behind the beginning of the current period.
    """
    # Two moves at once could hang two units under each other.
    hold_tree(uow)
    tenant, parent = get_by_id(uow, tenant_id, lock=True), get_by_id(uow, parent_id, lock=True)
    faults = place_faults(tenant, parent) + deed_faults(uow, effective_date, basis, deed="调整")
    if level not in LEVELS:
        faults.append(Fault("level", "没有这种层级", "请从列表中选择"))
    began = first_day(uow, tenant_id=parent_id)
    if began is not None and effective_date < began:
        problem = f"调整日期早于新的上级单位的成立日期（{format_date(began)}）"
        faults.append(Fault("effective_date", problem, "请核对日期"))
    if faults:
        raise Invalid(faults)
    close_period(uow, tenant_id, effective_date, field_name="effective_date")
    before = {"parent_id": tenant.parent_id, "level": tenant.level}
    uow.session.execute(_HANG_UP, {"parent": parent.path, "old": tenant.path})
    tenant.parent_id, tenant.level = parent_id, level
    uow.session.flush()
    uow.session.expire(tenant, ["path"])
    uow.session.add(new_period(tenant, effective_date, basis=basis))
    after = {"parent_id": parent_id, "level": level}
    note_change(uow, tenant, "tenant.move", {"from": before, "to": after, "date": effective_date.isoformat()})
    uow.emit(CHANGED, tenant_id)
    return tenant


def first_day(uow: UnitOfWork, *, tenant_id: int) -> date | None:
    """The day from which a unit exists, the beginning of its first period; None for a unit without periods."""
    first = _first_period(uow, tenant_id)
    return None if first is None else first.valid_from


def change_first_day(uow: UnitOfWork, *, tenant_id: int, day: date) -> None:
    """Correct the day from which a unit exists; nothing happens when it is that day already.

    Raises:
        NotFound: when the unit is missing.
        Invalid: when the day (field `established_date`) lies in the future, or not before the end of the first period.
    """
    tenant = get_by_id(uow, tenant_id, lock=True)
    first = _first_period(uow, tenant_id)
    if first is None or first.valid_from == day:
        return
    if day > shanghai_date(uow.now):
        raise Invalid([Fault("established_date", "成立日期不能晚于今天", "请核对日期")])
    if first.valid_to is not None and day >= first.valid_to:
        problem = f"成立日期须早于该单位第一次变动的日期（{format_date(first.valid_to)}）"
        raise Invalid([Fault("established_date", problem, "请对照“沿革”核对")])
    uow.session.execute(update(TenantPeriod).where(TenantPeriod.id == first.id).values(valid_from=day))
    detail = {"from": first.valid_from.isoformat(), "to": day.isoformat()}
    note_change(uow, tenant, "tenant.first_day", detail)


def _first_period(uow: UnitOfWork, tenant_id: int) -> TenantPeriod | None:
    query = select(TenantPeriod).where(TenantPeriod.tenant_id == tenant_id).order_by(TenantPeriod.valid_from).limit(1)
    return uow.session.scalar(query)


def place_faults(tenant: Tenant, parent: Tenant) -> list[Fault]:
    """What keeps a unit from standing under another one."""
    faults = []
    if tenant.parent_id is None:
        faults.append(Fault("parent_code", "市（州）人民政府没有上级单位", "不能调整"))
    elif parent.id == tenant.parent_id:
        faults.append(Fault("parent_code", "新的上级单位与现在的相同", "请另选上级单位"))
    elif f"{parent.path}.".startswith(f"{tenant.path}."):
        faults.append(Fault("parent_code", "上级单位不能是本单位或其下级单位", "请另选上级单位"))
    if parent.status != "active":
        faults.append(Fault("parent_code", f"“{parent.official_name}”已撤销", "请改选在用的单位"))
    if tenant.status != "active":
        faults.append(Fault("parent_code", "该单位已经撤销，不能调整", "请在承接单位上办理"))
    return faults

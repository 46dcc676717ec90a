"""What an office sets: monthly tasks by kind of unit and by unit, the reminder day. Each change says who, when, why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, or_, select

from gongkai.accounts.models import User
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.spans import MONTH, QUARTER
from gongkai.core.errors import Fault, Invalid
from gongkai.core.tables.cells import CellFault
from gongkai.core.tables.columns import Column
from gongkai.core.tables.rows import Table, TableRow
from gongkai.core.text.folding import fold
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.catalogue import RANKED, parameters_of
from gongkai.supervision.models import OfficeRule
from gongkai.supervision.rules import ALERT_DAY, CIRCULAR_MONTHS, HIGHEST_TASK, LATEST_ALERT_DAY, TASK, VALUE
from gongkai.tenancy.kinds import TenantType
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import below

TASK_COLUMNS = (
    Column("unit", "单位", required=True, aliases=("单位名称", "单位代码", "责任单位"), help="简称、全称或代码"),
    Column("task", "月度任务", required=True, aliases=("月度发布任务", "任务数"), help="每月条数，不设任务填0"),
)


@dataclass(frozen=True, slots=True)
class Change:
    """A number that an office gives to a kind of unit (`tenant_type`), to one unit (`unit_id`), or to all of its units,
    from a month on."""

    code: str
    value: Decimal | int
    valid_from: Period
    reason: str
    tenant_type: str | None = None
    unit_id: int | None = None
    parameter: str = VALUE


def check_task(uow: UnitOfWork, *, office_id: int, change: Change) -> None:
    """Refuse what `set_task` would refuse, without writing.

    Raises:
        Invalid: naming the field: number, reason, month, or a kind that may have no task.
        NotFound: when the unit does not stand under the office.
    """
    faults = list(_faults(uow, change, lowest=0, highest=HIGHEST_TASK, unit="条"))
    if change.tenant_type is not None and change.tenant_type not in set(TenantType):
        faults.append(Fault("tenant_type", "单位类型无效", "请从列表中选择单位类型"))
    kind = change.tenant_type
    if change.unit_id is not None:
        kind = _kind_below(uow, office_id, change.unit_id)
    if kind == TenantType.VILLAGE_COMMITTEE:
        faults.append(Fault("tenant_type", "村（居）民委员会不设月度任务（基层减负规定）", "请选择其他单位"))
    if not faults:
        faults.extend(_past_faults(uow, office_id, change))
    if faults:
        raise Invalid(faults)


def set_task(uow: UnitOfWork, *, office_id: int, change: Change) -> OfficeRule:
    """Set the monthly task （月度发布任务） of a kind of unit or of one unit; 0 means none.

    Raises:
        Invalid, NotFound: as `check_task`.
    """
    check_task(uow, office_id=office_id, change=change)
    return _write(uow, office_id, change)


def unit_named(uow: UnitOfWork, *, office_id: int, name: str) -> int:
    """Id of the unit under an office that has this code, short or full name.

    Raises:
        Invalid: on the field `unit`, when there is none or more than one.
    """
    found = _names_below(uow, office_id).get(fold(name.strip()), [])
    if len(found) != 1:
        problem = "本机关督查范围内没有这个单位" if not found else "有多个单位用这个名称"
        raise Invalid([Fault("unit", problem, "请填写单位代码，或核对单位名称")])
    return int(found[0].id)


def set_alert_day(uow: UnitOfWork, *, office_id: int, day: int, valid_from: Period, reason: str) -> OfficeRule:
    """Set the day of the month from which on units with nothing published are reminded.

    Raises:
        Invalid: naming the field.
    """
    change = Change(ALERT_DAY, day, valid_from, reason, unit_id=office_id)
    faults = list(_faults(uow, change, lowest=1, highest=LATEST_ALERT_DAY, unit="日"))
    if not faults:
        faults.extend(_past_faults(uow, office_id, change))
    if faults:
        raise Invalid(faults)
    return _write(uow, office_id, change)


def set_circular_months(uow: UnitOfWork, *, office_id: int, months: int, valid_from: Period, reason: str) -> OfficeRule:
    """Set whether an office usually issues circulars by month or by quarter （基层减负, `regulation.md` section 11).

    Raises:
        Invalid: naming the field.
    """
    change = Change(CIRCULAR_MONTHS, months, valid_from, reason, unit_id=office_id)
    faults = [fault for fault in _faults(uow, change, lowest=0, highest=0, unit="") if fault.field != "value"]
    if months not in (MONTH, QUARTER):
        faults.insert(0, Fault("value", "未选择通报周期", "请选择按月或者按季度"))
    if not faults:
        faults.extend(_past_faults(uow, office_id, change))
    if faults:
        raise Invalid(faults)
    return _write(uow, office_id, change)


def import_tasks(
    uow: UnitOfWork, *, office_id: int, table: Table, valid_from: Period, reason: str
) -> tuple[int, list[CellFault]]:
    """Set the tasks of a spreadsheet （单位, 月度任务）, all or none; returns their number and what is wrong.

    Raises:
        Invalid: when the reason or the month is missing or wrong.
    """
    check = Change(TASK, 0, valid_from, reason, unit_id=office_id)
    faults = [fault for fault in _faults(uow, check, lowest=0, highest=0, unit="条") if fault.field != "value"]
    if faults:
        raise Invalid(faults)
    names = _names_below(uow, office_id)
    wrong = list(table.faults)
    changes: dict[int, Change] = {}
    for row in table.rows:
        change = _row(row, names, valid_from, reason)
        if change is not None and change.unit_id in changes:
            row.fault("unit", "同一单位出现了两次", "请只保留一行")
        elif change is not None and change.unit_id is not None:
            changes[change.unit_id] = change
        wrong.extend(row.faults)
    if wrong:
        return 0, wrong
    past = [fault for change in changes.values() for fault in _past_faults(uow, office_id, change)]
    if past:
        raise Invalid(past[:1])
    for change in changes.values():
        _write(uow, office_id, change)
    return len(changes), []


def _row(row: TableRow, names: dict[str, list[Row[Any]]], valid_from: Period, reason: str) -> Change | None:
    wanted = row.text("unit")
    task = row.integer("task")
    if row.faults or task is None:
        return None
    found = names.get(fold(wanted), [])
    if len(found) != 1:
        problem = "本机关督查范围内没有这个单位" if not found else "有多个单位用这个名称"
        row.fault("unit", problem, "请填写单位代码，或核对单位名称")
    elif found[0].tenant_type == TenantType.VILLAGE_COMMITTEE:
        row.fault("unit", "村（居）民委员会不设月度任务（基层减负规定）", "请删去这一行")
    elif not 0 <= task <= HIGHEST_TASK:
        row.fault("task", f"月度任务应为0至{HIGHEST_TASK}的整数", "请填写每月条数，不设任务填0")
    if row.faults:
        return None
    return Change(TASK, task, valid_from, reason, unit_id=found[0].id)


def _names_below(uow: UnitOfWork, office_id: int) -> dict[str, list[Row[Any]]]:
    path = uow.session.scalar(select(Tenant.path).where(Tenant.id == office_id)) or "0"
    query: Any = select(
        Tenant.id, Tenant.code, Tenant.short_name, Tenant.official_name, Tenant.tenant_type
    ).where(below(path), Tenant.status == "active")  # fmt: skip
    found: dict[str, list[Row[Any]]] = {}
    for row in uow.session.execute(query):
        for name in {fold(row.code), fold(row.short_name), fold(row.official_name)}:
            found.setdefault(name, []).append(row)
    return found


def _faults(uow: UnitOfWork, change: Change, *, lowest: int, highest: int, unit: str) -> Iterable[Fault]:
    if not lowest <= change.value <= highest:
        yield Fault("value", f"数值应为{lowest}至{highest}的整数", f"请填写每月的{unit}数")
    if not change.reason.strip():
        yield Fault("reason", "未填写调整理由", "请写明依据的文件或会议")
    if change.valid_from > Period.of(shanghai_date(uow.now)).minus(-12):
        yield Fault("valid_from", "起始月份不能晚于一年以后", "请填写近期的月份")


def _kind_below(uow: UnitOfWork, office_id: int, unit_id: int) -> str:
    path = uow.session.scalar(select(Tenant.path).where(Tenant.id == office_id)) or "0"
    return uow.one(select(Tenant.tenant_type).where(Tenant.id == unit_id, below(path)))


def _overlapped(uow: UnitOfWork, office_id: int, change: Change) -> Sequence[OfficeRule]:
    """What an office set for the same target that still holds in the month of the change or later."""
    target = OfficeRule.unit_id.is_not_distinct_from(change.unit_id)
    target &= OfficeRule.tenant_type.is_not_distinct_from(change.tenant_type)
    return uow.session.scalars(
        select(OfficeRule).where(
            OfficeRule.tenant_id == office_id,
            OfficeRule.rule_code == change.code,
            OfficeRule.parameter == change.parameter,
            target,
            or_(OfficeRule.valid_to.is_(None), OfficeRule.valid_to > str(change.valid_from)),
        )
    ).all()


def _past_faults(uow: UnitOfWork, office_id: int, change: Change) -> Iterable[Fault]:
    """A month that is past keeps the value it had; a value may only be added where there was none."""
    running = Period.of(shanghai_date(uow.now))
    if change.valid_from < running and _overlapped(uow, office_id, change):
        yield Fault("valid_from", "以往月份已按原任务统计，不能改动", f"请从{running}起设置")


def _write(uow: UnitOfWork, office_id: int, change: Change) -> OfficeRule:
    """End what held until the month of the change and add the new value."""
    month = str(change.valid_from)
    earlier = _overlapped(uow, office_id, change)
    for rule in earlier:
        if rule.valid_from < month:
            rule.valid_to = month
        else:
            uow.session.delete(rule)
    new = OfficeRule(
        tenant_id=office_id,
        rule_code=change.code,
        parameter=change.parameter,
        tenant_type=change.tenant_type,
        unit_id=change.unit_id,
        value=change.value,
        valid_from=month,
        reason=change.reason.strip()[:500],
        set_by=uow.scope.user_id,
        set_at=uow.now,
    )
    uow.session.add(new)
    uow.session.flush()
    uow.audit(
        "rule.set",
        tenant_id=office_id,
        object_type="office_rule",
        object_id=new.id,
        detail={
            "code": change.code,
            "parameter": change.parameter,
            "target": change.tenant_type or change.unit_id,
            "value": str(change.value),
            "from": month,
            "replaced": [[rule.valid_from, str(rule.value)] for rule in earlier],
        },
    )
    return new


def check_number(uow: UnitOfWork, *, office_id: int, change: Change) -> None:
    """Refuse what `set_number` would refuse, without writing.

    Raises:
        Invalid: naming the field: a number outside its range, reason, month. KeyError: when there is no such rule or
        parameter. NotFound: when the unit does not stand under the office.
    """
    asked = parameters_of(change.code)[change.parameter]
    faults = [fault for fault in _faults(uow, change, lowest=0, highest=0, unit="") if fault.field != "value"]
    if not asked.lowest <= change.value <= asked.highest:
        problem = f"{asked.label}应为{asked.lowest}至{asked.highest}{asked.unit}"
        faults.append(Fault("value", problem, "请修改数值"))
    if change.parameter == RANKED and (change.tenant_type or change.unit_id):
        faults.append(Fault("tenant_type", "是否排名对全部单位统一设定", "请选择“全部单位”，不填写单位名称"))
    if change.tenant_type is not None and change.tenant_type not in set(TenantType):
        faults.append(Fault("tenant_type", "单位类型无效", "请从列表中选择单位类型"))
    if change.unit_id is not None:
        _kind_below(uow, office_id, change.unit_id)
    if not faults:
        faults.extend(_past_faults(uow, office_id, change))
    if faults:
        raise Invalid(faults)


def set_number(uow: UnitOfWork, *, office_id: int, change: Change) -> OfficeRule:
    """Set a parameter of a rule （`catalogue.toml`） for all units of an office, a kind of unit or one unit.

    Raises:
        Invalid, KeyError, NotFound: as `check_number`.
    """
    check_number(uow, office_id=office_id, change=change)
    return _write(uow, office_id, change)


def rules_of(uow: UnitOfWork, *, office_id: int, code: str | None = None) -> Sequence[Row[Any]]:
    """What an office has set, of one rule where `code` is given, past values included: rule_code, parameter,
    tenant_type, unit, unit_code, value, months, reason, who."""
    query: Any = (
        select(
            OfficeRule.rule_code, OfficeRule.tenant_type, OfficeRule.value, OfficeRule.valid_from, OfficeRule.valid_to,
            OfficeRule.parameter, OfficeRule.reason, OfficeRule.set_at, Tenant.short_name.label("unit"),
            Tenant.code.label("unit_code"), User.name.label("set_by"),
        )
        .outerjoin(Tenant, Tenant.id == OfficeRule.unit_id)
        .outerjoin(User, User.id == OfficeRule.set_by)
        .where(OfficeRule.tenant_id == office_id)
        .order_by(OfficeRule.rule_code, OfficeRule.unit_id, OfficeRule.tenant_type, OfficeRule.valid_from.desc())
    )  # fmt: skip
    return uow.session.execute(query if code is None else query.where(OfficeRule.rule_code == code)).all()

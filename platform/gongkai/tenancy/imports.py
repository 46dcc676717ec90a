"""The prefecture's list of bodies as a spreadsheet: every fault is told, and nothing is half imported."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.errors import Fault, Invalid
from gongkai.core.tables.cells import CellFault
from gongkai.core.tables.columns import Column
from gongkai.core.tables.reading import read_table
from gongkai.core.tables.rows import TableLimits, TableRow
from gongkai.core.text.codes import CodeFault, uscc_fault, uscc_problem
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.kinds import LEVELS, PROFILES, SECTORS, TenantType
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.services import NewTenant, create_tenant, hold_tree, listed

COLUMNS = (
    Column(
        "code", "单位代码", required=True, aliases=("单位编码", "编码", "短码"), help="英文字母、数字和连字符，不重复"
    ),
    Column("official_name", "单位全称", required=True, aliases=("单位名称", "全称")),
    Column("short_name", "单位简称", aliases=("简称",), help="不填时用全称"),
    Column("tenant_type", "单位类型", required=True, aliases=("类型",), help="例如“政府部门”“乡镇人民政府”"),
    Column("level", "层级", aliases=("级别",), help="市（州）级、县级、乡级；不填时按上级单位推断"),
    Column(
        "parent_code", "上级单位代码", aliases=("上级单位", "上级代码", "上级单位编码"), help="市（州）人民政府不填"
    ),
    Column("uscc", "统一社会信用代码", aliases=("信用代码", "社会信用代码")),
    Column("area_code", "行政区划代码", aliases=("区划代码",)),
    Column("sort_order", "排序", aliases=("排序号", "序号", "顺序"), help="不填时按行的先后"),
    Column("sector", "行业", aliases=("所属行业",), help="仅公共企事业单位填写"),
    Column("established_date", "成立日期", aliases=("启用日期", "设立日期"), help="不填时为导入当日"),
    Column("aliases", "曾用名", aliases=("别名", "其他名称"), help="多个名称用顿号分隔"),
    Column("phone", "联系电话", aliases=("电话",)),
    Column("address", "办公地址", aliases=("地址",)),
)
LIMITS = TableLimits(rows=5000, cell_chars=500)
_CODE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_TYPES: Mapping[str, TenantType] = {
    **{profile.label: kind for kind, profile in PROFILES.items()},
    **{kind.value: kind for kind in TenantType},
    "部门": TenantType.BUREAU,
    "乡镇": TenantType.TOWNSHIP,
    "街道": TenantType.SUBDISTRICT_OFFICE,
    "公共企事业单位": TenantType.PUBLIC_UTILITY,
}
_LEVELS = {label: code for code, label in LEVELS.items()} | {code: code for code in LEVELS} | {"市级": "prefecture"}
_SECTORS = {label: code for code, label in SECTORS.items()} | {code: code for code in SECTORS}
_LEVEL_BELOW = {"prefecture": "prefecture", "county": "county", "township": "township", "village": "village"}


@dataclass(slots=True)
class UnitImport:
    """What an import of units would do, or did.

    Attributes:
        faults: what stops it; while there are any, nothing is written.
        warnings: what is taken as it stands (a wrong check digit).
        created: codes of new units; `unchanged`: codes that are there already.
    """

    faults: list[CellFault] = field(default_factory=list)
    warnings: list[CellFault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Plan:
    """One row that can be read: its number, its code, its parent's, and the rest."""

    row: TableRow
    code: str
    parent_code: str
    official_name: str
    tenant_type: TenantType
    level: str
    established: date


def import_units(uow: UnitOfWork, *, data: bytes, filename: str, dry_run: bool) -> UnitImport:
    """Read a list of units, tell every row's faults, and set the new ones up unless there are any.

    Raises:
        UnreadableTable: when the file is no table.
    """
    table = read_table(data, filename, columns=COLUMNS, limits=LIMITS)
    result = UnitImport(faults=list(table.faults), notes=list(table.notes))
    _enter(uow, table.rows, result, dry_run=dry_run)
    return result


def enter_unit(uow: UnitOfWork, *, values: Mapping[str, str]) -> UnitImport:
    """Set up one unit from the fields of a form, by the rules of the list; keys are those of `COLUMNS`.

    Raises:
        Invalid: naming each field; nothing is written.
    """
    known = {column.key: column for column in COLUMNS}
    row = TableRow(0, {key: value for key, value in values.items() if key in known and value}, known)
    for column in COLUMNS:
        if column.required and column.key not in row.values:
            row.fault(column.key, f"未填写{column.title}", column.help or f"请填写{column.title}")
    result = UnitImport()
    _enter(uow, [row], result, dry_run=False)
    if result.faults:
        keys = {column.title: column.key for column in COLUMNS}
        raise Invalid(Fault(keys[fault.column_title], fault.problem, fault.remedy) for fault in result.faults)
    return result


def _enter(uow: UnitOfWork, rows: Iterable[TableRow], result: UnitImport, *, dry_run: bool) -> None:
    if not dry_run:
        # A list that is sent twice waits here, and then finds its units there already.
        hold_tree(uow)
    known = {unit.code: unit for unit in uow.session.scalars(select(Tenant).order_by(Tenant.id))}
    plans = [plan for row in rows if (plan := _read(row, uow, result)) is not None]
    _check_codes(plans, result)
    _check_names(plans, known, result)
    _check_number_codes(plans, known, result)
    order = _parents_first(plans, known, result)
    if not result.faults:
        _apply(uow, order, known, result, dry_run=dry_run)


def _read(row: TableRow, uow: UnitOfWork, result: UnitImport) -> _Plan | None:
    code = row.text("code").lower()
    if code and (set(code) - _CODE or len(code) > 40):
        row.fault("code", "单位代码只能用小写英文字母、数字和连字符，且不超过40位", "请修改代码")
    kind = _TYPES.get(row.text("tenant_type"))
    if kind is None and row.text("tenant_type"):
        row.fault("tenant_type", "没有这种单位类型", "请填写：" + "、".join(p.label for p in PROFILES.values()))
    level = _LEVELS.get(row.text("level"), "")
    if row.text("level") and not level:
        row.fault("level", "没有这种层级", "请填写：" + "、".join(LEVELS.values()))
    if row.text("sector") and row.text("sector") not in _SECTORS:
        row.fault("sector", "没有这种行业", "请填写：" + "、".join(SECTORS.values()))
    if row.text("sort_order"):
        row.integer("sort_order")
    established = row.date("established_date") or shanghai_date(uow.now)
    if established > shanghai_date(uow.now):
        row.fault("established_date", "成立日期晚于今天", "请核对日期")
    _check_uscc(row, result)
    result.faults += row.faults
    if not code or kind is None or not row.text("official_name"):
        return None
    return _Plan(row, code, row.text("parent_code").lower(), row.text("official_name"), kind, level, established)


def _check_uscc(row: TableRow, result: UnitImport) -> None:
    uscc = row.text("uscc").upper()
    problem = uscc_problem(uscc) if uscc else None
    if problem is None:
        return
    if uscc_fault(uscc) is CodeFault.CHECK_DIGIT:
        result.warnings.append(
            CellFault(row.number, "统一社会信用代码", uscc, problem, "如登记证书确为此代码，可以照常使用")
        )
    else:
        row.fault("uscc", problem.removesuffix("，请核对"), "请按登记证书填写18位代码，或留空")


def _check_codes(plans: Sequence[_Plan], result: UnitImport) -> None:
    first: dict[str, int] = {}
    for plan in plans:
        if plan.code in first:
            problem = f"单位代码与第{first[plan.code]}行重复"
            result.faults.append(plan.row.fault("code", problem, "每个单位的代码应当不同"))
        first.setdefault(plan.code, plan.row.number)


def _check_names(plans: Sequence[_Plan], known: Mapping[str, Tenant], result: UnitImport) -> None:
    taken = {unit.official_name: unit.code for unit in known.values() if unit.status == "active"}
    for plan in plans:
        unit = known.get(plan.code)
        if unit is not None and unit.status != "active":
            problem = f"代码“{plan.code}”属于已撤销的“{unit.official_name}”"
            result.faults.append(plan.row.fault("code", problem, "新单位请换一个代码"))
        elif unit is not None and unit.official_name != plan.official_name:
            problem = f"代码“{plan.code}”已属于“{unit.official_name}”"
            remedy = "单位更名请在“单位管理”中办理更名；确为新单位的请换一个代码"
            result.faults.append(plan.row.fault("official_name", problem, remedy))
        elif taken.get(plan.official_name, plan.code) != plan.code:
            problem = f"单位全称与代码“{taken[plan.official_name]}”的单位相同"
            result.faults.append(plan.row.fault("official_name", problem, "请核对是否重复录入"))
        taken.setdefault(plan.official_name, plan.code)


def _check_number_codes(plans: Sequence[_Plan], known: Mapping[str, Tenant], result: UnitImport) -> None:
    """Warn of units for which no index numbers can be made, or the same as for another."""
    taken = {unit.uscc: unit.official_name for unit in known.values() if unit.uscc and unit.status == "active"}
    areas = _areas(plans, known)
    for plan in plans:
        uscc, area = plan.row.text("uscc").upper(), plan.row.text("area_code")
        if plan.code in known:
            continue
        if not uscc and not area:
            problem = "没有填写统一社会信用代码，也没有填写行政区划代码"
            remedy = "可以导入；补填前该单位的信息无法编制索引号，不能发布"
            result.warnings.append(CellFault(plan.row.number, "统一社会信用代码", "", problem, remedy))
        elif uscc in taken:
            problem = f"与“{taken[uscc]}”的代码相同"
            remedy = "请核对；确系共用的，导入后请将其中一家的索引号样式改为按行政区划代码编制"
            result.warnings.append(CellFault(plan.row.number, "统一社会信用代码", uscc, problem, remedy))
        elif not uscc and (others := [name for name in areas[area] if name != plan.official_name]):
            problem = f"没有信用代码，行政区划代码又与“{listed(others)}”相同，索引号会重复而不能发布"
            remedy = "请填写信用代码，或者改用各不相同的区划代码（6至12位，可在后面加位数区分）"
            result.warnings.append(CellFault(plan.row.number, "行政区划代码", area, problem, remedy))
        if uscc:
            taken.setdefault(uscc, plan.official_name)


def _areas(plans: Sequence[_Plan], known: Mapping[str, Tenant]) -> Mapping[str, list[str]]:
    """Area code → names of the units numbered by it, those in use and those of the list."""
    found: dict[str, list[str]] = defaultdict(list)
    for unit in known.values():
        if unit.status == "active" and unit.index_pattern == "AREA_YEAR_SEQ" and unit.area_code:
            found[unit.area_code].append(unit.official_name)
    for plan in plans:
        if plan.code not in known and not plan.row.text("uscc") and plan.row.text("area_code"):
            found[plan.row.text("area_code")].append(plan.official_name)
    return found


def _parents_first(plans: Sequence[_Plan], known: Mapping[str, Tenant], result: UnitImport) -> list[_Plan]:
    """The rows in an order in which each parent comes before its children; faults for those without a way up."""
    waiting = {plan.code: plan for plan in plans}
    placed = {code for code, unit in known.items() if unit.status == "active"}
    root_there = any(unit.parent_id is None for unit in known.values())
    order: list[_Plan] = []
    while True:
        ready = [p for p in waiting.values() if p.parent_code in placed or (not p.parent_code and _may_be_root(p))]
        if not ready:
            break
        for plan in ready:
            order.append(plan)
            placed.add(plan.code)
            del waiting[plan.code]
    for plan in waiting.values():
        result.faults.append(_parent_fault(plan, waiting, known))
    roots = [plan for plan in order if not plan.parent_code and plan.code not in known]
    for plan in roots if root_there else roots[1:]:
        result.faults.append(plan.row.fault("parent_code", "只能有一个市（州）人民政府", "请填写上级单位代码"))
    return order


def _may_be_root(plan: _Plan) -> bool:
    return plan.tenant_type is TenantType.PREFECTURE_GOVERNMENT


def _parent_fault(plan: _Plan, waiting: Mapping[str, _Plan], known: Mapping[str, Tenant]) -> CellFault:
    if not plan.parent_code:
        return plan.row.fault("parent_code", "没有填写上级单位", "请填写上级单位代码")
    if plan.parent_code in waiting:
        return plan.row.fault("parent_code", "上级单位本身无法导入，或上下级互为上级", "请先改正上级单位所在行")
    if plan.parent_code in known:
        name = known[plan.parent_code].official_name
        return plan.row.fault("parent_code", f"上级单位“{name}”已撤销", "请填写承接其职能的单位代码")
    return plan.row.fault("parent_code", f"没有代码为“{plan.parent_code}”的单位", "请核对代码，或在表中补上该单位")


def _apply(
    uow: UnitOfWork, order: Iterable[_Plan], known: Mapping[str, Tenant], result: UnitImport, *, dry_run: bool
) -> None:
    ids = {code: unit.id for code, unit in known.items()}
    levels = {code: unit.level for code, unit in known.items()}
    for position, plan in enumerate(order):
        if plan.code in known:
            result.unchanged.append(plan.code)
            continue
        result.created.append(plan.code)
        levels[plan.code] = plan.level or _level_below(plan, levels)
        if not dry_run:
            ids[plan.code] = create_tenant(uow, new=_new(plan, ids, levels[plan.code], position)).id


def _level_below(plan: _Plan, levels: Mapping[str, str]) -> str:
    if plan.tenant_type in (TenantType.TOWNSHIP, TenantType.SUBDISTRICT_OFFICE):
        return "township"
    if plan.tenant_type is TenantType.VILLAGE_COMMITTEE:
        return "village"
    if plan.tenant_type is TenantType.COUNTY_GOVERNMENT:
        return "county"
    return _LEVEL_BELOW[levels.get(plan.parent_code, "prefecture")]


def _new(plan: _Plan, ids: Mapping[str, int], level: str, position: int) -> NewTenant:
    row = plan.row
    return NewTenant(
        code=plan.code,
        official_name=plan.official_name,
        short_name=row.text("short_name") or plan.official_name,
        tenant_type=plan.tenant_type,
        level=level,
        sort_order=row.integer("sort_order") or (position + 1) * 10,
        established_date=plan.established,
        parent_id=ids.get(plan.parent_code),
        sector=_SECTORS.get(row.text("sector")),
        uscc=row.text("uscc").upper() or None,
        area_code=row.text("area_code") or None,
        aliases=tuple(filter(None, (name.strip() for name in row.text("aliases").split("、")))),
        contact={key: row.text(key) for key in ("phone", "address") if row.text(key)},
    )

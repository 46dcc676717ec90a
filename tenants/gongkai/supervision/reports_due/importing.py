"""Import of the list from a spreadsheet （单位, 应发布日期, 依据, 免报原因, 发布日期, 网址）: all rows or none."""

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.errors import Fault
from gongkai.core.tables.cells import CellFault
from gongkai.core.tables.columns import Column
from gongkai.core.tables.rows import Table, TableRow
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.facts.units import UnitList, explain
from gongkai.supervision.reports_due.queries import duties_of
from gongkai.supervision.reports_due.schemas import TEXT_LIMIT, DutyForm, check_duty, is_address
from gongkai.supervision.reports_due.services import put_duties, statutory_due, units_then

COLUMNS = (
    Column("unit", "单位", required=True, aliases=("单位名称", "单位代码", "报告单位"), help="简称、全称或代码"),
    Column(
        "due_date", "应发布日期", aliases=("发布时限", "时限"), help="不填的，保留名单中的日期，或按《条例》第四十九条"
    ),
    Column("basis", "依据", aliases=("时限依据",), help="本地时限的依据；与通知一致的可以不填"),
    Column("exempt_reason", "免报原因", aliases=("不需报告的原因",), help="本年度不需发布的写明原因"),
    Column("published_date", "发布日期", aliases=("实际发布日期",), help="已在其他网站发布的填写"),
    Column("published_url", "网址", aliases=("链接", "发布地址"), help="与发布日期同时填写"),
)
EXAMPLES: tuple[tuple[str, ...], ...] = (
    ("示例局", "2023-01-31", "", "", "2023-01-20", "https://www.example.gov.cn/nb/2022.html"),
    ("示例镇", "2023-02-28", "年度报告编制发布工作安排", "", "", ""),
    ("示例中心", "2023-01-31", "", "2022年12月组建，由主管部门一并报告", "", ""),
)


def import_duties(
    uow: UnitOfWork, *, office_id: int, entered_by: int | None, year: int, table: Table
) -> tuple[int, int, list[CellFault]]:
    """Put the bodies of a table on the list, or bring them in line; bodies that it does not name stay as they are.

    Returns:
        How many were added and changed, and the faults; with faults nothing is written.

    Raises:
        NotFound: when the office has no list for the year.
    """
    units = units_then(uow, office_id=office_id, year=year)
    known = {
        duty.unit_id: DutyForm(duty.due_date, duty.own_basis) for duty in duties_of(uow, office_id=office_id, year=year)
    }
    wrong = list(table.faults)
    forms: dict[int, DutyForm] = {}
    for row in table.rows:
        read = _read(uow, row, units, known, year)
        if read is not None and read[0] in forms:
            row.fault("unit", "同一单位出现了两次", "请只保留一行")
        elif read is not None:
            forms[read[0]] = read[1]
        wrong.extend(row.faults)
    if wrong:
        return 0, 0, wrong
    added, changed = put_duties(uow, office_id=office_id, entered_by=entered_by, year=year, forms=forms)
    return added, changed, []


def _read(
    uow: UnitOfWork, row: TableRow, units: UnitList, known: dict[int, DutyForm], year: int
) -> tuple[int, DutyForm] | None:
    meant = units.find(row.text("unit"))
    if len(meant) != 1 and "unit" in row.values:
        row.fault("unit", explain(row.text("unit"), meant), "请填写单位代码，或核对单位名称")
    due, published = row.date("due_date"), row.date("published_date")
    url = row.text("published_url").strip()
    for name in ("basis", "exempt_reason"):
        if len(row.text(name)) > TEXT_LIMIT:
            row.fault(name, f"过长（{len(row.text(name))}字）", f"请控制在{TEXT_LIMIT}字以内")
    if url and not is_address(url):
        row.fault("published_url", "网址无效", "请填写以http://或https://开头的完整网址")
    if row.faults or len(meant) != 1:
        return None
    before = known.get(meant[0].id)
    if due is None:
        due = before.due_date if before else statutory_due(meant[0].unit.tenant_type, year=year)
    if due is None:
        row.fault("due_date", "应发布日期没有填写", "《条例》没有规定这类单位的时限，请按本机关通知填写")
        return None
    _tell(row, check_duty(due, published, url, year=year, today=shanghai_date(uow.now)))
    basis = " ".join(row.text("basis").split()) or (before.basis if before else "")
    exempt = " ".join(row.text("exempt_reason").split())
    return None if row.faults else (meant[0].id, DutyForm(due, basis, exempt, published, url))


def _tell(row: TableRow, faults: list[Fault]) -> None:
    for fault in faults:
        row.fault(fault.field, fault.problem, fault.remedy)

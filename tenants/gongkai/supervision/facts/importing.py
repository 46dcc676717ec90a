"""Import of facts from a spreadsheet （单位, 事项, 说明, 日期）: every fault listed, all rows or none."""

from dataclasses import dataclass
from typing import Any

from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Fault, Invalid
from gongkai.core.tables.cells import CellFault
from gongkai.core.tables.columns import Column
from gongkai.core.tables.rows import Table, TableRow
from gongkai.core.text.folding import fold
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.facts.records import put_fact, read_detail
from gongkai.supervision.facts.units import UnitList, explain, units_of_office
from gongkai.supervision.ledger.states import LISTED_ONLY, STILL_WRONG
from gongkai.supervision.models import FACT_KINDS

COLUMNS = (
    Column("unit", "单位", required=True, aliases=("单位名称", "单位代码", "责任单位"), help="简称、全称或代码"),
    Column("kind", "事项", required=True, aliases=("登记事项",), help="、".join(FACT_KINDS.values())),
    Column("note", "说明", aliases=("具体情况", "情形"), help="整改不实的写明属于哪一种情形"),
    Column("date", "日期", aliases=("整改时限",), help="整改不实的，填原整改时限"),
    Column("source", "依据", aliases=("来源",)),
)
EXAMPLES: tuple[tuple[str, ...], ...] = (
    ("示例街道", "整改不实", "反馈已整改但复查仍存在问题", "", "整改通知"),
    ("示例局", "整改不实", "仅处理通知所列栏目、未全面排查", "", "整改通知"),
    ("示例局", "工作较好", "", "", ""),
)
_KINDS = {
    **{label: kind for kind, label in FACT_KINDS.items()},
    "虚报整改": "false_rectification",
    "表扬": "commended",
    "工作较好的单位": "commended",
}
_DATE_FIELDS = {"false_rectification": "due_date"}
_COLUMN_OF = {"due_date": "date", "manner": "note", "found": "note"}


@dataclass(frozen=True)
class _Row:
    unit_id: int
    kind: str
    detail: dict[str, Any]
    source: str


def import_facts(
    uow: UnitOfWork, *, office_id: int, entered_by: int | None, period: Period, table: Table
) -> tuple[int, list[CellFault]]:
    """Record the facts of a table, all or none; what is there already is brought in line, so a second run is harmless.

    Returns:
        The number of facts recorded, and the faults; with faults nothing is recorded.

    Raises:
        NotFound: when the office did not exist in the period.
    """
    units = units_of_office(uow, office_id=office_id, period=period)
    wrong = list(table.faults)
    rows: dict[tuple[int, str], _Row] = {}
    for row in table.rows:
        read = _read(row, units, period)
        if read is not None and (read.unit_id, read.kind) in rows:
            row.fault("unit", "同一单位的同一事项出现了两次", "请只保留一行")
        elif read is not None:
            rows[read.unit_id, read.kind] = read
        wrong.extend(row.faults)
    if wrong:
        return 0, wrong
    for read in rows.values():
        put_fact(
            uow,
            office_id=office_id,
            entered_by=entered_by,
            period=period,
            kind=read.kind,
            unit_id=read.unit_id,
            detail=read.detail,
            source=read.source,
        )
    return len(rows), []


def _read(row: TableRow, units: UnitList, period: Period) -> _Row | None:
    kind = _KINDS.get(row.text("kind").strip())
    if kind is None and "kind" in row.values:
        row.fault("kind", "不是可以登记的事项", f"请填写{'、'.join(FACT_KINDS.values())}之一{_elsewhere(row)}")
    meant = units.find(row.text("unit"))
    if len(meant) != 1 and "unit" in row.values:
        row.fault("unit", explain(row.text("unit"), meant), "请填写单位代码，或核对单位名称")
    day = row.date("date")
    if row.faults or kind is None:
        return None
    values = {"source": row.text("source")}
    if day is not None and kind in _DATE_FIELDS:
        values[_DATE_FIELDS[kind]] = day.isoformat()
    if kind == "false_rectification":
        values |= {"manner": _manner(row.text("note")), "found": row.text("note")}
    else:
        values["note"] = row.text("note")
    try:
        detail = read_detail(kind, values, period=period)
    except Invalid as error:
        for fault in error.faults:
            _tell(row, fault)
        return None
    return _Row(meant[0].id, kind, detail, " ".join(values["source"].split())[:300])


def _elsewhere(row: TableRow) -> str:
    """Where a matter is recorded that is no longer one of these."""
    return "；培训情况在“培训登记”中登记" if "培训" in row.text("kind") else ""


def _tell(row: TableRow, fault: Fault) -> None:
    if fault.field == "manner":
        remedy = f"请写“{EXAMPLES[1][2]}”或“{EXAMPLES[2][2]}”"
        row.fault("note", "未说明整改不实的情形", remedy)
    else:
        row.fault(_COLUMN_OF.get(fault.field, fault.field), fault.problem, fault.remedy)


def _manner(text: str) -> str:
    """Which kind of false claim a note describes; empty when it says neither."""
    plain = fold(text)
    if any(word in plain for word in ("仅处理", "仅排查", "所列栏目", "未全面排查")):
        return LISTED_ONLY
    return STILL_WRONG if any(word in plain for word in ("反馈已整改", "仍存在", "并未整改", "未整改")) else ""

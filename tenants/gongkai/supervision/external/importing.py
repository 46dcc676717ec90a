"""Reading a table of external data: the columns of its kind, every fault by its cell."""

from gongkai.core.calendar.periods import Period
from gongkai.core.tables.cells import CellFault
from gongkai.core.tables.columns import Column
from gongkai.core.tables.rows import Table, TableRow
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.external.kinds import KINDS, LARGEST, Kind
from gongkai.supervision.external.services import TEXT_LIMIT, Entry
from gongkai.supervision.facts.units import UnitList, explain, units_of_office

_UNIT = Column(
    "unit", "单位", required=True,
    aliases=("单位名称", "单位代码", "责任单位", "承办单位", "办理单位", "主办单位", "部门"), help="简称、全称或代码",
)  # fmt: skip
_TOTALS = frozenset({"合计", "总计", "小计"})


def columns_of(kind: str) -> tuple[Column, ...]:
    """The columns of a kind's table: the unit, its figures, the free text."""
    found = KINDS[kind]
    numbers = (
        Column(figure.key, figure.label, required=True, aliases=figure.aliases, help="没有发生的填0")
        for figure in found.figures
    )
    note = (Column("note", found.note, aliases=found.note_aliases),) if found.note else ()
    return (_UNIT, *numbers, *note)


def read_entries(
    uow: UnitOfWork, *, office_id: int, period: Period, kind: str, table: Table
) -> tuple[dict[int, Entry], list[CellFault]]:
    """Figures by unit's id, and the faults; lines of sums （合计） are passed over.

    Raises:
        NotFound: when the office did not exist in the period.
        UnreadableTable: where the file breaks off.
    """
    units = units_of_office(uow, office_id=office_id, period=period)
    wrong = list(table.faults)
    entries: dict[int, Entry] = {}
    for row in table.rows:
        if row.text("unit").replace(" ", "") in _TOTALS:
            continue
        read = _read(row, units, KINDS[kind])
        if read is not None and read[0] in entries:
            row.fault("unit", "同一单位出现了两次", "请合并为一行")
        elif read is not None:
            entries[read[0]] = read[1]
        wrong.extend(row.faults)
    if not entries and not wrong:
        wrong.append(CellFault(0, _UNIT.title, "", "表格中没有数据", "请填写后再导入"))
    return entries, wrong


def _read(row: TableRow, units: UnitList, kind: Kind) -> tuple[int, Entry] | None:
    meant = units.find(row.text("unit"))
    if len(meant) != 1 and "unit" in row.values:
        row.fault("unit", explain(row.text("unit"), meant), "请填写单位代码，或核对单位名称")
    figures: dict[str, int] = {}
    for figure in kind.figures:
        number = row.integer(figure.key)
        if number is None:
            continue
        if not 0 <= number <= LARGEST:
            row.fault(figure.key, "不是有效的数量", f"请填写0至{LARGEST}的整数")
        figures[figure.key] = number
    note = " ".join(row.text("note").split()) if kind.note else ""
    if len(note) > TEXT_LIMIT:
        row.fault("note", f"过长（{len(note)}字）", f"请控制在{TEXT_LIMIT}字以内")
    if row.faults or len(meant) != 1:
        return None
    for fault in kind.faults(figures, note):
        row.fault(fault.field, fault.problem, fault.remedy)
    return None if row.faults else (meant[0].id, Entry(figures, note))


def example_of(kind: str) -> tuple[str | int, ...]:
    """A row for the template that adds up."""
    found = KINDS[kind]
    numbers = {figure.key: 10 - 3 * place for place, figure in enumerate(found.figures)}
    if found.code in ("mailbox", "correction"):
        numbers = {"received": 10, "on_time": 9, "late": 1}
    note = ("账号超过两周未更新",) if found.note else ()
    return ("示例局", *numbers.values(), *note)

"""An office's register of reminder slips as a spreadsheet, a row for each unit of each slip."""

from collections.abc import Iterator, Sequence
from datetime import date

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.tables.writing import Sheet, Value, write_xlsx
from gongkai.supervision.slips.states import label_of

COLUMNS = (
    "编号", "提示事项", "依据", "印发日期", "单位", "回复时限", "办理情况", "回复日期", "办结日期", "退回次数",
    "是否逾期回复",
)  # fmt: skip


def register_workbook(rows: Sequence[AnyRow], *, today: date) -> bytes:
    """The workbook's bytes from rows of `queries.exported`."""
    return write_xlsx([Sheet("工作提示单", COLUMNS, _rows(rows, today))])


def _rows(rows: Sequence[AnyRow], today: date) -> Iterator[tuple[Value, ...]]:
    for row in rows:
        yield (
            row.number,
            row.matter,
            row.basis,
            row.issued_date,
            row.unit,
            row.due_date,
            label_of(row.state, row.due_date, today),
            shanghai_date(row.replied_at) if row.replied_at else None,
            shanghai_date(row.ended_at) if row.ended_at and row.state == "closed" else None,
            row.returns or None,
            "是" if row.late else "",
        )

"""An office's tasks as a spreadsheet, a row for each unit of each task."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from gongkai.core.db import AnyRow
from gongkai.core.tables.writing import Sheet, Value, write_xlsx
from gongkai.supervision.assignments.models import KINDS
from gongkai.supervision.assignments.standing import STAND_LABELS, stand_of

COLUMNS = (
    "任务类型", "任务名称", "任务来源", "原文网址", "布置时间", "完成时限", "单位", "签收时间", "办结信息", "是否核对",
    "办结时间", "完成情况", "说明",
)  # fmt: skip


def tasks_workbook(rows: Sequence[AnyRow], *, now: datetime) -> bytes:
    """The workbook's bytes from rows of `queries.exported`."""
    return write_xlsx([Sheet("上级任务", COLUMNS, _rows(rows, now))])


def _rows(rows: Sequence[AnyRow], now: datetime) -> Iterator[tuple[Value, ...]]:
    for row in rows:
        stand = stand_of(due_at=row.due_at, completed_at=row.completed_at, withdrawn=row.withdrawn, now=now)
        yield (
            KINDS[row.kind],
            row.title,
            row.source,
            row.source_url,
            row.handed_out_at,
            row.due_at,
            row.unit,
            row.receipt_at,
            row.link,
            "" if not row.link else "已核对" if row.item_id is not None else "未核对",
            row.completed_at,
            STAND_LABELS[stand],
            row.note,
        )

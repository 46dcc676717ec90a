"""The check records of a draw for print (form D08), the records and the draw itself as spreadsheets."""

from collections.abc import Iterator, Sequence

from gongkai.core.calendar.instants import format_datetime, shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.officialdoc.model import Block, Column, OfficialDocument, Table, paragraph
from gongkai.core.tables.writing import Sheet, Value, write_xlsx
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.catalogue import rule_label
from gongkai.supervision.spotchecks.drawing import rank
from gongkai.supervision.spotchecks.models import RESULTS, SpotCheck
from gongkai.tenancy.models import Tenant

METHOD = "将种子和信息编号用半角冒号连接，计算SHA-256值，由小到大排列，依次抽取"
_PRINTED = (
    Column("序号", 6, "center"), Column("单位", 14), Column("栏目、信息名称", 34), Column("发布日期", 12),
    Column("检查内容", 20), Column("结果", 12), Column("具体表现", 24),
)  # fmt: skip
RECORD_COLUMNS = (
    "序号", "单位", "栏目", "信息名称", "信息编号", "发布日期", "检查内容", "检查结果", "规则", "具体表现", "检查日期",
    "检查人",
)  # fmt: skip
DRAW_COLUMNS = ("顺序", "信息编号", "抽签值（SHA-256）", "是否抽中")


def build(uow: UnitOfWork, *, check: SpotCheck, rows: Sequence[AnyRow]) -> OfficialDocument:
    """The records as a document, with how the sample was drawn."""
    office = uow.session.get_one(Tenant, check.tenant_id)
    return OfficialDocument(
        agency_banner="",
        red_head=False,
        title=f"{check.title}检查记录表",
        main_addressees=None,
        blocks=tuple(_blocks(check, rows)),
        signature_agency=office.official_name,
        formed_date=shanghai_date(uow.now),
    )


def manner_of(check: SpotCheck) -> str:
    """How many were drawn, in words."""
    return f"每家单位抽取{check.size}条" if check.each_unit else f"共抽取{check.size}条"


def records_workbook(rows: Sequence[AnyRow]) -> bytes:
    """The records as a workbook's bytes."""
    lines = (
        (
            row.position, row.unit, row.column_name, row.title, row.item_id, row.published_date, row.looked_at,
            RESULTS.get(row.result, "未检查"), rule_label(row.rule_code) if row.rule_code else "", row.text,
            shanghai_date(row.checked_at) if row.checked_at else None, row.checked_by_name,
        )
        for row in rows
    )  # fmt: skip
    return write_xlsx([Sheet("检查记录", RECORD_COLUMNS, lines)])


def draw_workbook(check: SpotCheck, drawn: Sequence[int]) -> bytes:
    """All items that could be drawn in the order of their lots, and which were; whoever doubts it computes it again."""
    return write_xlsx([Sheet("抽样底册", DRAW_COLUMNS, _lots(check, frozenset(drawn)))])


def _lots(check: SpotCheck, drawn: frozenset[int]) -> Iterator[tuple[Value, ...]]:
    lots = sorted((rank(check.seed, item_id), item_id) for item_id in check.population)
    for place, (lot, item_id) in enumerate(lots, 1):
        yield place, item_id, lot, "是" if item_id in drawn else ""


def _blocks(check: SpotCheck, rows: Sequence[AnyRow]) -> Iterator[Block]:
    columns = f"“{'、'.join(check.column_names)}”栏目" if check.column_names else "全部栏目"
    yield paragraph(
        f"抽查范围：{len(check.unit_ids)}家单位{check.first_date.isoformat()}至{check.last_date.isoformat()}发布、"
        f"{format_datetime(check.drawn_at)}仍公开的{columns}信息{len(check.population)}条，{manner_of(check)}，"
        f"实际抽取{len(rows)}条。"
    )
    yield paragraph(f"抽样方法：{METHOD}；种子：{check.seed}；抽样人：{check.drawn_by_name}。")
    problems = sum(row.result == "problem" for row in rows)
    checked = sum(row.result != "" for row in rows)
    yield paragraph(f"已检查{checked}条，其中存在问题{problems}条。")
    yield Table(None, _PRINTED, tuple(_printed(rows)))
    yield paragraph("检查人（签字）：")


def _printed(rows: Sequence[AnyRow]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        problem = f"{rule_label(row.rule_code)}：{row.text}" if row.rule_code else ""
        yield (
            str(row.position), row.unit, f"{row.column_name}：{row.title}", row.published_date.isoformat(),
            row.looked_at, RESULTS.get(row.result, "未检查"), problem,
        )  # fmt: skip

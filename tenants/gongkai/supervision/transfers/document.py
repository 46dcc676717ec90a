"""A transfer list for print and as a spreadsheet （政府信息送交目录表）, with places for both signatures."""

from collections.abc import Iterator, Sequence

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.db import AnyRow
from gongkai.core.officialdoc.model import Block, Column, OfficialDocument, Table, paragraph
from gongkai.core.tables.writing import Sheet, Value, write_xlsx
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.transfers.models import TransferList
from gongkai.supervision.transfers.states import ANSWER_LABELS, MEDIUM_LABELS, PROBLEM_LABELS, Answer, Medium, Problem
from gongkai.tenancy.models import Tenant

BASIS = "根据《中华人民共和国政府信息公开条例》第二十五条"
_PRINTED = (
    Column("序号", 6, "center"), Column("索引号", 20), Column("信息名称", 34), Column("文号", 18),
    Column("成文日期", 12), Column("公开日期", 12), Column("附件", 6, "center"),
)  # fmt: skip
COLUMNS = (
    "序号", "索引号", "信息名称", "文号", "成文日期", "公开日期", "版本", "附件数", "版本校验值", "接收情况", "答复",
)  # fmt: skip


def title_of(transfer: TransferList, unit: Tenant) -> str:
    """The list's title, which is also its file's name."""
    return f"{unit.official_name}{Period.parse(transfer.period).label}政府信息送交目录"


def build(uow: UnitOfWork, *, transfer: TransferList, rows: Sequence[AnyRow]) -> OfficialDocument:
    """The list as a document: what is handed over, or that there is nothing; who hands over and who receives."""
    unit = uow.session.get_one(Tenant, transfer.tenant_id)
    hall = uow.session.get_one(Tenant, transfer.hall_id)
    return OfficialDocument(
        agency_banner="",
        red_head=False,
        title=title_of(transfer, unit),
        main_addressees=hall.official_name,
        blocks=tuple(_blocks(transfer, rows)),
        signature_agency=unit.official_name,
        formed_date=shanghai_date(transfer.sent_at or uow.now),
    )


def list_workbook(rows: Sequence[AnyRow]) -> bytes:
    """The rows of a list as a workbook's bytes."""
    return write_xlsx([Sheet("送交目录", COLUMNS, _lines(rows))])


def _blocks(transfer: TransferList, rows: Sequence[AnyRow]) -> Iterator[Block]:
    label = Period.parse(transfer.period).label
    if not rows:
        yield paragraph(f"{BASIS}，现将送交情况报告如下：本单位{label}没有新公开的政府信息，作零报告。")
    else:
        form = MEDIUM_LABELS[Medium(transfer.medium)] if transfer.medium else ""
        copies = f"，送交形式为{form}" if form else ""
        yield paragraph(f"{BASIS}，现送交本单位{label}主动公开的政府信息{len(rows)}条{copies}，目录如下。")
        yield Table(None, _PRINTED, tuple(_printed(rows)))
    if transfer.version > 1:
        yield paragraph(f"本目录为第{transfer.version}版，替代此前送交的目录。")
    if transfer.contact:
        yield paragraph(f"联系人：{transfer.contact}，联系电话：{transfer.phone}。")
    received = ""
    if transfer.received_at is not None:
        received = f"{transfer.received_by_name}（{shanghai_date(transfer.received_at).isoformat()}在平台确认接收）"
    yield paragraph(f"移交人（签章）：{transfer.sent_by_name}")
    yield paragraph(f"接收人（签章）：{received}")


def _printed(rows: Sequence[AnyRow]) -> Iterator[tuple[str, ...]]:
    for number, row in enumerate(rows, 1):
        formed = row.formed_date.isoformat() if row.formed_date else ""
        yield (
            str(number), row.index_number, row.title, row.document_number, formed, row.published_date.isoformat(),
            str(row.attachments),
        )  # fmt: skip


def _lines(rows: Sequence[AnyRow]) -> Iterator[tuple[Value, ...]]:
    for number, row in enumerate(rows, 1):
        problem, answer = getattr(row, "problem", ""), getattr(row, "answer", "")
        yield (
            number, row.index_number, row.title, row.document_number, row.formed_date, row.published_date, row.version,
            row.attachments, row.digest,
            _said(PROBLEM_LABELS[Problem(problem)], row.problem_note) if problem else "",
            _said(ANSWER_LABELS[Answer(answer)], row.answer_note) if answer else "",
        )  # fmt: skip


def _said(label: str, note: str) -> str:
    return f"{label}：{note}" if note else label

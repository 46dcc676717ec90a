"""A public circular becomes an item of the office's unit, through the same chain as every other item."""

from collections.abc import Iterator
from datetime import date
from html import escape
from io import BytesIO

from sqlalchemy import select

from gongkai.accounts.actors import Actor
from gongkai.catalog.models import ContentColumn
from gongkai.core.errors import Conflict, Fault, Invalid, Refused
from gongkai.core.officialdoc.docx import render_docx
from gongkai.core.officialdoc.layout import note_text, numbered
from gongkai.core.officialdoc.model import Block, Heading, OfficialDocument, Paragraph, Run, Table
from gongkai.core.storage.store import FileStore
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.access import get_item
from gongkai.publishing.attachments import add_attachment
from gongkai.publishing.chain import decide, submit
from gongkai.publishing.drafts import create_draft, findings, override_warnings
from gongkai.publishing.models import Item
from gongkai.publishing.schemas import ItemForm
from gongkai.publishing.states import ItemState
from gongkai.publishing.steps import state_words
from gongkai.supervision.circulars.access import circulate, details_of, get_circular
from gongkai.supervision.circulars.document import build
from gongkai.supervision.circulars.services import record
from gongkai.supervision.models import Circular

COLUMNS = ("qtwj", "gsgg")
"""Where a circular stands in the catalogue: other documents when it has a number, else notices."""
ATTACHMENT_LIMIT = 20 * 1024 * 1024


def send_to_publication(uow: UnitOfWork, *, drafter: Actor, circular_id: int, files: FileStore, base_url: str) -> Item:
    """Draft the item of an issued public circular in the office's unit and send it to the confidentiality review.

    Raises:
        Conflict: when the circular is not issued as public, or has its item already.
        Refused: when the unit has no column for it.
        Invalid: when the checks warn and the office gave no reason, or block.
    """
    circular = get_circular(uow, tenant_id=drafter.tenant_id, circular_id=circular_id, lock=True)
    if circular.state != "issued" or circular.disclosure_mode != "proactive":
        raise Conflict("只有已印发且公开属性为“主动公开”的通报可以报送公开。")
    if circular.item_id is not None:
        raise Conflict("这份通报已报送公开，请在信息审查中办理。")
    public = details_of(circular).public_version
    document = build(circulate(uow, circular, base_url="" if public else base_url, public=public))
    item = create_draft(uow, actor=drafter, form=_form(uow, circular, document))
    add_attachment(
        uow,
        actor=drafter,
        item_id=item.id,
        files=files,
        filename=f"{document.title}.docx",
        stream=BytesIO(render_docx(document)),
        limit_bytes=ATTACHMENT_LIMIT,
    )
    _override(uow, drafter, item, details_of(circular).disclosure_reason)
    submit(uow, actor=drafter, item_id=item.id)
    circular.item_id = item.id
    record(uow, circular, "to_publish", {"item_id": item.id})
    return item


def publish_circular(
    uow: UnitOfWork,
    *,
    circular_id: int,
    drafter: Actor,
    reviewer: Actor,
    approver: Actor,
    files: FileStore,
    base_url: str,
) -> Item:
    """Take an issued public circular through the whole chain with these three people of the office's unit.

    Raises:
        Forbidden: when the reviewer or approver wrote it.
        Conflict, Refused, Invalid: as `send_to_publication`.
    """
    circular = get_circular(uow, tenant_id=drafter.tenant_id, circular_id=circular_id, lock=True)
    if circular.item_id is None:
        item = send_to_publication(uow, drafter=drafter, circular_id=circular_id, files=files, base_url=base_url)
    else:
        item = get_item(uow, tenant_id=drafter.tenant_id, item_id=circular.item_id)
    if item.state == ItemState.IN_REVIEW:
        decide(uow, actor=reviewer, item_id=item.id)
    return decide(uow, actor=approver, item_id=item.id)


def item_words(uow: UnitOfWork, circular: Circular) -> tuple[str, bool]:
    """Where the circular's item is, in words, and whether the public sees it; empty without one."""
    found = uow.session.execute(select(Item.state, Item.step).where(Item.id == circular.item_id)).one_or_none()
    return (state_words(found.state, found.step), found.state == ItemState.PUBLISHED) if found else ("", False)


def _form(uow: UnitOfWork, circular: Circular, document: OfficialDocument) -> ItemForm:
    wanted = COLUMNS if circular.document_number else COLUMNS[::-1]
    rows = uow.session.execute(
        select(ContentColumn.code, ContentColumn.id).where(
            ContentColumn.tenant_id == circular.tenant_id,
            ContentColumn.code.in_(wanted),
            ContentColumn.active,
            ContentColumn.accepts_items,
        )
    )
    columns = {row.code: row.id for row in rows}
    column_id = next((columns[code] for code in wanted if code in columns), None)
    if column_id is None:
        raise Refused("本单位的目录中没有“其他文件”或“公示公告”栏目，无法公开通报，请先在栏目管理中开设。")
    return ItemForm(
        column_id=column_id,
        title=document.title,
        document_number=circular.document_number,
        issuing_agency=document.signature_agency,
        formed_date=circular.issued_date,
        summary=document.title.removeprefix("关于").removesuffix("的通报") + "通报。",
        body_html="".join(_html(document)),
        subject_class="综合政务",
        genre_class="通报",
        responsible_unit="政务公开办公室",
        secrecy_cleared=True,
    )


def _override(uow: UnitOfWork, drafter: Actor, item: Item, reason: str) -> None:
    warnings = [fault for fault in findings(uow, item) if fault.level == "warn"]
    if warnings and not reason:
        told = "；".join(fault.problem for fault in warnings)
        raise Invalid([Fault("disclosure_reason", f"公开前检查有提醒：{told}", "请填写公开说明，由保密审查员核对")])
    if warnings:
        reasons = {fault.code: reason for fault in warnings}
        override_warnings(uow, actor=drafter, item_id=item.id, reasons=reasons)


def _html(document: OfficialDocument) -> Iterator[str]:
    """The document's text as simple HTML: the item's page has its own head, and the .docx is attached."""
    if document.main_addressees:
        yield f"<p>{escape(document.main_addressees)}：</p>"
    for block in numbered(document.blocks):
        yield from _block(block)
    yield f'<p class="align-right">{escape(document.signature_agency)}</p>'
    if document.formed_date:
        yield f'<p class="align-right">{_day(document.formed_date)}</p>'
    if document.disclosure_note:
        yield f"<p>{escape(note_text(document.disclosure_note))}</p>"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading(level, text):
            yield f"<h{level + 1}>{escape(text)}</h{level + 1}>"
        case Paragraph(runs):
            yield f"<p>{''.join(escape(run.text) for run in runs)}</p>"
        case Table(caption, columns, rows):
            head = "".join(f'<th scope="col">{escape(column.title)}</th>' for column in columns)
            body = "".join(f"<tr>{''.join(f'<td>{_cell(cell)}</td>' for cell in row)}</tr>" for row in rows)
            yield f"<p>{escape(caption or '')}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(cell: str | Run) -> str:
    return escape(cell.text if isinstance(cell, Run) else cell)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"

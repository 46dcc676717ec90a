"""Taking a document in: it becomes a draft of its unit, with its signing on record and its time running."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from sqlalchemy import select

from gongkai.catalog.inbox import inbox_column
from gongkai.catalog.models import ContentColumn
from gongkai.core.errors import Conflict, DomainError, Fault, Invalid
from gongkai.core.richtext.errors import TextTooLong, UnreadableDocument
from gongkai.core.storage.attachments import attachment_problem
from gongkai.core.storage.sniff import sniff
from gongkai.core.storage.store import FileStore
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.attachments import attach
from gongkai.publishing.drafts import take_in
from gongkai.publishing.intake.models import IntakeDocument, IntakeSender
from gongkai.publishing.intake.schemas import LABELS, SentDocument, differing
from gongkai.publishing.models import Item
from gongkai.publishing.word_body import take_word
from gongkai.tenancy.models import Tenant

RECEIVED = "intake.received"
"""Outbox event: a document came in; the object is its `IntakeDocument`."""
TEXT_KINDS = ("docx", "pdf", "ofd")
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file with its SHA-256 （hex）; the stream is seekable and stands at its start."""

    name: str
    stream: BinaryIO
    digest: str


@dataclass(frozen=True, slots=True)
class Package:
    """A document with its files."""

    document: SentDocument
    text: SentFile
    attachments: Sequence[SentFile]

    @property
    def fingerprint(self) -> str:
        """SHA-256 （hex） of what was sent, whatever its spacing and order of fields."""
        digests = [self.text.digest, *(file.digest for file in self.attachments)]
        told = json.dumps([self.document.fields, digests], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(told.encode()).hexdigest()


def digest_of(stream: BinaryIO) -> str:
    """SHA-256 （hex） of a seekable stream, which is left at its start."""
    stream.seek(0)
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    stream.seek(0)
    return digest.hexdigest()


def receive(
    uow: UnitOfWork,
    *,
    sender: IntakeSender,
    package: Package,
    channel: str,
    files: FileStore,
    limit_bytes: int,
) -> tuple[IntakeDocument, bool]:
    """Take a document in, within the scope of its locked sender; True when it is new.

    The same document again changes nothing and gives the first receipt.

    Raises:
        Invalid: naming unit, column or file that cannot be taken.
        Conflict: when another document came under its id, naming what differs.
        StorageFull: when the disk is.
    """
    known = document_of(uow, sender=sender, external_id=package.document.external_id)
    if known is not None:
        if known.fingerprint != package.fingerprint:
            raise Conflict(_difference(known, package))
        return known, False
    unit = _unit(uow, sender, package.document.unit)
    body_html, notes = _text(package, limit_bytes)
    form = replace(
        package.document.form,
        column_id=_column(uow, unit, package.document.column),
        issuing_agency=package.document.form.issuing_agency or unit.official_name,
        body_html=body_html,
        optional={"publication_channels": "网站"},
    )
    item = take_in(uow, tenant_id=unit.id, form=form)
    stored = _keep(uow, item, package, files=files, limit_bytes=limit_bytes)
    return _record(uow, sender, package, item=item, channel=channel, files=stored, notes=notes), True


def _record(
    uow: UnitOfWork,
    sender: IntakeSender,
    package: Package,
    *,
    item: Item,
    channel: str,
    files: list[dict[str, Any]],
    notes: Sequence[str],
) -> IntakeDocument:
    sent = package.document
    received = IntakeDocument(
        tenant_id=item.tenant_id,
        sender_id=sender.id,
        external_id=sent.external_id,
        fingerprint=package.fingerprint,
        channel=channel,
        item_id=item.id,
        document=dict(sent.fields),
        files=files,
        signatory=sent.signatory,
        signed_date=sent.signed_date,
        signing_opinion=sent.signing_opinion,
        notes=list(notes),
        received_at=uow.now,
    )
    uow.session.add(received)
    sender.last_received_at = uow.now
    uow.session.flush()
    detail = {"sender": sender.key_id, "external_id": received.external_id, "channel": channel}
    uow.audit("intake.receive", tenant_id=item.tenant_id, object_type="item", object_id=item.id, detail=detail)
    uow.emit(RECEIVED, received.id)
    return received


@contextmanager
def noting_refusal(uow: UnitOfWork, sender: IntakeSender) -> Iterator[None]:
    """What is refused within leaves nothing but a line on its sender's page."""
    try:
        with uow.session.begin_nested():
            yield
    except DomainError as refusal:
        sender.last_refused_at, sender.last_refusal = uow.now, refusal.message[:500]
        uow.session.flush()
        raise


def document_of(uow: UnitOfWork, *, sender: IntakeSender, external_id: str) -> IntakeDocument | None:
    """What a sender sent under an id, None when nothing."""
    own = IntakeDocument.sender_id == sender.id, IntakeDocument.external_id == external_id
    return uow.session.scalar(select(IntakeDocument).where(*own))


def _difference(known: IntakeDocument, package: Package) -> str:
    names = [LABELS[name] for name in differing(known.document, package.document.fields)]
    before = {entry["name"]: entry["digest"] for entry in known.files}
    names += [
        f"文件“{file.name}”的内容"
        for file in (package.text, *package.attachments)
        if before.get(file.name, file.digest) != file.digest
    ]
    what = "、".join(names)
    return (
        f"标识为“{known.external_id}”的公文已经收到，这次送来的{what}与第一次不同，没有采用。"
        "公文确有更正的，请换一个标识重新发送，并告知收文单位删除原来的草稿；已送审的由收文单位修改。"
    )


def _unit(uow: UnitOfWork, sender: IntakeSender, code: str) -> Tenant:
    """The unit that a document is for: the sender's, or the one named among those that it covers."""
    own = uow.session.get_one(Tenant, sender.tenant_id)
    if not code and sender.covers_subtree:
        raise Invalid([Fault("unit", "没有填写单位代码", "这个系统为多个单位送文，请写明收文单位")])
    if code in ("", own.code):
        return own
    found = uow.session.scalar(select(Tenant).where(Tenant.code == code, Tenant.id.in_(uow.scope.tenant_ids)))
    if found is None:
        raise Invalid([Fault("unit", f"单位代码“{code}”无效或不在接入范围内", "请核对代码，或由该单位另行登记接入")])
    return found


def _column(uow: UnitOfWork, unit: Tenant, code: str) -> int:
    """Id of the named column that takes items, or of the inbox where none is named."""
    if not code:
        return inbox_column(uow, tenant_id=unit.id)
    query = select(ContentColumn.id).where(
        ContentColumn.tenant_id == unit.id, ContentColumn.code == code, ContentColumn.active,
        ContentColumn.accepts_items,
    )  # fmt: skip
    found = uow.session.scalar(query)
    if found is None:
        remedy = "请填写最末一级在用栏目的代码；不能确定的不填，由收文单位归类"
        raise Invalid([Fault("column", f"{unit.short_name}没有代码为“{code}”的在用栏目", remedy)])
    return found


def _text(package: Package, limit_bytes: int) -> tuple[str, Sequence[str]]:
    """The body of the draft from a Word text; a PDF or OFD text gives none, it becomes the first attachment."""
    text = package.text
    size = text.stream.seek(0, 2)
    text.stream.seek(0)
    kind = sniff(b"" if size > limit_bytes else text.stream)
    problem = attachment_problem(text.name, kind, size, limit_bytes)
    if problem is None and kind.extension not in TEXT_KINDS:
        problem = f"正文文件“{text.name}”是{kind.label_zh}；请用docx、pdf或ofd格式发送正文。"
    if problem is not None:
        raise Invalid([_fault("text", problem)])
    if kind.extension != "docx":
        return "", [f"正文是{kind.label_zh}，已作为附件；请在正文栏写明内容，便于检索和无障碍阅读。"]
    try:
        taken = take_word(body_html="", stream=text.stream, limit_bytes=limit_bytes)
    except (UnreadableDocument, TextTooLong) as refusal:
        raise Invalid([_fault("text", refusal.message)]) from refusal
    text.stream.seek(0)
    return taken.html, taken.messages


def _keep(uow: UnitOfWork, item: Item, package: Package, *, files: FileStore, limit_bytes: int) -> list[dict[str, Any]]:
    """Keep all files; those that the draft carries are attached to it. Returns what `IntakeDocument.files` holds."""
    kept = []
    for role, file in (("text", package.text), *(("attachment", file) for file in package.attachments)):
        kind = sniff(file.stream)
        size = file.stream.seek(0, 2)
        file.stream.seek(0)
        if role == "text" and kind.extension == "docx":
            files.put(file.stream, limit_bytes=limit_bytes)
        else:
            try:
                attach(
                    uow, item=item, by=None, files=files, filename=file.name, stream=file.stream,
                    limit_bytes=limit_bytes,
                )  # fmt: skip
            except Invalid as refusal:
                field = "text" if role == "text" else "attachments"
                raise Invalid([replace(fault, field=field) for fault in refusal.faults]) from refusal
        entry = {"role": role, "name": file.name, "digest": file.digest}
        kept.append(entry | {"media_type": kind.media_type, "size": size})
    return kept


def _fault(field: str, sentence: str) -> Fault:
    problem, _, remedy = sentence.removesuffix("。").partition("；")
    return Fault(field, problem, remedy)

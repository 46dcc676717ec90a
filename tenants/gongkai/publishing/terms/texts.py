"""Texts of attachments: read once for each unit and file, in the background after the upload, or at submission."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from gongkai.core.errors import NotFound
from gongkai.core.extraction.extract import Extraction, Part, Unread, extract
from gongkai.core.extraction.reasons import DAMAGED, OVERRUN
from gongkai.core.ports import Services
from gongkai.core.storage.store import FileStore
from gongkai.core.uow import Scope, UnitOfWork
from gongkai.publishing.models import Attachment, Item
from gongkai.publishing.terms.models import ExtractedText

log = structlog.get_logger()
ADDED = "attachment.added"
"""Event: a file was attached; carries the attachment's id."""
READ = "attachment.read"
"""Event: the text of a file of something public is there now; carries the item's id."""
PATIENCE = 20.0
"""Seconds for which a submission reads what the background has not read yet."""
LOST = "文件已丢失，请重新上传"
PASSING = frozenset({DAMAGED, OVERRUN, LOST})
"""Reasons that another attempt may do away with: a busy machine does not stay busy, a lost file is restored."""
WAITS = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
"""Times between attempts; after the last one only a person asks for another."""


@dataclass(frozen=True, slots=True)
class AttachmentText:
    """A file's name with what was read of it; `extraction` is None while nobody has looked."""

    filename: str
    extraction: Extraction | None


def attachment_texts(uow: UnitOfWork, *, tenant_id: int, item_id: int) -> list[AttachmentText]:
    """The files of an item's working copy in their order, with their texts as far as they are read."""
    read = (ExtractedText.tenant_id == Attachment.tenant_id) & (ExtractedText.digest == Attachment.digest)
    query = (
        select(Attachment.filename, ExtractedText.digest, ExtractedText.parts, ExtractedText.unread)
        .outerjoin(ExtractedText, read)
        .where(Attachment.tenant_id == tenant_id, Attachment.item_id == item_id)
        .order_by(Attachment.sort_order, Attachment.id)
    )
    return [
        AttachmentText(name, None if digest is None else stored_extraction(parts, unread))
        for name, digest, parts, unread in uow.session.execute(query)
    ]


def stored_texts(uow: UnitOfWork, *, tenant_id: int, files: Sequence[tuple[str, str]]) -> list[AttachmentText]:
    """(name, digest) of a unit's files → their texts, in this order, as far as they are read."""
    query = select(ExtractedText.digest, ExtractedText.parts, ExtractedText.unread).where(
        ExtractedText.tenant_id == tenant_id, ExtractedText.digest.in_([digest for _, digest in files])
    )
    read = {row.digest: stored_extraction(row.parts, row.unread) for row in uow.session.execute(query)}
    return [AttachmentText(name, read.get(digest)) for name, digest in files]


def stored_extraction(parts: Sequence[dict[str, str]], unread: Sequence[dict[str, str]]) -> Extraction:
    """An extraction as the database keeps it."""
    return Extraction(tuple(Part(**part) for part in parts), tuple(Unread(**one) for one in unread))


def read_missing(
    uow: UnitOfWork, *, files: FileStore, tenant_id: int, item_id: int, patience: float = PATIENCE
) -> None:
    """Read an item's files that nobody has read yet, until all are or `patience` （seconds） is used up."""
    until = time.monotonic() + patience
    for digest in _unread(uow, tenant_id, Attachment.item_id == item_id):
        if time.monotonic() > until:
            return
        _keep(uow, tenant_id, digest, _read(files, digest))


def read_added(services: Services, uow: UnitOfWork, attachment_ids: Sequence[int]) -> None:
    """Handler of `attachment.added`. Each file is kept in a transaction of its own: reading takes seconds."""
    found = uow.session.execute(
        select(Attachment.tenant_id, Attachment.digest).where(Attachment.id.in_(attachment_ids)).distinct()
    ).all()
    for tenant_id, digest in found:
        read_file(services, tenant_id=tenant_id, digest=digest)


def read_file(services: Services, *, tenant_id: int, digest: str) -> None:
    """Read a unit's file, unless it is read already and no other attempt is due."""
    scope = Scope(tenant_ids=(tenant_id,), acting_tenant_id=tenant_id, reason="text extraction")
    with services.database.transaction(scope) as uow:
        known = uow.session.get(ExtractedText, (tenant_id, digest))
        if known is None:
            _keep(uow, tenant_id, digest, _read(services.files, digest))
        elif known.retry_at is not None and known.retry_at <= uow.now:
            _renew(uow, known, _read(services.files, digest))


def _unread(uow: UnitOfWork, tenant_id: int, condition: object) -> Iterable[str]:
    known = select(ExtractedText.digest).where(ExtractedText.tenant_id == tenant_id)
    query = select(Attachment.digest).where(
        Attachment.tenant_id == tenant_id,
        Attachment.digest.not_in(known),
        condition,  # type: ignore[arg-type]
    )
    return uow.session.scalars(query.order_by(Attachment.sort_order, Attachment.id)).unique().all()


def _read(files: FileStore, digest: str) -> Extraction:
    try:
        stream = files.open(digest)
    except NotFound:
        log.warning("extraction.file_missing", digest=digest)
        return Extraction(unread=(Unread("", LOST),))
    with stream:
        return extract(stream)


def _keep(uow: UnitOfWork, tenant_id: int, digest: str, found: Extraction) -> None:
    values = {
        "tenant_id": tenant_id,
        "digest": digest,
        **_stored(found),
        "read_at": uow.now,
        "tries": 1,
        "retry_at": _next_attempt(found, 1, uow.now),
    }
    uow.session.execute(insert(ExtractedText).values(values).on_conflict_do_nothing())
    _tell(uow, tenant_id, digest)


def _renew(uow: UnitOfWork, known: ExtractedText, found: Extraction) -> None:
    """Keep what another attempt found; one that found nothing takes no text away."""
    stored = _stored(found)
    if found.parts or not known.parts:
        known.parts = stored["parts"]
    known.unread, known.read_at = stored["unread"], uow.now
    known.tries += 1
    known.retry_at = _next_attempt(found, known.tries, uow.now)
    uow.session.flush()
    _tell(uow, known.tenant_id, known.digest)


def _stored(found: Extraction) -> dict[str, list[dict[str, str]]]:
    return {"parts": [asdict(part) for part in found.parts], "unread": [asdict(one) for one in found.unread]}


def _next_attempt(found: Extraction, tries: int, now: datetime) -> datetime | None:
    failed = any(one.reason in PASSING for one in found.unread)
    return now + WAITS[tries - 1] if failed and tries <= len(WAITS) else None


def _tell(uow: UnitOfWork, tenant_id: int, digest: str) -> None:
    of_file = (Attachment.tenant_id == tenant_id) & (Attachment.digest == digest)
    query = select(Item.id).join(Attachment, Attachment.item_id == Item.id).where(of_file, Item.is_public).distinct()
    for item_id in uow.session.scalars(query):
        uow.emit(READ, item_id)

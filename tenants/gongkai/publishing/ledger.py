"""The hash chain of a unit's published versions (architecture decision 8).

A link hashes the one before it and the canonical JSON of the version: metadata in full, text and attachments by
digest, so that leaked personal data can be erased from the text and the chain still verifies.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from gongkai.core.storage.store import FileStore
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Attachment, Item, ItemVersion, TenantLedger, VersionText

FORMAT = 1
GENESIS = "0" * 64
VERIFY_BATCH = 500
METADATA = (
    "title", "summary", "document_number", "issuing_agency", "formed_date", "effective_date", "validity",
    "repealed_date", "disclosure_mode", "subject_class", "genre_class", "origin", "is_reprint", "responsible_unit",
    "optional", "original_labels", "source_url", "entry_route", "column_id", "index_number", "change_kind",
    "change_reason", "display_until", "valid_until", "decision_item_id",
)  # fmt: skip

_VERSIONS = ItemVersion.metadata.tables[ItemVersion.__tablename__]
_ADD_VERSION = insert(_VERSIONS).returning(_VERSIONS.c.id)


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """The first place where a unit's chain does not hold."""

    tenant_id: int
    position: int
    item_id: int | None
    version: int | None
    problem: str


def canonical(content: dict[str, Any]) -> bytes:
    """The bytes that are hashed: UTF-8 JSON, keys sorted, no spaces."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def link_hash(previous: str, content: dict[str, Any]) -> str:
    """SHA-256 over the previous hash and the canonical content, in hexadecimal."""
    return hashlib.sha256(previous.encode() + canonical(content)).hexdigest()


def text_hash(body_html: str) -> str:
    """SHA-256 of a version's text, in hexadecimal."""
    return hashlib.sha256(body_html.encode()).hexdigest()


def lock_ledger(uow: UnitOfWork, *, tenant_id: int) -> TenantLedger:
    """The unit's ledger row, locked: its publications happen one after the other."""
    query = (
        select(TenantLedger)
        .where(TenantLedger.tenant_id == tenant_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = uow.session.scalar(query)
    if found is None:
        first = insert(TenantLedger).values(tenant_id=tenant_id, head=GENESIS, length=0)
        uow.session.execute(first.on_conflict_do_nothing())
        found = uow.session.execute(query).scalar_one()
    return found


def append_version(
    uow: UnitOfWork, *, ledger: TenantLedger, item: Item, body_html: str | None, published_by: int | None
) -> None:
    """Add the next version of an item to the locked ledger; `body_html=None` keeps the current text."""
    session = uow.session
    if body_html is None:
        body_html = (
            session.scalar(select(VersionText.body_html).where(VersionText.version_id == item.current_version_id)) or ""
        )
    newest = select(func.max(ItemVersion.version)).where(ItemVersion.item_id == item.id)
    number = 1 if item.current_version_id is None else (session.scalar(newest) or 0) + 1
    content = version_content(item, number, body_html, uow.now.isoformat(), _attachments(uow, item.id))
    link, position = link_hash(ledger.head, content), ledger.length + 1
    # Written at once for its id: a flush would write the item as well, before it is complete.
    values = {
        "tenant_id": item.tenant_id, "item_id": item.id, "version": number, "position": position, "content": content,
        "previous_hash": ledger.head, "hash": link, "published_at": uow.now, "published_by": published_by,
    }  # fmt: skip
    item.current_version_id = session.execute(_ADD_VERSION, values).scalar_one()
    session.add(
        VersionText(version_id=item.current_version_id, tenant_id=item.tenant_id, item_id=item.id, body_html=body_html)
    )
    ledger.head, ledger.length = link, position


def version_content(
    item: Item, version: int, body_html: str, recorded_at: str, attachments: list[dict[str, Any]]
) -> dict[str, Any]:
    """What a version says, with JSON types only."""
    return {
        "format": FORMAT,
        "item": item.id,
        "version": version,
        "recorded_at": recorded_at,
        "published_at": item.published_at.isoformat() if item.published_at else None,
        "text_sha256": text_hash(body_html),
        "attachments": attachments,
        **{name: _plain(getattr(item, name)) for name in METADATA},
    }


def verify_chain(uow: UnitOfWork, *, tenant_id: int, files: FileStore | None = None) -> BrokenLink | None:
    """The first broken link of a unit's chain, or None when head, length, links and digests all hold."""
    head, position = GENESIS, 0
    for version, text in _links(uow, tenant_id):
        position += 1
        problem = _problem(version, text, head, position, files)
        if problem:
            return BrokenLink(tenant_id, position, version.item_id, version.version, problem)
        head = version.hash
    ledger = uow.session.execute(
        select(TenantLedger.head, TenantLedger.length).where(TenantLedger.tenant_id == tenant_id)
    ).one_or_none()
    if (ledger or (GENESIS, 0)) != (head, position):
        return BrokenLink(tenant_id, position + 1, None, None, "链的末端与台账记录不一致，可能有版本被删除")
    return None


def _links(uow: UnitOfWork, tenant_id: int) -> Iterator[tuple[ItemVersion, VersionText | None]]:
    last = 0
    while True:
        rows = uow.session.execute(
            select(ItemVersion, VersionText)
            .outerjoin(VersionText, VersionText.version_id == ItemVersion.id)
            .where(ItemVersion.tenant_id == tenant_id, ItemVersion.position > last)
            .order_by(ItemVersion.position)
            .limit(VERIFY_BATCH)
        ).all()
        if not rows:
            return
        yield from ((version, text) for version, text in rows)
        last = rows[-1][0].position
        uow.session.expunge_all()


def _problem(
    version: ItemVersion, text: VersionText | None, head: str, position: int, files: FileStore | None
) -> str | None:
    if version.position != position:
        return f"缺少第{position}个版本"
    if version.previous_hash != head or version.hash != link_hash(head, version.content):
        return "版本内容或其前一环节被改动"
    if text is None:
        return "版本正文缺失"
    if text.erased_at is None and text_hash(text.body_html) != version.content["text_sha256"]:
        return "版本正文被改动"
    missing = [a["name"] for a in version.content["attachments"] if files and not files.exists(a["sha256"])]
    return f"附件缺失：{missing[0]}" if missing else None


def _attachments(uow: UnitOfWork, item_id: int) -> list[dict[str, Any]]:
    query = select(Attachment.filename, Attachment.digest, Attachment.size_bytes, Attachment.media_type)
    rows = uow.session.execute(
        query.where(Attachment.item_id == item_id).order_by(Attachment.sort_order, Attachment.id)
    )
    return [
        {"name": row.filename, "sha256": row.digest, "size": row.size_bytes, "media_type": row.media_type}
        for row in rows
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value

"""A reprint of a joint document and its source: what the lead agency's public page says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.emergency.locks import hidden_files
from gongkai.publishing.links.models import JointReprint
from gongkai.publishing.models import Attachment, Item, ItemVersion, VersionText

_SAME = (
    "text_digest", "summary", "document_number", "issuing_agency", "formed_date", "effective_date", "validity",
    "repealed_date", "subject_class", "genre_class",
)  # fmt: skip
"""What a reprint has in common with its source; `text_digest` stands for title and text."""


@dataclass(frozen=True, slots=True)
class Original:
    """A public item of another unit with its current version.

    Attributes:
        files: those that the public sees, each with name, sha256, size and media_type.
    """

    item: Item
    version_id: int
    body_html: str
    files: Sequence[dict[str, Any]]


def offer_of(uow: UnitOfWork, item: Item) -> JointReprint | None:
    """The row by which an item, or the one that it revises, is a reprint of a joint document."""
    return uow.session.scalar(
        select(JointReprint).where(
            JointReprint.tenant_id == item.tenant_id, JointReprint.item_id == (item.revises_id or item.id)
        )
    )


def original_of(uow: UnitOfWork, *, source_id: int) -> Original | None:
    """What an item says to the public now; None when it is not public."""
    item = uow.session.scalar(select(Item).where(Item.id == source_id, Item.is_public))
    if item is None or item.current_version_id is None:
        return None
    row: AnyRow = uow.session.execute(
        select(ItemVersion.content, VersionText.body_html)
        .join(VersionText, VersionText.version_id == ItemVersion.id)
        .where(ItemVersion.id == item.current_version_id)
    ).one()
    hidden = {digest for _, digest in hidden_files(uow, tenant_ids=[item.tenant_id])}
    files = [file for file in row.content["attachments"] if file["sha256"] not in hidden]
    return Original(item, item.current_version_id, row.body_html, files)


def is_true_copy(uow: UnitOfWork, item: Item) -> bool:
    """Whether an item is a joint document's reprint that says in everything what its source says now."""
    offer = offer_of(uow, item) if item.is_reprint else None
    original = original_of(uow, source_id=offer.source_id) if offer else None
    if original is None or any(getattr(item, name) != getattr(original.item, name) for name in _SAME):
        return False
    own = uow.session.scalars(
        select(Attachment.digest).where(Attachment.tenant_id == item.tenant_id, Attachment.item_id == item.id)
    )
    hidden = {digest for _, digest in hidden_files(uow, tenant_ids=[item.tenant_id])}
    return sorted(set(own) - hidden) == sorted({file["sha256"] for file in original.files} - hidden)


def original_number(uow: UnitOfWork, item: Item) -> str | None:
    """The index number that a reprint keeps, its source's; None for everything else (`catalog.md` section 1)."""
    offer = offer_of(uow, item) if item.is_reprint else None
    if offer is None:
        return None
    return uow.session.scalar(select(Item.index_number).where(Item.id == offer.source_id, Item.is_public))

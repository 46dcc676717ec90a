"""Files of a draft: added, put in order, taken off, read. The bytes are kept by content (`core.storage`)."""

from typing import BinaryIO, Literal

from sqlalchemy import select

from gongkai.accounts.actors import Actor
from gongkai.core.errors import Fault, Invalid, NotFound
from gongkai.core.storage.attachments import attachment_problem
from gongkai.core.storage.clamd import Infected
from gongkai.core.storage.names import safe_filename
from gongkai.core.storage.sniff import FileKind, sniff
from gongkai.core.storage.store import FileStore
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.access import expect_state, get_item
from gongkai.publishing.drafts import wrote
from gongkai.publishing.models import Attachment, Item
from gongkai.publishing.states import ItemState
from gongkai.publishing.terms.texts import ADDED

MOST = 100
"""How many files one item can carry."""


def add_attachment(
    uow: UnitOfWork,
    *,
    actor: Actor,
    item_id: int,
    files: FileStore,
    filename: str,
    stream: BinaryIO,
    limit_bytes: int,
) -> Attachment:
    """Attach a file to a draft, after the ones it has.

    Raises:
        NotFound: when the item is not this unit's.
        Conflict: when it is no draft.
        Invalid: when the file may not be attached, or is attached already; nothing is kept of it.
        StorageFull: when the disk is.
        ScannerUnavailable: when files must be scanned and cannot be.
    """
    item = _draft(uow, actor, item_id)
    attachment = attach(
        uow, item=item, by=actor.user_id, files=files, filename=filename, stream=stream, limit_bytes=limit_bytes
    )
    wrote(item, actor)
    return attachment


def attach(
    uow: UnitOfWork,
    *,
    item: Item,
    by: int | None,
    files: FileStore,
    filename: str,
    stream: BinaryIO,
    limit_bytes: int,
) -> Attachment:
    """Put a file behind those of a locked draft, for a person, or for a document system when `by` is None.

    Raises:
        Invalid, StorageFull: as `add_attachment`.
    """
    name, kind = safe_filename(filename), acceptable(filename, stream, limit_bytes)
    present = _present(uow, item)
    if len(present) >= MOST:
        raise Invalid([Fault("attachment", f"附件已达{MOST}个", "请将多个文件打成一个压缩包后再上传")])
    try:
        stored = files.put(stream, limit_bytes=limit_bytes)
    except Infected as refusal:
        problem = f"“{name}”含有病毒或恶意代码（{refusal.name}），未予保存"
        raise Invalid([Fault("attachment", problem, "请用杀毒软件清除后重新上传")]) from refusal
    same = next((other.filename for other in present if other.digest == stored.digest_sha256), None)
    if same is not None:
        raise Invalid([Fault("attachment", f"“{name}”与已有附件“{same}”内容相同", "无需重复上传")])
    attachment = Attachment(
        tenant_id=item.tenant_id,
        item_id=item.id,
        digest=stored.digest_sha256,
        filename=name,
        media_type=kind.media_type,
        size_bytes=stored.size,
        sort_order=max((other.sort_order for other in present), default=0) + 10,
        uploaded_by=by,
        uploaded_at=uow.now,
    )
    uow.session.add(attachment)
    item.updated_at = uow.now
    uow.session.flush()
    uow.emit(ADDED, attachment.id)
    return attachment


def remove_attachment(uow: UnitOfWork, *, actor: Actor, item_id: int, attachment_id: int) -> str:
    """Take a file off a draft and return its name; the bytes stay for versions and drafts that share them.

    Raises:
        NotFound: when the item is not this unit's, or the file not the item's.
        Conflict: when the item is no draft.
    """
    item = _draft(uow, actor, item_id)
    attachment = get_attachment(uow, tenant_id=actor.tenant_id, item_id=item_id, attachment_id=attachment_id)
    name = attachment.filename
    uow.session.delete(attachment)
    wrote(item, actor)
    uow.session.flush()
    return name


def move_attachment(
    uow: UnitOfWork, *, actor: Actor, item_id: int, attachment_id: int, direction: Literal["up", "down"]
) -> None:
    """Let a file change places with the one before or behind it; the first and the last stay where they are.

    Raises:
        NotFound, Conflict: as `remove_attachment`.
    """
    item = _draft(uow, actor, item_id)
    moved = get_attachment(uow, tenant_id=actor.tenant_id, item_id=item_id, attachment_id=attachment_id)
    order = _present(uow, item)
    place = order.index(moved)
    order.remove(moved)
    order.insert(max(place - 1, 0) if direction == "up" else place + 1, moved)
    for position, attachment in enumerate(order, start=1):
        attachment.sort_order = position * 10
    wrote(item, actor)
    uow.session.flush()


def get_attachment(uow: UnitOfWork, *, tenant_id: int, item_id: int, attachment_id: int) -> Attachment:
    """A file of an item of this unit.

    Raises:
        NotFound: when the item is missing or another unit's, or the file not the item's.
    """
    found = uow.session.scalar(
        select(Attachment).where(
            Attachment.id == attachment_id, Attachment.item_id == item_id, Attachment.tenant_id == tenant_id
        )
    )
    if found is None:
        raise NotFound("附件不存在。")
    return found


def acceptable(filename: str, stream: BinaryIO, limit_bytes: int, *, field: str = "attachment") -> FileKind:
    """What the file is; leaves the stream at its start.

    Raises:
        Invalid: naming `field`, when a file of this kind, name or size may not be kept.
    """
    size = stream.seek(0, 2)
    # Too large is told without reading it.
    kind = sniff(b"" if size > limit_bytes else stream)
    problem = attachment_problem(safe_filename(filename), kind, size, limit_bytes)
    if problem:
        raise Invalid([Fault(field, problem.removesuffix("。"))])
    stream.seek(0)
    return kind


def _draft(uow: UnitOfWork, actor: Actor, item_id: int) -> Item:
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    expect_state(item, ItemState.DRAFT)
    return item


def _present(uow: UnitOfWork, item: Item) -> list[Attachment]:
    query = select(Attachment).where(Attachment.tenant_id == item.tenant_id, Attachment.item_id == item.id)
    return list(uow.session.scalars(query.order_by(Attachment.sort_order, Attachment.id)))

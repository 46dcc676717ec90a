"""Masked copies: a list of persons in a draft gets a copy for the public, the original stays within the unit."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from io import BytesIO

from sqlalchemy import select

from gongkai.accounts.actors import Actor
from gongkai.core.errors import Fault, Invalid, NotFound
from gongkai.core.extraction.reasons import Unreadable
from gongkai.core.masking.files import EXTENSIONS, mask_file
from gongkai.core.storage.names import extension_of
from gongkai.core.storage.store import FileStore
from gongkai.core.text.masking import LABELS, mask_text
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.attachments import add_attachment, get_attachment, remove_attachment
from gongkai.publishing.models import Attachment
from gongkai.publishing.terms.models import MaskedCopy

_MARK = "（已隐去个人信息）"
_BETWEEN_TAGS = re.compile(r"[^<>]+(?=<|$)")


def can_mask(filename: str) -> bool:
    """Whether copies of such files are made."""
    return extension_of(filename) in EXTENSIONS


def make_masked_copy(
    uow: UnitOfWork,
    *,
    actor: Actor,
    item_id: int,
    attachment_id: int,
    files: FileStore,
    names: bool,
    replace: bool,
    limit_bytes: int,
) -> MaskedCopy:
    """Attach a masked copy of a draft's file right behind it, or instead of it.

    Raises:
        NotFound: when the item is not this unit's, or the file not the item's.
        Conflict: when it is no draft.
        Invalid: when the file cannot be masked, or has nothing to hide （field `attachment`）.
    """
    original = get_attachment(uow, tenant_id=actor.tenant_id, item_id=item_id, attachment_id=attachment_id)
    masked, counts = _mask(files, original, names)
    copy = add_attachment(
        uow, actor=actor, item_id=item_id, files=files, filename=_copy_name(original.filename),
        stream=BytesIO(masked), limit_bytes=limit_bytes,
    )  # fmt: skip
    copy.sort_order = original.sort_order + 1
    kept = MaskedCopy(
        tenant_id=actor.tenant_id,
        item_id=item_id,
        copy_name=copy.filename,
        copy_digest=copy.digest,
        original_name=original.filename,
        original_digest=original.digest,
        original_media_type=original.media_type,
        original_size=original.size_bytes,
        counts=dict(counts),
        replaced=replace,
        made_by=actor.user_id,
        made_at=uow.now,
    )
    uow.session.add(kept)
    if replace:
        remove_attachment(uow, actor=actor, item_id=item_id, attachment_id=attachment_id)
    uow.session.flush()
    uow.audit(
        "attachment.mask", tenant_id=actor.tenant_id, object_type="item", object_id=item_id,
        detail={"copy": kept.id, "replaced": replace},
    )  # fmt: skip
    return kept


def _mask(files: FileStore, original: Attachment, names: bool) -> tuple[bytes, Mapping[str, int]]:
    try:
        with files.open(original.digest) as stream:
            masked = mask_file(stream, names=names)
    except Unreadable as refusal:
        problem = f"“{original.filename}”不能生成隐去个人信息的副本：{refusal.reason}"
        raise Invalid([Fault("attachment", problem)]) from refusal
    if not masked.counts:
        problem = f"“{original.filename}”中没有找到需要隐去的号码" + ("和姓名" if names else "")
        raise Invalid([Fault("attachment", problem, "请人工核对；姓名只在表头写明“姓名”的列中隐去")])
    return masked.data, masked.counts


def mask_body(body_html: str) -> tuple[str, Mapping[str, int]]:
    """Sanitised HTML with the personal numbers of its text hidden, and how many of each kind."""
    counts: Counter[str] = Counter()
    return _BETWEEN_TAGS.sub(lambda found: mask_text(found[0], counts), body_html), counts


def count_words(counts: Mapping[str, int]) -> str:
    """How many of each kind were hidden, in words."""
    return "、".join(f"{LABELS[kind]}{counts[kind]}处" for kind in LABELS if counts.get(kind))


def originals(uow: UnitOfWork, *, tenant_id: int, item_id: int) -> Sequence[MaskedCopy]:
    """The originals behind the masked copies of an item, oldest first."""
    query = select(MaskedCopy).where(MaskedCopy.tenant_id == tenant_id, MaskedCopy.item_id == item_id)
    return uow.session.scalars(query.order_by(MaskedCopy.id)).all()


def get_original(uow: UnitOfWork, *, tenant_id: int, item_id: int, copy_id: int) -> MaskedCopy:
    """The copy whose original is asked for.

    Raises:
        NotFound: when it is missing, another unit's, or another item's.
    """
    found = uow.session.scalar(
        select(MaskedCopy).where(
            MaskedCopy.id == copy_id, MaskedCopy.item_id == item_id, MaskedCopy.tenant_id == tenant_id
        )
    )
    if found is None:
        raise NotFound("原件不存在。")
    return found


def _copy_name(filename: str) -> str:
    stem, _, extension = filename.rpartition(".")
    return f"{stem}{_MARK}.{extension}"

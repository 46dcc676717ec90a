"""What emergency measures forbid: publication asks before it shows anything, portal and search before they list files.

The blocks stand in their own table, which every scope reads, so that a page never shows what was taken down, however
late the jobs are that follow the takedown.
"""

from collections.abc import Collection

from sqlalchemy import bindparam, or_, select

from gongkai.core.errors import Refused
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.emergency.models import EmergencyBlock
from gongkai.publishing.models import Attachment, Item

_REFUSALS = {
    "text": "正文与已紧急撤下的信息相同",
    "file": "附件与已紧急撤下的信息的附件相同",
    "hidden_file": "附件已被紧急撤下",
    "column": "所在栏目已被紧急撤下",
}
_RELEASE = "在政务公开办作出恢复发布的决定之前不能发布，请联系上级政务公开办"

_FILES = select(Attachment.digest).where(
    Attachment.tenant_id == bindparam("unit"), Attachment.item_id == bindparam("item")
)
# Put together once: every publication asks.
_BLOCKED = (
    select(EmergencyBlock.kind)
    .where(
        EmergencyBlock.tenant_id == bindparam("unit"),
        or_(
            EmergencyBlock.column_id == bindparam("column"),
            (EmergencyBlock.kind == "text") & (EmergencyBlock.digest == bindparam("digest")),
            EmergencyBlock.kind.in_(("file", "hidden_file")) & EmergencyBlock.digest.in_(_FILES),
        ),
    )
    .order_by(EmergencyBlock.kind)
    .limit(1)
)


def expect_unlocked(uow: UnitOfWork, item: Item) -> None:
    """Refuse to publish what an office has taken down in this unit: the same text, the same file, the same column.

    Call it under the unit's ledger lock, which a takedown takes too: neither can miss the other.

    Raises:
        Refused: naming what is locked and who can release it.
    """
    found = uow.session.scalar(
        _BLOCKED, {"unit": item.tenant_id, "item": item.id, "column": item.column_id, "digest": item.text_digest}
    )
    if found is not None:
        raise Refused(f"{_REFUSALS[found]}，{_RELEASE}。")


def locked_places(
    uow: UnitOfWork, *, tenant_id: int, texts: Collection[str], files: Collection[str], column_ids: Collection[int]
) -> tuple[set[str], set[int]]:
    """Those of the digests of texts and files, and of the columns, that a unit cannot publish; for imports."""
    rows = uow.session.execute(
        select(EmergencyBlock.kind, EmergencyBlock.digest, EmergencyBlock.column_id).where(
            EmergencyBlock.tenant_id == tenant_id,
            or_(
                EmergencyBlock.column_id.in_(column_ids),
                (EmergencyBlock.kind == "text") & EmergencyBlock.digest.in_(texts),
                EmergencyBlock.kind.in_(("file", "hidden_file")) & EmergencyBlock.digest.in_(files),
            ),
        )
    ).all()
    return {row.digest for row in rows if row.digest}, {row.column_id for row in rows if row.column_id}


def hidden_files(uow: UnitOfWork, *, tenant_ids: Collection[int]) -> set[tuple[int, str]]:
    """(unit, digest) of the files that the public must not see in these units."""
    query = select(EmergencyBlock.tenant_id, EmergencyBlock.digest).where(
        EmergencyBlock.kind == "hidden_file", EmergencyBlock.tenant_id.in_(tenant_ids)
    )
    return {(row.tenant_id, row.digest) for row in uow.session.execute(query)}

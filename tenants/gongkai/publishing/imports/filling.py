"""Files of a second run for items that an earlier one brought without them.

For a public item it is a version of its own, an erratum （勘误, `catalog.md` section 1）: the original had the files.
Nothing happened now that would count, begin a limit, or make a column of static information younger.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from gongkai.core.uow import UnitOfWork
from gongkai.publishing.imports.checks import PreparedRow
from gongkai.publishing.imports.existing import unlocked
from gongkai.publishing.imports.holding import hold_back
from gongkai.publishing.imports.places import UnitRecord
from gongkai.publishing.imports.results import ImportResult
from gongkai.publishing.ledger import append_version
from gongkai.publishing.models import Attachment, Item, TenantLedger
from gongkai.publishing.publication import CHANGED

REASON = "补入历史信息迁移时缺少的附件"


def files_added(row: PreparedRow) -> str:
    """What is said of a row that brought the files which its item lacked."""
    return f"补入附件：{'、'.join(file.filename for file in row.files)}"


def file_values(uow: UnitOfWork, row: PreparedRow, by: int | None) -> list[dict[str, Any]]:
    """The attachments of a row, in its order, without their unit and item."""
    return [
        {
            "digest": file.digest, "filename": file.filename, "media_type": file.media_type, "size_bytes": file.size,
            "sort_order": order * 10, "uploaded_by": by, "uploaded_at": uow.now,
        }
        for order, file in enumerate(row.files, start=1)
    ]  # fmt: skip


def lock_known(uow: UnitOfWork, *, tenant_id: int, rows: Sequence[PreparedRow]) -> None:
    """Lock the items that rows may bring files for; items come before the ledger in every transaction."""
    keys = sorted({row.key for row in rows if row.files})
    if keys:
        query = select(Item.id).where(Item.tenant_id == tenant_id, Item.external_key.in_(keys))
        uow.session.execute(query.order_by(Item.id).with_for_update())


def fill_public(
    uow: UnitOfWork,
    *,
    unit: UnitRecord,
    ledger: TenantLedger | None,
    lacking: Sequence[tuple[PreparedRow, int]],
    batch_id: int,
    by: int | None,
    result: ImportResult,
) -> None:
    """Give migrated public items, locked by the caller, their files in a new version; without a ledger only count them.

    Number, time, place and counting of an item stay.
    """
    ids = {row.key: item_id for row, item_id in lacking}
    rows = unlocked(uow, tenant_id=unit.id, rows=[row for row, _ in lacking], result=result)
    rows = hold_back(uow, rows=rows, batch_id=batch_id, result=result, items=ids)
    for row in rows:
        result.changed += 1
        result.hints.append((row.given.number, unit.name, row.given.row.title, files_added(row)))
        if ledger is None:
            continue
        item = uow.session.get_one(Item, ids[row.key], populate_existing=True)
        owner = {"tenant_id": item.tenant_id, "item_id": item.id}
        uow.session.add_all(Attachment(**owner, **values) for values in file_values(uow, row, by))
        uow.session.flush()
        item.changed_at, item.change_kind, item.change_reason = uow.now, "erratum", REASON
        item.updated_at = uow.now
        item.lock_version += 1
        with uow.session.no_autoflush:
            append_version(uow, ledger=ledger, item=item, body_html=None, published_by=by)
        uow.emit(CHANGED, item.id)
        detail = {"batch": batch_id, "files": len(row.files)}
        uow.audit("item.change", tenant_id=item.tenant_id, object_type="item", object_id=item.id, detail=detail)
    uow.session.flush()

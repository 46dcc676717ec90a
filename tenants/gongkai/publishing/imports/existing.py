"""Telling rows that are already there from new ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from gongkai.catalog.models import IndexNumber
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.emergency.locks import locked_places
from gongkai.publishing.imports.checks import PreparedRow
from gongkai.publishing.imports.results import ImportResult
from gongkai.publishing.lifecycle.terms import term_end
from gongkai.publishing.models import Attachment, Item
from gongkai.publishing.states import STATE_LABELS, ItemState

_COMPARED = {
    "title": "标题",
    "document_number_original": "文号",
    "issuing_agency": "发布机构",
    "formed_date": "成文日期",
    "effective_date": "生效日期",
    "summary": "内容概述",
    "body_html": "正文",
    "subject_class": "主题分类",
    "genre_class": "体裁分类",
    "validity": "有效性",
    "repealed_date": "废止日期",
    "valid_until": "有效期",
    "source_url": "网址",
    "responsible_unit": "责任科室",
    "is_reprint": "是否转载",
    "column_id": "栏目",
    "published_at": "发布时间",
}
_SHOWN_DIFFERENCES = 3


def existing_items(uow: UnitOfWork, *, tenant_id: int, keys: Sequence[str]) -> Mapping[str, Row[Any]]:
    """The unit's items among these keys."""
    columns = (
        Item.id, Item.external_key, Item.state, Item.batch_id, Item.entry_route, Item.lock_version, Item.changed_at,
        *(getattr(Item, name) for name in _COMPARED),
    )  # fmt: skip
    rows = uow.session.execute(
        select(*columns).where(Item.tenant_id == tenant_id, Item.external_key.in_(sorted(set(keys))))
    )
    return {row.external_key: row for row in rows}


def values_of(row: PreparedRow) -> dict[str, Any]:
    """The values of a row that an item takes over as they are."""
    given = row.given.row
    return {
        "title": given.title,
        "summary": given.summary,
        "body_html": row.body_html,
        "document_number": row.document_number,
        "document_number_original": given.document_number,
        "issuing_agency": given.issuing_agency,
        "formed_date": given.formed_date,
        "effective_date": given.effective_date,
        "valid_until": term_end(
            str(given.optional.get("validity_period", "")), start=given.effective_date or given.formed_date
        ),
        "validity": given.validity,
        "repealed_date": given.repealed_date,
        "disclosure_mode": given.disclosure_mode,
        "subject_class": row.subject_class,
        "genre_class": given.genre_class,
        "is_reprint": given.is_reprint,
        "responsible_unit": given.responsible_unit,
        "optional": given.optional,
        "source_url": given.source_url,
        "external_key": row.key,
        "column_id": row.place.column.id,
        "text_digest": row.digest,
    }


@dataclass(frozen=True, slots=True)
class Sorted:
    """Rows to be written: those that are not there yet, and (row, item) of items that came without their files."""

    fresh: list[PreparedRow]
    lacking: list[tuple[PreparedRow, int]]


def only_new(
    uow: UnitOfWork,
    *,
    tenant_id: int,
    batch_id: int,
    rows: Sequence[PreparedRow],
    result: ImportResult,
    state: ItemState,
) -> Sorted:
    """The rows that bring something; the others are counted as brought by this batch, unchanged, or refused.

    Files are added to items in `state` only, that in which an import like this one leaves them.
    """
    known = existing_items(uow, tenant_id=tenant_id, keys=[row.key for row in rows])
    attached = _attached(uow, tenant_id, [known[row.key].id for row in rows if row.files and row.key in known])
    found = Sorted([], [])
    for row in rows:
        item = known.get(row.key)
        if item is None:
            found.fresh.append(row)
            continue
        different = _differences(row, item)
        if row.files and attached.get(item.id, set()) != {file.digest for file in row.files}:
            different.append("附件")
        if different == ["附件"] and item.id not in attached and _as_it_came(uow, item, state):
            found.lacking.append((row, item.id))
        elif different:
            labels = "、".join(different[:_SHOWN_DIFFERENCES]) + ("等" if len(different) > _SHOWN_DIFFERENCES else "")
            label = STATE_LABELS[ItemState(item.state)]
            remedy = "平台上的内容未改动；确需更新的，请打开该条信息办理修改"
            row.given.fault("title", f"已存在（{label}），内容不同：{labels}", remedy, row.given.row.title)
            result.refuse(row.given.faults)
        elif item.batch_id == batch_id:
            # An earlier run of this batch brought it before it was interrupted.
            result.created += 1
        else:
            result.unchanged += 1
    return found


def _as_it_came(uow: UnitOfWork, item: Row[Any], state: ItemState) -> bool:
    """Whether an import brought an item and nobody has touched it since, so that its files may be added."""
    if item.state != state or item.changed_at is not None or item.lock_version != 1:
        return False
    if state is ItemState.DRAFT:
        return item.batch_id is not None
    if item.entry_route != "migrated":
        return False
    revisions = select(Item.id).where(Item.revises_id == item.id)
    return uow.session.scalar(revisions.limit(1)) is None


def free_numbers(
    uow: UnitOfWork, *, tenant_id: int, rows: Sequence[PreparedRow], result: ImportResult
) -> list[PreparedRow]:
    """The rows whose original index number no item of the unit has yet."""
    wanted = sorted({row.given.row.index_number for row in rows} - {""})
    taken = set(
        uow.session.scalars(
            select(IndexNumber.number).where(IndexNumber.tenant_id == tenant_id, IndexNumber.number.in_(wanted))
        )
    )
    for row in rows:
        number = row.given.row.index_number
        if number in taken:
            row.given.fault("index_number", "索引号已用于本单位另一条信息", "请核对是否重复，或改正索引号", number)
            result.refuse(row.given.faults)
    return [row for row in rows if row.given.row.index_number not in taken]


def unlocked(
    uow: UnitOfWork, *, tenant_id: int, rows: Sequence[PreparedRow], result: ImportResult
) -> list[PreparedRow]:
    """The rows that no office has taken down, with their text, one of their files, or their column."""
    columns = {row.place.column.id for row in rows}
    texts, files = {row.digest for row in rows}, {file.digest for row in rows for file in row.files}
    locked, closed = locked_places(uow, tenant_id=tenant_id, texts=texts, files=files, column_ids=columns)
    remedy = "恢复发布之前不能导入，请联系上级政务公开办"
    fresh = []
    for row in rows:
        gone = [file.filename for file in row.files if file.digest in locked]
        if gone:
            row.given.fault("attachments", f"附件“{gone[0]}”已被紧急撤下", remedy, gone[0])
        elif row.digest in locked or row.place.column.id in closed:
            row.given.fault("title", "内容或所在栏目已被紧急撤下", remedy, row.given.row.title)
        else:
            fresh.append(row)
            continue
        result.refuse(row.given.faults)
    return fresh


def _attached(uow: UnitOfWork, tenant_id: int, item_ids: Sequence[int]) -> Mapping[int, set[str]]:
    """Item → digests of its files."""
    query = select(Attachment.item_id, Attachment.digest).where(
        Attachment.tenant_id == tenant_id, Attachment.item_id.in_(item_ids)
    )
    found: dict[int, set[str]] = {}
    for item_id, digest in uow.session.execute(query) if item_ids else ():
        found.setdefault(item_id, set()).add(digest)
    return found


def _differences(row: PreparedRow, item: Row[Any]) -> list[str]:
    wanted = values_of(row) | {"published_at": row.given.row.published_at}
    if row.given.row.published_at is None:
        # A draft has no time of its own; what the chain has published it under is no difference.
        wanted["published_at"] = item.published_at
    return [label for name, label in _COMPARED.items() if getattr(item, name) != wanted[name]]

"""Writing what was collected: new items, new versions of changed ones, and what the source said of each.

A change is told by what the source said last time, not by what stands here, so that a correction made on the
platform is not undone every night.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from gongkai.core.calendar.instants import format_datetime
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.collection.models import CollectedEntry
from gongkai.publishing.imports.bulk import insert_rows
from gongkai.publishing.imports.checks import PreparedRow
from gongkai.publishing.imports.existing import values_of
from gongkai.publishing.imports.migration import migrate_chunk
from gongkai.publishing.imports.results import ImportResult
from gongkai.publishing.imports.runs import ImportJob
from gongkai.publishing.ledger import append_version, lock_ledger
from gongkai.publishing.models import Item
from gongkai.publishing.publication import CHANGED
from gongkai.publishing.states import ItemState

_KEPT = frozenset({"column_id", "external_key", "source_url", "disclosure_mode", "is_reprint", "text_digest"})
"""What a change at the source leaves as it is: the place, the key, and what decides about the counting."""
_SAID_OR_NOT = frozenset({"effective_date", "repealed_date"})
"""A source that has no such day says nothing of it."""
_ENDED = frozenset({ItemState.PUBLISHED, ItemState.WITHHELD, ItemState.ON_REQUEST, ItemState.TAKEN_DOWN})


def content_of(row: PreparedRow) -> dict[str, Any]:
    """What a source says of an item, as far as a change of it makes a new version."""
    return {
        name: value
        for name, value in values_of(row).items()
        if name not in _KEPT and not (name in _SAID_OR_NOT and value is None)
    }


def digest_of(row: PreparedRow) -> str:
    """SHA-256 over `content_of`, in hexadecimal."""
    content = content_of(row)
    if content["valid_until"] is None:
        # Entries of before terms were read were remembered without it.
        del content["valid_until"]
    packed = json.dumps(content, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(packed.encode()).hexdigest()


@dataclass(slots=True)
class Collector:
    """Writes the chunks of one run of a source.

    Attributes:
        rivals: the other sources in use; what one of them brought is left to it.
        unit_ids: units met so far.
    """

    source_id: int
    rivals: frozenset[int] = frozenset()
    unit_ids: set[int] = field(default_factory=set)

    def write(
        self, uow: UnitOfWork, job: ImportJob, rows: Sequence[PreparedRow], highest: Mapping[int, int],
        result: ImportResult,
    ) -> None:  # fmt: skip
        """The writer of a collection (`imports.runs.ChunkWriter`)."""
        unit = rows[0].place.unit
        self.unit_ids.add(unit.id)
        fresh = self._settle(uow, unit.id, job, rows, result)
        migrate_chunk(
            uow, unit=unit, rows=fresh, highest=highest, batch_id=job.batch_id, by=job.by, dry_run=job.dry_run,
            result=result, route="collected",
        )  # fmt: skip
        self._remember(uow, unit.id, fresh)

    def _settle(
        self, uow: UnitOfWork, tenant_id: int, job: ImportJob, rows: Sequence[PreparedRow], result: ImportResult
    ) -> list[PreparedRow]:
        """Deal with the rows whose address is known; returns the others. Items are locked before the ledger."""
        keys = sorted({row.key for row in rows})
        own = Item.tenant_id == tenant_id, Item.external_key.in_(keys)
        query = select(Item).where(*own).order_by(Item.id).with_for_update()
        known = {item.external_key: item for item in uow.session.scalars(query)}
        ids = [item.id for item in known.values()]
        entries = {
            entry.item_id: entry
            for entry in uow.session.scalars(select(CollectedEntry).where(CollectedEntry.item_id.in_(ids)))
        }
        revised = self._under_revision(uow, tenant_id, ids)
        fresh, changed = [], []
        for row in rows:
            item = known.get(row.key)
            if item is None:
                fresh.append(row)
            elif self._may_change(row, item, entries.get(item.id), revised, result):
                changed.append((row, item))
        if changed:
            self._change(uow, tenant_id, changed, by=job.by)
            result.changed += len(changed)
        self._see(uow, tenant_id, [(row, known[row.key]) for row in rows if row.key in known], entries)
        return fresh

    @staticmethod
    def _under_revision(uow: UnitOfWork, tenant_id: int, ids: Sequence[int]) -> set[int]:
        query = select(Item.revises_id).where(
            Item.tenant_id == tenant_id, Item.revises_id.in_(ids), Item.state.not_in(_ENDED)
        )
        return {found for found in uow.session.scalars(query) if found is not None}

    def _may_change(
        self, row: PreparedRow, item: Item, entry: CollectedEntry | None, revised: set[int], result: ImportResult
    ) -> bool:
        """Whether the row is a new version of a public item; counts and explains it otherwise."""
        if entry is not None and entry.source_id in self.rivals:
            result.unchanged += 1
            return False
        about = (row.given.number, row.place.unit.name, row.given.row.title)
        if item.state not in _ENDED:
            remedy = "请办结或删除平台上的这条信息后再采集"
            row.given.fault("source_url", "平台上同一网址的信息正在办理，未采集", remedy, row.given.row.source_url)
            result.refuse(row.given.faults)
            return False
        if item.state != ItemState.PUBLISHED:
            result.unchanged += 1
            result.hints.append((*about, "平台已撤下或未公开这条信息，来源仍在公开，请核实来源是否也应撤下"))
            return False
        moment = row.given.row.published_at
        if moment is not None and item.published_at is not None and moment != item.published_at:
            first = format_datetime(item.published_at)
            result.hints.append((*about, f"来源的发布时间改为{format_datetime(moment)}，仍按首次采集的{first}统计"))
        if (entry is not None and entry.digest == digest_of(row)) or (entry is None and _same(row, item)):
            result.unchanged += 1
            return False
        if item.id in revised:
            remedy = "请办结修改稿，下次采集时再更新"
            row.given.fault("title", "来源内容有变化，平台上的修改稿正在办理，未更新", remedy, row.given.row.title)
            result.refuse(row.given.faults)
            return False
        result.hints.extend((*about, hint) for hint in row.hints)
        return True

    def _change(
        self, uow: UnitOfWork, tenant_id: int, changed: Sequence[tuple[PreparedRow, Item]], *, by: int | None
    ) -> None:
        """A new version of each item, with the text of the source; place, time, number and counting stay."""
        ledger = lock_ledger(uow, tenant_id=tenant_id)
        for row, item in changed:
            with uow.session.no_autoflush:
                for name, value in content_of(row).items():
                    setattr(item, name, value)
                item.original_labels = row.given.row.original_labels
                item.text_digest = row.digest
                item.changed_at, item.change_kind, item.change_reason = uow.now, "content", "采集来源的内容有更新"
                item.updated_at = uow.now
                item.lock_version += 1
                append_version(uow, ledger=ledger, item=item, body_html=row.body_html, published_by=by)
            uow.emit(CHANGED, item.id)
            uow.audit(
                "item.change", tenant_id=tenant_id, object_type="item", object_id=item.id,
                detail={"source": self.source_id},
            )  # fmt: skip
        uow.session.flush()

    def _see(
        self, uow: UnitOfWork, tenant_id: int, found: Sequence[tuple[PreparedRow, Item]],
        entries: Mapping[int, CollectedEntry],
    ) -> None:  # fmt: skip
        """Keep that the source lists these; what it says of them, unless that was refused."""
        for row, item in found:
            entry = entries.get(item.id)
            if entry is not None and entry.source_id in self.rivals:
                continue
            if entry is None:
                if not row.given.faults:
                    uow.session.add(
                        CollectedEntry(
                            item_id=item.id, tenant_id=tenant_id, source_id=self.source_id, digest=digest_of(row),
                            seen_at=uow.now,
                        )
                    )  # fmt: skip
                continue
            entry.seen_at, entry.missing_since = uow.now, None
            if not row.given.faults:
                entry.digest, entry.source_id = digest_of(row), self.source_id

    def _remember(self, uow: UnitOfWork, tenant_id: int, fresh: Sequence[PreparedRow]) -> None:
        keys = [row.key for row in fresh if not row.given.faults]
        query = select(Item.external_key, Item.id).where(Item.tenant_id == tenant_id, Item.external_key.in_(keys))
        ids = {row.external_key: row.id for row in uow.session.execute(query)}
        common = {"tenant_id": tenant_id, "source_id": self.source_id, "seen_at": uow.now}
        rows = [common | {"item_id": ids[row.key], "digest": digest_of(row)} for row in fresh if row.key in ids]
        insert_rows(uow, table=CollectedEntry, rows=rows)


def mark_missing(
    uow: UnitOfWork,
    *,
    source_id: int,
    unit_ids: Sequence[int],
    listed: set[str],
    began: datetime,
    since: datetime | None,
) -> None:
    """Remember which public items a source does not list any more; nothing is taken down for it.

    `listed` are the keys of all rows, also of refused ones; with `since` only items published then or later were to
    be expected.
    """
    query = (
        select(CollectedEntry.item_id, Item.external_key)
        .join(Item, Item.id == CollectedEntry.item_id)
        .where(
            CollectedEntry.tenant_id.in_(unit_ids), CollectedEntry.source_id == source_id,
            CollectedEntry.seen_at < began, CollectedEntry.missing_since.is_(None),
            Item.state == ItemState.PUBLISHED, *([] if since is None else [Item.published_at >= since]),
        )
    )  # fmt: skip
    gone = [row.item_id for row in uow.session.execute(query) if row.external_key not in listed]
    uow.session.execute(update(CollectedEntry).where(CollectedEntry.item_id.in_(gone)).values(missing_since=uow.now))


def _same(row: PreparedRow, item: Item) -> bool:
    """Whether an item that came otherwise already says what the source says."""
    return all(getattr(item, name) == value for name, value in content_of(row).items())

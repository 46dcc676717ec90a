"""Keeping fingerprints in step with what is public, and finding of each item the earlier one that it is like.

A later item is measured against the earlier ones of its unit within twelve months; candidates share a band with it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import TextClause, bindparam, delete, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from gongkai.catalog.models import ContentColumn
from gongkai.core.db import AnyRow
from gongkai.core.richtext.plain import to_text
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.drafts import DUPLICATE_WINDOW
from gongkai.publishing.likeness.columns import IS_COMPARED
from gongkai.publishing.likeness.fingerprint import bands_of, pieces_of, signature
from gongkai.publishing.likeness.matching import MOST_SHARING, Likeness, best_of, promising, texts_of
from gongkai.publishing.likeness.models import FingerprintBand, ItemFingerprint
from gongkai.publishing.models import Item, VersionText

COMPARED = "item.compared"
"""Event with the id of an item that came to be like another one, or is not like it any more."""
_ALONE = text("SELECT pg_advisory_xact_lock(hashtext('gongkai.likeness'))")
"""Of two that are published at once, the second one has to see the first."""
_SHARING = """
SELECT item_id, other_id FROM (
    SELECT f.item_id, o.item_id AS other_id,
        row_number() OVER (PARTITION BY f.item_id ORDER BY count(*) DESC, o.published_at DESC, o.item_id DESC) AS place
    FROM item_fingerprint AS f CROSS JOIN LATERAL unnest(f.bands) AS mine (band)
    JOIN fingerprint_band AS b ON b.tenant_id = :unit AND b.band = mine.band AND b.item_id <> f.item_id
    JOIN item_fingerprint AS o ON o.tenant_id = :unit AND o.item_id = b.item_id
    WHERE f.tenant_id = :unit AND f.item_id = ANY (CAST(:items AS bigint[])) AND {condition}
    GROUP BY f.item_id, o.tenant_id, o.item_id) AS found
WHERE place <= :most ORDER BY item_id, place
"""
_EARLIER = text(
    _SHARING.format(
        condition="(o.published_at, o.item_id) < (f.published_at, f.item_id)"
        " AND o.published_at >= f.published_at - CAST(:window AS interval)"
    )
)
_LATER_ALONE = text(
    _SHARING.format(
        condition="(o.published_at, o.item_id) > (f.published_at, f.item_id)"
        " AND o.published_at <= f.published_at + CAST(:window AS interval) AND o.like_id IS NULL"
    )
)


@dataclass(frozen=True, slots=True)
class _Print:
    """A fingerprint that is to be kept."""

    unit_id: int
    version_id: int
    published_at: datetime
    signature: list[int]
    bands: list[int]


def compare_items(uow: UnitOfWork, *, item_ids: Sequence[int]) -> None:
    """Bring the fingerprints of items in line with what the public reads, and what they and others are like.

    Needs the system scope. Emits `COMPARED` for each item of which this changed.
    """
    uow.session.execute(_ALONE)
    ids = list(item_ids)
    wanted = {row.id: _print_of(row) for row in _published(uow, ids)}
    known = _known(uow, ids)
    gone = [item_id for item_id in known if item_id not in wanted]
    _keep(uow, known, wanted, gone)
    by_unit: dict[int, set[int]] = defaultdict(set)
    for item_id, one in wanted.items():
        by_unit[one.unit_id].add(item_id)
    pointing = select(ItemFingerprint.tenant_id, ItemFingerprint.item_id).where(
        tuple_(ItemFingerprint.tenant_id, ItemFingerprint.like_id).in_(
            [(row.tenant_id, row.item_id) for row in known.values()]
        )
    )
    for unit_id, item_id in uow.session.execute(pointing).all() if known else ():
        by_unit[unit_id].add(item_id)
    for unit_id in sorted(by_unit):
        later = _sharing(uow, _LATER_ALONE, unit_id, by_unit[unit_id] & wanted.keys())
        _settle(uow, unit_id, by_unit[unit_id].union(*later.values()))
    for item_id in gone:
        if known[item_id].like_id is not None:
            uow.emit(COMPARED, item_id)


def _published(uow: UnitOfWork, item_ids: Collection[int]) -> Sequence[AnyRow]:
    query = (
        select(
            Item.id, Item.tenant_id, Item.current_version_id, Item.published_at, VersionText.body_html,
            IS_COMPARED.label("is_compared"),
        )
        .join(ContentColumn, ContentColumn.id == Item.column_id)
        .outerjoin(VersionText, VersionText.version_id == Item.current_version_id)
        .where(Item.id.in_(item_ids), Item.is_public)
        .order_by(Item.id)
    )  # fmt: skip
    return uow.session.execute(query).all()


def _print_of(row: AnyRow) -> _Print:
    values = signature(pieces_of(to_text(row.body_html or ""))) if row.is_compared else []
    return _Print(row.tenant_id, row.current_version_id, row.published_at, values, bands_of(values))


def _known(uow: UnitOfWork, item_ids: Collection[int]) -> dict[int, AnyRow]:
    query = select(
        ItemFingerprint.item_id, ItemFingerprint.tenant_id, ItemFingerprint.bands, ItemFingerprint.like_id
    ).where(ItemFingerprint.item_id.in_(item_ids))  # fmt: skip
    return {row.item_id: row for row in uow.session.execute(query)}


def _keep(
    uow: UnitOfWork, known: Mapping[int, AnyRow], wanted: Mapping[int, _Print], gone: Collection[int]
) -> None:  # fmt: skip
    """Write the fingerprints that are wanted, and forget the others; what an item is like stays for the moment."""
    before = {(row.tenant_id, band, item_id) for item_id, row in known.items() for band in row.bands}
    after = {(one.unit_id, band, item_id) for item_id, one in wanted.items() for band in one.bands}
    key = tuple_(FingerprintBand.tenant_id, FingerprintBand.band, FingerprintBand.item_id)
    if before - after:
        uow.session.execute(delete(FingerprintBand).where(key.in_(sorted(before - after))))
    if gone:
        places = [(known[item_id].tenant_id, item_id) for item_id in gone]
        own = tuple_(ItemFingerprint.tenant_id, ItemFingerprint.item_id)
        uow.session.execute(delete(ItemFingerprint).where(own.in_(places)))
    if wanted:
        rows = [
            {
                "tenant_id": one.unit_id, "item_id": item_id, "version_id": one.version_id,
                "published_at": one.published_at, "signature": one.signature, "bands": one.bands,
                "shared": 0, "total": 0,
            }
            for item_id, one in sorted(wanted.items())
        ]  # fmt: skip
        add = upsert(ItemFingerprint)
        renewed = {name: add.excluded[name] for name in ("version_id", "published_at", "signature", "bands")}
        uow.session.execute(add.on_conflict_do_update(index_elements=["tenant_id", "item_id"], set_=renewed), rows)
    if after - before:
        names = ("tenant_id", "band", "item_id")
        new = [dict(zip(names, place, strict=True)) for place in sorted(after - before)]
        uow.add_rows(FingerprintBand, new)


def _sharing(uow: UnitOfWork, query: TextClause, unit_id: int, item_ids: Collection[int]) -> dict[int, list[int]]:
    """Item → those that share most bands with it."""
    found: dict[int, list[int]] = defaultdict(list)
    if item_ids:
        asked = {"unit": unit_id, "items": sorted(item_ids), "window": DUPLICATE_WINDOW, "most": MOST_SHARING}
        for row in uow.session.execute(query, asked):
            found[row.item_id].append(row.other_id)
    return found


def _settle(uow: UnitOfWork, unit_id: int, item_ids: Iterable[int]) -> None:
    """Find of items what they are like now, write what changed of it, and tell."""
    ids = sorted(item_ids)
    sharing = _sharing(uow, _EARLIER, unit_id, ids)
    wanted = {*ids, *(other for others in sharing.values() for other in others)}
    query = select(
        ItemFingerprint.item_id, ItemFingerprint.signature, ItemFingerprint.like_id, ItemFingerprint.shared,
        ItemFingerprint.total,
    ).where(ItemFingerprint.tenant_id == unit_id, ItemFingerprint.item_id.in_(wanted))  # fmt: skip
    prints = {row.item_id: row for row in uow.session.execute(query)}
    near = {
        item_id: promising(prints[item_id].signature, [prints[other] for other in others])
        for item_id, others in sharing.items()
    }
    texts = texts_of(uow, unit_id=unit_id, item_ids=sorted({one for key, some in near.items() for one in (key, *some)}))
    changes = []
    for item_id in ids:
        found = _best(item_id, near.get(item_id, ()), texts)
        kept = prints[item_id]
        now = (found.item_id, found.shared, found.total) if found else (None, 0, 0)
        if now != (kept.like_id, kept.shared, kept.total):
            changes.append({"i": item_id, "l": now[0], "s": now[1], "t": now[2]})
            uow.emit(COMPARED, item_id)
    if changes:
        table = ItemFingerprint.__table__
        statement = update(ItemFingerprint).where(table.c.tenant_id == unit_id, table.c.item_id == bindparam("i"))
        changed = statement.values(like_id=bindparam("l"), shared=bindparam("s"), total=bindparam("t"))
        uow.session.connection().execute(changed, changes)


def _best(item_id: int, near: Sequence[int], texts: Mapping[int, str]) -> Likeness | None:
    others = {other: texts[other] for other in near if other in texts}
    return best_of(pieces_of(to_text(texts[item_id])), others) if others and item_id in texts else None

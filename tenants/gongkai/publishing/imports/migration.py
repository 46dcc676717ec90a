"""Bringing what is already public elsewhere: published at once, with its original time and number.

Rows of one unit are written in transactions of some hundreds, each complete in itself: a run that is killed leaves
whole items, and the next one continues. Locks are taken as in `publication`: ledger → number → counts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from gongkai.catalog.models import IndexNumber
from gongkai.catalog.numbers import advance_counter, raise_counter
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.text.index_numbers import GENERATED, PATTERNS, format_number, sequence_of
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.drafts import DUPLICATE_WINDOW
from gongkai.publishing.imports.bulk import draw_ids, insert_rows
from gongkai.publishing.imports.checks import PreparedRow
from gongkai.publishing.imports.existing import free_numbers, only_new, unlocked, values_of
from gongkai.publishing.imports.filling import file_values, fill_public, lock_known
from gongkai.publishing.imports.holding import hold_back, not_held
from gongkai.publishing.imports.places import UnitRecord
from gongkai.publishing.imports.results import ImportResult
from gongkai.publishing.ledger import link_hash, lock_ledger, version_content
from gongkai.publishing.models import Attachment, Item, ItemVersion, TenantLedger, VersionText
from gongkai.publishing.publication import CHANGED
from gongkai.publishing.states import ItemState

CHUNK = 500
_CONSTANT = {
    "state": ItemState.PUBLISHED.value,
    "lock_version": 1,
    "withheld_reason": "",
    "origin": "produced",
    "secrecy_cleared": True,
    "chain_steps": [],
    "step": "",
    "author_ids": [],
    "check_overrides": {},
    "change_kind": None,
    "change_reason": "",
    "taken_down_reason": "",
}


@dataclass(frozen=True, slots=True)
class Given:
    """An index number of a row: as found, or made; year and sequence where it is of a pattern with them."""

    number: str
    generated: bool
    year: int
    sequence: int | None


def migrate_chunk(
    uow: UnitOfWork,
    *,
    unit: UnitRecord,
    rows: Sequence[PreparedRow],
    highest: Mapping[int, int],
    batch_id: int,
    by: int | None,
    dry_run: bool,
    result: ImportResult,
    route: str = "migrated",
) -> None:
    """Publish rows of one unit, without faults of their own and in the order of their time.

    `highest` is year → highest original number of the unit's own pattern in the whole list, above which the
    generated ones begin; `route` is how the items came （`ENTRY_ROUTES`）. Writes nothing in a dry run; what becomes of
    each row is added to `result`. Rows with concerns are held back, and items that came without their files get them.
    """
    if not dry_run:
        lock_known(uow, tenant_id=unit.id, rows=rows)
    ledger = None if dry_run else lock_ledger(uow, tenant_id=unit.id)
    rows = not_held(uow, tenant_id=unit.id, batch_id=batch_id, rows=rows, result=result)
    found = only_new(
        uow, tenant_id=unit.id, batch_id=batch_id, rows=rows, result=result, state=ItemState.PUBLISHED
    )  # fmt: skip
    fill_public(uow, unit=unit, ledger=ledger, lacking=found.lacking, batch_id=batch_id, by=by, result=result)
    fresh = free_numbers(uow, tenant_id=unit.id, rows=found.fresh, result=result)
    fresh = unlocked(uow, tenant_id=unit.id, rows=fresh, result=result)
    fresh = hold_back(uow, rows=fresh, batch_id=batch_id, result=result)
    if ledger is not None and fresh:
        numbers = _numbers(uow, unit, fresh, highest)
        reasons = _counted_out(uow, unit.id, fresh)
        _write(uow, ledger, [*zip(fresh, numbers, reasons, strict=True)], batch_id=batch_id, by=by, route=route)
    for row in fresh:
        result.created += 1
        result.published[unit.id, _period(row)] += 1
        about = (row.given.number, unit.name, row.given.row.title)
        if row.missing:
            result.incomplete.append((*about, "、".join(row.missing)))
        result.hints.extend((*about, hint) for hint in row.hints)


def own_number(pattern: str, number: str) -> tuple[int, int] | None:
    """Year and sequence of a number of the unit's own pattern; None for any other text."""
    if pattern not in GENERATED:
        return None
    match = dict(PATTERNS)[next(known for known in GENERATED if known == pattern)].fullmatch(number)
    if match is None:
        return None
    year = int(match["year"])
    sequence = sequence_of(pattern, number, year=year)
    return None if sequence is None else (year, sequence)


def highest_numbers(unit: UnitRecord, numbers: Sequence[str]) -> dict[int, int]:
    """Year → highest sequence among numbers of the unit's own pattern."""
    found: dict[int, int] = {}
    for number in numbers:
        if own := own_number(unit.index_pattern, number):
            found[own[0]] = max(found.get(own[0], 0), own[1])
    return found


def _published(row: PreparedRow) -> datetime:
    moment = row.given.row.published_at
    assert moment is not None, "a row without its time has a fault and never comes here"
    return moment


def period_of(published_at: datetime) -> str:
    """The month whose statistics count what was published then."""
    return str(Period.of(shanghai_date(published_at)))


def _period(row: PreparedRow) -> str:
    return period_of(_published(row))


def _numbers(uow: UnitOfWork, unit: UnitRecord, rows: Sequence[PreparedRow], highest: Mapping[int, int]) -> list[Given]:
    for year in sorted(highest):
        raise_counter(uow, tenant_id=unit.id, year=year, sequence=highest[year])
    wanted = Counter(shanghai_date(_published(row)).year for row in rows if not row.given.row.index_number)
    following = {
        year: advance_counter(uow, tenant_id=unit.id, year=year, by=wanted[year]) - wanted[year]
        for year in sorted(wanted)
    }
    found = []
    for row in rows:
        original, day = row.given.row.index_number, shanghai_date(_published(row))
        if original:
            year, sequence = own_number(unit.index_pattern, original) or (day.year, None)
            found.append(Given(original, generated=False, year=year, sequence=sequence))
            continue
        following[day.year] += 1
        number = format_number(
            unit.index_pattern, code=unit.uscc, area=unit.area_code, year=day.year, month=day.month,
            sequence=following[day.year],
        )  # fmt: skip
        found.append(Given(number, generated=True, year=day.year, sequence=following[day.year]))
    return found


def _counted_out(uow: UnitOfWork, tenant_id: int, rows: Sequence[PreparedRow]) -> list[str]:
    """Why each row does not count to the monthly task, as `publication.mark_counting` says it; empty if it does."""
    seen = _published_like(uow, tenant_id, rows)
    reasons = []
    for row in rows:
        moment, marks = _published(row), _marks(row.digest, row.document_number)
        repeated = any(
            moment - DUPLICATE_WINDOW <= earlier <= moment for mark in marks for earlier in seen.get(mark, ())
        )
        for mark in marks:
            seen.setdefault(mark, []).append(moment)
        if row.place.column.rule_type == "news":
            reasons.append("工作动态类信息")
        elif row.given.row.is_reprint:
            reasons.append("转载信息")
        else:
            reasons.append("与本单位十二个月内已发布信息重复" if repeated else "")
    return reasons


def _marks(digest: str, document_number: str) -> list[tuple[str, str]]:
    marks = [("text", digest)]
    return [*marks, ("number", document_number)] if document_number else marks


def _published_like(
    uow: UnitOfWork, tenant_id: int, rows: Sequence[PreparedRow]
) -> dict[tuple[str, str], list[datetime]]:
    """Digest or document number → when the unit's public items with it were published."""
    same_text = Item.text_digest.in_(sorted({row.digest for row in rows}))
    numbers = sorted({row.document_number for row in rows} - {""})
    same: Any = or_(same_text, Item.document_number.in_(numbers)) if numbers else same_text
    found: dict[tuple[str, str], list[datetime]] = {}
    known = uow.session.execute(
        select(Item.text_digest, Item.document_number, Item.published_at).where(
            Item.tenant_id == tenant_id, Item.is_public, same
        )
    )
    for digest, number, moment in known:
        for mark in _marks(digest, number):
            found.setdefault(mark, []).extend(filter(None, [moment]))
    return found


def _write(
    uow: UnitOfWork,
    ledger: TenantLedger,
    rows: Sequence[tuple[PreparedRow, Given, str]],
    *,
    batch_id: int,
    by: int | None,
    route: str,
) -> None:
    item_ids = draw_ids(uow, table=Item, count=len(rows))
    version_ids = draw_ids(uow, table=ItemVersion, count=len(rows))
    items: list[dict[str, Any]] = []
    versions: list[dict[str, Any]] = []
    texts: list[dict[str, Any]] = []
    numbers: list[dict[str, Any]] = []
    files: list[dict[str, Any]] = []
    for (row, number, reason), item_id, version_id in zip(rows, item_ids, version_ids, strict=True):
        own = {"id": item_id, "tenant_id": ledger.tenant_id, "batch_id": batch_id, "entry_route": route}
        values = own | _item_values(uow, row, number, reason, version_id, by)
        content = version_content(Item(**values), 1, row.body_html, uow.now.isoformat(), _named_files(row))
        link = link_hash(ledger.head, content)
        owner = {"tenant_id": ledger.tenant_id, "item_id": item_id}
        version = {
            "id": version_id, "version": 1, "position": ledger.length + 1, "content": content,
            "previous_hash": ledger.head, "hash": link, "published_at": _published(row), "published_by": by,
        }  # fmt: skip
        ledger.head, ledger.length = link, ledger.length + 1
        items.append(values)
        versions.append(owner | version)
        texts.append(owner | {"version_id": version_id, "body_html": row.body_html, "erased_at": None})
        numbers.append(
            owner | {"number": number.number, "generated": number.generated, "year": number.year,
                     "sequence": number.sequence, "given_at": uow.now}
        )  # fmt: skip
        files += [owner | values for values in file_values(uow, row, by)]
        uow.emit(CHANGED, item_id)
    uow.session.flush()
    insert_rows(uow, table=IndexNumber, rows=numbers)
    insert_rows(uow, table=Item, rows=items)
    insert_rows(uow, table=ItemVersion, rows=versions)
    insert_rows(uow, table=VersionText, rows=texts)
    insert_rows(uow, table=Attachment, rows=files)
    detail = {"items": len(items), "files": len(files), "first": item_ids[0], "last": item_ids[-1]}
    action = "item.collect" if route == "collected" else "item.migrate"
    uow.audit(action, tenant_id=ledger.tenant_id, object_type="import_batch", object_id=batch_id, detail=detail)


def _named_files(row: PreparedRow) -> list[dict[str, Any]]:
    """The files as a version names them."""
    return [
        {"name": file.filename, "sha256": file.digest, "size": file.size, "media_type": file.media_type}
        for file in row.files
    ]


def _item_values(
    uow: UnitOfWork, row: PreparedRow, number: Given, reason: str, version_id: int, by: int | None
) -> dict[str, Any]:
    column = row.place.column
    return (
        _CONSTANT
        | values_of(row)
        | {
            "original_labels": row.given.row.original_labels,
            "published_at": _published(row),
            "recorded_at": uow.now,
            "period": _period(row),
            "index_number": number.number,
            "index_number_seq": number.sequence if number.generated else None,
            "current_version_id": version_id,
            "counts_to_quota": not reason,
            "counted_out_reason": reason,
            "is_news": column.rule_type == "news",
            "key_area_group": column.key_area_group,
            "created_by": by,
            "created_at": uow.now,
            "updated_at": uow.now,
        }
    )

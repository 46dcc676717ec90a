"""The items of the three years before the current month, as the migration import brings them."""

import random
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby

from gongkai.run.demo.corpus import Bank, Desk
from gongkai.run.demo.days import month_start
from gongkai.run.demo.plan import Slot, history_slots
from gongkai.run.demo.rows import ItemRow
from gongkai.run.demo.units import UnitRow

HISTORY_ITEMS = 15_000
SEED = 711
_OLD_SITE = "http://www.example.gov.cn"
_REPEAT_EVERY = 4
_STALE_YEARS = 2
_STALE = ("废止", "失效", "已修改")


def history(
    today: date, units: Sequence[UnitRow], *, items: int = HISTORY_ITEMS, seed: int = SEED
) -> Iterator[ItemRow]:
    """Yield the items published in the 36 months before the month of `today`, unit by unit, oldest first.

    The same arguments give the same rows. Each row has an original index number (USCC/year-sequence), an
    address on the old site and an external id. A handful of lazy units republish an old item unchanged.
    """
    for unit, rows, _ in desks(today, units, items=items, seed=seed):
        yield from _as_migrated(unit, rows, today)


def desks(today: date, units: Sequence[UnitRow], *, items: int, seed: int) -> list[tuple[UnitRow, list[ItemRow], Desk]]:
    """Return each unit with its history, not yet numbered by the old site, and its writer for what follows."""
    rng = random.Random(f"{seed}/{today}/{items}")  # noqa: S311 - invented data, not a secret
    ordered = sorted(units, key=lambda unit: unit.sort_order)
    slots = by_unit(history_slots(today, ordered, items, rng))
    last = month_start(today) - timedelta(days=1)
    bank: Bank = {}
    result = []
    for unit in ordered:
        desk = Desk(unit, random.Random(f"{seed}/{today}/{unit.code}"))  # noqa: S311 - as above
        result.append((unit, desk.write(slots.get(unit.code, []), last, bank), desk))
    return result


def by_unit(slots: Iterable[Slot]) -> dict[str, list[Slot]]:
    """Return the slots of each unit in order of months."""
    ordered = sorted(slots, key=lambda slot: (slot.unit.sort_order, slot.month))
    return {code: list(group) for code, group in groupby(ordered, key=lambda slot: slot.unit.code)}


def _as_migrated(unit: UnitRow, rows: Sequence[ItemRow], today: date) -> Iterator[ItemRow]:
    draw = zlib.crc32(unit.code.encode())
    last_number: Counter[int] = Counter()
    if rows:
        last_number[rows[0].published_at.year] = draw % 160
    for i, row in enumerate(_with_repeat(unit, draw, rows)):
        moment = row.published_at
        last_number[moment.year] += 1
        number = 1_000_000 + (draw + i * 7_919) % 9_000_000
        path = f"{unit.code.replace('-', '/')}/{row.column_code}/{moment:%Y%m}/t{moment:%Y%m%d}_{number}.html"
        yield replace(
            row,
            index_number=f"{unit.uscc}/{moment.year}-{last_number[moment.year]:05d}",
            source_url=f"{_OLD_SITE}/{path}",
            external_id=f"{unit.code}-{i + 1:05d}",
            validity=_validity(row, today),
        )


def _with_repeat(unit: UnitRow, draw: int, rows: Sequence[ItemRow]) -> Sequence[ItemRow]:
    """Let one lazy unit in four republish an item of its last months word for word."""
    if unit.character != "lazy" or draw % _REPEAT_EVERY or len(rows) < _REPEAT_EVERY:
        return rows
    copied, last = rows[-3], rows[-1]
    if copied.is_reprint or last.is_reprint:
        return rows
    again = replace(copied, document_number="", formed_date=last.formed_date, published_at=last.published_at)
    return [*rows[:-1], again]


def _validity(row: ItemRow, today: date) -> str:
    """Some normative documents of earlier years are no longer in force as they stand."""
    if row.column_code != "gfxwj" or row.is_reprint or today.year - row.formed_date.year < _STALE_YEARS:
        return row.validity
    draw = zlib.crc32(row.title.encode()) % 6
    return _STALE[draw] if draw < len(_STALE) else row.validity

"""The items of the current month up to today, which go through the chain."""

import random
from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta

from gongkai.run.demo.corpus import Bank
from gongkai.run.demo.days import month_start
from gongkai.run.demo.history import HISTORY_ITEMS, SEED, by_unit, desks
from gongkai.run.demo.plan import current_slots
from gongkai.run.demo.rows import ItemRow
from gongkai.run.demo.units import UnitRow

CURRENT_ITEMS = 500
_OPENING = time(8, 30)


def current_month(
    today: date,
    units: Sequence[UnitRow],
    *,
    now: time = time(17, 30),
    items: int = CURRENT_ITEMS,
    history_items: int = HISTORY_ITEMS,
    seed: int = SEED,
) -> Iterator[ItemRow]:
    """Yield `items` items published from the first of the month of `today` until `now`, unit by unit.

    Index numbers, old addresses and external ids are empty: the chain assigns its own. With the
    `history_items` and `seed` of the history, titles and document numbers go on from it. Before 8:30 on
    the first day of a month there is no working hour yet, and nothing is yielded.
    """
    last, latest = (today, now) if now > _OPENING else (today - timedelta(days=1), time(17, 30))
    if last < month_start(today):
        return
    rng = random.Random(f"{seed}/{today}/current")  # noqa: S311 - invented data, not a secret
    staff = desks(today, units, items=history_items, seed=seed)
    slots = by_unit(current_slots(today, [unit for unit, _, _ in staff], items, rng))
    bank: Bank = {}
    for unit, _, desk in staff:
        yield from desk.write(slots.get(unit.code, []), last, bank, latest)

"""How many items each unit publishes in which month, by its type and character, and at what time of day."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from gongkai.run.demo.days import month_start, workdays
from gongkai.run.demo.units import UnitRow, monthly_task

ZONE = ZoneInfo("Asia/Shanghai")
HISTORY_MONTHS = 36
_RECENT_MONTHS = 12
_MORNING = (time(8, 30), 210)
_AFTERNOON = (time(14, 30), 180)

Label = Literal["item", "news", "reprint", "interpretation"]


@dataclass(frozen=True, slots=True)
class Slot:
    """One publication to be written: unit, first day of its month, instant, and whether it counts to the task."""

    unit: UnitRow
    month: date
    label: Label


def history_slots(today: date, units: Sequence[UnitRow], items: int, rng: random.Random) -> list[Slot]:
    """Return `items` slots over the 36 months before the month of `today`.

    The last twelve months follow each unit's character; the earlier ones are thinned to reach the total.
    """
    recent: list[Slot] = []
    older: list[Slot] = []
    for unit in units:
        quiet = rng.choice((2, 3)) if unit.character == "blank" else 0
        for back in range(HISTORY_MONTHS, quiet, -1):
            cell = _cell(unit, month_start(today, back), rng)
            (recent if back <= _RECENT_MONTHS else older).extend(cell)
    kept = fit(recent, min(len(recent), items * 3 // 5), rng)
    return [*fit(older, items - len(kept), rng), *kept]


def current_slots(today: date, units: Iterable[UnitRow], items: int, rng: random.Random) -> list[Slot]:
    """Return `items` slots of the month of `today`; blank units have none."""
    month = month_start(today)
    slots = [slot for unit in units if unit.character != "blank" for slot in _cell(unit, month, rng)]
    return fit(slots, items, rng)


def fit(slots: list[Slot], total: int, rng: random.Random) -> list[Slot]:
    """Return `total` of the slots, in order; when there are too few, busy units get more."""
    if len(slots) >= total:
        return [slots[i] for i in sorted(rng.sample(range(len(slots)), total))]
    busy = [s for s in slots if s.label == "item" and s.unit.character in ("diligent", "ordinary")]
    return [*slots, *rng.choices(busy, k=total - len(slots))]


def _cell(unit: UnitRow, month: date, rng: random.Random) -> list[Slot]:
    """Return the slots of one unit in one month."""
    if unit.abolished_date and month > unit.abolished_date:
        return []
    labels: list[Label] = ["item"] * _counted(unit, rng)
    share = {"diligent": 0.35, "ordinary": 0.12}.get(unit.character, 0.0)
    if unit.sector is None:
        labels += ["news"] * (rng.random() < share)
        labels += ["reprint"] * (unit.level == "county" and rng.random() < share / 2)
    return [Slot(unit, month, label) for label in labels]


def _counted(unit: UnitRow, rng: random.Random) -> int:
    task = monthly_task(unit)
    if unit.character == "diligent":
        return task + rng.randint(1, task // 2 + 1)
    if unit.character == "lazy":
        return 0 if rng.random() < 0.45 else rng.randint(1, max(1, task - 1))
    return task - (rng.random() < 0.06) + (rng.random() < 0.2)


def instant(day: date, rng: random.Random, latest: time = time(17, 30)) -> datetime:
    """Return an instant of that day in working hours, 8:30–12:00 or 14:30–17:30, before `latest`."""
    start, minutes = _MORNING if latest <= _AFTERNOON[0] or rng.random() < 0.55 else _AFTERNOON
    seconds = rng.randrange(minutes * 60)
    moment = datetime.combine(day, start, ZONE) + timedelta(seconds=seconds)
    limit = datetime.combine(day, latest, ZONE)
    opening = datetime.combine(day, start, ZONE)
    if moment < limit:
        return moment
    return opening + timedelta(seconds=rng.randrange(int((limit - opening).total_seconds())))


def publication_days(month: date, until: date, unit: UnitRow, count: int, rng: random.Random) -> list[date]:
    """Return `count` working days from `month` to `until`, sorted; lazy units tend to the last ones."""
    last = min(until, month_start(month, -1) - timedelta(days=1), unit.abolished_date or date.max)
    days = workdays(month, last) or [month + timedelta(days=i) for i in range((last - month).days + 1)]
    if unit.character == "lazy" and rng.random() < 0.5:
        days = days[-3:]
    return sorted(rng.choices(days, k=count))

"""The calendars of the units of a tree: the national one, and those of areas with festivals of their own (K2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from gongkai.core.calendar.workdays import WorkingDayCalendar


@dataclass(frozen=True, slots=True)
class Calendars:
    """The calendar of each unit; those that are not in `local` have no festivals of their own."""

    national: WorkingDayCalendar
    local: Mapping[int, WorkingDayCalendar] = field(default_factory=dict)

    @classmethod
    def overlaid(
        cls, national: WorkingDayCalendar, areas: Iterable[tuple[Iterable[date], Iterable[int]]]
    ) -> "Calendars":
        """The national calendar with areas laid over it: (days off, ids of the units that have them).

        Areas lie within each other, and what several of them give a unit adds up; units with the same areas share
        one calendar.
        """
        days, by_unit = [], dict[int, tuple[int, ...]]()
        for number, (off, units) in enumerate(areas):
            days.append(frozenset(off))
            for unit_id in units:
                by_unit[unit_id] = (*by_unit.get(unit_id, ()), number)
        made = {
            numbers: national.overlay(day for number in numbers for day in days[number])
            for numbers in set(by_unit.values())
        }
        return cls(national, {unit_id: made[numbers] for unit_id, numbers in by_unit.items()})

    def of(self, unit_id: int | None) -> WorkingDayCalendar:
        """The calendar of a unit; the national one for nobody in particular."""
        return self.national if unit_id is None else self.local.get(unit_id, self.national)

    def last_working_day_ahead(self, today: date) -> date:
        """The latest day that is the next working day of some unit."""
        return max(one.next_working_day(today) for one in (self.national, *self.local.values()))

    def latest(self, unit_ids: Iterable[int], day: date, working_days: int) -> date:
        """The one date that leaves each of several units so many working days after `day`.

        A document to all of them names one date: that of whoever has most days off. `ValueError` if working_days < 1.
        """
        known = {id(one): one for one in map(self.of, unit_ids)}
        return max(one.add_working_days(day, working_days).date for one in (known.values() or (self.national,)))

"""The working-day calendar: the State Council's yearly notices, make-up working days and local festivals.

Rule numbers are those of the clock rules: K1 is the yearly notice (放假办法 arts. 2, 7), K2 the festivals of
minority areas (art. 4), K3 and K4 the counting of periods (民诉法 art. 85), K11 the end of the day.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple

from chinese_calendar.constants import holidays, workdays

from gongkai.core.calendar.instants import end_of_day

_DAY = timedelta(days=1)
_SATURDAY = 5
_DECEMBER = 12


class DueDate(NamedTuple):
    """The last day of a period; `provisional` when it depends on a year whose notice is not entered yet."""

    date: date
    provisional: bool


@dataclass(frozen=True, slots=True)
class WorkingDayCalendar:
    """Which days are worked.

    A day off wins over Monday to Friday, a make-up day wins over the weekend. In a year that is not in
    `years_with_notice` Monday to Friday are assumed, and every period that passes through it is provisional.
    """

    days_off: frozenset[date]
    make_up_days: frozenset[date]
    years_with_notice: frozenset[int]

    def __post_init__(self) -> None:
        if both := self.days_off & self.make_up_days:
            raise ValueError(f"both off and made up: {min(both)}")

    def is_working_day(self, day: date) -> bool:
        """Whether the day is worked (K1)."""
        if day in self.make_up_days:
            return True
        return day.weekday() < _SATURDAY and day not in self.days_off

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`."""
        day += _DAY
        while not self.is_working_day(day):
            day += _DAY
        return day

    def roll_forward(self, day: date) -> DueDate:
        """The end of a period in calendar days or months: `day`, or the working day after it (K4)."""
        due = day if self.is_working_day(day) else self.next_working_day(day)
        return DueDate(due, self._is_provisional(day, due))

    def add_working_days(self, day: date, count: int) -> DueDate:
        """The `count`-th working day after `day`, itself not counted (K3). `ValueError` if count < 1."""
        if count < 1:
            raise ValueError("a period has at least one working day")
        due = day
        for _ in range(count):
            due = self.next_working_day(due)
        return DueDate(due, self._is_provisional(day + _DAY, due))

    def working_days_between(self, start: date, end: date) -> int:
        """Working days in (start, end]: those used at the end of `end`. 0 if `end` is not later."""
        days = (start + _DAY * offset for offset in range(1, (end - start).days + 1))
        return sum(map(self.is_working_day, days))

    @staticmethod
    def due_instant(day: date) -> datetime:
        """The last instant of a due date, end of day in Asia/Shanghai (K11)."""
        return end_of_day(day)

    def with_year(self, year: int, days_off: Iterable[date], make_up_days: Iterable[date]) -> "WorkingDayCalendar":
        """The calendar with the notice of one year entered, or entered anew.

        A notice may name days of the preceding December too (元旦 of 2023 began on 2022-12-31). Enter notices
        before `overlay`: a notice entered anew drops all that stood in that year. `ValueError` (Chinese) if a
        day is outside the year, a make-up day is not at a weekend, or a day is named twice.
        """
        off, made_up = frozenset(days_off), frozenset(make_up_days)
        for day in sorted(off | made_up):
            if day.year != year and (day.year, day.month) != (year - 1, _DECEMBER):
                raise ValueError(f"{day:%Y-%m-%d}不在{year}年放假安排的范围内，请核对日期。")
        for day in sorted(made_up):
            if day.weekday() < _SATURDAY:
                raise ValueError(f"{day:%Y-%m-%d}不是周六或周日，不能作为调休上班日，请核对日期。")
            if day in off:
                raise ValueError(f"{day:%Y-%m-%d}既是放假日又是调休上班日，请核对日期。")
        return WorkingDayCalendar(
            days_off=frozenset(day for day in self.days_off if day.year != year) - made_up | off,
            make_up_days=frozenset(day for day in self.make_up_days if day.year != year) - off | made_up,
            years_with_notice=self.years_with_notice | {year},
        )

    def overlay(self, extra_days_off: Iterable[date]) -> "WorkingDayCalendar":
        """The calendar of an area with festivals of its own (K2); a local day off wins over a make-up day."""
        extra = frozenset(extra_days_off)
        return replace(self, days_off=self.days_off | extra, make_up_days=self.make_up_days - extra)

    def _is_provisional(self, first: date, last: date) -> bool:
        return any(year not in self.years_with_notice for year in range(first.year, last.year + 1))


@cache
def national_calendar() -> WorkingDayCalendar:
    """The State Council's notices as `chinesecalendar` has them: 2004 to the last year that it knows."""
    return WorkingDayCalendar(
        days_off=frozenset(holidays),
        make_up_days=frozenset(workdays),
        years_with_notice=frozenset(day.year for day in holidays),
    )

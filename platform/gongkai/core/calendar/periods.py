"""Statistics months and the update periods of columns."""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date
from functools import cache
from typing import Self

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_DAYS = re.compile(r"days:([1-9][0-9]{0,3})")
_MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One calendar month of the statistics; months of the Shanghai date of publication."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (MINYEAR <= self.year <= MAXYEAR and 1 <= self.month <= _MONTHS_A_YEAR):
            raise ValueError(f"no such month: {self.year}-{self.month}")

    @classmethod
    def of(cls, day: date) -> Self:
        """The month in which a date lies. For an instant take `shanghai_date` first."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The month written as `2023-03`. `ValueError` (Chinese) for anything else."""
        found = _MONTH.fullmatch(text)
        if found is None or int(found[1]) < MINYEAR:
            raise ValueError("月份应写成“2023-03”的形式。")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def label(self) -> str:
        """The month as prose writes it: 2023年3月."""
        return f"{self.year}年{self.month}月"

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        return _last_day(self.year, self.month)

    def next(self) -> Self:
        """The month after."""
        return self.minus(-1)

    def previous(self) -> Self:
        """The month before."""
        return self.minus(1)

    def minus(self, months: int) -> Self:
        """The month that lies `months` earlier (later if negative)."""
        year, month = divmod(self.year * _MONTHS_A_YEAR + self.month - 1 - months, _MONTHS_A_YEAR)
        return type(self)(year, month + 1)


@cache
def _last_day(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def plus_months(day: date, months: int) -> date:
    """The day so many months later (earlier if negative), or the last of that month where it has no such day.

    `ValueError` outside the calendar.
    """
    month = Period.of(day).minus(-months)
    return month.last_day.replace(day=min(day.day, month.last_day.day))


def period_range(first: Period, last: Period) -> Iterator[Period]:
    """The months from `first` to `last`, both included; none if `last` is earlier."""
    months = (last.year - first.year) * _MONTHS_A_YEAR + last.month - first.month
    return (first.minus(-offset) for offset in range(months + 1))


_UPDATE_LABELS = {
    "event": "形成或变更时更新",
    "monthly": "每月更新",
    "quarterly": "每季度更新",
    "half_yearly": "每半年更新",
    "yearly": "每年更新",
}


@dataclass(frozen=True, slots=True)
class UpdatePeriod:
    """How often a column is to be updated (更新周期): one of `event`, `monthly`, `quarterly`, `half_yearly`,
    `yearly`, or `days:N` with N from 1 to 9999. `ValueError` (Chinese) for any other code."""

    code: str

    def __post_init__(self) -> None:
        if self.code not in _UPDATE_LABELS and _DAYS.fullmatch(self.code) is None:
            raise ValueError(f"更新周期“{self.code}”无法识别，请从列表中选择，或填写天数（1至9999）。")

    @classmethod
    def every(cls, days: int) -> Self:
        """An update every so many calendar days."""
        return cls(f"days:{days}")

    @property
    def days(self) -> int | None:
        """The number of calendar days of a `days:N` period, `None` for the named ones."""
        found = _DAYS.fullmatch(self.code)
        return int(found[1]) if found else None

    @property
    def label(self) -> str:
        """The words on the screen: 每季度更新, 每15日更新."""
        return _UPDATE_LABELS.get(self.code) or f"每{self.days}日更新"

    def __str__(self) -> str:
        return self.code


NAMED_UPDATE_PERIODS = tuple(map(UpdatePeriod, _UPDATE_LABELS))
"""The choices of a form, in the order in which it shows them; `days:N` is entered beside them."""

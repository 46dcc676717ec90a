"""Spans of the statistics that circulars are about: a month, a quarter or a year, each a run of whole months."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Self

from gongkai.core.calendar.periods import Period, period_range

MONTH, QUARTER, YEAR = 1, 3, 12
"""Lengths of a span in months."""
_QUARTER = re.compile(r"([0-9]{4})-Q([1-4])")
_YEAR = re.compile(r"[0-9]{4}")
_NUMERALS = "一二三四"
_NAMES = {MONTH: "月", QUARTER: "季度", YEAR: "年度"}


@dataclass(frozen=True, slots=True)
class Span:
    """A month, a quarter or a year: `length` months (1, 3 or 12) from `first` on, as the calendar divides the year."""

    first: Period
    length: int = MONTH

    def __post_init__(self) -> None:
        if self.length not in (MONTH, QUARTER, YEAR) or (self.first.month - 1) % self.length:
            raise ValueError(f"no such span: {self.length} months from {self.first}")

    @classmethod
    def around(cls, period: Period, length: int) -> Self:
        """The span of a length in which a month lies."""
        return cls(Period(period.year, (period.month - 1) // length * length + 1), length)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The span written as `2023-03`, `2023-Q1` or `2023`. `ValueError` (Chinese) for anything else."""
        quarter = _QUARTER.fullmatch(text)
        try:
            if quarter is not None:
                return cls(Period.parse(f"{quarter[1]}-{int(quarter[2]) * QUARTER - 2:02d}"), QUARTER)
            return cls(Period.parse(f"{text}-01"), YEAR) if _YEAR.fullmatch(text) else cls(Period.parse(text))
        except ValueError as error:
            raise ValueError("统计期应写成“2023-03”“2023-Q1”或“2023”的形式。") from error

    def __str__(self) -> str:
        if self.length == MONTH:
            return str(self.first)
        return f"{self.year:04d}-Q{self.quarter}" if self.length == QUARTER else f"{self.year:04d}"

    @property
    def year(self) -> int:
        return self.first.year

    @property
    def quarter(self) -> int:
        """The quarter in which it begins, 1 to 4."""
        return (self.first.month + 2) // QUARTER

    @property
    def label(self) -> str:
        """As prose writes it: 2023年3月, 2023年第一季度, 2023年度."""
        if self.length == MONTH:
            return self.first.label
        return f"{self.year}年第{_NUMERALS[self.quarter - 1]}季度" if self.length == QUARTER else f"{self.year}年度"

    @property
    def title(self) -> str:
        """As titles write it: 2023年3月份, 2023年第一季度, 2023年度."""
        return f"{self.label}份" if self.length == MONTH else self.label

    @property
    def this(self) -> str:
        """本月, 本季度, 本年度."""
        return f"本{_NAMES[self.length]}"

    @property
    def before(self) -> str:
        """上月, 上季度, 上年度."""
        return f"上{_NAMES[self.length]}"

    @property
    def last(self) -> Period:
        """Its last month."""
        return self.first.minus(1 - self.length)

    @property
    def months(self) -> tuple[Period, ...]:
        """Its months in order."""
        return tuple(period_range(self.first, self.last))

    @property
    def first_day(self) -> date:
        return self.first.first_day

    @property
    def last_day(self) -> date:
        return self.last.last_day

    def previous(self) -> Self:
        """The span of the same length before."""
        return type(self)(self.first.minus(self.length), self.length)

"""Instants and dates: everything legal happens on a date in Asia/Shanghai (K11)."""

from datetime import date, datetime, time, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""UTC+8 without daylight saving (K11). A fixed offset: the zone file has summer time for 1986 to 1991, which
would move the dates of migrated records of those years."""


def shanghai_date(instant: datetime) -> date:
    """The calendar date on which an instant falls in Shanghai. `ValueError` if the instant has no offset."""
    return _in_shanghai(instant).date()


def end_of_day(day: date) -> datetime:
    """The last microsecond of a day in Shanghai, so that `instant <= end_of_day(due)` means in time (K11)."""
    return datetime.combine(day, time.max, tzinfo=SHANGHAI)


def format_date(day: date) -> str:
    """A date as prose writes it: 2023年3月23日 (GB/T 9704: no leading zeros)."""
    return f"{day.year}年{day.month}月{day.day}日"


def format_datetime(instant: datetime) -> str:
    """An instant to the minute, Shanghai time: 2023年3月23日 09:05. `ValueError` if it has no offset."""
    local = _in_shanghai(instant)
    return f"{format_date(local.date())} {local:%H:%M}"


def _in_shanghai(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs an offset")
    return instant.astimezone(SHANGHAI)

"""Working days of the demonstration. Years without a holiday notice count Monday to Friday."""

from datetime import date, timedelta
from functools import cache

import chinese_calendar


@cache
def is_workday(day: date) -> bool:
    """Tell whether offices are open on `day`, make-up working days included."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def month_start(day: date, months_back: int = 0) -> date:
    """Return the first day of the month `months_back` months before that of `day`."""
    index = day.year * 12 + day.month - 1 - months_back
    return date(index // 12, index % 12 + 1, 1)


def workdays(first: date, last: date) -> list[date]:
    """Return the working days from `first` to `last`, both included."""
    days = ((first + timedelta(days=i)) for i in range((last - first).days + 1))
    return [day for day in days if is_workday(day)]


@cache
def workdays_after(day: date, count: int) -> date:
    """Return the working day that lies `count` working days after `day`; `day` itself for 0."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_workday(day)
    return day


@cache
def workdays_before(day: date, count: int) -> date:
    """Return the working day that lies `count` working days before `day`; `day` itself for 0."""
    while count > 0:
        day -= timedelta(days=1)
        count -= is_workday(day)
    return day

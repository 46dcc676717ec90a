"""Whether a column is kept up: its last update and its update period give the day of the next (更新周期)."""

from dataclasses import dataclass
from datetime import date, timedelta

from gongkai.core.calendar.periods import UpdatePeriod, plus_months

SOON = timedelta(days=7)
_MONTHS = {"monthly": 1, "quarterly": 3, "half_yearly": 6, "yearly": 12}


@dataclass(frozen=True, slots=True)
class Freshness:
    """The day by which a column is to be updated again, and how that stands.

    Attributes:
        due: None for columns that are updated when something is formed or changed.
        state: `""` without a due day, else `running`, `due_soon` or `overdue`, as the badges name them.
    """

    due: date | None
    state: str


def next_due(period: UpdatePeriod, since: date) -> date | None:
    """The last day for the update after one on `since`; None when only events ask for one.

    Months end on their last day: one month after 31 January is the last day of February.
    """
    if period.days is not None:
        return since + timedelta(days=period.days)
    months = _MONTHS.get(period.code)
    return None if months is None else plus_months(since, months)


def freshness(period: UpdatePeriod, *, since: date, today: date) -> Freshness:
    """How a column stands on `today` that was last updated, or set up, on `since`."""
    due = next_due(period, since)
    if due is None:
        return Freshness(None, "")
    if due < today:
        return Freshness(due, "overdue")
    return Freshness(due, "due_soon" if due - today <= SOON else "running")

"""What happened in the year, as those who did it wrote it down; nothing in here was read back from the product."""

from dataclasses import dataclass, field
from datetime import date, timedelta

OFF_2025 = (
    "2025-01-01", "2025-01-28..2025-02-04", "2025-04-04..2025-04-06", "2025-05-01..2025-05-05",
    "2025-05-31..2025-06-02", "2025-10-01..2025-10-08",
)  # fmt: skip
"""国办发明电〔2024〕12号."""
MADE_UP_2025 = ("2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11")
OFF_2026 = ("2026-01-01..2026-01-07",)
"""The notice that the office enters in November; longer than the real one, so that it moves what falls due."""
MADE_UP_2026 = ("2026-01-10",)


def _days(spans: tuple[str, ...]) -> set[date]:
    found = set()
    for span in spans:
        first, _, last = span.partition("..")
        day, end = date.fromisoformat(first), date.fromisoformat(last or first)
        while day <= end:
            found.add(day)
            day += timedelta(days=1)
    return found


_OFF = {2025: _days(OFF_2025), 2026: _days(OFF_2026)}
_MADE_UP = {2025: _days(MADE_UP_2025), 2026: _days(MADE_UP_2026)}


def works(day: date) -> bool:
    """Whether a day is a working day."""
    return day in _MADE_UP[day.year] or (day.weekday() < 5 and day not in _OFF[day.year])


def working_days_after(day: date, number: int) -> date:
    """The so-manieth working day after a day."""
    while number:
        day += timedelta(days=1)
        number -= works(day)
    return day


def month_of(day: date) -> str:
    """The month of a day: 2025-03."""
    return f"{day:%Y-%m}"


MONTHS = tuple(f"2025-{number:02d}" for number in range(1, 13))
SPANS = {
    **{month: (month,) for month in MONTHS},
    **{f"2025-Q{number + 1}": MONTHS[number * 3 : number * 3 + 3] for number in range(4)},
    "2025": MONTHS,
}
"""Every circular of the year with its months."""


@dataclass(frozen=True, slots=True)
class Publication:
    """An item made public; `counts`: it is no news, no copy of an older one."""

    item_id: int
    unit: str
    purpose: str
    day: date
    counts: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """A unit says that a problem is put right: the rule, and what it is about (a column, a month, a task)."""

    day: date
    unit: str
    rule: str
    about: str


@dataclass(frozen=True, slots=True)
class Recheck:
    """The office looked again at what a unit claimed."""

    day: date
    unit: str
    rule: str
    about: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Share:
    """A task from above handed to a unit; `done`: the day on which it was, if ever."""

    unit: str
    title: str
    due: date
    done: date | None


@dataclass(frozen=True, slots=True)
class Issue:
    """A circular on its way: the day of the figures, of the issue, and the one by which to rectify."""

    period: str
    locked: date
    issued: date
    deadline: date


@dataclass(frozen=True, slots=True)
class Merger:
    """Bodies that went into another one on a day; nothing is asked of that until the grace ends."""

    day: date
    sources: tuple[str, ...]
    receiver: str
    grace: date


@dataclass(slots=True)
class History:
    """The year.

    Attributes:
        removed: item → the day on which it was taken down.
        stated: (unit, month) of the accepted statements that there was nothing to publish.
        absent: month → units that were invited to its training and did not come.
        guides: unit → the day on which it published its guide; none had one before.
    """

    merger: Merger
    publications: list[Publication] = field(default_factory=list)
    removed: dict[int, date] = field(default_factory=dict)
    stated: set[tuple[str, str]] = field(default_factory=set)
    absent: dict[str, tuple[str, ...]] = field(default_factory=dict)
    guides: dict[str, date] = field(default_factory=dict)
    shares: list[Share] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    rechecks: list[Recheck] = field(default_factory=list)
    issues: dict[str, Issue] = field(default_factory=dict)

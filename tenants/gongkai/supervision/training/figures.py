"""Figures of the training register: plain data, as pages, circulars, rules and annual reports read them."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from gongkai.core.calendar.periods import Period
from gongkai.core.db import AnyRow

NONE = Decimal(0)


@dataclass(frozen=True, slots=True)
class Session:
    """A session with its figures.

    Attributes:
        invited: units that were asked to come; `attended`, `excused` and `missing` of them add up to it.
        missing: neither came nor are excused; while the list is open they may still come.
        walked_in: units that came without an invitation.
        persons: persons who came; `person_hours`: the sum of their class hours.
        carried: whether it was carried over, so that the units that came are not known by name.
    """

    id: int
    office_id: int
    period: str
    held_date: date
    topic: str
    organiser: str
    online: bool
    place: str
    hours: Decimal | None
    times: int
    source: str
    note: str
    closed_at: datetime | None
    carried: bool
    invited: int
    attended: int
    excused: int
    missing: int
    walked_in: int
    persons: int
    person_hours: Decimal

    @property
    def month(self) -> Period:
        """The month whose circular names the absentees."""
        return Period.parse(self.period)

    @property
    def absent(self) -> int:
        """Invited units that did not come and are not excused, once the list is closed."""
        return self.missing if self.closed_at is not None else 0


@dataclass(frozen=True, slots=True)
class UnitAtSession:
    """A unit at one session: `state` is attended, excused, missing or walked_in; `persons` came for it."""

    unit_id: int
    code: str
    name: str
    invited: bool
    excuse: str
    state: str
    persons: tuple[AnyRow, ...]


@dataclass(frozen=True, slots=True)
class Absence:
    """An invited unit that did not come to a closed session, and is not excused."""

    unit_id: int
    session_id: int
    held_date: date
    topic: str
    source: str


@dataclass(frozen=True, slots=True)
class MonthAbsences:
    """The absences of a month with what its circular states of the trainings as a whole.

    Attributes:
        first, last: days of the first and the last closed session.
        sessions: how many were held （场次）.
        invited: different units that were invited to any of them.
    """

    first: date | None = None
    last: date | None = None
    sessions: int = 0
    invited: int = 0
    absences: tuple[Absence, ...] = ()

    def by_unit(self) -> dict[int, list[Absence]]:
        """What each unit missed, the earliest first."""
        found: dict[int, list[Absence]] = defaultdict(list)
        for absence in self.absences:
            found[absence.unit_id].append(absence)
        return found


@dataclass(frozen=True, slots=True)
class OfficeYear:
    """What an office's annual report states: 举办各类培训班 n 次, 接受培训人员 n 人次; `hours` of all persons."""

    year: int
    sessions: int = 0
    person_times: int = 0
    hours: Decimal = NONE


@dataclass(frozen=True, slots=True)
class PersonYear:
    """A person's trainings of a year; the section is told where it is known."""

    unit_id: int
    name: str
    section: str
    times: int
    hours: Decimal


@dataclass(frozen=True, slots=True)
class UnitYear:
    """A unit's trainings of a year by one office; `absent` counts closed sessions only."""

    unit_id: int
    code: str
    name: str
    invited: int
    attended: int
    absent: int
    excused: int
    person_times: int
    hours: Decimal
    people: tuple[PersonYear, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class OwnSession:
    """A session as a unit sees it: `state` as in `UnitAtSession`, `closed` once absence is settled."""

    id: int
    held_date: date
    topic: str
    organiser: str
    online: bool
    place: str
    hours: Decimal | None
    closed: bool
    state: str
    excuse: str
    persons: tuple[AnyRow, ...]

"""What the families of rules share: the unit, the numbers that hold for it, the moment, and a problem."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any, Generic, TypeVar

from gongkai.core.calendar.areas import Calendars
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.store import load_calendars
from gongkai.core.calendar.workdays import WorkingDayCalendar
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.catalogue import DAYS, ENABLED
from gongkai.supervision.rules import RuleBook

Facts = TypeVar("Facts")


@dataclass(frozen=True, slots=True)
class Moment:
    """The day of an evaluation and the month that is judged; working days come from the one calendar.

    Attributes:
        calendar: the calendar of the unit that is judged, the national one before `of` has named it.
        areas: the calendars of all units, where areas with festivals of their own may be among them.
    """

    today: date
    period: Period
    calendar: WorkingDayCalendar
    areas: Calendars | None = None

    @classmethod
    def now(cls, uow: UnitOfWork, period: Period | None = None) -> "Moment":
        """Today, for the running month or another."""
        today, areas = shanghai_date(uow.now), load_calendars(uow)
        return cls(today, period or Period.of(today), areas.national, areas)

    def of(self, unit_id: int) -> "Moment":
        """The moment as a unit counts it, with the festivals of its area."""
        found = self.calendar if self.areas is None else self.areas.of(unit_id)
        return self if found is self.calendar else replace(self, calendar=found)


@dataclass(frozen=True, slots=True)
class Subject:
    """A unit that is judged.

    Attributes:
        chain: ids from the root of the tree down to the unit itself.
        office_id: the nearest office above it, which keeps its ledger.
        graces: times of grace after functions came to it, both days included.
    """

    id: int
    code: str
    name: str
    chain: tuple[int, ...]
    tenant_type: str
    office_id: int
    established: date
    graces: tuple[tuple[date, date], ...] = ()

    def in_grace(self, day: date) -> bool:
        """Whether a time of grace （设立过渡期） covers the day."""
        return any(begin <= day <= end for begin, end in self.graces)


@dataclass(frozen=True, slots=True)
class Values:
    """The numbers of the rules that hold for one unit in one month."""

    book: RuleBook
    chain: Sequence[int]
    tenant_type: str
    period: Period

    def number(self, code: str, parameter: str) -> Decimal:
        """A parameter of a rule.

        Raises:
            KeyError: when the rule has no such parameter.
        """
        return self.book.number(
            code, parameter, chain=self.chain, tenant_type=self.tenant_type, period=self.period
        )  # fmt: skip

    def whole(self, code: str, parameter: str) -> int:
        """A parameter of a rule as an integer."""
        return int(self.number(code, parameter))

    def due_date(self, code: str, moment: Moment) -> date | None:
        """By when a problem found on the day is to be put right; None for what asks for nothing."""
        days = self.whole(code, DAYS)
        return moment.calendar.add_working_days(moment.today, days).date if days else None

    def enabled(self, code: str) -> bool:
        """Whether the rule is applied."""
        return bool(self.number(code, ENABLED))


def values_of(subject: Subject, book: RuleBook, moment: Moment) -> Values:
    """The numbers that hold for a unit in the month that is judged."""
    return Values(book, subject.chain, subject.tenant_type, moment.period)


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule finds with a unit.

    Attributes:
        evidence: the values that fill the rule's sentence, as JSON.
        object_id: what it is about (`object_type`: `column`, `item`, `finding`), 0 for the unit itself.
        period: month of an event, empty for a condition.
        url: path of the page that shows it.
    """

    rule: str
    unit_id: int
    evidence: Mapping[str, Any]
    object_type: str = ""
    object_id: int = 0
    period: str = ""
    url: str = ""

    @property
    def key(self) -> tuple[int, str, str, str, int]:
        """What tells it from others."""
        return self.unit_id, self.rule, self.period, self.object_type, self.object_id


@dataclass(frozen=True, slots=True)
class Asked:
    """What an evaluation looks at: units, and of the rules over items only these (None: all)."""

    subjects: Mapping[int, Subject]
    moment: Moment
    items: Collection[int] | None = None

    @property
    def unit_ids(self) -> list[int]:
        """Ids of the units."""
        return list(self.subjects)


@dataclass(frozen=True, slots=True)
class Family(Generic[Facts]):
    """Rules that are evaluated together.

    Attributes:
        label: what it is called where evaluations are reported.
        codes: the rules it finds problems by.
        read: the facts of some units; one element is judged at a time.
        evaluate: the problems that facts hold; pure, in no order that matters.
        unit_of: the unit that facts are about.
        over_items: its problems are about single items, and only those that changed need be looked at again,
            with those that time itself moves (`moving`) and those that hang on what changed (`touched`).
    """

    name: str
    label: str
    codes: tuple[str, ...]
    read: Callable[[UnitOfWork, Asked], Iterable[Facts]]
    evaluate: Callable[[Facts, Values, Moment], Iterable[Problem]]
    unit_of: Callable[[Facts], int] = attrgetter("subject.id")
    over_items: bool = False
    moving: Callable[[UnitOfWork, Moment], Collection[int]] | None = None
    touched: Callable[[UnitOfWork, Collection[int]], Collection[int]] | None = None

"""The figures of the year counted again, from the history alone and by hand: no function of the product is called."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from tests.supervision.year.history import (
    SPANS,
    History,
    Issue,
    Share,
    month_of,
    working_days_after,
)
from tests.supervision.year.prefecture import KEY, MONTHLY, NEWS, OFFICE, OPENED, Body

DAYS_TO_RECTIFY = {
    "SR-Q1": 5, "SR-Q2": 3, "SR-Q3": 3, "SR-U1": 1, "SR-U2": 5, "SR-U4": 10, "SR-U5": 3, "SR-E2": 10, "SR-G2": 10,
    "SR-X1": 5, "SR-X2": 3, "SR-X3": 5,
}  # fmt: skip
CLASSES = {
    "SR-Q1": "PB-QUOTA", "SR-Q2": "PB-BLANKMONTH", "SR-Q3": "PB-BLANKMONTH", "SR-U1": "PB-STALE", "SR-U2": "PB-STALE",
    "SR-U4": "PB-STALE", "SR-U5": "PB-BLANK", "SR-E2": "PB-TASK", "SR-G2": "PB-META", "SR-X1": "PB-RECT",
    "SR-X2": "PB-RECT", "SR-X3": "PB-RECT",
}  # fmt: skip
QUANTITY = ("SR-Q1", "SR-Q2", "SR-Q3")
COLUMNS = ("SR-U1", "SR-U2", "SR-U4", "SR-U5")
AFTERWARDS = ("SR-X1", "SR-X2", "SR-X3")
_MORNING, _EVENING = time(10), time(16)


@dataclass(eq=False, slots=True)
class Problem:
    """A problem in the ledger; `about`: a column, a month, a task, or the problem that it is about."""

    rule: str
    unit: str
    about: "str | Problem"
    found: date
    due: date
    lasting: bool
    closed: datetime | None = None
    false_on: list[date] = field(default_factory=list)
    again: bool = False

    @property
    def month(self) -> str:
        """The month to which it belongs: of an event that in which it happened."""
        if self.rule in QUANTITY and isinstance(self.about, str):
            return self.about
        if self.rule == "SR-E2" and isinstance(self.about, str):
            return self.about.partition("|")[2]
        return month_of(self.found)


@dataclass(frozen=True, slots=True)
class UnitMonth:
    """A unit's month: what was published, and whether its task is judged and met."""

    counted: int
    total: int
    key: int
    judged: bool
    attained: bool
    excused: bool
    streak: int

    @property
    def blank(self) -> bool:
        """Judged, and nothing counted."""
        return self.judged and not self.counted

    @property
    def below(self) -> bool:
        """Judged, and the task not met."""
        return self.judged and not self.attained


@dataclass(frozen=True, slots=True)
class Expected:
    """What a circular has to state.

    Attributes:
        months: unit → month → its figures, of the months in which it existed.
        last: counted items of the period before, None where nothing is known of it.
        findings: (rule, unit) → how many stand behind the names.
        named: class of problems → units.
        matured, closed: problems of the circular before whose day had come, and those of them that are closed.
        longer: a quarter or a year.
    """

    months: Mapping[str, Mapping[str, UnitMonth]]
    last: Mapping[str, int | None]
    findings: Mapping[tuple[str, str], int]
    named: Mapping[str, set[str]]
    matured: int
    closed: int
    longer: bool


class Recount:
    """Lives through the year once more on paper."""

    def __init__(self, history: History, found: Sequence[Body]) -> None:
        self.history, self.bodies = history, {body.code: body for body in found}
        self.ledger: list[Problem] = []
        self.circulated: dict[str, list[Problem]] = {}
        self.expected: dict[str, Expected] = {}
        self.today = OPENED

    def live(self, last: date) -> None:
        """Day by day to the last one."""
        while self.today <= last:
            self._answers()
            self._evening()
            for issue in self.history.issues.values():
                if issue.locked == self.today:
                    self.expected[issue.period] = self._expect(issue)
                if issue.issued == self.today:
                    for one in self.circulated[issue.period]:
                        if one.closed is None:
                            one.due = issue.deadline
            self.today += timedelta(days=1)

    def exists(self, unit: str, day: date) -> bool:
        """Whether a body exists on a day."""
        merger = self.history.merger
        return unit not in merger.sources or day < merger.day

    def _answers(self) -> None:
        for claim in self.history.claims:
            if claim.day == self.today and claim.rule in COLUMNS:
                problem = self._standing(claim.unit, claim.rule, claim.about)
                if (claim.rule, claim.about) in self._column_problems(claim.unit):
                    problem.false_on.append(self.today)
                else:
                    problem.closed = datetime.combine(self.today, _MORNING)
        for look in self.history.rechecks:
            if look.day == self.today:
                problem = self._standing(look.unit, look.rule, look.about)
                if look.passed:
                    problem.closed = datetime.combine(self.today, _MORNING)
                else:
                    problem.false_on.append(self.today)

    def _standing(self, unit: str, rule: str, about: "str | Problem") -> Problem:
        (found,) = [one for one in self._open() if (one.unit, one.rule, one.about) == (unit, rule, about)]
        return found

    def _open(self) -> list[Problem]:
        return [one for one in self.ledger if one.closed is None]

    def _evening(self) -> None:
        if self.today.day <= 5 and self.today > OPENED.replace(day=5):
            before = month_of(self.today.replace(day=1) - timedelta(days=1))
            for unit in self._units():
                self._events(unit, ((rule, before) for rule in self._quantity(unit, before)))
        for unit in (*self._units(), OFFICE):
            self._conditions(unit, self._column_problems(unit), COLUMNS)
            self._conditions(unit, self._without_guide(unit), ("SR-G2",))
            late = [one for one in self.history.shares if one.unit == unit and not _in_time(one, self.today)]
            self._events(unit, (("SR-E2", f"{one.title}|{month_of(one.due)}") for one in late))
        for unit in (*self._units(), OFFICE):
            self._rectification(unit)

    def _units(self) -> list[str]:
        return [unit for unit in self.bodies if self.exists(unit, self.today)]

    def _rectification(self, unit: str) -> None:
        mine = [one for one in self.ledger if one.unit == unit and one.rule not in AFTERWARDS]
        late = {("SR-X1", one) for one in mine if one.closed is None and one.due < self.today}
        self._conditions(unit, late, ("SR-X1",))
        for one in mine:
            months = {month_of(day) for day in one.false_on}
            if months and month_of(self.today) in months:
                self._events(unit, [("SR-X2", one)], month=month_of(self.today))
            if one.again:
                self._events(unit, [("SR-X3", one)])

    def _conditions(self, unit: str, wanted: "Collection[tuple[str, str | Problem]]", rules: Collection[str]) -> None:
        now = datetime.combine(self.today, _EVENING)
        known = {(one.rule, one.about): one for one in self._open() if one.unit == unit and one.rule in rules}
        for key, one in known.items():
            if key not in wanted:
                one.closed = now
        for rule, about in wanted:
            if (rule, about) in known:
                continue
            before = [one for one in self.ledger if (one.unit, one.rule, one.about) == (unit, rule, about)]
            again = any(one.closed is not None and one.closed >= now - timedelta(days=90) for one in before)
            self._find(rule, unit, about, lasting=True, again=again and rule not in AFTERWARDS)

    def _events(
        self,
        unit: str,
        wanted: "Iterator[tuple[str, str | Problem]] | Sequence[tuple[str, str | Problem]]",
        month: str = "",
    ) -> None:
        for rule, about in wanted:
            same = [one for one in self.ledger if (one.unit, one.rule, one.about) == (unit, rule, about)]
            if not any(not month or one.month == month for one in same):
                self._find(rule, unit, about, lasting=False)

    def _find(self, rule: str, unit: str, about: "str | Problem", *, lasting: bool, again: bool = False) -> None:
        due = working_days_after(self.today, DAYS_TO_RECTIFY[rule])
        self.ledger.append(Problem(rule, unit, about, self.today, due, lasting, again=again))

    def _shown(self, unit: str) -> list[tuple[str, date, bool]]:
        """What a unit shows today: purpose, day, whether it counts."""
        return [
            (one.purpose, one.day, one.counts)
            for one in self.history.publications
            if one.unit == unit and one.day <= self.today and not self._is_removed(one.item_id)
        ]

    def _is_removed(self, item_id: int) -> bool:
        return self.history.removed.get(item_id, date.max) <= self.today

    def _column_problems(self, unit: str) -> "set[tuple[str, str | Problem]]":
        found: set[tuple[str, str | Problem]] = set()
        merger = self.history.merger
        if unit == merger.receiver and merger.day <= self.today <= merger.grace:
            return found
        shown = self._shown(unit)
        for purpose in self.bodies[unit].columns if unit in self.bodies else ():
            days = [day for where, day, _ in shown if where == purpose]
            since = max(days, default=OPENED)
            if not days and (self.today - OPENED).days >= 30:
                found.add(("SR-U5", purpose))
            elif purpose == NEWS and since + timedelta(days=14) < self.today:
                found.add(("SR-U2", purpose))
            elif purpose == MONTHLY and _a_month_after(since) < self.today:
                found.add(("SR-U4", purpose))
        places = [one for one, body in self.bodies.items() if unit in (OFFICE, one, body.area)]
        if unit == OFFICE or self.bodies[unit].group == "county":
            last = max((day for one in places for _, day, _ in self._shown(one)), default=None)
            if last is not None and (self.today - last).days > 14:
                found.add(("SR-U1", ""))
        return found

    def _without_guide(self, unit: str) -> "set[tuple[str, str | Problem]]":
        """Nobody had a guide when the year began; companies need none."""
        merger = self.history.merger
        grace = unit == merger.receiver and merger.day <= self.today <= merger.grace
        has = self.history.guides.get(unit, date.max) <= self.today
        company = unit in self.bodies and self.bodies[unit].group == "utility"
        return set() if grace or has or company else {("SR-G2", "")}

    def _quantity(self, unit: str, month: str) -> Iterator[str]:
        found = self.unit_month(unit, month)
        if found.below:
            yield "SR-Q1"
        if found.blank:
            yield "SR-Q2"
            if found.streak >= 2:
                yield "SR-Q3"

    def unit_month(self, unit: str, month: str) -> UnitMonth:
        """A unit's month as it stands today."""
        mine = [(purpose, counts) for purpose, day, counts in self._shown(unit) if month_of(day) == month]
        merger, counted = self.history.merger, sum(counts for _, counts in mine)
        judged = self.exists(unit, _last_day(month)) and not (
            unit == merger.receiver and month_of(merger.day) <= month <= month_of(merger.grace)
        )
        excused = judged and not mine and (unit, month) in self.history.stated
        judged = judged and not excused
        streak = self._streak(unit, month) if judged and not counted else 0
        key = sum(counts for purpose, counts in mine if purpose == KEY)
        task = self.bodies[unit].task
        return UnitMonth(counted, len(mine), key, judged, judged and counted >= task, excused, streak)

    def _streak(self, unit: str, month: str) -> int:
        """Months in a row without counted items, accepted statements and grace ending the row."""
        number, merger = 1, self.history.merger
        while month > "2025-01":
            month = _before(month)
            shown = any(counts and month_of(day) == month for _, day, counts in self._shown(unit))
            grace = unit == merger.receiver and month <= month_of(merger.grace)
            if shown or grace or (unit, month) in self.history.stated:
                break
            number += 1
        return number

    def _expect(self, issue: Issue) -> Expected:
        months = SPANS[issue.period]
        figures = {
            unit: {month: self.unit_month(unit, month) for month in months if self._counted_in(unit, month)}
            for unit in self.bodies
            if self._counted_in(unit, months[0])
        }
        behind = [one for one in self.ledger if one.unit in figures and _stands_behind(one, months)]
        named = self._named(figures, behind, months, issue)
        blank = named.get("PB-BLANKMONTH", set())
        self.circulated[issue.period] = [one for one in behind if not (one.rule == "SR-Q1" and one.unit in blank)]
        last = [one for one in self._last_circulated(issue) if one.unit in figures]
        matured = [one for one in last if one.due <= self.today]
        return Expected(
            figures, {unit: self._before(unit, issue.period) for unit in figures},
            Counter((one.rule, one.unit) for one in behind), named, len(matured),
            sum(one.closed is not None for one in matured), len(months) > 1,
        )  # fmt: skip

    def _counted_in(self, unit: str, month: str) -> bool:
        return self.exists(unit, date.fromisoformat(f"{month}-01"))

    def _before(self, unit: str, period: str) -> int | None:
        """Counted items of the period before; the year before is not known."""
        same = [one for one in SPANS if len(SPANS[one]) == len(SPANS[period])]
        place = same.index(period)
        if not place:
            return None
        months = [month for month in SPANS[same[place - 1]] if self._counted_in(unit, month)]
        return sum(self.unit_month(unit, month).counted for month in months) if months else None

    def _last_circulated(self, issue: Issue) -> list[Problem]:
        """What the circular before named units for: the last issued one of an earlier period, of two the like one."""
        first = SPANS[issue.period][0]
        issued = [one for one in self.history.issues.values() if one.issued < self.today]
        earlier = [one for one in issued if SPANS[one.period][-1] < first]
        if not earlier:
            return []
        length = len(SPANS[issue.period])
        last = max(earlier, key=lambda one: (SPANS[one.period][-1], len(SPANS[one.period]) == length))
        return self.circulated[last.period]

    def _named(
        self, figures: Mapping[str, Mapping[str, UnitMonth]], behind: Sequence[Problem], months: Sequence[str],
        issue: Issue,
    ) -> dict[str, set[str]]:  # fmt: skip
        named: dict[str, set[str]] = {}

        def add(problem_class: str, units: Collection[str]) -> None:
            if units:
                named.setdefault(problem_class, set()).update(units)

        blank = {unit for unit, mine in figures.items() if any(one.blank for one in mine.values())}
        below = {unit for unit, mine in figures.items() if any(one.below for one in mine.values())}
        add("PB-BLANKMONTH", blank)
        add("PB-QUOTA", below - blank)
        absent = {unit for month in months for unit in self.history.absent.get(month, ())}
        add("PB-TRAIN", absent & figures.keys())
        undone = {
            one.unit
            for one in self.history.shares
            if month_of(one.due) in months and (one.done is None or one.done > issue.locked)
        }
        add("PB-TASK", undone & figures.keys())
        false = {one.unit for one in self.ledger if one.rule == "SR-X2" and one.month in months}
        add("PB-RECT", false & figures.keys())
        for one in behind:
            if one.rule not in QUANTITY:
                add(CLASSES[one.rule], {one.unit})
        return named


def _stands_behind(one: Problem, months: Sequence[str]) -> bool:
    if one.rule in QUANTITY:
        return one.month in months
    if one.rule in ("SR-E2", "SR-X2") or one.closed is not None:
        return False
    return one.month in months or (one.lasting and one.month < months[0])


def _in_time(share: Share, today: date) -> bool:
    return today <= share.due or (share.done is not None and share.done <= share.due)


def _last_day(month: str) -> date:
    first = date.fromisoformat(f"{month}-01")
    return (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _before(month: str) -> str:
    return month_of(date.fromisoformat(f"{month}-01") - timedelta(days=1))


def _a_month_after(day: date) -> date:
    """The same day of the next month, or its last one."""
    last = _last_day(month_of(_last_day(month_of(day)) + timedelta(days=1)))
    return last if day.day > last.day else last.replace(day=day.day)

"""Standings: where each unit of an office stands in a month. Pure data; `judging` judges, `queries` fills them.

Every rate is a numerator and a denominator; nothing here rounds.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from gongkai.core.calendar.periods import Period
from gongkai.core.text.folding import fold
from gongkai.core.text.numerals import percent
from gongkai.publishing.collection.queries import Sync
from gongkai.supervision.rules import RuleBook, Task


@dataclass(frozen=True, slots=True)
class Unit:
    """A body as of the end of a month (decision 6).

    Attributes:
        chain: ids from the root of the tree down to the unit itself.
        established: first day of its first period; `ended`: first day on which it no longer existed, or None.
        successor: short names of the bodies that took over, joined by 、.
        graces: times of grace after functions came to it, both days included, the earliest first.
    """

    id: int
    code: str
    chain: tuple[int, ...]
    tenant_type: str
    level: str
    official_name: str
    short_name: str
    sort_order: int
    pinyin_key: str
    initials: str
    aliases: tuple[str, ...]
    vertically_managed: bool
    established: date
    ended: date | None = None
    successor: str = ""
    graces: tuple[tuple[date, date], ...] = ()

    def existed_throughout(self, period: Period) -> bool:
        """Whether the body existed on each day of a month."""
        return self.established <= period.first_day and (self.ended is None or self.ended > period.last_day)

    def existed_in(self, period: Period) -> bool:
        """Whether the body existed on some day of a month."""
        return self.established <= period.last_day and (self.ended is None or self.ended > period.first_day)

    def grace_in(self, period: Period) -> date | None:
        """Last day of the time of grace （设立过渡期） that a month has a part in, if there is one."""
        for begin, end in self.graces:
            if begin <= period.last_day and end >= period.first_day:
                return end
        return None

    def judged_in(self, period: Period) -> bool:
        """Whether its monthly task is judged: it existed on each day of the month, and no grace reaches into it."""
        return self.existed_throughout(period) and self.grace_in(period) is None

    def answers_from(self, period: Period) -> Period:
        """The first of the months up to `period` that it answers for without a break: whole, and without grace."""
        month = Period.of(self.established)
        first = month if self.established.day == 1 else month.next()
        ends = [Period.of(end).next() for _, end in self.graces if end < period.first_day]
        return max([first, *ends])

    def matches(self, wanted: str) -> bool:
        """Whether a search by name, short name, former name, pinyin or initials finds it."""
        text = fold(wanted.strip())
        if not text:
            return True
        names = (self.official_name, self.short_name, *self.aliases)
        return any(text in fold(name) for name in names) or text in self.initials or text == self.code


@dataclass(frozen=True, slots=True)
class Counts:
    """Published items of a month: those that count to the task, all, news; the counted ones by key-area group."""

    counted: int = 0
    total: int = 0
    news: int = 0
    key_areas: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one unit stands in a month.

    Attributes:
        area_id: the county (or the office itself) under which it is listed; `heading`: its class there.
        last_counted: counted items of the month before; None where the unit or the statistics did not exist yet.
        attained: whether the task is met; None where nothing is judged (no task, not the whole month, no statistics,
            figures out of step with their source, nothing to be published).
        stale: not judged because what is collected from elsewhere may lack items （数据未同步）.
        excused: published nothing, and its statement that there was nothing to publish （本月无应公开信息说明） is
            accepted: not judged, not blank, counted apart.
        blank: whether nothing counted was published in a month that is judged.
        blank_months: months without counted items in a row up to this one; 0 when this one is not blank.
        inherits: whether the counts hold those of bodies that went into it (`structures`); nothing is judged then.
    """

    unit: Unit
    area_id: int
    heading: str
    task: Task
    counts: Counts
    last_counted: int | None
    attained: bool | None
    blank: bool
    blank_months: int
    remark: str
    stale: bool = False
    excused: bool = False
    inherits: bool = False

    @property
    def id(self) -> int:
        """The unit's id."""
        return self.unit.id

    @property
    def code(self) -> str:
        """The unit's short code."""
        return self.unit.code

    @property
    def name(self) -> str:
        """The unit's standard short name in that month."""
        return self.unit.short_name

    @property
    def below(self) -> bool:
        """Whether the task is judged and not met; blank units are among them."""
        return self.attained is False

    @property
    def key_total(self) -> int:
        """Counted items in key areas （重点领域）."""
        return sum(self.counts.key_areas.values())

    @property
    def rate(self) -> str:
        """Counted items against the task, `77.8%`; empty where there is no task."""
        return percent(self.counts.counted, self.task.value) if self.task.value else ""

    @property
    def state(self) -> str:
        """The task's state in the components' words: blank, below, done, stale, excused, exempt."""
        if self.stale:
            return "stale"
        if self.excused:
            return "excused"
        if self.attained is None:
            return "exempt"
        if self.blank:
            return "blank"
        return "done" if self.attained else "below"


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over some standings. `attained` and `below` add up to `assessed`; `blank` is part of `below`, `stale` and
    `excused` of neither.

    `last_counted` is None where the month before has no statistics: then no change is stated.
    """

    units: int
    assessed: int
    attained: int
    blank: int
    counted: int
    total: int
    news: int
    key_areas: Mapping[str, int]
    last_counted: int | None
    stale: int = 0
    excused: int = 0

    @property
    def below(self) -> int:
        """Units that have not met their task, the blank ones included."""
        return self.assessed - self.attained

    @property
    def key_total(self) -> int:
        """Counted items in key areas."""
        return sum(self.key_areas.values())

    @property
    def change(self) -> int | None:
        """Counted items against the month before."""
        return None if self.last_counted is None else self.counted - self.last_counted

    @property
    def attainment(self) -> str:
        """`97.5%（39/40）`, or — where nobody is judged."""
        return ratio(self.attained, self.assessed)

    @property
    def key_share(self) -> str:
        """Share of the key areas in the counted items, with both numbers."""
        return ratio(self.key_total, self.counted)


def ratio(numerator: int, denominator: int) -> str:
    """A rate as it is printed: with the two numbers behind it."""
    return f"{percent(numerator, denominator)}（{numerator}/{denominator}）" if denominator else "—"


def totals(rows: Iterable[Standing]) -> Totals:
    """Add standings up."""
    units = assessed = attained = blank = stale = excused = counted = total = news = 0
    keys: dict[str, int] = {}
    known: list[int] = []
    for row in rows:
        units += 1
        assessed += row.attained is not None
        attained += row.attained is True
        blank += row.blank
        stale += row.stale
        excused += row.excused
        counts = row.counts
        counted, total, news = counted + counts.counted, total + counts.total, news + counts.news
        for group, number in counts.key_areas.items():
            keys[group] = keys.get(group, 0) + number
        if row.last_counted is not None:
            known.append(row.last_counted)
    return Totals(
        units=units, assessed=assessed, attained=attained, blank=blank, counted=counted, total=total, news=news,
        key_areas=keys, last_counted=sum(known) if known or not units else None, stale=stale, excused=excused,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Area:
    """Units listed together: those directly under the office, or those of one county, by class."""

    unit: Unit
    is_office: bool
    rows: Sequence[Standing]

    @property
    def classes(self) -> list[tuple[str, list[Standing]]]:
        """Headings with their standings, in the order of the office's tables."""
        found: dict[str, list[Standing]] = {}
        for row in self.rows:
            found.setdefault(row.heading, []).append(row)
        return list(found.items())

    @property
    def totals(self) -> Totals:
        """Sums over the area."""
        return totals(self.rows)


@dataclass(frozen=True)
class Standings:
    """The standings of an office for a month.

    Attributes:
        rows: bodies with a task, in official order (the office's own first, then county by county).
        untasked: bodies without one; their items are not in any total.
        former: bodies abolished earlier, whose counts stand in earlier months of the window that was asked for.
        began: first month of which there are statistics.
        syncs: unit → the sources elsewhere that its items are collected from; `now`: when this was asked.
        stated: unit → the months of the window for which its statement of having nothing to publish is accepted.
    """

    office: Unit
    period: Period
    rows: Sequence[Standing]
    untasked: Sequence[Standing]
    former: Sequence[Standing]
    began: Period
    book: RuleBook
    now: datetime
    syncs: Mapping[int, Sequence[Sync]] = field(default_factory=dict)
    stated: Mapping[int, Collection[Period]] = field(default_factory=dict)

    def is_behind(self, unit_id: int, period: Period) -> bool:
        """Whether a unit's figures of a month may lack items that are published elsewhere."""
        return any(sync.is_behind(period, self.now) for sync in self.syncs.get(unit_id, ()))

    @cached_property
    def stale(self) -> list[Standing]:
        """Bodies that are not judged because their figures are out of step with their source, in official order."""
        return [row for row in self.rows if row.stale]

    @cached_property
    def excused(self) -> list[Standing]:
        """Bodies that had nothing to publish, as they stated and the office accepted, in official order."""
        return [row for row in self.rows if row.excused]

    @cached_property
    def totals(self) -> Totals:
        """Sums over all bodies with a task."""
        return totals(self.rows)

    @cached_property
    def blank(self) -> list[Standing]:
        """Bodies without anything counted, those blank for longest first."""
        return sorted((row for row in self.rows if row.blank), key=lambda row: -row.blank_months)

    @cached_property
    def below(self) -> list[Standing]:
        """Bodies that published something and less than their task, in official order."""
        return [row for row in self.rows if row.below and not row.blank]

    @cached_property
    def areas(self) -> list[Area]:
        """The office's own bodies first, then each county's."""
        units = {row.id: row.unit for row in (*self.rows, *self.untasked, *self.former)}
        found: dict[int, list[Standing]] = {}
        for row in self.rows:
            found.setdefault(row.area_id, []).append(row)
        return [Area(units.get(area, self.office), area == self.office.id, members) for area, members in found.items()]

    def classes(self) -> list[tuple[str, Totals]]:
        """Headings with their sums, for the summary table by class."""
        return self._classes

    @cached_property
    def _classes(self) -> list[tuple[str, Totals]]:
        found: dict[str, list[Standing]] = {}
        for row in self.rows:
            found.setdefault(row.heading, []).append(row)
        return [(heading, totals(members)) for heading, members in found.items()]

"""The day of a unit, put in order: pure, from its matters, the day and the calendar. `facts` reads the matters.

A column is warned of at 70 % of its period (SR-U6); before days off each unit sees what falls due during them and in
the three working days after.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from gongkai.core.calendar.workdays import WorkingDayCalendar

_DAY = timedelta(days=1)
AHEAD = 14
"""So many days are looked ahead; what is due later is listed only where it asks for something already."""
PAUSE_AHEAD = 10
"""From so many days before days off on, what falls due around them is listed apart."""
SHORTEST_PAUSE = 3
"""A weekend alone is no holiday."""
AFTER_PAUSE = 3
"""Working days after the days off that are listed with them."""


class Kind(StrEnum):
    """What a matter is about, in the order in which matters of one day stand."""

    FINDING = "finding"
    SLIP = "slip"
    TASK = "task"
    ITEM = "item"
    INTERPRETATION = "interpretation"
    COLUMN = "column"
    SOURCE = "source"
    MONTH = "month"


KIND_LABELS = {
    Kind.FINDING: "问题整改",
    Kind.SLIP: "工作提示单",
    Kind.TASK: "上级任务",
    Kind.ITEM: "信息公开期限",
    Kind.INTERPRETATION: "文件解读",
    Kind.COLUMN: "栏目更新",
    Kind.SOURCE: "数据采集",
    Kind.MONTH: "月度任务",
}
_ORDER = {kind: place for place, kind in enumerate(Kind)}


class Group(StrEnum):
    """When something is due, the most urgent first; each matter stands in one of them."""

    OVERDUE = "overdue"
    TODAY = "today"
    WEEK = "week"
    PAUSE = "pause"
    SOON = "soon"
    LATER = "later"


Key = tuple[str, int]
"""What something is about: the kind of object and its id."""


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that the unit has to do by a day.

    Attributes:
        link: path of the page where it is done.
        note: one more sentence beside it.
        about: another thing that this matter deals with as well, which then is not listed by itself: the column or
            item of a finding.
    """

    kind: Kind
    id: int
    title: str
    due: date
    link: str
    note: str = ""
    about: Key | None = None

    @property
    def key(self) -> Key:
        """What it is about."""
        return str(self.kind), self.id

    @property
    def label(self) -> str:
        """The kind in words."""
        return KIND_LABELS[self.kind]


@dataclass(frozen=True, slots=True)
class Pause:
    """Days off of at least three days, both included; `until`: the third working day after them."""

    first: date
    last: date
    until: date

    @property
    def words(self) -> str:
        """`10月1日至7日放假期间和节后三个工作日（至10月10日）`."""
        end = f"{self.last.day}日" if self.last.month == self.first.month else f"{self.last.month}月{self.last.day}日"
        until = f"{self.until.month}月{self.until.day}日"
        return f"{self.first.month}月{self.first.day}日至{end}放假期间和节后三个工作日（至{until}）"


@dataclass(frozen=True, slots=True)
class Agenda:
    """The matters of a unit on a day, by urgency; groups without a matter are left out."""

    today: date
    groups: Sequence[tuple[Group, str, Sequence[Matter]]] = ()
    pause: Pause | None = None
    numbers: dict[Group, int] = field(default_factory=dict)

    @property
    def matters(self) -> list[Matter]:
        """All matters in order."""
        return [matter for _, _, members in self.groups for matter in members]

    @property
    def pressing(self) -> int:
        """How many are overdue or due today."""
        return self.numbers.get(Group.OVERDUE, 0) + self.numbers.get(Group.TODAY, 0)

    @property
    def headline(self) -> str:
        """The sentence that its reader came for."""
        words = {
            Group.OVERDUE: "{}项已经逾期",
            Group.TODAY: "{}项今天到期或者应当处理",
            Group.WEEK: "本周还有{}项到期",
            Group.PAUSE: "放假期间和节后三个工作日有{}项到期，请提前安排",
        }
        parts = [text.format(self.numbers[group]) for group, text in words.items() if self.numbers.get(group)]
        return f"{'，'.join(parts)}。" if parts else "本周没有到期的事项。"

    @property
    def tone(self) -> str:
        """How urgent the sentence is, as `components/figures.html` names it."""
        if self.numbers.get(Group.OVERDUE):
            return "danger"
        urgent = (Group.TODAY, Group.WEEK, Group.PAUSE)
        return "warn" if any(self.numbers.get(group) for group in urgent) else "good"


def coming_pause(calendar: WorkingDayCalendar, today: date) -> Pause | None:
    """The next days off of at least three days that begin within ten days, or that are under way."""
    day = today
    while day <= today + PAUSE_AHEAD * _DAY:
        if calendar.is_working_day(day):
            day += _DAY
            continue
        first, last = day, calendar.next_working_day(day) - _DAY
        while not calendar.is_working_day(first - _DAY):
            first -= _DAY
        if (last - first).days + 1 >= SHORTEST_PAUSE:
            return Pause(first, last, calendar.add_working_days(last, AFTER_PAUSE).date)
        day = last + _DAY
    return None


def horizon(calendar: WorkingDayCalendar, today: date) -> date:
    """The last day that is looked ahead to: two weeks, or the third working day after days off that come."""
    pause = coming_pause(calendar, today)
    return max(today + AHEAD * _DAY, pause.until if pause else today)


def arrange(
    matters: Iterable[Matter], *, today: date, calendar: WorkingDayCalendar, settled: Collection[Key] = ()
) -> Agenda:
    """Put matters in order by when they are due, each once: what another matter deals with as well, or is `settled`
    elsewhere, is not listed by itself."""
    given = {matter.key: matter for matter in matters}
    dealt_with = {matter.about for matter in given.values() if matter.about is not None} | set(settled)
    pause = coming_pause(calendar, today)
    until = horizon(calendar, today)
    found: dict[Group, list[Matter]] = {group: [] for group in Group}
    for key, matter in given.items():
        if key not in dealt_with:
            found[_group(matter.due, today, until, pause)].append(matter)
    labels = _labels(today, pause)
    groups = tuple(
        (group, labels[group], tuple(sorted(members, key=lambda one: (one.due, _ORDER[one.kind], one.id))))
        for group, members in found.items()
        if members
    )
    return Agenda(today, groups, pause, {group: len(members) for group, _, members in groups})


def _group(due: date, today: date, until: date, pause: Pause | None) -> Group:
    if due < today:
        return Group.OVERDUE
    if due == today:
        return Group.TODAY
    if pause is not None and pause.first <= due <= pause.until:
        return Group.PAUSE
    if due <= _sunday(today):
        return Group.WEEK
    return Group.SOON if due <= until else Group.LATER


def _sunday(today: date) -> date:
    return today + (6 - today.weekday()) * _DAY


def _labels(today: date, pause: Pause | None) -> dict[Group, str]:
    sunday = _sunday(today)
    return {
        Group.OVERDUE: "已经逾期",
        Group.TODAY: "今天",
        Group.WEEK: f"本周内（至{sunday.month}月{sunday.day}日）",
        Group.PAUSE: pause.words if pause else "",
        Group.SOON: "两周内",
        Group.LATER: "提前预警和以后到期",
    }

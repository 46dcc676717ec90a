"""What a circular may quote: the period's figures, units, findings and facts, locked with their time.

Pure data and arithmetic. `collect` fills it from the database; a circular stores it as JSON and reads
nothing else afterwards (`supervision.md` 7.1). Rates are pairs of integers, dates stand in ISO form.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter

from gongkai.core.calendar.spans import MONTH, Span
from gongkai.supervision.catalogue import Severity
from gongkai.supervision.models import FACT_KINDS

FORMAT = 1
TRAINING_ABSENT = "training_absent"
TASK_OVERDUE = "task_overdue"
FACT_LABELS = {
    TRAINING_ABSENT: "未参加培训",
    **FACT_KINDS,
    "report_missing": "年度报告未发布",
    TASK_OVERDUE: "上级任务逾期",
}
"""What circulars state of units beside the figures: facts recorded by hand, and what the registers know."""


@dataclass(frozen=True)
class Office:
    """The office that issues; `place` is the last character of its area (州, 市, 县 …)."""

    code: str
    name: str
    official_name: str
    place: str
    is_prefecture: bool


@dataclass(frozen=True)
class UnitFigures:
    """A unit's month, or its months of a quarter or a year added up.

    Attributes:
        heading: class under which the office lists it （市直部门, 乡镇（街道） …）.
        area: name of the county, empty for the office's own bodies.
        task: items due, None without a task; `attained`: whether the task of each judged month was met, None where
            nothing is judged.
        counted: items that count; `total`: all items, news and reprints included.
        last_counted: counted items of the period before, None where there are none to compare with.
        last_attained: whether the task of the period before was met, None where it was not judged.
        blank: whether a month without counted items is judged; `blank_months`: those in a row up to a month, or those
            within a longer period.
        excused: had nothing to publish, as it stated and the office accepted （无应公开信息）; judged in no month.
        remark: why a unit is not judged like the others; `flags`: `established`, `abolished` within the period.
        reachable: whether the office knows a telephone number of the unit.
        judged, missed, blanks, month: of a longer period the number of judged months, those in which the task was not
            met, those of them that are blank, and the last one in which the unit is counted, as `2023-03`.
    """

    code: str
    name: str
    official_name: str
    heading: str
    task: int | None
    counted: int
    attained: bool | None
    area: str = ""
    total: int = 0
    key_areas: Mapping[str, int] = field(default_factory=dict)
    last_counted: int | None = None
    last_attained: bool | None = None
    blank: bool = False
    blank_months: int = 0
    excused: bool = False
    remark: str = ""
    flags: tuple[str, ...] = ()
    reachable: bool = True
    judged: int = 0
    missed: tuple[str, ...] = ()
    blanks: tuple[str, ...] = ()
    month: str = ""

    @property
    def key_total(self) -> int:
        """Counted items in key areas （重点领域）."""
        return sum(self.key_areas.values())

    @property
    def below(self) -> bool:
        """Judged and short of its task; blank units are among them."""
        return self.attained is False


@dataclass(frozen=True)
class FactRow:
    """What the office recorded of a unit, or a register knows; `detail` as in `facts.records`, `repeated`: in the
    period before too; `finding_id`: the finding of the ledger that it comes from; `month`: that of the record, where
    it is not the period itself.

    `report_missing` has due_date; `training_absent` held_on, sessions, invited, where the trainings lay on several days
    also held_to and missed (the days that this unit missed); `task_overdue` tasks, each with id, title and due.
    """

    id: int
    kind: str
    code: str
    name: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    repeated: bool = False
    finding_id: int = 0
    month: str = ""


@dataclass(frozen=True)
class FindingRow:
    """A finding of the period with its state when the figures were locked.

    Attributes:
        severity: as in the catalogue; `basis`: on what ground; `url`: the page that shows the problem.
        repeated: whether the circular before named the unit for the same class.
    """

    id: int
    rule_code: str
    problem_class: str
    code: str
    name: str
    state: str
    text: str = ""
    severity: Severity = "medium"
    basis: str = ""
    url: str = ""
    repeated: bool = False


@dataclass(frozen=True)
class LastProblem:
    """What became of a problem for which the circular before named a unit.

    Attributes:
        due: day of the rectification in ISO form; `matured`: whether that day had come.
        claim, recheck: what the unit reported, and what was seen then, in words.
        outcome: `closed`, `open`, or `false` where a claim did not hold.
    """

    finding_id: int
    code: str
    name: str
    problem: str
    due: str
    matured: bool
    claim: str
    recheck: str
    outcome: str


@dataclass(frozen=True)
class Figures:
    """Sums over some units. `attained` and `below` add up to `assessed`; `blank` is part of `below`,
    `excused` of neither.
    """

    units: int
    assessed: int
    attained: int
    below: int
    blank: int
    counted: int
    total: int
    key_areas: Mapping[str, int]
    last_counted: int | None
    excused: int = 0

    @property
    def key_total(self) -> int:
        """Counted items in key areas."""
        return sum(self.key_areas.values())

    @property
    def change(self) -> int | None:
        """Counted items against the period before; None where there is nothing to compare with."""
        return None if self.last_counted is None else self.counted - self.last_counted


@dataclass(frozen=True)
class MonthFigures:
    """The sums of one month of a longer period; `period` as `2023-03`."""

    period: str
    figures: Figures


@dataclass(frozen=True)
class Snapshot:
    """One office's period, as it was at `locked_at` (ISO, Shanghai time; None while figures are live).

    Attributes:
        period: the month, quarter or year, as a `Span` is written.
        coverage: `all` units under the office or its `direct` ones.
        figures: sums as locked; the checks compare them with the rows.
        units: in official order; `untasked`: units without a task, in no figure, named only by a fact.
        months: of a quarter or a year, the sums of its months; `last`: what became of the last circular's problems.
    """

    office: Office
    period: str
    coverage: str
    first_day: str
    last_day: str
    locked_at: str | None
    taken_at: str
    figures: Figures
    units: tuple[UnitFigures, ...]
    facts: tuple[FactRow, ...] = ()
    findings: tuple[FindingRow, ...] = ()
    untasked: tuple[str, ...] = ()
    months: tuple[MonthFigures, ...] = ()
    last: tuple[LastProblem, ...] = ()
    format: int = FORMAT

    @cached_property
    def by_code(self) -> dict[str, UnitFigures]:
        """Units by code."""
        return {unit.code: unit for unit in self.units}

    @cached_property
    def span(self) -> Span:
        """The period."""
        return Span.parse(self.period)

    @property
    def is_month(self) -> bool:
        """Whether it is about one month."""
        return self.span.length == MONTH

    def month_of(self, unit: UnitFigures) -> str:
        """The month whose page shows a unit: the period, or of a longer one the last in which it is counted."""
        return unit.month or str(self.span.last)

    def classes(self) -> list[tuple[str, Figures]]:
        """Headings with their sums, in the order of the units."""
        found: dict[str, list[UnitFigures]] = {}
        for unit in self.units:
            found.setdefault(unit.heading, []).append(unit)
        return [(heading, add_up(members)) for heading, members in found.items()]

    def facts_of(self, kind: str) -> list[FactRow]:
        """Facts of a kind: units named twice running first, then official order (that of the rows)."""
        return sorted((fact for fact in self.facts if fact.kind == kind), key=lambda fact: not fact.repeated)


_ADAPTER = TypeAdapter(Snapshot)


def to_json(snapshot: Snapshot) -> dict[str, Any]:
    """The snapshot with JSON types only."""
    plain: dict[str, Any] = _ADAPTER.dump_python(snapshot, mode="json")
    return plain


def from_json(stored: Mapping[str, Any]) -> Snapshot:
    """A stored snapshot; raises `pydantic.ValidationError` when it is none."""
    return _ADAPTER.validate_python(stored)


def add_up(units: Iterable[UnitFigures]) -> Figures:
    """Sums over units. The change of a class is not stated unless each month before is known for some unit."""
    listed = list(units)
    keys: dict[str, int] = {}
    for unit in listed:
        for group, number in unit.key_areas.items():
            keys[group] = keys.get(group, 0) + number
    known = [unit.last_counted for unit in listed if unit.last_counted is not None]
    judged = [unit for unit in listed if unit.attained is not None]
    return Figures(
        units=len(listed),
        assessed=len(judged),
        attained=sum(1 for unit in judged if unit.attained),
        below=sum(1 for unit in judged if unit.below),
        blank=sum(1 for unit in judged if unit.blank),
        counted=sum(unit.counted for unit in listed),
        total=sum(unit.total for unit in listed),
        key_areas=keys,
        last_counted=sum(known) if known else None,
        excused=sum(1 for unit in listed if unit.excused),
    )


@dataclass(frozen=True)
class Change:
    """What is different now from what was locked: the unit (empty for the whole), what, before and after."""

    code: str
    name: str
    what: str
    before: str
    after: str


def changes(locked: Snapshot, live: Snapshot) -> list[Change]:
    """What has changed in the data since it was locked, the whole first; the circular stays as it is."""
    found = list(_whole(locked.figures, live.figures))
    for code in dict.fromkeys((*locked.by_code, *live.by_code)):
        before, after = locked.by_code.get(code), live.by_code.get(code)
        if before is None or after is None:
            unit = before or after
            name = unit.name if unit else code
            words = ("未纳入统计", "纳入统计") if before is None else ("纳入统计", "未纳入统计")
            found.append(Change(code, name, "统计范围", *words))
            continue
        for what, attribute in (
            ("月度任务", "task"),
            (f"{locked.span.this}发布", "counted"),
            ("重点领域", "key_total"),
        ):
            old, new = getattr(before, attribute), getattr(after, attribute)
            if old != new:
                found.append(Change(code, after.name, what, _shown(old), _shown(new)))
    found.extend(_facts_changed(locked.facts, live.facts))
    return found


def _whole(before: Figures, after: Figures) -> Iterable[Change]:
    labels = (
        ("纳入统计的单位", "units", "家"),
        ("发布总数", "counted", "条"),
        ("重点领域信息", "key_total", "条"),
        ("完成月度任务", "attained", "家"),
        ("空白月单位", "blank", "家"),
        ("无应公开信息的单位", "excused", "家"),
    )
    for what, attribute, unit in labels:
        old, new = getattr(before, attribute), getattr(after, attribute)
        if old != new:
            yield Change("", "合计", what, f"{old}{unit}", f"{new}{unit}")


def _facts_changed(before: Sequence[FactRow], after: Sequence[FactRow]) -> Iterable[Change]:
    old = {(fact.kind, fact.code): fact for fact in before}
    new = {(fact.kind, fact.code): fact for fact in after}
    for key in dict.fromkeys((*old, *new)):
        if key not in new:
            yield Change(key[1], old[key].name, _fact_label(key[0]), "已登记", "已删除")
        elif key not in old:
            yield Change(key[1], new[key].name, _fact_label(key[0]), "未登记", "已登记")
        elif dict(old[key].detail) != dict(new[key].detail):
            yield Change(key[1], new[key].name, _fact_label(key[0]), "原内容", "已修改")


def _fact_label(kind: str) -> str:
    if kind in (TRAINING_ABSENT, TASK_OVERDUE):
        return "培训登记：未参加" if kind == TRAINING_ABSENT else "上级任务：逾期未办结"
    return f"登记事项：{FACT_LABELS.get(kind, kind)}"


def _shown(value: int | None) -> str:
    return "—" if value is None else str(value)

"""Who a circular would name, for what, and what stands behind it: pure, from a snapshot.

Within a class, units named twice running come first, then by severity, then by official order (`supervision.md` 7).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from gongkai.core.calendar.instants import format_date
from gongkai.core.calendar.periods import Period
from gongkai.supervision.catalogue import PROBLEM_CLASSES, SEVERITIES
from gongkai.supervision.circulars.snapshot import (
    TASK_OVERDUE,
    TRAINING_ABSENT,
    FactRow,
    FindingRow,
    Snapshot,
    UnitFigures,
)
from gongkai.supervision.evaluation import quantity
from gongkai.supervision.ledger.states import LISTED_ONLY, MANNERS, STILL_WRONG

BLANK, QUOTA, TRAINING, REPORT, FALSE_CLAIM = "PB-BLANKMONTH", "PB-QUOTA", "PB-TRAIN", "PB-ANNUAL", "PB-RECT"
TASK = "PB-TASK"
TITLES = {
    **PROBLEM_CLASSES,
    REPORT: "年度报告发布不及时",
    FALSE_CLAIM: "整改不实",
}
RECTIFIED_LATE = "整改不及时、不实"
"""Title of the class of false claims where it also holds what was not put right in time."""
_SHOWN = 3
"""Findings of a unit that a page shows in words."""
_RANKS = {severity: rank for rank, severity in enumerate(SEVERITIES)}

LeftOut = Mapping[str, Mapping[str, str]]
"""Problem class → unit code → why the office does not name it."""


@dataclass(frozen=True)
class Named:
    """A unit with what it is named for.

    Attributes:
        text: what is wrong, as annex 2 says it; `basis`: on what ground.
        evidence: path of the page that stands behind it.
        figures: its figures, for the classes that follow from counts; `fact`: what was recorded, for other classes.
        findings: the findings of the ledger behind it, the most severe first.
        left_out: why the office does not name it, empty when it does.
    """

    code: str
    name: str
    repeated: bool
    text: str
    basis: str
    evidence: str
    figures: UnitFigures | None = None
    fact: FactRow | None = None
    findings: tuple[FindingRow, ...] = ()
    left_out: str = ""

    @property
    def others(self) -> tuple[FindingRow, ...]:
        """Its findings that say more than its figures do."""
        return tuple(finding for finding in self.findings if finding.rule_code not in quantity.CODES)

    @property
    def lines(self) -> tuple["Line", ...]:
        """Its lines in annex 2: one for what its figures or a register say, and one for each other finding."""
        first = Line(self.text, self.basis, self.evidence)
        shown = (Line(_place(finding), finding.basis, finding_path(finding)) for finding in self.others)
        return (*([first] if self.figures or self.fact else []), *shown)


@dataclass(frozen=True)
class Line:
    """A line of annex 2: what is wrong with its address, on what ground, and the page that stands behind it."""

    text: str
    basis: str
    evidence: str


@dataclass(frozen=True)
class ProblemClass:
    """A class that occurred, with all its units, those left out included."""

    code: str
    title: str
    units: tuple[Named, ...]

    @property
    def named(self) -> tuple[Named, ...]:
        """The units that the circular names."""
        return tuple(unit for unit in self.units if not unit.left_out)


def problems(snapshot: Snapshot, left_out: LeftOut | None = None) -> list[ProblemClass]:
    """The classes that occurred in the period, in the order of the circular.

    The classes that follow from figures and registers come first, those of the ledger alone by their most severe
    finding, rectification last.
    """
    found = []
    for code in _classes(snapshot):
        reasons = (left_out or {}).get(code, {})
        units = tuple(replace(unit, left_out=reasons.get(unit.code, "")) for unit in _units(snapshot, code))
        if units:
            late = code == FALSE_CLAIM and any(unit.others for unit in units)
            found.append(ProblemClass(code, RECTIFIED_LATE if late else TITLES[code], units))
    return found


def _classes(snapshot: Snapshot) -> list[str]:
    worst: dict[str, int] = {}
    for finding in snapshot.findings:
        rank = _RANKS[finding.severity]
        worst[finding.problem_class] = min(rank, worst.get(finding.problem_class, rank))
    others = [code for code in PROBLEM_CLASSES if code in worst and code not in _MAKERS]
    known = [code for code in _MAKERS if code != FALSE_CLAIM]
    return [*known, *sorted(others, key=lambda code: worst[code]), FALSE_CLAIM]


def _units(snapshot: Snapshot, code: str) -> Iterator[Named]:
    """The units of a class: those that its figures or register name, then those that only the ledger names."""
    behind: dict[str, list[FindingRow]] = {}
    for finding in snapshot.findings:
        if finding.problem_class == code:
            behind.setdefault(finding.code, []).append(finding)
    if code in _MAKERS:
        for unit in _MAKERS[code](snapshot):
            yield replace(unit, findings=tuple(behind.pop(unit.code, ())))
    named = [_by_findings(found) for found in behind.values()]
    yield from sorted((unit for unit in named if unit.others), key=_first)


def _first(unit: Named) -> tuple[bool, bool, int]:
    return not unit.repeated, not has_veto(unit), -len(unit.others)


def has_veto(unit: Named) -> bool:
    """Whether one of the findings behind a name makes the unit unqualified by itself （单项否决）."""
    return any(finding.severity == "veto" for finding in unit.others)


def _by_findings(found: Sequence[FindingRow]) -> Named:
    shown = [finding for finding in found if finding.rule_code not in quantity.CODES] or list(found)
    more = f"等{len(shown)}项" if len(shown) > _SHOWN else ""
    return Named(
        code=found[0].code,
        name=found[0].name,
        repeated=any(finding.repeated for finding in shown),
        text="；".join(finding.text for finding in shown[:_SHOWN]) + more,
        basis="；".join(dict.fromkeys(finding.basis for finding in shown)),
        evidence=finding_path(shown[0]),
        findings=tuple(found),
    )


def finding_path(finding: FindingRow) -> str:
    """Page of a finding in its office's ledger."""
    return f"/office/findings/{finding.id}"


def _place(finding: FindingRow) -> str:
    return f"{finding.text}（{finding.url}）" if finding.url.startswith("http") else finding.text


def all_named(snapshot: Snapshot, left_out: LeftOut | None = None) -> set[str]:
    """Codes of the units that the circular names for anything."""
    return {unit.code for group in problems(snapshot, left_out) for unit in group.named}


def unit_path(code: str, period: str) -> str:
    """Page of a unit's month, which stands behind each figure of it."""
    return f"/office/units/{code}?period={period}"


def fact_path(fact: FactRow, snapshot: Snapshot) -> str:
    """What stands behind a fact: its finding, the register that knows it, or its place in the office's list."""
    period = fact.month or snapshot.period
    if fact.finding_id:
        return f"/office/findings/{fact.finding_id}"
    if fact.kind == "report_missing":
        year = int(str(fact.detail["due_date"])[:4]) - 1
        return f"/office/reports-due/?year={year}&q={fact.code}"
    if fact.kind == TASK_OVERDUE:
        return f"/office/assignments/{fact.detail['tasks'][0]['id']}"
    if fact.kind == TRAINING_ABSENT:
        first = (fact.detail.get("missed") or [fact.detail.get("held_on") or period])[0]
        month = period if snapshot.is_month else str(first)[:7]
        return f"/office/training/absent?period={month}#unit-{fact.code}"
    return f"/office/facts/?period={period}#fact-{fact.id}"


def _blank(snapshot: Snapshot) -> Iterator[Named]:
    blank = [unit for unit in snapshot.units if unit.blank]
    for unit in sorted(blank, key=lambda unit: -unit.blank_months):
        if unit.blanks:
            yield _by_figures(snapshot, unit, f"{month_list(unit.blanks)}未发布信息", repeated=False)
            continue
        row = f"，已连续{unit.blank_months}个月空白" if unit.blank_months > 1 else ""
        yield _by_figures(snapshot, unit, f"本月未发布信息{row}", repeated=unit.blank_months > 1)


def _below(snapshot: Snapshot) -> Iterator[Named]:
    below = [unit for unit in snapshot.units if unit.below and not unit.blank]
    this, before = snapshot.span.this, snapshot.span.before
    for unit in sorted(below, key=lambda unit: (unit.last_attained is not False, -len(unit.missed), unit.counted)):
        repeated = unit.last_attained is False
        again = f"，{before}也未完成" if repeated else ""
        if unit.missed:
            words = f"{month_list(unit.missed)}未完成月度任务，{this}共发布{unit.counted}条{again}"
        else:
            words = f"本月发布{unit.counted}条，未完成月度任务{again}"
        yield _by_figures(snapshot, unit, words, repeated=repeated)


def month_list(months: Sequence[str]) -> str:
    """Months of one year as the text names them: 1月、3月."""
    return "、".join(f"{Period.parse(month).month}月" for month in months)


def _by_figures(snapshot: Snapshot, unit: UnitFigures, text: str, *, repeated: bool) -> Named:
    basis = (
        f"月度发布任务每月{unit.task}条" if snapshot.is_month else f"月度发布任务，{snapshot.span.this}共{unit.task}条"
    )
    month = (unit.blanks or unit.missed)[-1] if unit.missed else snapshot.month_of(unit)
    return Named(unit.code, unit.name, repeated, text, basis, unit_path(unit.code, month), figures=unit)


def _absent(snapshot: Snapshot) -> Iterator[Named]:
    for fact in snapshot.facts_of(TRAINING_ABSENT):
        missed = fact.detail.get("missed") or [fact.detail.get("held_on")]
        days = "、".join(format_date(date.fromisoformat(str(day))) for day in missed if day)
        yield _by_fact(snapshot, fact, f"未参加{days}组织的培训", "培训通知")


def _report_missing(snapshot: Snapshot) -> Iterator[Named]:
    for fact in snapshot.facts_of("report_missing"):
        due = day_of(fact.detail, "due_date")
        yield _by_fact(snapshot, fact, f"年度报告应于{due}前发布，至今未发布", "年度报告编制发布工作安排")


def _overdue_tasks(snapshot: Snapshot) -> Iterator[Named]:
    facts = snapshot.facts_of(TASK_OVERDUE)
    for fact in sorted(facts, key=lambda fact: -len(fact.detail["tasks"])):
        tasks = [f"“{task['title']}”应于{day_of(task, 'due')}前办结" for task in fact.detail["tasks"]]
        yield _by_fact(snapshot, fact, f"{'；'.join(tasks)}，至今未办结", "上级任务交办要求")


def _false_claims(snapshot: Snapshot) -> Iterator[Named]:
    facts = snapshot.facts_of("false_rectification")
    for fact in sorted(facts, key=lambda fact: manner(fact) != STILL_WRONG):
        found = str(fact.detail.get("found") or MANNERS[manner(fact)])
        yield _by_fact(snapshot, fact, found, "整改通知")


def manner(fact: FactRow) -> str:
    """How a claim of rectification was false: `still_wrong` or `listed_only`."""
    return LISTED_ONLY if fact.detail.get("manner") == LISTED_ONLY else STILL_WRONG


def day_of(detail: Mapping[str, Any], key: str) -> str:
    """A date of a fact as prose writes it, without the year of nothing: 2023年3月23日; empty when missing."""
    found = detail.get(key)
    return format_date(date.fromisoformat(str(found))) if found else ""


def _by_fact(snapshot: Snapshot, fact: FactRow, text: str, basis: str) -> Named:
    return Named(
        fact.code, fact.name, fact.repeated, text, fact.source or basis, fact_path(fact, snapshot), fact=fact
    )  # fmt: skip


_MAKERS: dict[str, Callable[[Snapshot], Iterator[Named]]] = {
    BLANK: _blank,
    QUOTA: _below,
    TRAINING: _absent,
    REPORT: _report_missing,
    TASK: _overdue_tasks,
    FALSE_CLAIM: _false_claims,
}
"""Classes that figures and registers know, in the order of the circular."""

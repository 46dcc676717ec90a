"""Who a circular would name, for what, and what stands behind it: pure, from a snapshot.

Within a class, units named twice running come first, then by severity, then by official order (`supervision.md` 7).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from gongkai.core.calendar.instants import format_date
from gongkai.supervision.circulars.snapshot import TRAINING_ABSENT, FactRow, Snapshot, UnitFigures
from gongkai.supervision.ledger.states import LISTED_ONLY, MANNERS, STILL_WRONG

BLANK, QUOTA, TRAINING, REPORT, FALSE_CLAIM = "PB-BLANKMONTH", "PB-QUOTA", "PB-TRAIN", "PB-ANNUAL", "PB-RECT"
TITLES = {
    BLANK: "空白月",
    QUOTA: "未完成月度任务",
    TRAINING: "培训组织不到位",
    REPORT: "年度报告发布不及时",
    FALSE_CLAIM: "整改不实",
}

LeftOut = Mapping[str, Mapping[str, str]]
"""Problem class → unit code → why the office does not name it."""


@dataclass(frozen=True)
class Named:
    """A unit with what it is named for.

    Attributes:
        text: what is wrong, as annex 2 says it; `basis`: on what ground.
        evidence: path of the page that stands behind it.
        figures: its month, for the classes that follow from counts; `fact`: what was recorded, for the others.
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
    left_out: str = ""


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
    """The classes that occurred in the period, in the order of the circular."""
    makers = {
        BLANK: _blank,
        QUOTA: _below,
        TRAINING: _absent,
        REPORT: _report_missing,
        FALSE_CLAIM: _false_claims,
    }
    found = []
    for code, make in makers.items():
        reasons = (left_out or {}).get(code, {})
        units = tuple(replace(unit, left_out=reasons.get(unit.code, "")) for unit in make(snapshot))
        if units:
            found.append(ProblemClass(code, TITLES[code], units))
    return found


def all_named(snapshot: Snapshot, left_out: LeftOut | None = None) -> set[str]:
    """Codes of the units that the circular names for anything."""
    return {unit.code for group in problems(snapshot, left_out) for unit in group.named}


def unit_path(code: str, period: str) -> str:
    """Page of a unit's month, which stands behind each figure of it."""
    return f"/office/units/{code}?period={period}"


def fact_path(fact: FactRow, period: str) -> str:
    """What stands behind a fact: its finding, the register that knows it, or its place in the office's list."""
    if fact.finding_id:
        return f"/office/findings/{fact.finding_id}"
    if fact.kind == "report_missing":
        year = int(str(fact.detail["due_date"])[:4]) - 1
        return f"/office/reports-due/?year={year}&q={fact.code}"
    if fact.kind == TRAINING_ABSENT:
        return f"/office/training/absent?period={period}#unit-{fact.code}"
    return f"/office/facts/?period={period}#fact-{fact.id}"


def _blank(snapshot: Snapshot) -> Iterator[Named]:
    blank = [unit for unit in snapshot.units if unit.blank]
    for unit in sorted(blank, key=lambda unit: -unit.blank_months):
        row = f"，已连续{unit.blank_months}个月空白" if unit.blank_months > 1 else ""
        yield _by_figures(snapshot, unit, f"本月未发布信息{row}", repeated=unit.blank_months > 1)


def _below(snapshot: Snapshot) -> Iterator[Named]:
    below = [unit for unit in snapshot.units if unit.below and not unit.blank]
    for unit in sorted(below, key=lambda unit: (unit.last_attained is not False, unit.counted)):
        repeated = unit.last_attained is False
        again = "，上月也未完成" if repeated else ""
        yield _by_figures(snapshot, unit, f"本月发布{unit.counted}条，未完成月度任务{again}", repeated=repeated)


def _by_figures(snapshot: Snapshot, unit: UnitFigures, text: str, *, repeated: bool) -> Named:
    basis = f"月度发布任务每月{unit.task}条"
    return Named(
        unit.code, unit.name, repeated, text, basis, unit_path(unit.code, snapshot.period), figures=unit
    )  # fmt: skip


def _absent(snapshot: Snapshot) -> Iterator[Named]:
    for fact in snapshot.facts_of(TRAINING_ABSENT):
        missed = fact.detail.get("missed") or [fact.detail.get("held_on")]
        days = "、".join(format_date(date.fromisoformat(str(day))) for day in missed if day)
        yield _by_fact(snapshot, fact, f"未参加{days}组织的培训", "培训通知")


def _report_missing(snapshot: Snapshot) -> Iterator[Named]:
    for fact in snapshot.facts_of("report_missing"):
        due = day_of(fact.detail, "due_date")
        yield _by_fact(snapshot, fact, f"年度报告应于{due}前发布，至今未发布", "年度报告编制发布工作安排")


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
        fact.code, fact.name, fact.repeated, text, fact.source or basis, fact_path(fact, snapshot.period), fact=fact
    )  # fmt: skip

"""The score of a month: 100 and the points of its findings, capped by family; a veto decides the grade alone.

Score(month) = 100 + sum(points), at least 0; deductions and bonus of a family are each capped (`supervision.md`
section 6). Pure: a unit's score depends on its own findings and the numbers that hold for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.supervision.catalogue import FAMILIES, POINTS, RULES
from gongkai.supervision.evaluation.base import Values

FULL = Decimal(100)
GRADES = (
    (Decimal(90), "excellent", "优秀"),
    (Decimal(70), "good", "良好"),
    (Decimal(60), "passed", "合格"),
    (Decimal(0), "failed", "不合格"),
)
"""From this score on: grade and its words （自治州考核办法）."""
GRADE_LABELS = {code: label for _, code, label in GRADES}
_COUNTERS = {"tenth": "tenths", "step": "steps", "link": "links", "number": "number"}
_OF_THE_OTHER = {"again": 1, "double": 2}


@dataclass(frozen=True, slots=True)
class Line:
    """A finding's part of a score; `points` before the cap of its family, negative for a deduction."""

    finding_id: int
    rule: str
    points: Decimal
    text: str


@dataclass(frozen=True, slots=True)
class FamilyPart:
    """A family's part: the sum of its lines, and what of it counts under the cap."""

    family: str
    sum: Decimal
    counted: Decimal
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """A unit's score of a month.

    Attributes:
        value: 0 to 100 and the bonus; grade: code of `GRADES`; vetoed: failed whatever the value.
    """

    value: Decimal
    grade: str
    vetoed: bool
    parts: tuple[FamilyPart, ...]

    def as_json(self) -> dict[str, Any]:
        """What is stored with a version: decimals as strings."""
        return {
            "vetoed": self.vetoed,
            "parts": [
                {
                    "family": part.family,
                    "sum": str(part.sum),
                    "counted": str(part.counted),
                    "lines": [
                        {"finding": line.finding_id, "rule": line.rule, "points": str(line.points), "text": line.text}
                        for line in part.lines
                    ],
                }
                for part in self.parts
            ],
        }


def score(lines: Iterable[Line], caps: Mapping[str, Decimal]) -> Score:
    """The score of these lines; `caps`: family → most that it takes away, or adds."""
    by_family: dict[str, list[Line]] = {}
    for line in sorted(lines, key=lambda one: (one.rule, one.finding_id)):
        by_family.setdefault(RULES[line.rule].family, []).append(line)
    parts = []
    for family in FAMILIES:
        own = by_family.get(family)
        if own:
            total = sum((line.points for line in own), Decimal(0))
            cap = caps[family]
            parts.append(FamilyPart(family, total, max(-cap, min(cap, total)), tuple(own)))
    value = max(Decimal(0), FULL + sum((part.counted for part in parts), Decimal(0)))
    vetoed = any(RULES[line.rule].severity == "veto" for own in by_family.values() for line in own)
    return Score(value, "failed" if vetoed else grade_of(value), vetoed, tuple(parts))


def grade_of(value: Decimal) -> str:
    """The grade of a score without a veto."""
    return next(code for least, code, _ in GRADES if value >= least)


def points_of(rule: str, evidence: Mapping[str, Any], values: Values) -> Decimal:
    """The points of one finding, by the numbers of its unit and month."""
    own, per = values.number(rule, POINTS), RULES[rule].per
    if per in _OF_THE_OTHER:
        return min(own, _OF_THE_OTHER[per] * values.number(str(evidence["rule"]), POINTS))
    return own * int(evidence.get(_COUNTERS[per], 1)) if per in _COUNTERS else own


def counts_in(finding: Any, period: Period) -> bool:
    """Whether a finding counts to a month.

    An event counts to its month, unless it was dismissed or proved wrong. A condition counts to each month at whose
    end it stood; and to the month of its finding, although put right before its end, where that was after its time or
    after a false claim: what is put right in time costs nothing. Candidates and notes cost nothing.

    Args:
        finding: with rule_code, lasting, period, state, found_at, closed_at, due_date, recheck_at, false_claim.
    """
    if finding.state in ("candidate", "dismissed"):
        return False
    if finding.state == "noted" and RULES[finding.rule_code].severity != "bonus":
        return False
    if not finding.lasting:
        lapsed = finding.closed_at is not None and finding.recheck_at is None
        return finding.period == str(period) and not lapsed
    found = shanghai_date(finding.found_at)
    if found > period.last_day:
        return False
    closed = None if finding.closed_at is None else shanghai_date(finding.closed_at)
    if closed is None or closed > period.last_day:
        return True
    late = finding.due_date is not None and closed > finding.due_date
    return finding.period == str(period) and (late or bool(finding.false_claim))


def ranks(values: Sequence[Decimal]) -> list[int]:
    """Place of each score, the highest first; equal scores share a place: 1, 1, 3."""
    ordered = sorted(values, reverse=True)
    return [ordered.index(value) + 1 for value in values]


def mean(values: Mapping[Period, Decimal], weights: Mapping[Period, Decimal]) -> Decimal | None:
    """The weighted mean of months, to two decimal places; None where nothing weighs."""
    total = sum((weights[month] for month in values), Decimal(0))
    if not total:
        return None
    weighed = sum((value * weights[month] for month, value in values.items()), Decimal(0))
    return (weighed / total).quantize(Decimal("0.01"), ROUND_HALF_UP)

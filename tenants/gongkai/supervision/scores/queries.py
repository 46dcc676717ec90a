"""What the pages of the scores show."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.spans import Span
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.catalogue import FAMILIES, RANKED, RULES, SCORES
from gongkai.supervision.models import Finding
from gongkai.supervision.queries import rule_book, standings
from gongkai.supervision.scores.formula import GRADE_LABELS, ranks
from gongkai.supervision.scores.models import UnitScore
from gongkai.supervision.scores.spans import Judged, SpanScore, span_scores


@dataclass(frozen=True, slots=True)
class Part:
    """A family's part of a score as the page shows it: points that count, and its lines."""

    label: str
    sum: Decimal
    counted: Decimal
    lines: Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class OwnScore:
    """A version of a unit's score with its parts."""

    period: Period
    version: int
    value: Decimal
    grade: str
    vetoed: bool
    reason: str
    computed_at: Any
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A unit in the office's table; `rank` within its class, None where the office does not rank, or nothing weighs."""

    code: str
    name: str
    heading: str
    score: SpanScore
    rank: int | None


def versions_of(uow: UnitOfWork, *, tenant_id: int, period: Period) -> list[OwnScore]:
    """The versions of a unit's score of a month, the newest first."""
    rows = uow.session.scalars(
        select(UnitScore)
        .where(UnitScore.tenant_id == tenant_id, UnitScore.period == str(period))
        .order_by(UnitScore.version.desc())
    )
    return [
        OwnScore(
            period, row.version, row.score, GRADE_LABELS[row.grade], row.detail["vetoed"], row.reason, row.computed_at,
            [_part(part) for part in row.detail["parts"]],
        )
        for row in rows
    ]  # fmt: skip


def _part(found: dict[str, Any]) -> Part:
    lines = [
        {**line, "title": RULES[line["rule"]].title if line["rule"] in RULES else line["rule"]}
        for line in found["lines"]
    ]
    label = FAMILIES[found["family"]].label if found["family"] in FAMILIES else found["family"]
    return Part(label, Decimal(found["sum"]), Decimal(found["counted"]), lines)


def states_of(uow: UnitOfWork, *, tenant_id: int, score: OwnScore) -> dict[int, str]:
    """Finding's id → its state now, for the findings of a unit that a score counts."""
    ids = [line["finding"] for part in score.parts for line in part.lines]
    query = select(Finding.id, Finding.state).where(Finding.tenant_id == tenant_id, Finding.id.in_(ids))
    return {row.id: row.state for row in uow.session.execute(query)} if ids else {}


def scored_months(uow: UnitOfWork, *, tenant_id: int) -> list[Period]:
    """The months of which a unit has a score, the newest first."""
    query = select(UnitScore.period).where(UnitScore.tenant_id == tenant_id).distinct()
    return sorted(map(Period.parse, uow.session.scalars(query)), reverse=True)


def table_of(uow: UnitOfWork, *, office_id: int, span: Span) -> list[Ranked]:
    """The scores of an office's units in official order, ranked within their class where the office ranks.

    Raises:
        NotFound: when the office did not exist at the end of the span.
    """
    found = standings(uow, office_id=office_id, period=span.last)
    rows = [row for row in (*found.rows, *found.untasked) if row.id != office_id]
    units = (Judged(row.id, row.unit.chain, row.unit.tenant_type) for row in rows)
    scores = span_scores(uow, units=units, span=span)
    places: dict[int, int] = {}
    if is_ranked(uow, chain=found.office.chain, period=span.last):
        weighed = [row for row in rows if row.id in scores and scores[row.id].value is not None]
        for heading in {row.heading for row in weighed}:
            members = [row for row in weighed if row.heading == heading]
            values = [_order(scores[row.id]) for row in members]
            places |= {row.id: place for row, place in zip(members, ranks(values), strict=True)}
    return [
        Ranked(row.code, row.name, row.heading, scores[row.id], places.get(row.id)) for row in rows if row.id in scores
    ]


def _order(score: SpanScore) -> Decimal:
    """A veto stands behind every score."""
    return Decimal(-1) if score.vetoed or score.value is None else score.value


def is_ranked(uow: UnitOfWork, *, chain: tuple[int, ...], period: Period) -> bool:
    """Whether an office ranks its units; off unless it says so （基层减负, `regulation.md` section 11)."""
    book = rule_book(uow, path=".".join(map(str, chain)), codes=(SCORES,))
    return bool(book.number(SCORES, RANKED, chain=(*chain, 0), tenant_type="", period=period))

"""What the pages of the scores show."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, func, select

from gongkai.core.calendar.periods import Period
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.catalogue import FAMILIES, RULES
from gongkai.supervision.models import Finding
from gongkai.supervision.queries import rule_book, standings
from gongkai.supervision.scores.formula import GRADE_LABELS, mean, ranks
from gongkai.supervision.scores.models import UnitScore
from gongkai.supervision.scores.services import SCORES

RANKED, WEIGHT = "ranked", "weight:{:02d}"
"""Parameters of `SCORES`: whether units are ranked (1), and the weight of a month of the year."""


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
    """A unit in the office's table; `rank` within its class, None where the office does not rank."""

    code: str
    name: str
    heading: str
    value: Decimal
    grade: str
    vetoed: bool
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


def _latest(uow: UnitOfWork, period: Period, unit_ids: Sequence[int]) -> dict[int, Row[Any]]:
    newest = (
        select(UnitScore.tenant_id, func.max(UnitScore.version).label("version"))
        .where(UnitScore.period == str(period), UnitScore.tenant_id.in_(unit_ids))
        .group_by(UnitScore.tenant_id)
        .subquery()
    )
    query: Any = select(
        UnitScore.tenant_id, UnitScore.score, UnitScore.grade, UnitScore.detail["vetoed"].as_boolean().label("vetoed")
    ).join(newest, (newest.c.tenant_id == UnitScore.tenant_id) & (newest.c.version == UnitScore.version))
    return {row.tenant_id: row for row in uow.session.execute(query.where(UnitScore.period == str(period)))}


def table_of(uow: UnitOfWork, *, office_id: int, period: Period) -> list[Ranked]:
    """The scores of an office's units in official order, ranked within their class where the office ranks.

    Raises:
        NotFound: when the office did not exist in the month.
    """
    found = standings(uow, office_id=office_id, period=period)
    rows = [row for row in (*found.rows, *found.untasked) if row.id != office_id]
    latest = _latest(uow, period, [row.id for row in rows])
    known = [row for row in rows if row.id in latest]
    places: dict[int, int] = {}
    if is_ranked(uow, chain=found.office.chain, period=period):
        for heading in {row.heading for row in known}:
            members = [row for row in known if row.heading == heading]
            values = [Decimal(-1) if latest[row.id].vetoed else latest[row.id].score for row in members]
            places |= {row.id: place for row, place in zip(members, ranks(values), strict=True)}
    return [
        Ranked(
            row.code, row.name, row.heading, latest[row.id].score, GRADE_LABELS[latest[row.id].grade],
            latest[row.id].vetoed, places.get(row.id),
        )
        for row in known
    ]  # fmt: skip


def is_ranked(uow: UnitOfWork, *, chain: tuple[int, ...], period: Period) -> bool:
    """Whether an office ranks its units; off unless it says so （基层减负, `regulation.md` section 11)."""
    book = rule_book(uow, path=".".join(map(str, chain)), codes=(SCORES,))
    return bool(book.set_number(SCORES, RANKED, chain=(*chain, 0), tenant_type="", period=period))


def mean_of(
    uow: UnitOfWork, *, tenant_id: int, chain: Sequence[int], tenant_type: str, months: Sequence[Period]
) -> Decimal | None:
    """A unit's score of a quarter or a year: the mean of its months by the office's weights, each 1 unless set."""
    book = rule_book(uow, codes=(SCORES,))
    values = {}
    for month in months:
        latest = _latest(uow, month, [tenant_id]).get(tenant_id)
        if latest is not None:
            values[month] = latest.score
    weights = {}
    for month in values:
        name = WEIGHT.format(month.month)
        found = book.set_number(SCORES, name, chain=chain, tenant_type=tenant_type, period=month)
        weights[month] = Decimal(1) if found is None else found
    return mean(values, weights)

"""Scores of quarters and years: the mean of a unit's months by the weights that its office has set."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.spans import MONTH, Span
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.catalogue import SCORES, WEIGHT
from gongkai.supervision.queries import rule_book
from gongkai.supervision.rules import RuleBook
from gongkai.supervision.scores.formula import GRADE_LABELS, grade_of, mean
from gongkai.supervision.scores.models import UnitScore
from gongkai.tenancy.models import Tenant


@dataclass(frozen=True, slots=True)
class Judged:
    """A unit whose numbers are asked for: `chain` holds the ids from the root down to it."""

    id: int
    chain: tuple[int, ...]
    tenant_type: str


@dataclass(frozen=True, slots=True)
class MonthScore:
    """The newest version of a month's score, and what it weighs in the span."""

    period: Period
    value: Decimal
    grade: str
    vetoed: bool
    weight: Decimal


@dataclass(frozen=True, slots=True)
class SpanScore:
    """A unit's score of a month, a quarter or a year.

    Attributes:
        value: the month's, or the weighted mean of the months that have a score, to two places; None where none weighs.
        grade: in words; 不合格 where a month that weighs has a veto （单项否决, `supervision.md` section 6).
    """

    value: Decimal | None
    grade: str
    vetoed: bool
    months: Sequence[MonthScore]


def span_scores(uow: UnitOfWork, *, units: Iterable[Judged], span: Span) -> dict[int, SpanScore]:
    """Unit → its score of a span, for the units that have one of at least one of its months."""
    asked = {unit.id: unit for unit in units}
    book = rule_book(uow, codes=(SCORES,)) if span.length > MONTH else RuleBook.of(())
    months: dict[int, list[MonthScore]] = {}
    for row in _newest(uow, list(asked), span):
        period = Period.parse(row.period)
        weight = _weight(book, asked[row.tenant_id], period)
        one = MonthScore(period, row.score, GRADE_LABELS[row.grade], row.vetoed, weight)
        months.setdefault(row.tenant_id, []).append(one)
    return {unit_id: _of(found, span) for unit_id, found in months.items()}


def own_score(uow: UnitOfWork, *, tenant_id: int, span: Span) -> SpanScore | None:
    """A unit's score of a span; None where none of its months has one."""
    row = uow.session.execute(select(Tenant.path, Tenant.tenant_type).where(Tenant.id == tenant_id)).one()
    unit = Judged(tenant_id, tuple(int(label) for label in row.path.split(".")), row.tenant_type)
    return span_scores(uow, units=[unit], span=span).get(tenant_id)


def _newest(uow: UnitOfWork, unit_ids: Sequence[int], span: Span) -> Sequence[AnyRow]:
    query: Any = (
        select(
            UnitScore.tenant_id, UnitScore.period, UnitScore.score, UnitScore.grade,
            UnitScore.detail["vetoed"].as_boolean().label("vetoed"),
        )
        .where(UnitScore.tenant_id.in_(unit_ids), UnitScore.period.in_([str(month) for month in span.months]))
        .ext(distinct_on(UnitScore.tenant_id, UnitScore.period))
        .order_by(UnitScore.tenant_id, UnitScore.period, UnitScore.version.desc())
    )  # fmt: skip
    return uow.session.execute(query).all()


def _weight(book: RuleBook, unit: Judged, month: Period) -> Decimal:
    name = WEIGHT.format(month.month)
    return book.number(SCORES, name, chain=unit.chain, tenant_type=unit.tenant_type, period=month)


def _of(months: Sequence[MonthScore], span: Span) -> SpanScore:
    if span.length == MONTH:
        (only,) = months
        return SpanScore(only.value, only.grade, only.vetoed, months)
    value = mean({one.period: one.value for one in months}, {one.period: one.weight for one in months})
    vetoed = any(one.vetoed for one in months if one.weight)
    code = "" if value is None else "failed" if vetoed else grade_of(value)
    return SpanScore(value, GRADE_LABELS.get(code, ""), vetoed, months)

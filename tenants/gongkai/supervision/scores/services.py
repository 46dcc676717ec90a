"""Computing scores: a new version where a unit's score of a month has changed, and nothing where it has not."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, or_, select

from gongkai.core.calendar.instants import end_of_day, shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.catalogue import CAP, FAMILIES, RULES, SCORES, describe
from gongkai.supervision.evaluation.base import Subject, Values
from gongkai.supervision.evaluation.subjects import subjects_of
from gongkai.supervision.models import Finding
from gongkai.supervision.queries import rule_book
from gongkai.supervision.rules import RuleBook
from gongkai.supervision.scores.formula import Line, Score, counts_in, points_of, score
from gongkai.supervision.scores.models import UnitScore

MONTH_END, APPEAL, AGAIN = "月度评分", "异议成立后重新评分", "数据变化后重新评分"


def compute_scores(
    uow: UnitOfWork, *, period: Period, unit_ids: Collection[int] | None = None, reason: str = MONTH_END
) -> int:
    """Score units for a month that has ended; returns how many new versions were written.

    Needs a scope that holds the units. Villages have no score.
    """
    subjects = {unit: one for unit, one in subjects_of(uow).items() if unit_ids is None or unit in unit_ids}
    book = rule_book(uow, codes=(*RULES, SCORES))
    found = _findings(uow, period, None if unit_ids is None else list(subjects))
    last = _last_versions(uow, period, None if unit_ids is None else list(subjects))
    rows = []
    for subject in subjects.values():
        if subject.established > period.first_day:
            continue
        new = scored(subject, found.get(subject.id, ()), book=book, period=period)
        before = last.get(subject.id)
        if before is not None and (before.score, before.detail) == (new.value, new.as_json()):
            continue
        rows.append({
            "tenant_id": subject.id,
            "period": str(period),
            "version": 1 if before is None else before.version + 1,
            "score": new.value,
            "grade": new.grade,
            "detail": new.as_json(),
            "reason": reason if before is None or reason != MONTH_END else AGAIN,
            "computed_at": uow.now,
        })  # fmt: skip
    uow.add_rows(UnitScore, rows)
    return len(rows)


def scored(subject: Subject, findings: Sequence[Any], *, book: RuleBook, period: Period) -> Score:
    """The score of a unit from its findings, by the numbers of that month."""
    values = Values(book, subject.chain, subject.tenant_type, period)
    lines = [
        Line(
            row.id, row.rule_code, points_of(row.rule_code, row.evidence, values),
            describe(row.rule_code, row.evidence),
        )
        for row in findings
        if row.rule_code in RULES and counts_in(row, period)
    ]  # fmt: skip
    return score(lines, caps_of(values))


def caps_of(values: Values) -> Mapping[str, Decimal]:
    """Family → the cap of its points for a unit in a month."""
    return {code: values.number(SCORES, CAP.format(code)) for code in FAMILIES}


def _findings(uow: UnitOfWork, period: Period, unit_ids: list[int] | None) -> dict[int, list[Row[Any]]]:
    """Unit → its findings that may count to the month."""
    began = end_of_day(period.previous().last_day)
    query: Any = select(
        Finding.id, Finding.tenant_id, Finding.rule_code, Finding.lasting, Finding.period, Finding.state,
        Finding.found_at, Finding.closed_at, Finding.due_date, Finding.recheck_at, Finding.false_claim,
        Finding.evidence,
    ).where(
        or_(
            Finding.period == str(period),
            Finding.lasting & (Finding.found_at <= end_of_day(period.last_day))
            & (Finding.closed_at.is_(None) | (Finding.closed_at > began)),
        ),
        Finding.state.notin_(("candidate", "dismissed")),
    )  # fmt: skip
    if unit_ids is not None:
        query = query.where(Finding.tenant_id.in_(unit_ids))
    found: dict[int, list[Row[Any]]] = {}
    for row in uow.session.execute(query):
        found.setdefault(row.tenant_id, []).append(row)
    return found


def _last_versions(uow: UnitOfWork, period: Period, unit_ids: list[int] | None) -> dict[int, Row[Any]]:
    query: Any = (
        select(UnitScore.tenant_id, UnitScore.version, UnitScore.score, UnitScore.detail)
        .where(UnitScore.period == str(period))
        .order_by(UnitScore.version)
    )
    if unit_ids is not None:
        query = query.where(UnitScore.tenant_id.in_(unit_ids))
    return {row.tenant_id: row for row in uow.session.execute(query)}


def rescore(uow: UnitOfWork, finding: Finding) -> int:
    """After a decision on a finding, score its unit's months that count it and have a score already."""
    first, last = Period.parse(finding.period), Period.of(shanghai_date(uow.now)).previous()
    known = uow.session.scalars(
        select(UnitScore.period).where(
            UnitScore.tenant_id == finding.tenant_id, UnitScore.period >= str(first), UnitScore.period <= str(last)
        )
    )
    return sum(
        compute_scores(uow, period=Period.parse(month), unit_ids=[finding.tenant_id], reason=APPEAL)
        for month in sorted(set(known))
    )

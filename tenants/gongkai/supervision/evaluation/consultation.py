"""Consultations of the public: long enough, and answered (SR-C1, SR-C2).

A consultation is an item that announces its first and last day （`publishing.consultations`）; what became of it is
told by another item that is linked with it. Their number is small: the family is read as a whole each time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import text

from gongkai.core.calendar.periods import Period, plus_months
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.consultations import COLUMNS, Consultation, consultation_of
from gongkai.supervision.evaluation.base import Asked, Family, Moment, Problem, Subject, Values

SHORT, UNANSWERED = "SR-C1", "SR-C2"
CODES = (SHORT, UNANSWERED)

_CONSULTATIONS = text("""
SELECT i.tenant_id, i.id, i.title, i.period, i.optional,
    EXISTS (SELECT FROM item_link AS l JOIN item AS o ON o.id = l.item_id AND o.is_public
        WHERE l.tenant_id = i.tenant_id AND l.target_id = i.id AND l.kind = 'answers') AS answered
FROM content_column AS c JOIN item AS i ON i.tenant_id = c.tenant_id AND i.column_id = c.id AND i.is_public
WHERE c.tenant_id = ANY (CAST(:units AS bigint[])) AND split_part(c.code, '-', 1) = ANY (CAST(:columns AS text[]))
    AND i.optional ? 'consult_until' AND NOT i.is_reprint
""")


@dataclass(frozen=True, slots=True)
class Asking:
    """A public item that announces a consultation; `month` is that of its publication."""

    subject: Subject
    item_id: int
    title: str
    month: Period
    time: Consultation
    answered: bool = False


def read(uow: UnitOfWork, asked: Asked) -> Iterator[Asking]:
    """The consultations of some units whose days can be read."""
    for row in uow.session.execute(_CONSULTATIONS, {"units": asked.unit_ids, "columns": sorted(COLUMNS)}):
        time = consultation_of(row.optional)
        if time is not None:
            month = Period.parse(row.period)
            yield Asking(asked.subjects[row.tenant_id], row.id, row.title, month, time, row.answered)


def evaluate(facts: Asking, values: Values, moment: Moment) -> Iterator[Problem]:
    """The problems of a consultation: a short one belongs to its month and is judged by the numbers of that month."""
    time, then = facts.time, replace(values, period=facts.month)
    if time.days < then.whole(SHORT, "days") and not time.reason.strip():
        days = {"length": time.days, "from": time.first.isoformat(), "until": time.last.isoformat()}
        yield _problem(SHORT, facts, days, str(facts.month))
    due = moment.calendar.roll_forward(plus_months(time.last, values.whole(UNANSWERED, "months"))).date
    if not facts.answered and due < moment.today:
        yield _problem(UNANSWERED, facts, {"until": time.last.isoformat(), "due": due.isoformat()})


def _problem(rule: str, facts: Asking, evidence: dict[str, Any], period: str = "") -> Problem:
    said = {"title": facts.title, **evidence}
    return Problem(rule, facts.subject.id, said, "item", facts.item_id, period, f"/items/{facts.item_id}")


FAMILY = Family(
    name="consultation", label="意见征集", codes=CODES, read=read, evaluate=evaluate,
)  # fmt: skip

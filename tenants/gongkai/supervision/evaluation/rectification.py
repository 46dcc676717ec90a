"""Rectification: overdue, falsely claimed, recurring (SR-X1 to SR-X3); about the unit's other findings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.catalogue import describe
from gongkai.supervision.evaluation.base import Asked, Family, Moment, Problem, Subject, Values
from gongkai.supervision.ledger.states import ELSEWHERE, LISTED_ONLY, OPEN_STATES, STILL_WRONG

OVERDUE, FALSE, AGAIN = "SR-X1", "SR-X2", "SR-X3"
CODES = (OVERDUE, FALSE, AGAIN)
_SEEN = {False: "复查仍存在问题", True: "复查，所列问题已处理，其他地方仍有同类问题"}
_OPEN = ", ".join(f"'{state}'" for state in OPEN_STATES)
_LATE = text(f"""
SELECT id, tenant_id, rule_code, evidence, due_date FROM finding
WHERE tenant_id = ANY (CAST(:units AS bigint[])) AND closed_at IS NULL AND state IN ({_OPEN}) AND due_date < :today
    AND rule_code <> ALL (CAST(:codes AS text[]))
""")  # noqa: S608 - only names of our own states are put in
_FAILED = text("""
SELECT f.id, f.tenant_id, f.rule_code, f.evidence, e.at, e.note, f.claim->>'fixed_on' AS claimed,
    f.claim->>'measure' AS measure, f.due_date, e.detail ? :elsewhere AS elsewhere
FROM finding_event AS e JOIN finding AS f ON f.id = e.finding_id AND f.tenant_id = e.tenant_id
WHERE e.tenant_id = ANY (CAST(:units AS bigint[])) AND e.event = 'fail' AND f.rule_code <> ALL (CAST(:codes AS text[]))
ORDER BY e.id
""")
_RECURRED = text("""
SELECT f.id, f.tenant_id, f.rule_code, f.evidence, f.found_at, before.closed_at
FROM finding AS f JOIN finding AS before ON before.id = f.recurrence_of
WHERE f.tenant_id = ANY (CAST(:units AS bigint[])) AND f.recurrence_of IS NOT NULL AND f.state <> 'dismissed'
    AND f.rule_code <> ALL (CAST(:codes AS text[]))
""")


@dataclass(frozen=True, slots=True)
class Overdue:
    """An open finding past its day."""

    id: int
    rule: str
    words: str
    due: date


@dataclass(frozen=True, slots=True)
class Failed:
    """A claim that did not hold: when and what the unit said it did, when and what was seen.

    `elsewhere`: what was named is put right, and the same stands elsewhere in the unit.
    """

    id: int
    rule: str
    words: str
    claimed: str
    at: datetime
    seen: str
    measure: str = ""
    due: str = ""
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Recurred:
    """A finding about what had been closed before."""

    id: int
    rule: str
    words: str
    closed: date
    found: date


@dataclass(frozen=True, slots=True)
class Rectification:
    """How a unit puts its problems right."""

    subject: Subject
    overdue: Sequence[Overdue] = ()
    failed: Sequence[Failed] = ()
    recurred: Sequence[Recurred] = ()


def read(uow: UnitOfWork, asked: Asked) -> Iterator[Rectification]:
    """The findings of some units that these rules are about."""
    given = {"units": asked.unit_ids, "codes": list(CODES)}
    late: dict[int, list[Overdue]] = {}
    for row in uow.session.execute(_LATE, {**given, "today": asked.moment.today}):
        late.setdefault(row.tenant_id, []).append(Overdue(row.id, row.rule_code, _words(row), row.due_date))
    failed: dict[int, list[Failed]] = {}
    for row in uow.session.execute(_FAILED, {**given, "elsewhere": ELSEWHERE}):
        due = row.due_date.isoformat() if row.due_date else ""
        one = Failed(
            row.id, row.rule_code, _words(row), row.claimed or "", row.at, row.note, row.measure or "", due,
            row.elsewhere,
        )  # fmt: skip
        failed.setdefault(row.tenant_id, []).append(one)
    again: dict[int, list[Recurred]] = {}
    for row in uow.session.execute(_RECURRED, given):
        closed, found = shanghai_date(row.closed_at), shanghai_date(row.found_at)
        again.setdefault(row.tenant_id, []).append(Recurred(row.id, row.rule_code, _words(row), closed, found))
    for unit_id, subject in asked.subjects.items():
        yield Rectification(subject, late.get(unit_id, ()), failed.get(unit_id, ()), again.get(unit_id, ()))


def _words(row: Any) -> str:
    return describe(row.rule_code, row.evidence)


def evaluate(facts: Rectification, _: Values, __: Moment) -> Iterator[Problem]:
    """The problems of a unit's rectification; a claim that failed twice in a month is one."""
    unit_id = facts.subject.id
    for late in facts.overdue:
        found = {"rule": late.rule, "problem": late.words, "due": late.due.isoformat()}
        yield Problem(OVERDUE, unit_id, found, "finding", late.id, url=_page(late.id))
    seen = set()
    for one in facts.failed:
        month = str(Period.of(shanghai_date(one.at)))
        if (one.id, month) in seen:
            continue
        seen.add((one.id, month))
        found = {
            "rule": one.rule, "problem": one.words, "claimed": one.claimed,
            "found": one.seen or f"{shanghai_date(one.at).isoformat()}{_SEEN[one.elsewhere]}", "measure": one.measure,
            "due": one.due, "manner": LISTED_ONLY if one.elsewhere else STILL_WRONG,
        }  # fmt: skip
        yield Problem(FALSE, unit_id, found, "finding", one.id, month, _page(one.id))
    for back in facts.recurred:
        found = {"rule": back.rule, "problem": back.words, "closed": back.closed.isoformat()}
        yield Problem(AGAIN, unit_id, found, "finding", back.id, str(Period.of(back.found)), _page(back.id))


def _page(finding_id: int) -> str:
    return f"/work/findings/{finding_id}"


FAMILY = Family(
    name="rectification", label="整改落实", codes=CODES, read=read, evaluate=evaluate,
)  # fmt: skip

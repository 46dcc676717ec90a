"""Writing findings and their steps: one place for whoever moves a finding, a person or the system."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import insert, select, update

from gongkai.core.calendar.periods import Period
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.catalogue import RULES, RuleSpec
from gongkai.supervision.evaluation.base import Problem, Subject
from gongkai.supervision.ledger.states import ELSEWHERE
from gongkai.supervision.models import Finding, FindingEvent


def open_findings_for(
    uow: UnitOfWork,
    problems: Sequence[Problem],
    *,
    subjects: Mapping[int, Subject],
    period: Period,
    due_dates: Mapping[tuple[int, str, str, str, int], date | None],
    recurrence_of: Mapping[tuple[int, str, str, str, int], int],
) -> None:
    """Open a record for each problem; one that a person has to confirm begins as a candidate."""
    if not problems:
        return
    rows = []
    for problem in problems:
        spec = RULES[problem.rule]
        rows.append({
            "tenant_id": problem.unit_id,
            "office_id": subjects[problem.unit_id].office_id,
            "rule_code": problem.rule,
            "problem_class": spec.problem_class,
            "period": problem.period or str(period),
            "lasting": not problem.period,
            "object_type": problem.object_type,
            "object_id": problem.object_id,
            "object_url": problem.url,
            "evidence": dict(problem.evidence),
            "state": first_state(spec),
            "found_by": "system",
            "found_at": uow.now,
            "due_date": due_dates.get(problem.key),
            "responsible_person": "",
            "claim": {},
            "reopened_count": 0,
            "false_claim": False,
            "recurrence_of": recurrence_of.get(problem.key),
        })  # fmt: skip
    statement = insert(Finding).returning(Finding.id, sort_by_parameter_order=True)
    ids = uow.session.scalars(statement, rows).all()
    found = zip(ids, problems, strict=True)
    note_events(uow, "found", [(one, problem.unit_id, dict(problem.evidence)) for one, problem in found])


def first_state(spec: RuleSpec) -> str:
    """The state in which the system opens a finding of a rule."""
    if spec.severity in ("info", "bonus"):
        return "noted"
    return "candidate" if spec.candidate else "open"


def record_move(uow: UnitOfWork, move: str, findings: Mapping[int, Problem | None]) -> None:
    """Carry out what an evaluation decided: finding's id → the problem as it is now, None where it is gone."""
    gone = {ELSEWHERE: True} if move == "fail" else {}
    details = {finding_id: dict(problem.evidence) if problem else gone for finding_id, problem in findings.items()}
    if move == "changed":
        for finding_id, problem in findings.items():
            if problem is not None:
                _change(uow, finding_id, evidence=dict(problem.evidence))
    elif move == "found_again":
        for finding_id, problem in findings.items():
            if problem is not None:
                again = {"state": first_state(RULES[problem.rule]), "closed_at": None}
                _change(uow, finding_id, evidence=dict(problem.evidence), **again)
    elif move == "fail":
        once_more = Finding.reopened_count + 1
        _change(
            uow, *findings, state="reopened", reopened_count=once_more, false_claim=True, recheck_at=uow.now,
            recheck_by=None,
        )  # fmt: skip
    elif move == "pass":
        _change(uow, *findings, state="closed", closed_at=uow.now, recheck_at=uow.now, recheck_by=None)
    else:
        _close(uow, list(findings))
    known = uow.session.execute(select(Finding.id, Finding.tenant_id).where(Finding.id.in_(findings)))
    note_events(uow, move, [(row.id, row.tenant_id, details[row.id]) for row in known])


def _change(uow: UnitOfWork, *finding_ids: int, **values: Any) -> None:
    uow.session.execute(update(Finding).where(Finding.id.in_(finding_ids)).values(**values))


def _close(uow: UnitOfWork, finding_ids: Sequence[int]) -> None:
    """What was dismissed stays dismissed in the record, although the matter has ended."""
    ended = update(Finding).where(Finding.id.in_(finding_ids))
    uow.session.execute(ended.where(Finding.state == "dismissed").values(closed_at=uow.now))
    uow.session.execute(ended.where(Finding.state != "dismissed").values(state="closed", closed_at=uow.now))


def note_events(
    uow: UnitOfWork, event: str, findings: Sequence[tuple[int, int, dict[str, Any]]], *, note: str = ""
) -> None:
    """Write a step of findings: (finding's id, its unit, detail)."""
    rows = [
        {
            "tenant_id": tenant_id, "finding_id": finding_id, "event": event, "at": uow.now,
            "user_id": uow.scope.user_id, "note": note, "detail": detail,
        }
        for finding_id, tenant_id, detail in findings
    ]  # fmt: skip
    uow.add_rows(FindingEvent, rows)

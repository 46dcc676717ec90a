"""What an office decides on contested facts: on the round itself, or in the ledger where they rest on findings.

A circular is locked before the facts about it, so that a decision and the submission never wait for each other.
"""

from collections.abc import Sequence

from sqlalchemy import select

from gongkai.accounts.actors import Actor
from gongkai.core.db import AnyRow
from gongkai.core.errors import Conflict, Refused
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.circulars.access import expect, get_circular
from gongkai.supervision.circulars.services import OPEN, leave_out, wrote
from gongkai.supervision.models import Circular, Finding, FindingEvent
from gongkai.supervision.rounds.models import VerificationLine, VerificationSheet
from gongkai.supervision.rounds.states import Answer, Decision
from gongkai.tenancy.models import Tenant

DECIDED = "verification.decided"
"""Event with the id of a line that was decided on the round."""


def decide(uow: UnitOfWork, *, actor: Actor, line_id: int, correct: bool, reason: str) -> VerificationLine:
    """Decide on a contested fact: keep it, or correct it, so that the circular does not name the unit for it.

    Raises:
        NotFound: when it is missing or another office's.
        Conflict: when it is not contested, or decided already, or the circular has been sent on.
        Refused: when the objection is to be answered in the ledger.
    """
    circular_id = sheet_of_line(uow, actor=actor, line_id=line_id).circular_id
    circular = get_circular(uow, tenant_id=actor.tenant_id, circular_id=circular_id, lock=True)
    expect(circular, *OPEN)
    line = _locked(uow, line_id)
    if line.answer != Answer.CONTEST or line.decision:
        raise Conflict("这一事项没有待处理的异议。请刷新页面查看最新情况。")
    if disputed(uow, line.finding_ids):
        raise Refused("这一事项在问题清单中有异议待答复，请在问题清单中办理，结果自动带入。")
    if correct:
        wrote(circular, actor)
    _conclude(uow, circular, line, correct=correct, reason=reason, user_id=actor.user_id)
    uow.emit(DECIDED, line.id)
    return line


def sheet_of_line(uow: UnitOfWork, *, actor: Actor, line_id: int) -> VerificationSheet:
    """The sheet of a fact that this office has sent.

    Raises:
        NotFound: when it is missing or another office's.
    """
    query = select(VerificationSheet).join(VerificationLine, VerificationLine.sheet_id == VerificationSheet.id)
    query = query.where(VerificationLine.id == line_id, VerificationLine.office_id == actor.tenant_id)
    return uow.one(query)


def disputed(uow: UnitOfWork, finding_ids: Sequence[int]) -> list[int]:
    """Those of some findings on which an objection waits in the ledger."""
    query = select(Finding.id).where(Finding.id.in_(finding_ids), Finding.state == "disputed")
    return list(uow.session.scalars(query.order_by(Finding.id)))


def bring_decisions(uow: UnitOfWork, *, circular_id: int | None = None) -> int:
    """Take over what the ledger decided on contested facts, of one circular or all; returns how many.

    Doing it twice changes nothing. Nobody becomes a drafter by it, and the ledger has told the unit.
    """
    query = (
        select(VerificationLine.id, VerificationSheet.office_id, VerificationSheet.circular_id)
        .join(VerificationSheet, VerificationSheet.id == VerificationLine.sheet_id)
        .where(
            VerificationLine.answer == Answer.CONTEST, VerificationLine.decision == Decision.NONE,
            VerificationLine.finding_ids != [],
        )
        .order_by(VerificationSheet.circular_id, VerificationLine.id)
    )  # fmt: skip
    if circular_id is not None:
        query = query.where(VerificationSheet.circular_id == circular_id)
    done = 0
    for row in uow.session.execute(query).all():
        circular = get_circular(uow, tenant_id=row.office_id, circular_id=row.circular_id, lock=True)
        line = _locked(uow, row.id)
        found = [] if line.decision or disputed(uow, line.finding_ids) else _decided(uow, line)
        if found and circular.state in OPEN:
            correct = all(step.event == "sustain" for step in found)
            _conclude(uow, circular, line, correct=correct, reason=found[-1].note, user_id=found[-1].user_id)
            done += 1
    return done


def _locked(uow: UnitOfWork, line_id: int) -> VerificationLine:
    query = select(VerificationLine).where(VerificationLine.id == line_id).with_for_update()
    return uow.session.scalars(query.execution_options(populate_existing=True)).one()


def _decided(uow: UnitOfWork, line: VerificationLine) -> list[AnyRow]:
    """The last decision on each finding of a fact since the unit objected."""
    query = (
        select(FindingEvent.finding_id, FindingEvent.event, FindingEvent.note, FindingEvent.user_id)
        .join(VerificationSheet, VerificationSheet.id == line.sheet_id)
        .where(
            FindingEvent.tenant_id == line.tenant_id, FindingEvent.finding_id.in_(line.finding_ids),
            FindingEvent.event.in_(("sustain", "uphold")), FindingEvent.at >= VerificationSheet.answered_at,
        )
        .order_by(FindingEvent.id)
    )  # fmt: skip
    return list({row.finding_id: row for row in uow.session.execute(query)}.values())


def _conclude(
    uow: UnitOfWork, circular: Circular, line: VerificationLine, *, correct: bool, reason: str, user_id: int | None
) -> None:
    line.decision = Decision.CORRECT if correct else Decision.KEEP
    line.decision_reason, line.decided_at, line.decided_by = reason, uow.now, user_id
    if correct:
        code = uow.session.scalars(select(Tenant.code).where(Tenant.id == line.tenant_id)).one()
        leave_out(uow, circular, problem_class=line.problem_class, code=code, reason=f"经核实更正：{reason}")
    uow.session.flush()
    uow.audit(
        "verification.decide", tenant_id=line.tenant_id, object_type="verification_line", object_id=line.id,
        detail={"decision": line.decision, "reason": reason, "problem_class": line.problem_class},
    )  # fmt: skip

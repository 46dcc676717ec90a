"""Findings that a circular names: from its issue on they are due when the circular says."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from gongkai.core.uow import UnitOfWork
from gongkai.supervision.ledger.records import note_events
from gongkai.supervision.ledger.states import OPEN_STATES
from gongkai.supervision.models import Finding


def circulate_findings(
    uow: UnitOfWork, *, circular_id: int, finding_ids: Sequence[int], due_date: date, name: str
) -> list[int]:
    """Record that a circular (by `name` its number or title) lists these findings, and make the open ones due with it.

    An extension that was granted is never cut short; the day that stood before is kept in the finding's history.

    Returns:
        Ids of the findings whose day was moved.
    """
    query = select(Finding).where(Finding.id.in_(finding_ids)).order_by(Finding.id).with_for_update()
    moved, steps = [], []
    for finding in uow.session.scalars(query):
        before = finding.due_date
        kept = finding.extension is not None and before is not None and before >= due_date
        if finding.state in OPEN_STATES and not kept and before != due_date:
            finding.due_date = due_date
            moved.append(finding.id)
        finding.circular_id = circular_id
        detail = {
            "circular_id": circular_id, "from": before.isoformat() if before else "",
            "until": finding.due_date.isoformat() if finding.due_date else "",
        }  # fmt: skip
        steps.append((finding.id, finding.tenant_id, detail))
    uow.session.flush()
    note_events(uow, "circulated", steps, note=f"列入通报（{name}）")
    return moved

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
    """Record that a circular (`name`: its title and number) lists these findings, and make the open ones due with it.

    An extension that was granted is never cut short; the day that stood before is kept in the finding's history.

    Returns:
        Ids of the findings whose day was moved.
    """
    query = select(Finding).where(Finding.id.in_(finding_ids)).order_by(Finding.id).with_for_update()
    moved = []
    for finding in uow.session.scalars(query):
        before = finding.due_date
        kept = finding.extension is not None and before is not None and before >= due_date
        if finding.state in OPEN_STATES and not kept and before != due_date:
            finding.due_date = due_date
            moved.append(finding.id)
        finding.circular_id = circular_id
        uow.session.flush()
        detail = {"circular_id": circular_id, "from": _words(before), "until": _words(finding.due_date)}
        note_events(uow, "circulated", [(finding.id, finding.tenant_id, detail)], note=name + _change(finding, before))
    return moved


def _change(finding: Finding, before: date | None) -> str:
    if finding.due_date == before:
        return ""
    return f"；整改时限{f'由{_words(before)}' if before else ''}改为{_words(finding.due_date)}"


def _words(day: date | None) -> str:
    return day.isoformat() if day else ""

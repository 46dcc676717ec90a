"""Taking back the sheets that still wait, when what they ask about is locked anew or the circular withdrawn."""

from sqlalchemy import update

from gongkai.core.uow import UnitOfWork
from gongkai.supervision.models import Circular
from gongkai.supervision.rounds.models import CircularReceipt, VerificationSheet
from gongkai.supervision.rounds.states import SheetState

RECALLED, WITHDRAWN = "verification.recalled", "circular.withdrawn"
"""Events with the id of a sheet, and of a receipt."""


def recall_sheets(uow: UnitOfWork, circular: Circular) -> int:
    """Take back the sheets of a circular that no unit has answered; returns how many."""
    ids = uow.session.scalars(
        update(VerificationSheet)
        .where(
            VerificationSheet.office_id == circular.tenant_id, VerificationSheet.circular_id == circular.id,
            VerificationSheet.state == SheetState.SENT,
        )
        .values(state=SheetState.RECALLED)
        .returning(VerificationSheet.id)
    ).all()  # fmt: skip
    for sheet_id in ids:
        uow.emit(RECALLED, sheet_id)
    return len(ids)


def withdraw_receipts(uow: UnitOfWork, circular: Circular, *, reason: str) -> int:
    """Tell the units that a withdrawn circular named; returns how many they are."""
    ids = uow.session.scalars(
        update(CircularReceipt)
        .where(CircularReceipt.circular_id == circular.id, CircularReceipt.office_id == circular.tenant_id)
        .values(withdrawn_reason=reason)
        .returning(CircularReceipt.id)
    ).all()
    for receipt_id in ids:
        uow.emit(WITHDRAWN, receipt_id)
    return len(ids)

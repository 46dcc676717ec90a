"""After issue: the units that a circular names have it, confirm that they have read it, and its findings fall due."""

from datetime import date

from sqlalchemy import select

from gongkai.accounts.actors import Actor
from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.errors import Conflict
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.circulars.access import details_of, snapshot_of
from gongkai.supervision.circulars.notes import cited
from gongkai.supervision.ledger.circulated import circulate_findings
from gongkai.supervision.models import Circular
from gongkai.supervision.rounds.lines import NamedLine, named_lines
from gongkai.supervision.rounds.models import CircularReceipt
from gongkai.tenancy.models import Tenant

ISSUED = "circular.issued"
"""Event with the id of a circular."""


def hand_over(uow: UnitOfWork, circular: Circular) -> int:
    """Give an issued circular to each unit that it names, and set its findings due; returns how many units.

    Called as the circular is issued, so that its number, date and deadline stand.
    """
    snapshot, details = snapshot_of(circular), details_of(circular)
    if snapshot is None or circular.issued_date is None:
        raise ValueError("only an issued circular is handed over")
    by_code: dict[str, list[NamedLine]] = {}
    for line in named_lines(snapshot, details.left_out):
        by_code.setdefault(line.code, []).append(line)
    ids = {
        row.code: row.id for row in uow.session.execute(select(Tenant.code, Tenant.id).where(Tenant.code.in_(by_code)))
    }
    deadline = date.fromisoformat(details.deadline)
    uow.session.add_all(
        CircularReceipt(
            tenant_id=ids[code], office_id=circular.tenant_id, circular_id=circular.id, title=circular.title,
            document_number=circular.document_number, correction=circular.correction,
            issued_date=circular.issued_date, deadline=deadline, contact=details.contact, phone=details.phone,
            lines=[_stored(line) for line in lines],
        )
        for code, lines in by_code.items()
    )  # fmt: skip
    uow.session.flush()
    found = [finding_id for lines in by_code.values() for line in lines for finding_id in line.finding_ids]
    circulate_findings(uow, circular_id=circular.id, finding_ids=found, due_date=deadline, name=cited(circular))
    uow.emit(ISSUED, circular.id)
    return len(by_code)


def _stored(line: NamedLine) -> dict[str, object]:
    return {
        "problem_class": line.problem_class, "title": line.problem_title, "text": line.text, "basis": line.basis,
        "finding_ids": list(line.finding_ids),
    }  # fmt: skip


def own_receipt(uow: UnitOfWork, *, actor: Actor, receipt_id: int, lock: bool = False) -> CircularReceipt:
    """A circular that names the unit acted for.

    Raises:
        NotFound: when it is missing or another unit's.
    """
    query = select(CircularReceipt).where(
        CircularReceipt.id == receipt_id, CircularReceipt.tenant_id == actor.tenant_id
    )
    return uow.one(query, lock=lock)


def confirm(uow: UnitOfWork, *, actor: Actor, receipt_id: int) -> CircularReceipt:
    """Confirm that the unit has read the circular （阅知确认）; only the first time counts.

    Raises:
        NotFound: when it is missing or another unit's.
        Conflict: when it is confirmed already, or withdrawn.
    """
    receipt = own_receipt(uow, actor=actor, receipt_id=receipt_id, lock=True)
    if receipt.withdrawn_reason:
        raise Conflict("这份通报已经撤回，不用确认。")
    if receipt.confirmed_at is not None:
        day = format_date(shanghai_date(receipt.confirmed_at))
        raise Conflict(f"{receipt.confirmed_by_name}已于{day}确认阅知。")
    receipt.confirmed_at, receipt.confirmed_by, receipt.confirmed_by_name = uow.now, actor.user_id, actor.name
    uow.session.flush()
    uow.audit(
        "circular.read", tenant_id=receipt.tenant_id, object_type="circular_receipt", object_id=receipt.id,
        detail={"circular_id": receipt.circular_id},
    )  # fmt: skip
    return receipt

"""Lists of verification rounds and of receipts, for the office that names and for the units that are named."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from gongkai.accounts.actors import Actor
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.rounds.models import CircularReceipt, VerificationLine, VerificationSheet
from gongkai.supervision.rounds.states import SheetState
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import OFFICIAL_ORDER

SETTLED_SHOWN = 50


def sheets_of(uow: UnitOfWork, *, office_id: int, circular_id: int) -> Sequence[AnyRow]:
    """The sheets of a circular that count, units in official order.

    Rows: id, unit_id, unit, unit_code, state, sent_date, due_date, answered_at, answered_by_name.
    """
    query = (
        select(
            VerificationSheet.id, VerificationSheet.tenant_id.label("unit_id"), Tenant.short_name.label("unit"),
            Tenant.code.label("unit_code"), VerificationSheet.state, VerificationSheet.sent_date,
            VerificationSheet.due_date, VerificationSheet.answered_at, VerificationSheet.answered_by_name,
        )
        .join(Tenant, Tenant.id == VerificationSheet.tenant_id)
        .where(
            VerificationSheet.office_id == office_id, VerificationSheet.circular_id == circular_id,
            VerificationSheet.state != SheetState.RECALLED,
        )
        .order_by(*OFFICIAL_ORDER, VerificationSheet.id)
    )  # fmt: skip
    return uow.session.execute(query).all()


def lines_of(uow: UnitOfWork, *, sheet_ids: Sequence[int]) -> Mapping[int, Sequence[AnyRow]]:
    """Sheet → its facts in the order of the circular.

    Rows: id, sheet_id, problem_title, text, basis, finding_ids, answer, note, link, filename, decision,
    decision_reason, decided_at.
    """
    query = (
        select(
            VerificationLine.id, VerificationLine.sheet_id, VerificationLine.problem_title, VerificationLine.text,
            VerificationLine.basis, VerificationLine.finding_ids, VerificationLine.answer, VerificationLine.note,
            VerificationLine.link, VerificationLine.filename, VerificationLine.decision,
            VerificationLine.decision_reason, VerificationLine.decided_at,
        )
        .where(VerificationLine.sheet_id.in_(sheet_ids))
        .order_by(VerificationLine.sheet_id, VerificationLine.id)
    )  # fmt: skip
    found: dict[int, list[AnyRow]] = {}
    for row in uow.session.execute(query):
        found.setdefault(row.sheet_id, []).append(row)
    return found


def own_sheets(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """The sheets that a unit has received, the latest first: id, title, office, state, sent_date, due_date."""
    query = (
        select(
            VerificationSheet.id, VerificationSheet.title, Tenant.short_name.label("office"), VerificationSheet.state,
            VerificationSheet.sent_date, VerificationSheet.due_date,
        )
        .join(Tenant, Tenant.id == VerificationSheet.office_id)
        .where(VerificationSheet.tenant_id == tenant_id)
        .order_by(VerificationSheet.sent_date.desc(), VerificationSheet.id.desc())
        .limit(SETTLED_SHOWN)
    )  # fmt: skip
    return uow.session.execute(query).all()


def own_receipts(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """The circulars that name a unit, the latest first.

    Rows: id, title, document_number, office, issued_date, deadline, withdrawn_reason, confirmed_at.
    """
    query = (
        select(
            CircularReceipt.id, CircularReceipt.title, CircularReceipt.document_number,
            Tenant.short_name.label("office"), CircularReceipt.issued_date, CircularReceipt.deadline,
            CircularReceipt.withdrawn_reason, CircularReceipt.confirmed_at,
        )
        .join(Tenant, Tenant.id == CircularReceipt.office_id)
        .where(CircularReceipt.tenant_id == tenant_id)
        .order_by(CircularReceipt.issued_date.desc(), CircularReceipt.id.desc())
        .limit(SETTLED_SHOWN)
    )  # fmt: skip
    return uow.session.execute(query).all()


def receipts_of(uow: UnitOfWork, *, office_id: int, circular_id: int) -> Sequence[AnyRow]:
    """Who has confirmed reading an issued circular, units in official order: those that have not come first.

    Rows: id, unit, unit_code, problems, confirmed_at, confirmed_by_name.
    """
    query = (
        select(
            CircularReceipt.id, Tenant.short_name.label("unit"), Tenant.code.label("unit_code"),
            func.jsonb_array_length(CircularReceipt.lines).label("problems"), CircularReceipt.confirmed_at,
            CircularReceipt.confirmed_by_name,
        )
        .join(Tenant, Tenant.id == CircularReceipt.tenant_id)
        .where(CircularReceipt.circular_id == circular_id, CircularReceipt.office_id == office_id)
        .order_by(CircularReceipt.confirmed_at.is_not(None), *OFFICIAL_ORDER)
    )  # fmt: skip
    return uow.session.execute(query).all()


def count_own(uow: UnitOfWork, actor: Actor) -> int:
    """The badge of a unit: sheets to answer and circulars to confirm."""
    sheets = select(func.count()).where(
        VerificationSheet.tenant_id == actor.tenant_id, VerificationSheet.state == SheetState.SENT
    )
    receipts = select(func.count()).where(
        CircularReceipt.tenant_id == actor.tenant_id, CircularReceipt.confirmed_at.is_(None),
        CircularReceipt.withdrawn_reason == "",
    )  # fmt: skip
    return (uow.session.scalar(sheets) or 0) + (uow.session.scalar(receipts) or 0)

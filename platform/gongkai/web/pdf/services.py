"""Asking for the PDF of a document, making it in the background, forgetting it."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from gongkai.core.ports import NotConverted, Services
from gongkai.core.uow import Scope, UnitOfWork
from gongkai.web.pdf.models import DONE, FAILED, WAITING, PdfCopy

WANTED = "pdf.wanted"
"""Event: somebody waits for a PDF; carries the copy's id."""
A_TURN = 4
"""Documents that are converted before other events have their turn."""
RETRY_AFTER = timedelta(minutes=1)
"""How long a failure is told before the next request tries again."""
KEPT = timedelta(days=7)


def ask(uow: UnitOfWork, *, tenant_id: int, docx: bytes) -> PdfCopy:
    """The PDF copy of a document, as far as it is; asked for unless it is there, waited for, or failed just now."""
    digest = hashlib.sha256(docx).hexdigest()
    start = {"state": WAITING, "source": docx, "content": None, "reason": "", "finished_at": None}
    query = select(PdfCopy).where(PdfCopy.tenant_id == tenant_id, PdfCopy.source_digest == digest)
    known = uow.session.scalar(query)
    if known is not None and not _is_to_be_retried(known, uow):
        return known
    uow.session.execute(
        insert(PdfCopy)
        .values(tenant_id=tenant_id, source_digest=digest, requested_at=uow.now, **start)
        .on_conflict_do_update(constraint="uq_pdf_copy_source", set_={"requested_at": uow.now, **start})
    )
    copy = uow.one(query.execution_options(populate_existing=True))
    uow.emit(WANTED, copy.id)
    return copy


def _is_to_be_retried(copy: PdfCopy, uow: UnitOfWork) -> bool:
    return copy.state == FAILED and copy.finished_at is not None and copy.finished_at + RETRY_AFTER <= uow.now


def convert_wanted(services: Services, uow: UnitOfWork, copy_ids: Sequence[int]) -> None:
    """Handler of `pdf.wanted`: convert a few, and put the others behind what else waits."""
    query = select(PdfCopy.id, PdfCopy.tenant_id).where(PdfCopy.id.in_(copy_ids), PdfCopy.state == WAITING)
    for place, (copy_id, tenant_id) in enumerate(uow.session.execute(query.order_by(PdfCopy.id)).all()):
        if place < A_TURN:
            _convert(services, tenant_id=tenant_id, copy_id=copy_id)
        else:
            uow.emit(WANTED, copy_id)


def _convert(services: Services, *, tenant_id: int, copy_id: int) -> None:
    """Convert one document; no transaction is open for the seconds that it takes."""
    scope = Scope(tenant_ids=(tenant_id,), acting_tenant_id=tenant_id, reason="pdf conversion")
    with services.database.transaction(scope) as uow:
        source = uow.session.scalar(select(PdfCopy.source).where(PdfCopy.id == copy_id))
    if source is None:
        return
    state, content, reason = DONE, None, ""
    try:
        content = services.converter.to_pdf(source)
    except NotConverted as refusal:
        state, reason = FAILED, refusal.reason
    with services.database.transaction(scope) as uow:
        uow.session.execute(
            update(PdfCopy)
            .where(PdfCopy.id == copy_id, PdfCopy.state == WAITING)
            .values(state=state, content=content, reason=reason, source=None, finished_at=uow.now)
        )


def forget_old(services: Services) -> None:
    """Delete the copies that are older than a week; whoever wants one again has it made again."""
    with services.database.system_scope("old pdf copies") as uow:
        uow.session.execute(
            delete(PdfCopy).where(
                PdfCopy.tenant_id.in_(uow.scope.tenant_ids), PdfCopy.requested_at < uow.now - KEPT
            )
        )  # fmt: skip

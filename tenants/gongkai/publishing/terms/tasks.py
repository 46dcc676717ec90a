"""Jobs of the term lists: files that nobody has read are read by and by, and daily everything is looked through."""

import time
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Attachment
from gongkai.publishing.terms.models import ExtractedText, TermSweep
from gongkai.publishing.terms.services import request_sweep
from gongkai.publishing.terms.sweep import sweep_items
from gongkai.publishing.terms.texts import read_file
from gongkai.tenancy.models import Tenant

FILES_A_RUN = 200
RUN_SECONDS = 120.0
DAILY = timedelta(hours=20)
"""A restart within this time of the last sweep begins no new one."""


def read_backlog(services: Services) -> None:
    """Read files that came without an event （migrated ones）, newest first, and look through their published items."""
    with services.database.system_scope("texts of attachments") as uow:
        read = (ExtractedText.tenant_id == Attachment.tenant_id) & (ExtractedText.digest == Attachment.digest)
        query = select(Attachment.tenant_id, Attachment.digest, Attachment.item_id).outerjoin(ExtractedText, read)
        waiting = uow.session.execute(
            query.where(ExtractedText.digest.is_(None)).order_by(Attachment.id.desc()).limit(FILES_A_RUN)
        ).all()
    until = time.monotonic() + RUN_SECONDS
    for tenant_id, digest, item_id in waiting:
        if time.monotonic() > until:
            return
        read_file(services, tenant_id=tenant_id, digest=digest)
        with services.database.system_scope("terms in an attachment") as uow:
            sweep_items(uow, item_ids=[item_id])


def retry_failed(services: Services) -> None:
    """Read files again whose next attempt is due, the longest waiting first, and look through their items."""
    with services.database.system_scope("failed texts of attachments") as uow:
        due = select(ExtractedText.tenant_id, ExtractedText.digest).where(ExtractedText.retry_at <= uow.now)
        files = uow.session.execute(due.order_by(ExtractedText.retry_at).limit(FILES_A_RUN)).all()
    until = time.monotonic() + RUN_SECONDS
    for tenant_id, digest in files:
        if time.monotonic() > until:
            return
        _read_again(services, tenant_id, digest)


def read_asked(services: Services, uow: UnitOfWork, attachment_ids: Sequence[int]) -> None:
    """Handler of `attachment.reading_asked`."""
    query = select(Attachment.tenant_id, Attachment.digest).where(Attachment.id.in_(attachment_ids)).distinct()
    for tenant_id, digest in uow.session.execute(query).all():
        _read_again(services, tenant_id, digest)


def _read_again(services: Services, tenant_id: int, digest: str) -> None:
    read_file(services, tenant_id=tenant_id, digest=digest)
    with services.database.system_scope("terms in an attachment read again") as uow:
        of_file = select(Attachment.item_id).where(Attachment.tenant_id == tenant_id, Attachment.digest == digest)
        sweep_items(uow, item_ids=list(uow.session.scalars(of_file.distinct())))


def sweep_daily(services: Services) -> None:
    """Look through everything once a day: entries come into force and end, bodies are abolished."""
    with services.database.system_scope("daily term sweep") as uow:
        recent = select(TermSweep.tenant_id).where(TermSweep.requested_at > uow.now - DAILY)
        roots = select(Tenant.id).where(Tenant.parent_id.is_(None), Tenant.id.not_in(recent)).order_by(Tenant.id)
        for tenant_id in uow.session.scalars(roots):
            request_sweep(uow, tenant_id=tenant_id)

"""Jobs of the term lists: files that nobody has read are read by and by, and daily everything is looked through."""

import time
from datetime import timedelta

from sqlalchemy import select

from gongkai.core.ports import Services
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


def sweep_daily(services: Services) -> None:
    """Look through everything once a day: entries come into force and end, bodies are abolished."""
    with services.database.system_scope("daily term sweep") as uow:
        recent = select(TermSweep.tenant_id).where(TermSweep.requested_at > uow.now - DAILY)
        roots = select(Tenant.id).where(Tenant.parent_id.is_(None), Tenant.id.not_in(recent)).order_by(Tenant.id)
        for tenant_id in uow.session.scalars(roots):
            request_sweep(uow, tenant_id=tenant_id)

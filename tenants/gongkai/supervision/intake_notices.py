"""Notices about documents that came in, to their units; the mails go to the contributors."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from gongkai.core.calendar.instants import format_date
from gongkai.core.module import EventHandler
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.intake.models import IntakeDocument
from gongkai.publishing.intake.queries import standing_of
from gongkai.publishing.intake.services import RECEIVED
from gongkai.publishing.models import MODES
from gongkai.supervision.alerts import notify

KIND = "intake"


def tell_units(_: Services, uow: UnitOfWork, document_ids: Sequence[int]) -> None:
    """Handler of `intake.received`: a unit learns what came in and by when it must be public."""
    wanted = select(IntakeDocument).where(IntakeDocument.id.in_(document_ids)).order_by(IntakeDocument.id)
    for document in uow.session.scalars(wanted).all():
        sent = document.document
        mode = sent["disclosure_mode"]
        due = standing_of(uow, tenant_id=document.tenant_id, item_id=document.item_id).due
        limit = f"，最迟{format_date(due)}（含当日）前公开" if due else ""
        body = f"公文系统送来《{sent['title']}》，公开属性为{MODES[mode]}{limit}。请归类、核对后送审。"
        notify(
            uow,
            tenant_id=document.tenant_id,
            kind=KIND,
            key=f"{KIND}:{document.id}",
            subject="公文系统来文待办理",
            body=body,
            link=f"/work/intake/{document.id}",
        )


HANDLERS: Mapping[str, EventHandler] = {RECEIVED: tell_units}

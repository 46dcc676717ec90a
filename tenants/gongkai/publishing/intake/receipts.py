"""What a document system gets back: one shape for the receipt and for the state of a document."""

from typing import Any

from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.intake.models import IntakeDocument
from gongkai.publishing.intake.queries import STATES, standing_of
from gongkai.tenancy.models import Tenant

ROOT = "/api/intake/v1"


def receipt(uow: UnitOfWork, *, document: IntakeDocument, base_url: str) -> dict[str, Any]:
    """The receipt of a document with where it stands now; instants in Shanghai time, days as 2026-03-23."""
    now = standing_of(uow, tenant_id=document.tenant_id, item_id=document.item_id)
    told: dict[str, Any] = {
        "receipt": document.id,
        "id": document.external_id,
        "unit": uow.session.get_one(Tenant, document.tenant_id).code,
        "received_at": document.received_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        "item_id": document.item_id,
        "publish_due_date": now.due.isoformat() if now.due else None,
        "status_url": f"{base_url}{ROOT}/documents/{document.external_id}",
        "state": now.state,
        "state_words": STATES[now.state],
        "notes": list(document.notes),
    }
    if now.at is not None:
        told["decided_at"] = now.at.astimezone(SHANGHAI).isoformat(timespec="seconds")
    if now.state == "returned":
        told["opinion"] = now.opinion
    if now.state == "published":
        told |= {"url": f"{base_url}/items/{document.item_id}", "index_number": now.index_number}
    return told

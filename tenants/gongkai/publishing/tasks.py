"""Jobs of publishing."""

import structlog
from sqlalchemy import select

from gongkai.core.errors import DomainError
from gongkai.core.ports import Services
from gongkai.core.uow import Scope
from gongkai.publishing.chain import publish_scheduled
from gongkai.publishing.models import Item
from gongkai.publishing.states import ItemState

log = structlog.get_logger()


def publish_due(services: Services) -> None:
    """Publish what was approved for a time that has come, each item in its own transaction and its unit's scope."""
    with services.database.system_scope("scheduled publication") as uow:
        due = uow.session.execute(
            select(Item.tenant_id, Item.id)
            .where(Item.state == ItemState.SCHEDULED, Item.scheduled_at <= uow.now)
            .order_by(Item.scheduled_at, Item.id)
        ).all()
    for tenant_id, item_id in due:
        scope = Scope(tenant_ids=(tenant_id,), acting_tenant_id=tenant_id, reason="scheduled publication")
        try:
            with services.database.transaction(scope) as uow:
                publish_scheduled(uow, tenant_id=tenant_id, item_id=item_id)
        except DomainError as error:
            log.warning("publishing.scheduled_refused", item_id=item_id, reason=error.message)

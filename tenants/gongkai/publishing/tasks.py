"""Jobs of publishing."""

import structlog
from sqlalchemy import select

from gongkai.core.errors import DomainError
from gongkai.core.ports import Services
from gongkai.core.uow import Scope, UnitOfWork
from gongkai.publishing.access import get_item
from gongkai.publishing.chain import publish_scheduled, step
from gongkai.publishing.models import Item, ItemStep
from gongkai.publishing.states import Action, ItemState

STOPPED = "publication.stopped"
_CLOCK = "定时发布"
log = structlog.get_logger()


def publish_due(services: Services) -> None:
    """Publish what was approved for a time that has come, each item in its own transaction and its unit's scope.

    What is refused is approved again, once, with the reason as a step and a notice to its unit: the next run does not
    meet it any more.
    """
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
            with services.database.transaction(scope) as uow:
                _stop(uow, tenant_id=tenant_id, item_id=item_id, reason=error.message)


def _stop(uow: UnitOfWork, *, tenant_id: int, item_id: int, reason: str) -> None:
    """Take an item that cannot be published off the clock, unless somebody has changed its time in between."""
    item = get_item(uow, tenant_id=tenant_id, item_id=item_id, lock=True)
    if item.state != ItemState.SCHEDULED or item.scheduled_at is None or item.scheduled_at > uow.now:
        return
    words = f"到时未能发布：{reason.rstrip('。')}。"
    step(uow, item, Action.UNSCHEDULE, ItemState.APPROVED, actor_id=None, actor_name=_CLOCK, opinion=words)
    item.scheduled_at = None
    uow.session.flush()
    latest = select(ItemStep.id).where(ItemStep.tenant_id == tenant_id, ItemStep.item_id == item_id)
    uow.emit(STOPPED, uow.session.scalars(latest.order_by(ItemStep.id.desc()).limit(1)).one())

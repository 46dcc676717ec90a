"""What belongs together stays together when open items pass to another unit."""

from collections.abc import Mapping

from sqlalchemy import select

from gongkai.core.uow import UnitOfWork
from gongkai.publishing.links.models import InterpretationPlan, ItemLink
from gongkai.publishing.models import Item


def carry_links(uow: UnitOfWork, copies: Mapping[int, Item]) -> None:
    """Give copies （original's id → copy） the links and plans of their originals.

    A link holds within one unit: it is carried where both ends have passed to the same one.
    """
    links = select(ItemLink).where(ItemLink.item_id.in_(copies), ItemLink.target_id.in_(copies))
    for link in uow.session.scalars(links.order_by(ItemLink.id)).all():
        item, target = copies[link.item_id], copies[link.target_id]
        if item.tenant_id == target.tenant_id:
            kept = _of(link, item.tenant_id, "kind", "linked_by", "linked_at")
            uow.session.add(ItemLink(item_id=item.id, target_id=target.id, **kept))
    plans = select(InterpretationPlan).where(InterpretationPlan.item_id.in_(copies))
    for plan in uow.session.scalars(plans.order_by(InterpretationPlan.id)).all():
        copy = copies[plan.item_id]
        kept = _of(plan, copy.tenant_id, "planned_date", "form", "person", "reason", "set_at")
        uow.session.add(InterpretationPlan(item_id=copy.id, **kept))
    uow.session.flush()


def _of(row: ItemLink | InterpretationPlan, tenant_id: int, *names: str) -> dict[str, object]:
    return {"tenant_id": tenant_id, **{name: getattr(row, name) for name in names}}

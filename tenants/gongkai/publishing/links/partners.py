"""What publication asks of an item's partners: an interpretation does not come before its document.

An approved interpretation waits for its document and is published with it, in one transaction. A document waits for
nothing: what it lacks then has its day (`links.plans`).
"""

from collections.abc import Collection, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from gongkai.core.errors import Refused
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.access import get_item, lock_items
from gongkai.publishing.links.models import ItemLink, JointReprint
from gongkai.publishing.models import Item
from gongkai.publishing.states import ItemState

_WERE_PUBLIC = (ItemState.PUBLISHED, ItemState.TAKEN_DOWN)


def lock_together(uow: UnitOfWork, *, tenant_id: int, item_ids: Collection[int]) -> None:
    """Lock items and what they are linked with, before anything else: who publishes one may publish the other."""
    pairs = uow.session.execute(
        select(ItemLink.item_id, ItemLink.target_id).where(
            ItemLink.tenant_id == tenant_id, or_(ItemLink.item_id.in_(item_ids), ItemLink.target_id.in_(item_ids))
        )
    )
    lock_items(uow, tenant_id=tenant_id, item_ids={*item_ids, *(end for pair in pairs for end in pair)})


def awaited(uow: UnitOfWork, item: Item) -> Sequence[str]:
    """Titles of the documents that an interpretation has to wait for, because they have not been published."""
    query = (
        select(Item.title)
        .join(ItemLink, ItemLink.target_id == Item.id)
        .where(ItemLink.tenant_id == item.tenant_id, ItemLink.item_id == item.id, Item.state.not_in(_WERE_PUBLIC))
        .order_by(Item.id)
    )
    return uow.session.scalars(query).all()


def expect_publishable(uow: UnitOfWork, item: Item) -> None:
    """Refuse what cannot come alone: an interpretation before its document, a reprint of what is gone.

    Raises:
        Refused: naming what it waits for, and what to do.
    """
    if titles := awaited(uow, item):
        raise Refused(
            f"这条解读所解读的文件《{titles[0]}》尚未发布，解读随文件一并发布，不单独发布。"
            "确需单独发布的，请先由编写人取消与该文件的关联。"
        )
    if source_gone(uow, item):
        raise Refused("牵头机关已撤下原文，这份转载不能发布。请退回修改，由编写人不再办理。")


def source_gone(uow: UnitOfWork, item: Item) -> bool:
    """Whether a reprint's source is no longer public."""
    source = aliased(Item)
    query = (
        select(JointReprint.id)
        .outerjoin(source, (source.id == JointReprint.source_id) & source.is_public)
        .where(JointReprint.tenant_id == item.tenant_id, JointReprint.item_id == (item.revises_id or item.id))
        .where(source.id.is_(None))
    )
    return uow.session.scalar(query) is not None


def companions(uow: UnitOfWork, document: Item) -> Sequence[Item]:
    """Approved interpretations of a document just published that wait for no other one; they are locked already."""
    query = (
        select(ItemLink.item_id)
        .join(Item, Item.id == ItemLink.item_id)
        .where(ItemLink.tenant_id == document.tenant_id, ItemLink.target_id == document.id)
        .where(Item.state == ItemState.APPROVED)
        .order_by(ItemLink.item_id)
    )
    uow.session.flush()
    found = [
        get_item(uow, tenant_id=document.tenant_id, item_id=item_id, lock=True)
        for item_id in uow.session.scalars(query)
    ]
    return [item for item in found if not awaited(uow, item)]

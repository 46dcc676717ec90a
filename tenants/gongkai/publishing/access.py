"""Loading items: the only way a service gets one. Foreign and missing ids answer alike."""

from collections.abc import Collection

from sqlalchemy import select, text

from gongkai.core.errors import Conflict
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item
from gongkai.publishing.states import ItemState
from gongkai.publishing.steps import state_words

_LOCK = text("SELECT gongkai_lock_items(:unit, CAST(:items AS bigint[]))")


def get_item(uow: UnitOfWork, *, tenant_id: int, item_id: int, lock: bool = False) -> Item:
    """An item of this unit, locked for the transaction if asked.

    Raises:
        NotFound: when it is missing or another unit's.
    """
    query = select(Item).where(Item.id == item_id, Item.tenant_id == tenant_id)
    return uow.one(query, lock=lock, missing="信息不存在。")


def lock_items(uow: UnitOfWork, *, tenant_id: int, item_ids: Collection[int]) -> None:
    """Lock several items of a unit and those that they revise, before anything else: the others first, then these.

    Whoever locks more than one item does so here or by `links.partners.lock_together`, both in one order, so that two
    of them never wait for each other in a circle.
    """
    uow.session.flush()
    uow.session.execute(_LOCK, {"unit": tenant_id, "items": list(item_ids)})


def expect_version(item: Item, lock_version: int | None) -> None:
    """Refuse to overwrite what somebody else saved in the meantime.

    Raises:
        Conflict: when the row is newer than the form.
    """
    if lock_version is not None and item.lock_version != lock_version:
        raise Conflict("他人已修改这条信息，您的内容没有保存。请先查看最新内容，再合并您的修改。")


def expect_seen(item: Item, lock_version: int | None) -> None:
    """Refuse a decision on something else than what the decider has read.

    Raises:
        Conflict: when the item changed after the page was opened.
    """
    if lock_version is not None and item.lock_version != lock_version:
        raise Conflict("这条信息在您打开页面之后又有变动，请先查看最新内容，再作决定。")


def expect_state(item: Item, *states: ItemState) -> None:
    """Refuse what the item's state does not allow.

    Raises:
        Conflict: naming the state it is in.
    """
    if item.state not in states:
        label = state_words(item.state, item.step)
        raise Conflict(f"这条信息现为“{label}”，不能进行此操作。请刷新页面查看最新状态。")

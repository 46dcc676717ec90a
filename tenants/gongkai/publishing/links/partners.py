"""What publication asks of an item's partners: an interpretation does not come before its document.

An approved interpretation waits for its document and is published with it, in one transaction. A document waits for
nothing: what it lacks then has its day (`links.plans`).
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import BigInteger, String, text

from gongkai.core.errors import Refused
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item

_TOGETHER = text("SELECT gongkai_lock_together(:unit, CAST(:items AS bigint[]))")
_PARTNERS = text("SELECT kind, partner_id, partner_title FROM gongkai_partners(:unit, :item, :original)").columns(
    kind=String, partner_id=BigInteger, partner_title=String
)


@dataclass(slots=True)
class Partners:
    """What publication has to know of an item's links.

    Attributes:
        awaited: titles of the documents that an interpretation has to wait for, because they have not been published.
        companions: ids of a document's approved interpretations that wait for no other one.
        source_gone: whether it is a reprint whose source is no longer public.
    """

    awaited: list[str] = field(default_factory=list)
    companions: list[int] = field(default_factory=list)
    source_gone: bool = False

    def expect_publishable(self) -> None:
        """Refuse what cannot come alone: an interpretation before its document, a reprint of what is gone.

        Raises:
            Refused: naming what it waits for, and what to do.
        """
        if self.awaited:
            raise Refused(
                f"这条解读所解读的文件《{self.awaited[0]}》尚未发布，解读随文件一并发布，不单独发布。"
                "确需单独发布的，请先由编写人取消与该文件的关联。"
            )
        if self.source_gone:
            raise Refused("牵头机关已撤下原文，这份转载不能发布。请退回修改，由编写人不再办理。")


def lock_together(uow: UnitOfWork, *, tenant_id: int, item_ids: Collection[int]) -> None:
    """Lock items and what they are linked with, before anything else: who publishes one may publish the other.

    In the order of `access.lock_items`.
    """
    uow.session.flush()
    uow.session.execute(_TOGETHER, {"unit": tenant_id, "items": list(item_ids)})


def partners_of(uow: UnitOfWork, item: Item) -> Partners:
    """The partners of a locked item, as they stand in the database."""
    values = {"unit": item.tenant_id, "item": item.id, "original": item.revises_id or item.id}
    found = Partners()
    with uow.session.no_autoflush:
        for kind, partner_id, title in uow.session.execute(_PARTNERS, values):
            if kind == "awaited":
                found.awaited.append(title)
            elif kind == "companion":
                found.companions.append(partner_id)
            else:
                found.source_gone = True
    return found

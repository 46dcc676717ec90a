"""Notices about publications that did not take place at their time, to the units."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from gongkai.core.calendar.instants import format_datetime
from gongkai.core.module import EventHandler
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item, ItemStep
from gongkai.publishing.tasks import STOPPED
from gongkai.supervision.alerts import notify

KIND = "publication_stopped"


def tell_units(_: Services, uow: UnitOfWork, step_ids: Sequence[int]) -> None:
    """Handler of `publication.stopped`: a unit learns what the clock did not publish, and why."""
    query = (
        select(ItemStep.id, ItemStep.tenant_id, ItemStep.item_id, ItemStep.at, ItemStep.opinion, Item.title)
        .join(Item, Item.id == ItemStep.item_id)
        .where(ItemStep.id.in_(step_ids))
        .order_by(ItemStep.id)
    )
    for row in uow.session.execute(query):
        notify(
            uow,
            tenant_id=row.tenant_id,
            kind=KIND,
            key=f"{KIND}:{row.id}",
            subject="定时发布没有执行",
            body=f"《{row.title}》{format_datetime(row.at)}{row.opinion}"
            "这条信息现为“已批准”，问题解决后请由审批人发布、重新定时，或者退回修改。",
            link=f"/work/items/{row.item_id}",
        )


HANDLERS: Mapping[str, EventHandler] = {STOPPED: tell_units}

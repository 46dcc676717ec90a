"""Notices of documents whose term ends within six months."""

from collections.abc import Sequence

from sqlalchemy import select

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.lifecycle.reminders import term_words
from gongkai.publishing.models import Item
from gongkai.supervision.alerts import notify

TERM_NOTICE = "term_ends"


def tell_units(_: Services, uow: UnitOfWork, item_ids: Sequence[int]) -> None:
    """Handler of `item.term_ends`: a notice to the unit of each document, once for each end of its term."""
    query = select(Item.id, Item.tenant_id, Item.title, Item.valid_until)
    rows = uow.session.execute(query.where(Item.id.in_(item_ids), Item.valid_until.is_not(None)).order_by(Item.id))
    for row in rows.all():
        notify(
            uow,
            tenant_id=row.tenant_id,
            kind=TERM_NOTICE,
            key=f"term:{row.id}:{row.valid_until}",
            subject="文件有效期将届满",
            body=f"{term_words(row.title, row.valid_until, shanghai_date(uow.now))}。",
            link=f"/work/items/{row.id}",
        )

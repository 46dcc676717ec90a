"""Items of a unit, page by page, however many there are. Always in the public scope."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, tuple_

from gongkai.catalog.models import ContentColumn
from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item
from gongkai.search.document import is_indexable


def items_of(
    uow: UnitOfWork,
    *,
    tenant_id: int,
    column_id: int | None,
    year: int | None,
    behind: tuple[datetime, int] | None,
    size: int,
) -> Sequence[AnyRow]:
    """What a unit published and still displays, the newest first, behind (published_at, id) if given.

    Rows: id, index_number, title, document_number, validity, published_at, column_name.
    """
    query = (
        select(
            Item.id, Item.index_number, Item.title, Item.document_number, Item.validity, Item.published_at,
            ContentColumn.name.label("column_name"),
        )
        .join(ContentColumn, ContentColumn.id == Item.column_id)
        .where(Item.tenant_id == tenant_id, is_indexable(uow))
    )  # fmt: skip
    if column_id is not None:
        query = query.where(Item.column_id == column_id)
    if year is not None:
        first, last = (datetime(wanted, 1, 1, tzinfo=SHANGHAI) for wanted in (year, year + 1))
        query = query.where(Item.published_at >= first, Item.published_at < last)
    if behind is not None:
        query = query.where(tuple_(Item.published_at, Item.id) < behind)
    return uow.session.execute(query.order_by(Item.published_at.desc(), Item.id.desc()).limit(size)).all()

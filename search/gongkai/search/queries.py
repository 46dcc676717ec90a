"""Lists about the index: what should be in it, and where it differs from the database."""

from collections.abc import Sequence

from sqlalchemy import func, select, text
from sqlalchemy.orm import InstrumentedAttribute

from gongkai.core.ports import SearchState
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item
from gongkai.search.document import is_indexable
from gongkai.search.models import SearchDocument

_STILL_PUBLIC = text("""
SELECT i.id, ARRAY(SELECT file ->> 'name' FROM emergency_block AS e
    JOIN item_version AS v ON v.id = i.current_version_id
    CROSS JOIN LATERAL jsonb_array_elements(v.content -> 'attachments') AS file
    WHERE e.tenant_id = i.tenant_id AND e.kind = 'hidden_file' AND e.digest = file ->> 'sha256') AS hidden
FROM item AS i WHERE i.id = ANY (CAST(:item_ids AS bigint[])) AND i.is_public
""")


def still_public(uow: UnitOfWork, *, item_ids: Sequence[int]) -> dict[int, Sequence[str]]:
    """Those of the items that are public → names of their files that an office has taken down."""
    if not item_ids:
        return {}
    return {row.id: row.hidden for row in uow.session.execute(_STILL_PUBLIC, {"item_ids": list(item_ids)})}


def indexable_ids(uow: UnitOfWork, *, after: int, limit: int) -> Sequence[int]:
    """Ids of items that belong in the index, ascending from above `after`."""
    query = select(Item.id).where(is_indexable(uow), Item.id > after).order_by(Item.id).limit(limit)
    return uow.session.scalars(query).all()


def indexable_of(uow: UnitOfWork, *, owner: InstrumentedAttribute[int], ids: Sequence[int]) -> Sequence[int]:
    """Ids of items in the index whose `owner` （unit or column） is one of `ids`, the newest first."""
    query = select(Item.id).where(is_indexable(uow), owner.in_(ids)).order_by(Item.published_at.desc(), Item.id.desc())
    return uow.session.scalars(query).all()


def count_indexable(uow: UnitOfWork) -> int:
    """How many items belong in the index."""
    return uow.session.scalar(select(func.count()).select_from(Item).where(is_indexable(uow))) or 0


def compare(uow: UnitOfWork) -> SearchState:
    """What is missing, stale or too much among the documents."""
    wanted = select(Item.id, Item.current_version_id).where(is_indexable(uow)).subquery()
    both = select(wanted.c.id).outerjoin(SearchDocument, SearchDocument.item_id == wanted.c.id).order_by(wanted.c.id)
    extra = (
        select(SearchDocument.item_id)
        .outerjoin(wanted, wanted.c.id == SearchDocument.item_id)
        .where(wanted.c.id.is_(None))
        .order_by(SearchDocument.item_id)
    )
    return SearchState(
        documents=uow.session.scalar(select(func.count()).select_from(SearchDocument)) or 0,
        missing=uow.session.scalars(both.where(SearchDocument.item_id.is_(None))).all(),
        stale=uow.session.scalars(both.where(SearchDocument.version_id != wanted.c.current_version_id)).all(),
        extra=uow.session.scalars(extra).all(),
    )

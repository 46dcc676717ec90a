"""Titles by what they begin with."""

from collections.abc import Sequence

from sqlalchemy import select, text

from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item
from gongkai.search.document import is_indexable

# From one key to the next by the index: a beginning that a hundred thousand titles share costs no more than a rare one.
_TITLES = text("""
WITH RECURSIVE step AS (
    (SELECT s.key FROM search_start AS s WHERE s.key >= :key AND s.key < :behind ORDER BY s.key LIMIT 1)
    UNION ALL
    SELECT n.key FROM step CROSS JOIN LATERAL (SELECT s.key FROM search_start AS s
        WHERE s.key > step.key AND s.key < :behind ORDER BY s.key LIMIT 1) AS n
)
SELECT DISTINCT ON (d.item_id) d.item_id, d.title, d.title_folded, d.published_at
FROM (SELECT key FROM step LIMIT :most) AS k
CROSS JOIN LATERAL (SELECT s.item_id FROM search_start AS s WHERE s.key = k.key
    ORDER BY s.item_id DESC LIMIT :each) AS s
JOIN search_document AS d ON d.item_id = s.item_id
""")
_LAST = "\U0010ffff"


def titles_beginning_with(uow: UnitOfWork, *, key: str, most: int, each: int) -> Sequence[AnyRow]:
    """Public items found from `key` on: at most `most` different beginnings, the newest `each` of one.

    Rows: item_id, title, title_folded, published_at. Whether an item is public is asked of the database.
    """
    values = {"key": key, "behind": key + _LAST, "most": most, "each": each}
    found = uow.session.execute(_TITLES, values).all()
    public = set(
        uow.session.scalars(select(Item.id).where(Item.id.in_([row.item_id for row in found]), is_indexable(uow)))
    )
    return [row for row in found if row.item_id in public]

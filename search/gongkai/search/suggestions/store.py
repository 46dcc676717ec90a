"""Writes the beginnings of titles, in the transaction that writes their documents."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, text

from gongkai.core.uow import UnitOfWork
from gongkai.search.document import Indexed
from gongkai.search.suggestions.models import SearchStart
from gongkai.search.suggestions.starts import keys_of_title

_ADD = text(
    "INSERT INTO search_start (key, item_id) SELECT * FROM unnest(CAST(:keys AS text[]), CAST(:items AS bigint[]))"
)


def write(uow: UnitOfWork, *, item_ids: Collection[int], documents: Sequence[Indexed]) -> None:
    """Replace the beginnings of these items, after their documents; items without a document have none."""
    uow.session.execute(delete(SearchStart).where(SearchStart.item_id.in_(item_ids)))
    found = [indexed.document for indexed in documents]
    rows = [(key, document["item_id"]) for document in found for key in sorted(keys_of_title(document["title"]))]
    if rows:
        uow.session.execute(_ADD, {"keys": [key for key, _ in rows], "items": [item_id for _, item_id in rows]})

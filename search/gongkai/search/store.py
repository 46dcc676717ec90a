"""Writes documents and keeps, in the same transaction, in how many of them each term occurs.

Common terms occur in nearly every document, so two indexers would wait for each other at the same rows anyway, and
could do so in a circle. One lock for all of them puts them in order, and lets each read the state that the one before
it committed: what was taken down meanwhile is never written back.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from gongkai.core.uow import UnitOfWork
from gongkai.search.attachments import rows_of
from gongkai.search.document import Document, Indexed
from gongkai.search.models import REVISION, SearchDocument, SearchGram, SearchPassage

ALL_DOCUMENTS = ""
"""The term that every document has: its count is the number of documents."""

_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('gongkai.search.index'))")
_CHANGE_COUNTS = text(
    "INSERT INTO search_gram AS kept (gram, documents)"
    " SELECT gram, by FROM unnest(CAST(:grams AS text[]), CAST(:changes AS integer[])) AS change (gram, by)"
    " ON CONFLICT (gram) DO UPDATE SET documents = kept.documents + excluded.documents"
)
_DROP_UNUSED = text("DELETE FROM search_gram WHERE gram = ANY (CAST(:grams AS text[])) AND documents <= 0")
_RECOUNT = text(
    "INSERT INTO search_gram (gram, documents)"
    " SELECT gram, count(*) FROM (SELECT unnest(grams) AS gram FROM search_document"
    " UNION ALL SELECT '' FROM search_document) AS every GROUP BY gram ORDER BY gram"
)
_MISCOUNTED = text(
    "SELECT count(*) FROM search_gram AS kept FULL JOIN"
    " (SELECT gram, count(*) AS documents FROM (SELECT unnest(grams) AS gram FROM search_document"
    " UNION ALL SELECT '' FROM search_document) AS every GROUP BY gram) AS counted USING (gram)"
    " WHERE kept.documents IS DISTINCT FROM counted.documents"
)


def lock(uow: UnitOfWork) -> None:
    """Wait until no other transaction indexes; held until this one ends. Read the items after it."""
    uow.session.flush()
    uow.session.execute(_LOCK)


def write(uow: UnitOfWork, *, item_ids: Collection[int], documents: Sequence[Indexed]) -> None:
    """Replace the documents of these items, under `lock`; items without a document are deleted.

    A document of an older version than the stored one is not written.
    """
    stored: dict[int, Any] = {
        row.item_id: row
        for row in uow.session.execute(
            select(SearchDocument.item_id, SearchDocument.version_id, SearchDocument.grams).where(
                SearchDocument.item_id.in_(item_ids)
            )
        )
    }
    outdated = {d["item_id"] for d, _ in documents if _newer(stored.get(d["item_id"]), d)}
    written = [indexed for indexed in documents if indexed.document["item_id"] not in outdated]
    wanted = [indexed.document for indexed in written]
    change: Counter[str] = Counter()
    for document in wanted:
        change.update((ALL_DOCUMENTS, *document["grams"]))
    for item_id, row in stored.items():
        if item_id not in outdated:
            change.subtract((ALL_DOCUMENTS, *row.grams))
    gone = stored.keys() - {d["item_id"] for d, _ in documents}
    if gone:
        uow.session.execute(delete(SearchDocument).where(SearchDocument.item_id.in_(gone)))
    if wanted:
        upsert = insert(SearchDocument)
        names = [name for name in Document.__annotations__ if name != "item_id"]
        upsert = upsert.on_conflict_do_update(
            index_elements=["item_id"],
            set_={name: upsert.excluded[name] for name in names} | {"revision": REVISION.next_value()},
        )
        uow.session.connection().execute(upsert, [dict(document) for document in wanted])
    _write_passages(uow, gone, written)
    _apply(uow, {gram: by for gram, by in change.items() if by})


def recount(uow: UnitOfWork) -> None:
    """Count every term anew, under `lock`: about half a minute for 100,000 documents."""
    uow.session.execute(delete(SearchGram))
    uow.session.execute(_RECOUNT)


def miscounted(uow: UnitOfWork) -> int:
    """How many terms have a wrong count."""
    return int(uow.session.execute(_MISCOUNTED).scalar_one())


def _write_passages(uow: UnitOfWork, gone: Collection[int], written: Sequence[Indexed]) -> None:
    changed = [*gone, *(indexed.document["item_id"] for indexed in written)]
    uow.session.execute(delete(SearchPassage).where(SearchPassage.item_id.in_(changed)))
    rows = [row for document, passages in written for row in rows_of(document["item_id"], passages)]
    if rows:
        uow.session.connection().execute(insert(SearchPassage), rows)


def _newer(stored: Any, document: Document) -> bool:
    return stored is not None and stored.version_id > document["version_id"]


def _apply(uow: UnitOfWork, change: dict[str, int]) -> None:
    if not change:
        return
    grams = sorted(change)
    uow.session.execute(_CHANGE_COUNTS, {"grams": grams, "changes": [change[gram] for gram in grams]})
    if any(by < 0 for by in change.values()):
        uow.session.execute(_DROP_UNUSED, {"grams": grams})

"""Compares the index in use with `search_document`: both in the order of their ids, page by page."""

from collections.abc import Iterator, Sequence
from itertools import chain

from sqlalchemy import select

from gongkai.core.errors import OutOfReach
from gongkai.core.ports import SearchState
from gongkai.core.uow import UnitOfWork
from gongkai.search.elastic.engine import Engine
from gongkai.search.models import SearchDocument

PAGE = 5_000
_KEPT = "5m"


def state(uow: UnitOfWork, engine: Engine) -> SearchState:
    """What is missing, stale or too much in the index in use.

    What seems to differ is looked at a second time, in both, since writes go on meanwhile.
    """
    try:
        with engine.answering():
            engine.client.indices.refresh(index=engine.alias)
            found = dict(_indexed(engine))
    except OutOfReach as error:
        return SearchState(0, faults=(f"检索服务器没有应答，未能核对（{error}）",))
    wanted = _documents(uow, None)
    differing = sorted(item_id for item_id in found.keys() | wanted if found.get(item_id) != wanted.get(item_id))
    for at in range(0, len(differing), PAGE):
        ids = differing[at : at + PAGE]
        with engine.answering():
            answer = engine.client.mget(index=engine.alias, ids=[str(i) for i in ids], source_includes=["revision"])
        for doc in answer["docs"]:
            found.pop(int(doc["_id"]), None)
            if doc["found"]:
                found[int(doc["_id"])] = doc["_source"]["revision"]
    again = _documents(uow, differing)
    return SearchState(
        documents=len(found),
        missing=[i for i in differing if i in again and i not in found],
        stale=[i for i in differing if i in again and i in found and found[i] != again[i]],
        extra=[i for i in differing if i in found and i not in again],
    )


def _indexed(engine: Engine) -> Iterator[tuple[int, int]]:
    """(item id, revision) of every document of the index."""
    pit = engine.client.open_point_in_time(index=engine.alias, keep_alive=_KEPT)["id"]
    try:
        after: list[int] | None = None
        while True:
            page = engine.client.search(
                pit={"id": pit, "keep_alive": _KEPT},
                size=PAGE,
                sort=[{"item_id": "asc"}],
                search_after=after,
                docvalue_fields=[{"field": "revision"}],
                source=False,
                track_total_hits=False,
            )["hits"]["hits"]
            if not page:
                return
            yield from ((int(hit["_id"]), int(hit["fields"]["revision"][0])) for hit in page)
            after = page[-1]["sort"]
    finally:
        engine.client.close_point_in_time(id=pit)


def _documents(uow: UnitOfWork, item_ids: Sequence[int] | None) -> dict[int, int]:
    """Item id → revision of these documents, or of all."""
    query = select(SearchDocument.item_id, SearchDocument.revision)
    if item_ids is None:
        return {row.item_id: row.revision for row in uow.session.execute(query)}
    pages = (item_ids[at : at + PAGE] for at in range(0, len(item_ids), PAGE))
    found = chain.from_iterable(uow.session.execute(query.where(SearchDocument.item_id.in_(ids))) for ids in pages)
    return {row.item_id: row.revision for row in found}

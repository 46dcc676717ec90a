"""What happens to the index as a whole, whatever the backend."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from gongkai.core.ports import PublicSearch, SearchHit, SearchQuery, SearchResult, SearchState, Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.publication import CHANGED
from gongkai.search.queries import count_indexable, indexable_ids, still_public

STEP = 200
"""Documents that an indexer writes in about a second."""


def find(services: Services, uow: UnitOfWork, query: SearchQuery) -> SearchResult:
    """What the backend finds, less what has been taken down since its index was written.

    Titles and texts come from the index, which follows the database within a minute; whether an item is public, and
    whether one of its files has been taken down, is asked of the database each time.

    Raises:
        Invalid: when the text is too long (field `q`).
    """
    result = services.search.search(uow, query)
    shown = still_public(uow, item_ids=[hit.item_id for hit in result.hits])
    kept = [hit for hit in result.hits if hit.item_id in shown and hit.file not in shown[hit.item_id]]
    hits = [_whole(hit, bare=bool(shown[hit.item_id]) and not hit.file) for hit in kept]
    gone = len(result.hits) - len(hits)
    return replace(result, hits=hits, total=result.total - gone) if gone or hits != result.hits else result


def _whole(hit: SearchHit, *, bare: bool) -> SearchHit:
    """A result; a bare one without its text, where the name of a file may stand that is public no more."""
    return replace(hit, snippet="", snippet_marks=()) if bare else hit


def announce(uow: UnitOfWork, *, item_ids: Sequence[int]) -> None:
    """Have many items indexed as if each had changed, a transaction a batch of the drain.

    They become due second by second, so that what is published meanwhile does not wait behind all of them.
    """
    for position, item_id in enumerate(item_ids):
        uow.emit(CHANGED, item_id, delay=timedelta(seconds=position // STEP))


def repair(services: Services, state: SearchState) -> SearchState:
    """Write anew what `state` says is wrong, and compare again.

    The documents first; then the server, at once, where a refusal says why.

    Raises:
        OutOfReach: when the search server does not answer.
    """
    ids = sorted({*state.missing, *state.stale, *state.extra})
    beside = state.beside
    follow = sorted({*ids, *beside.missing, *beside.stale, *beside.extra}) if beside else []
    with services.database.system_scope("search repair") as uow:
        services.search.index(uow, ids)
        if state.faults:
            services.search.settle(uow)
    for at in range(0, len(follow), STEP):
        with services.database.system_scope("search repair") as uow:
            services.search.mirror(uow, follow[at : at + STEP])
    with services.database.system_scope("search verify") as uow:
        return services.search.verify(uow)


def reindex_all(services: Services, search: PublicSearch, *, batch: int) -> Iterator[tuple[int, int]]:
    """Write every document anew, a transaction a batch, then let the backend put the whole in order.

    Yields (done, total) after each batch. Live writes go on beside it, and it can be run again after a break.
    """
    done, after = 0, 0
    while True:
        with services.database.system_scope("search reindex") as uow:
            total = count_indexable(uow)
            ids = indexable_ids(uow, after=after, limit=batch)
            search.index(uow, ids)
        if not ids:
            break
        done, after = done + len(ids), ids[-1]
        yield done, max(done, total)
    with services.database.system_scope("search reindex") as uow:
        search.settle(uow)

"""The PostgreSQL backend of public search: embedded mode's only one, and what remains when a search server is down."""

from collections.abc import Sequence
from dataclasses import replace

from gongkai.core.ports import SearchQuery, SearchResult, SearchState
from gongkai.core.uow import UnitOfWork
from gongkai.search import store
from gongkai.search.answer import answer
from gongkai.search.document import build_documents
from gongkai.search.matching import find
from gongkai.search.meaning.asking import Asking, Sense
from gongkai.search.meaning.near import near
from gongkai.search.queries import compare
from gongkai.search.suggestions import store as suggestions

BATCH = 200


class PostgresSearch:
    """`PublicSearch` over `search_document`; `asking` where an embedding model is configured."""

    def __init__(self, asking: Asking | None = None) -> None:
        self.asking = asking
        self._sense = Sense(asking, near) if asking else None

    def search(self, uow: UnitOfWork, query: SearchQuery) -> SearchResult:
        """Results for `query`; see `PublicSearch`."""
        return answer(uow, query, find=find, sense=self._sense)

    def index(self, uow: UnitOfWork, item_ids: Sequence[int]) -> None:
        """Bring the documents of these items in line with the database; needs the scope of their units."""
        store.lock(uow)
        ids = sorted(set(item_ids))
        for at in range(0, len(ids), BATCH):
            batch = ids[at : at + BATCH]
            documents = build_documents(uow, item_ids=batch)
            store.write(uow, item_ids=batch, documents=documents)
            suggestions.write(uow, item_ids=batch, documents=documents)

    def mirror(self, uow: UnitOfWork, item_ids: Sequence[int]) -> None:
        """The documents are all there is."""

    def verify(self, uow: UnitOfWork) -> SearchState:
        """Compare documents and counts of terms with the database."""
        state = compare(uow)
        wrong = store.miscounted(uow)
        faults = (f"词频表有{wrong}条与实际不符，请运行 gongkai search reindex",) if wrong else ()
        return replace(state, faults=faults)

    def settle(self, uow: UnitOfWork) -> None:
        """Delete documents of what is not public and count the terms of all others anew."""
        store.lock(uow)
        store.write(uow, item_ids=compare(uow).extra, documents=())
        store.recount(uow)

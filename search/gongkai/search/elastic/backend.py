"""The backend with a search server: the server finds, the database stands beside it and answers in its place."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
from elasticsearch import BadRequestError

from gongkai.core.errors import OutOfReach
from gongkai.core.ports import SearchQuery, SearchResult, SearchState
from gongkai.core.settings import Settings
from gongkai.core.uow import UnitOfWork
from gongkai.search.answer import answer
from gongkai.search.elastic.checking import state
from gongkai.search.elastic.engine import SEARCH_SECONDS, Deadline, Engine
from gongkai.search.elastic.search import find_in
from gongkai.search.elastic.writing import mirror
from gongkai.search.finding import Found
from gongkai.search.postgres import PostgresSearch

log = structlog.get_logger()

WRITTEN = "search.written"
"""Outbox event: a search document was written or deleted; its id is the item's."""


class SearchWithElastic:
    """`PublicSearch` over Elasticsearch, and over the database while that does not answer.

    `seconds` is what the server is given for a citizen's search in all.
    """

    seconds = SEARCH_SECONDS

    def __init__(self, settings: Settings) -> None:
        self.engine = Engine(settings)
        self.inside = PostgresSearch()

    def search(self, uow: UnitOfWork, query: SearchQuery) -> SearchResult:
        """Results for `query`; those of the database, `degraded`, when the server gives none in time."""
        try:
            return answer(uow, query, find=partial(self._find, Deadline(self.seconds)))
        except OutOfReach:
            return replace(self.inside.search(uow, query), degraded=True)

    def index(self, uow: UnitOfWork, item_ids: Sequence[int]) -> None:
        """Write the documents, and have the server follow in a transaction of its own."""
        self.inside.index(uow, item_ids)
        for item_id in sorted(set(item_ids)):
            uow.emit(WRITTEN, item_id)

    def mirror(self, uow: UnitOfWork, item_ids: Sequence[int]) -> None:
        """Bring the server in line with the documents of these items."""
        mirror(uow, self.engine, item_ids)

    def verify(self, uow: UnitOfWork) -> SearchState:
        """Compare the documents with the database, and the server with the documents."""
        return replace(self.inside.verify(uow), beside=state(uow, self.engine))

    def settle(self, uow: UnitOfWork) -> None:
        """Put the documents in order; a new index of the server is a matter of its own."""
        self.inside.settle(uow)

    def _find(self, deadline: Deadline, uow: UnitOfWork, **asked: Any) -> Found:
        """Ask the server, unless it has just failed to answer."""
        pause = self.engine.pause
        if not pause.allows():
            raise OutOfReach("the server did not answer a moment ago")
        try:
            found = find_in(self.engine, deadline, self.engine.alias, uow, **asked)
        except OutOfReach as error:
            # What the server finds too large is the database's turn, and no reason to ask nobody else's query.
            if not isinstance(error.__cause__, BadRequestError):
                pause.begin()
            log.warning("search.server_out_of_reach", error=str(error))
            raise
        if pause.is_on:
            log.info("search.server_answers_again")
        pause.end()
        return found

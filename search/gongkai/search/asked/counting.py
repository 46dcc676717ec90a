"""Counts searches in the process' memory and writes them now and then, in a transaction of its own after a response.

What waits is lost when the process stops, and dropped when the database does not take it: the counts are for
orientation, and no reader waits for them.
"""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from gongkai.core.ports import SearchQuery
from gongkai.core.text.folding import fold
from gongkai.core.text.personal_data import find_personal_data
from gongkai.core.uow import Database

log = structlog.get_logger()

LONGEST = 60
"""Characters of a query that is kept; longer ones are pasted texts."""
EVERY = timedelta(seconds=30)
MOST_WAITING = 500
MOST_A_DAY = 20_000
"""Different queries of one day; who sends random ones fills no disk."""
_NUMERALS = frozenset("〇零一二三四五六七八九")
_NUMBER = re.compile(r"\d(?:[ -]?\d){6}")
"""Seven digits and more may be a telephone or an account, whole or mistyped."""
_SETTINGS = text("SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '5s'")
_ADD = text("""
WITH crowded AS MATERIALIZED (
    SELECT day FROM search_query WHERE day = ANY (CAST(:days AS date[])) GROUP BY day HAVING count(*) >= :most
)
INSERT INTO search_query AS kept (day, query, searches, without_results)
SELECT new.* FROM unnest(CAST(:days AS date[]), CAST(:queries AS text[]), CAST(:searches AS integer[]),
    CAST(:without AS integer[])) AS new (day, query, searches, without_results)
WHERE new.day NOT IN (SELECT day FROM crowded)
    OR EXISTS (SELECT FROM search_query AS k WHERE k.day = new.day AND k.query = new.query)
ON CONFLICT (day, query) DO UPDATE SET searches = kept.searches + excluded.searches,
    without_results = kept.without_results + excluded.without_results
""")


@dataclass(frozen=True, slots=True)
class Count:
    """What is added to a day's query."""

    day: date
    query: str
    searches: int
    without_results: int


class Waiting:
    """Counts that are not written yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[tuple[date, str], list[int]] = {}
        self._since: datetime | None = None

    def add(self, day: date, query: str, *, found: bool, now: datetime) -> list[Count]:
        """Count a search; what is due to be written is handed out, and forgotten here."""
        with self._lock:
            if self._since is None or now < self._since:
                self._since = now
            count = self._counts.setdefault((day, query), [0, 0])
            count[0] += 1
            count[1] += not found
            if now - self._since < EVERY and len(self._counts) < MOST_WAITING:
                return []
            taken, self._counts, self._since = self._counts, {}, None
        # In one order, so that two processes never wait for each other in a circle.
        return [Count(*key, *numbers) for key, numbers in sorted(taken.items())]


def kept_form(query: SearchQuery) -> str:
    """A query as it is counted: one script, width and case. Empty for what is not counted: further pages and filters,
    long texts, and whatever may hold a personal number or an address.
    """
    narrowed = query.filters or query.since or query.until or query.after
    if query.page > 1 or narrowed or query.order == "date" or query.verbatim:
        return ""
    typed = " ".join("".join(character if character.isprintable() else " " for character in query.text).split())
    folded = fold(typed)
    if not any(map(str.isalnum, folded)) or len(folded) > LONGEST or "@" in folded:
        return ""
    if _NUMBER.search(folded) or find_personal_data(typed) or find_personal_data(folded):
        return ""
    return "".join(old if old in _NUMERALS else new for old, new in zip(typed, folded, strict=True))


def write(database: Database, counts: Sequence[Count]) -> None:
    """Add the counts to the days' rows; drops them with a warning when the database does not take them now."""
    values = {
        "days": [count.day for count in counts],
        "queries": [count.query for count in counts],
        "searches": [count.searches for count in counts],
        "without": [count.without_results for count in counts],
        "most": MOST_A_DAY,
    }
    try:
        with database.transaction() as uow:
            uow.session.execute(_SETTINGS)
            uow.session.execute(_ADD, values)
    except SQLAlchemyError as error:
        log.warning("search.queries_not_counted", queries=len(counts), error=type(error).__name__)

"""How far back the database looks for words that stand in very many documents, so that a search visits few enough.

Every match is visited to be counted by the filters. Where more than `VISITED` would be, the newest are searched and the
page says from which day on; what is older is found by narrowing the days of publication.
"""

from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import Select, func, select

from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.ports import Place
from gongkai.core.text.typed import read_ids
from gongkai.core.uow import UnitOfWork
from gongkai.search.candidates import Terms
from gongkai.search.filters import Wanted
from gongkai.search.models import SearchDocument
from gongkai.search.rarity import Rarity

VISITED = 60_000
"""Matches that a search may visit, about; some five microseconds each."""
TRIED = 10_000
"""Newest documents by which the share of matches is estimated."""
_AT = SearchDocument.published_at
_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


class Window(NamedTuple):
    """Documents are searched that were published at or after `since` and before `until`."""

    since: datetime = _FIRST
    until: datetime = _LAST

    @property
    def is_open(self) -> bool:
        """Whether nothing is left out for being old."""
        return self.since == _FIRST


ALL = Window()


def window(uow: UnitOfWork, *, path: Terms, rarity: Rarity, wanted: Wanted, after: Place | None = None) -> Window:
    """The days that are searched for the terms of `path`: all of them, or the last ones with about `VISITED` matches.

    `since` is a midnight, so at least one whole day is searched. `after`: the place behind which a page by date begins.
    """
    if min((rarity.known.get(term, 0) for term in path), default=0) <= VISITED:
        return ALL
    first, until = wanted.since or _FIRST, _until(wanted, after)
    edge = uow.session.scalar(_newest(first, until, TRIED))
    if edge is None:
        return ALL
    matching = SearchDocument.grams.contains(list(path))
    number = uow.session.scalar(select(func.count()).where(matching, edge <= _AT, until > _AT)) or 0
    enough = VISITED * TRIED // max(number, 1)
    at = uow.session.scalar(_newest(first, until, enough)) if enough < rarity.every else None
    return ALL if at is None else Window(datetime.combine(at.astimezone(SHANGHAI), time(), SHANGHAI), until)


def _newest(since: datetime, until: datetime, number: int) -> Select[datetime]:
    """When the newest document of these days was published but for so many others."""
    return select(_AT).where(since <= _AT, until > _AT).order_by(_AT.desc()).offset(number).limit(1)


def _until(wanted: Wanted, after: Place | None) -> datetime:
    """Before when documents come into question, by the wanted days and years and the place."""
    years = read_ids(wanted.values.get("year", ()))
    ends = [wanted.until or _LAST]
    if years and 1970 <= max(years) < _LAST.year:
        ends.append(datetime(max(years) + 1, 1, 1, tzinfo=SHANGHAI))
    if after:
        ends.append(after[0] + timedelta(milliseconds=1))
    return min(ends)

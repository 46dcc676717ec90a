"""The month's report for the office: frequent queries, and what follows from those that found nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period, period_range, plus_months
from gongkai.core.db import AnyRow
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.search.asked import queries
from gongkai.search.asked.models import SearchQueryCount
from gongkai.search.lexicon import Lexicon
from gongkai.search.understanding import parse
from gongkai.search.vocabulary import lexicon_of

SHOWN = 50
KEPT_MONTHS = 12


@dataclass(frozen=True, slots=True)
class InVain:
    """A query that found nothing; `word` is the phrase of it that no list of words knows, empty where all is known."""

    query: str
    times: int
    word: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What was searched for in a month.

    Attributes:
        frequent: rows of `queries.frequent`.
        unknown: queries in words that the search does not know: the office may add them to its words.
        missing: queries in known words, or by number: the catalogue may lack what they ask for.
    """

    month: Period
    months: Sequence[Period]
    searches: int
    without_results: int
    frequent: Sequence[AnyRow]
    unknown: Sequence[InVain]
    missing: Sequence[InVain]


def report(uow: UnitOfWork, *, month: Period | None) -> Report:
    """The report of a month, of the running one without `month` or for one that is not kept."""
    today = shanghai_date(uow.now)
    months = list(period_range(Period.of(queries.first_day(uow) or today), Period.of(today)))[::-1]
    month = month if month in months else months[0]
    counted = queries.totals(uow, month=month)
    lexicon = lexicon_of(uow)
    found = [_in_vain(row, lexicon) for row in queries.in_vain(uow, month=month, limit=SHOWN)]
    return Report(
        month=month,
        months=months,
        searches=int(counted.searches or 0),
        without_results=int(counted.without_results or 0),
        frequent=queries.frequent(uow, month=month, limit=SHOWN),
        unknown=[one for one in found if one.word],
        missing=[one for one in found if not one.word],
    )


def most_frequent(uow: UnitOfWork, *, limit: int) -> list[str]:
    """What was searched for most in the running month and the one before."""
    month = Period.of(shanghai_date(uow.now))
    rows = [row for one in (month, month.previous()) for row in queries.frequent(uow, month=one, limit=limit)]
    ranked = sorted(rows, key=lambda row: -row.searches)
    return list(dict.fromkeys(row.query for row in ranked))[:limit]


def forget_old(services: Services) -> None:
    """Delete what is older than twelve months."""
    with services.database.system_scope("search queries") as uow:
        until = plus_months(shanghai_date(uow.now), -KEPT_MONTHS)
        uow.session.execute(delete(SearchQueryCount).where(SearchQueryCount.day < until))


def _in_vain(row: AnyRow, lexicon: Lexicon) -> InVain:
    parsed = parse(row.query, lexicon)
    plain = [part for part in parsed.parts if part.kind == "plain" and part.end - part.start > 1]
    if parsed.number_keys or not plain:
        return InVain(row.query, int(row.without_results))
    # The whole phrase: 煤气本本 says more than its unknown half.
    at = plain[0].start
    before, behind = parsed.text[:at].split(" ")[-1], parsed.text[at:].split(" ")[0]
    return InVain(row.query, int(row.without_results), before + behind)

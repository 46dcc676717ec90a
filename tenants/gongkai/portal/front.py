"""The prefecture's front page, and the list of what is newest in all units."""

from collections.abc import Sequence
from dataclasses import dataclass

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.portal import front_queries
from gongkai.portal.addresses import link_target
from gongkai.portal.directory import Area, areas
from gongkai.publishing.queries import Cursor

NEWEST = 10
PAGE = 50
EXAMPLES = 3
_USUAL_EXAMPLES = ("财政预算", "最低生活保障", "行政处罚")


@dataclass(frozen=True, slots=True)
class FrontPage:
    """What the front page shows.

    Attributes:
        examples: searches to try; those by number are taken from what is newest, so that they find something.
        featured: (label, address) of what the office puts forward.
        figures: row of `front_queries.figures` for `month`.
    """

    examples: Sequence[str]
    newest: Sequence[AnyRow]
    areas: Sequence[Area]
    featured: Sequence[tuple[str, str]]
    figures: AnyRow
    month: Period


def front_page(uow: UnitOfWork) -> FrontPage:
    """The prefecture's front page."""
    chosen = front_queries.settings(uow)
    newest = front_queries.newest(uow, size=NEWEST)
    month = Period.of(shanghai_date(uow.now))
    return FrontPage(
        examples=_examples(chosen.get("search_examples"), newest),
        newest=newest,
        areas=areas(front_queries.all_units(uow)),
        featured=_featured(chosen.get("featured")),
        figures=front_queries.figures(uow, month=month),
        month=month,
    )


def newest_page(
    uow: UnitOfWork, *, month: Period | None, after: Cursor | None
) -> tuple[Sequence[AnyRow], Cursor | None]:
    """A page of the newest items of all units, of one month if given, and where the next page begins."""
    behind = (after.at, after.item_id) if after else None
    rows = front_queries.newest(uow, size=PAGE + 1, month=month, after=behind)
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return rows[:PAGE], Cursor(last.published_at, last.id) if last else None


def _examples(chosen: object, newest: Sequence[AnyRow]) -> list[str]:
    if isinstance(chosen, list):
        return [str(words) for words in chosen[:EXAMPLES]]
    numbers = [row.document_number for row in newest if row.document_number][:1]
    numbers += [row.index_number for row in newest][:1]
    return [*_USUAL_EXAMPLES[: EXAMPLES - len(numbers)], *numbers]


def _featured(chosen: object) -> list[tuple[str, str]]:
    entries = chosen if isinstance(chosen, list) else []
    found = [
        (str(entry.get("label", "")), link_target(entry.get("href"))) for entry in entries if isinstance(entry, dict)
    ]
    return [(label, href) for label, href in found if label and href]

"""What is asked of an engine, and what it answers: the candidates of a query in a first order, and counts for filters.

Reading, ranking and showing are the same for every engine (`answer.py`); an engine is one function.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from gongkai.core.ports import Place, SearchQuery
from gongkai.core.uow import UnitOfWork
from gongkai.search.candidates import Paths
from gongkai.search.filters import Counts, Wanted
from gongkai.search.query import ParsedQuery
from gongkai.search.rarity import Rarity
from gongkai.search.understanding import terms_of_wording

CONSIDERED = 100
"""Documents at the head of the first order that are read and weighed in full."""
ENOUGH = 50
"""Whole matches from which on near ones are not looked for."""
NEAR_SHARE = 0.6
"""Of what the best match has of the query, how much a near match must have."""
MOST_NEEDLES = 24
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PIECES = 1_000
"""Terms of what no list knows are parts of their own, numbered from here."""


@dataclass(frozen=True, slots=True)
class Found:
    """What an engine found.

    Attributes:
        whole: documents that match in all parts, whatever the filters.
        total: those that the filters leave, near matches among them.
        reachable: how many of them are in order, and so have a page number.
        hits: (item id, reading) in the first order: by relevance the first `listed`, by date those of the page. The
            reading is the number key that found it, from 0, or the number of keys.
        end: by date, the place of the last of `hits`, when others follow it.
        key: the first number key that found documents; the number of keys, or None, when none did.
        counts: what filters have to offer (`gongkai.search.filters`).
        since: from when on documents were searched, where not all were: the numbers are those of that time.
    """

    whole: int = 0
    total: int = 0
    reachable: int = 0
    hits: Sequence[tuple[int, int]] = ()
    end: Place | None = None
    key: int | None = None
    counts: Counts = field(default_factory=dict)
    since: datetime | None = None


class Find(Protocol):
    """An engine: whole matches; where they are few and none is found by its number, near ones too."""

    def __call__(
        self,
        uow: UnitOfWork,
        *,
        parsed: ParsedQuery,
        paths: Paths,
        rarity: Rarity,
        query: SearchQuery,
        wanted: Wanted,
    ) -> Found:
        """What is found for one reading of a query, and counted whatever page is asked for.

        `wanted` is what the query's filters leave; order and page are the query's.
        """


def listed(query: SearchQuery) -> int:
    """How many places of the first order a page by relevance is made from: reprints at the head may fold into one."""
    return query.page * query.size + CONSIDERED


def page_by_date(query: SearchQuery) -> tuple[int, int]:
    """Where a page by date begins and ends, counted from the beginning, or from the place that it follows."""
    skipped = 0 if query.after else (query.page - 1) * query.size
    return skipped, skipped + query.size


def place_at(milliseconds: int, item_id: int) -> Place:
    """The place of an item, by milliseconds since 1970."""
    return _EPOCH + timedelta(milliseconds=milliseconds), item_id


def milliseconds_of(place: Place) -> int:
    """When the item of a place was published, in milliseconds since 1970."""
    return (place[0] - _EPOCH) // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Needle:
    """A text that is looked for: for which part of the query, what it weighs, whether it is about its topic."""

    part: int
    text: str
    weight: float
    topic: bool


def needles_of(parsed: ParsedQuery, rarity: Rarity) -> list[Needle]:
    """Wordings of what is known, terms of what is not; the weightiest."""
    if parsed.characters:
        return [Needle(number, character, 1.0, topic=True) for number, character in enumerate(parsed.characters)]
    found: list[Needle] = []
    for number, part in enumerate(part for part in parsed.parts if part.weight > 0):
        topic = part.kind in ("word", "plain")
        if part.kind == "plain":
            terms = terms_of_wording(part.wordings[0].text)
            scale = part.weight / len(terms) ** 0.4
            rated = ((term, scale * rarity.weight(term)) for term in terms)
            found += [
                Needle(_PIECES * (number + 1) + at, term, weight, topic) for at, (term, weight) in enumerate(rated)
            ]
        else:
            rated = ((w.text, part.weight * w.share * rarity.strength(w.text)) for w in part.wordings)
            found += [Needle(number, text, weight, topic) for text, weight in rated]
    return sorted((needle for needle in found if needle.weight > 0), key=lambda needle: -needle.weight)[:MOST_NEEDLES]

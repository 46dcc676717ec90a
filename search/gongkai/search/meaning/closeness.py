"""Which documents are near a query in meaning, how near, and which of them the words have not found."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import structlog
from sqlalchemy import Text, cast, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from gongkai.core.errors import OutOfReach
from gongkai.core.ports import SearchQuery
from gongkai.core.uow import UnitOfWork
from gongkai.search.candidates import WHOLE_SHARE, Paths, Terms
from gongkai.search.filters import DIMENSIONS, Wanted, values_of
from gongkai.search.finding import CONSIDERED, ENOUGH, Found
from gongkai.search.meaning.asking import Pending, Sense
from gongkai.search.meaning.near import Vicinity
from gongkai.search.meaning.texts import query_of
from gongkai.search.models import SearchDocument
from gongkai.search.query import ParsedQuery
from gongkai.search.rarity import Rarity
from gongkai.search.understanding import terms_of_wording

log = structlog.get_logger()
BROUGHT = 30
"""Documents that only meaning finds, at most."""
LEAST = 0.35
"""How near, of the nearest, a document must be that only meaning finds."""
_NAMES = ("place", "agency")


@dataclass(frozen=True, slots=True)
class Closeness:
    """What meaning knows of a query: item id → 0 to 1; how many documents at the head of the order it brought."""

    near: Mapping[int, float] = field(default_factory=dict)
    brought: int = 0


NOTHING = Closeness()


def asked(uow: UnitOfWork, sense: Sense | None, parsed: ParsedQuery, query: SearchQuery) -> Pending | None:
    """Begin to ask the model, before the words are looked for; None where meaning has no part in the answer."""
    if sense is None or query.order == "date" or not parsed.terms:
        return None
    return sense.asking.ask(uow, query_of(parsed))


def with_meaning(
    uow: UnitOfWork,
    found: Found,
    *,
    sense: Sense | None,
    pending: Pending | None,
    parsed: ParsedQuery,
    paths: Paths,
    rarity: Rarity,
    wanted: Wanted,
) -> tuple[Found, Closeness]:
    """What the words found with what meaning adds to it; unchanged where that is not to be had.

    A document found by its number needs no meaning; neighbours are added where few match whole.
    """
    if sense is None or pending is None or (found.key is not None and found.key < len(parsed.number_keys)):
        return found, NOTHING
    try:
        meant = pending()
        cosines = sense.near(
            uow,
            Vicinity(
                model_id=meant.model_id,
                dimensions=meant.dimensions,
                vector=meant.vector,
                among=[item_id for item_id, _ in found.hits[:CONSIDERED]],
                required=required_of(parsed, rarity),
            ),
        )
    except OutOfReach as error:
        log.warning("search.without_meaning", error=str(error))
        return found, NOTHING
    near = scaled(cosines, alike=meant.alike, unlike=meant.unlike)
    if found.whole >= ENOUGH or not near:
        return found, Closeness(near)
    rows = _neighbours(uow, near, {item_id for item_id, _ in found.hits}, () if paths.dropped else paths.whole)
    added = _added(found, rows, wanted, keys=len(parsed.number_keys))
    return added, Closeness(near, added.total - found.total)


def required_of(parsed: ParsedQuery, rarity: Rarity) -> Sequence[Sequence[Terms]]:
    """For each place and agency that the query names, the terms of its names, as far as documents have them."""
    found = []
    for part in parsed.parts:
        if part.kind in _NAMES and part.weight > 0:
            names = [w.text for w in part.wordings if w.share >= WHOLE_SHARE and rarity.fewest(w.text)]
            if names:
                found.append([terms_of_wording(name) for name in names])
    return found


def scaled(cosines: Mapping[int, float], *, alike: float, unlike: float) -> dict[int, float]:
    """Item id → 0 to 1: 1 for the nearest, 0 for the usual neighbour; of those that have anything to do with the query.

    Where very many documents are as near as the nearest, as when every unit publishes the like, all of them are near.

    Args:
        alike, unlike: cosines of what belongs together and of what does not, with this model.
    """
    half = (alike + unlike) / 2
    every = sorted(cosines.values(), reverse=True)
    if not every or every[0] < half:
        return {}
    top = every[0]
    usual = min(every[len(every) // 2], top - (alike - unlike) / 2)
    return {
        item_id: (cosine - usual) / (top - usual) for item_id, cosine in cosines.items() if cosine > max(usual, half)
    }


def _neighbours(uow: UnitOfWork, near: Mapping[int, float], known: set[int], whole: Sequence[Terms]) -> list[Any]:
    """The nearest documents that the words do not find, with the values of the filters."""
    ids = [item_id for item_id, value in near.items() if value >= LEAST and item_id not in known]
    values = (getattr(SearchDocument, column) for column in DIMENSIONS.values())
    query = select(SearchDocument.item_id, SearchDocument.published_at, *values).where(SearchDocument.item_id.in_(ids))
    if whole:
        query = query.where(~or_(*(SearchDocument.grams.contains(cast(list(path), ARRAY(Text))) for path in whole)))
    rows = uow.session.execute(query).all()
    return sorted(rows, key=lambda row: (-near[row.item_id], row.item_id))[:BROUGHT]


def _added(found: Found, rows: Sequence[Any], wanted: Wanted, *, keys: int) -> Found:
    """`found` with these documents at the end of its head, in its counts, as far as the filters leave them."""
    counts = {name: Counter(found.counts.get(name, {})) for name in DIMENSIONS}
    passing = []
    for row in rows:
        values = values_of(row)
        missed = wanted.missed(values, row.published_at)
        if not missed:
            passing.append(row.item_id)
        for name, counter in counts.items():
            if missed <= {name}:
                counter.update(values[name])
    head, behind = list(found.hits[:CONSIDERED]), list(found.hits[CONSIDERED:])
    return replace(
        found,
        total=found.total + len(passing),
        reachable=found.reachable + len(passing),
        hits=[*head, *((item_id, keys) for item_id in passing), *behind],
        counts=counts,
    )

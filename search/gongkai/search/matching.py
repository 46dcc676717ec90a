"""Finding, counting and ranking in one statement (`matching.sql`).

Every document with all required terms is counted by unit, column and year; only the newest of them, and those that
have the terms in their titles, are ranked by their texts.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import Row, TextClause, select, text

from gongkai.core.ports import Facet, SearchQuery
from gongkai.core.uow import UnitOfWork
from gongkai.search.models import SearchGram
from gongkai.search.query import ParsedQuery
from gongkai.search.store import ALL_DOCUMENTS
from gongkai.search.terms import TITLE

RANKED = 1_000
"""Newest documents whose texts are weighed; also how far one can page."""
RANKED_BY_TITLE = 500
"""Newest documents with the terms in their titles, weighed whatever their age."""
WEIGHED_TERMS = 6
"""Rarest terms of a query that weigh; all of them must be there."""
SHOWN_UNITS = 50
LONGEST_PHRASE = 40

_CONSTANTS: Mapping[str, float] = {
    "k1": 1.2,
    "b": 0.75,
    # Characters of a usual title and text: constants, so that scores need no statistics of lengths.
    "title_pivot": 28.0,
    "text_pivot": 800.0,
    "title_weight": 3.0,
    "phrase_in_title": 6.0,
    "phrase_in_text": 2.0,
    # Scores within a grade count as equal: the newer document goes first.
    "grade": 2.0,
    "ranked": RANKED,
    "ranked_by_title": RANKED_BY_TITLE,
    "shown_units": SHOWN_UNITS,
}
# The planner takes an array for cheap to test; on a sequential scan each is unpacked, seconds instead of
# milliseconds. Compiling the statement takes longer than running it.
PLAN = text("SET LOCAL enable_seqscan = off; SET LOCAL jit = off; SET LOCAL work_mem = '16MB'")
USUAL_PLAN = text("RESET enable_seqscan; RESET jit; RESET work_mem")


@dataclass(frozen=True, slots=True)
class Found:
    """What the statement says.

    Attributes:
        matched: documents found whatever the filters; `total`: those that the filters leave.
        item_ids: the page, in its order.
        key: which number key found documents, from 0; the number of keys when none did.
        reachable: how many of the total can be paged to.
    """

    matched: int = 0
    total: int = 0
    reachable: int = 0
    item_ids: Sequence[int] = ()
    key: int | None = None
    units: Sequence[Facet] = ()
    columns: Sequence[Facet] = ()
    years: Sequence[Facet] = ()


def frequencies(uow: UnitOfWork, terms: Sequence[str]) -> dict[str, int]:
    """In how many documents each index term occurs, with `ALL_DOCUMENTS` for all; unknown terms are absent."""
    query = select(SearchGram.gram, SearchGram.documents).where(SearchGram.gram.in_((ALL_DOCUMENTS, *terms)))
    return {row.gram: row.documents for row in uow.session.execute(query)}


def find(
    uow: UnitOfWork, *, parsed: ParsedQuery, required: Sequence[str], known: Mapping[str, int], query: SearchQuery
) -> Found:
    """Run the statement for one reading of a query: all `required` index terms, or one of the number keys.

    `known` are the frequencies of the query's terms.
    """
    uow.session.execute(PLAN)
    values = parameters(parsed=parsed, required=required, known=known, query=query)
    rows = uow.session.execute(statement(), values).all()
    uow.session.execute(USUAL_PLAN)
    return _found(rows)


@cache
def statement() -> TextClause:
    """The statement of `matching.sql`."""
    return text((files("gongkai.search") / "matching.sql").read_text(encoding="utf8"))


def parameters(
    *, parsed: ParsedQuery, required: Sequence[str], known: Mapping[str, int], query: SearchQuery
) -> dict[str, Any]:
    """Values for the statement."""
    rarest = sorted(parsed.required, key=lambda term: known.get(term, 0))[:WEIGHED_TERMS]
    every = known.get(ALL_DOCUMENTS, 0)
    return {
        **_CONSTANTS,
        "required": list(required),
        "keys": list(parsed.number_keys),
        "in_title": [TITLE + term.removeprefix(TITLE) for term in required],
        "only_titles": not parsed.terms,
        "terms": [term.removeprefix(TITLE) for term in rarest],
        "weights": [_weight(known.get(term, 0), every) for term in rarest],
        "phrases": [phrase for phrase in parsed.phrases if 2 < len(phrase) <= LONGEST_PHRASE][:WEIGHED_TERMS],
        "unit": query.unit_code,
        "column": query.column_code,
        "year": query.year or 0,
        "by_date": query.order == "date",
        "skipped": (query.page - 1) * query.size,
        "size": query.size,
    }


def _weight(documents: int, every: int) -> float:
    """Inverse document frequency; never negative."""
    return math.log(1 + (max(every - documents, 0) + 0.5) / (documents + 0.5))


def _found(rows: Sequence[Row[Any]]) -> Found:
    of: dict[str, list[Row[Any]]] = {}
    for row in rows:
        of.setdefault(row.kind, []).append(row)

    def facets(kind: str) -> list[Facet]:
        return [Facet(row.key, row.label or row.key, row.number) for row in of.get(kind, ())]

    return Found(
        matched=of["matched"][0].number,
        total=of["total"][0].number,
        reachable=min(of["total"][0].number, RANKED),
        item_ids=[int(row.key) for row in sorted(of.get("hit", ()), key=lambda row: row.number)],
        key=of["key"][0].number,
        units=sorted(facets("unit"), key=lambda facet: -facet.count),
        columns=sorted(facets("column"), key=lambda facet: (-facet.count, facet.value)),
        years=sorted(facets("year"), key=lambda facet: facet.value, reverse=True),
    )

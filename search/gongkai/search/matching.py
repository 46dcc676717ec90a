"""Finding, counting and a first ordering in one statement (`matching.sql`).

Every document that matches in all parts is counted by unit, column and year; only the newest of them, those that have
the terms in their titles, and the near matches are weighed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import Row, TextClause, text

from gongkai.core.ports import Facet, SearchQuery
from gongkai.core.uow import UnitOfWork
from gongkai.search.candidates import NEAR_EACH, Paths
from gongkai.search.query import ParsedQuery
from gongkai.search.rarity import Rarity
from gongkai.search.understanding import terms_of_wording

RANKED = 1_000
"""How far one can page."""
NEWEST, NEWEST_BY_TITLE = 600, 400
"""Newest whole matches that are weighed by their texts, and newest with the terms in their titles."""
CONSIDERED = 100
"""Documents at the head of the first order that are read and weighed in full."""
ENOUGH = 50
"""Whole matches from which on near ones are not looked for."""
NEEDLES = 24
PIECES = 1_000
"""Terms of what no list knows are parts of their own, numbered from here."""
SHOWN_UNITS = 50

_CONSTANTS = {
    "newest": NEWEST,
    "newest_by_title": NEWEST_BY_TITLE,
    "near_each": NEAR_EACH,
    "near_share": 0.6,
    "enough": ENOUGH,
    "title_share": 2.0,
    "shown_units": SHOWN_UNITS,
}
# The planner takes an array for cheap to test; on a sequential scan each is unpacked, seconds instead of
# milliseconds. Compiling the statement takes longer than running it.
PLAN = text("SET LOCAL enable_seqscan = off; SET LOCAL jit = off; SET LOCAL work_mem = '16MB'")
USUAL_PLAN = text("RESET enable_seqscan; RESET jit; RESET work_mem")


@dataclass(frozen=True, slots=True)
class _Needle:
    """A text that is looked for: for which part of the query, what it weighs, whether it is about its topic."""

    part: int
    text: str
    weight: float
    topic: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What the statement says.

    Attributes:
        whole: documents that match in all parts, whatever the filters.
        total: those that the filters leave; `ordered`: how many of them are in order.
        hits: (item id, reading) in the first order, from the page's first or, by relevance, from the first of all.
        key: which number key found documents, from 0; the number of keys when none did.
    """

    whole: int = 0
    total: int = 0
    ordered: int = 0
    hits: Sequence[tuple[int, int]] = ()
    key: int | None = None
    units: Sequence[Facet] = ()
    columns: Sequence[Facet] = ()
    years: Sequence[Facet] = ()


def find(uow: UnitOfWork, *, parsed: ParsedQuery, paths: Paths, rarity: Rarity, query: SearchQuery) -> Found:
    """Run the statement for one query."""
    if not (paths.whole or paths.near or parsed.number_keys):
        return Found()
    uow.session.execute(PLAN)
    rows = uow.session.execute(statement(), parameters(parsed=parsed, paths=paths, rarity=rarity, query=query)).all()
    uow.session.execute(USUAL_PLAN)
    return _found(rows)


@cache
def statement() -> TextClause:
    """The statement of `matching.sql`."""
    return text((files("gongkai.search") / "matching.sql").read_text(encoding="utf8"))


def parameters(*, parsed: ParsedQuery, paths: Paths, rarity: Rarity, query: SearchQuery) -> dict[str, Any]:
    """Values for the statement."""
    needles = _needles(parsed, rarity)
    by_date = query.order == "date"
    skipped = (query.page - 1) * query.size
    joined = [" ".join(path) for path in paths.whole]
    return {
        **_CONSTANTS,
        "alone": joined[0] if len(joined) == 1 else "",
        "first": joined[0] if len(joined) > 1 else "",
        "others": joined[1:],
        "near": [" ".join(path) for path in paths.near],
        "titles": [" ".join(path) for path in paths.titles],
        "keys": list(parsed.number_keys),
        "only_titles": not parsed.terms,
        "part": [needle.part for needle in needles],
        "needles": [needle.text for needle in needles],
        "weights": [needle.weight for needle in needles],
        "topics": [needle.topic for needle in needles],
        "unit": query.unit_code,
        "column": query.column_code,
        "year": query.year or 0,
        "by_date": by_date,
        "skipped": min(skipped, RANKED) if by_date else 0,
        "last": min(skipped + query.size, RANKED) if by_date else min(max(CONSIDERED, skipped + query.size), RANKED),
    }


def _needles(parsed: ParsedQuery, rarity: Rarity) -> list[_Needle]:
    """Wordings of what is known, terms of what is not; the weightiest."""
    if parsed.characters:
        return [_Needle(number, character, 1.0, topic=True) for number, character in enumerate(parsed.characters)]
    found: list[_Needle] = []
    for number, part in enumerate(part for part in parsed.parts if part.weight > 0):
        topic = part.kind in ("word", "plain")
        if part.kind == "plain":
            terms = terms_of_wording(part.wordings[0].text)
            scale = part.weight / len(terms) ** 0.4
            rated = ((term, scale * rarity.weight(term)) for term in terms)
            found += [
                _Needle(PIECES * (number + 1) + at, term, weight, topic) for at, (term, weight) in enumerate(rated)
            ]
        else:
            rated = ((w.text, part.weight * w.share * rarity.strength(w.text)) for w in part.wordings)
            found += [_Needle(number, text, weight, topic) for text, weight in rated]
    return sorted((needle for needle in found if needle.weight > 0), key=lambda needle: -needle.weight)[:NEEDLES]


def _found(rows: Sequence[Row[Any]]) -> Found:
    of: dict[str, list[Row[Any]]] = {}
    for row in rows:
        of.setdefault(row.kind, []).append(row)

    def facets(kind: str) -> list[Facet]:
        return [Facet(row.key, row.label or row.key, row.number) for row in of.get(kind, ())]

    def number(kind: str) -> int:
        return int(of[kind][0].number or 0)

    return Found(
        whole=number("whole"),
        total=number("total"),
        ordered=min(number("ordered"), RANKED),
        hits=[(int(row.key), int(row.label)) for row in sorted(of.get("hit", ()), key=lambda row: row.number)],
        key=of["key"][0].number,
        units=sorted(facets("unit"), key=lambda facet: -facet.count),
        columns=sorted(facets("column"), key=lambda facet: (-facet.count, facet.value)),
        years=sorted(facets("year"), key=lambda facet: facet.value, reverse=True),
    )

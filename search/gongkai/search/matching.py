"""Finding, counting and a first ordering in one statement (`matching.sql`).

Every document that matches in all parts is counted by unit, column and year; only the newest of them, those that have
the terms in their titles, and the near matches are weighed.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import Row, TextClause, text

from gongkai.core.ports import Facet, SearchQuery
from gongkai.core.uow import UnitOfWork
from gongkai.search.candidates import NEAR_EACH, Paths
from gongkai.search.finding import ENOUGH, NEAR_SHARE, SHOWN_UNITS, Found, listed, needles_of
from gongkai.search.query import ParsedQuery
from gongkai.search.rarity import Rarity

RANKED = 1_000
"""How far one can page."""
NEWEST, NEWEST_BY_TITLE = 600, 400
"""Newest whole matches that are weighed by their texts, and newest with the terms in their titles."""

_CONSTANTS = {
    "newest": NEWEST,
    "newest_by_title": NEWEST_BY_TITLE,
    "near_each": NEAR_EACH,
    "near_share": NEAR_SHARE,
    "enough": ENOUGH,
    "title_share": 2.0,
    "shown_units": SHOWN_UNITS,
}
# The planner takes an array for cheap to test; on a sequential scan each is unpacked, seconds instead of
# milliseconds. Compiling the statement takes longer than running it.
PLAN = text("SET LOCAL enable_seqscan = off; SET LOCAL jit = off; SET LOCAL work_mem = '16MB'")
USUAL_PLAN = text("RESET enable_seqscan; RESET jit; RESET work_mem")


def find(uow: UnitOfWork, *, parsed: ParsedQuery, paths: Paths, rarity: Rarity, query: SearchQuery) -> Found:
    """`Find` on `search_document`."""
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
    needles = needles_of(parsed, rarity)
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
        "last": min(skipped + query.size if by_date else listed(query), RANKED),
    }


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
        reachable=min(number("ordered"), RANKED),
        hits=[(int(row.key), int(row.label)) for row in sorted(of.get("hit", ()), key=lambda row: row.number)],
        key=of["key"][0].number,
        units=sorted(facets("unit"), key=lambda facet: -facet.count),
        columns=sorted(facets("column"), key=lambda facet: (-facet.count, facet.value)),
        years=sorted(facets("year"), key=lambda facet: facet.value, reverse=True),
    )

"""Finding, counting and a first ordering in one statement (`matching.sql`).

Every document that matches in all parts is counted by each dimension; only the newest of them, those that have
the terms in their titles, and the near matches are weighed.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import Row, TextClause, text

from gongkai.core.ports import SearchQuery
from gongkai.core.uow import UnitOfWork
from gongkai.search.candidates import NEAR_EACH, Paths
from gongkai.search.filters import DIMENSIONS, SEVERAL, Wanted
from gongkai.search.finding import ENOUGH, NEAR_SHARE, Found, listed, needles_of, page_by_date, place_at
from gongkai.search.query import ParsedQuery
from gongkai.search.rarity import Rarity
from gongkai.search.window import Window, window

RANKED = 1_000
"""How far page numbers reach."""
NEWEST, NEWEST_BY_TITLE = 600, 400
"""Newest whole matches that are weighed by their texts, and newest with the terms in their titles."""

_CONSTANTS = {
    "newest": NEWEST,
    "newest_by_title": NEWEST_BY_TITLE,
    "near_each": NEAR_EACH,
    "near_share": NEAR_SHARE,
    "enough": ENOUGH,
    "title_share": 2.0,
}
_NUMBERED = "tenant"
"""The dimension whose values are compared as numbers: a filter may hold thousands of them."""
_COLUMNS = ", ".join(("item_id", *DIMENSIONS.values(), "published_at"))
# The planner takes an array for cheap to test; on a sequential scan each is unpacked, seconds instead of
# milliseconds. Compiling the statement takes longer than running it.
PLAN = text("SET LOCAL enable_seqscan = off; SET LOCAL jit = off; SET LOCAL work_mem = '16MB'")
USUAL_PLAN = text("RESET enable_seqscan; RESET jit; RESET work_mem")


def find(
    uow: UnitOfWork, *, parsed: ParsedQuery, paths: Paths, rarity: Rarity, query: SearchQuery, wanted: Wanted
) -> Found:
    """`Find` on `search_document`."""
    if not (paths.whole or paths.near or parsed.number_keys):
        return Found()
    uow.session.execute(PLAN)
    looked = window(uow, path=(*paths.whole, ())[0], rarity=rarity, wanted=wanted, after=query.after)
    values = parameters(parsed=parsed, paths=paths, rarity=rarity, query=query, wanted=wanted, looked=looked)
    rows = uow.session.execute(statement(), values).all()
    uow.session.execute(USUAL_PLAN)
    return replace(_found(rows, by_date=query.order == "date"), since=None if looked.is_open else looked.since)


@cache
def statement() -> TextClause:
    """The statement of `matching.sql`."""
    written = (files("gongkai.search") / "matching.sql").read_text(encoding="utf8")
    return text(written.format(columns=_COLUMNS, missed=_missed(), counts=_counts()))


def _missed() -> str:
    """A sum with a bit for each filter that a document does not pass; its day is the last."""
    passes = [f"CAST(:{name} AS {_array(name)}) IS NULL OR {_passes(name)}" for name in DIMENSIONS]
    days = "(CAST(:since AS timestamptz) IS NULL OR published_at >= :since)"
    days += " AND (CAST(:until AS timestamptz) IS NULL OR published_at < :until)"
    return " + ".join(f"CASE WHEN {test} THEN 0 ELSE {1 << at} END" for at, test in enumerate([*passes, days]))


def _passes(name: str) -> str:
    wanted, column = f"CAST(:{name} AS {_array(name)})", DIMENSIONS[name]
    if name == SEVERAL:
        return f"{column} && {wanted}"
    return f"{column if name == _NUMBERED else f'{column}::text'} = ANY ({wanted})"


def _array(name: str) -> str:
    return "bigint[]" if name == _NUMBERED else "text[]"


def _counts() -> str:
    """A row for each dimension, counted where a document passes all filters but its own."""
    return "\nUNION ALL\n".join(
        f"SELECT 'counts', '{name}', jsonb_object_agg(value, documents)::text, 0 FROM (\n"  # noqa: S608 - our own names
        f"    SELECT value, count(*) AS documents FROM (SELECT {_value(name)} AS value FROM counted\n"
        f"    WHERE missed IN (0, {1 << at})) AS passing GROUP BY value) AS counted_{name}"
        for at, name in enumerate(DIMENSIONS)
    )


def _value(name: str) -> str:
    return f"unnest({DIMENSIONS[name]})" if name == SEVERAL else DIMENSIONS[name]


def parameters(
    *, parsed: ParsedQuery, paths: Paths, rarity: Rarity, query: SearchQuery, wanted: Wanted, looked: Window
) -> dict[str, Any]:
    """Values for the statement."""
    needles = needles_of(parsed, rarity)
    by_date = query.order == "date"
    skipped, last = page_by_date(query) if by_date else (0, listed(query))
    at, item_id = query.after or (None, None)
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
        **{name: sorted(wanted.values[name]) if name in wanted.values else None for name in DIMENSIONS},
        "looked_since": looked.since,
        "looked_until": looked.until,
        "since": wanted.since,
        "until": wanted.until,
        "by_date": by_date,
        "after_at": at,
        "after_id": item_id,
        "skipped": min(skipped, RANKED),
        "last": min(last, RANKED),
    }


def _found(rows: Sequence[Row[Any]], *, by_date: bool) -> Found:
    of: dict[str, list[Row[Any]]] = {}
    for row in rows:
        of.setdefault(row.kind, []).append(row)

    def number(kind: str) -> int:
        return int(of[kind][0].number or 0)

    return Found(
        whole=number("whole"),
        total=number("total"),
        reachable=min(number("total" if by_date else "ordered"), RANKED),
        hits=[(int(row.key), int(row.label)) for row in sorted(of.get("hit", ()), key=lambda row: row.number)],
        end=next((place_at(int(row.number), int(row.key)) for row in of.get("end", ())), None),
        key=of["key"][0].number,
        counts={row.key: json.loads(row.label) for row in of["counts"] if row.label},
    )

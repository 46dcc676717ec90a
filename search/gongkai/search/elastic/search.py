"""Finds on the server: one request or two within one time limit, and their answers as the `Found` of every engine."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from gongkai.core.errors import OutOfReach
from gongkai.core.ports import Place, SearchQuery
from gongkai.core.uow import UnitOfWork
from gongkai.search.candidates import Paths
from gongkai.search.elastic.definition import RESULT_WINDOW
from gongkai.search.elastic.engine import Deadline, Engine
from gongkai.search.elastic.request import WHOLE, Asked, near_request, whole_request
from gongkai.search.filters import DIMENSIONS, Counts, Wanted
from gongkai.search.finding import (
    ENOUGH,
    NEAR_SHARE,
    Found,
    listed,
    milliseconds_of,
    needles_of,
    page_by_date,
    place_at,
)
from gongkai.search.query import ParsedQuery
from gongkai.search.rarity import Rarity

_NEEDED = (
    "timed_out,hits.total,hits.hits._id,hits.hits._score,hits.hits.sort,hits.hits.fields,hits.hits.matched_queries,"
    "aggregations"
)


@dataclass(frozen=True, slots=True)
class Near:
    """A match of the second request; `values`: dimension → its values, `at`: milliseconds of its publication."""

    item_id: int
    at: int
    values: Mapping[str, frozenset[str]]


def find_in(
    engine: Engine,
    deadline: Deadline,
    index: str,
    _: UnitOfWork,
    *,
    parsed: ParsedQuery,
    paths: Paths,
    rarity: Rarity,
    query: SearchQuery,
    wanted: Wanted,
) -> Found:
    """`Find` over an index or alias.

    Raises:
        OutOfReach: when the whole answer is not there in time.
    """
    asked = Asked(parsed, paths, needles_of(parsed, rarity), query, wanted)
    whole, keys = 0, len(parsed.number_keys)
    if paths.whole or keys:
        answer = _ask(engine, deadline, index, parsed, whole_request(asked))
        whole, key = answer["aggregations"]["matched"]["doc_count"], _first_key(answer, keys)
        if not paths.near or whole >= ENOUGH or key < keys:
            return _whole(asked, answer, whole=whole, key=key)
    if not paths.near:
        return Found()
    answer = _ask(engine, deadline, index, parsed, near_request(asked))
    return _near(asked, answer.get("hits", {}).get("hits", ()), whole=whole)


def _ask(engine: Engine, deadline: Deadline, index: str, parsed: ParsedQuery, body: dict[str, Any]) -> dict[str, Any]:
    seconds = deadline.left
    with engine.answering():
        found: dict[str, Any] = (
            engine.within(seconds)
            .search(
                index=index,
                allow_partial_search_results=False,
                # The same copy for the same words: while one of them refreshes, pages of two copies would overlap.
                preference=f"words-{crc32(parsed.folded.encode())}",
                timeout=f"{int(seconds * 1000)}ms",
                filter_path=_NEEDED,
                **body,
            )
            .body
        )
    if found["timed_out"]:
        raise OutOfReach("the search took too long")
    return found


def _first_key(answer: Mapping[str, Any], keys: int) -> int:
    """The first number key that found documents; the number of keys when none did."""
    buckets = answer["aggregations"]["keys"]["buckets"] if keys else ()
    return next((at for at, bucket in enumerate(buckets) if bucket["doc_count"]), keys)


def _whole(asked: Asked, answer: Mapping[str, Any], *, whole: int, key: int) -> Found:
    counts, total = answer["aggregations"], answer["hits"]["total"]["value"]
    keys, query = len(asked.parsed.number_keys), asked.query
    found = answer["hits"].get("hits", ())
    hits, end = found, None
    if query.order == "date":
        hits = found[: query.size]
        follow = len(found) > query.size if query.after else page_by_date(query)[0] + len(found) < total
        end = place_at(*hits[-1]["sort"]) if hits and follow else None
    values = {
        name: {str(bucket["key"]): bucket["doc_count"] for bucket in counts[name]["values"]["buckets"]}
        for name in DIMENSIONS
    }
    return Found(
        whole=whole,
        total=total,
        reachable=min(total, RESULT_WINDOW - RESULT_WINDOW % query.size),
        hits=[(int(hit["_id"]), min(map(int, hit.get("matched_queries", ())), default=keys)) for hit in hits],
        end=end,
        key=key,
        counts=values,
    )


def _near(asked: Asked, hits: Sequence[Mapping[str, Any]], *, whole: int) -> Found:
    shown, counts = counted(hits, asked.wanted)
    query, keys, total = asked.query, len(asked.parsed.number_keys), len(shown)
    page, end = _dated(shown, query) if query.order == "date" else (shown[: listed(query)], None)
    return Found(
        whole=whole,
        total=total,
        reachable=total,
        hits=[(near.item_id, keys) for near in page],
        end=end,
        key=keys if whole else None,
        counts=counts,
    )


def _dated(shown: Sequence[Near], query: SearchQuery) -> tuple[list[Near], Place | None]:
    """The page of these by date, and its end."""
    first, last = page_by_date(query)
    ordered = sorted(((near.at, near.item_id, near) for near in shown), reverse=True)
    if query.after:
        place = (milliseconds_of(query.after), query.after[1])
        ordered = [entry for entry in ordered if entry[:2] < place]
    page = [near for _, _, near in ordered[first:last]]
    return page, place_at(page[-1].at, page[-1].item_id) if page and last < len(ordered) else None


def counted(hits: Sequence[Mapping[str, Any]], wanted: Wanted) -> tuple[list[Near], Counts]:
    """Whole and near matches that the filters leave, and each dimension's values counted under the others.

    A near match counts when it has nearly as much of the query as the best has; `hits` are those of `near_request`.
    """
    least = NEAR_SHARE * max((hit["_score"] for hit in hits), default=0)
    shown, counts = [], {name: Counter[str]() for name in DIMENSIONS}
    for hit in hits:
        if hit["_score"] < least and WHOLE not in hit.get("matched_queries", ()):
            continue
        near = _read(hit)
        missed = wanted.missed(near.values, datetime.fromtimestamp(near.at / 1000, UTC))
        if not missed:
            shown.append(near)
        for name, counter in counts.items():
            if missed <= {name}:
                counter.update(near.values[name])
    return shown, counts


def _read(hit: Mapping[str, Any]) -> Near:
    fields = hit["fields"]
    values = {name: frozenset(map(str, fields.get(field, ()))) for name, field in DIMENSIONS.items()}
    return Near(int(hit["_id"]), int(fields["published_at"][0]), values)

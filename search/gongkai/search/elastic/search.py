"""Finds on the server: one request or two within one time limit, and their answers as the `Found` of every engine."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from gongkai.core.errors import OutOfReach
from gongkai.core.ports import SearchQuery
from gongkai.core.uow import UnitOfWork
from gongkai.search.candidates import Paths
from gongkai.search.elastic.definition import RESULT_WINDOW
from gongkai.search.elastic.engine import Deadline, Engine
from gongkai.search.elastic.request import FIELDS, WHOLE, Asked, near_request, whole_request
from gongkai.search.filters import Counts, Wanted
from gongkai.search.finding import ENOUGH, NEAR_SHARE, Found, listed, needles_of
from gongkai.search.query import ParsedQuery
from gongkai.search.rarity import Rarity

_NEEDED = "timed_out,hits.total,hits.hits._id,hits.hits._score,hits.hits.fields,hits.hits.matched_queries,aggregations"


@dataclass(frozen=True, slots=True)
class Near:
    """A match of the second request; `values`: dimension → its values, `at`: when it was published."""

    item_id: int
    at: datetime
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
    keys, size = len(asked.parsed.number_keys), asked.query.size
    hits = answer["hits"].get("hits", ())
    values = {
        name: {str(bucket["key"]): bucket["doc_count"] for bucket in counts[name]["values"]["buckets"]}
        for name in FIELDS
    }
    return Found(
        whole=whole,
        total=total,
        reachable=min(total, RESULT_WINDOW - RESULT_WINDOW % size),
        hits=[(int(hit["_id"]), min(map(int, hit.get("matched_queries", ())), default=keys)) for hit in hits],
        key=key,
        counts=values,
    )


def _near(asked: Asked, hits: Sequence[Mapping[str, Any]], *, whole: int) -> Found:
    shown, counts = counted(hits, asked.wanted)
    query, keys, total = asked.query, len(asked.parsed.number_keys), len(shown)
    first, last = 0, listed(query)
    if query.order == "date":
        shown.sort(key=lambda near: (near.at, near.item_id), reverse=True)
        first, last = (query.page - 1) * query.size, query.page * query.size
    return Found(
        whole=whole,
        total=total,
        reachable=total,
        hits=[(near.item_id, keys) for near in shown[first:last]],
        key=keys if whole else None,
        counts=counts,
    )


def counted(hits: Sequence[Mapping[str, Any]], wanted: Wanted) -> tuple[list[Near], Counts]:
    """Whole and near matches that the filters leave, and each dimension's values counted under the others.

    A near match counts when it has nearly as much of the query as the best has; `hits` are those of `near_request`.
    """
    least = NEAR_SHARE * max((hit["_score"] for hit in hits), default=0)
    shown, counts = [], {name: Counter[str]() for name in FIELDS}
    for hit in hits:
        if hit["_score"] < least and WHOLE not in hit.get("matched_queries", ()):
            continue
        near = _read(hit)
        missed = wanted.missed(near.values, near.at)
        if not missed:
            shown.append(near)
        for name, counter in counts.items():
            if missed <= {name}:
                counter.update(near.values[name])
    return shown, counts


def _read(hit: Mapping[str, Any]) -> Near:
    fields = hit["fields"]
    values = {name: frozenset(map(str, fields.get(field, ()))) for name, field in FIELDS.items()}
    return Near(int(hit["_id"]), datetime.fromtimestamp(int(fields["published_at"][0]) / 1000, UTC), values)

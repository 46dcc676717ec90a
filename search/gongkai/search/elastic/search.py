"""Finds on the server: one request or two within one time limit, and their answers as the `Found` of every engine."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from sqlalchemy import select

from gongkai.core.errors import OutOfReach
from gongkai.core.ports import Facet, SearchQuery
from gongkai.core.uow import UnitOfWork
from gongkai.search.candidates import Paths
from gongkai.search.elastic.definition import RESULT_WINDOW
from gongkai.search.elastic.engine import Deadline, Engine
from gongkai.search.elastic.request import FILTERS, WHOLE, Asked, near_request, whole_request
from gongkai.search.finding import ENOUGH, NEAR_SHARE, SHOWN_UNITS, Found, listed, needles_of
from gongkai.search.query import ParsedQuery
from gongkai.search.rarity import Rarity
from gongkai.tenancy.models import Tenant

_NEEDED = "timed_out,hits.total,hits.hits._id,hits.hits._score,hits.hits.fields,hits.hits.matched_queries,aggregations"
Counts = Mapping[str, Mapping[str, int]]
"""Name of a filter → value → number of documents."""


@dataclass(frozen=True, slots=True)
class Near:
    """A match of the second request; `values`: name of a filter → value, `at`: milliseconds of its publication."""

    item_id: int
    at: int
    values: Mapping[str, str]


def find_in(
    engine: Engine,
    deadline: Deadline,
    index: str,
    uow: UnitOfWork,
    *,
    parsed: ParsedQuery,
    paths: Paths,
    rarity: Rarity,
    query: SearchQuery,
) -> Found:
    """`Find` over an index or alias.

    Raises:
        OutOfReach: when the whole answer is not there in time.
    """
    asked = Asked(parsed, paths, needles_of(parsed, rarity), query, _chosen(uow, query))
    whole, keys = 0, len(parsed.number_keys)
    if paths.whole or keys:
        answer = _ask(engine, deadline, index, parsed, whole_request(asked))
        whole, key = answer["aggregations"]["matched"]["doc_count"], _first_key(answer, keys)
        if not paths.near or whole >= ENOUGH or key < keys:
            return _whole(uow, asked, answer, whole=whole, key=key)
    if not paths.near:
        return Found()
    answer = _ask(engine, deadline, index, parsed, near_request(asked))
    return _near(uow, asked, answer.get("hits", {}).get("hits", ()), whole=whole)


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


def _chosen(uow: UnitOfWork, query: SearchQuery) -> dict[str, str]:
    """Name of a filter → value in the index, for those that are set; an unknown unit has no documents."""
    unit_id = uow.session.scalar(select(Tenant.id).where(Tenant.code == query.unit_code)) if query.unit_code else None
    unit = str(unit_id or 0) if query.unit_code else ""
    values = {"unit": unit, "column": query.column_code, "year": str(query.year or "")}
    return {name: value for name, value in values.items() if value}


def _first_key(answer: Mapping[str, Any], keys: int) -> int:
    """The first number key that found documents; the number of keys when none did."""
    buckets = answer["aggregations"]["keys"]["buckets"] if keys else ()
    return next((at for at, bucket in enumerate(buckets) if bucket["doc_count"]), keys)


def _whole(uow: UnitOfWork, asked: Asked, answer: Mapping[str, Any], *, whole: int, key: int) -> Found:
    counts, total = answer["aggregations"], answer["hits"]["total"]["value"]
    keys, size = len(asked.parsed.number_keys), asked.query.size
    hits = answer["hits"].get("hits", ())
    values = {
        name: {str(bucket["key"]): bucket["doc_count"] for bucket in counts[name]["values"]["buckets"]}
        for name in FILTERS
    }
    return Found(
        whole=whole,
        total=total,
        reachable=min(total, RESULT_WINDOW - RESULT_WINDOW % size),
        hits=[(int(hit["_id"]), min(map(int, hit.get("matched_queries", ())), default=keys)) for hit in hits],
        key=key,
        **_facets(uow, asked.query, values, total),
    )


def _near(uow: UnitOfWork, asked: Asked, hits: Sequence[Mapping[str, Any]], *, whole: int) -> Found:
    shown, counts = counted(hits, asked.chosen)
    query, keys, total = asked.query, len(asked.parsed.number_keys), len(shown)
    first, last = 0, listed(query)
    if query.order == "date":
        shown.sort(key=lambda near: (-near.at, -near.item_id))
        first, last = (query.page - 1) * query.size, query.page * query.size
    return Found(
        whole=whole,
        total=total,
        reachable=total,
        hits=[(near.item_id, keys) for near in shown[first:last]],
        key=keys if whole else None,
        **_facets(uow, query, counts, total),
    )


def counted(hits: Sequence[Mapping[str, Any]], chosen: Mapping[str, str]) -> tuple[list[Near], Counts]:
    """Whole and near matches that the filters leave, and each filter's values counted under the others.

    A near match counts when it has nearly as much of the query as the best has; `hits` are those of `near_request`.
    """
    least = NEAR_SHARE * max((hit["_score"] for hit in hits), default=0)
    shown, counts = [], {name: Counter[str]() for name in FILTERS}
    for hit in hits:
        if hit["_score"] < least and WHOLE not in hit.get("matched_queries", ()):
            continue
        near = _read(hit)
        missed = {name for name, value in chosen.items() if near.values[name] != value}
        if not missed:
            shown.append(near)
        for name, counter in counts.items():
            if missed <= {name}:
                counter[near.values[name]] += 1
    return shown, counts


def _read(hit: Mapping[str, Any]) -> Near:
    fields = hit["fields"]
    values = {name: str(fields[field][0]) for name, field in FILTERS.items()}
    return Near(int(hit["_id"]), int(fields["published_at"][0]), values)


def _facets(uow: UnitOfWork, query: SearchQuery, counts: Counts, total: int) -> dict[str, list[Facet]]:
    columns = sorted(counts["column"].items(), key=lambda entry: (-entry[1], entry[0]))
    years = sorted(counts["year"].items(), reverse=True)
    return {
        "units": _units(uow, counts["unit"], query.unit_code, total),
        "columns": [Facet(code, code, number) for code, number in columns],
        "years": [Facet(year, year, number) for year, number in years],
    }


def _units(uow: UnitOfWork, counts: Mapping[str, int], chosen: str, total: int) -> list[Facet]:
    """Units with the most documents, by their official order where even; the chosen one has `total` documents."""
    counted = {int(unit_id): number for unit_id, number in Counter(counts).most_common(SHOWN_UNITS)}
    query = select(Tenant.id, Tenant.code, Tenant.official_name).where(Tenant.id.in_(counted))
    rows = uow.session.execute(query.order_by(Tenant.sort_order, Tenant.id)).all()
    facets = [Facet(row.code, row.official_name, counted[row.id]) for row in rows]
    if total and chosen and all(facet.value != chosen for facet in facets):
        name = uow.session.scalar(select(Tenant.official_name).where(Tenant.code == chosen)) or chosen
        facets.append(Facet(chosen, name, total))
    return sorted(facets, key=lambda facet: -facet.count)

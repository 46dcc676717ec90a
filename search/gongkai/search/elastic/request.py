"""One reading of a query as one request: finds, ranks and counts; the answer as the `Found` of both backends."""

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

from sqlalchemy import select

from gongkai.core.errors import OutOfReach
from gongkai.core.ports import Facet, SearchQuery
from gongkai.core.uow import UnitOfWork
from gongkai.search.elastic.definition import RESULT_WINDOW
from gongkai.search.elastic.engine import Deadline, Engine
from gongkai.search.matching import LONGEST_PHRASE, SHOWN_UNITS, WEIGHED_TERMS, Found
from gongkai.search.query import ParsedQuery
from gongkai.search.terms import TITLE
from gongkai.tenancy.models import Tenant

KEY_WEIGHT = 1_000.0
"""Beyond any score of words: the fuller the number key, the earlier the document."""
TITLE_WEIGHT = 3.0
PHRASE_IN_TITLE = 6.0
PHRASE_IN_TEXT = 2.0
RECENCY_WEIGHT = 1.0
RECENCY_PIVOT = "180d"
"""The age at which half of the weight is left."""
_MOST_VALUES = 200
_FILTERS = {"unit": "tenant_id", "column": "column_code", "year": "year"}


def find_in(
    engine: Engine,
    deadline: Deadline,
    index: str,
    uow: UnitOfWork,
    *,
    parsed: ParsedQuery,
    required: Sequence[str],
    known: Mapping[str, int],
    query: SearchQuery,
) -> Found:
    """`Find` over an index or alias.

    Raises:
        OutOfReach: when the whole answer is not there in time.
    """
    unit_id = uow.session.scalar(select(Tenant.id).where(Tenant.code == query.unit_code)) if query.unit_code else None
    body = request_body(
        parsed=parsed, required=required, known=known, query=query, unit_id=unit_id, now=uow.now.isoformat()
    )
    seconds = deadline.left
    with engine.answering():
        found = (
            engine.within(seconds)
            .search(
                index=index,
                allow_partial_search_results=False,
                # The same copy for the same words: scores differ a little from copy to copy, and pages would overlap.
                preference=f"words-{crc32(parsed.folded.encode())}",
                timeout=f"{int(seconds * 1000)}ms",
                **body,
            )
            .body
        )
    if found["timed_out"]:
        raise OutOfReach("the search took too long")
    return _found(uow, found, query, keys=len(parsed.number_keys))


def request_body(
    *,
    parsed: ParsedQuery,
    required: Sequence[str],
    known: Mapping[str, int],
    query: SearchQuery,
    unit_id: int | None,
    now: str,
) -> dict[str, Any]:
    """Arguments of the search; `now` is what the age of documents is counted to."""
    skipped = (query.page - 1) * query.size
    reachable = skipped + query.size <= RESULT_WINDOW
    chosen = _chosen(query, unit_id)
    newest = [{"published_at": "desc"}, {"item_id": "desc"}]
    asked: dict[str, Any] = {"bool": {"filter": [_matching(parsed, required)]}}
    if query.order == "relevance":
        asked["bool"]["should"] = _weighing(parsed, known, now)
    return {
        "query": asked,
        "post_filter": {"bool": {"filter": list(chosen.values())}},
        "aggs": _counts(parsed, chosen),
        "sort": ["_score", *newest] if query.order == "relevance" else newest,
        "from_": skipped if reachable else 0,
        "size": query.size if reachable else 0,
        "source": False,
        "track_total_hits": True,
    }


def _matching(parsed: ParsedQuery, required: Sequence[str]) -> dict[str, Any]:
    """What is found at all: all required terms, or one of the keys."""
    ways: list[dict[str, Any]] = []
    if required:
        ways.append({"bool": {"filter": [{"term": {"terms": term}} for term in required]}})
    if parsed.number_keys:
        ways.append({"terms": {"number_keys": list(parsed.number_keys)}})
    return {"bool": {"should": ways, "minimum_should_match": 1}}


def _weighing(parsed: ParsedQuery, known: Mapping[str, int], now: str) -> list[dict[str, Any]]:
    keys = parsed.number_keys
    # The rarest terms weigh, as in the PostgreSQL backend; apart, each is analysed into itself.
    rarest = sorted(parsed.required, key=lambda term: known.get(term, 0))[:WEIGHED_TERMS]
    words = " ".join(term.removeprefix(TITLE) for term in rarest)
    phrases = [phrase for phrase in parsed.phrases if 2 < len(phrase) <= LONGEST_PHRASE][:WEIGHED_TERMS]
    by_key = [_constant({"term": {"number_keys": key}}, KEY_WEIGHT * (len(keys) - at)) for at, key in enumerate(keys)]
    return [
        *([{"dis_max": {"queries": by_key}}] if by_key else ()),
        {"match": {"title": {"query": words, "boost": TITLE_WEIGHT}}},
        {"match": {"text": {"query": words}}},
        *(_constant({"match_phrase": {"title": phrase}}, PHRASE_IN_TITLE) for phrase in phrases),
        *(_constant({"match_phrase": {"text": phrase}}, PHRASE_IN_TEXT) for phrase in phrases),
        {
            "distance_feature": {
                "field": "published_at", "origin": now, "pivot": RECENCY_PIVOT, "boost": RECENCY_WEIGHT,
            }
        },
    ]  # fmt: skip


def _constant(condition: dict[str, Any], weight: float) -> dict[str, Any]:
    return {"constant_score": {"filter": condition, "boost": weight}}


def _chosen(query: SearchQuery, unit_id: int | None) -> dict[str, dict[str, Any]]:
    """Filter name → condition, for those that are set; an unknown unit has no documents."""
    values = {"unit": str(unit_id or 0) if query.unit_code else "", "column": query.column_code,
              "year": str(query.year or "")}  # fmt: skip
    return {name: {"term": {_FILTERS[name]: value}} for name, value in values.items() if value}


def _counts(parsed: ParsedQuery, chosen: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Each filter's values counted under the other filters; all matches; which key has documents."""
    counts: dict[str, Any] = {"matched": {"filter": {"match_all": {}}}}
    for name, field in _FILTERS.items():
        others = [condition for other, condition in chosen.items() if other != name]
        size = SHOWN_UNITS if name == "unit" else _MOST_VALUES
        values = {"terms": {"field": field, "size": size}}
        counts[name] = {"filter": {"bool": {"filter": others}}, "aggs": {"values": values}}
    if parsed.number_keys:
        keys = [{"term": {"number_keys": key}} for key in parsed.number_keys]
        counts["keys"] = {"filters": {"filters": keys}}
    return counts


def _found(uow: UnitOfWork, answer: Mapping[str, Any], query: SearchQuery, *, keys: int) -> Found:
    counts, total = answer["aggregations"], answer["hits"]["total"]["value"]
    by_key = [bucket["doc_count"] for bucket in counts["keys"]["buckets"]] if keys else []

    def values(name: str) -> list[tuple[str, int]]:
        return [(str(bucket["key"]), bucket["doc_count"]) for bucket in counts[name]["values"]["buckets"]]

    return Found(
        matched=counts["matched"]["doc_count"],
        total=total,
        reachable=min(total, RESULT_WINDOW - RESULT_WINDOW % query.size),
        item_ids=[int(hit["_id"]) for hit in answer["hits"]["hits"]],
        key=next((at for at, number in enumerate(by_key) if number), keys),
        units=_units(uow, values("unit"), query.unit_code, total),
        columns=[Facet(code, code, number) for code, number in sorted(values("column"), key=lambda v: (-v[1], v[0]))],
        years=[Facet(year, year, number) for year, number in sorted(values("year"), reverse=True)],
    )


def _units(uow: UnitOfWork, values: Sequence[tuple[str, int]], chosen: str, total: int) -> list[Facet]:
    """Units with the most documents, by their official order where even; the chosen one has `total` documents."""
    counted = {int(unit_id): number for unit_id, number in values}
    query = select(Tenant.id, Tenant.code, Tenant.official_name).where(Tenant.id.in_(counted))
    rows = uow.session.execute(query.order_by(Tenant.sort_order, Tenant.id)).all()
    facets = [Facet(row.code, row.official_name, counted[row.id]) for row in rows]
    if total and chosen and all(facet.value != chosen for facet in facets):
        name = uow.session.scalar(select(Tenant.official_name).where(Tenant.code == chosen)) or chosen
        facets.append(Facet(chosen, name, total))
    return sorted(facets, key=lambda facet: -facet.count)

"""Neighbours by meaning on the server: how near some documents are, and which are the nearest, in one request."""

from collections.abc import Mapping
from typing import Any

from gongkai.core.errors import OutOfReach
from gongkai.core.uow import UnitOfWork
from gongkai.search.elastic.definition import vector_field
from gongkai.search.elastic.engine import Deadline, Engine
from gongkai.search.elastic.request import all_terms, any_of
from gongkai.search.meaning.near import NEAREST, Vicinity

_CANDIDATES = 150
"""Neighbours that are looked at in the graph for NEAREST of them."""
_NEEDED = "responses.hits.hits._id,responses.hits.hits._score,responses.error.reason,responses.timed_out"


def near_in(engine: Engine, deadline: Deadline, index: str, _: UnitOfWork, vicinity: Vicinity) -> Mapping[int, float]:
    """`Near` over an index or alias.

    Raises:
        OutOfReach: when the answer is not there in time, or the index has no such vectors.
    """
    filters = [any_of(map(all_terms, alternatives)) for alternatives in vicinity.required]
    asked = [_knn(vicinity, filters, NEAREST, _CANDIDATES)]
    if vicinity.among:
        among = {"ids": {"values": [str(item_id) for item_id in vicinity.among]}}
        asked.append(_knn(vicinity, [among], len(vicinity.among), len(vicinity.among)))
    seconds = deadline.left
    with engine.answering():
        answers = (
            engine.within(seconds)
            .msearch(index=index, searches=[part for body in asked for part in ({}, body)], filter_path=_NEEDED)
            .body["responses"]
        )
    found: dict[int, float] = {}
    for answer in answers:
        if "error" in answer or answer.get("timed_out"):
            raise OutOfReach(f"no neighbours: {answer.get('error', {}).get('reason', 'timed out')}")
        for hit in answer.get("hits", {}).get("hits", ()):
            # The score of a cosine is (1 + cosine) / 2.
            found[int(hit["_id"])] = 2 * hit["_score"] - 1
    return found


def _knn(vicinity: Vicinity, filters: list[dict[str, Any]], number: int, candidates: int) -> dict[str, Any]:
    near = {
        "field": vector_field(vicinity.model_id),
        "query_vector": vicinity.vector,
        "k": number,
        "num_candidates": candidates,
        **({"filter": filters} if filters else {}),
    }
    return {"knn": near, "size": number, "_source": False, "track_total_hits": False}

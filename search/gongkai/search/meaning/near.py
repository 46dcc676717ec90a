"""What is asked of an engine about meaning: how near documents are, and which are the nearest; and PostgreSQL's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import text

from gongkai.core.uow import UnitOfWork
from gongkai.search.candidates import Terms

NEAREST = 60
"""Neighbours that are asked for."""
MOST_DIMENSIONS = 4_000

_POSSIBLE = text(
    "SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'vector'"
    " AND string_to_array(extversion, '.')::integer[] >= '{0,8}')"
)
# Filters are met while the graph is walked; a placeholder until the extension is loaded, which then takes it.
_WALK = text("SET LOCAL hnsw.iterative_scan = 'relaxed_order'; SET LOCAL hnsw.ef_search = 100")
_NEAR = """
SELECT item_id, far FROM (
    SELECT item_id, vector::halfvec({size:d}) <=> CAST(:vector AS halfvec({size:d})) AS far FROM search_vector
    WHERE model_id = {model:d} AND item_id = ANY (CAST(:among AS bigint[]))
) AS measured
UNION
SELECT item_id, far FROM (
    SELECT found.item_id, found.vector::halfvec({size:d}) <=> CAST(:vector AS halfvec({size:d})) AS far
    FROM search_vector AS found {filters}
    ORDER BY far LIMIT :nearest
) AS nearest
"""
_WITH_NAMES = "JOIN search_document AS d USING (item_id) WHERE found.model_id = {model:d}"


@dataclass(frozen=True, slots=True)
class Vicinity:
    """What is asked.

    Attributes:
        model_id, dimensions: whose vectors; `vector` is the query's.
        among: documents whose nearness is wanted, whatever it is.
        required: the nearest have one of the alternatives of each of these (names of places and agencies, years).
    """

    model_id: int
    dimensions: int
    vector: Sequence[float]
    among: Sequence[int]
    required: Sequence[Sequence[Terms]]


class Near(Protocol):
    """An engine's neighbours."""

    def __call__(self, uow: UnitOfWork, vicinity: Vicinity) -> Mapping[int, float]:
        """Item id → cosine, of those `among` that have a vector and of the NEAREST that pass.

        Raises:
            OutOfReach: when the engine does not answer, or knows no vectors.
        """


def near(uow: UnitOfWork, vicinity: Vicinity) -> Mapping[int, float]:
    """`Near` on `search_vector`; nothing where the server has no pgvector."""
    if vicinity.dimensions > MOST_DIMENSIONS or not is_possible(uow):
        return {}
    filters = _WITH_NAMES if vicinity.required else "WHERE found.model_id = {model:d}"
    values: dict[str, Any] = {}
    for number, alternatives in enumerate(vicinity.required):
        ways = []
        for at, terms in enumerate(alternatives):
            name = f"terms_{number}_{at}"
            ways.append(f"d.grams @> CAST(:{name} AS text[])")
            values[name] = list(terms)
        filters += f" AND ({' OR '.join(ways)})"
    statement = _NEAR.replace("{filters}", filters).format(size=vicinity.dimensions, model=vicinity.model_id)
    uow.session.execute(_WALK)
    values |= {"vector": written(vicinity.vector), "among": list(vicinity.among), "nearest": NEAREST}
    return {row.item_id: 1 - row.far for row in uow.session.execute(text(statement), values)}


def is_possible(uow: UnitOfWork) -> bool:
    """Whether the database has pgvector 0.8 or newer, which walks its graph until the filters are met."""
    return bool(uow.session.scalar(_POSSIBLE))


def written(vector: Sequence[float]) -> str:
    """A vector as pgvector reads it."""
    return "[" + ",".join(f"{value:.6g}" for value in vector) + "]"

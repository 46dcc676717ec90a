"""Asks the model for the vector of a query, beside the search by words, and never for longer than a tenth of a second.

A model that is late or does not answer is left alone for a while; the search goes on without it.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass
from functools import partial
from time import monotonic

from sqlalchemy import text

from gongkai.core.db import AnyRow
from gongkai.core.errors import OutOfReach
from gongkai.core.settings import Settings
from gongkai.core.uow import UnitOfWork
from gongkai.search.elastic.engine import Pause
from gongkai.search.meaning.embedder import Embedder, Vector, embedder_of, make_embedder, normalised
from gongkai.search.meaning.near import Near

QUERY_SECONDS = 0.1
"""What a citizen's search waits for the model at most, from the moment it is asked."""
KEPT = 2_000
"""Vectors of queries that a process remembers."""
_AT_ONCE = 4

_ANSWERING = text(
    "SELECT id, source, name, dimensions, alike, unlike FROM search_model WHERE complete_at IS NOT NULL"
    " ORDER BY (source = :source AND name = :name) DESC, complete_at DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Meant:
    """A query's vector, by the model whose vectors are searched; `alike`, `unlike`: see `SearchModel`."""

    model_id: int
    dimensions: int
    vector: Vector
    alike: float
    unlike: float


Pending = Callable[[], Meant]
"""Waits for the vector; raises `OutOfReach` when it does not come."""


@dataclass(frozen=True, slots=True)
class Sense:
    """What a search by meaning needs: whom to ask for vectors, and where to look for neighbours."""

    asking: "Asking"
    near: Near


class Asking:
    """The embedding model of the settings, what it said lately, and the pause after a failure.

    A query waits `seconds` for its vector.
    """

    def __init__(self, settings: Settings, *, seconds: float = QUERY_SECONDS) -> None:
        self._settings, self._seconds = settings, seconds
        self.embedder = make_embedder(settings)
        self.pause = Pause()
        self._others: dict[tuple[str, str], Embedder | None] = {}
        self._kept: OrderedDict[tuple[int, str], Vector] = OrderedDict()
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="meaning")

    def ask(self, uow: UnitOfWork, text: str) -> Pending | None:
        """Begin to ask for the vector of a query; None where no model answers now."""
        if self.embedder is None or not text:
            return None
        model = self._model(uow)
        if model is None:
            return None
        with self._lock:
            known = self._kept.get((model.id, text))
        if known is not None:
            return partial(_meant, model, known)
        embedder = self.embedder_for(model.source, model.name)
        if embedder is None or not self.pause.allows():
            return None
        return self._begin(embedder, model, text)

    def answering(self, uow: UnitOfWork) -> int | None:
        """Id of the model whose vectors are searched, if any is complete."""
        model = self._model(uow)
        return model.id if model else None

    def _model(self, uow: UnitOfWork) -> AnyRow | None:
        if self.embedder is None:
            return None
        present = {"source": self.embedder.source, "name": self.embedder.model}
        return uow.session.execute(_ANSWERING, present).one_or_none()

    def embedder_for(self, source: str, name: str) -> Embedder | None:
        """Whoever made the vectors of a model, where it is still to be had."""
        if self.embedder is not None and (source, name) == (self.embedder.source, self.embedder.model):
            return self.embedder
        with self._lock:
            if (source, name) not in self._others:
                self._others[source, name] = embedder_of(self._settings, source, name)
            return self._others[source, name]

    def _begin(self, embedder: Embedder, model: AnyRow, text: str) -> Pending:
        end = monotonic() + self._seconds
        future: Future[Vector] = self._threads.submit(embedder.query, text, seconds=self._seconds)

        def wait() -> Meant:
            try:
                vector = _fitting(future.result(max(end - monotonic(), 0)), model.dimensions)
            except (OutOfReach, Late) as error:
                future.cancel()
                self.pause.begin()
                raise OutOfReach(f"no vector for this query: {error or 'the model is late'}") from error
            self.pause.end()
            self._keep(model.id, text, vector)
            return _meant(model, vector)

        return wait

    def _keep(self, model_id: int, text: str, vector: Vector) -> None:
        with self._lock:
            self._kept[model_id, text] = vector
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)


def _meant(model: AnyRow, vector: Vector) -> Meant:
    return Meant(model.id, model.dimensions, vector, model.alike, model.unlike)


def _fitting(vector: Vector, dimensions: int) -> Vector:
    if len(vector) != dimensions:
        raise OutOfReach(f"{len(vector)} dimensions instead of {dimensions}")
    return normalised(vector)

"""Turns texts into vectors: the Protocol of every embedding model, and which one a deployment has."""

import math
from collections.abc import Sequence
from typing import Protocol

from gongkai.core.errors import OutOfReach
from gongkai.core.settings import NO_EMBEDDER, Settings
from gongkai.search.meaning.endpoint import EndpointEmbedder
from gongkai.search.meaning.local import LOCAL, LocalEmbedder

Vector = list[float]


class Embedder(Protocol):
    """An embedding model.

    Attributes:
        source: `local`, or the address of an endpoint; with `model`, its name, it says whose vectors they are.
        batch: texts that are best handed over at once.
    """

    source: str
    model: str
    batch: int

    def query(self, text: str, *, seconds: float) -> Vector:
        """The vector of what somebody looks for.

        Raises:
            OutOfReach: when it is not there after this time, or is no vector.
        """

    def passages(self, texts: Sequence[str]) -> list[Vector]:
        """The vectors of what is found, in the order of the texts, all of one dimension.

        Raises:
            OutOfReach: when the model does not answer, or with something else.
            TextRefused: when it will never take one of these texts.
        """


def make_embedder(settings: Settings) -> Embedder | None:
    """The model that the settings name; None for none.

    Raises:
        ConfigurationError: when it is the local one, and that is not installed.
    """
    if settings.embedder == NO_EMBEDDER:
        return None
    if settings.embedder == LOCAL:
        return LocalEmbedder.installed()
    return EndpointEmbedder(settings.embedder, model=settings.embedder_model, key=settings.embedder_key)


def embedder_of(settings: Settings, source: str, model: str) -> Embedder | None:
    """The model that made vectors which are there already, while another one takes its place; None where it is gone.

    An endpoint other than the present one is asked without the key.
    """
    if source == LOCAL:
        return LocalEmbedder.installed() if LocalEmbedder.is_installed() else None
    key = settings.embedder_key if source == settings.embedder else ""
    return EndpointEmbedder(source, model=model, key=key)


def mean(vectors: Sequence[Vector]) -> Vector:
    """The mean direction of vectors, with length 1.

    Raises:
        OutOfReach: see `normalised`; when their dimensions differ.
    """
    if len({len(vector) for vector in vectors}) > 1:
        raise OutOfReach("the model's vectors differ in their dimensions")
    return normalised([math.fsum(values) for values in zip(*map(normalised, vectors), strict=True)])


def normalised(vector: Sequence[float]) -> Vector:
    """The vector with length 1.

    Raises:
        OutOfReach: when it has none, or one that is not finite.
    """
    length = math.sqrt(math.fsum(value * value for value in vector))
    if not math.isfinite(length) or length == 0:
        raise OutOfReach("the model's vector has no finite length")
    return [value / length for value in vector]

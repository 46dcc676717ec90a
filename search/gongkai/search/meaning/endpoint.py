"""Any endpoint that speaks OpenAI's `/v1/embeddings`: a service, or a server of the house's own."""

import json
import math
from collections.abc import Sequence

import urllib3

from gongkai.core.errors import OutOfReach

CONNECT_SECONDS, PASSAGES_SECONDS = 2.0, 60.0
MOST_BYTES = 64 * 1024 * 1024
_OK = 200
_NEVER = {400, 413, 422}
"""Answers about the texts; others are about the service, the key, the model's name."""
_LONGEST_REASON = 200
_PREFIXED = "e5"
"""Models of this family are trained with a word before each text that says what it is."""


class TextRefused(Exception):
    """The endpoint will never take one of these texts as it is."""


class EndpointEmbedder:
    """See `Embedder`."""

    batch = 32

    def __init__(self, address: str, *, model: str, key: str = "") -> None:
        self.source, self.model = address, model
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        self._headers = headers
        # A failure is told at once: whoever asks has another answer, or asks again later.
        self._pool = urllib3.PoolManager(num_pools=1, maxsize=8, retries=False)
        self._before = {"query": "query: ", "passage": "passage: "} if _PREFIXED in model.lower() else {}

    def query(self, text: str, *, seconds: float) -> list[float]:
        """See `Embedder`."""
        try:
            [vector] = self._ask([self._before.get("query", "") + text], urllib3.Timeout(total=seconds))
        except TextRefused as refusal:
            raise OutOfReach(str(refusal)) from refusal
        return vector

    def passages(self, texts: Sequence[str]) -> list[list[float]]:
        """See `Embedder`."""
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=PASSAGES_SECONDS)
        found: list[list[float]] = []
        for at in range(0, len(texts), self.batch):
            found += self._ask([self._before.get("passage", "") + one for one in texts[at : at + self.batch]], timeout)
        if len({len(vector) for vector in found}) > 1:
            raise OutOfReach("the endpoint's vectors differ in their dimensions")
        return found

    def _ask(self, texts: Sequence[str], timeout: urllib3.Timeout) -> list[list[float]]:
        body = json.dumps({"model": self.model, "input": list(texts), "encoding_format": "float"}).encode()
        try:
            answer = self._pool.request(
                "POST", self.source, body=body, headers=self._headers, timeout=timeout, preload_content=False,
                redirect=False,
            )  # fmt: skip
            try:
                read = answer.read(MOST_BYTES + 1)
            finally:
                answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise OutOfReach(f"{type(error).__name__}: {error}"[:_LONGEST_REASON]) from error
        if len(read) > MOST_BYTES:
            raise OutOfReach("the endpoint's answer is too large")
        if answer.status in _NEVER:
            raise TextRefused(f"the endpoint answered {answer.status}: {read[:_LONGEST_REASON]!r}")
        if answer.status != _OK:
            raise OutOfReach(f"the endpoint answered {answer.status}: {read[:_LONGEST_REASON]!r}")
        return _vectors(read, len(texts))


def _vectors(body: bytes, wanted: int) -> list[list[float]]:
    """The vectors of an answer, by their index.

    Raises:
        OutOfReach: when it is something else: not as many as texts, not numbers, of several dimensions.
    """
    try:
        rows = sorted(json.loads(body)["data"], key=lambda row: row["index"])
        numbers = [row["index"] for row in rows]
        vectors = [[float(value) for value in row["embedding"]] for row in rows]
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise OutOfReach(f"the endpoint's answer is no list of vectors: {error}"[:_LONGEST_REASON]) from error
    if numbers != list(range(wanted)):
        raise OutOfReach(f"the endpoint gave {len(numbers)} vectors for {wanted} texts")
    if not all(vectors) or len({len(vector) for vector in vectors}) > 1:
        raise OutOfReach("the endpoint's vectors are empty, or differ in their dimensions")
    if not all(math.isfinite(value) for vector in vectors for value in vector):
        raise OutOfReach("the endpoint's vectors are not finite")
    return vectors

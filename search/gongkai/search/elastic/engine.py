"""The connection to the cluster: time limits, one error for all that can go wrong, a pause after a failure."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from elasticsearch import ApiError, Elasticsearch, TransportError

from gongkai.core.errors import OutOfReach
from gongkai.core.settings import Settings

SEARCH_SECONDS = 0.5
"""What a citizen's search may take here in all; the database answers in the rest of the second."""
WRITE_SECONDS = 8.0
PING_SECONDS = 1.0
ADMIN_SECONDS = 120.0
PAUSE_SECONDS = 3.0
"""How long nobody asks after a failure."""
_DEAD_SECONDS = 15.0
_TIMED_OUT = 408
TOO_MANY = 429
_SHORTEST_SECONDS = 0.02


class Busy(OutOfReach):
    """The cluster has more to do, or less memory, than it takes more work with, and says so."""


class Pause:
    """After a failure nobody asks for a while; then one asks, and the others when that one was answered."""

    def __init__(self) -> None:
        self._until = 0.0
        self._lock = threading.Lock()

    @property
    def is_on(self) -> bool:
        """Whether the last one who asked was not answered."""
        return self._until > 0

    def begin(self) -> None:
        """There was no answer."""
        self._until = monotonic() + PAUSE_SECONDS

    def end(self) -> None:
        """There was one."""
        self._until = 0.0

    def allows(self) -> bool:
        """Whether to ask now; during the pause's last moment one caller is chosen."""
        with self._lock:
            if monotonic() < self._until:
                return False
            if self._until:
                self.begin()
            return True


class Engine:
    """A cluster and the name under which it is searched; indexes are called by it, the mapping's version and a time."""

    def __init__(self, settings: Settings) -> None:
        self.alias = settings.elasticsearch_prefix
        self.pause = Pause()
        key = settings.elasticsearch_api_key
        user = (settings.elasticsearch_user, settings.elasticsearch_password)
        authority = settings.elasticsearch_ca_file
        trust: dict[str, Any] = {"ca_certs": authority} if authority else {}
        self.client = Elasticsearch(
            settings.elasticsearch_url.split(","),
            api_key=key or None,
            basic_auth=user if user[0] and not key else None,
            **trust,
            # Whoever waits has another answer, or asks again later.
            max_retries=0,
            retry_on_timeout=False,
            # Where there are several nodes, a dead one is left alone longer than the pause after its failure.
            dead_node_backoff_factor=_DEAD_SECONDS,
            max_dead_node_backoff=_DEAD_SECONDS,
            request_timeout=ADMIN_SECONDS,
        )

    def within(self, seconds: float) -> Elasticsearch:
        """The client with another time limit."""
        return self.client.options(request_timeout=seconds)

    def close(self) -> None:
        """Close its connections."""
        self.client.close()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Raises `OutOfReach` for whatever goes wrong inside, `Busy` where it may go well in a moment."""
        try:
            yield
        except (ApiError, TransportError) as error:
            busy = isinstance(error, ApiError) and error.meta.status == TOO_MANY
            raise (Busy if busy else OutOfReach)(f"{type(error).__name__}: {error}") from error

    def problem(self) -> str | None:
        """Why citizens get no results from here, if they do not."""
        try:
            with self.answering():
                client = self.client.options(request_timeout=PING_SECONDS, ignore_status=_TIMED_OUT)
                found = client.cluster.health(index=self.alias, timeout="500ms")
        except OutOfReach as error:
            return str(error)
        if found["timed_out"] or found["status"] == "red":
            return f"index {self.alias} is not complete, or missing"
        return None


class Deadline:
    """What is left of a time limit."""

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds.

        Raises:
            OutOfReach: when there are none.
        """
        left = self._end - monotonic()
        if left < _SHORTEST_SECONDS:
            raise OutOfReach("the time for this search is over")
        return left

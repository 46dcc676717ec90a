"""How often one visitor may ask what costs the server something, minute by minute, counted in the process' memory.

Several web processes count each for itself; what lies in front of them can limit more strictly.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from ipaddress import IPv6Address, ip_address
from typing import ParamSpec

from flask import Response, after_this_request, current_app, request
from flask.typing import ResponseReturnValue

from gongkai.core.errors import DomainError
from gongkai.web import current

P = ParamSpec("P")
MOST_VISITORS = 100_000
KEY = "gongkai.limits"


class TooMany(DomainError):
    """More requests within the minute than one visitor may make; `wait` is how many seconds remain of it."""

    def __init__(self, limit: int, wait: int) -> None:
        self.wait = wait
        super().__init__(f"一分钟内最多检索{limit}次，请{wait}秒后再试。")


class Counter:
    """Requests of the running minute, by kind and visitor."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = datetime.min.replace(tzinfo=UTC)
        self._counts: dict[tuple[str, str], int] = {}

    def add(self, kind: str, visitor: str, now: datetime) -> int:
        """Count one more; how many there are now."""
        minute = now.replace(second=0, microsecond=0)
        with self._lock:
            if minute != self._minute or len(self._counts) >= MOST_VISITORS:
                self._minute, self._counts = minute, {}
            count = self._counts.get((kind, visitor), 0) + 1
            self._counts[kind, visitor] = count
        return count


def limited(
    kind: str, *, times: int = 1
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Limit a view to `times` the setting `searches_per_minute` for each visitor; views of a `kind` count together.

    Responses say the limit and what is left of it （`RateLimit-Limit`, `-Remaining`, `-Reset` in seconds）.

    Raises:
        TooMany: beyond it.
    """

    def wrap(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def counted(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            limit = current.services().settings.searches_per_minute * times
            if limit:
                _count(kind, limit)
            return view(*args, **kwargs)

        return counted

    return wrap


def _count(kind: str, limit: int) -> None:
    now = current.uow().now
    count = _counter().add(kind, _visitor(), now)
    wait = max(1, int((now.replace(second=0, microsecond=0) + timedelta(minutes=1) - now).total_seconds()))

    @after_this_request
    def tell(response: Response) -> Response:
        response.headers["RateLimit-Limit"] = str(limit)
        response.headers["RateLimit-Remaining"] = str(max(0, limit - count))
        response.headers["RateLimit-Reset"] = str(wait)
        if count > limit:
            response.headers["Retry-After"] = str(wait)
        return response

    if count > limit:
        raise TooMany(limit, wait)


def _counter() -> Counter:
    found: Counter = current_app.extensions.setdefault(KEY, Counter())
    return found


def _visitor() -> str:
    """The client's address; of IPv6 the network of its connection, within which it may change it at will."""
    written = request.remote_addr or ""
    try:
        address = ip_address(written)
    except ValueError:
        return written
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or (int(address) >> 64))
    return written

"""Asking for an address, so that nobody can have the inside of the network asked, or this program kept waiting.

Only `http` and `https` on allowed ports; a name is resolved once, each of its addresses must be public unless the
operator has named the host, and the connection goes to that very address. Each redirect is looked at anew. Nothing
of the pages is read beyond their heads.
"""

import threading
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, RemoteDisconnected
from queue import Empty, SimpleQueue
from socket import gaierror
from ssl import SSLCertVerificationError, SSLError
from urllib.parse import urljoin, urlsplit

from gongkai.core.outbound import Address, PinnedConnection, Resolve, is_public, resolve
from gongkai.core.settings import Settings
from gongkai.publishing.linkcheck.addresses import SCHEMES, Malformed, Target, split_list, target_of
from gongkai.publishing.linkcheck.pace import OnHold, Pace

TOTAL_SECONDS = 10.0
REDIRECTS = 5
MOST_BYTES = 64 * 1024
"""What a server is asked to send at most, where it gives heads only with bodies; none of it is read."""
_MOVED = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_TOO_MANY, _UNAVAILABLE, _EMPTY_FILE = 429, 503, 416
_FIRST_FAULT = 400
_HOLD_SECONDS, _LEAST_HOLD, _MOST_HOLD = 3600.0, 60.0, 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of asking for an address.

    Attributes:
        kind: as `verdicts.judged` takes it, or `held`: not asked, the host wants to be left alone.
        words: for people; `status` of the last answer.
        final_host: host of the address that answered in the end.
        hold_seconds: for how long the host, `held_host`, wants to be left alone.
    """

    kind: str
    words: str = ""
    status: int | None = None
    final_host: str = ""
    hold_seconds: float = 0.0
    held_host: str = ""


@dataclass(frozen=True)
class Asker:
    """How addresses are asked for.

    Attributes:
        inner_hosts: hosts that may have private addresses, by exact name.
        ports: the ports that may be asked.
        now: for pauses that are given as a date.
    """

    base_url: str
    inner_hosts: frozenset[str]
    ports: frozenset[int]
    now: datetime
    pace: Pace = field(default_factory=Pace)
    resolve: Resolve = resolve
    seconds: float = TOTAL_SECONDS

    @classmethod
    def of(cls, settings: Settings, *, now: datetime) -> "Asker":
        """As the operator has set it."""
        ports = {int(port) for port in split_list(settings.linkcheck_ports)} | set(SCHEMES.values())
        return cls(settings.base_url, split_list(settings.linkcheck_inner_hosts), frozenset(ports), now)

    def ask(self, address: str) -> Outcome:
        """Follow an address to its page; at most `seconds`, without what is waited for a turn."""
        until = time.monotonic() + self.seconds
        status = None
        try:
            target = target_of(address, base_url=self.base_url)
            for _ in range(REDIRECTS + 1):
                if target is None or not target.host:
                    return Outcome("fine", "跳转到本平台" if status else "", status)
                answer, waited = self._step(target, until)
                until += waited
                if not isinstance(answer, _Moved):
                    return answer
                status = answer.status
                target = target_of(urljoin(target.address, answer.place), base_url=self.base_url)
        except (Malformed, ValueError):
            return Outcome("unsure", "跳转到的地址有误", status)
        except OnHold as pause:
            host = target.host if target else ""
            return Outcome("held", "网站要求暂缓访问", hold_seconds=pause.seconds, held_host=host)
        return Outcome("failed", "跳转次数过多", status)

    def _step(self, target: Target, until: float) -> "tuple[Outcome | _Moved, float]":
        """What one address answers, and how long its turn was waited for."""
        parts = urlsplit(target.address)
        port = parts.port or SCHEMES[parts.scheme]
        if port not in self.ports:
            return Outcome("unsure", f"端口{port}不在检测范围", final_host=target.host), 0.0
        waited = 0.0
        try:
            found = self._addresses(target.host, port, until)
            if target.host not in self.inner_hosts and not all(map(is_public, found)):
                return Outcome("inner", "指向内部网络，公众不能访问", final_host=target.host), 0.0
            # Machines without a way out over IPv6 are more frequent than those without one over IPv4.
            chosen = min(found, key=lambda one: one.version)
            for method in ("HEAD", "GET"):
                with self.pace.turn(target.host) as paused:
                    waited += paused
                    answer = self._answer(method, target, port, chosen, until + waited)
                if answer is not None:
                    return self._meaning(answer, target.host), waited
        except (OSError, HTTPException, UnicodeError) as error:
            return _failure(error, target.host), waited
        return Outcome("unsure", "网站应答不规范", final_host=target.host), waited

    def _addresses(self, host: str, port: int, until: float) -> "list[Address]":
        """The addresses of a host; asking for them cannot be cut off, so somebody else waits for the answer."""
        box: SimpleQueue[list[Address] | Exception] = SimpleQueue()

        def look_up() -> None:
            try:
                box.put(list(self.resolve(host, port)))
            except (OSError, UnicodeError, ValueError) as error:
                box.put(error)

        threading.Thread(target=look_up, daemon=True).start()
        try:
            found = box.get(timeout=max(0.0, until - time.monotonic()))
        except Empty:
            raise TimeoutError from None
        if isinstance(found, Exception):
            raise found
        if not found:
            raise gaierror
        return found

    def _answer(
        self, method: str, target: Target, port: int, address: Address, until: float
    ) -> "tuple[int, Mapping[str, str]] | None":
        """Status and headers; None where HEAD is refused and GET may be answered."""
        seconds = until - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        parts = urlsplit(target.address)
        encrypted = parts.scheme == "https"
        connection = PinnedConnection(
            target.host, port, address, encrypted=encrypted, seconds=seconds, silent_seconds=seconds
        )
        headers = {"User-Agent": f"Gongkai-LinkCheck/1 (+{self.base_url})", "Accept": "*/*", "Connection": "close"}
        if method == "GET":
            headers["Range"] = f"bytes=0-{MOST_BYTES - 1}"
        try:
            connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), headers=headers)
            with closing(connection.getresponse()) as answer:
                status, said = answer.status, {name.lower(): value for name, value in answer.getheaders()}
            if connection.expired:
                raise TimeoutError
        except (OSError, HTTPException) as error:
            if connection.expired:
                raise TimeoutError from error
            dropped = isinstance(error, RemoteDisconnected | ConnectionResetError | HTTPException)
            if method == "HEAD" and dropped:
                return None
            raise
        finally:
            connection.end()
        refused = status >= _FIRST_FAULT and status != _TOO_MANY and "retry-after" not in said
        return None if method == "HEAD" and refused else (status, said)

    def _meaning(self, answer: "tuple[int, Mapping[str, str]]", host: str) -> "Outcome | _Moved":
        status, headers = answer
        words = f"网站返回{status}"
        if status in _MOVED and headers.get("location"):
            place = headers["location"].encode("latin-1", "replace").decode("utf8", "replace")
            return _Moved(place, status)
        if status in _GONE:
            return Outcome("gone", f"{words}，页面不存在", status, host)
        if status == _TOO_MANY or (status == _UNAVAILABLE and "retry-after" in headers):
            seconds = self._pause(headers.get("retry-after", ""))
            self.pace.hold(host, seconds)
            return Outcome("unsure", f"{words}，要求暂缓访问", status, host, seconds, host)
        if status >= _FIRST_FAULT and status != _EMPTY_FILE:
            return Outcome("unsure", words, status, host)
        return Outcome("fine", "", status, host)

    def _pause(self, written: str) -> float:
        """The seconds that a `Retry-After` asks for, within reason."""
        seconds = _HOLD_SECONDS
        if written.strip().isascii() and written.strip().isdigit():
            seconds = float(written.strip()[:9])
        elif written:
            try:
                moment = parsedate_to_datetime(written)
            except ValueError:
                return seconds
            seconds = ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - self.now).total_seconds()
        return min(max(seconds, _LEAST_HOLD), _MOST_HOLD)


@dataclass(frozen=True, slots=True)
class _Moved:
    """Where an answer sends us."""

    place: str
    status: int


def _failure(error: Exception, host: str) -> Outcome:
    """What it means that there was no answer."""
    if isinstance(error, SSLCertVerificationError):
        return Outcome("certificate", "网站证书无效、已过期或者与域名不符", final_host=host)
    if isinstance(error, SSLError):
        return Outcome("unsure", "加密连接不能建立", final_host=host)
    if isinstance(error, gaierror | UnicodeError):
        return Outcome("failed", "域名不能解析", final_host=host)
    if isinstance(error, TimeoutError):
        return Outcome("failed", "网站长时间没有应答", final_host=host)
    if isinstance(error, HTTPException) and not isinstance(error, OSError):
        return Outcome("unsure", "网站应答不规范", final_host=host)
    return Outcome("failed", "网站不能连接", final_host=host)

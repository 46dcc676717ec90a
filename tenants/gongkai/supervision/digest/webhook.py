"""The office's gateway for short messages: one request with the new mails of people who have a telephone number.

The body is JSON in UTF-8. `X-Gongkai-Signature` is `sha256=` and the HMAC of `<X-Gongkai-Timestamp>.<body>` with the
shared secret; the timestamp, seconds since 1970, lets the gateway refuse what is old. Redirects are not followed.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from urllib.parse import urlsplit

from gongkai.core.outbound import PinnedConnection, Resolve, resolve

SECONDS = 20.0
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
GIVEN_UP = timedelta(days=1)
_PORTS = {"http": 80, "https": 443}
_FINE = range(200, 300)


class NotTaken(OSError):
    """The gateway did not take the request; the message says why."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a person is to be told. `id` stays the same when it is sent again."""

    id: int
    name: str
    mobile: str
    unit: str
    subject: str
    text: str
    url: str


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The value of `X-Gongkai-Signature`."""
    signed = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={signed.hexdigest()}"


def body_of(messages: Sequence[Message], *, now: datetime) -> bytes:
    """The request's body: version, sent_at, messages."""
    data = {"version": 1, "sent_at": now.isoformat(), "messages": [asdict(one) for one in messages]}
    return json.dumps(data, ensure_ascii=False).encode()


def wait(age: timedelta) -> timedelta:
    """How long to wait after a refusal: as long as it has waited already, from a minute up to an hour."""
    return min(max(age, FIRST_WAIT), LONGEST_WAIT)


def hand_over(
    *, url: str, secret: str, messages: Sequence[Message], now: datetime, resolver: Resolve = resolve
) -> None:
    """Send the messages. The address is the administrator's and may lie inside the network.

    Raises:
        NotTaken: when the gateway cannot be reached, or answers anything but success.
    """
    parts = urlsplit(url)
    port = parts.port or _PORTS[parts.scheme]
    body, timestamp = body_of(messages, now=now), str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Gongkai-Alerts/1",
        "X-Gongkai-Timestamp": timestamp,
        "X-Gongkai-Signature": signature(secret, timestamp, body),
        "Connection": "close",
    }
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        address = resolver(parts.hostname or "", port)[0]
        connection = PinnedConnection(
            parts.hostname or "", port, address, encrypted=parts.scheme == "https", seconds=SECONDS,
            silent_seconds=SECONDS,
        )  # fmt: skip
        try:
            connection.request("POST", path, body=body, headers=headers)
            with closing(connection.getresponse()) as answer:
                status = answer.status
        finally:
            connection.end()
    except (OSError, UnicodeError, IndexError, HTTPException) as error:
        raise NotTaken(type(error).__name__) from error
    if status not in _FINE:
        raise NotTaken(f"status {status}")

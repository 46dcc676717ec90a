"""Keys of document systems, and the signature of their requests (`docs/intake.md`).

A secret is derived, not stored: HMAC-SHA256 under the application's secret key over key id and salt. A copy of the
database gives nobody a secret; a new salt gives a new one; a new secret key of the application ends them all.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import datetime, timedelta

from gongkai.publishing.intake.errors import NotAuthentic

SCHEME = "GONGKAI-INTAKE-1"
TOLERANCE = timedelta(minutes=5)
"""So far a request's time may be from ours, either way."""


def new_key_id() -> str:
    """A key id: `oa-` and ten letters and digits, no secret."""
    return f"oa-{secrets.token_hex(5)}"


def new_salt() -> str:
    """What makes the next secret another one: 32 hex digits."""
    return secrets.token_hex(16)


def secret_of(secret_key: str, *, key_id: str, salt: str) -> str:
    """The secret of a sender: 43 letters, digits, `-` and `_` （256 bits）."""
    about = f"{SCHEME}\n{key_id}\n{salt}".encode()
    digest = hmac.new(secret_key.encode(), about, hashlib.sha256).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def signed_text(method: str, path: str, timestamp: str, nonce: str, parts: Iterable[tuple[str, str]] = ()) -> bytes:
    """What is signed: scheme, method, path, time, nonce, then `name digest` of each part, a line each.

    `parts` are the parts of the body in the order document, text, attachments, with the SHA-256 of each in hex.
    """
    lines = [SCHEME, method, path, timestamp, nonce, *(f"{name} {digest}" for name, digest in parts)]
    return "\n".join(lines).encode()


def expect_signature(given: str, *, secret: str, signed: bytes) -> None:
    """Raise `NotAuthentic` unless `given` is the HMAC-SHA256 （hex） of what is signed under `secret`."""
    wanted = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted.encode(), given.lower().encode()):
        raise NotAuthentic("接入标识或签名不正确。请核对密钥和待签名内容的每一行。")


def expect_in_time(timestamp: str, *, now: datetime) -> None:
    """Raise `NotAuthentic` unless `timestamp` （seconds since 1970） is within `TOLERANCE` of `now`."""
    known = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12
    if not known or abs(int(timestamp) - now.timestamp()) > TOLERANCE.total_seconds():
        words = "请求时间与平台时间相差超过5分钟，或不是以秒计的时间戳。"
        raise NotAuthentic(f"{words}平台当前时间戳为{int(now.timestamp())}，请校准发送方时钟。")

"""Where a list goes on: opaque to who asks, tied to what was asked."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import datetime
from hashlib import sha256

from pydantic import BaseModel

from gongkai.core.errors import Fault, Invalid


def write(asked: BaseModel, *place: str | int) -> str:
    """A cursor to `place` within the list that `asked` asks for."""
    text = json.dumps([_digest(asked), *place], separators=(",", ":"), ensure_ascii=True)
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(asked: BaseModel, written: str) -> list[str | int]:
    """The place that a cursor names; empty for none.

    Raises:
        Invalid: when it is no cursor of ours, or belongs to another list (field `cursor`).
    """
    if not written:
        return []
    try:
        found = json.loads(urlsafe_b64decode(written + "=" * (-len(written) % 4)))
    except (NotBase64, ValueError, RecursionError) as error:
        raise _wrong() from error
    if not isinstance(found, list) or len(found) < 2 or found[0] != _digest(asked):
        raise _wrong()
    return found[1:]


def number(place: list[str | int], at: int) -> int:
    """A number in a place.

    Raises:
        Invalid: when there is none.
    """
    found = place[at] if at < len(place) else None
    if not isinstance(found, int) or not 0 < found < 2**63:
        raise _wrong()
    return found


def instant(place: list[str | int], at: int) -> datetime:
    """An instant in a place.

    Raises:
        Invalid: when there is none.
    """
    try:
        found = datetime.fromisoformat(str(place[at]))
    except (ValueError, IndexError) as error:
        raise _wrong() from error
    if found.tzinfo is None:
        raise _wrong()
    return found


def _digest(asked: BaseModel) -> str:
    told = f"{type(asked).__name__} {asked.model_dump_json(exclude={'cursor'})}"
    return sha256(told.encode("utf8", "backslashreplace")).hexdigest()[:12]


def _wrong() -> Invalid:
    return Invalid([Fault("cursor", "不是这个列表的游标", "请原样填写上一页应答中的next，其他条件保持不变")])

"""What of a document and of a query goes to the model: what it is about, without where, who and when.

Names of places would decide: to a small model 槐安县低保 is nearer to anything of 槐安县 than to 低保 elsewhere.
Names and years are the business of the words.
"""

import re
from collections.abc import Sequence
from hashlib import blake2b

from gongkai.core.text.folding import fold
from gongkai.search.names import split_name
from gongkai.search.query import ParsedQuery

TEXT_CHARACTERS = 220
"""Of a text, as many characters from its beginning, up to a sentence's end where there is one."""
SHORTEST_QUERY = 2
_LEFT_OUT = ("place", "agency", "year", "month")
_SAID_ELSEWHERE = re.compile("(?:19|20)[0-9]{2}(?:年度?|届)|[〔\\[（(]?(?:19|20)[0-9]{2}[〕\\]）)]?[0-9]*号")
_NUMERALS = frozenset("〇零一二三四五六七八九")
_SIZE = 16


def passages_of(*, title: str, text: str, agency: str, unit: str) -> tuple[str, ...]:
    """The title of a document, and title and beginning of the text, without the names of who issued and publishes it.

    The mean of their vectors is the document's: better than either alone on the judged sets, and than two vectors.
    """
    names = sorted({name for whole in (agency, unit) for name in _names(whole)}, key=len, reverse=True)
    beginning = text[:TEXT_CHARACTERS]
    end = max(beginning.rfind(mark) for mark in "。；！？\n")
    if len(text) > TEXT_CHARACTERS and end > TEXT_CHARACTERS // 2:
        beginning = beginning[: end + 1]
    cleaned = (_without(title, names), _without(f"{title}\n{beginning}", names))
    return tuple(dict.fromkeys(filter(None, cleaned))) or (title,)


def digest_of(passages: Sequence[str]) -> bytes:
    """A short mark of a document's passages: the same passages have the same vector."""
    return blake2b("\x00".join(passages).encode("utf-8", "replace"), digest_size=_SIZE).digest()


def query_of(parsed: ParsedQuery) -> str:
    """What a query is about, in simplified characters; "" where it says nothing but names and years."""
    kept = "".join(
        " " if part.kind in _LEFT_OUT else _simplified(parsed.text[part.start : part.end]) for part in parsed.parts
    )
    said = " ".join(kept.split())
    return said if len(said) >= SHORTEST_QUERY else ""


def _without(text: str, names: Sequence[str]) -> str:
    for name in names:
        text = text.replace(name, "")
    return _SAID_ELSEWHERE.sub("", text).strip()


def _simplified(typed: str) -> str:
    """Folded, but for numerals: 一 stays what it is."""
    return "".join(old if old in _NUMERALS else new for old, new in zip(typed, fold(typed), strict=True))


def _names(official: str) -> Sequence[str]:
    """A body's name, and the places it begins with."""
    chain, _ = split_name(official)
    return [name for name in (official, *chain) if len(name) > 1]

"""Text of Word 97-2003 documents ([MS-DOC]), which WPS writes as .wps too; part of the child process."""

import io
import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise

from gongkai.core.extraction.collecting import Collected
from gongkai.core.extraction.reasons import DAMAGED, ENCRYPTED, Unreadable, unsupported
from gongkai.core.storage.ole import BrokenContainer, read_streams

_MAIN = "WordDocument"
_SIGNATURE = 0xA5EC
_WORD_97 = 0x00C1
_ENCRYPTED, _FIRST_TABLE = 0x0100, 0x0200
_COUNTS, _TABLE_PLACE = 0x4C, 0x01A2
"""Where the lengths of the kinds of text stand in the file information block, and the place of the piece table."""
_PLACES = ("", "脚注尾注", "页眉页脚", "", "批注", "脚注尾注", "文本框", "页眉页脚")
"""Kinds of text in the order in which they lie behind one another; the fourth is never written."""
_BYTE_PIECE, _PLACE_OF_PIECE = 0x40000000, 0x3FFFFFFF
_PARAGRAPHS, _MODIFIERS = 2, 1
_SIGNS = str.maketrans({"\r": "\n", "\x07": "\n", "\x0b": "\n", "\x0c": "\n", "\x1e": "-", "\x1f": None})
_FIELD, _RESULT, _END = "\x13", "\x14", "\x15"


def read_doc(data: bytes, file: str, found: Collected) -> None:
    """The text with tables, then notes, headers, comments, text boxes; what tracked changes deleted stands in it too.

    Raises:
        Unreadable: when the document is encrypted, older than Word 97, or damaged.
    """
    try:
        streams = read_streams(io.BytesIO(data), {_MAIN, "0Table", "1Table"})
        _read(streams, file, found)
    except (BrokenContainer, struct.error, KeyError):
        raise Unreadable(DAMAGED) from None


def _read(streams: dict[str, bytes], file: str, found: Collected) -> None:
    main = streams[_MAIN]
    signature, version = struct.unpack_from("<HH", main, 0)
    (flags,) = struct.unpack_from("<H", main, 10)
    if flags & _ENCRYPTED:
        raise Unreadable(ENCRYPTED)
    if signature != _SIGNATURE or version < _WORD_97:
        raise Unreadable(unsupported("Word 95 及更早的文档"))
    lengths = struct.unpack_from("<8i", main, _COUNTS)
    place, length = struct.unpack_from("<II", main, _TABLE_PLACE)
    table = streams["1Table" if flags & _FIRST_TABLE else "0Table"]
    pieces = _Pieces(main, _piece_table(table[place : place + length]))
    at = 0
    for name, count in zip(_PLACES, lengths, strict=True):
        if count < 0:
            raise Unreadable(DAMAGED)
        # Of a text that is longer than what may be kept one sign more is enough to tell.
        said = pieces.text(at, at + min(count, found.budget.characters + 1))
        found.add(file, name, _plain(said))
        at += count


def _piece_table(table: bytes) -> bytes:
    """The table of pieces behind the modifiers that quick saving left before it."""
    at = 0
    while at < len(table) and table[at] == _MODIFIERS:
        at += 3 + struct.unpack_from("<H", table, at + 1)[0]
    if at >= len(table) or table[at] != _PARAGRAPHS:
        raise Unreadable(DAMAGED)
    (length,) = struct.unpack_from("<I", table, at + 1)
    found = table[at + 5 : at + 5 + length]
    if len(found) < length:
        raise Unreadable(DAMAGED)
    return found


class _Pieces:
    """The text as the pieces put it together, by positions of signs."""

    def __init__(self, main: bytes, table: bytes) -> None:
        count = (len(table) - 4) // 12
        if count < 0:
            raise Unreadable(DAMAGED)
        self._main = main
        self._ends: Sequence[int] = struct.unpack_from(f"<{count + 1}I", table, 0)
        self._starts = [struct.unpack_from("<I", table, 4 * (count + 1) + 8 * n + 2)[0] for n in range(count)]

    def text(self, start: int, end: int) -> str:
        """The signs from `start` up to `end`."""
        return "".join(self._between(start, end))

    def _between(self, start: int, end: int) -> Iterator[str]:
        for (first, last), place in zip(pairwise(self._ends), self._starts, strict=True):
            if last < first:
                raise Unreadable(DAMAGED)
            low, high = max(first, start), min(last, end)
            if low < high:
                yield self._piece(place, low - first, high - first)

    def _piece(self, place: int, low: int, high: int) -> str:
        width = 1 if place & _BYTE_PIECE else 2
        origin = (place & _PLACE_OF_PIECE) // (2 if width == 1 else 1)
        raw = self._main[origin + low * width : origin + high * width]
        if len(raw) < (high - low) * width:
            raise Unreadable(DAMAGED)
        return raw.decode("cp1252" if width == 1 else "utf-16-le", "replace")


def _plain(text: str) -> str:
    """Lines of a text: marks of paragraphs and cells end one, of a field its result stays."""
    kept: list[str] = []
    # For each open field whether its instruction is still going on.
    fields: list[bool] = []
    silent = 0
    for sign in text:
        if sign == _FIELD:
            fields.append(True)
            silent += 1
        elif sign == _RESULT and fields and fields[-1]:
            fields[-1] = False
            silent -= 1
        elif sign == _END and fields:
            silent -= fields.pop()
        elif not silent:
            kept.append(sign)
    lines = (line.strip() for line in "".join(kept).translate(_SIGNS).split("\n"))
    return "\n".join(line for line in lines if line)

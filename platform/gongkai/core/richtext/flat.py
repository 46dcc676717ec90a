"""Sanitised HTML as one flat text with offsets: places found in the text are marked or changed in the HTML."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import pairwise, takewhile

from gongkai.core.richtext.sanitising import sanitise
from gongkai.core.richtext.writer import escape

_TAG = re.compile(r'(<(?:[^<>"]|"[^"]*")*>)')
_NAME = re.compile("</?([a-z0-9]+)")
_INLINE = frozenset({"strong", "em", "u", "s", "sub", "sup", "a", "img"})
_CELLS = frozenset({"td", "th"})


@dataclass(frozen=True, slots=True)
class Mark:
    """What is written around the characters `start` to `end` of the flat text; both are HTML."""

    start: int
    end: int
    opening: str
    closing: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of text of the HTML, or a tag; `start` is its place in the flat text."""

    start: int
    text: str
    tag: str = ""


@dataclass(frozen=True, slots=True)
class FlatText:
    """The words of an HTML text, a line for each paragraph and table row, cells parted by tabs."""

    text: str
    _pieces: tuple[_Piece, ...]

    def edited(self, edits: Iterable[tuple[int, int, str]]) -> str:
        """Sanitised HTML in which each (start, end, words) stands changed; spans are not empty and do not overlap.

        Line ends belong to the HTML and stay; a paragraph with nothing left goes.
        """
        changes = sorted(edits)
        ends = [end for _, end, _ in changes]
        behind = (changes[bisect_right(ends, piece.start) :] for piece in self._pieces)
        pairs = zip(self._pieces, behind, strict=True)
        return sanitise("".join(piece.tag or escape(_changed(piece, mine)) for piece, mine in pairs))

    def marked(self, marks: Sequence[Mark]) -> str:
        """The HTML with `marks` around what they cover, again in each piece that one runs through; none overlaps."""
        ordered = sorted(marks, key=lambda mark: mark.start)
        ends = [mark.end for mark in ordered]
        behind = (ordered[bisect_right(ends, piece.start) :] for piece in self._pieces)
        return "".join(p.tag or _marked(p, mine) for p, mine in zip(self._pieces, behind, strict=True))


def flatten(html: str) -> FlatText:
    """The flat text of sanitised HTML."""
    pieces: list[_Piece] = []
    words: list[str] = []
    length, at_line_start = 0, True
    for part in filter(None, _TAG.split(html)):
        if not part.startswith("<"):
            text = unescape(part)
            pieces.append(_Piece(length, text))
            words.append(text)
            length += len(text)
            at_line_start = False
            continue
        pieces.append(_Piece(length, "", part))
        if gap := _gap(part, at_line_start=at_line_start):
            words.append(gap)
            length += len(gap)
            at_line_start = gap == "\n"
    return FlatText("".join(words), tuple(pieces))


def _gap(tag: str, *, at_line_start: bool) -> str:
    name = _NAME.match(tag)
    if name is None or name[1] in _INLINE:
        return ""
    if name[1] in _CELLS:
        return "\t" if tag.startswith("</") else ""
    return "" if at_line_start else "\n"


def _changed(piece: _Piece, changes: Sequence[tuple[int, int, str]]) -> str:
    """The text of a piece after the changes; the words of a change stand where it begins."""
    first, last = piece.start, piece.start + len(piece.text)
    kept, at = [], first
    for start, end, words in changes:
        if start >= last:
            break
        kept.append(piece.text[at - first : max(start, first) - first])
        kept.append(words if start >= first else "")
        at = min(end, last)
    return "".join([*kept, piece.text[at - first :]])


def _marked(piece: _Piece, marks: Sequence[Mark]) -> str:
    first, last = piece.start, piece.start + len(piece.text)
    inside = list(takewhile(lambda mark: mark.start < last, marks))
    cuts = sorted({first, last, *(min(max(cut, first), last) for mark in inside for cut in (mark.start, mark.end))})
    written = []
    for start, end in pairwise(cuts):
        words = escape(piece.text[start - first : end - first])
        around = next((mark for mark in inside if mark.start <= start and end <= mark.end), None)
        written.append(f"{around.opening}{words}{around.closing}" if around else words)
    return "".join(written)

"""Writes HTML: escaped text, inline elements closed before blocks, white space collapsed."""

import re
from collections.abc import Iterable
from typing import NamedTuple
from unicodedata import east_asian_width

from gongkai.core.richtext.errors import TextTooLong

MAX_HTML_BYTES = 2 * 1024 * 1024
"""How much HTML is taken, and how much is written (UTF-8)."""

SPACES = " \t\n\r\f"
"""White space of HTML: collapsed, unlike the no-break and the ideographic space."""

_INNER_SPACES = re.compile(f"[{SPACES}]+")


class Inline(NamedTuple):
    """An inline element to be open around text: its name and its attributes as written."""

    name: str
    attributes: str = ""


class Writer:
    """Pieces of output, with the inline elements that are open at its end."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._size = 0
        self._open: list[Inline] = []
        self._space = ""
        self._last = ""

    def mark(self) -> int:
        """A place to `cut` back to."""
        return len(self._pieces)

    def cut(self, mark: int) -> None:
        """Takes back all that was written since `mark`."""
        self._size -= sum(map(len, self._pieces[mark:]))
        del self._pieces[mark:]

    def ends_with(self, tag: str) -> bool:
        return bool(self._pieces) and self._pieces[-1] == tag

    def block(self, tag: str) -> None:
        """The tag of a block (`<p>`, `</td>`), or "" for a mere boundary; spaces around it do not count."""
        self._close(0)
        self._space = self._last = ""
        if tag:
            self._write(tag)

    def line_break(self, formats: Iterable[Inline]) -> None:
        self._close(self._common(tuple(formats)))
        self._space = self._last = ""
        self._write("<br>")

    def image(self, attributes: str, formats: Iterable[Inline]) -> None:
        self._open_formats(tuple(formats))
        self._write(f"<img{attributes}>")
        self._last = "\ufffc"

    def space(self, text: str) -> None:
        """White space: written before the next text, if there is one in the same block."""
        self._space += text

    def text(self, text: str, formats: Iterable[Inline]) -> None:
        """Text with something other than spaces in it."""
        words = text.strip(SPACES)
        start = text.index(words[0])
        self._space += text[:start]
        self._open_formats(tuple(formats), words[0])
        self._write(escape(_INNER_SPACES.sub(_inner_gap, words)))
        self._last = words[-1]
        self._space = text[start + len(words) :]

    def result(self) -> str:
        """Everything written. `TextTooLong` if it is more than is taken."""
        self._close(0)
        html = "".join(self._pieces)
        if len(html.encode()) > MAX_HTML_BYTES:
            raise TextTooLong
        return html

    def _open_formats(self, formats: tuple[Inline, ...], first: str = "\ufffc") -> None:
        common = self._common(formats)
        self._close(common)
        if self._space:
            # A space stands outside of the formats that begin with the next word.
            gap = _gap(self._last, self._space, first)
            if gap and self._last:
                self._write(gap)
            self._space = ""
        for inline in formats[common:]:
            self._write(f"<{inline.name}{inline.attributes}>")
            self._open.append(inline)

    def _common(self, formats: tuple[Inline, ...]) -> int:
        count = 0
        for written, wanted in zip(self._open, formats, strict=False):
            if written != wanted:
                break
            count += 1
        return count

    def _close(self, keep: int) -> None:
        while len(self._open) > keep:
            self._write(f"</{self._open.pop().name}>")

    def _write(self, piece: str) -> None:
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > 2 * MAX_HTML_BYTES:
            # Stops formats that are repeated in each of very many paragraphs before they fill the memory.
            raise TextTooLong


def escape(text: str) -> str:
    """Text or an attribute value as the HTML standard writes it (section 13.3)."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\u00a0", "&nbsp;")


def attribute(name: str, value: str) -> str:
    """One attribute with its leading space, or "" if it has no value."""
    escaped = escape(value).replace('"', "&quot;")
    return f' {name}="{escaped}"' if value else ""


def _gap(before: str, spaces: str, after: str) -> str:
    """One space, or none for a line break in the middle of Chinese text (CSS Text 3, section 4.1.3)."""
    return "" if "\n" in spaces and _is_wide(before) and _is_wide(after) else " "


def _inner_gap(found: re.Match[str]) -> str:
    text = found.string
    return _gap(text[found.start() - 1], found[0], text[found.end()])


def _is_wide(character: str) -> bool:
    """Chinese characters and punctuation; not Hangul, which is written with spaces."""
    if not character or "\u1100" <= character <= "\u11ff" or "\u3130" <= character <= "\u318f":
        return False
    return east_asian_width(character) in "WFA" and not "\uac00" <= character <= "\ud7ff"

"""What people type or paste into form fields, without what cannot be seen or stored."""

import unicodedata
from collections.abc import Iterable

_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs"})
"""Control, format, private and surrogate characters; a NUL alone would make PostgreSQL refuse the row."""
_LONGEST_ID = 18


def read_id(written: str) -> int | None:
    """An id out of a form; None for what no id can be."""
    fits = written.isascii() and written.isdigit() and len(written) <= _LONGEST_ID
    return int(written) if fits else None


def read_ids(written: Iterable[str]) -> list[int]:
    """Ids out of a form, in their order, without what no id can be."""
    return [found for one in written if (found := read_id(one)) is not None]


def one_line(text: str) -> str:
    """The text on one line: blanks of every kind become single spaces, invisible characters go."""
    return "".join(char for char in " ".join(text.split()) if unicodedata.category(char) not in _INVISIBLE).strip()


def lines(text: str) -> list[str]:
    """The lines with content, each as `one_line` makes it."""
    return [line for raw in text.splitlines() if (line := one_line(raw))]


def paragraphs(text: str) -> str:
    """The text with its line breaks, lines as `one_line` makes them and empty ones dropped."""
    return "\n".join(lines(text))

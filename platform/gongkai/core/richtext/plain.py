"""Rich text as plain text, and back."""

from gongkai.core.richtext.sanitising import sanitise
from gongkai.core.richtext.tokens import End, Start, Text, tokens
from gongkai.core.richtext.writer import escape

_CELLS = frozenset({"td", "th"})
_BREAKS = {
    *("p", "br", "hr", "h2", "h3", "h4", "blockquote"),
    *("ul", "ol", "li"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr"),
    *("figure", "figcaption"),
}
_MARGIN = " \u3000"


def to_text(html: str) -> str:
    """The words of sanitised HTML: a line for each paragraph, list item and table row, cells parted by tabs.

    No list markers, no alternative texts of images, no empty lines.
    """
    pieces: list[str] = []
    depth = 0
    for token in tokens(html):
        if isinstance(token, Text):
            pieces.append(token.text)
        elif token.name in _CELLS:
            depth += 1 if isinstance(token, Start) else -1
            # A table inside a cell stays on the line of its row.
            pieces.append("\t" if depth == 0 and isinstance(token, End) else " ")
        elif token.name in _BREAKS:
            pieces.append(" " if depth > 0 else "\n")
    return "\n".join(filter(None, map(_tidy_line, "".join(pieces).split("\n"))))


def is_empty(html: str) -> bool:
    """Whether sanitised HTML shows nothing: no text and no image."""
    return "<img" not in html and not to_text(html)


def from_plain_text(text: str) -> str:
    """Sanitised HTML with a paragraph for each line that is not blank. `TextTooLong` as `sanitise`."""
    return sanitise("".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip()))


def _tidy_line(line: str) -> str:
    # Each cell ends with a tab; the one behind the last cell parts nothing.
    cells = line.replace("\u00a0", " ").strip(" ").removesuffix("\t").split("\t")
    cells = [" ".join(filter(None, cell.split(" "))).strip(_MARGIN) for cell in cells]
    return "\t".join(cells) if any(cells) else ""

"""Builds the structure of official text from tokens: paragraphs, headings, lists, tables, inline formats.

Containers (lists, tables, quotations) nest; leaves (paragraphs, headings) hold inline content only. Whatever
the input looks like, the output is such that an HTML parser reads from it exactly what was written.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from gongkai.core.richtext import styling
from gongkai.core.richtext.tokens import End, Start, Text
from gongkai.core.richtext.writer import SPACES, Inline, Writer, attribute

_HEADINGS = {"h1": "h2", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4"}
_SECTIONS = frozenset({"thead", "tbody", "tfoot"})
_CELLS = frozenset({"td", "th"})
_LISTS = frozenset({"ul", "ol"})
_TABLE_PARTS = _SECTIONS | _CELLS | {"table", "tr", "caption"}
_WRITTEN = _TABLE_PARTS | _LISTS | {"li", "blockquote", "figure", "figcaption"}
# Containers that are not written: they only separate paragraphs and may align what they hold.
_FLOW = frozenset(
    {
        "div",
        "center",
        "section",
        "article",
        "main",
        "header",
        "footer",
        "nav",
        "aside",
        "address",
        "form",
        "fieldset",
        "legend",
        "details",
        "summary",
        "dl",
        "dt",
        "dd",
        "pre",
        "listing",
        "dir",
        "menu",
        "hgroup",
        "search",
        "noscript",
        "dialog",
        "body",
    }
)
_VOID = frozenset({"area", "base", "col", "embed", "input", "link", "meta", "param", "source", "track", "wbr"})
_HOLDS_TEXT = _CELLS | {"li", "caption", "figcaption"}
_IMPLIED = {"table": "tbody", "thead": "tr", "tbody": "tr", "tfoot": "tr", "tr": "td", "ul": "li", "ol": "li"}
# Where a start tag belongs, and what it closes on its way there.
_PARENTS = {
    **dict.fromkeys(_CELLS, frozenset({"tr"})),
    **dict.fromkeys(_SECTIONS | {"caption"}, frozenset({"table"})),
    "tr": _SECTIONS,
    "li": _LISTS,
    "figcaption": frozenset({"figure"}),
}
_MAX_CONTAINERS = 40
_MAX_INLINES = 100
_INVISIBLE = SPACES + "\u00a0\u3000"


@dataclass(slots=True)
class _Container:
    name: str
    written: bool
    hidden: bool
    start: int
    inlines: int
    align: str


@dataclass(slots=True)
class _Leaf:
    name: str
    hidden: bool
    start: int
    inlines: int
    visible: bool = False


@dataclass(slots=True)
class _InlineTag:
    name: str
    hidden: bool
    formats: tuple[Inline, ...]
    """What was in force before the tag."""


class Builder:
    """Takes tokens with `feed`; `result` is the HTML. Remembers what it had to leave out."""

    def __init__(self) -> None:
        self.refused_images = 0
        self.hidden_text = False
        self._writer = Writer()
        self._containers: list[_Container] = []
        self._leaf: _Leaf | None = None
        self._inlines: list[_InlineTag] = []
        self._formats: tuple[Inline, ...] = ()
        self._align = ""
        self._hidden = 0
        self._too_deep: Counter[str] = Counter()

    def feed(self, token: Start | End | Text) -> None:
        if isinstance(token, Text):
            self._text(token.text)
        elif isinstance(token, Start):
            self._start(token.name, token.attributes)
        else:
            self._end(token.name)

    def result(self) -> str:
        """Closes what is open. `TextTooLong` if the text grew beyond the limit."""
        self._close_leaf()
        while self._containers:
            self._close_container()
        return self._writer.result()

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        style = styling.parse_style(attributes)
        hides = styling.is_hidden(name, attributes, style)
        if name == "p" or name in _HEADINGS:
            self._start_leaf(_HEADINGS.get(name, name), attributes, style, hides=hides)
        elif name in _WRITTEN or name in _FLOW:
            self._start_container(name, attributes, style, hides=hides)
        elif name == "br":
            self._line_break()
        elif name == "hr":
            self._rule()
        elif name == "img":
            if not hides:
                self._image(attributes, style)
        elif name not in _VOID:
            self._start_inline(name, attributes, style, hides=hides)

    def _end(self, name: str) -> None:
        if name == "p" or name in _HEADINGS:
            if self._leaf and (self._leaf.name == "p") == (name == "p"):
                self._close_leaf()
        elif name in _WRITTEN or name in _FLOW:
            self._end_container(name)
        else:
            self._end_inline(name)

    # Text and other inline content

    def _text(self, text: str) -> None:
        if self._hidden:
            self.hidden_text = self.hidden_text or bool(text.strip(_INVISIBLE))
            return
        if not text.strip(SPACES):
            self._writer.space(text)
            return
        self._ensure_text_place()
        if self._leaf and not self._leaf.visible:
            self._leaf.visible = bool(text.strip(_INVISIBLE))
        self._writer.text(text, self._formats)

    def _line_break(self) -> None:
        if not self._hidden and (self._leaf or self._top() in _HOLDS_TEXT):
            self._writer.line_break(self._formats)

    def _image(self, attributes: Mapping[str, str], style: Mapping[str, str]) -> None:
        if self._hidden:
            return
        source = styling.image_address(attributes.get("src", ""))
        if not source:
            self.refused_images += 1
            return
        if self._leaf or self._top() != "figure":
            self._ensure_text_place()
        if self._leaf:
            self._leaf.visible = True
        written = attribute("src", source) + attribute("alt", attributes.get("alt", ""))
        written += attribute("title", attributes.get("title", ""))
        self._writer.image(written + attribute("class", styling.width(attributes, style)), self._formats)

    def _start_inline(self, name: str, attributes: Mapping[str, str], style: Mapping[str, str], *, hides: bool) -> None:
        added = [Inline(tag) for tag in styling.inline_formats(name, style)]
        if name == "a" and (address := styling.link_address(attributes.get("href", ""))):
            rel = "noopener noreferrer" if styling.is_foreign(address) else ""
            title = attribute("title", attributes.get("title", ""))
            # A link ends where the next begins, as in a browser.
            self._end_inline("a")
            added.append(Inline("a", attribute("href", address) + title + attribute("rel", rel)))
        effective = hides or added
        if not effective and all(inline.name != name for inline in self._inlines):
            return
        if len(self._inlines) >= _MAX_INLINES and not (hides and not self._hidden):
            return
        self._inlines.append(_InlineTag(name, hides, self._formats))
        self._hidden += hides
        for inline in added:
            if inline.name == "a":
                self._formats = tuple(known for known in self._formats if known.name != "a")
            if all(known.name != inline.name for known in self._formats):
                self._formats += (inline,)

    def _end_inline(self, name: str) -> None:
        floor = self._containers[-1].inlines if self._containers else 0
        for index in range(len(self._inlines) - 1, floor - 1, -1):
            if self._inlines[index].name == name:
                self._drop_inlines(index)
                if self._leaf:
                    self._leaf.inlines = min(self._leaf.inlines, index)
                return

    def _drop_inlines(self, keep: int) -> None:
        if keep < len(self._inlines):
            self._formats = self._inlines[keep].formats
            self._hidden -= sum(inline.hidden for inline in self._inlines[keep:])
            del self._inlines[keep:]

    # Paragraphs and headings

    def _start_leaf(
        self, name: str, attributes: Mapping[str, str], style: Mapping[str, str], *, hides: bool = False
    ) -> None:
        self._close_leaf()
        self._ensure_flow()
        align = styling.alignment(name, attributes, style)
        indent = styling.indent(attributes, style) if name == "p" else ""
        classes = " ".join(filter(None, (self._align if align is None else align, indent)))
        self._open_leaf(name, classes, hides=hides)

    def _open_leaf(self, name: str, classes: str, *, hides: bool = False) -> None:
        self._writer.block("")
        self._leaf = _Leaf(name, hides, self._writer.mark(), len(self._inlines))
        self._hidden += hides
        self._writer.block("" if self._hidden else f"<{name}{attribute('class', classes)}>")

    def _close_leaf(self) -> None:
        leaf, self._leaf = self._leaf, None
        if leaf is None:
            return
        written = self._writer.mark() > leaf.start
        self._writer.block(f"</{leaf.name}>" if written else "")
        if not leaf.visible:
            self._writer.cut(leaf.start)
        self._drop_inlines(leaf.inlines)
        self._hidden -= leaf.hidden

    # Containers

    def _start_container(
        self, name: str, attributes: Mapping[str, str], style: Mapping[str, str], *, hides: bool
    ) -> None:
        if name in _FLOW and self._top() in _IMPLIED and not hides:
            return
        self._close_leaf()
        source = name
        if name in _PARENTS:
            self._close_up_to(name)
            if self._top() not in _PARENTS[name]:
                name = "div"
        elif name in _LISTS and self._top() in _LISTS:
            self._reopen_item()
        # One hidden container hides all that is in it, and is taken however deep it lies.
        hides = hides and not self._hidden
        if name not in _PARENTS and not hides:
            if len(self._containers) >= _MAX_CONTAINERS:
                self._too_deep[source] += 1
                return
            self._ensure_flow()
        self._open_container(name, attributes, style, hides=hides)

    def _close_up_to(self, name: str) -> None:
        """Makes a container that may hold `name` the top one, if there is one in scope."""
        wanted = _PARENTS[name] | ({"table"} if name == "tr" else _SECTIONS | {"table"} if name in _CELLS else set())
        barriers = {"table"} if name in _TABLE_PARTS else _CELLS | {"table", "caption"}
        for index in range(len(self._containers) - 1, -1, -1):
            container = self._containers[index]
            if container.name in wanted:
                self._close_containers(index + 1)
                break
            if container.name in barriers:
                return
        else:
            return
        while self._top() not in _PARENTS[name]:
            self._open_container(_IMPLIED[self._top()], {}, {}, hides=False)

    def _reopen_item(self) -> None:
        """Word and old editors put a list directly into a list: it belongs to the item before it."""
        if self._writer.ends_with("</li>") and not self._hidden:
            mark = self._writer.mark()
            self._writer.cut(mark - 1)
            self._containers.append(_Container("li", True, False, -1, len(self._inlines), self._align))

    def _open_container(
        self, name: str, attributes: Mapping[str, str], style: Mapping[str, str], *, hides: bool
    ) -> None:
        self._writer.block("")
        self._hidden += hides
        written = name in _WRITTEN and not self._hidden
        self._containers.append(_Container(name, written, hides, self._writer.mark(), len(self._inlines), self._align))
        align = styling.alignment(name, attributes, style)
        if not written:
            self._align = self._align if align is None else align
            return
        self._align = ""
        classes = [align or ""] if name in styling.ALIGNED else []
        if name in styling.SIZED:
            classes.append(styling.width(attributes, style))
        own = attribute("class", " ".join(filter(None, classes)))
        self._writer.block(f"<{name}{own}{_cell_attributes(name, attributes)}>")

    def _end_container(self, name: str) -> None:
        if self._too_deep[name]:
            self._too_deep[name] -= 1
            return
        for index in range(len(self._containers) - 1, -1, -1):
            found = self._containers[index].name
            if found == name:
                self._close_containers(index)
                return
            if found == "table" or (name == "li" and found in _LISTS):
                return
            if name not in _TABLE_PARTS and found in _CELLS | {"caption"}:
                return

    def _close_containers(self, keep: int) -> None:
        self._close_leaf()
        while len(self._containers) > keep:
            self._close_container()

    def _close_container(self) -> None:
        container = self._containers.pop()
        empty = self._writer.mark() == container.start + 1 and container.name not in _CELLS
        self._writer.block(f"</{container.name}>" if container.written else "")
        if container.written and empty:
            self._writer.cut(container.start)
        self._drop_inlines(container.inlines)
        self._align = container.align
        self._hidden -= container.hidden

    # Places

    def _top(self) -> str:
        return self._containers[-1].name if self._containers else ""

    def _ensure_flow(self) -> None:
        """Content directly in a list or a table gets the item or the cell that it lacks."""
        while (top := self._top()) in _IMPLIED:
            self._open_container(_IMPLIED[top], {}, {}, hides=False)

    def _ensure_text_place(self) -> None:
        if self._leaf:
            return
        self._ensure_flow()
        if self._top() not in _HOLDS_TEXT:
            self._open_leaf("p", self._align)

    def _rule(self) -> None:
        if self._top() in _IMPLIED or self._hidden:
            return
        self._close_leaf()
        self._writer.block("<hr>")


def _cell_attributes(name: str, attributes: Mapping[str, str]) -> str:
    if name not in _CELLS:
        return ""
    written = "".join(attribute(key, styling.span_count(attributes.get(key, ""))) for key in ("colspan", "rowspan"))
    scope = attributes.get("scope", "").strip().lower()
    if name == "th" and scope in {"row", "col", "rowgroup", "colgroup"}:
        written += attribute("scope", scope)
    return written

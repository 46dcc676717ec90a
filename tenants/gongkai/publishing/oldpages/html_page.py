"""Where things stand in the HTML of a saved page: its text, its title, its address."""

import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import accumulate

_BLOCKS = frozenset({"div", "td", "article", "section", "main", "body"})
_SILENT = frozenset({"script", "style"})
_STOPS = re.compile("[。；！？;!?]|[.](?=\\s|$)")
_ARTICLE = re.compile(
    "(?i)(?:zoom|ucap-content|trs_editor|view|content|article|article-?content|con_?text|text|news_?content"
    "|detail-?content|xxgk_?content|main-?text)"
)
_TITLE = re.compile("(?i)(?:.*[-_])?(?:title|bt|biaoti)(?:[-_].*)?")
_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)(https?://[^\s<>]+)\s*-->")
_ENOUGH = 0.6
_DEEPEST = 200
"""Blocks nested deeper count to the one that they stand in."""
_LONGEST_TITLE = 300


@dataclass(slots=True)
class _Element:
    tag: str
    start: int
    names: tuple[str, ...]
    depth: int
    end: int = 0
    stops: int = 0
    letters: int = 0


@dataclass(slots=True)
class Anatomy:
    """Places in the source: `body` (start, end) holds the text; the rest are words as they stand there.

    `words` are all of the page, shown or hidden, with the title of its frame and its meta elements.
    """

    body: tuple[int, int]
    head: str = ""
    title: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    address: str = ""
    words: str = ""


class _Reader(HTMLParser):
    """Blocks with how much text they hold, title, headings, meta elements; never fails."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.lines = [0, *accumulate(len(line) for line in source.splitlines(keepends=True))]
        self.elements: list[_Element] = []
        self.open: list[_Element] = []
        self.words: dict[str, list[str]] = {"title": [], "h1": [], "named": []}
        self.metadata: dict[str, str] = {}
        self.all: list[str] = []
        self.canonical = ""
        self._inside: Counter[str] = Counter()
        self._named = ""

    def place(self) -> int:
        line, column = self.getpos()
        return self.lines[min(line - 1, len(self.lines) - 1)] + column

    def parse_starttag(self, i: int) -> int:
        """See `_to_the_end`."""
        return self._to_the_end(super().parse_starttag(i))

    def parse_endtag(self, i: int) -> int:
        """See `_to_the_end`."""
        return self._to_the_end(super().parse_endtag(i))

    def parse_comment(self, i: int, report: bool = True) -> int:
        """See `_to_the_end`."""
        return self._to_the_end(super().parse_comment(i, report))

    def parse_pi(self, i: int) -> int:
        """See `_to_the_end`."""
        return self._to_the_end(super().parse_pi(i))

    def parse_html_declaration(self, i: int) -> int:
        """See `_to_the_end`."""
        return self._to_the_end(super().parse_html_declaration(i))

    def _to_the_end(self, end: int) -> int:
        """What is never closed takes the rest of the page, as in a browser and in the sanitiser; the base class looks
        for its end again from each mark after it, in quadratic time."""
        return len(self.rawdata) if end < 0 else end

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        names = (given.get("id", ""), *given.get("class", "").split())
        if tag == "meta" and given.get("name"):
            self.metadata.setdefault(given["name"].lower(), given.get("content", "").strip())
        elif tag == "link" and given.get("rel") == "canonical":
            self.canonical = given.get("href", "")
        elif tag in ("title", "h1") or tag in _SILENT:
            self._inside[tag] += 1
        elif not self._named and not self.words["named"] and any(_TITLE.fullmatch(name) for name in names if name):
            self._named = tag
            self._inside["named"] = 1
        if tag in _BLOCKS and len(self.open) < _DEEPEST:
            element = _Element(tag, self.place() + len(self.get_starttag_text() or ""), names, len(self.open))
            self.elements.append(element)
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if self._inside[tag]:
            self._inside[tag] -= 1
        if tag == self._named:
            self._inside["named"], self._named = 0, ""
        at = next((at for at in range(len(self.open) - 1, -1, -1) if self.open[at].tag == tag), None)
        if tag in _BLOCKS and at is not None:
            for element in self.open[at:]:
                element.end = self.place()
            del self.open[at:]

    def handle_data(self, data: str) -> None:
        if any(self._inside[tag] for tag in _SILENT):
            return
        self.all.append(data)
        for kind in self.words:
            if self._inside[kind]:
                self.words[kind].append(data)
        if self._inside["title"]:
            return
        stops, letters = len(_STOPS.findall(data)), len(data.strip())
        for element in self.open:
            element.stops += stops
            element.letters += letters


def anatomy(source: str) -> Anatomy:
    """Find the text of a page: the innermost block that holds most of its sentences, one named for it first."""
    reader = _Reader(source)
    reader.feed(source)
    reader.close()
    for element in reader.open:
        element.end = len(source)
    words = {kind: " ".join("".join(parts).split())[:_LONGEST_TITLE] for kind, parts in reader.words.items()}
    saved = _SAVED_FROM.search(source[:4000])
    stated = reader.metadata.get("articletitle", "")
    return Anatomy(
        body=_body(reader.elements, len(source)),
        head=words["title"],
        title=stated[:_LONGEST_TITLE] or words["h1"] or words["named"],
        metadata=reader.metadata,
        words="\n".join([*reader.all, *reader.metadata.values()]),
        address=saved[1] if saved else reader.metadata.get("url", "") or reader.canonical,
    )


def _body(elements: list[_Element], length: int) -> tuple[int, int]:
    if not elements:
        return 0, length
    whole = max(element.stops for element in elements)
    weight = "stops" if whole else "letters"
    most = max(getattr(element, weight) for element in elements) * _ENOUGH
    rich = [element for element in elements if getattr(element, weight) >= most]
    named = [element for element in rich if any(_ARTICLE.fullmatch(name) for name in element.names if name)]
    best = max(named or rich, key=lambda element: (element.depth, -element.start))
    return best.start, max(best.end, best.start)

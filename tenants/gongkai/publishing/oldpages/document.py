"""A page as one text: title, table, body. Findings are places in it, repairs go back to the parts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gongkai.core.richtext.flat import FlatText, flatten
from gongkai.core.text.damage.detect import repaired

Edit = tuple[int, int, str]
"""Start, end, and the words that stand there now."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a page after its repairs."""

    title: str
    labels: list[list[str]]
    body_html: str


@dataclass(frozen=True, slots=True)
class Document:
    """A page's parts, and the text that they make together; `body_start` is where the body begins in it."""

    title: str
    labels: Sequence[Sequence[str]]
    body: FlatText
    text: str
    body_start: int

    def edited(self, edits: Iterable[Edit]) -> Parts:
        """The parts with edits carried out; spans do not overlap and lie within one part each."""
        changes = sorted(edits)
        heads = []
        for start, head in self.heads():
            end = start + len(head)
            mine = [(a - start, b - start, words) for a, b, words in changes if start <= a and b <= end]
            heads.append(" ".join(repaired(head, mine).split()))
        first = self.body_start
        mine = [(a - first, b - first, words) for a, b, words in changes if a >= first]
        labels = [[label, value] for label, value in zip(heads[1::2], heads[2::2], strict=True)]
        return Parts(heads[0], labels, self.body.edited(mine))

    def heads(self) -> Iterator[tuple[int, str]]:
        """The lines above the body with their offsets: the title, then label and value in turn."""
        start = 0
        for head in (self.title, *(part for pair in self.labels for part in pair)):
            yield start, head
            start += len(head) + 1


def document(title: str, labels: Sequence[Sequence[str]], body_html: str) -> Document:
    """The document of a page's parts."""
    body = flatten(body_html)
    text = whole_text(title, labels, body.text)
    return Document(title, labels, body, text, len(text) - len(body.text))


def whole_text(title: str, labels: Sequence[Sequence[str]], body: str) -> str:
    """Title, labels and values a line each, then the body."""
    return "\n".join([title, *(part for pair in labels for part in pair), body])

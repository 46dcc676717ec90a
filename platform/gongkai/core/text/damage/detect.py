"""All findings in a text, and the text with repairs that people have decided on."""

from collections.abc import Iterable, Iterator

from gongkai.core.text.damage.dropped import find_dropped
from gongkai.core.text.damage.encoding import find_encoding, find_hidden
from gongkai.core.text.damage.findings import Damage, Finding, Lexicon
from gongkai.core.text.damage.foreign import find_foreign
from gongkai.core.text.damage.leftovers import find_cut, find_leftovers
from gongkai.core.text.damage.readings import find_readings
from gongkai.core.text.damage.scripts import find_mixed

MOST_FINDINGS = 5000
"""A text with more is no text any more; the rest is found again when these have been dealt with."""


def find_damage(text: str, lexicon: Lexicon) -> list[Finding]:
    """Damaged places of `text` in their order, none overlapping another.

    Of two that overlap the one of the earlier kind in `Damage` stands: a line that goes out needs no other repair.
    """
    chosen: list[Finding] = []
    taken = bytearray(len(text))
    for found in _all(text, lexicon):
        span = slice(found.start, found.end)
        if not any(taken[span]):
            taken[span] = b"\x01" * (found.end - found.start)
            chosen.append(found)
    return sorted(chosen, key=lambda one: one.start)[:MOST_FINDINGS]


def repaired(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """`text` with (start, end, what stands there now) carried out; spans must not overlap."""
    pieces, at = [], 0
    for start, end, words in sorted(edits):
        pieces += [text[at:start], words]
        at = end
    return "".join([*pieces, text[at:]])


def _all(text: str, lexicon: Lexicon) -> Iterator[Finding]:
    readings, hidden = list(find_readings(text)), list(find_hidden(text))
    by_kind = {
        Damage.FOREIGN: _by_line(text, lexicon),
        Damage.LEFTOVER: find_leftovers(text),
        Damage.READING: iter(readings),
        Damage.ENCODING: find_encoding(text),
        Damage.HIDDEN: iter(hidden),
        Damage.MIXED: find_mixed(text),
        Damage.DROPPED: find_dropped(text, lexicon, ((one.start, one.end) for one in (*readings, *hidden))),
        Damage.CUT: find_cut(text),
    }
    for kind in Damage:
        yield from by_kind[kind]


def _by_line(text: str, lexicon: Lexicon) -> Iterator[Finding]:
    start = 0
    for line in text.split("\n"):
        for found in find_foreign(line, lexicon):
            yield Finding(
                found.kind, start + found.start, start + found.end, found.excerpt, found.certainty, found.reason,
                found.repair,
            )  # fmt: skip
        start += len(line) + 1

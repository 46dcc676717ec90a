"""What the words of a query mean: everyday words and official terms, fillers, genres.

The built-in list stands in `words/`; an office adds its own on screen (`gongkai.search.synonyms`). Keys and wordings
are folded, so that either script finds them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from gongkai.core.text.folding import fold

USUAL_SHARE = 0.8
"""Of a part's weight, what a document earns that has an equivalent instead of the typed word."""
FARTHEST_SHARE = 0.6
"""An equivalent of an equivalent counts while this share is left."""
_SHARE = re.compile(r"\s\*(?P<share>0?\.\d+|1)\s*$")
_SIGN = re.compile(r"\s([=<>])\s")


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to say something, folded; `share` of the full weight is what it earns, above 0 and up to 1."""

    text: str
    share: float


Synonyms = Mapping[str, tuple[Wording, ...]]


@dataclass(frozen=True, slots=True)
class Named:
    """What a name in a query stands for: wordings of an agency or a place, its own name first."""

    wordings: tuple[Wording, ...]
    unit_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """Folded names in every usual form → what they stand for; `bodies` are those of every place (民政局)."""

    agencies: Mapping[str, Named] = field(default_factory=lambda: MappingProxyType({}))
    places: Mapping[str, Named] = field(default_factory=lambda: MappingProxyType({}))
    bodies: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything a query is understood by, but for what the index itself knows.

    `terms` are official words that stand for themselves only.
    """

    synonyms: Synonyms
    fillers: frozenset[str]
    genres: frozenset[str]
    names: Names = Names()

    terms: frozenset[str] = frozenset()


def read_synonyms(lines: Iterable[str]) -> dict[str, tuple[Wording, ...]]:
    """Read lines of the form `甲 乙 > 丙 丁 *0.4`; `=` reads both ways, `<` the other way; # begins a comment.

    Raises:
        ValueError: a line has no sign, or nothing on one of its sides.
    """
    found: dict[str, dict[str, float]] = {}
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        share = _SHARE.search(line)
        sides = _SIGN.split(_SHARE.sub("", line))
        if len(sides) != 3 or not (sides[0].strip() and sides[2].strip()):
            raise ValueError(line)
        left, right = ([fold(word) for word in side.split()] for side in (sides[0], sides[2]))
        weight = float(share["share"]) if share else USUAL_SHARE
        if sides[1] in "=>":
            _add(found, left, right, weight)
        if sides[1] in "=<":
            _add(found, right, left, weight)
    return {word: tuple(Wording(text, share) for text, share in others.items()) for word, others in found.items()}


def merged(first: Synonyms, second: Synonyms) -> Synonyms:
    """Both lists as one; where both know a word its wordings are put together, the first list's before."""
    return {
        word: tuple({wording.text: wording for wording in (*second.get(word, ()), *first.get(word, ()))}.values())
        for word in {**first, **second}
    }


def with_next(synonyms: Synonyms) -> Synonyms:
    """The list with the close equivalents of close equivalents: what 环评 stands for, 污染 = 环评 stands for too."""
    found: dict[str, tuple[Wording, ...]] = {}
    for word, others in synonyms.items():
        shares = {word: 1.0} | {other.text: other.share for other in others}
        for other in others:
            for far in synonyms.get(other.text, ()):
                if (share := round(other.share * far.share, 2)) >= FARTHEST_SHARE:
                    shares.setdefault(far.text, share)
        found[word] = tuple(Wording(text, share) for text, share in shares.items() if text != word)
    return found


def official_terms(synonyms: Synonyms) -> frozenset[str]:
    """Words that others stand for, of three characters and more: fillers inside them are none."""
    return frozenset(other.text for others in synonyms.values() for other in others if len(other.text) >= 3)


@cache
def built_in() -> Lexicon:
    """The lexicon of a bare installation, without any names."""
    synonyms = with_next(read_synonyms(word_lines("thesaurus")))
    return Lexicon(
        synonyms=synonyms,
        terms=official_terms(synonyms),
        fillers=frozenset(fold(word) for line in word_lines("fillers") for word in line.split()),
        genres=frozenset(fold(word) for line in word_lines("genres") for word in line.split()),
    )


def _add(found: dict[str, dict[str, float]], words: Iterable[str], others: Iterable[str], share: float) -> None:
    for word in words:
        for other in others:
            if other != word:
                known = found.setdefault(word, {})
                known[other] = max(share, known.get(other, 0))


def word_lines(name: str) -> list[str]:
    """Lines of a list in `words/`, as written, without comments."""
    text = (files("gongkai.search") / "words" / f"{name}.txt").read_text(encoding="utf8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]

"""What a citizen typed, read once: number keys, parts with what they may mean, phrases. No backend knows more of it.

`gongkai.search.understanding` reads a query; this is what comes of it.
"""

import re
from dataclasses import dataclass
from typing import Literal

from gongkai.core.errors import Fault, Invalid
from gongkai.search.lexicon import Wording
from gongkai.search.terms import TITLE, terms_of

LONGEST_QUERY = 200
MARKED_SHARE = 0.7
"""Wordings of at least this share are marked in results."""
_UNUSABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufeff\u200b-\u200f\u2060]")

PartKind = Literal["word", "plain", "agency", "body", "place", "year", "month", "genre", "filler"]


@dataclass(frozen=True, slots=True)
class Part:
    """A span of the folded query that means one thing.

    Attributes:
        kind: `word` is known to the lexicon; `plain` is not, and may be several words in a row; an `agency` is one
            unit, a `body` one of every place (民政局); `filler` hardly counts.
        weight: how much it counts beside the others, before the rarity of its terms.
        wordings: ways to say it, the typed one first, unless a place or an agency has a fuller name.
        unit_codes: units that an agency's name stands for.
    """

    kind: PartKind
    start: int
    end: int
    weight: float
    wordings: tuple[Wording, ...]
    unit_codes: tuple[str, ...] = ()

    @property
    def is_required(self) -> bool:
        """Whether a document without it is only a near match."""
        return self.kind not in ("filler", "genre") and self.weight > 0


@dataclass(frozen=True, slots=True)
class Correction:
    """What was typed, and what is searched instead of it, both as shown to the reader."""

    typed: str
    meant: str


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query as it is understood.

    Attributes:
        text: as typed, without what nobody can see; `folded` has its length.
        phrases: folded, what was written without a break.
        terms: pairs and words of what matters in it, without fillers; empty when only single characters were typed.
        characters: those single characters, looked for in titles; empty when there are `terms`.
        number_keys: keys of document and index numbers that may be meant, the fullest first.
        parts: what it is made of, in order; together they cover everything but the breaks.
        years, months: calendar years and months named in it.
        correction: the misspelling that was put right, if any.
    """

    text: str
    folded: str
    phrases: tuple[str, ...]
    terms: tuple[str, ...]
    characters: tuple[str, ...]
    number_keys: tuple[str, ...]
    parts: tuple[Part, ...] = ()
    years: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    correction: Correction | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for."""
        return not (self.terms or self.characters)

    @property
    def required(self) -> tuple[str, ...]:
        """Index terms that a document must have to match every word as typed."""
        return self.terms or tuple(TITLE + character for character in self.characters)

    @property
    def needed(self) -> tuple[Part, ...]:
        """Parts that a whole match has; genres and fillers where there is nothing else."""
        return tuple(part for part in self.parts if part.is_required) or self.parts

    @property
    def agencies(self) -> tuple[Part, ...]:
        """Agencies that it names."""
        return tuple(part for part in self.parts if part.kind == "agency")

    @property
    def agency_and_rest(self) -> tuple[str, str] | None:
        """Code of the only unit that it names, and what else it asks for, as typed; None where that is nothing."""
        if len(self.agencies) != 1 or not any(p.is_required for p in self.parts if p.kind != "agency"):
            return None
        [part] = self.agencies
        rest = f"{self.text[: part.start]} {self.text[part.end :]}"
        return part.unit_codes[0], " ".join(rest.split())

    @property
    def marked(self) -> tuple[str, ...]:
        """What is marked in titles and texts: phrases and wordings as a whole, else their terms."""
        if not self.terms:
            return self.characters
        parts = [part for part in self.parts if part.kind != "filler"]
        wordings = [w.text for part in parts for w in part.wordings if w.share >= MARKED_SHARE and len(w.text) > 1]
        phrases = (phrase for phrase in self.phrases if len(phrase) > 1)
        return tuple(dict.fromkeys((*phrases, *wordings, *self.terms)))


def readable(text: str) -> str:
    """A query as typed, without what nobody can see, blanks as one.

    Raises:
        Invalid: when it is longer than LONGEST_QUERY.
    """
    plain = " ".join(_UNUSABLE.sub("", text).split())
    if len(plain) > LONGEST_QUERY:
        problem = f"检索词过长，共{len(plain)}个字，最多{LONGEST_QUERY}个字"
        raise Invalid([Fault("q", problem, "请只保留标题、文号中的关键词后重新检索")])
    return plain


def grams_of(wording: str) -> tuple[str, ...]:
    """Index terms of a wording, each once; those of more than one character where there are some."""
    found = tuple(dict.fromkeys(terms_of(wording)))
    return tuple(term for term in found if len(term) > 1) or found

"""What a citizen typed, read once: number keys, required terms, phrases. No backend knows more of it than this."""

import re
from dataclasses import dataclass

from gongkai.core.errors import Fault, Invalid
from gongkai.core.text.folding import fold
from gongkai.search.numbers import keys_asked
from gongkai.search.terms import TITLE, phrases_of, terms_of

LONGEST_QUERY = 200
_UNUSABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufeff\u200b-\u200f\u2060]")


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query as it is understood.

    Attributes:
        text: as typed, without what nobody can see; `folded` has its length.
        phrases: folded, what was written without a break.
        terms: what a document must contain, pairs and words; empty when only single characters were typed.
        characters: those single characters, looked for in titles; empty when there are `terms`.
        number_keys: keys of document and index numbers that may be meant, the fullest first.
    """

    text: str
    folded: str
    phrases: tuple[str, ...]
    terms: tuple[str, ...]
    characters: tuple[str, ...]
    number_keys: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for."""
        return not (self.terms or self.characters)

    @property
    def required(self) -> tuple[str, ...]:
        """Index terms that a document must have."""
        return self.terms or tuple(TITLE + character for character in self.characters)

    @property
    def marked(self) -> tuple[str, ...]:
        """What is marked in titles and texts: phrases as a whole, else their terms."""
        if not self.terms:
            return self.characters
        return tuple(dict.fromkeys((*(phrase for phrase in self.phrases if len(phrase) > 1), *self.terms)))


def parse(text: str) -> ParsedQuery:
    """Read a query of either script.

    A single character beside longer words is not required: where it stands among others it is part of a pair.

    Raises:
        Invalid: when it is longer than LONGEST_QUERY.
    """
    plain = " ".join(_UNUSABLE.sub("", text).split())
    if len(plain) > LONGEST_QUERY:
        problem = f"检索词过长，共{len(plain)}个字，最多{LONGEST_QUERY}个字"
        raise Invalid([Fault("q", problem, "请只保留标题、文号中的关键词后重新检索")])
    folded = fold(plain)
    found = list(dict.fromkeys(terms_of(folded)))
    terms = tuple(term for term in found if len(term) > 1)
    return ParsedQuery(
        text=plain,
        folded=folded,
        phrases=tuple(phrases_of(folded)),
        terms=terms,
        characters=() if terms else tuple(found),
        number_keys=tuple(keys_asked(plain)) if found else (),
    )

"""How much terms and wordings tell: rare ones more than common ones."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import select

from gongkai.core.uow import UnitOfWork
from gongkai.search.models import SearchGram
from gongkai.search.query import ParsedQuery, Part
from gongkai.search.store import ALL_DOCUMENTS
from gongkai.search.understanding import terms_of_wording

_GROWTH = 0.6
"""A wording of n terms tells n ** 0.6 times as much as one: overlapping pairs repeat each other."""


def frequencies(uow: UnitOfWork, terms: Iterable[str]) -> dict[str, int]:
    """In how many documents each index term occurs, with `ALL_DOCUMENTS` for all; unknown terms are absent."""
    wanted = sorted({ALL_DOCUMENTS, *terms})
    query = select(SearchGram.gram, SearchGram.documents).where(SearchGram.gram.in_(wanted))
    return {row.gram: row.documents for row in uow.session.execute(query)}


def weight_of(documents: int, every: int) -> float:
    """Inverse document frequency; never negative."""
    return math.log(1 + (max(every - documents, 0) + 0.5) / (documents + 0.5))


def terms_to_ask(parsed: ParsedQuery) -> set[str]:
    """Every term whose frequency decides on candidates and ranking."""
    wordings = {term for part in parsed.parts for w in part.wordings for term in terms_of_wording(w.text)}
    return {*parsed.required, *wordings}


@dataclass(frozen=True)
class Rarity:
    """Frequencies of the terms of one query."""

    known: Mapping[str, int]
    _strengths: dict[str, float] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def every(self) -> int:
        """Number of documents."""
        return self.known.get(ALL_DOCUMENTS, 0)

    def weight(self, term: str) -> float:
        """Inverse document frequency of a term; 0 for one that no document has."""
        documents = self.known.get(term, 0)
        return weight_of(documents, self.every) if documents else 0.0

    def strength(self, wording: str) -> float:
        """How much a wording tells by those of its terms that documents have."""
        found = self._strengths.get(wording)
        if found is None:
            weights = [weight for term in terms_of_wording(wording) if (weight := self.weight(term))]
            found = sum(weights) / len(weights) * len(weights) ** _GROWTH if weights else 0.0
            self._strengths[wording] = found
        return found

    def fewest(self, wording: str) -> int:
        """An upper bound for the documents with this wording: those with its rarest term."""
        return min((self.known.get(term, 0) for term in terms_of_wording(wording)), default=0)

    def best_strength(self, part: Part) -> float:
        """What a document that says a part in the most telling way would earn for it, before the part's weight."""
        return max((w.share * self.strength(w.text) for w in part.wordings), default=0.0)

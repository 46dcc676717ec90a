"""Which documents are looked at for a query, as conjunctions of index terms; rare ones first, so that few are.

A *whole* path has every needed part in one of its wordings. A *near* path has most of the parts, or one rare wording.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from gongkai.search.query import ParsedQuery, Part
from gongkai.search.rarity import Rarity
from gongkai.search.terms import TITLE
from gongkai.search.understanding import terms_of_wording

Terms = tuple[str, ...]

WHOLE_SHARE = 0.7
"""Wordings of a smaller share do not make a match whole."""
MOST_WHOLE, MOST_NEAR = 12, 16
NEAR_BUDGET = 1_500
"""Documents that near paths of a single wording or pair may bring together."""
NEAR_EACH, NEAR_LIMIT = 1_000, 3_000
"""Documents that one near path may bring at most, and all of them together, the rarest first."""
WHOLE_BUDGET = 10_000
"""Documents that whole paths beside the largest may bring: each is visited to be counted."""
ENORMOUS = 30_000
"""Documents of a path beside which no other is visited, where it has a quarter of all."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Conjunctions of index terms.

    Attributes:
        whole: documents with all terms of one of these match the query in all its parts.
        near: documents with all terms of one of these match it in part.
        dropped: needed parts that no document can match; `whole` is without them.
    """

    whole: tuple[Terms, ...]
    near: tuple[Terms, ...]
    dropped: tuple[Part, ...] = ()

    @property
    def titles(self) -> tuple[Terms, ...]:
        """The whole paths, of terms that stand in titles."""
        return tuple(tuple(TITLE + term.removeprefix(TITLE) for term in path) for path in self.whole)


def paths_of(parsed: ParsedQuery, rarity: Rarity) -> Paths:
    """Paths for a query; none for a query of terms that no document has."""
    if parsed.characters:
        required = parsed.required
        return Paths((required,) if all(rarity.known.get(term) for term in required) else (), ())
    possible = {part: _possible(part, rarity) for part in parsed.needed}
    dropped = tuple(part for part, terms in possible.items() if not terms)
    kept = [part for part, terms in possible.items() if terms]
    whole = _affordable(_products([possible[part] for part in kept], MOST_WHOLE), rarity) if kept else ()
    several = sorted(_but_one(kept, possible, rarity), key=lambda path: _rarest(path, rarity))
    return Paths(tuple(whole), _within_limit((*_singles(parsed, rarity), *several), whole, rarity), dropped)


def _within_limit(paths: Iterable[Terms], whole: Sequence[Terms], rarity: Rarity) -> tuple[Terms, ...]:
    """The first paths, as many as the limits allow, without those that another one brings along."""
    chosen: list[Terms] = []
    left = NEAR_LIMIT
    for path in dict.fromkeys(paths):
        if path in whole or any(set(other) <= set(path) for other in chosen):
            continue
        left -= min(_rarest(path, rarity), NEAR_EACH)
        if left < 0 or len(chosen) == MOST_NEAR:
            break
        chosen.append(path)
    return tuple(chosen)


def _possible(part: Part, rarity: Rarity) -> list[Terms]:
    """Term lists of the wordings that documents have, the best first."""
    found = [w for w in part.wordings if w.share >= WHOLE_SHARE and rarity.fewest(w.text)]
    found.sort(key=lambda w: (-w.share, rarity.fewest(w.text)))
    return list(dict.fromkeys(terms_of_wording(w.text) for w in found))


def _products(alternatives: Sequence[Sequence[Terms]], limit: int) -> list[Terms]:
    """Combinations of one alternative each, those of first choices first."""
    width = 4 if len(alternatives) <= 3 else 2 if len(alternatives) <= 6 else 1
    numbered = [list(enumerate(terms[:width])) for terms in alternatives[:12]]
    every = sorted(product(*numbered), key=lambda chosen: sum(place for place, _ in chosen))
    joined = (tuple(dict.fromkeys(term for _, terms in chosen for term in terms)) for chosen in every)
    return list(dict.fromkeys(joined))[:limit]


def _affordable(paths: Sequence[Terms], rarity: Rarity) -> list[Terms]:
    """The largest path first, then the others in their order while the budget lasts."""
    largest = max(paths, key=lambda path: _rarest(path, rarity))
    if _rarest(largest, rarity) > max(ENORMOUS, rarity.every // 4):
        return [largest]
    chosen, budget = [largest], WHOLE_BUDGET
    for path in paths:
        if path != largest and (size := _rarest(path, rarity)) <= budget:
            chosen.append(path)
            budget -= size
    return chosen


def _but_one(kept: Sequence[Part], possible: dict[Part, list[Terms]], rarity: Rarity) -> Iterator[Terms]:
    """What is left when one part is not asked for, the least telling first."""
    if len(kept) < 2:
        return
    for left_out in sorted(kept, key=lambda part: part.weight * rarity.best_strength(part)):
        yield from _products([possible[part] for part in kept if part is not left_out], 3)


def _singles(parsed: ParsedQuery, rarity: Rarity) -> Iterator[Terms]:
    """Rare wordings, and pairs of neighbouring terms of what no list knows, the rarest first, within the budget."""
    found: dict[Terms, int] = {}
    for part in parsed.parts:
        if part.kind == "filler":
            continue
        for wording in part.wordings:
            terms = terms_of_wording(wording.text)
            pieces = [terms] if part.kind != "plain" else [terms, *((term,) for term in terms), *pairwise(terms)]
            for piece in pieces:
                if size := _rarest(piece, rarity):
                    found[piece] = size
    budget = NEAR_BUDGET
    for piece, size in sorted(found.items(), key=lambda entry: (entry[1], len(entry[0]))):
        if size > budget:
            break
        budget -= size
        yield piece


def _rarest(terms: Terms, rarity: Rarity) -> int:
    return min((rarity.known.get(term, 0) for term in terms), default=0)

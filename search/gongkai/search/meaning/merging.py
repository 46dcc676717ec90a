"""Puts what was found by words and what was found by meaning into one order."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gongkai.search.query import ParsedQuery, Part
from gongkai.search.ranking import STEPS, Ranked

MEANING = 0.45
"""What the nearest document earns by its meaning, beside 1 for the best one by words that says all of the query."""
IN_TEXT = 0.85
"""Of a word that stands in the text only."""
WHOLE_SHARE = 0.6
_TOPIC = ("word", "plain", "genre", "body")


def merged(ranked: Sequence[Ranked], parsed: ParsedQuery, closeness: Mapping[int, float]) -> list[Ranked]:
    """The documents in their final order; as they are where nothing is known of their meaning.

    Words count by how much of the topic the best document says: where it says all of it, words decide, and meaning
    among what they leave equal; where it says little, meaning does.

    Args:
        ranked: by words, best first, none of them found by its number.
        closeness: item id → 0 to 1, of those that are near in meaning.
    """
    if not closeness:
        return list(ranked)
    best = max((one.score for one in ranked), default=0.0) or 1.0
    said = max((said_by(one, parsed) for one in ranked), default=0.0)
    weighed = [replace(one, closeness=closeness.get(one.candidate.item_id, 0.0)) for one in ranked]
    # Within a step the order by words stays, which puts the newer first.
    return sorted(weighed, key=lambda one: -round((one.score / best * said + MEANING * one.closeness) * STEPS))


def said_by(ranked: Ranked, parsed: ParsedQuery) -> float:
    """Share of the topic of the query that a document says, by its typed characters, in words or equivalents."""
    parts = [(part, part.end - part.start) for part in parsed.parts if part.kind in _TOPIC]
    every = sum(length for _, length in parts)
    return sum(length * _share(part, ranked, parsed) for part, length in parts) / every if every else 1.0


def _share(part: Part, ranked: Ranked, parsed: ParsedQuery) -> float:
    candidate = ranked.candidate
    places = ((candidate.title + candidate.names, 1.0), (candidate.text, IN_TEXT))
    best = 0.0
    for text, weight in places:
        if any(w.share >= WHOLE_SHARE and w.text in text for w in part.wordings):
            best = max(best, weight)
            continue
        typed = parsed.folded[part.start : part.end]
        pairs = [typed[at : at + 2] for at in range(len(typed) - 1)]
        if pairs:
            best = max(best, weight * sum(pair in text for pair in pairs) / len(pairs))
    return best

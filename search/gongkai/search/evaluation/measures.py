"""Recall, reciprocal rank and discounted gain of the first ten results, with exact ties to the literature.

nDCG has gain 2^grade - 1 and discount log2(place + 1), against the best order of all that is relevant.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

DEPTH = 10


@dataclass(frozen=True, slots=True)
class Measures:
    """Means over some queries; each between 0 and 1."""

    queries: int
    recall: float
    mrr: float
    ndcg: float


def recall(found: Sequence[str], relevant: Mapping[str, float]) -> float:
    """Share of the relevant that is among the first ten; of more than ten, of ten."""
    return len(set(found[:DEPTH]) & relevant.keys()) / min(len(relevant), DEPTH)


def reciprocal_rank(found: Sequence[str], relevant: Mapping[str, float]) -> float:
    """1 over the place of the first relevant one of the first ten, else 0."""
    return next((1 / place for place, one in enumerate(found[:DEPTH], start=1) if one in relevant), 0.0)


def ndcg(found: Sequence[str], relevant: Mapping[str, float]) -> float:
    """Discounted gain of the first ten as a share of the best possible."""
    best = sorted(relevant.values(), reverse=True)[:DEPTH]
    return _gain([relevant.get(one, 0.0) for one in found[:DEPTH]]) / _gain(best)


def mean(values: Sequence[tuple[float, float, float]]) -> Measures:
    """Means of (recall, reciprocal rank, nDCG) of queries, of which there is at least one."""
    number = len(values)
    sums = [sum(column) / number for column in zip(*values, strict=True)]
    return Measures(number, *sums)


def _gain(grades: Sequence[float]) -> float:
    return sum((2**grade - 1) / math.log2(place + 1) for place, grade in enumerate(grades, start=1))

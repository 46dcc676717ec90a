"""The draw: items in the order of SHA-256 of `seed:item`, the first ones taken, so that anyone can repeat it."""

import hashlib
from collections import Counter
from collections.abc import Iterable


def rank(seed: str, item_id: int) -> str:
    """The lot of an item, in hexadecimal digits; the smallest are drawn."""
    return hashlib.sha256(f"{seed}:{item_id}".encode()).hexdigest()


def draw(population: Iterable[tuple[int, int]], *, seed: str, size: int, each_unit: bool) -> list[int]:
    """Ids of the items drawn, in the order of their lots.

    Args:
        population: item and unit of each item that may be drawn, in any order.
        size: how many are drawn, or how many of each unit; fewer where there are no more.
    """
    ordered = sorted(population, key=lambda one: (rank(seed, one[0]), one[0]))
    if not each_unit:
        return [item_id for item_id, _ in ordered[:size]]
    taken: Counter[int] = Counter()
    found = []
    for item_id, unit_id in ordered:
        if taken[unit_id] < size:
            taken[unit_id] += 1
            found.append(item_id)
    return found

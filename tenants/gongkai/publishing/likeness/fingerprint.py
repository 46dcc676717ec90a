"""Fingerprints of texts by which nearly equal ones are found without reading all others (SR-Q5; MinHash with bands).

A text is the set of its pieces of five characters, folded, without white space and punctuation; the similarity of two
texts is the Jaccard index of their sets. A signature keeps, of 64 classes of pieces, the smallest hash of each (one
permutation hashing): two signatures agree in as many places as the sets are similar, give or take. Its first half
makes eight bands of four values each; texts of similarity 0.9 share none of them in two cases of ten thousand, equal
texts share all. All hashing is fixed, so that every process finds the same.
"""

import re
import struct
from collections.abc import Iterable, Sequence, Set
from zlib import crc32

from gongkai.core.text.folding import fold

SHORTEST = 100
"""Characters of a text that can be compared: one word changed in a shorter one is a tenth of it."""
LONGEST = 20_000
"""Characters of a text that are looked at."""
VALUES = 64
BANDS, ROWS = 8, 4
PIECE = 5
_WIDTH = PIECE * 2
_COUNTING = re.compile(r"[^\W_]+")
_MIX = 0x9E3779B1
_CLASS_BITS, _VALUE_BITS = 6, 25
_NONE = 1 << _VALUE_BITS


def bare(text: str) -> str:
    """The characters of a text that count, folded: letters and digits, so many as are looked at."""
    return "".join(_COUNTING.findall(fold(text)))[:LONGEST]


def pieces_of(text: str) -> frozenset[bytes]:
    """The set of a text's overlapping pieces; empty for a text that is too short to be compared."""
    counting = bare(text)
    if len(counting) < SHORTEST:
        return frozenset()
    packed = counting.encode("utf-16-le")
    return frozenset(packed[at : at + _WIDTH] for at in range(0, len(packed) - _WIDTH + 1, 2))


def signature(pieces: Iterable[bytes]) -> list[int]:
    """The 64 values of a set of pieces, each below 2^31; an empty list for the empty set.

    A class without a piece takes the value of the next class that has one, and the distance to it.
    """
    lowest = [_NONE] * VALUES
    for piece in pieces:
        mixed = crc32(piece) * _MIX & 0xFFFFFFFF
        place, value = mixed >> 32 - _CLASS_BITS, mixed & _NONE - 1
        if value < lowest[place]:
            lowest[place] = value
    if all(value == _NONE for value in lowest):
        return []
    return [_filled(lowest, place) for place in range(VALUES)]


def _filled(lowest: Sequence[int], place: int) -> int:
    distance = 0
    while (value := lowest[(place + distance) % VALUES]) == _NONE:
        distance += 1
    return value + (distance << _VALUE_BITS)


def bands_of(values: Sequence[int]) -> list[int]:
    """The eight bands of a signature as signed numbers of 32 bits; none of an empty one."""
    packed = (
        crc32(struct.pack(f"<{ROWS + 1}i", band, *values[band * ROWS : (band + 1) * ROWS])) for band in range(BANDS)
    )
    return [number - (1 << 32) if number >> 31 else number for number in packed] if values else []


def estimate(one: Sequence[int], other: Sequence[int]) -> float:
    """How similar two texts are by their signatures, from 0 to 1; the error is seldom above an eighth."""
    return sum(map(int.__eq__, one, other)) / VALUES if one and other else 0.0


def compared(one: Set[bytes], other: Set[bytes]) -> tuple[int, int]:
    """The pieces that two texts share and those of both together: their similarity as numerator and denominator."""
    shared = len(one & other)
    return shared, len(one) + len(other) - shared

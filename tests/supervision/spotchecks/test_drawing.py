"""The draw: fair by the lot alone, repeatable by anyone."""

import hashlib
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from gongkai.supervision.spotchecks.drawing import draw, rank

POPULATION = st.dictionaries(st.integers(1, 10_000), st.integers(1, 5), min_size=1, max_size=60)
SEED = st.text("0123456789abcdef", min_size=1, max_size=16)


def test_the_lot_is_what_any_tool_computes() -> None:
    assert rank("5eed", 17) == hashlib.sha256(b"5eed:17").hexdigest()
    assert (
        draw([(1, 1), (2, 1), (3, 1)], seed="5eed", size=2, each_unit=False)
        == sorted((1, 2, 3), key=lambda one: hashlib.sha256(f"5eed:{one}".encode()).digest())[:2]
    )


@given(POPULATION, SEED, st.integers(1, 70), st.booleans(), st.randoms())
def test_the_order_in_which_items_are_read_does_not_matter(
    population: dict[int, int], seed: str, size: int, each: bool, random: object
) -> None:
    pairs = list(population.items())
    mixed = list(pairs)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    found = draw(pairs, seed=seed, size=size, each_unit=each)
    assert found == draw(mixed, seed=seed, size=size, each_unit=each)
    assert len(set(found)) == len(found)
    assert set(found) <= population.keys()


@given(POPULATION, SEED, st.integers(1, 70))
def test_as_many_are_drawn_as_were_asked_for_or_are_there(population: dict[int, int], seed: str, size: int) -> None:
    pairs = list(population.items())
    assert len(draw(pairs, seed=seed, size=size, each_unit=False)) == min(size, len(pairs))
    each = Counter(population[one] for one in draw(pairs, seed=seed, size=size, each_unit=True))
    assert each == {unit: min(size, number) for unit, number in Counter(population.values()).items()}


@given(POPULATION, SEED, st.integers(1, 70), st.booleans())
def test_a_larger_sample_holds_the_smaller(population: dict[int, int], seed: str, size: int, each: bool) -> None:
    pairs = list(population.items())
    smaller = draw(pairs, seed=seed, size=size, each_unit=each)
    assert set(smaller) <= set(draw(pairs, seed=seed, size=size + 1, each_unit=each))

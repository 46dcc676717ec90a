"""Fingerprints: equal texts are always found, the estimate keeps near the truth, order and process do not matter."""

import subprocess
import sys

from hypothesis import assume, given
from hypothesis import strategies as st

from gongkai.publishing.likeness.fingerprint import (
    BANDS,
    LONGEST,
    PIECE,
    SHORTEST,
    VALUES,
    bands_of,
    compared,
    estimate,
    pieces_of,
    signature,
)
from gongkai.publishing.likeness.matching import ALIKE, MARGIN

HAN = "".join(chr(code) for code in range(0x4E00, 0x4E00 + 800))
texts = st.text(HAN + "，。 、\n", min_size=2 * SHORTEST, max_size=1_500)
changes = st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(HAN)), min_size=1, max_size=12)


def changed(text: str, places: list[tuple[int, str]]) -> str:
    """A text with some characters replaced."""
    characters = list(text)
    for place, character in places:
        characters[place % len(text)] = character
    return "".join(characters)


@given(texts)
def test_equal_texts_are_always_found_however_they_are_set(text: str) -> None:
    pieces = pieces_of(text)
    assume(pieces)
    layout = pieces_of("\u3000" + text.replace("，", ", ").replace("\n", "\n\n"))
    assert layout == pieces
    values = signature(layout)
    assert (len(values), len(bands_of(values))) == (VALUES, BANDS)
    assert bands_of(values) == bands_of(signature(pieces))
    assert estimate(values, signature(pieces)) == 1
    assert compared(pieces, layout) == (len(pieces), len(pieces))


@given(texts, changes)
def test_the_estimate_keeps_near_the_true_similarity(text: str, places: list[tuple[int, str]]) -> None:
    one, other = pieces_of(text), pieces_of(changed(text, places))
    assume(one and other)
    shared, total = compared(one, other)
    assert total == len(one | other)
    assert shared == len(one & other)
    if shared >= ALIKE * total:
        near = estimate(signature(one), signature(other))
        assert near >= float(ALIKE) - MARGIN
        assert abs(near - shared / total) <= 2 * MARGIN


@given(texts, st.randoms(use_true_random=False))
def test_a_signature_is_that_of_the_set(text: str, random: object) -> None:
    pieces = sorted(pieces_of(text))
    shuffled = list(pieces) * 2
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert signature(shuffled) == signature(pieces)
    assert all(0 <= value < 1 << 31 for value in signature(pieces))
    assert all(-(1 << 31) <= band < 1 << 31 for band in bands_of(signature(pieces)))


def test_two_that_are_nearly_equal_share_a_band_and_two_that_are_not_seldom_do() -> None:
    missed = found = 0
    for number in range(200):
        text = "".join(HAN[(number * 7 + at * at * 31 + at) % len(HAN)] for at in range(900))
        like = changed(text, [(number * 13 + step * 211, "甲") for step in range(5)])
        unlike = changed(text, [(step * 4, "乙") for step in range(225)])
        one, two, three = (bands_of(signature(pieces_of(words))) for words in (text, like, unlike))
        missed += not set(one) & set(two)
        found += bool(set(one) & set(three))
    assert missed == 0
    assert found <= 2


def test_short_texts_are_not_compared_and_long_ones_by_their_beginning() -> None:
    assert pieces_of("字" * 3 + "，" * 500) == frozenset()
    assert pieces_of(HAN[: SHORTEST - 1]) == frozenset()
    assert len(pieces_of(HAN[:SHORTEST])) == SHORTEST - PIECE + 1
    assert (signature(()), bands_of([]), estimate([], [])) == ([], [], 0.0)
    long = HAN * (LONGEST // len(HAN))
    assert len(long) == LONGEST
    assert pieces_of(long + "尾") == pieces_of(long)
    assert pieces_of("\U00020000" * 200)
    assert pieces_of("\ud800" * 200) == frozenset(), "half a character is none"


def test_every_process_finds_the_same() -> None:
    code = (
        "from gongkai.publishing.likeness.fingerprint import bands_of, pieces_of, signature\n"
        "print(bands_of(signature(pieces_of('为做好春季防火工作，' * 3 + '，'.join(map(str, range(200)))))))"
    )
    said = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
        for _ in range(2)
    }
    text = "为做好春季防火工作，" * 3 + "，".join(map(str, range(200)))
    assert said == {f"{bands_of(signature(pieces_of(text)))}\n"}

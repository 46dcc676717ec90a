"""The automaton finds exactly what looking for each word by itself finds, and thousands of words at once."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.text.automaton import Automaton

LETTERS = st.text("甲乙丙", max_size=6)


def naive(words: list[str], text: str) -> list[tuple[int, int, int]]:
    """Every place where a word stands, word by word."""
    return sorted(
        (start, start + len(word), index)
        for index, word in enumerate(words)
        for start in range(len(text))
        if text.startswith(word, start)
    )


@given(st.lists(LETTERS.filter(bool), max_size=8), st.text("甲乙丙丁", max_size=60))
def test_it_finds_what_a_naive_search_finds(words: list[str], text: str) -> None:
    assert sorted(Automaton(words).find(text)) == naive(words, text)


@given(st.lists(LETTERS.filter(bool), min_size=1, max_size=8), st.text("甲乙丙丁", max_size=60))
def test_hits_come_in_the_order_of_their_ends(words: list[str], text: str) -> None:
    ends = [end for _, end, _ in Automaton(words).find(text)]
    assert ends == sorted(ends)


def test_an_empty_word_is_refused() -> None:
    with pytest.raises(ValueError, match="everywhere"):
        Automaton(["甲", ""])


def test_thousands_of_words_in_a_long_text_take_one_pass() -> None:
    words = [f"词{number:05d}条" for number in range(10_000)]
    text = "关于印发二〇二六年政务公开工作要点的通知。" * 25_000 + words[9_999]
    automaton = Automaton(words)
    started = time.perf_counter()
    assert [index for _, _, index in automaton.find(text)] == [9_999]
    assert time.perf_counter() - started < 3

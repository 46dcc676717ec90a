"""Terms: what is written in a text is found by any part of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.text.folding import fold
from gongkai.search.terms import LONGEST_WORD, document_terms, phrases_of, terms_of, title_terms

CHINESE = st.text(st.sampled_from("政府信息公开统战线月日年第號關於財預算縣村"), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("folded", "terms"),
    [
        ("政府信息", ["政府", "府信", "信息"]),
        ("全国统1战线", ["全国", "国统", "统1", "1战", "战线"]),
        ("2023年3月23日", ["2023", "年3", "3月", "23", "日"]),
        ("abc12,县", ["abc12", "县"]),
        (" 。—\n", []),
    ],
)
def test_terms(folded: str, terms: list[str]) -> None:
    assert terms_of(folded) == terms


@given(CHINESE, CHINESE, CHINESE, st.sampled_from(["", "一", "三", "3"]))
def test_what_stands_in_a_text_is_found_wherever_it_stands(before: str, inside: str, after: str, digit: str) -> None:
    asked = inside + digit + after
    terms = [term for term in terms_of(fold(asked)) if len(term) > 1]
    assert terms
    assert set(terms) <= set(document_terms("标题", before + asked + before))


def test_an_endless_word_is_cut_so_that_the_index_takes_it() -> None:
    assert terms_of("a" * 5000) == ["a" * LONGEST_WORD]


def test_titles_are_listed_by_character_too() -> None:
    assert title_terms("防火1号") == {"^防火", "^火1", "^1号", "^防", "^火", "^1", "^号"}


def test_phrases_end_at_blanks_and_punctuation() -> None:
    assert phrases_of("国办发(2019)54号 国办发") == ["国办发", "2019", "54号"]

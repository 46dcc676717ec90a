"""Folding keeps offsets, meets the forms people write, and the committed table is the one its tables give."""

import time
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.text import make_folding
from gongkai.core.text.folding import FOLDING, bigrams, fold

TEXT = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(sorted(FOLDING)),
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
    )
)


@given(TEXT)
def test_folding_keeps_the_length_and_is_idempotent(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded


@given(TEXT, TEXT)
def test_each_character_folds_by_itself(left: str, right: str) -> None:
    assert fold(left + right) == fold(left) + fold(right)


def test_no_folded_form_is_folded_further() -> None:
    assert not set(FOLDING.values()) & set(FOLDING)
    assert all(len(source) == len(target) == 1 for source, target in FOLDING.items())


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("國辦發〔２０１９〕５４號", "国办发[2019]54号"),
        ("國務院辦公廳關於全面推進基層政務公開標準化規範化工作的指導意見",
         "国务院办公厅关于全面推进基层政务公开标准化规范化工作的指导意见"),
        ("答覆", "答复"),
        ("瞭解", "了解"),
        ("馀额", "余额"),
        ("裡外為眾", "里外为众"),
        ("樂図発", "乐图发"),
        ("二〇一九年", "2019年"),
        ("二○一九年", "2019年"),
        ("⼯作⼈员", "工作人员"),
        ("⺠政局⻔户", "民政局门户"),
        ("更新", "更新"),
        ("ＡＢＣ　Ⅳ", "abc ⅳ"),
        ("（一）【二】［三］〔四〕", "(1)(2)(3)(4)"),
        ("“公开”「公开」", '"公开""公开"'),
        ("—–－", "---"),
        ("一\u3000二\n三\t四\u00a0五", "1 2 3 4 5"),
    ],
)  # fmt: skip
def test_forms_of_the_same_text_fold_alike(written: str, same: str) -> None:
    assert fold(written) == fold(same)


def test_tens_and_hundreds_stay() -> None:
    assert fold("三十二") == "3十2"
    assert fold("百千万亿") == "百千万亿"


def test_characters_of_their_own_stay_apart() -> None:
    assert fold("著作") != fold("着作")
    assert fold("芸") != fold("艺")


def test_every_simplified_character_has_one_folded_form_with_its_traditional_one() -> None:
    for simple, forms in make_folding._dictionary("STCharacters.txt").items():
        if len(forms) == 1:
            assert fold(simple) == fold(forms[0]), simple


def test_committed_table_is_up_to_date() -> None:
    committed = files("gongkai.core.text").joinpath("folding.tsv").read_text(encoding="ascii")
    assert make_folding.render() == committed, "run python -m gongkai.core.text.make_folding"


def test_folding_a_megabyte_is_fast() -> None:
    text = "國務院辦公廳關於印發二〇一九年政務公開工作要點的通知（國辦發〔２０１９〕５４號）" * 25_000
    started = time.perf_counter()
    fold(text[:1_000_000])
    assert time.perf_counter() - started < 1.0


def test_bigrams_cut_chinese_in_pairs_and_keep_words() -> None:
    assert bigrams("政府信息公开") == ["政府", "府信", "信息", "息公", "公开"]
    assert bigrams("国办发(2019)54号") == ["国办", "办发", "2019", "54", "号"]
    assert bigrams("abc12,县 a_b") == ["abc12", "县", "a", "b"]
    assert bigrams(" 。—\n") == []
    assert bigrams("\U00020000\U00020001县") == ["\U00020000\U00020001", "\U00020001县"]


@given(TEXT)
def test_every_letter_and_digit_of_the_text_is_in_a_term(text: str) -> None:
    folded = fold(text)
    assert {char for char in folded if char.isalnum()} <= {char for term in bigrams(folded) for char in term}


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=2, max_size=8), TEXT, TEXT)
def test_the_terms_of_a_phrase_are_among_those_of_its_text(phrase: str, before: str, after: str) -> None:
    terms = bigrams(fold(before + phrase + after))
    wanted = [term for term in bigrams(fold(phrase)) if len(term) == 2 and not term.isascii()]
    assert set(wanted) <= set(terms)

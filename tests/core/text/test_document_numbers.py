"""Document numbers: real ones of every kind of typing, and the queries that find them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.text.document_numbers import (
    DocumentNumber,
    check,
    normalise,
    parse,
    parse_query,
    search_keys,
)

CODE_WORDS = st.sampled_from(
    ["国办发", "国办公开办函", "阳府办函", "鞍政办公开", "建城规", "六建办", "三政发", "闽政办网传"]
)
YEARS = st.integers(1900, 2099)
SEQUENCES = st.integers(1, 99_999)
NUMBERS = st.builds(DocumentNumber, CODE_WORDS, YEARS, SEQUENCES)


@pytest.mark.parametrize(
    "text",
    [
        "阳府办函〔2021〕9号",
        "鞍政办公开〔2023〕21号",
        "宿政办函〔2021〕21号",
        "凉府办函〔2012〕3号",
        "建城规〔2021〕4号",
        "国办公开办函〔2021〕30号",
        "国务院令第711号",
    ],
)
def test_regular_numbers_are_well_formed(text: str) -> None:
    result = check(text)
    assert (result.normalised, result.well_formed, result.problem) == (text, True, None)


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("德审[2011]1号", "德审〔2011〕1号"),
        ("六建办[2008]59号", "六建办〔2008〕59号"),
        ("信政办〔2017〕145 号", "信政办〔2017〕145号"),
        ("国办秘函〔201919 号", "国办秘函〔2019〕19号"),
        ("国办秘函2019〕19号", "国办秘函〔2019〕19号"),
        ("国办发（２０１９）第０５４号", "国办发〔2019〕54号"),
        ("国办发【2019】54", "国办发〔2019〕54号"),
        ("国办发〔2019年〕54号", "国办发〔2019〕54号"),
        ("国办发\u200b〔 2019 〕54號", "国办发〔2019〕54号"),
        ("国办发 2019 54号", "国办发〔2019〕54号"),
        ("国办发2019第54号", "国办发〔2019〕54号"),
        ("国发〔二〇一九〕5号", "国发〔2019〕5号"),
        ("国务院令711", "国务院令第711号"),
        ("中华人民共和国国务院令（第711号）", "中华人民共和国国务院令第711号"),
    ],
)
def test_irregular_numbers_are_put_right_and_said_so(text: str, normalised: str) -> None:
    result = check(text)
    assert result.normalised == normalised
    assert not result.well_formed
    assert result.problem == f"文号书写不规范，应写作“{normalised}”"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "请填写"),
        ("国办发201919号", "括号缺失"),
        ("国办发20195号", "括号缺失"),
        ("国办发54号", "缺少年份"),
        ("国办发〔19〕5号", "写全四位"),
        ("国办发〔2019〕0号", "从1编起"),
        ("国办发〔2019〕号", "从1编起"),
        ("国办发〔2019〕123456号", "超过5位"),
        ("国办发〔2119〕5号", "有误"),
        ("〔2019〕54号", "机关代字"),
        ("关于印发通知的函", "不是规范的文号"),
    ],
)
def test_what_cannot_be_told_is_refused_with_its_reason(text: str, word: str) -> None:
    result = check(text)
    assert (result.normalised, result.well_formed) == (None, False)
    assert word in (result.problem or "")
    assert parse(text) is None


def test_parse_gives_the_parts() -> None:
    assert parse("国办发[2019]54") == DocumentNumber("国办发", 2019, 54)
    assert parse("国务院令第711号") == DocumentNumber("国务院令", None, 711)


@given(NUMBERS)
def test_text_and_parse_are_inverse(number: DocumentNumber) -> None:
    assert parse(number.text) == number
    assert check(number.text).well_formed


@given(
    NUMBERS,
    st.sampled_from(["[]", "()", "（）", "【】", "［］", "〔〕"]),
    st.sampled_from(["", " ", "\u3000"]),
    st.sampled_from(["", "第", "00"]),
    st.booleans(),
)
def test_any_typing_comes_to_the_same_number(
    number: DocumentNumber, brackets: str, gap: str, lead: str, full_width: bool
) -> None:
    digits = f"{lead}{number.sequence}"
    if full_width:
        digits = digits.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    written = gap.join([number.code_word, brackets[0], str(number.year), brackets[1], digits, "号"])
    assert normalise(written) == number.text


QUERIES = [
    "国办发〔2019〕54号",
    "国办发[2019]54",
    "國辦發 54號",
    "国办发 2019 54",
    "国办发201954",
    "2019 54号",
    "〔2019〕54号",
    "2019年第54号",
    "国办发54号",
    "国办发〔2019〕",
    "国办发2019年",
    "国办发 2019",
    "国办发　２０１９　５４",
    "国办发〔二〇一九〕54号",
]


@pytest.mark.parametrize("query", QUERIES)
def test_whole_and_partial_queries_find_the_number(query: str) -> None:
    assert set(parse_query(query)) & set(search_keys(DocumentNumber("国办发", 2019, 54)))
    assert not set(parse_query(query)) & set(search_keys(DocumentNumber("国发", 2018, 53)))


def test_a_whole_query_finds_that_number_only() -> None:
    assert parse_query("国办发[2019]54号") == ["国办发/2019/54"]
    assert parse_query("国办发〔2019〕") == ["国办发/2019/*"]


def test_digits_with_two_readings_give_both() -> None:
    assert parse_query("国办发20195") == ["国办发/2019/5", "国办发/*/20195"]


def test_orders_are_found_with_and_without_the_name_of_the_state() -> None:
    keys = search_keys(DocumentNumber("中华人民共和国国务院令", None, 711))
    assert keys == ["国务院令/*/711"]
    for query in ("国务院令第711号", "国务院令711", "中华人民共和国国务院令第711号"):
        assert parse_query(query) == keys


@pytest.mark.parametrize("query", ["低保", "2019年5月", "第5号", "2019", "最低生活保障标准是多少", "", "54号"])
def test_other_queries_are_no_numbers(query: str) -> None:
    assert parse_query(query) == []


@given(NUMBERS)
def test_every_number_is_found_by_its_own_text(number: DocumentNumber) -> None:
    assert parse_query(number.text) == search_keys(number)[:1]


@given(NUMBERS, NUMBERS)
def test_keys_of_different_numbers_differ(one: DocumentNumber, other: DocumentNumber) -> None:
    assert (search_keys(one)[0] == search_keys(other)[0]) == (one == other)

"""Numbers are found as they are written on paper, in part, and with the brackets of any keyboard."""

import pytest

from gongkai.search.numbers import keys_asked, keys_of, words_of

DOCUMENT = set(keys_of("国办发〔2019〕54号", ["113708280043326001/2026-00012"]))


@pytest.mark.parametrize(
    "typed",
    [
        "国办发〔2019〕54号",
        "國辦發[2019]54號",
        "国办发（2019）54",
        "国办发【2019】54号",
        "国办发 2019 54",
        "文号：国办发〔2019〕54号",
        "国办发54号",
        "国办发〔2019〕",
        "113708280043326001/2026-00012",
        "索引号：113708280043326001/2026-00012",
        "１１３７０８２８００４３３２６００１／２０２６－０００１２",
        "2026-00012",
        "2026-12",
        "00012",
    ],
)
def test_a_number_is_found(typed: str) -> None:
    assert DOCUMENT & set(keys_asked(typed))


@pytest.mark.parametrize(
    "typed", ["国办发〔2019〕55号", "国发〔2019〕54号", "2026-00013", "12", "54", "00054", "财政预算", ""]
)
def test_another_number_is_not(typed: str) -> None:
    assert not DOCUMENT & set(keys_asked(typed))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("国办发[2019]54", "按文号“国办发〔2019〕54号”查找"),
        ("国务院令第711号", "按文号“国务院令第711号”查找"),
        ("2026-00012", "按索引号“2026-12”查找"),
        ("00012", "按索引号“12”查找"),
    ],
)
def test_the_reading_is_said(typed: str, words: str) -> None:
    assert words_of(keys_asked(typed)[0]) == words


def test_numbers_that_cannot_be_read_have_no_key() -> None:
    assert keys_of("无", ["x" * 500, ""]) == []

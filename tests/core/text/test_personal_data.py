"""The detector finds what must not be published and leaves ordinary official text alone."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.cn import ric, uscc

from gongkai.core.text.personal_data import PersonalDataKind, find_personal_data

FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=20)


def identity(area: int, born: dt.date, order: int) -> str:
    body = f"{area:06d}{born:%Y%m%d}{order:03d}"
    return body + ric.calc_check_digit(body + "0")


IDENTITY_NUMBERS = st.builds(
    identity,
    st.one_of(st.integers(530000, 533599), st.integers(110000, 119999), st.integers(650000, 659999)),
    st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 31)),
    st.integers(0, 999),
)
MOBILES = st.integers(13_000_000_000, 19_999_999_999).map(str)
BANK_CARDS = st.builds(
    lambda head, body: head + body + luhn.calc_check_digit(head + body),
    st.sampled_from(["622202", "621700", "436742", "552245"]),
    st.integers(10**8, 10**12 - 1).map(str),
).filter(lambda digits: len(digits) != 18)


def kinds(text: str) -> list[PersonalDataKind]:
    return [hit.kind for hit in find_personal_data(text)]


@given(IDENTITY_NUMBERS, CHINESE, CHINESE, st.booleans())
def test_valid_identity_numbers_are_always_found(number: str, before: str, after: str, wide: bool) -> None:
    written = number.translate(FULL_WIDTH) if wide else number
    (hit,) = find_personal_data(before + written + after)
    assert hit.kind is PersonalDataKind.IDENTITY_NUMBER
    assert (hit.start, hit.end) == (len(before), len(before) + 18)


@given(IDENTITY_NUMBERS, st.integers(1, 9))
def test_identity_numbers_with_a_wrong_check_digit_are_not(number: str, by: int) -> None:
    last = "0123456789X"[("0123456789X".index(number[-1]) + by) % 11]
    assert PersonalDataKind.IDENTITY_NUMBER not in kinds(number[:-1] + last)


@given(MOBILES, CHINESE, st.sampled_from(["", " ", "-", "－"]), st.sampled_from(["", "+86 ", "+86", "电话："]))
def test_mobile_numbers_are_found(number: str, before: str, gap: str, lead: str) -> None:
    written = gap.join([number[:3], number[3:7], number[7:]])
    text = f"{before}{lead}{written}。"
    (hit,) = find_personal_data(text)
    assert hit.kind is PersonalDataKind.MOBILE
    assert text[hit.start : hit.end] == written


@given(BANK_CARDS, st.booleans())
def test_bank_cards_are_found(number: str, grouped: bool) -> None:
    written = " ".join(number[at : at + 4] for at in range(0, len(number), 4)) if grouped else number
    (hit,) = find_personal_data(f"开户行账号：{written}，户名")
    assert hit.kind is PersonalDataKind.BANK_CARD
    assert hit.end - hit.start == len(written)


@given(st.one_of(IDENTITY_NUMBERS, MOBILES, BANK_CARDS), st.booleans())
def test_masked_text_keeps_its_length_and_hides_the_digits(number: str, wide: bool) -> None:
    written = number.translate(FULL_WIDTH) if wide else number
    (hit,) = find_personal_data(written)
    assert len(hit.masked) == len(written)
    assert hit.masked.count("*") >= 4
    assert all(char in {"*", original} for char, original in zip(hit.masked, written, strict=True))
    assert find_personal_data(hit.masked) == []


def test_masks_are_the_usual_ones() -> None:
    text = "330106199001011239，138-1234-5678，6222021234567890128"
    assert [
        hit.masked
        for hit in find_personal_data(text.replace("330106199001011239", identity(330106, dt.date(1990, 1, 1), 123)))
    ] == [
        "3301************3" + identity(330106, dt.date(1990, 1, 1), 123)[-1],
        "138-****-5678",
        "6222***********0128",
    ]


def test_old_identity_numbers_need_a_real_date() -> None:
    assert kinds("身份证530102680229123号") == [PersonalDataKind.IDENTITY_NUMBER]
    assert kinds("身份证530102670229123号") == []
    assert kinds("注册号330100000012345") == []


def test_lower_case_check_character_and_spaces() -> None:
    number = next(n for order in range(999) if (n := identity(530102, dt.date(1980, 5, 1), order)).endswith("X"))
    assert kinds(f"身份证号：{number.lower()}") == [PersonalDataKind.IDENTITY_NUMBER]
    assert kinds(f"{number[:6]} {number[6:14]} {number[14:]}") == [PersonalDataKind.IDENTITY_NUMBER]


def test_hits_come_in_order_of_the_text() -> None:
    number = identity(530102, dt.date(1980, 5, 1), 12)
    text = f"张某 13800001234 {number} 6222021234567890128 Tel.13900001234"
    assert kinds(text) == [
        PersonalDataKind.MOBILE,
        PersonalDataKind.IDENTITY_NUMBER,
        PersonalDataKind.BANK_CARD,
        PersonalDataKind.MOBILE,
    ]


@pytest.mark.parametrize(
    "text",
    [
        "咨询电话：0878-3389000，传真08783389001，热线12345、4001234567",
        "国办发〔2019〕54号，索引号11330727775738086F/2022-56162，113708280043326001/2024-02411",
        "社会信用代码51530000000000000X，523300001234567892",
        "预算总额13812345678元，结转13812345678.50，占¥13912345678，折合13,812,345,678元",
        "序列530000123456201900001，6107280000/2024-001005，二维码4111111111111112",
        "2019-05-15 15:30:00 至 2020年12月31日，3.14159265358979323846",
        "已公开 3301**********1239、138****5678",
    ],
)
def test_ordinary_official_text_is_left_alone(text: str) -> None:
    assert find_personal_data(text) == []


def test_credit_codes_of_digits_only_are_not_bank_cards() -> None:
    # A village committee's code that happens to pass the Luhn check as well.
    codes = (f"545323{n:011d}" for n in range(10**9, 10**9 + 100_000))
    code = next(
        full for body in codes if (full := body + uscc.calc_check_digit(body)).isdigit() and luhn.is_valid(full)
    )
    assert kinds(f"代码{code}") == []

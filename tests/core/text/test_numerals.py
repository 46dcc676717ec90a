"""Numbers of headings, rates and counts."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.text.numerals import chinese_ordinal, group_digits, percent


def test_heading_numbers() -> None:
    written = {1: "一", 9: "九", 10: "十", 11: "十一", 19: "十九", 20: "二十", 21: "二十一", 99: "九十九"}
    assert {number: chinese_ordinal(number) for number in written} == written
    assert len({chinese_ordinal(number) for number in range(1, 100)}) == 99


@pytest.mark.parametrize("number", [0, 100, -1])
def test_no_heading_number_outside(number: int) -> None:
    with pytest.raises(ValueError, match="heading"):
        chinese_ordinal(number)


@pytest.mark.parametrize(
    ("numerator", "denominator", "written"),
    [
        (999, 1000, "99.9%"),
        (1, 3, "33.3%"),
        (2, 3, "66.7%"),
        (1, 2000, "0.1%"),
        (5, 2000, "0.3%"),
        (3, 2, "150.0%"),
        (0, 7, "0.0%"),
        (7, 7, "100.0%"),
    ],
)
def test_rates(numerator: int, denominator: int, written: str) -> None:
    assert percent(numerator, denominator) == written


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_rates_are_rounded_half_up_and_stay_within_the_whole(numerator: int, denominator: int) -> None:
    tenths = percent(numerator, denominator).removesuffix("%")
    assert abs(int(tenths.replace(".", "")) * denominator - 1000 * numerator) * 2 <= denominator
    if numerator <= denominator:
        assert Decimal(tenths) <= 100


@given(st.integers(0, 10**6), st.integers(0, 12))
def test_rates_agree_with_decimal_where_it_is_exact(numerator: int, power: int) -> None:
    exact = Decimal(numerator) * 100 / 2**power
    assert percent(numerator, 2**power) == f"{exact.quantize(Decimal('0.1'), ROUND_HALF_UP)}%"


@pytest.mark.parametrize(("numerator", "denominator"), [(1, 0), (-1, 5), (1, -5)])
def test_no_rate_of_nothing(numerator: int, denominator: int) -> None:
    with pytest.raises(ValueError, match="rate"):
        percent(numerator, denominator)


def test_counts() -> None:
    assert [group_digits(n) for n in (0, 2685, 9999, 10000, 1234567)] == [
        "0", "2685", "9999", "10,000", "1,234,567",
    ]  # fmt: skip

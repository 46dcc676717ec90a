"""Index numbers: real ones are recognised, generated ones recognised and read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.text.index_numbers import (
    GENERATED,
    WIDEST_SEQUENCE,
    IndexPattern,
    format_number,
    recognise,
    sequence_of,
)

USCC = "11330727775738086F"

REAL = {
    IndexPattern.USCC_YEAR_SEQ: [
        "11330727775738086F/2022-56162",
        "113708280043326001/2024-02411",
        "11441700007280420Y/2021-00050",
    ],
    IndexPattern.USCC_YEARMONTH_SEQ: ["11341702486344515H/202110-00013", "113417020032563511/202504-00057"],
    IndexPattern.ORG_YEAR_SEQ: [
        "000014349/2021-00001",
        "000014349/2017-00110",
        "014416330/2018-04736",
        "011336909/2020-12335",
        "01404053X/2021-00490",
        "053533505/2021-00106",
    ],
    IndexPattern.ORG_YEARMONTH_SEQ: ["003110926/201510-00216", "003111216/201012-00015"],
    IndexPattern.ORG_HYPHEN_YEAR_SEQ: ["01527918X-2020-153077", "01525761-8-/2020-1125008"],
    IndexPattern.AREA_YEAR_SEQ: ["6107280000/2024-001005"],
    IndexPattern.DIR_CODE: ["Qz11120-2501-2011-00001"],
    IndexPattern.NINGBO6: ["330200-zfb-01-02-20190514-7"],
    IndexPattern.YN21: ["530000123456201900001"],
    IndexPattern.LOCAL: ["shg58/2021-402", "sggzyjyzx/2024-00002", "QSHQ--2023-0756"],
}


@pytest.mark.parametrize(("pattern", "number"), [(p, n) for p, numbers in REAL.items() for n in numbers])
def test_real_numbers_are_recognised(pattern: IndexPattern, number: str) -> None:
    assert recognise(number) is pattern
    assert recognise(f" {number.translate({ord('-'): '－', ord('2'): '２'})}\n") is pattern


@pytest.mark.parametrize("text", ["", "12", "无 索引号", "长" * 61])
def test_what_is_no_number_is_not_recognised(text: str) -> None:
    assert recognise(text) is None


@given(
    st.sampled_from(GENERATED),
    st.sampled_from(["533001", "533001102", "533001102003", "6107280000"]),
    st.integers(1949, 2100),
    st.integers(1, 12),
    st.integers(1, WIDEST_SEQUENCE),
)
def test_generated_numbers_are_recognised_and_read_back(
    pattern: IndexPattern, area: str, year: int, month: int, sequence: int
) -> None:
    number = format_number(pattern, code=USCC, area=area, year=year, month=month, sequence=sequence)
    assert recognise(number) is pattern
    assert sequence_of(pattern, number, year=year) == sequence
    assert sequence_of(pattern, number, year=year + 1) is None
    assert all(sequence_of(other, number, year=year) is None for other in GENERATED if other is not pattern)


def test_a_pattern_may_be_given_as_it_is_stored() -> None:
    number = format_number("ORG-YEAR-SEQ", code=USCC, area=None, year=2022, month=3, sequence=7)
    assert number == "775738086-2022-00007"
    assert sequence_of("ORG-YEAR-SEQ", number, year=2022) == 7
    assert sequence_of("NONE", number, year=2022) is None


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        (IndexPattern.USCC_YEAR_SEQ, "11330727775738086F/2022-00007"),
        (IndexPattern.USCC_YEARMONTH_SEQ, "11330727775738086F/202203-00007"),
        (IndexPattern.ORG_YEAR_SEQ, "775738086/2022-00007"),
        (IndexPattern.ORG_YEARMONTH_SEQ, "775738086/202203-00007"),
        (IndexPattern.ORG_HYPHEN_YEAR_SEQ, "775738086-2022-00007"),
        (IndexPattern.AREA_YEAR_SEQ, "330727/2022-00007"),
    ],
)
def test_each_pattern_is_written_in_its_own_way(pattern: IndexPattern, number: str) -> None:
    assert format_number(pattern, code=USCC, area="330727", year=2022, month=3, sequence=7) == number


def test_sequences_grow_from_five_digits_to_seven_and_no_further() -> None:
    def written(sequence: int) -> str:
        return format_number(IndexPattern.USCC_YEAR_SEQ, code=USCC, area=None, year=2022, month=3, sequence=sequence)

    assert written(99_999).endswith("-99999")
    assert written(100_000).endswith("-100000")
    assert written(WIDEST_SEQUENCE).endswith("-9999999")
    with pytest.raises(ValueError, match="out of range"):
        written(WIDEST_SEQUENCE + 1)
    with pytest.raises(ValueError, match="out of range"):
        written(0)


def test_organisation_code_may_come_with_its_hyphen() -> None:
    number = format_number(IndexPattern.ORG_YEAR_SEQ, code="01525761-8", area=None, year=2022, month=3, sequence=1)
    assert number == "015257618/2022-00001"


@pytest.mark.parametrize(
    ("pattern", "code", "area"),
    [
        (IndexPattern.LOCAL, USCC, "330727"),
        (IndexPattern.USCC_YEAR_SEQ, None, "330727"),
        (IndexPattern.USCC_YEAR_SEQ, "775738086", "330727"),
        (IndexPattern.ORG_YEAR_SEQ, "12345", "330727"),
        (IndexPattern.AREA_YEAR_SEQ, USCC, None),
        (IndexPattern.AREA_YEAR_SEQ, USCC, "33072"),
    ],
)
def test_a_number_without_its_parts_is_refused(pattern: IndexPattern, code: str | None, area: str | None) -> None:
    with pytest.raises(ValueError, match="pattern"):
        format_number(pattern, code=code, area=area, year=2022, month=3, sequence=1)


def test_migrated_numbers_raise_the_counter_of_their_year() -> None:
    assert sequence_of(IndexPattern.USCC_YEAR_SEQ, "11330727775738086F/2022-56162", year=2022) == 56162
    assert sequence_of(IndexPattern.ORG_HYPHEN_YEAR_SEQ, "01527918X-2020-153077", year=2020) == 153077
    assert sequence_of(IndexPattern.ORG_HYPHEN_YEAR_SEQ, "01527918X-2020-20200101", year=2020) is None
    assert sequence_of(IndexPattern.USCC_YEAR_SEQ, "11330727775738086F/2022-000", year=2022) is None
    assert sequence_of(IndexPattern.LOCAL, "shg58/2021-402", year=2021) is None

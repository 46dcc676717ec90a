# ruff: noqa: DTZ001 - cells hold wall time without a zone
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.tables.cells import BadCell, clean_text, to_date, to_datetime, to_int, to_number, to_text


@pytest.mark.parametrize(
    "text",
    [
        "2023-03-23",
        "2023/3/23",
        "2023.3.23",
        "2023年3月23日",
        "20230323",
        "２０２３－０３－２３",
        "2023-03-23 09:30",
        "2023-03-23T09:30:00",
        "2023年3月23日09:30",
        "20230323 9:30",
    ],
)
def test_forms_of_dates(text: str) -> None:
    assert to_date(text) == date(2023, 3, 23)
    assert to_datetime(text) == datetime(2023, 3, 23, *((9, 30) if ":" in text else (0, 0)))


def test_numbers_of_eight_digits_are_dates_and_seconds_count() -> None:
    assert to_date(20230323) == date(2023, 3, 23)
    assert to_datetime("2023-03-23 09:30:15") == datetime(2023, 3, 23, 9, 30, 15)
    assert to_datetime(date(2023, 3, 23)) == datetime(2023, 3, 23)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("2023-02-30", "不存在"),
        ("2023-13-01", "不存在"),
        ("2023-03-23 25:00", "不存在"),
        ("45000", "变成了序号"),
        (45000, "变成了序号"),
        (Decimal("45000.5"), "变成了序号"),
        ("2023年3月", "不是可以识别的日期"),
        ("23-03-2023", "不是可以识别的日期"),
        ("2023-3/23", "不是可以识别的日期"),
        ("2023032309:30", "不是可以识别的日期"),
        ("2023-03-2309:30", "不是可以识别的日期"),
        ("昨天", "不是可以识别的日期"),
    ],
)
def test_what_is_no_date(value: str | int | Decimal, problem: str) -> None:
    with pytest.raises(BadCell, match=problem) as caught:
        to_datetime(value)
    assert caught.value.remedy


@given(st.datetimes(min_value=datetime(1000, 1, 1)).map(lambda moment: moment.replace(microsecond=0)))
def test_moments_come_back_from_their_text(moment: datetime) -> None:
    assert to_datetime(to_text(moment)) == moment
    assert to_date(f"{moment.year}年{moment.month}月{moment.day}日") == moment.date()


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("1", "1"),
        ("1.0", "1"),
        ("-3", "-3"),
        ("1.50", "1.5"),
        ("0.30000000000000004", "0.3"),
        ("1.5E3", "1500"),
        ("1E-7", "0.0000001"),
        ("999999999999999", "999999999999999"),
    ],
)
def test_numbers_are_written_as_excel_shows_them(raw: str, shown: str) -> None:
    assert to_text(to_number(raw)) == shown


@pytest.mark.parametrize("raw", ["1000000000000000", "1.2345678901234501E+17", "-1E+300"])
def test_long_codes_kept_as_numbers_are_faults(raw: str) -> None:
    with pytest.raises(BadCell, match="15 位") as caught:
        to_number(raw)
    assert "文本" in caught.value.remedy


@pytest.mark.parametrize("raw", ["", "abc", "NaN", "Infinity", "1,5"])
def test_what_is_no_number(raw: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text of the error is for nobody
        to_number(raw)


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_whole_numbers_stay_exact(number: int) -> None:
    assert to_number(f"{number}") == to_number(f"{number}.0") == number
    assert to_int(to_number(str(number))) == to_int(f"{number:,}") == number


@pytest.mark.parametrize("value", ["3件", "1.5", "一", "1,23", Decimal("1.5"), date(2023, 3, 23)])
def test_what_is_no_whole_number(value: str | Decimal | date) -> None:
    with pytest.raises(BadCell, match="不是整数"):
        to_int(value)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("\u3000\u00a0 某局\u200b\ufeff\n", "某局"),
        ("某\u00a0局", "某 局"),
        ("一\r\n二\r三", "一\n二\n三"),
        ("'110101199001010011", "110101199001010011"),
        ("'引文'", "'引文'"),
        ("=SUM(A1)", "=SUM(A1)"),
    ],
)
def test_texts_are_trimmed(text: str, clean: str) -> None:
    assert clean_text(text) == clean


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("公\x07告", "0007"),
        ("公\x85告", "0085"),
        ("公告\u202efdp", "202E"),
        ("公\u2066告", "2066"),
        ("公\ufffd", "乱码"),
    ],
)
def test_dangerous_characters_are_faults(text: str, problem: str) -> None:
    with pytest.raises(BadCell, match=problem) as caught:
        clean_text(text)
    assert caught.value.remedy.startswith("请")

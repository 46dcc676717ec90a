"""Statistics months, update periods and the writing of dates."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.calendar.instants import SHANGHAI, end_of_day, format_date, format_datetime, shanghai_date
from gongkai.core.calendar.periods import NAMED_UPDATE_PERIODS, Period, UpdatePeriod, period_range

PERIODS = st.builds(Period, st.integers(1900, 2100), st.integers(1, 12))


def test_a_month_in_words() -> None:
    period = Period.of(date(2023, 3, 23))
    assert (str(period), period.label) == ("2023-03", "2023年3月")
    assert (period.first_day, period.last_day) == (date(2023, 3, 1), date(2023, 3, 31))
    assert Period.parse("2024-02").last_day == date(2024, 2, 29)
    assert Period(2023, 1).previous() == Period(2022, 12)
    assert Period(2022, 12).next() == Period(2023, 1)
    assert Period(2023, 3).minus(15) == Period(2021, 12)


@given(PERIODS)
def test_text_and_back(period: Period) -> None:
    assert Period.parse(str(period)) == period
    assert period.next().previous() == period
    assert period.last_day + timedelta(days=1) == period.next().first_day
    assert Period.of(period.first_day) == Period.of(period.last_day) == period


@given(PERIODS, st.integers(-500, 500), st.integers(-500, 500))
def test_minus_adds_up(period: Period, one: int, two: int) -> None:
    assert period.minus(one).minus(two) == period.minus(one + two)
    assert (period.minus(one) < period) == (one > 0)


@given(PERIODS, st.integers(-5, 40))
def test_a_range_holds_each_month_once(first: Period, months: int) -> None:
    found = list(period_range(first, first.minus(-months)))
    assert len(found) == max(months + 1, 0)
    assert found == sorted(set(found))
    if found:
        assert (found[0], found[-1]) == (first, first.minus(-months))


@given(PERIODS, PERIODS)
def test_order_is_that_of_the_text(one: Period, two: Period) -> None:
    assert (one < two) == (str(one) < str(two))


@pytest.mark.parametrize("text", ["2023-13", "2023-00", "2023-3", "23-03", "2023-03-01", "0000-01", "２０２３-03", " "])
def test_other_text_is_no_month(text: str) -> None:
    with pytest.raises(ValueError, match="月份应写成"):
        Period.parse(text)


@pytest.mark.parametrize(("year", "month"), [(2023, 0), (2023, 13), (0, 1), (10000, 1)])
def test_no_such_month(year: int, month: int) -> None:
    with pytest.raises(ValueError, match="no such month"):
        Period(year, month)


def test_shanghai_dates() -> None:
    instant = datetime(2023, 3, 22, 16, 5, tzinfo=UTC)
    assert shanghai_date(instant) == date(2023, 3, 23)
    assert shanghai_date(instant - timedelta(minutes=6)) == date(2023, 3, 22)
    assert shanghai_date(datetime(1988, 7, 1, 15, 30, tzinfo=UTC)) == date(1988, 7, 1), "no summer time (K11)"
    assert format_date(date(2023, 3, 9)) == "2023年3月9日"
    assert format_datetime(instant) == "2023年3月23日 00:05"


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda instant: 1 < instant.year < 9999))
def test_an_instant_is_not_later_than_the_end_of_its_day(instant: datetime) -> None:
    day = shanghai_date(instant)
    assert end_of_day(day - timedelta(days=1)) < instant <= end_of_day(day)
    assert end_of_day(day).tzinfo is SHANGHAI


def test_an_instant_needs_an_offset() -> None:
    naive = datetime(2023, 3, 23)  # noqa: DTZ001 - the case to refuse
    with pytest.raises(ValueError, match="offset"):
        shanghai_date(naive)
    with pytest.raises(ValueError, match="offset"):
        format_datetime(naive)


def test_update_periods() -> None:
    assert [period.code for period in NAMED_UPDATE_PERIODS] == [
        "event",
        "monthly",
        "quarterly",
        "half_yearly",
        "yearly",
    ]
    assert UpdatePeriod("half_yearly").label == "每半年更新"
    assert UpdatePeriod("half_yearly").days is None
    fortnight = UpdatePeriod.every(15)
    assert (fortnight, fortnight.days, fortnight.label) == (UpdatePeriod("days:15"), 15, "每15日更新")
    assert str(fortnight) == "days:15"


@pytest.mark.parametrize("code", ["", "weekly", "days:", "days:0", "days:-1", "days:01", "days:10000", "days:1 "])
def test_other_codes_are_no_update_period(code: str) -> None:
    with pytest.raises(ValueError, match="更新周期"):
        UpdatePeriod(code)

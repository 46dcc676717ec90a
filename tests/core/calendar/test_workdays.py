"""Counting working days: properties, years without a notice, entering a notice, local festivals."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.calendar.workdays import WorkingDayCalendar, national_calendar

KNOWN_DAYS = st.dates(date(2004, 1, 1), date(2026, 12, 31))
ANY_DAY = st.dates(date(2000, 1, 1), date(2035, 12, 31))
COUNTS = st.integers(1, 60)


@st.composite
def calendars(draw: st.DrawFn) -> WorkingDayCalendar:
    nearby = st.dates(date(2030, 1, 1), date(2030, 3, 31))
    off, made_up = draw(st.frozensets(nearby)), draw(st.frozensets(nearby))
    return WorkingDayCalendar(off, made_up - off, draw(st.frozensets(st.integers(2029, 2031))))


NEARBY = st.dates(date(2029, 12, 1), date(2030, 4, 30))


@given(calendars(), NEARBY, COUNTS)
def test_counting_undoes_adding(calendar: WorkingDayCalendar, day: date, count: int) -> None:
    due = calendar.add_working_days(day, count).date
    assert calendar.is_working_day(due)
    assert calendar.working_days_between(day, due) == count
    assert calendar.working_days_between(day, due - timedelta(days=1)) == count - 1


@given(calendars(), NEARBY, COUNTS, COUNTS)
def test_periods_add_up(calendar: WorkingDayCalendar, day: date, one: int, two: int) -> None:
    middle = calendar.add_working_days(day, one)
    end = calendar.add_working_days(middle.date, two)
    assert calendar.add_working_days(day, one + two) == (end.date, middle.provisional or end.provisional)


@given(calendars(), NEARBY, NEARBY, COUNTS)
def test_a_later_start_is_never_due_earlier(calendar: WorkingDayCalendar, one: date, two: date, count: int) -> None:
    early, late = sorted([one, two])
    assert calendar.add_working_days(early, count).date <= calendar.add_working_days(late, count).date


@given(calendars(), NEARBY, NEARBY, NEARBY)
def test_intervals_add_up(calendar: WorkingDayCalendar, one: date, two: date, three: date) -> None:
    first, middle, last = sorted([one, two, three])
    whole = calendar.working_days_between(first, last)
    assert whole == calendar.working_days_between(first, middle) + calendar.working_days_between(middle, last)
    if first < last:
        assert calendar.working_days_between(last, first) == 0


@given(calendars(), NEARBY)
def test_rolling_forward_moves_days_off_only(calendar: WorkingDayCalendar, day: date) -> None:
    rolled = calendar.roll_forward(day).date
    assert calendar.is_working_day(rolled)
    assert rolled == (day if calendar.is_working_day(day) else calendar.next_working_day(day))
    assert calendar.roll_forward(rolled).date == rolled
    assert calendar.working_days_between(day, calendar.next_working_day(day)) == 1


@given(KNOWN_DAYS)
def test_every_national_day_is_explained(day: date) -> None:
    calendar = national_calendar()
    working = calendar.is_working_day(day)
    assert working == (day in calendar.make_up_days or (day.weekday() < 5 and day not in calendar.days_off))


@given(ANY_DAY, COUNTS)
def test_provisional_exactly_when_a_year_has_no_notice(day: date, count: int) -> None:
    due = national_calendar().add_working_days(day, count)
    first = day + timedelta(days=1)
    assert due.provisional == (first.year < 2004 or due.date.year > 2026)


def test_the_year_end_of_the_known_calendar() -> None:
    calendar = national_calendar()
    assert calendar.add_working_days(date(2026, 12, 3), 20) == (date(2026, 12, 31), False)
    assert calendar.add_working_days(date(2026, 12, 7), 20) == (date(2027, 1, 4), True)
    assert calendar.roll_forward(date(2027, 1, 2)) == (date(2027, 1, 4), True)


@pytest.mark.parametrize("count", [0, -1])
def test_a_period_has_at_least_one_day(count: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        national_calendar().add_working_days(date(2026, 1, 5), count)


def test_a_notice_reaches_into_the_preceding_december() -> None:
    calendar = national_calendar().with_year(
        2027, [date(2026, 12, 31), date(2027, 1, 1)], [date(2026, 12, 27), date(2027, 1, 9)]
    )
    assert not calendar.is_working_day(date(2026, 12, 31))
    assert calendar.is_working_day(date(2026, 12, 27))
    assert calendar.is_working_day(date(2027, 1, 9))
    assert calendar.add_working_days(date(2026, 12, 30), 1) == (date(2027, 1, 4), False)


def test_a_notice_entered_anew_replaces_its_year() -> None:
    first = national_calendar().with_year(2027, [date(2027, 5, 3)], [date(2027, 5, 8)])
    second = first.with_year(2027, [date(2027, 5, 4)], [])
    assert second.is_working_day(date(2027, 5, 3))
    assert not second.is_working_day(date(2027, 5, 4))
    assert not second.is_working_day(date(2027, 5, 8))
    assert second.is_working_day(date(2026, 10, 10)), "other years stay"


@pytest.mark.parametrize(
    ("off", "made_up", "words"),
    [
        ([date(2028, 1, 1)], [], "不在2027年"),
        ([date(2026, 11, 30)], [], "不在2027年"),
        ([], [date(2027, 1, 8)], "不是周六或周日"),
        ([date(2027, 1, 9)], [date(2027, 1, 9)], "既是放假日又是"),
    ],
)
def test_a_wrong_notice_is_refused(off: list[date], made_up: list[date], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        national_calendar().with_year(2027, off, made_up)


def test_a_contradictory_calendar_is_refused() -> None:
    day = frozenset([date(2027, 1, 9)])
    with pytest.raises(ValueError, match="both off"):
        WorkingDayCalendar(day, day, frozenset())


def test_local_festivals_win_over_make_up_days() -> None:
    local = national_calendar().overlay([date(2026, 8, 5), date(2026, 10, 10)])
    assert not local.is_working_day(date(2026, 8, 5))
    assert not local.is_working_day(date(2026, 10, 10))
    assert national_calendar().is_working_day(date(2026, 10, 10)), "the national calendar is unchanged"
    assert local.add_working_days(date(2026, 8, 4), 1) == (date(2026, 8, 6), False)


def test_due_instant_is_the_end_of_the_day_in_shanghai() -> None:
    end = WorkingDayCalendar.due_instant(date(2026, 3, 17))
    assert end.astimezone(UTC) + timedelta(microseconds=1) == datetime(2026, 3, 17, 16, tzinfo=UTC)

"""Calendars of units in areas with festivals of their own."""

from collections.abc import Sequence
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from gongkai.admin.moves import postponed
from gongkai.core.calendar.areas import Calendars
from gongkai.core.calendar.workdays import national_calendar

NATIONAL = national_calendar()
DAYS = st.dates(date(2026, 1, 1), date(2026, 6, 30))
FESTIVALS = st.frozensets(DAYS, max_size=12)
AREAS = st.lists(st.tuples(FESTIVALS, st.frozensets(st.integers(1, 6))), max_size=4)
COUNTS = st.integers(1, 30)
OUTSIDE = 7


@given(AREAS, DAYS, COUNTS)
def test_a_local_day_off_never_makes_a_deadline_earlier(
    areas: Sequence[tuple[frozenset[date], frozenset[int]]], day: date, count: int
) -> None:
    calendars = Calendars.overlaid(NATIONAL, areas)
    national = NATIONAL.add_working_days(day, count).date
    for unit in range(1, OUTSIDE):
        due = calendars.of(unit).add_working_days(day, count).date
        assert due >= national
        theirs = {off for days, units in areas if unit in units for off in days}
        assert due not in theirs
    assert calendars.of(OUTSIDE) is calendars.of(None) is NATIONAL


@given(AREAS, DAYS, COUNTS, st.frozensets(st.integers(1, OUTSIDE)))
def test_one_date_for_several_units_leaves_each_its_working_days(
    areas: Sequence[tuple[frozenset[date], frozenset[int]]], day: date, count: int, units: frozenset[int]
) -> None:
    calendars = Calendars.overlaid(NATIONAL, areas)
    due = calendars.latest(units, day, count)
    left = [calendars.of(unit).working_days_between(day, due) for unit in units]
    assert min(left, default=count) == count


@given(FESTIVALS, FESTIVALS, DAYS, DAYS)
def test_a_date_that_was_told_is_never_shortened_and_leaves_as_many_working_days(
    before: frozenset[date], after: frozenset[date], since: date, due: date
) -> None:
    old, new = NATIONAL.overlay(before), NATIONAL.overlay(after)
    moved = postponed(old, new, since=since, due=due)
    assert moved >= due
    if due > since:
        assert new.working_days_between(since, moved) >= old.working_days_between(since, due)
    if before >= after or due <= since:
        assert moved == due or not new.is_working_day(due)
    assert postponed(new, new, since=since, due=moved) == moved or not new.is_working_day(moved)


def test_areas_lie_within_each_other_and_units_of_one_share_a_calendar() -> None:
    prefecture, county = date(2026, 3, 24), date(2026, 3, 25)
    calendars = Calendars.overlaid(NATIONAL, [([prefecture], [1, 2, 3]), ([county], [2, 3])])
    assert [calendars.of(unit).is_working_day(county) for unit in (1, 2, 3)] == [True, False, False]
    assert not any(calendars.of(unit).is_working_day(prefecture) for unit in (1, 2, 3))
    assert calendars.of(2) is calendars.of(3)
    assert calendars.last_working_day_ahead(date(2026, 3, 23)) == date(2026, 3, 26)

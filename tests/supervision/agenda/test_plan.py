"""The agenda in order: when what stands, days off, each thing once. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.calendar.workdays import national_calendar
from gongkai.supervision.agenda.plan import Agenda, Group, Key, Kind, Matter, Pause, arrange, coming_pause, horizon

MONDAY = date(2026, 3, 23)
CALENDAR = national_calendar()


def matter(due: date, kind: Kind = Kind.SLIP, number: int = 1, about: Key | None = None) -> Matter:
    """Something to do by a day."""
    return Matter(kind, number, "事项", due, "/work/", about=about)


def placed(due: date, today: date = MONDAY) -> Group:
    """The group of a matter due on a day."""
    ((group, _, _),) = arrange([matter(due)], today=today, calendar=CALENDAR).groups
    return group


@pytest.mark.parametrize(
    ("due", "group"),
    [
        ("2026-03-22", Group.OVERDUE),
        ("2026-03-23", Group.TODAY),
        ("2026-03-24", Group.WEEK),
        ("2026-03-29", Group.WEEK),
        ("2026-03-30", Group.SOON),
        ("2026-04-06", Group.SOON),
        ("2026-04-07", Group.LATER),
    ],
)
def test_each_day_has_its_group(due: str, group: Group) -> None:
    assert placed(date.fromisoformat(due)) is group


@pytest.mark.parametrize(
    ("today", "pause"),
    [
        ("2026-09-14", None),
        ("2026-09-21", (date(2026, 9, 25), date(2026, 9, 27), date(2026, 9, 30))),
        ("2026-09-28", (date(2026, 10, 1), date(2026, 10, 7), date(2026, 10, 10))),
        ("2026-10-03", (date(2026, 10, 1), date(2026, 10, 7), date(2026, 10, 10))),
        ("2026-10-08", None),
    ],
)
def test_days_off_are_seen_ten_days_before_and_weekends_are_none(
    today: str, pause: tuple[date, date, date] | None
) -> None:
    found = coming_pause(CALENDAR, date.fromisoformat(today))
    assert found == (None if pause is None else Pause(*pause))


def test_before_days_off_what_falls_due_around_them_stands_apart() -> None:
    today = date(2026, 9, 28)
    days = {day: placed(date(2026, *day), today) for day in ((9, 30), (10, 1), (10, 7), (10, 10), (10, 11), (10, 13))}
    assert days == {
        (9, 30): Group.WEEK, (10, 1): Group.PAUSE, (10, 7): Group.PAUSE, (10, 10): Group.PAUSE, (10, 11): Group.SOON,
        (10, 13): Group.LATER,
    }  # fmt: skip
    agenda = arrange([matter(date(2026, 10, 2))], today=today, calendar=CALENDAR)
    assert agenda.groups[0][1] == "10月1日至7日放假期间和节后三个工作日（至10月10日）"
    assert agenda.headline == "放假期间和节后三个工作日有1项到期，请提前安排。"


def test_the_sentence_says_what_is_urgent() -> None:
    days = (-1, 0, 1, 2, 9, 40)
    agenda = arrange(
        [matter(MONDAY + timedelta(days=day), number=day) for day in days], today=MONDAY, calendar=CALENDAR
    )  # fmt: skip
    assert agenda.headline == "1项已经逾期，1项今天到期或者应当处理，本周还有2项到期。"
    assert (agenda.tone, agenda.pressing) == ("danger", 2)
    empty = arrange([], today=MONDAY, calendar=CALENDAR)
    assert (empty.headline, empty.tone, empty.groups) == ("本周没有到期的事项。", "good", ())


def test_a_column_with_a_finding_is_listed_once_and_an_answered_one_not_at_all() -> None:
    column, other = matter(MONDAY, Kind.COLUMN, 5), matter(MONDAY, Kind.COLUMN, 6)
    finding = matter(MONDAY, Kind.FINDING, 1, about=column.key)
    agenda = arrange([column, other, finding], today=MONDAY, calendar=CALENDAR, settled={other.key})
    assert agenda.matters == [finding]


_MATTERS = st.lists(
    st.builds(
        matter,
        st.dates(date(2025, 12, 1), date(2026, 12, 31)),
        st.sampled_from(list(Kind)),
        st.integers(1, 4),
        st.none() | st.tuples(st.just(str(Kind.COLUMN)), st.integers(1, 4)),
    ),
    max_size=20,
)


@given(_MATTERS, st.dates(date(2026, 1, 1), date(2026, 12, 20)))
def test_each_thing_appears_once_and_none_is_lost(matters: Sequence[Matter], today: date) -> None:
    agenda: Agenda = arrange(matters, today=today, calendar=CALENDAR)
    keys = [one.key for one in agenda.matters]
    assert len(keys) == len(set(keys))
    given_ = {one.key: one for one in matters}
    covered = {one.about for one in given_.values() if one.about is not None}
    assert set(keys) == given_.keys() - covered
    assert sum(agenda.numbers.values()) == len(keys)
    for group, _, members in agenda.groups:
        assert [one.due for one in members] == sorted(one.due for one in members)
        assert all((one.due < today) is (group is Group.OVERDUE) for one in members)
    assert horizon(CALENDAR, today) >= today + timedelta(days=14)

"""What stands in a mail: new things, each once, nothing when nothing is new. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.calendar.workdays import national_calendar
from gongkai.supervision.agenda.plan import Agenda, Kind, Matter, arrange
from gongkai.supervision.digest.compose import LINES, News, ToldKey, compose

TODAY = date(2026, 3, 23)


def agenda(*dues: int, link: str = "/work/slips/{}") -> Agenda:
    """Slips due so many days from today, numbered from one."""
    matters = [
        Matter(Kind.SLIP, number, f"事项{number}", TODAY + timedelta(days=due), link.format(number))
        for number, due in enumerate(dues, 1)
    ]
    return arrange(matters, today=TODAY, calendar=national_calendar())


def news(number: int, link: str = "") -> News:
    """An unread notice."""
    return News(number, 7, TODAY, f"通知{number}", f"正文{number}。", link)


def test_a_mail_says_what_is_due_and_what_came() -> None:
    found = compose(news=[news(1)], agendas=[(7, "民政局", agenda(-1, 2, 40))], told=(), today=TODAY)
    assert found is not None
    assert found.subject == "通知1等3项提醒（3月23日）"
    assert found.body == (
        "正文1。\n\n民政局近期事项：\n- 事项1（已经逾期，2026年3月22日）\n- 事项2（本周内（至3月29日），2026年3月25日）"
    )
    assert compose(news=[news(1)], agendas=[(7, "民政局", agenda(-1, 2, 40))], told=found.told, today=TODAY) is None


def test_what_a_notice_of_the_mail_says_is_not_said_again_and_remembered() -> None:
    found = compose(news=[news(1, "/work/slips/1")], agendas=[(7, "民政局", agenda(2))], told=(), today=TODAY)
    assert found is not None
    assert (found.subject, found.body) == ("通知1（3月23日）", "正文1。")
    assert compose(news=[], agendas=[(7, "民政局", agenda(2))], told=found.told, today=TODAY) is None


def test_a_matter_with_another_day_is_told_anew_and_a_long_list_is_cut() -> None:
    first = compose(news=[], agendas=[(7, "民政局", agenda(2))], told=(), today=TODAY)
    assert first is not None
    assert compose(news=[], agendas=[(7, "民政局", agenda(3))], told=first.told, today=TODAY) is not None
    many = compose(news=[], agendas=[(7, "民政局", agenda(*[1] * (LINES + 4)))], told=(), today=TODAY)
    assert many is not None
    assert "另有4项" in many.body
    assert many.subject == f"近期到期事项等{LINES + 4}项提醒（3月23日）"


@given(st.lists(st.lists(st.integers(-5, 20), max_size=6), max_size=6))
def test_nobody_is_told_twice(days: Sequence[Sequence[int]]) -> None:
    told: set[ToldKey] = set()
    for dues in days:
        found = compose(news=[], agendas=[(7, "民政局", agenda(*dues))], told=told, today=TODAY)
        if found is not None:
            assert not found.told & told
            told |= found.told

"""The states of a slip: each is left again until it is settled, and a reply is overdue only where it is owed."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.supervision.slips.states import OPEN, TRANSITIONS, WAITING, Event, State, is_overdue, label_of

TODAY = date(2026, 3, 23)


@pytest.mark.parametrize("state", OPEN)
def test_no_state_is_a_trap(state: State) -> None:
    reached, more = {state}, {state}
    while more:
        more = {to for (of, _), to in TRANSITIONS.items() if of in more} - reached
        reached |= more
    assert State.CLOSED in reached
    assert TRANSITIONS[state, Event.WITHDRAW] is State.WITHDRAWN


@pytest.mark.parametrize("state", [State.CLOSED, State.WITHDRAWN])
def test_what_is_settled_stays_settled(state: State) -> None:
    assert not [event for of, event in TRANSITIONS if of is state]


def test_only_the_unit_replies_and_only_a_reply_is_decided_on() -> None:
    assert {of for of, event in TRANSITIONS if event is Event.REPLY} == set(WAITING)
    assert {of for of, event in TRANSITIONS if event in (Event.CLOSE, Event.RETURN)} == {State.REPLIED}


@given(st.sampled_from(State), st.integers(-400, 400))
def test_a_reply_is_overdue_after_its_day_and_only_while_it_is_owed(state: State, days: int) -> None:
    due = TODAY + timedelta(days=days)
    overdue = is_overdue(state, due, TODAY)
    assert overdue == (days < 0 and state in WAITING)
    assert (label_of(state, due, TODAY) == "逾期未回复") == overdue

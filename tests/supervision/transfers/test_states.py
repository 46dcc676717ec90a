"""The states of transfer lists: no trap, and overdue only where the unit has to act."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gongkai.supervision.transfers.states import (
    EVENT_LABELS,
    OVERDUE_LABELS,
    STATE_LABELS,
    TRANSITIONS,
    WAITING,
    Event,
    State,
    is_overdue,
    label_of,
)

DAY = date(2026, 4, 7)
ENDS = {State.CONFIRMED, State.SUPERSEDED}


def test_every_state_but_the_ends_leads_to_being_received() -> None:
    leads = {state: {to for (since, _), to in TRANSITIONS.items() if since is state} for state in State}
    assert {state for state, to in leads.items() if not to} == ENDS
    reached = {State.CONFIRMED}
    for _ in State:
        reached |= {state for state, to in leads.items() if to & reached}
    assert reached == set(State) - {State.SUPERSEDED}, "a corrected list goes on as its next version"
    assert {event for _, event in TRANSITIONS} == set(Event)


def test_every_state_and_event_has_its_words() -> None:
    assert STATE_LABELS.keys() == set(State)
    assert EVENT_LABELS.keys() == set(Event)
    assert OVERDUE_LABELS.keys() == set(WAITING)


@given(st.sampled_from(State), st.integers(-5, 5))
def test_only_what_waits_for_the_unit_is_overdue_and_only_after_its_day(state: State, later: int) -> None:
    today = DAY + timedelta(days=later)
    assert is_overdue(state, DAY, today) == (state in WAITING and later > 0)
    assert label_of(state, DAY, today).startswith("逾期") == is_overdue(state, DAY, today)

"""The states of a statement and what leads from one to the next: data, so that no state can be a trap."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.workdays import WorkingDayCalendar

LAST_WORKING_DAYS = 5
"""So many working days of the next month a statement can still be filed （[D]: while the month is being closed)."""


class State(StrEnum):
    """Where a statement stands."""

    FILED = "filed"
    SIGNED = "signed"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    VOID = "void"


class Event(StrEnum):
    """What can happen to it: the first four by the unit, then by the office, the last by a publication."""

    FILE = "file"
    SIGN = "sign"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    ACCEPT = "accept"
    RETURN = "return"
    VOID = "void"


STATE_LABELS = {
    State.FILED: "待负责人签署",
    State.SIGNED: "已签署待审核",
    State.ACCEPTED: "审核通过",
    State.RETURNED: "已退回",
    State.WITHDRAWN: "已撤回",
    State.VOID: "已失效",
}
TONES = {
    State.FILED: "warn",
    State.SIGNED: "warn",
    State.ACCEPTED: "main",
    State.RETURNED: "danger",
    State.WITHDRAWN: "neutral",
    State.VOID: "neutral",
}
EVENT_LABELS = {
    Event.FILE: "填报",
    Event.SIGN: "签署",
    Event.DECLINE: "不予签署",
    Event.WITHDRAW: "撤回",
    Event.ACCEPT: "审核通过",
    Event.RETURN: "退回",
    Event.VOID: "因发布信息失效",
}
WAITING = (State.FILED, State.SIGNED)
"""Somebody has to act."""
LIVE = (*WAITING, State.ACCEPTED)
"""A publication in the month makes these void."""
TRANSITIONS: Mapping[tuple[State, Event], State] = MappingProxyType(
    {
        **{(state, Event.FILE): State.FILED for state in (State.RETURNED, State.WITHDRAWN, State.VOID)},
        (State.FILED, Event.SIGN): State.SIGNED,
        (State.FILED, Event.DECLINE): State.RETURNED,
        **{(state, Event.WITHDRAW): State.WITHDRAWN for state in WAITING},
        (State.SIGNED, Event.ACCEPT): State.ACCEPTED,
        # An office that accepted too early takes that back with its reason.
        **{(state, Event.RETURN): State.RETURNED for state in (State.SIGNED, State.ACCEPTED)},
        **{(state, Event.VOID): State.VOID for state in LIVE},
    }
)


def last_day_to_file(period: Period, calendar: WorkingDayCalendar) -> date:
    """The last day on which a month's statement can be filed."""
    return calendar.add_working_days(period.last_day, LAST_WORKING_DAYS).date


def is_open(period: Period, *, today: date, alert_day: int, calendar: WorkingDayCalendar) -> bool:
    """Whether a month's statement can be filed today: from the day on which blank units are reminded of the month, to
    the fifth working day after it."""
    return period.first_day.replace(day=alert_day) <= today <= last_day_to_file(period, calendar)

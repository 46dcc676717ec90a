"""The states of a slip at a unit, and what leads from one to the next: data, so that no state can be a trap."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where a delivery stands."""

    ISSUED = "issued"
    READ = "read"
    REPLIED = "replied"
    RETURNED = "returned"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Event(StrEnum):
    """What can happen to it: read and reply by the unit, the others by the office."""

    READ = "read"
    REPLY = "reply"
    RETURN = "return"
    CLOSE = "close"
    WITHDRAW = "withdraw"


STATE_LABELS = {
    State.ISSUED: "未阅",
    State.READ: "已阅待回复",
    State.REPLIED: "已回复待审核",
    State.RETURNED: "退回待重报",
    State.CLOSED: "已办结",
    State.WITHDRAWN: "已撤回",
}
EVENT_LABELS = {
    Event.READ: "阅知",
    Event.REPLY: "回复",
    Event.RETURN: "退回",
    Event.CLOSE: "办结",
    Event.WITHDRAW: "撤回",
}
OVERDUE = "overdue"
OVERDUE_LABEL = "逾期未回复"
WAITING = (State.ISSUED, State.READ, State.RETURNED)
"""The unit has to act; only here can a delivery be overdue."""
OPEN = (*WAITING, State.REPLIED)
TOLD = ("", "due", "overdue")
TRANSITIONS: Mapping[tuple[State, Event], State] = MappingProxyType(
    {
        (State.ISSUED, Event.READ): State.READ,
        **{(state, Event.REPLY): State.REPLIED for state in WAITING},
        (State.REPLIED, Event.CLOSE): State.CLOSED,
        (State.REPLIED, Event.RETURN): State.RETURNED,
        **{(state, Event.WITHDRAW): State.WITHDRAWN for state in OPEN},
    }
)


def is_overdue(state: str, due: date, today: date) -> bool:
    """Whether the unit's reply is missing although its day has passed."""
    return state in WAITING and today > due


def label_of(state: str, due: date, today: date) -> str:
    """The state in words; a missing reply past its day before all else."""
    return OVERDUE_LABEL if is_overdue(state, due, today) else STATE_LABELS[State(state)]

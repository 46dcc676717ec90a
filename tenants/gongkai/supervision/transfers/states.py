"""The states of a transfer list, and what leads from one to the next: data, so that no state can be a trap."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where a list stands."""

    PREPARED = "prepared"
    SENT = "sent"
    MISMATCH = "mismatch"
    CONFIRMED = "confirmed"
    SUPERSEDED = "superseded"


class Event(StrEnum):
    """What can happen to it: sent and corrected by the unit, the others by the hall."""

    SEND = "send"
    CONFIRM = "confirm"
    DISPUTE = "dispute"
    CORRECT = "correct"


class Problem(StrEnum):
    """What a hall finds wrong with a row."""

    MISSING = "missing"
    DAMAGED = "damaged"
    WRONG = "wrong"


class Answer(StrEnum):
    """What the unit does about such a row: the copy is brought again, or the row is taken off the list."""

    RESEND = "resend"
    STRIKE = "strike"


class Hall(StrEnum):
    """Kinds of receiving halls （查阅场所）."""

    ARCHIVE = "archive"
    LIBRARY = "library"
    SERVICE_HALL = "service_hall"


class Medium(StrEnum):
    """In what form the copies are handed over."""

    BOTH = "both"
    ELECTRONIC = "electronic"
    PAPER = "paper"


STATE_LABELS = {
    State.PREPARED: "待送交",
    State.SENT: "已送交待接收",
    State.MISMATCH: "有出入待答复",
    State.CONFIRMED: "已接收",
    State.SUPERSEDED: "已由更正清单替代",
}
EVENT_LABELS = {
    Event.SEND: "送交",
    Event.CONFIRM: "确认接收",
    Event.DISPUTE: "提出出入",
    Event.CORRECT: "更正",
}
PROBLEM_LABELS = {Problem.MISSING: "未收到", Problem.DAMAGED: "损坏或无法打开", Problem.WRONG: "与清单不符"}
ANSWER_LABELS = {Answer.RESEND: "已补送", Answer.STRIKE: "从清单中撤销"}
HALL_LABELS = {Hall.ARCHIVE: "国家档案馆", Hall.LIBRARY: "公共图书馆", Hall.SERVICE_HALL: "政务服务场所"}
MEDIUM_LABELS = {Medium.BOTH: "纸质和电子", Medium.ELECTRONIC: "电子", Medium.PAPER: "纸质"}
OVERDUE = "overdue"
OVERDUE_LABELS = {State.PREPARED: "逾期未送交", State.MISMATCH: "逾期未答复"}
WAITING = (State.PREPARED, State.MISMATCH)
"""The unit has to act; only here can a list be overdue."""
CURRENT = tuple(state for state in State if state is not State.SUPERSEDED)
TRANSITIONS: Mapping[tuple[State, Event], State] = MappingProxyType(
    {
        (State.PREPARED, Event.SEND): State.SENT,
        (State.SENT, Event.CONFIRM): State.CONFIRMED,
        (State.SENT, Event.DISPUTE): State.MISMATCH,
        (State.MISMATCH, Event.CORRECT): State.SUPERSEDED,
        (State.MISMATCH, Event.CONFIRM): State.CONFIRMED,
    }
)
"""A hall that finds the copies after all confirms what it had objected to."""


def is_overdue(state: str, due: date, today: date) -> bool:
    """Whether the unit has not acted although its day has passed."""
    return state in WAITING and today > due


def label_of(state: str, due: date, today: date) -> str:
    """The state in words; what is overdue before all else."""
    known = State(state)
    return OVERDUE_LABELS[known] if is_overdue(state, due, today) else STATE_LABELS[known]

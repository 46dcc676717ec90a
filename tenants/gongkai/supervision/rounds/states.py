"""Words of the verification round and of what units confirm: states, answers, decisions as data."""

from datetime import date
from enum import StrEnum


class SheetState(StrEnum):
    """Where the sheet of one unit stands; only one that is `sent` waits for it."""

    SENT = "sent"
    ANSWERED = "answered"
    SILENT = "silent"
    RECALLED = "recalled"


class Answer(StrEnum):
    """What a unit says to one fact; saying nothing by the deadline counts as no objection."""

    NONE = ""
    AGREE = "agree"
    CONTEST = "contest"
    SILENT = "silent"


class Decision(StrEnum):
    """What the office decides on a contested fact."""

    NONE = ""
    KEEP = "keep"
    CORRECT = "correct"


SHEET_LABELS = {
    SheetState.SENT: "待反馈",
    SheetState.ANSWERED: "已反馈",
    SheetState.SILENT: "无异议（逾期未反馈）",
    SheetState.RECALLED: "已收回",
}
ANSWER_LABELS = {
    Answer.NONE: "待反馈",
    Answer.AGREE: "无异议",
    Answer.CONTEST: "有异议",
    Answer.SILENT: "无异议（逾期未反馈）",
}
DECISION_LABELS = {Decision.NONE: "待核实", Decision.KEEP: "维持", Decision.CORRECT: "更正，不点名"}
SETTLED = (Answer.AGREE, Answer.SILENT)
"""Answers after which a fact may be named without a decision."""
SHEET_TONES = {SheetState.SENT: "warn", SheetState.ANSWERED: "main", SheetState.SILENT: "neutral"}


def time_is_up(due: date, today: date) -> bool:
    """Whether a sheet can no longer be answered; its last day is included."""
    return today > due

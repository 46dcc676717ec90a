"""What the form of a proceeding sends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from gongkai.core.errors import Fault, Invalid
from gongkai.core.text.typed import one_line, paragraphs, read_id
from gongkai.supervision.proceedings.models import ACCOUNTABILITY, KINDS, MEETING, TALK

OUTCOME_LIMIT, REASON_LIMIT, MOST_PERSONS = 2000, 300, 10_000
_LINES = {
    "subject": ("事由", 200, True, "请用一句话写明会议议题、表扬或者约谈的事由"),
    "led_by": ("主持或者决定的机关、人员", 100, True, "请写明由谁主持、约谈或者决定"),
    "document_number": ("文号", 60, False, ""),
}


@dataclass(frozen=True, slots=True)
class ProceedingForm:
    """What an office records; `persons` for accountability only."""

    kind: str
    held_date: date
    subject: str
    led_by: str
    document_number: str
    outcome: str
    persons: int | None


def read_proceeding(values: Mapping[str, str], *, today: date) -> ProceedingForm:
    """A proceeding from its form.

    Raises:
        Invalid: naming each field that is missing, too long or unreadable.
    """
    faults: list[Fault] = []
    kind, day = values.get("kind", ""), None
    if kind not in KINDS:
        faults.append(Fault("kind", "事项没有选择", "请从列表中选择"))
    try:
        day = date.fromisoformat(values.get("held_date", "").strip())
    except ValueError:
        faults.append(Fault("held_date", "日期没有填写或者无效", "请按“2026-03-20”的形式填写"))
    if day is not None and day > today:
        faults.append(Fault("held_date", "日期晚于今天", "请在举行或者作出决定以后登记"))
    given = {name: _line(values, name, faults) for name in _LINES}
    outcome = paragraphs(values.get("outcome", ""))
    if kind in (TALK, ACCOUNTABILITY) and not outcome:
        faults.append(Fault("outcome", "结果没有填写", "请写明约谈提出的要求或者处理结果"))
    elif len(outcome) > OUTCOME_LIMIT:
        faults.append(Fault("outcome", f"结果过长（{len(outcome)}字）", f"请控制在{OUTCOME_LIMIT}字以内"))
    persons = _persons(values.get("persons", "").strip(), faults) if kind == ACCOUNTABILITY else None
    if faults or day is None:
        raise Invalid(faults)
    return ProceedingForm(kind, day, outcome=outcome, persons=persons, **given)


def needs_units(kind: str) -> bool:
    """Whether it is about units: a meeting need not be."""
    return kind != MEETING


def read_reason(text: str) -> str:
    """Why an entry is voided.

    Raises:
        Invalid: on the field `reason`, when there is none or it is too long.
    """
    reason = one_line(text)
    if not reason:
        raise Invalid([Fault("reason", "作废的原因没有填写", "请写明原因")])
    if len(reason) > REASON_LIMIT:
        raise Invalid([Fault("reason", f"作废的原因过长（{len(reason)}字）", f"请控制在{REASON_LIMIT}字以内")])
    return reason


def _persons(written: str, faults: list[Fault]) -> int:
    number = read_id(written)
    if number is None or number > MOST_PERSONS:
        faults.append(Fault("persons", "追究人数没有填写或者无效", "请填写人次，没有追究到人的填0"))
        return 0
    return number


def _line(values: Mapping[str, str], name: str, faults: list[Fault]) -> str:
    label, limit, required, remedy = _LINES[name]
    found = one_line(values.get(name, ""))
    if required and not found:
        faults.append(Fault(name, f"{label}没有填写", remedy))
    elif len(found) > limit:
        faults.append(Fault(name, f"{label}过长（{len(found)}字）", f"请控制在{limit}字以内"))
    return found

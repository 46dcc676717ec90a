"""What the forms of transfers send."""

from collections.abc import Mapping
from dataclasses import dataclass

from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Fault, Invalid
from gongkai.core.text.typed import one_line, paragraphs, read_id
from gongkai.supervision.transfers.states import Answer, Hall, Medium, Problem

_LINES = {
    "contact": ("联系人", 30, "请填写本单位负责送交的人员"),
    "phone": ("联系电话", 40, "请填写联系电话"),
}
TEXT_LIMIT, NOTE_LIMIT = 1000, 200


@dataclass(frozen=True, slots=True)
class Sending:
    """How a list is handed over, and who can be asked about it."""

    medium: Medium
    contact: str
    phone: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """What stands beside one row: a hall's problem or the unit's answer, each with a note."""

    code: str
    note: str = ""


def read_sending(values: Mapping[str, str]) -> Sending:
    """The form with which a unit hands a list over.

    Raises:
        Invalid: naming each field that is missing or too long.
    """
    faults: list[Fault] = []
    medium = values.get("medium", "")
    if medium not in tuple(Medium):
        faults.append(Fault("medium", "送交形式没有选择", "请选择纸质、电子或者两者"))
    given = {name: _line(values, name, faults) for name in _LINES}
    note = _text(values.get("note", ""), "note", "说明", faults)
    if faults:
        raise Invalid(faults)
    return Sending(Medium(medium), given["contact"], given["phone"], note)


def read_appointment(values: Mapping[str, str]) -> tuple[Hall, Period]:
    """As what a unit receives, and from which month on.

    Raises:
        Invalid: on `kind` and `from_period`.
    """
    faults: list[Fault] = []
    kind, period = values.get("kind", ""), None
    if kind not in tuple(Hall):
        faults.append(Fault("kind", "查阅场所类型没有选择", "请从列表中选择"))
    try:
        period = Period.parse(values.get("from_period", "").strip())
    except ValueError:
        faults.append(Fault("from_period", "起始月份没有填写或者无效", "请按“2026-03”的形式填写"))
    if faults or period is None:
        raise Invalid(faults)
    return Hall(kind), period


def read_problems(values: Mapping[str, str]) -> tuple[dict[int, Remark], str]:
    """What a hall finds wrong: row → problem, and a remark on the whole （`problem-7`, `note-7`, `text`）.

    Raises:
        Invalid: when nothing is said, or a note is too long.
    """
    faults: list[Fault] = []
    found = _remarks(values, "problem", tuple(Problem), faults)
    text = _text(values.get("text", ""), "text", "其他出入", faults)
    if not found and not text:
        faults.append(Fault("text", "没有标注任何出入", "请在有出入的信息后选择情况，清单漏列信息的请在此写明"))
    if faults:
        raise Invalid(faults)
    return found, text


def read_answers(values: Mapping[str, str]) -> tuple[dict[int, Remark], str]:
    """What a unit answers: row → answer, and a remark on the whole （`answer-7`, `note-7`, `text`）.

    Raises:
        Invalid: when the remark is missing, a note is too long, or a row is struck off without a reason.
    """
    faults: list[Fault] = []
    found = _remarks(values, "answer", tuple(Answer), faults)
    faults += [
        Fault(f"note-{row_id}", "撤销的信息没有写明原因", "请写明原因，如已撤下、重复列入")
        for row_id, one in found.items()
        if one.code == Answer.STRIKE and not one.note
    ]
    text = _text(values.get("text", ""), "text", "核对说明", faults)
    if not text:
        faults.append(Fault("text", "核对说明没有填写", "请写明核对和补送的情况"))
    if faults:
        raise Invalid(faults)
    return found, text


def _remarks(
    values: Mapping[str, str], name: str, codes: tuple[str, ...], faults: list[Fault]
) -> dict[int, Remark]:  # fmt: skip
    found = {}
    for key, code in values.items():
        row_id = read_id(key.removeprefix(f"{name}-")) if key.startswith(f"{name}-") else None
        if row_id is None or code not in codes:
            continue
        note = one_line(values.get(f"note-{row_id}", ""))
        if len(note) > NOTE_LIMIT:
            faults.append(Fault(f"note-{row_id}", f"说明过长（{len(note)}字）", f"请控制在{NOTE_LIMIT}字以内"))
        found[row_id] = Remark(code, note)
    return found


def _line(values: Mapping[str, str], name: str, faults: list[Fault]) -> str:
    label, limit, remedy = _LINES[name]
    found = one_line(values.get(name, ""))
    if not found:
        faults.append(Fault(name, f"{label}没有填写", remedy))
    elif len(found) > limit:
        faults.append(Fault(name, f"{label}过长（{len(found)}字）", f"请控制在{limit}字以内"))
    return found


def _text(written: str, name: str, label: str, faults: list[Fault]) -> str:
    found = paragraphs(written)
    if len(found) > TEXT_LIMIT:
        faults.append(Fault(name, f"{label}过长（{len(found)}字）", f"请控制在{TEXT_LIMIT}字以内"))
    return found

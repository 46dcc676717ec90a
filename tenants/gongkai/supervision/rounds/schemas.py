"""What the forms of the verification round send."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from gongkai.core.errors import Fault, Invalid
from gongkai.core.text.typed import one_line, read_id
from gongkai.supervision.addresses import read_address
from gongkai.supervision.rounds.states import Answer

FEWEST_DAYS, MOST_DAYS = 2, 30
NOTE_LIMIT, REASON_LIMIT = 900, 200


@dataclass(frozen=True, slots=True)
class Statement:
    """What a unit says to one fact; an objection has its reason and evidence （网址或者附件）."""

    answer: Answer
    note: str = ""
    link: str = ""


def read_statements(
    values: Mapping[str, str], *, line_ids: Sequence[int], files: Collection[int]
) -> dict[int, Statement]:
    """The answers to all facts of a sheet; `files` are the facts that come with a file.

    Raises:
        Invalid: naming `answer-<id>`, `note-<id>`, `link-<id>` of each fact that is not answered in full.
    """
    faults: list[Fault] = []
    found = {line_id: _statement(values, line_id, line_id in files, faults) for line_id in line_ids}
    if faults:
        raise Invalid(faults)
    return found


def _statement(values: Mapping[str, str], line_id: int, has_file: bool, faults: list[Fault]) -> Statement:
    given = values.get(f"answer-{line_id}", "")
    if given not in (Answer.AGREE, Answer.CONTEST):
        faults.append(Fault(f"answer-{line_id}", "未选择反馈意见", "请选择“无异议”或者“有异议”"))
        return Statement(Answer.NONE)
    if given == Answer.AGREE:
        return Statement(Answer.AGREE)
    note = one_line(values.get(f"note-{line_id}", ""))
    if not note:
        faults.append(Fault(f"note-{line_id}", "有异议，但没有填写说明", "请写明事实和依据"))
    elif len(note) > NOTE_LIMIT:
        faults.append(Fault(f"note-{line_id}", f"说明过长（{len(note)}字）", f"请控制在{NOTE_LIMIT}字以内"))
    label, wrong = "佐证网址", len(faults)
    link = read_address(values.get(f"link-{line_id}", ""), field=f"link-{line_id}", label=label, faults=faults)
    if not link and not has_file and len(faults) == wrong:
        faults.append(Fault(f"link-{line_id}", "有异议，但没有佐证", "请填写佐证网址，或者上传附件"))
    return Statement(Answer.CONTEST, note, link)


def read_days(text: str) -> int:
    """The working days that units have to answer.

    Raises:
        Invalid: on `working_days`.
    """
    days = read_id(text.strip()) or 0
    if not FEWEST_DAYS <= days <= MOST_DAYS:
        remedy = f"请填写{FEWEST_DAYS}至{MOST_DAYS}个工作日"
        raise Invalid([Fault("working_days", "反馈时限没有填写或者无效", remedy)])
    return days


def read_reason(text: str, *, field: str, what: str) -> str:
    """A reason that is kept: why units are not asked, why a fact is kept or corrected.

    Raises:
        Invalid: on the field, when there is none or it is too long.
    """
    reason = one_line(text)
    if not reason:
        raise Invalid([Fault(field, f"{what}没有填写", "请写明理由，留存备查")])
    if len(reason) > REASON_LIMIT:
        raise Invalid([Fault(field, f"{what}过长（{len(reason)}字）", f"请控制在{REASON_LIMIT}字以内")])
    return reason

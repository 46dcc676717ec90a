"""What the forms of reminder slips send."""

from collections.abc import Mapping
from dataclasses import dataclass

from gongkai.core.errors import Fault, Invalid
from gongkai.core.text.typed import one_line, paragraphs, read_id
from gongkai.supervision.addresses import read_address

MOST_DAYS = 60
_LINES = {
    "matter": ("提示事项", 100, "请用一句话写明提示的事项"),
    "basis": ("依据", 300, "请写明依据的文件、条款或者检查情况"),
    "contact": ("联系人", 30, "请填写本机关的联系人"),
    "phone": ("联系电话", 40, "请填写联系电话"),
}
BODY_LIMIT, REPLY_LIMIT, REASON_LIMIT, ABOUT_LIMIT = 3000, 2000, 500, 200


@dataclass(frozen=True, slots=True)
class SlipForm:
    """What an office writes: `working_days` is the time for the reply, counted from the day after the issue."""

    matter: str
    basis: str
    body: str
    working_days: int
    contact: str
    phone: str
    about: str = ""
    about_url: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a unit answers; `link` is the page where the result is to be seen, if there is one."""

    text: str
    link: str = ""


def read_slip(values: Mapping[str, str]) -> SlipForm:
    """A slip from its form.

    Raises:
        Invalid: naming each field that is missing, too long or unreadable.
    """
    faults: list[Fault] = []
    given = {name: _line(values, name, faults) for name in _LINES}
    body = paragraphs(values.get("body", ""))
    if not body:
        faults.append(Fault("body", "提示内容没有填写", "请写明存在的情况和需要做什么"))
    elif len(body) > BODY_LIMIT:
        faults.append(Fault("body", f"提示内容过长（{len(body)}字）", f"请控制在{BODY_LIMIT}字以内"))
    about = one_line(values.get("about", ""))
    if len(about) > ABOUT_LIMIT:
        faults.append(Fault("about", f"涉及的栏目、信息或者问题过长（{len(about)}字）", f"请控制在{ABOUT_LIMIT}字以内"))
    url = read_address(values.get("about_url", ""), field="about_url", label="涉及页面的网址", faults=faults)
    days = read_days(values.get("working_days", ""), faults)
    if faults:
        raise Invalid(faults)
    return SlipForm(body=body, about=about, about_url=url, working_days=days, **given)


def read_reply(values: Mapping[str, str]) -> Reply:
    """A reply from its form.

    Raises:
        Invalid: when there is no text, or the link is no address.
    """
    faults: list[Fault] = []
    text = paragraphs(values.get("text", ""))
    if not text:
        faults.append(Fault("text", "回复内容没有填写", "请写明核实情况和办理结果"))
    elif len(text) > REPLY_LIMIT:
        faults.append(Fault("text", f"回复内容过长（{len(text)}字）", f"请控制在{REPLY_LIMIT}字以内"))
    link = read_address(values.get("link", ""), field="link", label="办理结果网址", faults=faults)
    if faults:
        raise Invalid(faults)
    return Reply(text, link)


def read_reason(text: str, *, what: str) -> str:
    """Why a reply is returned or a slip withdrawn.

    Raises:
        Invalid: on the field `reason`, when there is none or it is too long.
    """
    reason = paragraphs(text)
    if not reason:
        raise Invalid([Fault("reason", f"{what}的原因没有填写", "请写明原因，单位将看到")])
    if len(reason) > REASON_LIMIT:
        raise Invalid([Fault("reason", f"{what}的原因过长（{len(reason)}字）", f"请控制在{REASON_LIMIT}字以内")])
    return reason


def read_return(values: Mapping[str, str]) -> tuple[str, int]:
    """Why a reply is returned, and in how many working days the unit has to reply anew.

    Raises:
        Invalid: on `reason` and `working_days`.
    """
    faults: list[Fault] = []
    days, reason = read_days(values.get("working_days", ""), faults), ""
    try:
        reason = read_reason(values.get("reason", ""), what="退回")
    except Invalid as error:
        faults = [*error.faults, *faults]
    if faults:
        raise Invalid(faults)
    return reason, days


def read_days(text: str, faults: list[Fault]) -> int:
    """A number of working days, 1 to `MOST_DAYS`; 0 with a fault of `working_days` for anything else."""
    days = read_id(text.strip()) or 0
    if 1 <= days <= MOST_DAYS:
        return days
    faults.append(Fault("working_days", "回复时限没有填写或者无效", f"请填写1至{MOST_DAYS}个工作日"))
    return 0


def _line(values: Mapping[str, str], name: str, faults: list[Fault]) -> str:
    label, limit, remedy = _LINES[name]
    found = one_line(values.get(name, ""))
    if not found:
        faults.append(Fault(name, f"{label}没有填写", remedy))
    elif len(found) > limit:
        faults.append(Fault(name, f"{label}过长（{len(found)}字）", f"请控制在{limit}字以内"))
    return found

"""What the forms of spot checks send."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from gongkai.core.errors import Fault, Invalid
from gongkai.core.text.typed import one_line, paragraphs, read_id
from gongkai.supervision.spotchecks.models import RESULTS

TITLE_LIMIT, LOOKED_LIMIT, MOST = 100, 500, 500
_SEPARATORS = re.compile(r"[\n、，,；;]+")


@dataclass(frozen=True, slots=True)
class CheckForm:
    """What is to be drawn: items published from one day to another, both included, in these columns （none: all）."""

    title: str
    first: date
    last: date
    columns: tuple[str, ...]
    size: int
    each_unit: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What a check of one item found; a problem has its rule, class （of SR-O1） and words, and a day if one is set."""

    result: str
    looked_at: str
    text: str = ""
    rule: str = ""
    problem_class: str = ""
    due: date | None = None


def read_check(values: Mapping[str, str], *, today: date) -> CheckForm:
    """A draw from its form.

    Raises:
        Invalid: naming each field that is missing or unreadable.
    """
    faults: list[Fault] = []
    title = one_line(values.get("title", ""))
    if not title:
        faults.append(Fault("title", "抽查名称没有填写", "如：一季度政策文件栏目抽查"))
    elif len(title) > TITLE_LIMIT:
        faults.append(Fault("title", f"抽查名称过长（{len(title)}字）", f"请控制在{TITLE_LIMIT}字以内"))
    first, last = (_day(values, name, label, faults) for name, label in (("first", "起始日期"), ("last", "截止日期")))
    if first and last and not first <= last <= today:
        faults.append(Fault("last", "截止日期早于起始日期或者晚于今天", "请核对发布日期的范围"))
    size = read_id(values.get("size", "").strip()) or 0
    if not 1 <= size <= MOST:
        faults.append(Fault("size", "抽取条数没有填写或者无效", f"请填写1至{MOST}"))
    columns = tuple(dict.fromkeys(filter(None, map(one_line, _SEPARATORS.split(values.get("columns", ""))))))
    if faults or first is None or last is None:
        raise Invalid(faults)
    return CheckForm(title, first, last, columns, size, values.get("manner") == "each")


def read_found(values: Mapping[str, str]) -> Found:
    """A check record from its form; what the ledger asks of a problem it says itself.

    Raises:
        Invalid: when there is no result or it does not say what was looked at.
    """
    faults: list[Fault] = []
    result, looked_at = values.get("result", ""), one_line(values.get("looked_at", ""))
    if result not in RESULTS:
        faults.append(Fault("result", "检查结果没有选择", "请从列表中选择"))
    if not looked_at:
        faults.append(Fault("looked_at", "检查内容没有填写", "请写明核对了哪些方面，如要素、附件、时限"))
    elif len(looked_at) > LOOKED_LIMIT:
        faults.append(Fault("looked_at", f"检查内容过长（{len(looked_at)}字）", f"请控制在{LOOKED_LIMIT}字以内"))
    due = None
    if values.get("due", "").strip():
        due = _day(values, "due", "整改时限", faults)
    text = paragraphs(values.get("text", ""))
    if result in RESULTS and result != "problem" and text:
        faults.append(Fault("result", "填写了具体表现，检查结果却不是存在问题", "请选择“存在问题”，或者删去具体表现"))
    if faults:
        raise Invalid(faults)
    return Found(result, looked_at, text, values.get("rule", ""), values.get("class", ""), due)


def _day(values: Mapping[str, str], name: str, label: str, faults: list[Fault]) -> date | None:
    try:
        return date.fromisoformat(values.get(name, "").strip())
    except ValueError:
        faults.append(Fault(name, f"{label}没有填写或者无效", "请按“2026-03-01”的形式填写"))
        return None

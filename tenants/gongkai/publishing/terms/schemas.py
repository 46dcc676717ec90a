"""Input of the term lists: a form's or a spreadsheet row's texts → an entry, with a fault for each bad field."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from gongkai.core.errors import Fault, Invalid
from gongkai.publishing.terms.models import KINDS, LEVELS
from gongkai.publishing.terms.rules import compact

FIELDS = {
    "kind": "类别",
    "wrong": "词条",
    "right": "规范表述",
    "level": "级别",
    "rank": "排序",
    "valid_from": "起始日期",
    "valid_to": "截止日期",
    "note": "说明",
}
LENGTHS = {"wrong": 100, "right": 200, "note": 300}
REASON_LENGTH = 300
SHORTEST = 2


@dataclass(frozen=True, slots=True)
class TermForm:
    """What an entry says; see `TermEntry`."""

    kind: str
    wrong: str
    right: str = ""
    level: str = "warn"
    rank: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    note: str = ""

    def content(self) -> dict[str, Any]:
        """The entry in JSON types, as a version keeps it."""
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(self).items()}


def read_term(values: Mapping[str, str]) -> TermForm:
    """Read an entry.

    Raises:
        Invalid: naming each field that is wrong.
    """
    faults: list[Fault] = []
    texts = {name: _text(values, name, faults) for name in LENGTHS}
    kind = values.get("kind", "").strip()
    if kind not in KINDS:
        faults.append(Fault("kind", "未选择类别", f"请选择{'、'.join(KINDS.values())}之一"))
    level = values.get("level", "").strip()
    if level not in LEVELS:
        faults.append(Fault("level", "未选择级别", "请选择“禁止”（不能送审）或“提示”（须说明理由）"))
    form = TermForm(
        kind=kind,
        level=level,
        rank=_rank(values, kind, faults),
        valid_from=_date(values, "valid_from", faults),
        valid_to=_date(values, "valid_to", faults),
        **texts,
    )
    faults += _contradictions(form)
    if faults:
        raise Invalid(faults)
    return form


def read_reason(values: Mapping[str, str]) -> str:
    """The reason of a change.

    Raises:
        Invalid: when it is missing or too long.
    """
    reason = " ".join(values.get("reason", "").split())
    if not reason:
        raise Invalid([Fault("reason", "未填写修改原因", "请写明修改的原因或依据文件")])
    if len(reason) > REASON_LENGTH:
        raise Invalid([Fault("reason", f"修改原因过长（{len(reason)}字）", f"请控制在{REASON_LENGTH}字以内")])
    return reason


def _contradictions(form: TermForm) -> list[Fault]:
    faults = []
    plain = compact(form.wrong)
    if len(plain) < SHORTEST:
        faults.append(Fault("wrong", "词条为空或只有一个字", "请填写两个字以上的词语，避免误报"))
    if form.kind != "leader" and form.right and compact(form.right) == plain:
        problem = "词条与规范表述只有全半角、繁简或大小写的区别，系统不能区分"
        faults.append(Fault("right", problem, "请核对，或将规范表述留空"))
    if form.valid_from and form.valid_to and form.valid_to < form.valid_from:
        faults.append(Fault("valid_to", "截止日期早于起始日期", "请核对日期"))
    return faults


def _text(values: Mapping[str, str], name: str, faults: list[Fault]) -> str:
    found = " ".join(values.get(name, "").split())
    if len(found) > LENGTHS[name]:
        faults.append(Fault(name, f"{FIELDS[name]}过长（{len(found)}字）", f"请控制在{LENGTHS[name]}字以内"))
    if not found.isprintable():
        faults.append(Fault(name, f"{FIELDS[name]}含有不可见的控制字符", "请重新输入"))
    return found


def _rank(values: Mapping[str, str], kind: str, faults: list[Fault]) -> int | None:
    written = values.get("rank", "").strip()
    if kind != "leader" or not written:
        return None
    if not written.isascii() or not written.isdigit() or not 0 < int(written[:9]) < 10_000:
        faults.append(Fault("rank", f"排序“{written[:20]}”不是1至9999的整数", "请填写名单中的顺序号"))
        return None
    return int(written)


def _date(values: Mapping[str, str], name: str, faults: list[Fault]) -> date | None:
    written = values.get(name, "").strip()
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        problem = f"{FIELDS[name]}“{written[:20]}”不是有效日期"
        faults.append(Fault(name, problem, "请按2023-03-23的格式填写"))
        return None

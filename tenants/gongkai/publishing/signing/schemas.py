"""What the form of a registration holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from gongkai.core.errors import Fault, Invalid
from gongkai.publishing.signing.digest import read_code
from gongkai.publishing.signing.models import DECISIONS

OPINION_LIMIT = 500


@dataclass(frozen=True, slots=True)
class PaperForm:
    """A signed sheet as its registrar describes it.

    Attributes:
        decision: key of `DECISIONS`; a return carries its `opinion`.
        code: the code （校验码） printed on the sheet.
    """

    signatory_id: int
    signed_date: date
    decision: str
    opinion: str
    code: str


def read_paper_form(values: Mapping[str, str]) -> PaperForm:
    """The form as it was sent.

    Raises:
        Invalid: naming each field that is empty or cannot be read.
    """
    faults: list[Fault] = []
    signatory = values.get("signatory_id", "")
    if not (signatory.isascii() and signatory.isdigit() and len(signatory) < 19):
        faults.append(Fault("signatory_id", "未选择签字人", "请选择在呈批单上签字的同志"))
    signed = _day(values.get("signed_date", "").strip())
    if signed is None:
        faults.append(Fault("signed_date", "签字日期未填写或格式有误", "请按呈批单上的落款填写，如2026-03-20"))
    decision = values.get("decision", "agree")
    if decision not in DECISIONS:
        faults.append(Fault("decision", "未选择签批结果", "请选择同意或退回修改"))
    opinion = values.get("opinion", "").strip()
    if decision == "return" and not opinion:
        faults.append(Fault("opinion", "未填写退回意见", "请照录呈批单上的意见"))
    if len(opinion) > OPINION_LIMIT:
        faults.append(Fault("opinion", f"意见超过{OPINION_LIMIT}字", "请摘录主要内容，原件以扫描件为准"))
    code = read_code(values.get("code", ""))
    if not code:
        faults.append(Fault("code", "未填写校验码", "请照录呈批单“校验码”一栏，如1A2B3C4D-1"))
    if faults or signed is None:
        raise Invalid(faults)
    return PaperForm(int(signatory), signed, decision, opinion, code)


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None

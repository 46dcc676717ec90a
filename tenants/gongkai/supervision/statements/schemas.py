"""What the forms of statements send."""

from collections.abc import Mapping

from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Fault, Invalid
from gongkai.core.text.typed import paragraphs

REASON_LIMIT = 1000


def read_statement(values: Mapping[str, str]) -> tuple[Period, str]:
    """The month and the reason from the form.

    Raises:
        Invalid: on `period` and `reason`.
    """
    faults: list[Fault] = []
    period = None
    try:
        period = Period.parse(values.get("period", ""))
    except ValueError:
        faults.append(Fault("period", "月份没有选择", "请选择需要说明的月份"))
    reason = _read(values, "无应公开信息的理由", "请写明本月履职情况和没有应公开信息的理由", faults)
    if faults or period is None:
        raise Invalid(faults)
    return period, reason


def read_reason(values: Mapping[str, str]) -> str:
    """Why a statement is returned or not signed.

    Raises:
        Invalid: on `reason`, when there is none or it is too long.
    """
    faults: list[Fault] = []
    reason = _read(values, "理由", "请写明理由，填报人将看到", faults)
    if faults:
        raise Invalid(faults)
    return reason


def _read(values: Mapping[str, str], label: str, remedy: str, faults: list[Fault]) -> str:
    text = paragraphs(values.get("reason", ""))
    if not text:
        faults.append(Fault("reason", f"{label}没有填写", remedy))
    elif len(text) > REASON_LIMIT:
        faults.append(Fault("reason", f"{label}过长（{len(text)}字）", f"请控制在{REASON_LIMIT}字以内"))
    return text

"""Consultations of the public （征求意见）: items with a first and a last day, in the columns where they are announced.

Sources: `catalog.md` section 12, form D19, 重大行政决策程序暂行条例 art. 15: 30 days as a rule, a reason for less.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from gongkai.core.errors import Fault

COLUMNS = frozenset({"zdjc", "gsgg"})
"""Codes of the columns 重大行政决策 and 公示公告, in which consultations are announced and answered."""
FROM, UNTIL, REASON = "consult_from", "consult_until", "consult_reason"
USUAL_DAYS = 30
_CALLS = re.compile("征[求集].*意见|意见征集")
_ANSWERS = re.compile("结果|反馈|采纳|情况")


@dataclass(frozen=True, slots=True)
class Consultation:
    """From when until when the public is asked, both days included, and why the time is short."""

    first: date
    last: date
    reason: str = ""

    @property
    def days(self) -> int:
        """How many days there are to answer."""
        return (self.last - self.first).days + 1


def consultation_of(optional: Mapping[str, Any]) -> Consultation | None:
    """The consultation that an item announces; None where it announces none, or its days cannot be read."""
    first, last = _day(optional.get(FROM)), _day(optional.get(UNTIL))
    return Consultation(first, last, str(optional.get(REASON) or "")) if first and last else None


def consultation_words(optional: Mapping[str, Any]) -> str:
    """The time of a consultation as the item's page tells it; empty where there is none."""
    found = consultation_of(optional)
    if found is None:
        return ""
    reason = f"（不足{USUAL_DAYS}日的理由：{found.reason.rstrip('。')}）" if found.reason else ""
    return f"{found.first.isoformat()}至{found.last.isoformat()}{reason}"


def consultation_faults(title: str, optional: Mapping[str, Any], column: str) -> Iterator[Fault]:
    """What is wrong with the days of a consultation in a column with this code."""
    labels = {FROM: "征求意见开始日期", UNTIL: "征求意见截止日期"}
    if not any(optional.get(name) for name in labels):
        if column in COLUMNS and _CALLS.search(title) and not _ANSWERS.search(title):
            remedy = "公开征求意见的，请填写起止日期；不是征求意见公告的，请说明"
            yield Fault(FROM, "标题为征求意见，没有填写征求意见起止日期", remedy, "warn", "consultation_days")
        return
    unread = [name for name in labels if _day(optional.get(name)) is None]
    for name in unread:
        written = str(optional.get(name) or "")
        problem = f"{labels[name]}“{written[:20]}”不是有效日期" if written else f"未填写{labels[name]}"
        yield Fault(name, problem, "请按2023-03-23的格式填写", "block", f"{name}_day")
    found = consultation_of(optional)
    if found is None:
        return
    if found.last < found.first:
        yield Fault(UNTIL, "征求意见截止日期早于开始日期", "请核对日期", "block", "consultation_order")
    elif found.days < USUAL_DAYS and not found.reason.strip():
        problem = f"征求意见{found.days}天，少于{USUAL_DAYS}天，未说明理由"
        yield Fault(REASON, problem, "请延长期限，或者填写期限不足的理由", "block", "consultation_short")


def _day(written: Any) -> date | None:
    try:
        return date.fromisoformat(str(written or ""))
    except ValueError:
        return None

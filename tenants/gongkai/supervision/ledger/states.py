"""States of a finding and the ways between them, as data (`supervision.md` 5.3)."""

from dataclasses import dataclass
from typing import Literal

from gongkai.core.errors import Refused

STATE_LABELS = {
    "noted": "提示",
    "candidate": "待核实",
    "open": "待整改",
    "in_progress": "整改中",
    "disputed": "有异议",
    "dismissed": "经核实不成立",
    "claimed_fixed": "已反馈整改",
    "closed": "已销号",
    "reopened": "复查未通过",
}
OPEN_STATES = ("open", "in_progress", "disputed", "claimed_fixed", "reopened")
"""States in which something is still to be done about a problem that was established.

A `candidate` waits for a person to establish it; what is only `noted` asks for nothing."""
STANDING = "closed_at IS NULL"
"""Condition: the record is not closed; a dismissed one stands until the matter itself ends, and stays dismissed."""
FOUND_BY = {
    "system": "系统",
    "inspector": "督查人员",
    "third_party": "第三方评估机构",
    "superior": "上级机关",
    "citizen": "群众",
}
STILL_WRONG, LISTED_ONLY = "still_wrong", "listed_only"
MANNERS = {
    STILL_WRONG: "反馈已整改，经复查仍存在问题",
    LISTED_ONLY: "仅处理通知所列栏目，未全面排查",
}
"""How a claim of rectification can be false."""
ELSEWHERE = "elsewhere"
"""In the detail of a failed claim: what was named is put right, and the same stands elsewhere in the unit."""
Who = Literal["unit", "office", "system"]


@dataclass(frozen=True, slots=True)
class Way:
    """A step of the ledger: from which states it starts, where it leads, who takes it, and what it is called."""

    sources: tuple[str, ...]
    target: str
    who: Who
    label: str


WAYS = {
    "confirm": Way(("candidate",), "open", "office", "核实成立"),
    "reject": Way(("candidate",), "dismissed", "office", "核实不成立"),
    "accept": Way(("open", "reopened"), "in_progress", "unit", "签收并落实责任人"),
    "dispute": Way(("open", "in_progress", "reopened"), "disputed", "unit", "提出异议"),
    "uphold": Way(("disputed",), "open", "office", "异议不成立，继续整改"),
    "sustain": Way(("disputed",), "dismissed", "office", "异议成立，不再整改"),
    "claim": Way(("in_progress",), "claimed_fixed", "unit", "反馈整改结果"),
    "pass": Way(("claimed_fixed",), "closed", "office", "复查通过，销号"),
    "fail": Way(("claimed_fixed",), "reopened", "office", "复查未通过"),
    "lapse": Way((*OPEN_STATES, "noted", "candidate", "dismissed"), "closed", "system", "问题已消除，系统销号"),
}
EVENTS = {name: way.label for name, way in WAYS.items()} | {
    "found": "发现问题",
    "found_again": "问题再次出现",
    "changed": "情况变化",
    "exempted": "经批准暂不适用",
    "extended": "延长整改时限",
    "circulated": "列入通报",
}


def target_of(event: str, state: str, who: Who) -> str:
    """The state that a step leads to.

    Raises:
        Refused: when it cannot be taken from this state, or not by these people.
    """
    way = WAYS[event]
    if state not in way.sources:
        raise Refused(f"问题当前为“{STATE_LABELS[state]}”，不能{way.label}。请刷新页面后再办理。")
    if way.who != who and who != "system":
        raise Refused(f"“{way.label}”不由本单位办理。")
    return way.target

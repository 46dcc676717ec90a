"""The catalogue of supervision rules as data (`catalogue.toml`; `supervision.md` sections 1.3, 3 and 6)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import TypeAdapter

Severity = Literal["veto", "high", "medium", "low", "info", "bonus"]
SEVERITIES: dict[Severity, str] = {
    "veto": "单项否决",
    "high": "高",
    "medium": "中",
    "low": "低",
    "info": "提示",
    "bonus": "加分",
}
"""In the order in which a circular lists problems."""
ENABLED, POINTS, DAYS = "enabled", "points", "rectify_days"
"""Parameters that every rule has: whether it is applied (1 or 0), its points, working days for the rectification."""
_DAYS: dict[Severity, int] = {"veto": 1, "high": 3, "medium": 5, "low": 10, "info": 0, "bonus": 0}
UNITS_OF_POINTS = "分"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number of a rule that an office can set; `unit` stands behind it on the page."""

    label: str
    unit: str
    value: Decimal
    lowest: Decimal
    highest: Decimal


@dataclass(frozen=True, slots=True)
class Family:
    """Rules whose points are capped together."""

    label: str
    cap: Decimal


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A rule of supervision.

    Attributes:
        family: key of `FAMILIES`, whose cap its points fall under.
        problem_class: class of circulars (PB-…); empty for a bonus.
        points: for each finding; `per` says otherwise: for each `step`, `tenth`, `link` or `number` that the evidence
            counts, or those of the finding that it is about, `again` or `double`, where these are more.
        kind: an `event` belongs to the month in which it happened, a `condition` lasts until it no longer holds.
        sentence: what is wrong, to be filled with a finding's evidence.
        candidate: a finding waits until a person confirms it; `entered`: a person records it with evidence.
    """

    title: str
    definition: str
    family: str
    problem_class: str
    severity: Severity
    points: Decimal
    kind: Literal["event", "condition"]
    sentence: str
    per: Literal["each", "tenth", "step", "link", "number", "again", "double"] = "each"
    basis: str = ""
    candidate: bool = False
    entered: bool = False
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    @property
    def lasting(self) -> bool:
        """Whether it lasts until it no longer holds."""
        return self.kind == "condition"

    def default(self, parameter: str) -> Decimal:
        """The value of a parameter where no office has set one.

        Raises:
            KeyError: when the rule has no such parameter.
        """
        if parameter == ENABLED:
            return Decimal(1)
        if parameter == DAYS:
            return Decimal(_DAYS[self.severity])
        return self.points if parameter == POINTS else self.parameters[parameter].value

    def settable(self) -> dict[str, Parameter]:
        """Its own parameters, and those that every rule has."""
        highest = Decimal(0) if self.points <= 0 else Decimal(20)
        points = Parameter("每项分值", UNITS_OF_POINTS, self.points, highest - 20, highest)
        enabled = Parameter("启用（1启用，0不启用）", "", Decimal(1), Decimal(0), Decimal(1))
        days = Parameter("整改时限", "个工作日", Decimal(_DAYS[self.severity]), Decimal(1), Decimal(60))
        rectified = {DAYS: days} if _DAYS[self.severity] else {}
        return {**self.parameters, POINTS: points, **rectified, ENABLED: enabled}


@cache
def _written() -> dict[str, Any]:
    return tomllib.loads((files("gongkai.supervision") / "catalogue.toml").read_text(encoding="utf8"))


FAMILIES = TypeAdapter(dict[str, Family]).validate_python(_written()["families"])
RULES = TypeAdapter(dict[str, RuleSpec]).validate_python(_written()["rules"])
SCORES, RANKED, WEIGHT, CAP = "SCORES", "ranked", "weight:{:02d}", "cap:{}"
"""Code under which an office sets what its scores go by: whether units are ranked, the weight of each month of the
year in quarters and years, the cap of each family."""
PROBLEM_CLASSES = {
    "PB-BLANKMONTH": "空白月",
    "PB-QUOTA": "未完成月度任务",
    "PB-TRAIN": "培训组织不到位",
    "PB-STALE": "栏目更新不及时",
    "PB-BLANK": "空白栏目",
    "PB-LATE": "文件公开超过法定时限",
    "PB-LOGIC": "发布日期与成文日期逻辑错误",
    "PB-META": "公开要素缺失或不规范",
    "PB-WRONGCOL": "内容与栏目不符",
    "PB-INTERP": "政策解读不到位",
    "PB-TEXT": "错别字和表述错误",
    "PB-LINK": "链接或附件无法打开",
    "PB-PRIV": "泄露个人信息",
    "PB-MSG": "留言办理不及时",
    "PB-CONSULT": "征集意见结果未反馈",
    "PB-UTIL": "公共企事业单位信息公开不到位",
    "PB-TASK": "上级部署任务未落实",
    "PB-MEDIA": "政务新媒体管理不到位",
    "PB-REQ": "依申请公开办理不规范",
    "PB-ANNUAL": "年度报告发布不及时或不规范",
    "PB-RECT": "整改不及时或不实",
    "PB-REG": "网站和新媒体备案信息不准确",
}


def parameters_of(code: str) -> Mapping[str, Parameter]:
    """The numbers of a rule that an office can set; those of the scores for `SCORES`.

    Raises:
        KeyError: when there is no such rule.
    """
    return RULES[code].settable() if code != SCORES else _of_scores()


@cache
def _of_scores() -> dict[str, Parameter]:
    one, most = Decimal(1), Decimal(100)
    weights = {WEIGHT.format(month): Parameter(f"{month}月权重", "", one, Decimal(0), most) for month in range(1, 13)}
    caps = {
        CAP.format(key): Parameter(f"“{family.label}”类上限", UNITS_OF_POINTS, family.cap, Decimal(0), most)
        for key, family in FAMILIES.items()
    }
    return {RANKED: Parameter("类内排名（1排名，0不排名）", "", Decimal(0), Decimal(0), one), **weights, **caps}


def default_of(code: str, parameter: str) -> Decimal:
    """The value of a parameter, of a rule or of the scores, where no office has set one.

    Raises:
        KeyError: when there is no such rule or parameter.
    """
    return _of_scores()[parameter].value if code == SCORES else RULES[code].default(parameter)


def class_label(code: str) -> str:
    """A problem class in words; an unknown code stands as it is."""
    return PROBLEM_CLASSES.get(code, code)


def rule_label(code: str) -> str:
    """A rule in words; an unknown code stands as it is."""
    if code == SCORES:
        return "评分办法"
    return RULES[code].title if code in RULES else code


def describe(rule_code: str, evidence: Mapping[str, Any]) -> str:
    """A finding's evidence as one sentence: what was due and what was there."""
    spec = RULES.get(rule_code)
    if spec is None or "text" in evidence:
        return str(evidence.get("text", ""))
    return spec.sentence.format_map(evidence)

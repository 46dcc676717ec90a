"""Problem classes of circulars and the rules behind them, as data (`supervision.md` sections 1.3 and 6)."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class RuleNote:
    """What a rule is called on the page, the class it belongs to, and its severity in words."""

    name: str
    problem_class: str
    severity: str


RULES = {
    "SR-Q1": RuleNote("未完成月度任务", "PB-QUOTA", "中"),
    "SR-Q2": RuleNote("本月未发布信息（空白月）", "PB-BLANKMONTH", "高"),
    "SR-Q3": RuleNote("连续空白月", "PB-BLANKMONTH", "高"),
}
STATE_LABELS = {
    "open": "待整改",
    "in_progress": "整改中",
    "disputed": "有异议",
    "dismissed": "经核实不成立",
    "claimed_fixed": "已反馈整改",
    "closed": "已销号",
    "reopened": "复查未通过",
}
OPEN_STATES = ("open", "in_progress", "disputed", "claimed_fixed", "reopened")
EVENTS = {"found": "发现问题", "changed": "数据变化", "lapsed": "问题已消除，系统销号", "found_again": "问题再次出现"}


def class_label(code: str) -> str:
    """A problem class in words; an unknown code stands as it is."""
    return PROBLEM_CLASSES.get(code, code)


def rule_label(code: str) -> str:
    """A rule in words; an unknown code stands as it is."""
    return RULES[code].name if code in RULES else code

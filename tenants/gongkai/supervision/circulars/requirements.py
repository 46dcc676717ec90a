"""What a circular demands: one sentence for each class that occurred (who, what, by which date), deadline, contact."""

from collections.abc import Sequence
from datetime import date

from gongkai.supervision.circulars.details import Details
from gongkai.supervision.circulars.problems import BLANK, FALSE_CLAIM, QUOTA, REPORT, TRAINING, ProblemClass
from gongkai.supervision.circulars.prose import DraftParagraph, Part, Token
from gongkai.supervision.circulars.snapshot import Snapshot

DEMANDS = {
    BLANK: "{空白}的单位要于{整改时限}前补充公开应公开的信息，并向政务公开办公室书面说明原因。",
    QUOTA: "未完成月度任务的单位要对照任务查找原因，于{整改时限}前补充公开已形成未公开的信息，下月起按月完成任务。",
    TRAINING: "未参加培训的单位要组织补训，于{整改时限}前报送补训情况。",
    REPORT: "未发布年度报告的单位要于{整改时限}前完成发布，有下级单位的一并督促其发布。",
    FALSE_CLAIM: "整改不实的单位要全面排查、逐项整改，于{整改时限}前重新反馈，由单位负责人审核签字。",
    "PB-STALE": "栏目更新不及时的单位要于{整改时限}前补充更新，此后按栏目更新周期做好维护。",
    "PB-BLANK": "存在空白栏目的单位要于{整改时限}前补充内容，确无内容的报政务公开办公室核定后调整。",
    "PB-LATE": "文件公开超过法定时限的单位要于{整改时限}前说明原因，今后在法定时限内公开。",
    "PB-LOGIC": "日期存在逻辑错误的单位要于{整改时限}前逐件核对更正，不得更改发布日期。",
    "PB-META": "公开要素缺失或不规范的单位要于{整改时限}前补齐要素、清理重复内容，修复不能打开的内容。",
    "PB-WRONGCOL": "内容与栏目不符的单位要于{整改时限}前清理调整，不得以无关内容充数。",
    "PB-INTERP": "政策解读不到位的单位要于{整改时限}前补充解读并与文件相互关联，今后同步起草、同步审批、同步发布。",
    "PB-TEXT": "存在错别字和表述错误的单位要于{整改时限}前更正，落实发布前审校责任。",
    "PB-LINK": "链接或附件无法打开的单位要于{整改时限}前修复或撤除，并对全部链接进行一次排查。",
    "PB-PRIV": "泄露个人信息的单位要立即撤下并作去标识化处理，于{整改时限}前书面报告处置情况。",
    "PB-MSG": "留言办理不及时的单位要于{整改时限}前办结答复，今后按时限办理。",
    "PB-CONSULT": "征集意见后未反馈结果的单位要于{整改时限}前公开采纳情况。",
    "PB-UTIL": "公共企事业单位要于{整改时限}前按公开目录补充公开有关信息，主管部门负责督促。",
    "PB-TASK": "上级部署任务未落实的单位要于{整改时限}前落实到位，并反馈完成情况和网页链接。",
    "PB-MEDIA": "政务新媒体管理不到位的单位要于{整改时限}前恢复更新和互动，确无力维护的依规关停。",
    "PB-REQ": "依申请公开办理不规范的单位要于{整改时限}前依法办结或纠正，严格遵守答复时限和程序。",
    "PB-REG": "备案信息不准确的单位要于{整改时限}前核对更正备案信息。",
}


def requirement_paragraphs(
    snapshot: Snapshot, found: Sequence[ProblemClass], details: Details
) -> tuple[tuple[DraftParagraph, ...], dict[str, Token]]:
    """The paragraphs of the last section, and their tokens."""
    tokens = {"整改时限": _plain(day_words(details.deadline, snapshot) or "（整改时限）")}
    blank = "本月空白" if snapshot.is_month else "出现空白月"
    paragraphs = [
        DraftParagraph(f"requirements.{group.code}", DEMANDS[group.code].replace("{空白}", blank)) for group in found
    ]
    if found:
        tokens["整改单位"] = Token((Part("附件2所列单位"),), public="有关单位")
        tokens["复查日期"] = _plain(day_words(details.recheck_date, snapshot) or "（复查日期）")
        closing = "请{整改单位}于{整改时限}前逐项整改，通过平台反馈并附网页链接；{复查日期}起逐项复查。"
        paragraphs.append(DraftParagraph("requirements.closing", closing))
    else:
        tokens.pop("整改时限")
        closing = "各单位要继续按照月度任务和栏目更新要求，及时、准确公开政府信息。"
        paragraphs.append(DraftParagraph("requirements.closing", closing))
    if details.contact or details.phone:
        tokens["联系人"] = _plain(details.contact or "（联系人）")
        tokens["联系电话"] = _plain(details.phone or "（联系电话）")
        paragraphs.append(DraftParagraph("requirements.contact", "联系人：{联系人}，联系电话：{联系电话}。"))
    return tuple(paragraphs), tokens


def day_words(iso: str, snapshot: Snapshot) -> str:
    """A date as the text says it, with its year where it is not the period's; empty for none."""
    if not iso:
        return ""
    day = date.fromisoformat(iso)
    year = "" if day.year == snapshot.span.year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


def _plain(text: str) -> Token:
    return Token((Part(text),))

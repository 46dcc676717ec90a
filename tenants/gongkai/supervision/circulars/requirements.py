"""What a circular demands: one sentence for each class that occurred (who, what, by which date), deadline, contact."""

from collections.abc import Sequence
from datetime import date

from gongkai.supervision.circulars.details import Details
from gongkai.supervision.circulars.problems import BLANK, FALSE_CLAIM, QUOTA, REPORT, TRAINING, ProblemClass
from gongkai.supervision.circulars.prose import DraftParagraph, Part, Token
from gongkai.supervision.circulars.snapshot import Snapshot

DEMANDS = {
    BLANK: "本月空白的单位要于{整改时限}前补充公开应公开的信息，并向政务公开办公室书面说明原因。",
    QUOTA: "未完成月度任务的单位要对照任务查找原因，于{整改时限}前补充公开已形成未公开的信息，下月起按月完成任务。",
    TRAINING: "未参加培训的单位要组织补训，于{整改时限}前报送补训情况。",
    REPORT: "未发布年度报告的单位要于{整改时限}前完成发布，有下级单位的一并督促其发布。",
    FALSE_CLAIM: "整改不实的单位要全面排查、逐项整改，于{整改时限}前重新反馈，由单位负责人审核签字。",
}


def requirement_paragraphs(
    snapshot: Snapshot, found: Sequence[ProblemClass], details: Details
) -> tuple[tuple[DraftParagraph, ...], dict[str, Token]]:
    """The paragraphs of the last section, and their tokens."""
    tokens = {"整改时限": _plain(day_words(details.deadline, snapshot) or "（整改时限）")}
    paragraphs = [DraftParagraph(f"requirements.{group.code}", DEMANDS[group.code]) for group in found]
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
    year = "" if day.year == snapshot.month.year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


def _plain(text: str) -> Token:
    return Token((Part(text),))

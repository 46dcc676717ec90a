"""The three ways in which published information changes, each with its path, limit and count (`catalog.md` 1)."""

from dataclasses import dataclass
from datetime import date

from gongkai.catalog.models import ContentColumn
from gongkai.core.errors import Fault, Invalid
from gongkai.publishing.models import CHANGE_KINDS


@dataclass(frozen=True, slots=True)
class Way:
    """A way of changing, as the page that asks for it explains it."""

    kind: str
    label: str
    when: str
    consequences: tuple[tuple[str, str], ...]


WAYS = (
    Way(
        "erratum",
        CHANGE_KINDS["erratum"],
        "错别字、标点、格式等笔误，不改变内容",
        (
            ("审查", "保密审查员一人审核，通过后即更正"),
            ("期限", "不另计公开期限"),
            ("统计", "不计入月度发布任务，不作为栏目更新"),
            ("公众页面", "显示“勘误：更正内容，日期”"),
        ),
    ),
    Way(
        "content",
        CHANGE_KINDS["content"],
        "事项、数据、时间、条件等内容有实质变化",
        (
            ("审查", "按本单位完整流程重新审查审批"),
            ("期限", "自变更发生之日起重新计算公开期限，一般为20个工作日"),
            ("统计", "不重复计入月度发布任务，栏目更新时间随之更新"),
            ("公众页面", "显示“内容变更：修改内容，日期”，原版本可查"),
        ),
    ),
    Way(
        "static",
        CHANGE_KINDS["static"],
        "机构、领导、指南等静态信息栏目的内容更新",
        (
            ("审查", "按本单位完整流程审查审批"),
            ("期限", "自变更发生之日起重新计算公开期限，一般为20个工作日"),
            ("统计", "不计入月度发布任务，栏目更新时间随之更新"),
            ("公众页面", "显示“静态信息更新：更新内容，日期”，原版本可查"),
        ),
    ),
)
REFRESHING = frozenset({"content", "static"})
"""Kinds of change that make a column younger; an erratum and a mark of validity leave its age as it is."""


def is_static(column: ContentColumn) -> bool:
    """Whether a column holds static information: the organisation, its leaders, its guide."""
    return column.rule_type == "static" or column.part == "guide"


def ways_for(column: ContentColumn) -> list[Way]:
    """The ways in which what stands in a column can change."""
    return [way for way in WAYS if way.kind != "static" or is_static(column)]


def check_kind(column: ContentColumn, *, change_kind: str, reason: str, change_date: date | None, today: date) -> None:
    """Refuse a change whose kind does not fit, or that does not say what changed.

    Raises:
        Invalid: naming `change_kind`, `change_reason` or `change_date`.
    """
    faults = []
    if change_kind not in CHANGE_KINDS:
        names = "、".join(way.label for way in ways_for(column))
        faults.append(Fault("change_kind", "未选择变更类型", f"请选择{names}"))
    elif change_kind == "static" and not is_static(column):
        problem = f"“{column.name}”不是静态信息栏目"
        faults.append(Fault("change_kind", problem, "内容有实质变化的，请选择内容变更"))
    if not reason.strip():
        faults.append(Fault("change_reason", "未填写变更原因", "请简要说明修改了什么、为什么"))
    if change_date is not None and change_date > today:
        faults.append(Fault("change_date", "变更发生日期不能晚于今天", "请填写内容实际发生变化的日期"))
    if faults:
        raise Invalid(faults)

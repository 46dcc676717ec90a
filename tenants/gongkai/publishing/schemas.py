"""Input of the editor: text from a form → typed values, with a fault for each that cannot be read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gongkai.catalog.code_lists import find_subject_class
from gongkai.core.errors import Fault, Invalid
from gongkai.core.richtext.plain import from_plain_text
from gongkai.core.text.typed import read_id
from gongkai.publishing.models import MODES, ORIGINS

FIELD_LABELS = {
    "title": "标题",
    "column_id": "所属栏目",
    "document_number": "文号",
    "issuing_agency": "发布机构",
    "formed_date": "成文日期",
    "effective_date": "生效日期",
    "summary": "内容概述",
    "body_html": "正文",
    "subject_class": "主题分类",
    "genre_class": "体裁分类",
    "disclosure_mode": "公开方式",
    "withheld_reason": "不公开理由",
    "origin": "信息来源",
    "responsible_unit": "责任科室",
    "secrecy_cleared": "涉密状态",
    "keywords": "关键词",
    "validity_period": "有效期",
    "publication_channels": "公开形式",
    "disclosure_time_limit": "公开时限",
    "display_until": "公示截止",
    "display_basis": "公示截止的依据",
    "disclosure_scope": "公开范围",
    "is_reprint": "是否转载",
    "co_issuers": "联合发文机关",
    "interpretation": "政策解读",
    "consult_from": "征求意见开始日期",
    "consult_until": "征求意见截止日期",
    "consult_reason": "征求意见不足30日的理由",
    "attachment": "附件",
}
LENGTHS = {
    "title": 300,
    "document_number": 100,
    "issuing_agency": 200,
    "summary": 1000,
    "subject_class": 60,
    "genre_class": 60,
    "withheld_reason": 1000,
    "responsible_unit": 100,
}
OPTIONAL_KEYS = (
    "keywords",
    "validity_period",
    "publication_channels",
    "disclosure_scope",
    "disclosure_time_limit",
    "display_basis",
    "co_issuers",
    "consult_from",
    "consult_until",
    "consult_reason",
)
OPTIONAL_LENGTH = 300
BODY_LIMIT = 2_000_000
MARKUP = re.compile(r"<[a-zA-Z!/]")
YEARS = range(1900, 2101)
"""Years that a document's dates may have; any other is a slip of the hand."""


@dataclass(frozen=True, slots=True)
class ItemForm:
    """What the editor sends; a draft may be incomplete, its values may not be unreadable."""

    column_id: int
    title: str
    document_number: str = ""
    issuing_agency: str = ""
    formed_date: date | None = None
    effective_date: date | None = None
    display_until: date | None = None
    summary: str = ""
    body_html: str = ""
    subject_class: str = ""
    genre_class: str = ""
    disclosure_mode: str = "proactive"
    withheld_reason: str = ""
    origin: str = "produced"
    is_reprint: bool = False
    secrecy_cleared: bool = False
    responsible_unit: str = ""
    optional: dict[str, Any] = field(default_factory=dict)


def read_item_form(values: Mapping[str, str]) -> ItemForm:
    """Read the editor's form.

    Raises:
        Invalid: naming each field whose value cannot be read or is too long.
    """
    faults: list[Fault] = []
    texts = {name: _text(values, name, faults) for name in LENGTHS}
    if not texts["title"]:
        faults.append(Fault("title", "标题不能为空", "请填写完整标题"))
    body = values.get("body_html", "")
    if body and not MARKUP.search(body):
        # Without JavaScript the editor is a plain field, whose lines are paragraphs.
        body = from_plain_text(body)
    if len(body) > BODY_LIMIT:
        faults.append(Fault("body_html", "正文过长（超过200万字符）", "请将长表格或图片作为附件上传"))
    form: dict[str, Any] = {
        **texts,
        # Written by hand or brought by a program, a subclass may be named alone.
        "subject_class": find_subject_class(texts["subject_class"]) or texts["subject_class"],
        "column_id": _integer(values, "column_id", faults),
        "formed_date": _date(values, "formed_date", faults),
        "effective_date": _date(values, "effective_date", faults),
        "display_until": _date(values, "display_until", faults),
        "disclosure_mode": _choice(values, "disclosure_mode", MODES, "proactive", faults),
        "origin": _choice(values, "origin", ORIGINS, "produced", faults),
        "body_html": body,
        "is_reprint": values.get("is_reprint") == "1",
        "secrecy_cleared": values.get("secrecy_cleared") == "1",
        "optional": {key: found for key in OPTIONAL_KEYS if (found := _text(values, key, faults))},
    }
    if faults:
        raise Invalid(faults)
    return ItemForm(**form)


def _text(values: Mapping[str, str], name: str, faults: list[Fault]) -> str:
    found = values.get(name, "").strip()
    limit = LENGTHS.get(name, OPTIONAL_LENGTH)
    if len(found) > limit:
        problem = f"{FIELD_LABELS[name]}过长（{len(found)}字）"
        faults.append(Fault(name, problem, f"请控制在{limit}字以内"))
    if any(ord(character) < 32 and character not in "\n\t\r" for character in found):
        faults.append(Fault(name, f"{FIELD_LABELS[name]}含有不可见的控制字符", "请重新输入或粘贴为纯文本"))
    return found


def _integer(values: Mapping[str, str], name: str, faults: list[Fault]) -> int:
    found = read_id(values.get(name, "").strip())
    if found is None:
        faults.append(Fault(name, f"未选择{FIELD_LABELS[name]}", "请从列表中选择"))
        return 0
    return found


def _date(values: Mapping[str, str], name: str, faults: list[Fault]) -> date | None:
    found = values.get(name, "").strip()
    if not found:
        return None
    try:
        day = date.fromisoformat(found)
    except ValueError:
        faults.append(Fault(name, f"{FIELD_LABELS[name]}“{found[:20]}”不是有效日期", "请按2023-03-23的格式填写"))
        return None
    if day.year not in YEARS:
        faults.append(
            Fault(name, f"{FIELD_LABELS[name]}的年份{day.year}有误", f"请填写{YEARS[0]}年至{YEARS[-1]}年的日期")
        )
        return None
    return day


def _choice(values: Mapping[str, str], name: str, allowed: Mapping[str, str], default: str, faults: list[Fault]) -> str:
    found = values.get(name) or default
    if found not in allowed:
        faults.append(Fault(name, f"{FIELD_LABELS[name]}的选项无效", "请从列表中选择"))
        return default
    return found

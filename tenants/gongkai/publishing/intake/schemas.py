"""Input of intake: the fields of a sent document → typed values, with a fault for each that is wrong."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gongkai.core.errors import Fault, Invalid
from gongkai.core.storage.names import safe_filename
from gongkai.core.text.typed import one_line
from gongkai.publishing.attachments import MOST
from gongkai.publishing.models import MODES
from gongkai.publishing.schemas import FIELD_LABELS, LENGTHS, ItemForm, read_item_form

EXTERNAL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
DOCUMENT_LIMIT = 64 * 1024
"""So many bytes the fields of a document may have; texts and tables come as files."""
NAME_LIMIT = 120

_OWN_LABELS = {
    "id": "公文标识",
    "unit": "单位代码",
    "column": "栏目代码",
    "signatory": "签发人",
    "signed_date": "签发日期",
    "signing_opinion": "签发意见",
    "text": "正文文件",
    "attachments": "附件",
}
LABELS = {
    name: _OWN_LABELS.get(name) or FIELD_LABELS[name]
    for name in (
        "id", "unit", "column", "title", "document_number", "issuing_agency", "formed_date", "effective_date",
        "summary", "subject_class", "genre_class", "disclosure_mode", "withheld_reason", "responsible_unit",
        "signatory", "signed_date", "signing_opinion", "text", "attachments",
    )
}  # fmt: skip
"""Every field that a document may have."""
REQUIRED = (
    "id", "title", "formed_date", "disclosure_mode", "responsible_unit", "signatory", "signed_date", "text",
)  # fmt: skip
LIMITS = {
    **{name: LENGTHS[name] for name in LENGTHS},
    "id": 100,
    "unit": 60,
    "column": 60,
    "signatory": 60,
    "signing_opinion": 500,
    "text": NAME_LIMIT,
}
"""Field → the most characters that it may have."""


@dataclass(frozen=True, slots=True)
class SentDocument:
    """A document's fields as read.

    Attributes:
        fields: as sent, without the empty ones; what two sendings are compared by.
        unit, column: codes, empty where none was named.
        text, attachments: names of the files.
        form: the content, its `column_id` still 0.
    """

    external_id: str
    fields: Mapping[str, Any]
    unit: str
    column: str
    signatory: str
    signed_date: date
    signing_opinion: str
    text: str
    attachments: Sequence[str]
    form: ItemForm


def read_document(data: bytes, *, today: date) -> SentDocument:
    """Read the fields of a document: a JSON object of texts, `attachments` a list of texts.

    Raises:
        Invalid: naming each field that is missing, unknown, too long or cannot be read.
    """
    fields = _object(data)
    faults = [*_shape(fields)]
    texts = {name: value for name, value in fields.items() if isinstance(value, str) and name in LABELS}
    faults += _meaning(texts, fields)
    form, found = _content(texts)
    faults += found
    signed = _day(texts, "signed_date", faults)
    for name, day in (("formed_date", form.formed_date if form else None), ("signed_date", signed)):
        if day is not None and day > today:
            faults.append(Fault(name, f"{LABELS[name]}不能晚于今天", "请核对日期，公文签发后再发送"))
    if faults or form is None or signed is None:
        raise Invalid(_once(faults))
    return SentDocument(
        external_id=texts["id"],
        fields=fields,
        unit=texts.get("unit", ""),
        column=texts.get("column", ""),
        signatory=one_line(texts["signatory"]),
        signed_date=signed,
        signing_opinion=texts.get("signing_opinion", ""),
        text=texts["text"],
        attachments=tuple(fields.get("attachments", ())),
        form=form,
    )


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Names of the fields in which two sendings of a document differ, in the order of `LABELS`."""
    return [name for name in LABELS if before.get(name) != after.get(name)]


def _object(data: bytes) -> dict[str, Any]:
    """The fields of a JSON object, texts without blanks at their ends, empty ones left out."""
    if len(data) > DOCUMENT_LIMIT:
        raise Invalid([Fault("document", "公文要素超过64 KB", "正文和表格请放在文件中发送")])
    try:
        found = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise Invalid([Fault("document", "公文要素不是UTF-8编码的JSON", "请核对编码和格式")]) from error
    if not isinstance(found, dict):
        raise Invalid([Fault("document", "公文要素不是JSON对象", "请按接口说明组织")])
    stripped = {name: value.strip() if isinstance(value, str) else value for name, value in found.items()}
    return {name: value for name, value in stripped.items() if value not in ("", None, [])}


def _shape(fields: Mapping[str, Any]) -> list[Fault]:
    """Unknown and missing fields, values of another kind, texts that are too long or cannot be stored."""
    faults = [Fault(name[:60], "没有这个字段", "请核对字段名的拼写") for name in fields if name not in LABELS]
    missing = [name for name in REQUIRED if name not in fields]
    faults += [Fault(name, f"缺少{LABELS[name]}", "这是必填项，请补上") for name in missing]
    for name, value in fields.items():
        if name not in LABELS or name == "attachments":
            continue
        if not isinstance(value, str):
            faults.append(Fault(name, f"{LABELS[name]}应为文本", "请用双引号括起"))
        elif len(value) > LIMITS.get(name, NAME_LIMIT):
            faults.append(Fault(name, f"{LABELS[name]}过长（{len(value)}字）", f"请控制在{LIMITS[name]}字以内"))
        elif not _storable(value):
            faults.append(Fault(name, f"{LABELS[name]}含有不可见的控制字符", "请去掉后再发送"))
    return faults


def _storable(text: str) -> bool:
    return not any((ord(char) < 32 and char not in "\n\t\r") or 0xD800 <= ord(char) <= 0xDFFF for char in text)


def _meaning(texts: Mapping[str, str], fields: Mapping[str, Any]) -> list[Fault]:
    """What single values say: the id, the attribute with its reason, the names of the files."""
    faults = []
    if texts.get("id") and EXTERNAL_ID.fullmatch(texts["id"]) is None:
        faults.append(Fault("id", "公文标识有误", "请用100位以内的字母、数字和.-_:，以字母或数字开头"))
    mode = texts.get("disclosure_mode", "")
    if mode and mode not in MODES:
        known = "、".join(f"{code}（{words}）" for code, words in MODES.items())
        faults.append(Fault("disclosure_mode", f"公开属性“{mode[:20]}”有误", f"只能是{known}"))
    if mode in MODES and mode != "proactive" and "withheld_reason" not in texts:
        faults.append(Fault("withheld_reason", f"{MODES[mode]}而没有理由", "请写明理由和法律依据"))
    return faults + _file_names(fields)


def _file_names(fields: Mapping[str, Any]) -> list[Fault]:
    attachments = fields.get("attachments", [])
    listed = isinstance(attachments, list) and all(isinstance(name, str) for name in attachments)
    if not listed:
        return [Fault("attachments", "附件应为文件名的列表", "请按接口说明组织")]
    named = [("text", fields["text"])] if isinstance(fields.get("text"), str) else []
    named += [("attachments", name) for name in attachments]
    faults = [
        Fault(field, f"文件名“{name[:40]}”不能使用", '请去掉文件夹、控制字符和<>:"|?*，120字以内，保留扩展名')
        for field, name in named
        if safe_filename(name) != name
    ]
    if len({name for _, name in named}) < len(named):
        faults.append(Fault("attachments", "有同名文件", "请改名，正文和附件都不能同名"))
    if len(attachments) >= MOST:
        faults.append(Fault("attachments", f"附件有{len(attachments)}个，超过{MOST - 1}个", "请打成一个压缩包"))
    return faults


def _content(texts: Mapping[str, str]) -> tuple[ItemForm | None, list[Fault]]:
    """The content as the editor reads it; the column is chosen later."""
    values = {name: texts[name] for name in FIELD_LABELS if name in texts}
    try:
        return read_item_form({**values, "column_id": "0"}), []
    except Invalid as refusal:
        return None, [fault for fault in refusal.faults if fault.field in texts]


def _day(texts: Mapping[str, str], name: str, faults: list[Fault]) -> date | None:
    try:
        return date.fromisoformat(texts[name]) if name in texts else None
    except ValueError:
        faults.append(Fault(name, f"{LABELS[name]}“{texts[name][:20]}”不是有效日期", "请按2023-03-23的格式填写"))
        return None


def _once(faults: Sequence[Fault]) -> list[Fault]:
    """The first fault of each field: the others follow from it."""
    return list({fault.field: fault for fault in reversed(faults)}.values())[::-1]

"""What a row must be before it is written: its text made clean, its faults named, its key computed."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from gongkai.catalog.code_lists import find_subject_class
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.richtext.digest import text_digest
from gongkai.core.richtext.errors import TextTooLong
from gongkai.core.richtext.plain import to_text
from gongkai.core.richtext.sanitising import sanitise
from gongkai.core.text.document_numbers import normalise
from gongkai.core.text.index_numbers import recognise
from gongkai.core.text.personal_data import PersonalDataKind, find_personal_data
from gongkai.publishing.checks import DOCUMENT_COLUMNS, REQUIRED, REQUIRED_FOR_DOCUMENTS
from gongkai.publishing.imports.places import Place
from gongkai.publishing.imports.rows import NumberedRow
from gongkai.publishing.lifecycle.terms import is_term
from gongkai.publishing.models import VALIDITIES
from gongkai.publishing.schemas import FIELD_LABELS, LENGTHS, YEARS

_ADDRESS = re.compile(r"https?://[^\s/]+(/\S*)?", re.IGNORECASE)
_LONGEST_ADDRESS, _LONGEST_ID = 1000, 200
_FIRST_YEAR = 1949
_WORDS = {
    PersonalDataKind.IDENTITY_NUMBER: "身份证号码",
    PersonalDataKind.BANK_CARD: "银行卡号",
    PersonalDataKind.MOBILE: "手机号码",
}


@dataclass(frozen=True, slots=True)
class RowFile:
    """A file of a row: SHA-256, safe name, media type, length in bytes."""

    digest: str
    filename: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class PreparedRow:
    """A row ready to be written: its place, its clean text, the digests and the key under which it is known.

    `concerns` say what a person has to look at in its files first; with `unread` they have not all been read.
    """

    given: NumberedRow
    place: Place
    body_html: str
    digest: str
    document_number: str
    subject_class: str
    key: str
    hints: tuple[str, ...] = ()
    files: tuple[RowFile, ...] = ()
    concerns: tuple[str, ...] = ()
    unread: bool = False

    @property
    def missing(self) -> list[str]:
        """Labels of the required fields （R of `catalog.md` section 1） that the source did not have."""
        wanted = REQUIRED + (REQUIRED_FOR_DOCUMENTS if self.place.column.template_code in DOCUMENT_COLUMNS else ())
        found = [FIELD_LABELS[name] for name in wanted if not getattr(self.given.row, name)]
        return found if self.body_html else [*found, FIELD_LABELS["body_html"]]


def prepare(
    given: NumberedRow,
    place: Place,
    *,
    migrating: bool,
    now: datetime,
    cutoff: date | None,
    by_address: bool = False,
) -> PreparedRow:
    """Clean a row and add its faults to `given`; it may only be written when it has none.

    With `by_address` it must have one, and is known by it.
    """
    row = given.row
    body, text = _text(given)
    _lengths(given)
    _dates(given, now, cutoff, migrating=migrating)
    _validity(given, now)
    if migrating and row.disclosure_mode != "proactive":
        remedy = "只有主动公开的信息可以作为历史信息迁移，其余请另行登记"
        given.fault("disclosure_mode", "不是主动公开的信息", remedy)
    if row.index_number and recognise(row.index_number) is None:
        given.fault("index_number", "索引号中有空格，或不足3位、超过60位", "请按原网站显示的内容填写", row.index_number)
    if migrating and not row.index_number and not place.unit.can_number:
        problem = f"{place.unit.name}没有登记统一社会信用代码或行政区划代码，不能自动编号"
        given.fault("index_number", problem, "请填写原索引号，或先在单位信息中补登代码")
    if row.source_url and (len(row.source_url) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(row.source_url)):
        given.fault("source_url", "不是完整的网址", "请填写以 http:// 或 https:// 开头的地址", row.source_url)
    if by_address and not row.source_url:
        given.require("source_url", "采集的信息按网址识别，请由来源提供每条信息的网址")
    hints = (*_personal_data(given, text), *_unreadable_term(given)) if migrating else tuple(_not_taken(given))
    digest = text_digest(row.title, text)
    return PreparedRow(
        given=given,
        place=place,
        body_html=body,
        digest=digest,
        document_number=normalise(row.document_number) or row.document_number,
        subject_class=find_subject_class(row.subject_class) or row.subject_class,
        key=f"url:{row.source_url}" if by_address else external_key(given, digest, place),
        hints=hints,
    )


def external_key(given: NumberedRow, digest: str, place: Place) -> str:
    """The key under which a second import finds the row: external id, else index number, else address, else digest.

    The digest covers column and times beside title and text, so that a text published twice stays two items.
    """
    row = given.row
    if row.external_id:
        return f"id:{row.external_id}"
    if row.index_number:
        return f"no:{row.index_number}"
    if row.source_url:
        return f"url:{row.source_url}"
    moment = row.published_at.isoformat() if row.published_at else ""
    formed = row.formed_date.isoformat() if row.formed_date else ""
    whole = "\n".join((digest, str(place.column.id), moment, formed, row.document_number))
    return f"sha:{hashlib.sha256(whole.encode()).hexdigest()}"


def _text(given: NumberedRow) -> tuple[str, str]:
    try:
        body = sanitise(given.row.body_html)
    except TextTooLong:
        given.fault("body", "正文过长", "请将长表格或图片作为附件上传")
        return "", ""
    return body, to_text(body)


def _lengths(given: NumberedRow) -> None:
    row = given.row
    if not row.title.strip():
        given.require("title", "请填写完整标题")
    for name, limit in LENGTHS.items():
        value = getattr(row, name, "")
        if len(value) > limit:
            given.fault(name, f"内容有{len(value)}字，超过{limit}字", "请删减", value)
    if len(row.external_id) > _LONGEST_ID:
        given.fault("external_id", f"超过{_LONGEST_ID}字", "请核对编号", row.external_id)


def _dates(given: NumberedRow, now: datetime, cutoff: date | None, *, migrating: bool) -> None:
    row = given.row
    today = shanghai_date(now)
    if row.formed_date and not _FIRST_YEAR <= row.formed_date.year <= today.year:
        given.fault("formed_date", "年份不对", "请核对落款日期", row.formed_date.isoformat())
    elif row.formed_date and row.formed_date > today:
        given.fault("formed_date", "成文日期不能晚于今天", "请核对落款日期", row.formed_date.isoformat())
    if not migrating:
        return
    if row.published_at is None:
        given.require("published_at", "请填写在原网站首次公开的时间")
        return
    day, shown = shanghai_date(row.published_at), row.published_at.strftime("%Y-%m-%d %H:%M")
    if row.published_at > now:
        given.fault("published_at", "发布时间不能晚于现在", "请填写在原网站首次公开的时间", shown)
    elif cutoff and day > cutoff:
        remedy = "截止日期之后的信息请通过审查流程发布"
        given.fault("published_at", f"发布时间晚于本批次的截止日期（{cutoff.isoformat()}）", remedy, shown)
    elif day.year < _FIRST_YEAR:
        given.fault("published_at", "年份不对", "请核对发布时间", shown)


def _validity(given: NumberedRow, now: datetime) -> None:
    """The days of a document's life （`catalog.md` section 1）: any year, as old rules were brought into force late."""
    row = given.row
    if row.effective_date and row.effective_date.year not in YEARS:
        given.fault("effective_date", "年份不对", "请核对生效日期", row.effective_date.isoformat())
    if row.repealed_date is None:
        return
    shown = row.repealed_date.isoformat()
    if row.validity != "repealed":
        remedy = "请将有效性填写为废止，或删去废止日期"
        given.fault("repealed_date", f"有效性是{VALIDITIES[row.validity]}，却有废止日期", remedy, shown)
    elif row.repealed_date > shanghai_date(now):
        given.fault("repealed_date", "废止日期不能晚于今天", "尚未废止的，有效性请填写有效", shown)


def _unreadable_term(given: NumberedRow) -> Iterator[str]:
    term = str(given.row.optional.get("validity_period", ""))
    if not is_term(term):
        yield f"有效期“{term[:20]}”不能换算为日期，按原文保留，届满前不会提醒"


def _not_taken(given: NumberedRow) -> Iterator[str]:
    """A draft has no number yet: the chain gives it one when it is published."""
    if given.row.index_number:
        yield "草稿的索引号在发布时由系统生成，本列未采用；已公开信息请用迁移导入"


def _personal_data(given: NumberedRow, text: str) -> Iterator[str]:
    """Identity numbers refuse the row （their checksum leaves no doubt）; other numbers are pointed out."""
    for key, content in (("title", given.row.title), ("summary", given.row.summary), ("body", text)):
        for hit in find_personal_data(content):
            problem = f"含有疑似{_WORDS[hit.kind]}（{hit.masked}）"
            if hit.kind is PersonalDataKind.IDENTITY_NUMBER:
                given.fault(key, problem, "请删除或隐去中间各位后重新导入")
            else:
                yield f"{'正文' if key == 'body' else '标题或概述'}{problem}"

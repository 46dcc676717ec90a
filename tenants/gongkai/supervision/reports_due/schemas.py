"""What an office enters of annual reports: the notice of a list, and what stands beside a body."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from gongkai.core.calendar.instants import format_date
from gongkai.core.errors import Fault, Invalid

TEXT_LIMIT = 300
FIRST_YEAR = 2008
"""Reports are owed since the regulation came into force (2008-05-01)."""


@dataclass(frozen=True, slots=True)
class NoticeForm:
    """The notice by which a list is made."""

    title: str
    document_number: str
    notice_date: date


@dataclass(frozen=True, slots=True)
class DutyForm:
    """What stands beside a body; `published_date` and `published_url` come together or not at all."""

    due_date: date
    basis: str = ""
    exempt_reason: str = ""
    published_date: date | None = None
    published_url: str = ""


def read_year(text: str, *, today: date) -> int:
    """A year of reports; an empty text is the year whose reports are due now.

    Raises:
        Invalid: for anything but a year that has ended, or is the present one.
    """
    plain = text.strip()
    if not plain:
        return today.year - 1
    if not plain.isascii() or not plain.isdigit() or not FIRST_YEAR <= int(plain[:5]) <= today.year:
        raise Invalid([Fault("year", f"年度“{plain[:10]}”无效", f"请填写{FIRST_YEAR}至{today.year}的年份")])
    return int(plain)


def read_notice(values: Mapping[str, str], *, today: date) -> NoticeForm:
    """The notice from a form.

    Raises:
        Invalid: naming each field that is missing or unreadable.
    """
    faults: list[Fault] = []
    title = _text(values, "title", "通知标题", faults)
    if not title:
        faults.append(Fault("title", "通知标题没有填写", "请填写编制发布年度报告的通知标题"))
    number = _text(values, "document_number", "文号", faults)
    day = _date(values, "notice_date", "通知日期", faults)
    if day is None and not any(fault.field == "notice_date" for fault in faults):
        faults.append(Fault("notice_date", "通知日期没有填写", "请填写通知的成文日期"))
    if day is not None and day > today:
        faults.append(Fault("notice_date", "通知日期晚于今天", "请核对日期"))
    if faults or day is None:
        raise Invalid(faults)
    return NoticeForm(title, number, day)


def read_duty(values: Mapping[str, str], *, year: int, today: date) -> DutyForm:
    """What stands beside a body, from a form.

    Raises:
        Invalid: naming each field that is missing, unreadable or impossible.
    """
    faults: list[Fault] = []
    due = _date(values, "due_date", "应发布日期", faults)
    if due is None and not any(fault.field == "due_date" for fault in faults):
        faults.append(Fault("due_date", "应发布日期没有填写", f"请填写日期，如{year + 1}-01-31"))
    basis = _text(values, "basis", "依据", faults)
    exempt = _text(values, "exempt_reason", "免报原因", faults)
    published = _date(values, "published_date", "发布日期", faults)
    url = _address(values, faults)
    if not faults or due is not None:
        faults += check_duty(due, published, url, year=year, today=today)
    if faults or due is None:
        raise Invalid(faults)
    return DutyForm(due, basis, exempt, published, url)


def check_duty(
    due: date | None, published: date | None, url: str, *, year: int, today: date
) -> list[Fault]:  # fmt: skip
    """What is impossible in the dates of a body."""
    faults = []
    if due is not None and due.year != year + 1:
        faults.append(
            Fault("due_date", f"应发布日期不在{year + 1}年", f"{year}年度报告应在{year + 1}年发布，请核对日期")
        )
    if published is not None and published > today:
        faults.append(Fault("published_date", "发布日期晚于今天", "尚未发布的请不要填写"))
    if published is not None and published.year <= year:
        first = format_date(date(year + 1, 1, 1))
        faults.append(Fault("published_date", f"发布日期早于{first}", f"{year}年度结束后才能发布，请核对日期"))
    if (published is None) != (not url):
        field, what = ("published_url", "网址") if published is not None else ("published_date", "发布日期")
        faults.append(Fault(field, f"{what}没有填写", "发布日期和网址应当同时填写"))
    return faults


def _text(values: Mapping[str, str], name: str, label: str, faults: list[Fault]) -> str:
    found = " ".join(values.get(name, "").split())
    if len(found) > TEXT_LIMIT:
        faults.append(Fault(name, f"{label}过长（{len(found)}字）", f"请控制在{TEXT_LIMIT}字以内"))
    return found


def _date(values: Mapping[str, str], name: str, label: str, faults: list[Fault]) -> date | None:
    text = values.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        faults.append(Fault(name, f"{label}“{text[:20]}”不是有效日期", "请按2023-02-28的格式填写"))
        return None


def _address(values: Mapping[str, str], faults: list[Fault]) -> str:
    text = values.get("published_url", "").strip()
    if text and not is_address(text):
        faults.append(Fault("published_url", "网址无效", "请填写以http://或https://开头的完整网址"))
    return text


def is_address(text: str) -> bool:
    """Whether a text is a whole address of a page."""
    try:
        parts = urlsplit(text)
        return len(text) <= 1000 and parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in text
    except ValueError:
        return False

"""What the forms of tasks from above send."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gongkai.catalog.column_templates import all_columns
from gongkai.core.calendar.instants import SHANGHAI, end_of_day
from gongkai.core.errors import Fault, Invalid
from gongkai.core.text.typed import one_line, paragraphs, read_id
from gongkai.supervision.addresses import LONGEST, read_address
from gongkai.supervision.assignments.models import KINDS

TITLE_LIMIT, SOURCE_LIMIT, BODY_LIMIT, NOTE_LIMIT, REASON_LIMIT = 200, 200, 2000, 500, 500
MOST_HOURS = 720
FARTHEST = timedelta(days=731)
EARLIEST = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class TaskForm:
    """A task to be handed out; `due_at` follows from `received_at` and `hours` for reposts, else from a date."""

    kind: str
    title: str
    source: str
    source_url: str
    body: str
    column_code: str
    column_name: str
    received_at: datetime
    hours: int | None
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """With what a unit says that a task is done: an index number or an address, and a word on it."""

    link: str
    note: str = ""


def column_choices() -> list[tuple[str, str]]:
    """Code and name of the columns in which a result can be asked for, in the order of the templates."""
    found = {column.code: column.name for column in all_columns() if column.accepts_items}
    return list(found.items())


def read_task(values: Mapping[str, str], *, now: datetime) -> TaskForm:
    """A task from its form.

    Raises:
        Invalid: naming each field that is missing, unreadable or impossible.
    """
    faults: list[Fault] = []
    kind = values.get("kind", "")
    if kind not in KINDS:
        faults.append(Fault("kind", "未选择任务类型", "请选择转载任务、年度要点或者专项任务"))
    title = _line(values, "title", "任务名称", TITLE_LIMIT, faults)
    source = _line(values, "source", "任务来源", SOURCE_LIMIT, faults)
    url = read_address(values.get("source_url", ""), field="source_url", label="原文网址", faults=faults)
    if kind == "repost" and not values.get("source_url", "").strip():
        faults.append(Fault("source_url", "原文网址没有填写", "转载任务请填写要转载的原文网址"))
    body = paragraphs(values.get("body", ""))
    if len(body) > BODY_LIMIT:
        faults.append(Fault("body", f"任务要求过长（{len(body)}字）", f"请控制在{BODY_LIMIT}字以内"))
    column = values.get("column_code", "")
    names = dict(column_choices())
    if column and column not in names:
        faults.append(Fault("column_code", "没有这个栏目", "请从列表中选择"))
    if kind == "repost":
        received_at, hours, due_at = _hours(values, now, faults)
    else:
        received_at, hours, due_at = now, None, _due_date(values, now, faults)
    if due_at <= now and not faults:
        field = "hours" if kind == "repost" else "due_date"
        faults.append(Fault(field, "完成时限已经过去", "请核对收到时间和完成时限"))
    if faults:
        raise Invalid(faults)
    return TaskForm(kind, title, source, url, body, column, names.get(column, ""), received_at, hours, due_at)


def read_claim(values: Mapping[str, str]) -> Claim:
    """A claim from its form.

    Raises:
        Invalid: on `link`, when there is none; on `note`, when it is too long.
    """
    faults: list[Fault] = []
    link, note = one_line(values.get("link", "")), paragraphs(values.get("note", ""))
    if not link:
        faults.append(Fault("link", "办结信息没有填写", "请填写本单位已公开信息的索引号或者网址"))
    elif len(link) > LONGEST:
        faults.append(Fault("link", f"办结信息超过{LONGEST}字", "请核对索引号或者网址"))
    if len(note) > NOTE_LIMIT:
        faults.append(Fault("note", f"说明过长（{len(note)}字）", f"请控制在{NOTE_LIMIT}字以内"))
    if faults:
        raise Invalid(faults)
    return Claim(link, note)


def read_reason(text: str, *, what: str) -> str:
    """Why a task is withdrawn, or a report of its completion returned.

    Raises:
        Invalid: on `reason`, when there is none or it is too long.
    """
    reason = paragraphs(text)
    if not reason:
        raise Invalid([Fault("reason", f"{what}的原因没有填写", "请写明原因，单位将看到")])
    if len(reason) > REASON_LIMIT:
        raise Invalid([Fault("reason", f"{what}的原因过长（{len(reason)}字）", f"请控制在{REASON_LIMIT}字以内")])
    return reason


def _line(values: Mapping[str, str], name: str, label: str, limit: int, faults: list[Fault]) -> str:
    found = one_line(values.get(name, ""))
    if not found:
        faults.append(Fault(name, f"{label}没有填写", f"请填写{label}"))
    elif len(found) > limit:
        faults.append(Fault(name, f"{label}过长（{len(found)}字）", f"请控制在{limit}字以内"))
    return found


def _hours(values: Mapping[str, str], now: datetime, faults: list[Fault]) -> tuple[datetime, int, datetime]:
    received_at = now
    written = values.get("received_at", "").strip()
    if written:
        try:
            received_at = datetime.fromisoformat(written).replace(tzinfo=SHANGHAI)
        except ValueError:
            faults.append(Fault("received_at", "收到时间格式有误", "请选择日期和时间，如2026-03-23 09:00"))
    if not now - EARLIEST <= received_at <= now:
        when = "晚于现在" if received_at > now else "早于一个月以前"
        faults.append(Fault("received_at", f"收到时间{when}", "请核对收到时间"))
        received_at = now
    text = values.get("hours", "").strip()
    hours = read_id(text) or 0
    if not 1 <= hours <= MOST_HOURS:
        faults.append(Fault("hours", "完成时限没有填写或者无效", f"请填写1至{MOST_HOURS}小时"))
        return received_at, 0, now
    return received_at, hours, received_at + timedelta(hours=hours)


def _due_date(values: Mapping[str, str], now: datetime, faults: list[Fault]) -> datetime:
    text = values.get("due_date", "").strip()
    try:
        due_at = end_of_day(date.fromisoformat(text))
    except ValueError:
        problem = "完成日期没有填写" if not text else f"完成日期“{text[:20]}”不是有效日期"
        faults.append(Fault("due_date", problem, "请填写日期，如2026-06-30"))
        return now
    if due_at > now + FARTHEST:
        faults.append(Fault("due_date", "完成日期晚于两年以后", "请核对完成日期"))
    return due_at

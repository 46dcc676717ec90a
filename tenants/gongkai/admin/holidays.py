"""A year's holiday notice （K1）: entered as lines, looked at with what it moves, then put in force.

What moves are the limits of unpublished items of every unit, which no person may see. They are counted and moved
by jobs in system scope; the proposal and the counts wait in a setting of their own until somebody confirms.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from gongkai.accounts.actors import Actor
from gongkai.accounts.models import User
from gongkai.admin.services import record_change
from gongkai.catalog.models import ContentColumn
from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.calendar.store import load_calendar
from gongkai.core.calendar.workdays import WorkingDayCalendar, national_calendar
from gongkai.core.errors import Conflict, Fault, Invalid, NotFound
from gongkai.core.models import CalendarYear, SiteSetting
from gongkai.core.text.typed import lines, one_line
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.limits import publication_limit
from gongkai.publishing.models import Item
from gongkai.publishing.states import ItemState

PROPOSED = "calendar.proposed"
"""Outbox event: count what the proposal for the year (the object id) would move."""
CHANGED = "calendar.changed"
"""Outbox event: the calendar of the year (the object id) is another; move the limits."""
HISTORY_KEY = "calendar"
YEARS_BACK, YEARS_AHEAD = 2, 1
LONGEST_HOLIDAY = 31
MOST_LINES = 60
SHOWN_MOVES = 40
UNPUBLISHED = (ItemState.DRAFT, ItemState.IN_REVIEW, ItemState.IN_APPROVAL, ItemState.APPROVED, ItemState.SCHEDULED)

_DAY = timedelta(days=1)
_RANGE = re.compile(
    r"(\d{4}-\d{1,2}-\d{1,2})(?:\s*(?:\.\.|…+|至|到|~|～|—+)\s*(\d{4}-\d{1,2}-\d{1,2}))?(?:\s+\D.*)?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Notice:
    """A year's notice: the days off and the working days made up for them, and the document that says so."""

    year: int
    days_off: tuple[date, ...]
    make_up_days: tuple[date, ...]
    source: str

    @property
    def token(self) -> str:
        """Tells whether a page shows this notice or another."""
        text = json.dumps([self.year, *map(str, self.days_off), "", *map(str, self.make_up_days), self.source])
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a notice would move: items and units concerned, and (limit before, after, items) by date."""

    items: int
    units: int
    moves: Sequence[tuple[date, date, int]]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A notice that waits for confirmation; `effect` is None until it has been counted."""

    notice: Notice
    effect: Effect | None


@dataclass(frozen=True, slots=True)
class YearState:
    """How a year stands: `state` is `entered`, `built_in` or `missing`."""

    year: int
    state: str
    source: str
    days_off: int
    make_up_days: int
    who: str
    entered_at: datetime | None


def read_days(text: str, *, field: str) -> tuple[tuple[date, ...], list[Fault]]:
    """Days from lines such as `2027-10-01..2027-10-07 国庆节`, ascending; and what is wrong with the lines."""
    found: set[date] = set()
    faults = []
    written = lines(text)
    if len(written) > MOST_LINES:
        return (), [Fault(field, f"超过{MOST_LINES}行", "请按假期分行填写，每个假期一行")]
    for number, line in enumerate(written, 1):
        try:
            first, last = _range(line)
        except ValueError:
            problem = f"第{number}行“{line[:40]}”无法识别"
            faults.append(Fault(field, problem, "请按“2027-10-01..2027-10-07”或者“2027-10-01”的形式填写"))
            continue
        if not 0 <= (last - first).days < LONGEST_HOLIDAY:
            problem = f"第{number}行“{line[:40]}”的结束日期早于开始日期，或者超过{LONGEST_HOLIDAY}天"
            faults.append(Fault(field, problem, "请核对日期"))
            continue
        found |= {first + _DAY * offset for offset in range((last - first).days + 1)}
    return tuple(sorted(found)), faults


def _range(line: str) -> tuple[date, date]:
    match = _RANGE.fullmatch(line)
    if match is None:
        raise ValueError(line)
    first, last = match[1], match[2] or match[1]
    return _date(first), _date(last)


def _date(text: str) -> date:
    year, month, day = map(int, text.split("-"))
    return date(year, month, day)


def ranges(days: Iterable[date]) -> list[tuple[date, date]]:
    """Consecutive days together: (first, last)."""
    found: list[tuple[date, date]] = []
    for day in sorted(days):
        if found and day - found[-1][1] == _DAY:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def as_lines(days: Iterable[date]) -> str:
    """The inverse of `read_days`."""
    return "\n".join(f"{first}" if first == last else f"{first}..{last}" for first, last in ranges(days))


def read_notice(uow: UnitOfWork, *, year: int, sent: Mapping[str, str]) -> Notice:
    """The notice that a form sends.

    Raises:
        Invalid: naming each field.
    """
    expect_year(uow, year=year)
    off, faults = read_days(sent.get("days_off", ""), field="days_off")
    made_up, more = read_days(sent.get("make_up_days", ""), field="make_up_days")
    faults += more
    if not off and not faults:
        faults.append(Fault("days_off", "未填写放假日期", "请照国务院办公厅通知填写，每个假期一行"))
    source = one_line(sent.get("source", ""))
    if not source:
        faults.append(Fault("source", "未填写依据", "请填写放假通知的名称或文号，例如“国办发明电〔2026〕×号”"))
    elif len(source) > 100:
        faults.append(Fault("source", "依据超过100个字", "请只填写名称和文号"))
    if not faults:
        try:
            national_calendar().with_year(year, off, made_up)
        except ValueError as error:
            field = "make_up_days" if "调休" in str(error) else "days_off"
            faults.append(Fault(field, str(error).rstrip("。")))
    if faults:
        raise Invalid(faults)
    return Notice(year, off, made_up, source)


def expect_year(uow: UnitOfWork, *, year: int) -> None:
    """Refuse years for which nothing may be entered.

    Raises:
        NotFound: for a year too far away.
    """
    this = shanghai_date(uow.now).year
    if not this - YEARS_BACK <= year <= this + YEARS_AHEAD:
        raise NotFound


def current_notice(uow: UnitOfWork, *, year: int) -> Notice:
    """What is in force for a year; without days when its notice is missing."""
    entered = uow.session.get(CalendarYear, year)
    if entered is not None:
        return Notice(year, tuple(entered.days_off), tuple(entered.make_up_days), entered.source)
    known = national_calendar()
    return Notice(
        year,
        tuple(sorted(day for day in known.days_off if day.year == year)),
        tuple(sorted(day for day in known.make_up_days if day.year == year)),
        "",
    )


def year_states(uow: UnitOfWork) -> list[YearState]:
    """The years that can be entered, newest first, and those entered before."""
    this = shanghai_date(uow.now).year
    query = select(CalendarYear, User.name).outerjoin(User, User.id == CalendarYear.entered_by)
    entered = {row.CalendarYear.year: row for row in uow.session.execute(query)}
    years = {*entered, *range(this - YEARS_BACK, this + YEARS_AHEAD + 1)}
    return [_state(uow, year, entered.get(year)) for year in sorted(years, reverse=True)]


def _state(uow: UnitOfWork, year: int, row: Any) -> YearState:
    notice = current_notice(uow, year=year)
    days = len(notice.days_off), len(notice.make_up_days)
    if row is not None:
        return YearState(year, "entered", notice.source, *days, row.name or "—", row.CalendarYear.entered_at)
    built_in = year in national_calendar().years_with_notice
    return YearState(year, "built_in" if built_in else "missing", "", *days, "", None)


def propose(uow: UnitOfWork, *, actor: Actor, notice: Notice) -> None:
    """Keep a notice for confirmation and have counted what it would move.

    Raises:
        Invalid: when it is what is in force already.
    """
    if current_notice(uow, year=notice.year) == notice:
        raise Invalid([Fault("", f"与现行的{notice.year}年放假安排相同，无需重新录入")])
    value = {
        "days_off": [day.isoformat() for day in notice.days_off],
        "make_up_days": [day.isoformat() for day in notice.make_up_days],
        "source": notice.source,
        "effect": None,
    }
    new = {"value": value, "changed_by": actor.user_id, "changed_at": uow.now, "reason": "待确认的放假安排"}
    stored = insert(SiteSetting).values(key=_key(notice.year), **new)
    uow.session.execute(stored.on_conflict_do_update(index_elements=["key"], set_=new))
    uow.emit(PROPOSED, notice.year)


def proposal(uow: UnitOfWork, *, year: int) -> Proposal:
    """The notice that waits for confirmation.

    Raises:
        NotFound: when there is none.
    """
    found = uow.one(select(SiteSetting.value).where(SiteSetting.key == _key(year)))
    off, made_up = ([date.fromisoformat(day) for day in found[name]] for name in ("days_off", "make_up_days"))
    effect = found["effect"]
    if effect is not None:
        moves = [(date.fromisoformat(old), date.fromisoformat(new), count) for old, new, count in effect["moves"]]
        effect = Effect(effect["items"], effect["units"], moves)
    return Proposal(Notice(year, tuple(off), tuple(made_up), found["source"]), effect)


def put_in_force(uow: UnitOfWork, *, actor: Actor, year: int, token: str) -> Notice:
    """Put a proposed notice in force; the limits that it moves are moved by a job. Doing it again does nothing.

    Raises:
        NotFound: when nothing waits for confirmation.
        Conflict: when another notice waits than the one that was looked at, or it is not counted yet.
    """
    before = current_notice(uow, year=year)
    if before.token == token:
        return before
    waiting = proposal(uow, year=year)
    notice = waiting.notice
    if notice.token != token:
        raise Conflict("他人已提交另一份放假安排，本次没有启用。请重新打开核对页面，确认后再启用。")
    if waiting.effect is None:
        raise Conflict("影响尚未统计完成，请稍候刷新核对页面，再启用。")
    values = {
        "days_off": list(notice.days_off),
        "make_up_days": list(notice.make_up_days),
        "source": notice.source,
        "entered_by": actor.user_id,
        "entered_at": uow.now,
    }
    stored = insert(CalendarYear).values(year=year, **values)
    uow.session.execute(stored.on_conflict_do_update(index_elements=["year"], set_=values))
    uow.session.execute(delete(SiteSetting).where(SiteSetting.key == _key(year)))
    changes = [
        (f"{year}年放假", _words(before.days_off), _words(notice.days_off)),
        (f"{year}年调休上班", _words(before.make_up_days), _words(notice.make_up_days)),
    ]
    record_change(uow, actor=actor, key=HISTORY_KEY, reason=notice.source, changes=[c for c in changes if c[1] != c[2]])
    uow.emit(CHANGED, year)
    return notice


def count_effects(uow: UnitOfWork, years: Iterable[int]) -> None:
    """Count what the proposals for these years would move. Needs the scope of all units."""
    for year in years:
        row = uow.session.get(SiteSetting, _key(year), with_for_update=True)
        if row is None:
            continue
        notice = proposal(uow, year=year).notice
        moved = list(_moved(uow, _calendar_with(uow, notice)))
        sums = Counter((old, new) for _, _, old, new in moved if old is not None)
        row.value = {
            **row.value,
            "effect": {
                "items": len(moved),
                "units": len({tenant_id for _, tenant_id, _, _ in moved}),
                "moves": [[str(old), str(new), count] for (old, new), count in sorted(sums.items())],
            },
        }


def move_limits(uow: UnitOfWork) -> int:
    """Compute anew by when unpublished items must be public; returns how many moved. Needs the scope of all units."""
    moved = [{"id": item_id, "publish_due_date": new} for item_id, _, _, new in _moved(uow, load_calendar(uow))]
    if moved:
        uow.session.execute(update(Item), moved)
        uow.audit("calendar.move_limits", detail={"items": len(moved)})
    return len(moved)


def _calendar_with(uow: UnitOfWork, notice: Notice) -> WorkingDayCalendar:
    """The calendar as it will be; years in their order, since a notice may name days of the December before."""
    years = {row.year: (row.days_off, row.make_up_days) for row in uow.session.scalars(select(CalendarYear))}
    years[notice.year] = (list(notice.days_off), list(notice.make_up_days))
    calendar = national_calendar()
    for year, days in sorted(years.items()):
        calendar = calendar.with_year(year, *days)
    return calendar


def _moved(uow: UnitOfWork, calendar: WorkingDayCalendar) -> Iterable[tuple[int, int, date | None, date]]:
    """(item, unit, limit before, limit after) of the unpublished items whose limit is another by `calendar`.

    A revision's limit does not run from the formation of its document: an erratum has none, another change has it
    from the change on (`publishing.drafts.due_date`). Revisions are left as they are.
    """
    query = (
        select(
            Item.id, Item.tenant_id, func.coalesce(Item.change_date, Item.formed_date).label("start"),
            Item.publish_due_date, ContentColumn.template_code,
        )
        .join(ContentColumn, ContentColumn.id == Item.column_id)
        .where(
            Item.state.in_(UNPUBLISHED),
            Item.formed_date.is_not(None),
            Item.revises_id.is_(None),
        )
        .order_by(Item.id)
    )  # fmt: skip
    known: dict[tuple[date, str | None], date] = {}
    for row in uow.session.execute(query).all():
        key = (row.start, row.template_code)
        if key not in known:
            limit = publication_limit(calendar, formed_date=row.start, template_code=row.template_code)
            known[key] = limit.due.date
        if known[key] != row.publish_due_date:
            yield row.id, row.tenant_id, row.publish_due_date, known[key]


def _key(year: int) -> str:
    return f"calendar:{year}"


def _words(days: Sequence[date]) -> str:
    parts = [
        format_date(first) if first == last else f"{format_date(first)}至{format_date(last)}"
        for first, last in ranges(days)
    ]
    return "、".join(parts)

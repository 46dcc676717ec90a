"""A year's holiday notice （K1）, the national one or an area's own festivals （K2）: read from lines, and what holds.

How a notice is proposed and put in force is in `calendar_versions`, what it moves in `moves`.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from gongkai.accounts.models import User
from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.calendar.workdays import national_calendar
from gongkai.core.db import AnyRow
from gongkai.core.errors import Fault, Invalid, NotFound
from gongkai.core.models import CalendarYear, LocalHoliday
from gongkai.core.text.typed import lines, one_line
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.models import Tenant

YEARS_BACK, YEARS_AHEAD = 2, 1
LONGEST_HOLIDAY = 31
MOST_LINES = 60

_DAY = timedelta(days=1)
_RANGE = re.compile(
    r"(\d{4}-\d{1,2}-\d{1,2})(?:\s*(?:\.\.|…+|至|到|~|～|—+)\s*(\d{4}-\d{1,2}-\d{1,2}))?(?:\s+\D.*)?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Notice:
    """A year's notice: the days off and the working days made up for them, and the document that says so.

    An area's festivals name the office under which they hold, and have no days made up.
    """

    year: int
    days_off: tuple[date, ...]
    make_up_days: tuple[date, ...]
    source: str
    office_id: int | None = None

    @property
    def local(self) -> bool:
        """Whether it is about festivals of an area."""
        return self.office_id is not None

    @property
    def title(self) -> str:
        """What it is called on screen."""
        return f"{self.year}年{'地方节假日' if self.local else '放假安排'}"

    @property
    def token(self) -> str:
        """Tells whether a page shows this notice or another."""
        days = [*map(str, self.days_off), "", *map(str, self.make_up_days)]
        text = json.dumps([self.year, self.office_id, *days, self.source])
        return hashlib.sha256(text.encode()).hexdigest()[:32]


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


def read_notice(uow: UnitOfWork, *, year: int, sent: Mapping[str, str], office_id: int | None = None) -> Notice:
    """The notice that a form sends; `office_id` for festivals of an area, which are cancelled by naming none.

    Raises:
        Invalid: naming each field.
    """
    expect_year(uow, year=year)
    off, faults = read_days(sent.get("days_off", ""), field="days_off")
    made_up, more = read_days("" if office_id else sent.get("make_up_days", ""), field="make_up_days")
    faults += more
    if not off and not faults and not (office_id and current_notice(uow, year=year, office_id=office_id).days_off):
        document = "本地放假规定或者通知" if office_id else "国务院办公厅通知"
        faults.append(Fault("days_off", "未填写放假日期", f"请照{document}填写，每个假期一行"))
    source = one_line(sent.get("source", ""))
    if not source:
        example = "×政办发〔2026〕×号" if office_id else "国办发明电〔2026〕×号"
        faults.append(Fault("source", "未填写依据", f"请填写放假通知的名称或文号，例如“{example}”"))
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
    return Notice(year, off, made_up, source, office_id)


def expect_year(uow: UnitOfWork, *, year: int) -> None:
    """Refuse years for which nothing may be entered.

    Raises:
        NotFound: for a year too far away.
    """
    this = shanghai_date(uow.now).year
    if not this - YEARS_BACK <= year <= this + YEARS_AHEAD:
        raise NotFound


def current_notice(uow: UnitOfWork, *, year: int, office_id: int | None = None) -> Notice:
    """What is in force for a year, in the country or of an office's own; without days when nothing was entered."""
    if office_id is not None:
        own = uow.session.get(LocalHoliday, (office_id, year))
        return (
            Notice(year, tuple(own.days_off), (), own.source, office_id) if own else Notice(year, (), (), "", office_id)
        )
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


def local_years(uow: UnitOfWork, *, office_id: int) -> list[YearState]:
    """The years whose festivals an office can enter, newest first, and those entered before."""
    this = shanghai_date(uow.now).year
    query = (
        select(LocalHoliday, User.name)
        .outerjoin(User, User.id == LocalHoliday.entered_by)
        .where(LocalHoliday.tenant_id == office_id)
    )
    entered = {row.LocalHoliday.year: row for row in uow.session.execute(query)}
    found = []
    for year in sorted({*entered, *range(this - YEARS_BACK, this + YEARS_AHEAD + 1)}, reverse=True):
        row = entered.get(year)
        if row is None:
            found.append(YearState(year, "missing", "", 0, 0, "", None))
            continue
        own = row.LocalHoliday
        found.append(YearState(year, "entered", own.source, len(own.days_off), 0, row.name or "—", own.entered_at))
    return found


def festivals(uow: UnitOfWork, *, above: str | None = None) -> Sequence[AnyRow]:
    """The festivals of areas, newest year first: all, or those that offices above a place of the tree have entered.

    Rows: year, days_off, source, office (official name).
    """
    query = (
        select(LocalHoliday.year, LocalHoliday.days_off, LocalHoliday.source, Tenant.official_name.label("office"))
        .join(Tenant, Tenant.id == LocalHoliday.tenant_id)
        .where(func.cardinality(LocalHoliday.days_off) > 0)
        .order_by(LocalHoliday.year.desc(), Tenant.path)
    )
    if above is not None:
        query = query.where(LocalHoliday.tenant_id.in_([int(one) for one in above.split(".")[:-1]]))
    return uow.session.execute(query).all()


def _state(uow: UnitOfWork, year: int, row: Any) -> YearState:
    notice = current_notice(uow, year=year)
    days = len(notice.days_off), len(notice.make_up_days)
    if row is not None:
        return YearState(year, "entered", notice.source, *days, row.name or "—", row.CalendarYear.entered_at)
    built_in = year in national_calendar().years_with_notice
    return YearState(year, "built_in" if built_in else "missing", "", *days, "", None)


def words(days: Iterable[date]) -> str:
    """Days as prose writes them, consecutive ones as a range."""
    parts = [
        format_date(first) if first == last else f"{format_date(first)}至{format_date(last)}"
        for first, last in ranges(days)
    ]
    return "、".join(parts)

"""Screens of the working-day calendar: the years, entering a notice, what it moves, putting it in force."""

from collections.abc import Mapping, Sequence
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.admin import holidays
from gongkai.admin.holidays import Notice, as_lines, ranges
from gongkai.admin.services import history
from gongkai.core.calendar.instants import format_datetime, shanghai_date
from gongkai.core.errors import Invalid
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("calendar", __name__, template_folder="templates")
CRUMB = "工作日历"
NOTICE_MONTH = 11
"""The State Council's notice for the next year appears around November."""


@route(blueprint, "/admin/calendar/", permission=Permission.SETTINGS_MANAGE)
def index() -> ResponseReturnValue:
    """The years and where their holidays come from."""
    uow = current.uow()
    today, states = shanghai_date(uow.now), holidays.year_states(uow)
    missing = [row.year for row in states if row.state == "missing" and row.year <= today.year + 1]
    return render_template(
        "admin/calendar/index.html",
        states=states,
        missing=min(missing, default=None),
        pressing=bool(missing) and (min(missing) <= today.year or today.month >= NOTICE_MONTH),
        first=today.year - holidays.YEARS_BACK,
        history=history(uow, actor=current.actor(), key=holidays.HISTORY_KEY),
        time_words=format_datetime,
        crumbs=[(CRUMB,)],
    )


@route(blueprint, "/admin/calendar/<int:year>", permission=Permission.SETTINGS_MANAGE, methods=["GET", "POST"])
def edit(year: int) -> ResponseReturnValue:
    """Enter a year's notice; it is looked at before it holds."""
    uow = current.uow()
    holidays.expect_year(uow, year=year)
    if request.method != "POST":
        notice = holidays.current_notice(uow, year=year)
        fields = {
            "days_off": as_lines(notice.days_off),
            "make_up_days": as_lines(notice.make_up_days),
            "source": notice.source,
        }
        return _edit_page(year, fields, {})
    try:
        notice = holidays.read_notice(uow, year=year, sent=request.form)
        holidays.propose(uow, actor=current.actor(), notice=notice)
    except Invalid as refusal:
        current.finish(commit=False)
        return _edit_page(year, request.form, refusal.by_field()), 400
    return redirect(url_for("calendar.preview", year=year))


@route(blueprint, "/admin/calendar/<int:year>/preview", permission=Permission.SETTINGS_MANAGE, methods=["GET", "POST"])
def preview(year: int) -> ResponseReturnValue:
    """What the notice would move; put it in force."""
    uow = current.uow()
    if request.method == "POST":
        notice = holidays.put_in_force(uow, actor=current.actor(), year=year, token=request.form.get("token", ""))
        words = f"已启用{notice.year}年放假安排，未发布信息的公开期限将在一分钟内按新日历更新。"
        flash(words, "success")
        return redirect(url_for("calendar.index"))
    waiting = holidays.proposal(uow, year=year)
    notice = waiting.notice
    before = holidays.current_notice(uow, year=year)
    return render_template(
        "admin/calendar/preview.html",
        notice=notice,
        off=_spans(notice.days_off),
        made_up=_spans(notice.make_up_days),
        more=_spans(set(notice.days_off) - set(before.days_off)),
        fewer=_spans(set(before.days_off) - set(notice.days_off)),
        known=bool(before.days_off),
        effect=waiting.effect,
        shown=holidays.SHOWN_MOVES,
        crumbs=[*_crumbs(notice), ("核对",)],
    )


def _spans(days: Sequence[date] | set[date]) -> list[str]:
    return [_span(first, last) for first, last in ranges(days)]


def _span(first: date, last: date) -> str:
    if first == last:
        return _day(first)
    return f"{_day(first)}至{_day(last)}，共{(last - first).days + 1}天"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日（周{'一二三四五六日'[day.weekday()]}）"


def _crumbs(notice: Notice) -> list[tuple[str, ...]]:
    year = notice.year
    return [(CRUMB, url_for("calendar.index")), (f"{year}年放假安排", url_for("calendar.edit", year=year))]


def _edit_page(year: int, fields: Mapping[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "admin/calendar/edit.html",
        year=year,
        fields=fields,
        errors=errors,
        crumbs=[(CRUMB, url_for("calendar.index")), (f"{year}年放假安排",)],
    )

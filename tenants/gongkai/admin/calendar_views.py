"""Screens of the working-day calendar: the years, entering a notice, what it moves, putting it in force, its versions.

The national notices are the prefecture administrator's; an office enters the festivals of its area in
`local_calendar_views`.
"""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.admin import calendar_versions, holidays
from gongkai.admin.calendar_pages import changed_words, preview_page, version_page
from gongkai.admin.holidays import as_lines
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
    uow, actor = current.uow(), current.actor()
    today, states = shanghai_date(uow.now), holidays.year_states(uow)
    missing = [row.year for row in states if row.state == "missing" and row.year <= today.year + 1]
    return render_template(
        "admin/calendar/index.html",
        states=states,
        missing=min(missing, default=None),
        pressing=bool(missing) and (min(missing) <= today.year or today.month >= NOTICE_MONTH),
        first=today.year - holidays.YEARS_BACK,
        festivals=holidays.festivals(uow),
        words=holidays.words,
        versions=calendar_versions.versions(uow, office_id=actor.tenant_id, local=False),
        history=history(uow, actor=actor, key=calendar_versions.HISTORY_KEY),
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
        calendar_versions.propose(uow, actor=current.actor(), notice=notice)
    except Invalid as refusal:
        current.finish(commit=False)
        return _edit_page(year, request.form, refusal.by_field()), 400
    return redirect(url_for("calendar.preview", year=year))


@route(blueprint, "/admin/calendar/<int:year>/preview", permission=Permission.SETTINGS_MANAGE, methods=["GET", "POST"])
def preview(year: int) -> ResponseReturnValue:
    """What the notice would move; put it in force."""
    uow, actor = current.uow(), current.actor()
    if request.method == "POST":
        token = request.form.get("token", "")
        notice = calendar_versions.put_in_force(uow, actor=actor, year=year, token=token)
        flash(changed_words(notice), "success")
        return redirect(url_for("calendar.index"))
    waiting = calendar_versions.proposal(uow, office_id=actor.tenant_id, year=year, local=False)
    return preview_page(waiting, "calendar", [(CRUMB, url_for("calendar.index"))])


@route(blueprint, "/admin/calendar/versions/<int:calendar_version_id>", permission=Permission.SETTINGS_MANAGE)
def version(calendar_version_id: int) -> ResponseReturnValue:
    """A notice that was put in force, and what it moved."""
    found = calendar_versions.get_version(
        current.uow(), office_id=current.actor().tenant_id, version_id=calendar_version_id, local=False
    )
    return version_page(found, [(CRUMB, url_for("calendar.index"))])


def _edit_page(year: int, fields: Mapping[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "admin/calendar/edit.html",
        year=year,
        fields=fields,
        errors=errors,
        crumbs=[(CRUMB, url_for("calendar.index")), (f"{year}年放假安排",)],
    )

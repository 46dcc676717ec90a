"""Screens of an office for the festivals of its area （地方节假日）: its years, entering, what moves, versions."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.admin import calendar_versions, holidays
from gongkai.admin.calendar_pages import changed_words, preview_page, version_page
from gongkai.admin.holidays import as_lines
from gongkai.core.calendar.instants import format_datetime, shanghai_date
from gongkai.core.errors import Invalid
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("local_calendar", __name__, template_folder="templates")
CRUMB = "地方节假日"


@route(blueprint, "/office/calendar/", permission=Permission.RULES_MANAGE)
def index() -> ResponseReturnValue:
    """The office's own years beside those of offices above it and of the country."""
    uow, actor = current.uow(), current.actor()
    years = holidays.local_years(uow, office_id=actor.tenant_id)
    this = shanghai_date(uow.now).year
    return render_template(
        "admin/calendar/local.html",
        years=years,
        this=next(row for row in years if row.year == this),
        first=this - holidays.YEARS_BACK,
        above=holidays.festivals(uow, above=actor.tenant_path),
        national=holidays.year_states(uow),
        words=holidays.words,
        versions=calendar_versions.versions(uow, office_id=actor.tenant_id, local=True),
        time_words=format_datetime,
        crumbs=[(CRUMB,)],
    )


@route(blueprint, "/office/calendar/<int:year>", permission=Permission.RULES_MANAGE, methods=["GET", "POST"])
def edit(year: int) -> ResponseReturnValue:
    """Enter a year's festivals of the area; what they move is looked at before they hold."""
    uow, actor = current.uow(), current.actor()
    holidays.expect_year(uow, year=year)
    if request.method != "POST":
        notice = holidays.current_notice(uow, year=year, office_id=actor.tenant_id)
        return _edit_page(year, {"days_off": as_lines(notice.days_off), "source": notice.source}, {})
    try:
        notice = holidays.read_notice(uow, year=year, sent=request.form, office_id=actor.tenant_id)
        calendar_versions.propose(uow, actor=actor, notice=notice)
    except Invalid as refusal:
        current.finish(commit=False)
        return _edit_page(year, request.form, refusal.by_field()), 400
    return redirect(url_for("local_calendar.preview", year=year))


@route(blueprint, "/office/calendar/<int:year>/preview", permission=Permission.RULES_MANAGE, methods=["GET", "POST"])
def preview(year: int) -> ResponseReturnValue:
    """What the festivals would move; put them in force."""
    uow, actor = current.uow(), current.actor()
    if request.method == "POST":
        token = request.form.get("token", "")
        notice = calendar_versions.put_in_force(uow, actor=actor, year=year, token=token, local=True)
        flash(changed_words(notice), "success")
        return redirect(url_for("local_calendar.index"))
    waiting = calendar_versions.proposal(uow, office_id=actor.tenant_id, year=year, local=True)
    return preview_page(waiting, "local_calendar", [(CRUMB, url_for("local_calendar.index"))])


@route(blueprint, "/office/calendar/versions/<int:local_version_id>", permission=Permission.RULES_MANAGE)
def version(local_version_id: int) -> ResponseReturnValue:
    """Festivals that were put in force, and what they moved."""
    found = calendar_versions.get_version(
        current.uow(), office_id=current.actor().tenant_id, version_id=local_version_id, local=True
    )
    return version_page(found, [(CRUMB, url_for("local_calendar.index"))])


def _edit_page(year: int, fields: Mapping[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "admin/calendar/local_edit.html",
        year=year,
        fields=fields,
        errors=errors,
        crumbs=[(CRUMB, url_for("local_calendar.index")), (f"{year}年地方节假日",)],
    )

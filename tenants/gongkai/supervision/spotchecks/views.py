"""Pages of spot checks: the draws, a new one, its records, one record, print and spreadsheets."""

from io import BytesIO

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_datetime, shanghai_date
from gongkai.core.errors import Conflict, Invalid
from gongkai.core.officialdoc.html import render_html
from gongkai.publishing.responses import refusal_status, say, undo
from gongkai.supervision.catalogue import PROBLEM_CLASSES, rule_label
from gongkai.supervision.dashboard_views import SPREADSHEET
from gongkai.supervision.ledger.entering import ENTERED
from gongkai.supervision.picking import picker, present_units, read_with_units
from gongkai.supervision.spotchecks import document, queries, services
from gongkai.supervision.spotchecks.models import RESULTS
from gongkai.supervision.spotchecks.schemas import read_check, read_found
from gongkai.tenancy.models import Tenant
from gongkai.web import current
from gongkai.web.arguments import page_number
from gongkai.web.routing import route

blueprint = Blueprint("spot_checks", __name__, template_folder="templates")
DECIDE = Permission.FINDINGS_DECIDE
PROBLEM_RULES = {code: title for code, title in ENTERED.items() if code != "SR-B1"}
"""What is praised is no problem."""


@route(blueprint, "/office/checks/", permission=DECIDE)
def index() -> ResponseReturnValue:
    """The draws of the office, newest first."""
    work, page = current.uow(), page_number()
    rows, total = queries.checks_of(work, office_id=current.actor().tenant_id, page=page)
    return render_template(
        "spotchecks/index.html",
        rows=rows,
        total=total,
        page=page,
        pages=-(-total // queries.PAGE_SIZE),
        unchecked=queries.count_unchecked(work, current.actor()),
        minute=format_datetime,
    )


@route(blueprint, "/office/checks/new", permission=DECIDE, methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Say what to draw from, and draw."""
    work, actor = current.uow(), current.actor()
    units, today = present_units(work, office_id=actor.tenant_id), shanghai_date(work.now)
    if request.method != "POST" or request.form.get("search") is not None:
        return _form(request.values.to_dict(), picker(units, request.values), {})
    try:
        form, chosen = read_with_units(lambda values: read_check(values, today=today), request.form, units)
        check = services.draw_check(work, actor=actor, form=form, unit_ids=[row.id for row in chosen])
    except Invalid as error:
        return _form(request.form.to_dict(), picker(units, request.form), undo(error)), 400
    say("已抽取，请逐条检查并登记结果。")
    return redirect(url_for(".show", check_id=check.id))


@route(blueprint, "/office/checks/<int:check_id>", permission=DECIDE)
def show(check_id: int) -> ResponseReturnValue:
    """A draw with its records."""
    work, actor = current.uow(), current.actor()
    check = services.get_check(work, actor=actor, check_id=check_id)
    return render_template(
        "spotchecks/check.html",
        check=check,
        rows=queries.records_of(work, office_id=actor.tenant_id, check_id=check.id),
        manner=document.manner_of(check),
        method=document.METHOD,
        results=RESULTS,
        rule_label=rule_label,
        minute=format_datetime,
    )


@route(blueprint, "/office/checks/records/<int:record_id>", permission=DECIDE, methods=["GET", "POST"])
def record(record_id: int) -> ResponseReturnValue:
    """The record of one item: what was looked at and found."""
    work, actor = current.uow(), current.actor()
    check_id = services.get_record(work, actor=actor, record_id=record_id).check_id
    if request.method != "POST":
        return _record(record_id, {})
    try:
        services.record(work, actor=actor, record_id=record_id, found=read_found(request.form))
    except (Invalid, Conflict) as error:
        return _record(record_id, undo(error)), refusal_status(error)
    say("已登记检查结果。")
    rows = queries.records_of(work, office_id=actor.tenant_id, check_id=check_id)
    following = next((row.id for row in rows if not row.result), None)
    if following is None:
        return redirect(url_for(".show", check_id=check_id))
    return redirect(url_for(".record", record_id=following))


@route(blueprint, "/office/checks/<int:check_id>/print", permission=DECIDE)
def print_view(check_id: int) -> ResponseReturnValue:
    """The records, to be printed and signed."""
    work, actor = current.uow(), current.actor()
    check = services.get_check(work, actor=actor, check_id=check_id)
    built = document.build(
        work, check=check, rows=queries.records_of(work, office_id=actor.tenant_id, check_id=check.id)
    )
    return render_template(
        "spotchecks/print.html",
        title=built.title,
        back=url_for(".show", check_id=check.id),
        document=render_html(built),
    )


@route(blueprint, "/office/checks/<int:check_id>/records.xlsx", permission=DECIDE)
def export(check_id: int) -> ResponseReturnValue:
    """The records as a spreadsheet."""
    work, actor = current.uow(), current.actor()
    check = services.get_check(work, actor=actor, check_id=check_id)
    rows = queries.records_of(work, office_id=actor.tenant_id, check_id=check.id)
    return _book(document.records_workbook(rows), f"{check.title}检查记录.xlsx")


@route(blueprint, "/office/checks/<int:check_id>/draw.xlsx", permission=DECIDE)
def lots(check_id: int) -> ResponseReturnValue:
    """What the sample was drawn from, with the lot of each item."""
    work, actor = current.uow(), current.actor()
    check = services.get_check(work, actor=actor, check_id=check_id)
    rows = queries.records_of(work, office_id=actor.tenant_id, check_id=check.id)
    return _book(document.draw_workbook(check, [row.item_id for row in rows]), f"{check.title}抽样底册.xlsx")


def _book(data: bytes, name: str) -> Response:
    return send_file(BytesIO(data), mimetype=SPREADSHEET, as_attachment=True, download_name=name)


def _form(values: dict[str, str], choice: object, errors: dict[str, str]) -> str:
    return render_template("spotchecks/new.html", values=values, picker=choice, errors=errors)


def _record(record_id: int, errors: dict[str, str]) -> str:
    work, actor = current.uow(), current.actor()
    one = services.get_record(work, actor=actor, record_id=record_id)
    check = services.get_check(work, actor=actor, check_id=one.check_id)
    known = {"result": one.result, "looked_at": one.looked_at}
    return render_template(
        "spotchecks/record.html",
        record=one,
        check=check,
        unit=work.session.get_one(Tenant, one.unit_id),
        number=len(queries.records_of(work, office_id=actor.tenant_id, check_id=check.id)),
        values=request.form or known,
        errors=errors,
        results=list(RESULTS.items()),
        rules=list(PROBLEM_RULES.items()),
        classes=list(PROBLEM_CLASSES.items()),
        rule_label=rule_label,
    )

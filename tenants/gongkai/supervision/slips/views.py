"""Reminder slips as an office works with them: the register, a new one, one with its units, print, decisions."""

from datetime import date
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_datetime, shanghai_date
from gongkai.core.errors import Conflict, Invalid
from gongkai.core.officialdoc.docx import render_docx
from gongkai.core.officialdoc.html import render_html
from gongkai.core.officialdoc.model import OfficialDocument
from gongkai.core.storage.names import content_disposition
from gongkai.publishing.responses import refusal_status, say, undo
from gongkai.supervision.dashboard_views import SPREADSHEET
from gongkai.supervision.picking import picker, present_units, read_with_units
from gongkai.supervision.slips import document, queries, services
from gongkai.supervision.slips.exports import register_workbook
from gongkai.supervision.slips.models import SlipEvent
from gongkai.supervision.slips.schemas import read_reason, read_return, read_slip
from gongkai.supervision.slips.states import EVENT_LABELS, OPEN, OVERDUE, OVERDUE_LABEL, STATE_LABELS, State, label_of
from gongkai.web import current
from gongkai.web.arguments import page_number
from gongkai.web.pdf.views import pdf_answer
from gongkai.web.routing import route

blueprint = Blueprint("slips", __name__, template_folder="../templates")
WRITE = Permission.SLIPS_WRITE
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FILTERS = [(OVERDUE, OVERDUE_LABEL), *((str(state), label) for state, label in STATE_LABELS.items())]
_TONES = {State.REPLIED: "warn", State.CLOSED: "main", State.RETURNED: "warn"}
_CHUNK = 64 * 1024
SHOWN_UNITS = 50


@route(blueprint, "/office/slips/", permission=WRITE)
def index() -> ResponseReturnValue:
    """The register of a year, with the closure rate."""
    work, office_id, page = current.uow(), current.actor().tenant_id, page_number()
    years, wanted = queries.years_of(work, office_id=office_id), asked_filter()
    shown = wanted.year or shanghai_date(work.now).year
    rows, total = queries.register(work, office_id=office_id, wanted=wanted, page=page)
    figures = queries.slip_figures(
        work, office_id=office_id, first=date(shown, 1, 1), last=date(shown, 12, 31)
    )  # fmt: skip
    return render_template(
        "supervision/slips/index.html",
        rows=rows,
        total=total,
        page=page,
        pages=-(-total // queries.PAGE_SIZE),
        wanted=wanted,
        year=shown,
        years=sorted({*years, shown}, reverse=True),
        figures=figures,
        states=FILTERS,
    )


@route(blueprint, "/office/slips/register.xlsx", permission=WRITE)
def export() -> ResponseReturnValue:
    """The register as a spreadsheet, narrowed as the list is."""
    work = current.uow()
    rows = queries.exported(work, office_id=current.actor().tenant_id, wanted=asked_filter())
    data = register_workbook(rows, today=shanghai_date(work.now))
    return send_file(BytesIO(data), mimetype=SPREADSHEET, as_attachment=True, download_name="工作提示单登记簿.xlsx")


@route(blueprint, "/office/slips/new", permission=WRITE, methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Write a slip and issue it to one unit or many."""
    units = present_units(current.uow(), office_id=current.actor().tenant_id)
    if request.method != "POST" or request.form.get("search") is not None:
        return _form(request.values.to_dict(), picker(units, request.values), {})
    try:
        form, chosen = read_with_units(read_slip, request.form, units)
        slip = services.issue(current.uow(), actor=current.actor(), form=form, unit_ids=[row.id for row in chosen])
    except Invalid as error:
        return _form(request.form.to_dict(), picker(units, request.form), undo(error)), 400
    say(f"已向{len(chosen)}家单位印发工作提示单（{slip.number}），系统已通知各单位。")
    return redirect(url_for(".show", slip_id=slip.id))


@route(blueprint, "/office/slips/<int:slip_id>", permission=WRITE)
def show(slip_id: int) -> ResponseReturnValue:
    """A slip, each unit's state and reply, and what can be decided."""
    return _page(slip_id, {})


@route(blueprint, "/office/slips/<int:slip_id>/print", permission=WRITE)
def print_view(slip_id: int) -> ResponseReturnValue:
    """The slip alone, to be printed."""
    built, title = _document(slip_id)
    return render_template(
        "supervision/slips/print.html",
        title=title,
        back=url_for(".show", slip_id=slip_id),
        download=url_for(".download", slip_id=slip_id),
        download_pdf=url_for(".download_pdf", slip_id=slip_id),
        document=render_html(built),
    )


@route(blueprint, "/office/slips/<int:slip_id>/slip.docx", permission=WRITE)
def download(slip_id: int) -> ResponseReturnValue:
    """The slip as .docx."""
    built, title = _document(slip_id)
    answer = Response(render_docx(built), mimetype=WORD)
    answer.headers["Content-Disposition"] = content_disposition(f"{title}.docx")
    return answer


@route(blueprint, "/office/slips/<int:slip_id>/slip.pdf", permission=WRITE)
def download_pdf(slip_id: int) -> ResponseReturnValue:
    """The slip as PDF, where a converter is configured."""
    built, title = _document(slip_id)
    return pdf_answer(built, title, back=url_for(".print_view", slip_id=slip_id))


def _document(slip_id: int) -> tuple[OfficialDocument, str]:
    """The slip as an official document, and its title."""
    slip = services.get_slip(current.uow(), office_id=current.actor().tenant_id, slip_id=slip_id)
    units = queries.deliveries_of(current.uow(), slip_id=slip.id)
    return document.build(current.uow(), slip=slip, units=units), document.title_of(slip)


@route(blueprint, "/office/slips/<int:slip_id>/withdraw", permission=WRITE, methods=["POST"])
def withdraw(slip_id: int) -> ResponseReturnValue:
    """Withdraw the slip from every unit with which it is not settled."""
    services.get_slip(current.uow(), office_id=current.actor().tenant_id, slip_id=slip_id)
    try:
        reason = read_reason(request.form.get("reason", ""), what="撤回")
        number = services.withdraw(current.uow(), actor=current.actor(), slip_id=slip_id, reason=reason)
    except (Invalid, Conflict) as error:
        return _page(slip_id, undo(error)), refusal_status(error)
    say(f"已向{number}家单位撤回，系统已通知；编号不再使用。")
    return redirect(url_for(".show", slip_id=slip_id))


@route(blueprint, "/office/slips/deliveries/<int:delivery_id>", permission=WRITE, methods=["POST"])
def decide(delivery_id: int) -> ResponseReturnValue:
    """办结, 退回 or 撤回 with one unit."""
    work, actor = current.uow(), current.actor()
    slip_id = services.office_delivery(work, actor=actor, delivery_id=delivery_id).slip_id
    deed, reason = request.form.get("deed", ""), request.form.get("reason", "")
    try:
        if deed == "close":
            services.close(work, actor=actor, delivery_id=delivery_id)
            say("已办结。")
        elif deed == "withdraw":
            why = read_reason(reason, what="撤回")
            services.withdraw(work, actor=actor, slip_id=slip_id, reason=why, delivery_id=delivery_id)
            say("已撤回，系统已通知该单位。")
        elif deed == "return":
            why, days = read_return(request.form)
            services.send_back(work, actor=actor, delivery_id=delivery_id, reason=why, working_days=days)
            say("已退回，系统已通知该单位重新回复。")
        else:
            return _page(slip_id, {"deed": "未选择处理方式；请选择办结、退回或者撤回"}), 400
    except (Invalid, Conflict) as error:
        return _page(slip_id, undo(error), delivery_id), refusal_status(error)
    return redirect(url_for(".show", slip_id=slip_id, _anchor=f"unit-{delivery_id}"))


@route(blueprint, "/office/slips/answers/<int:answer_id>", permission=WRITE)
def answer_file(answer_id: int) -> ResponseReturnValue:
    """The file of a reply under its own name."""
    return file_of(services.reply_with_file(current.uow(), answer_id=answer_id, actor=current.actor(), office=True))


def asked_filter() -> queries.SlipFilter:
    """What the address narrows the register to; without a year, the running one."""
    year = request.args.get("year", shanghai_date(current.uow().now).year, type=int)
    state = request.args.get("state", "")
    known = state if state in dict(FILTERS) else ""
    return queries.SlipFilter(
        year if year and 2000 <= year <= 9999 else None, known, request.args.get("q", "").strip()[:40]
    )


def file_of(event: SlipEvent) -> Response:
    """A reply's file as an answer."""
    stream = current.services().files.open(event.file_digest)
    response = Response(iter(lambda: stream.read(_CHUNK), b""), mimetype="application/octet-stream")
    response.call_on_close(stream.close)
    response.headers["Content-Disposition"] = content_disposition(event.filename)
    return response


def words_of(row: Any, today: date) -> tuple[str, str]:
    """A delivery's state in words, and its tone."""
    label = label_of(row.state, row.due_date, today)
    return label, "danger" if label == OVERDUE_LABEL else _TONES.get(State(row.state), "neutral")


def _form(values: dict[str, str], choice: object, errors: dict[str, str]) -> str:
    return render_template("supervision/slips/new.html", values=values, picker=choice, errors=errors)


def _page(slip_id: int, errors: dict[str, str], delivery_id: int | None = None) -> str:
    work, actor = current.uow(), current.actor()
    slip = services.get_slip(work, office_id=actor.tenant_id, slip_id=slip_id)
    units = queries.deliveries_of(work, slip_id=slip.id)
    today = shanghai_date(work.now)
    states = {row.id: words_of(row, today) for row in units}
    # What waits for the office comes first, then what the unit owes.
    ordered = sorted(units, key=lambda row: (row.state != State.REPLIED, states[row.id][0] != OVERDUE_LABEL))
    page = min(page_number(), -(-len(units) // SHOWN_UNITS))
    shown = ordered[(page - 1) * SHOWN_UNITS : page * SHOWN_UNITS]
    return render_template(
        "supervision/slips/slip.html",
        slip=slip,
        units=units,
        shown=shown,
        page=page,
        pages=-(-len(units) // SHOWN_UNITS),
        events=queries.events_of(work, delivery_ids=[row.id for row in shown]),
        states=states,
        overdue=sum(1 for label, _ in states.values() if label == OVERDUE_LABEL),
        number={state: sum(1 for row in units if row.state == state) for state in State},
        opened=[row for row in units if row.state in OPEN],
        deeds=EVENT_LABELS,
        minute=format_datetime,
        refused=delivery_id,
        values=request.form,
        errors=errors,
    )

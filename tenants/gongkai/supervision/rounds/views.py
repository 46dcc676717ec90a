"""Naming as an office works with it: the verification of a circular, decisions on objections, who has read it."""

from collections.abc import Sequence

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_datetime, shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.errors import Conflict, Fault, Forbidden, Invalid, Refused
from gongkai.core.officialdoc.html import render_html
from gongkai.core.storage.names import content_disposition
from gongkai.publishing.responses import refusal_status, say, undo
from gongkai.supervision.circulars.services import OPEN
from gongkai.supervision.circulars.views import Frame, load
from gongkai.supervision.rounds import decisions, document, queries, services, states
from gongkai.supervision.rounds.models import VerificationLine
from gongkai.supervision.rounds.schemas import FEWEST_DAYS, REASON_LIMIT, read_days, read_reason
from gongkai.supervision.rounds.standing import due_words, standing_of
from gongkai.supervision.rounds.states import Answer, SheetState
from gongkai.web import current
from gongkai.web.arguments import page_number
from gongkai.web.routing import route

blueprint = Blueprint("rounds", __name__, template_folder="../templates")
WRITE = Permission.CIRCULARS_WRITE
REFUSALS = (Invalid, Conflict, Forbidden, Refused)
SHOWN_UNITS = 50
_CHUNK = 64 * 1024


@route(blueprint, "/office/circulars/<int:circular_id>/verification", permission=WRITE)
def verification(circular_id: int) -> ResponseReturnValue:
    """How the verification of a circular stands, and what is to be decided."""
    return _page(circular_id, {})


@route(blueprint, "/office/circulars/<int:circular_id>/verification/start", permission=WRITE, methods=["POST"])
def start(circular_id: int) -> ResponseReturnValue:
    """Send the sheets to the units that have not been asked."""
    work, actor = current.uow(), current.actor()
    load(circular_id)
    try:
        days = read_days(request.form.get("working_days", ""))
        begun = services.start(work, actor=actor, circular_id=circular_id, working_days=days)
    except REFUSALS as error:
        return _page(circular_id, undo(error)), refusal_status(error)
    say(f"已发送问题核实反馈表，请各单位于{begun.due_date}前反馈，系统已通知。")
    return redirect(url_for(".verification", circular_id=circular_id))


@route(blueprint, "/office/circulars/<int:circular_id>/verification/skip", permission=WRITE, methods=["POST"])
def skip(circular_id: int) -> ResponseReturnValue:
    """Name units without asking them, with the reason."""
    work, actor = current.uow(), current.actor()
    load(circular_id)
    try:
        reason = read_reason(request.form.get("skip_reason", ""), field="skip_reason", what="不核实的理由")
        services.skip(work, actor=actor, circular_id=circular_id, reason=reason)
    except REFUSALS as error:
        return _page(circular_id, undo(error)), refusal_status(error)
    say("已记录不核实的理由，留存备查。")
    return redirect(url_for(".verification", circular_id=circular_id))


@route(blueprint, "/office/circulars/verification/lines/<int:line_id>", permission=WRITE, methods=["POST"])
def decide(line_id: int) -> ResponseReturnValue:
    """Keep a contested fact or correct it."""
    work, actor = current.uow(), current.actor()
    sheet = decisions.sheet_of_line(work, actor=actor, line_id=line_id)
    circular_id = sheet.circular_id
    field = f"reason-{line_id}"
    try:
        reason = read_reason(request.form.get(field, ""), field=field, what="处理理由")
        chosen = request.form.get("decision", "")
        if chosen not in ("keep", "correct"):
            raise Invalid([Fault(field, "未选择处理结果", "请选择维持或者更正")])
        decisions.decide(work, actor=actor, line_id=line_id, correct=chosen == "correct", reason=reason)
    except REFUSALS as error:
        return _page(circular_id, undo(error)), refusal_status(error)
    done = "已维持，通报照列" if chosen == "keep" else "已更正，通报不再点名"
    say(f"{done}；系统已通知该单位。")
    return redirect(url_for(".verification", circular_id=circular_id, _anchor=f"sheet-{sheet.id}"))


@route(blueprint, "/office/circulars/verification/<int:sheet_id>/print", permission=WRITE)
def print_view(sheet_id: int) -> ResponseReturnValue:
    """A sheet alone, to be printed."""
    work = current.uow()
    sheet = services.office_sheet(work, actor=current.actor(), sheet_id=sheet_id)
    lines = queries.lines_of(work, sheet_ids=[sheet.id]).get(sheet.id, ())
    return render_template(
        "supervision/rounds/print.html",
        title=document.TITLE,
        back=url_for(".verification", circular_id=sheet.circular_id),
        document=render_html(document.build(work, sheet=sheet, lines=lines)),
    )


@route(blueprint, "/office/circulars/verification/lines/<int:line_id>/file", permission=WRITE)
def evidence(line_id: int) -> ResponseReturnValue:
    """The file of an objection."""
    return file_of(services.line_with_file(current.uow(), line_id=line_id, actor=current.actor(), office=True))


@route(blueprint, "/office/circulars/<int:circular_id>/receipts", permission=WRITE)
def receipts(circular_id: int) -> ResponseReturnValue:
    """Who has confirmed reading an issued circular."""
    circular = load(circular_id)
    rows = queries.receipts_of(current.uow(), office_id=circular.tenant_id, circular_id=circular.id)
    return render_template(
        "supervision/rounds/receipts.html",
        frame=Frame(circular, 7),
        circular=circular,
        rows=rows,
        missing=sum(1 for row in rows if row.confirmed_at is None),
        minute=format_datetime,
    )


def file_of(line: VerificationLine) -> Response:
    """An objection's file as an answer."""
    stream = current.services().files.open(line.file_digest)
    response = Response(iter(lambda: stream.read(_CHUNK), b""), mimetype="application/octet-stream")
    response.call_on_close(stream.close)
    response.headers["Content-Disposition"] = content_disposition(line.filename)
    return response


def _page(circular_id: int, errors: dict[str, str]) -> str:
    work, circular = current.uow(), load(circular_id)
    sheets = queries.sheets_of(work, office_id=circular.tenant_id, circular_id=circular.id)
    lines = queries.lines_of(work, sheet_ids=[row.id for row in sheets])
    contested = {sheet: [row for row in rows if row.answer == Answer.CONTEST] for sheet, rows in lines.items()}
    waiting = decisions.disputed(work, [one for rows in contested.values() for row in rows for one in row.finding_ids])
    today = shanghai_date(work.now)
    # What waits for the office comes first, then what the units owe.
    ordered = sorted(sheets, key=lambda row: (not _undecided(contested.get(row.id, [])), row.state != SheetState.SENT))
    pages = max(1, -(-len(sheets) // SHOWN_UNITS))
    page = min(page_number(), pages)
    return render_template(
        "supervision/rounds/verification.html",
        frame=Frame(circular, 2),
        circular=circular,
        standing=standing_of(work, circular),
        sheets=sheets,
        shown=ordered[(page - 1) * SHOWN_UNITS : page * SHOWN_UNITS],
        page=page,
        pages=pages,
        lines=lines,
        contested=sum(1 for rows in contested.values() if rows),
        undecided=sum(1 for rows in contested.values() if _undecided(rows)),
        number={state: sum(1 for row in sheets if row.state == state) for state in SheetState},
        due=due_words([row for row in sheets if row.due_date >= today]),
        disputed=frozenset(waiting),
        may_act=circular.state in OPEN,
        words=states,
        fewest=FEWEST_DAYS,
        reason_limit=REASON_LIMIT,
        minute=format_datetime,
        values=request.form,
        errors=errors,
    )


def _undecided(rows: Sequence[AnyRow]) -> bool:
    return any(not row.decision for row in rows)

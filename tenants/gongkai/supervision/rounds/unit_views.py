"""Circulars as a unit meets them: it is asked before it is named, and confirms afterwards that it has read them."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_datetime, shanghai_date
from gongkai.core.errors import Conflict, Invalid
from gongkai.core.officialdoc.html import render_html
from gongkai.publishing.responses import refusal_status, say, undo
from gongkai.supervision.rounds import document, queries, receipts, services, states
from gongkai.supervision.rounds.models import VerificationSheet
from gongkai.supervision.rounds.schemas import NOTE_LIMIT, read_statements
from gongkai.supervision.rounds.states import SheetState, time_is_up
from gongkai.supervision.rounds.views import file_of
from gongkai.supervision.slips.services import Upload
from gongkai.tenancy.models import Tenant
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("own_circulars", __name__, template_folder="../templates")
READ, ANSWER = Permission.FINDINGS_READ, Permission.DEMANDS_ANSWER


@route(blueprint, "/work/circulars/", permission=READ)
def index() -> ResponseReturnValue:
    """What the unit was asked before it is named, and the circulars that name it."""
    work, unit_id = current.uow(), current.actor().tenant_id
    sheets = queries.own_sheets(work, tenant_id=unit_id)
    rows = queries.own_receipts(work, tenant_id=unit_id)
    asked = [row for row in sheets if row.state == SheetState.SENT]
    return render_template(
        "supervision/rounds/own.html",
        sheets=sheets,
        receipts=rows,
        asked=asked,
        unread=[row for row in rows if row.confirmed_at is None and not row.withdrawn_reason],
        words=states,
    )


@route(blueprint, "/work/circulars/sheets/<int:sheet_id>", permission=READ)
def sheet(sheet_id: int) -> ResponseReturnValue:
    """A 问题核实反馈表, with the form to answer it."""
    return _sheet(sheet_id, {})


@route(blueprint, "/work/circulars/sheets/<int:sheet_id>", permission=ANSWER, methods=["POST"], endpoint="answer")
def send_answer(sheet_id: int) -> ResponseReturnValue:
    """Answer each fact; objections with what they rest on."""
    work, actor = current.uow(), current.actor()
    own = services.own_sheet(work, actor=actor, sheet_id=sheet_id)
    ids = [line.id for line in services.lines_of(work, own)]
    uploads = _uploads(ids)
    try:
        services.expect_waiting(work, own)
        said = read_statements(request.form, line_ids=ids, files=uploads)
        services.answer(work, actor=actor, sheet_id=sheet_id, statements=said, uploads=uploads)
    except (Invalid, Conflict) as error:
        return _sheet(sheet_id, undo(error)), refusal_status(error)
    say("已反馈，系统已通知发表机关。" if any(one.note for one in said.values()) else "已反馈：无异议。")
    return redirect(url_for(".sheet", sheet_id=sheet_id))


@route(blueprint, "/work/circulars/sheets/<int:sheet_id>/print", permission=READ)
def print_view(sheet_id: int) -> ResponseReturnValue:
    """The sheet as this unit received it, to be printed."""
    work = current.uow()
    own = services.own_sheet(work, actor=current.actor(), sheet_id=sheet_id)
    lines = queries.lines_of(work, sheet_ids=[own.id]).get(own.id, ())
    return render_template(
        "supervision/rounds/print.html",
        title=document.TITLE,
        back=url_for(".sheet", sheet_id=own.id),
        document=render_html(document.build(work, sheet=own, lines=lines)),
    )


@route(blueprint, "/work/circulars/lines/<int:line_id>/file", permission=READ)
def evidence(line_id: int) -> ResponseReturnValue:
    """The file of one's own objection."""
    return file_of(services.line_with_file(current.uow(), line_id=line_id, actor=current.actor(), office=False))


@route(blueprint, "/work/circulars/<int:receipt_id>", permission=READ)
def receipt(receipt_id: int) -> ResponseReturnValue:
    """What an issued circular says of the unit."""
    return _receipt(receipt_id, {})


@route(blueprint, "/work/circulars/<int:receipt_id>", permission=ANSWER, methods=["POST"], endpoint="confirm")
def confirm_reading(receipt_id: int) -> ResponseReturnValue:
    """Confirm that it has been read （阅知确认）."""
    try:
        receipts.confirm(current.uow(), actor=current.actor(), receipt_id=receipt_id)
    except Conflict as error:
        return _receipt(receipt_id, undo(error)), refusal_status(error)
    say("已确认阅知，请在整改时限前完成整改并反馈。")
    return redirect(url_for(".receipt", receipt_id=receipt_id))


def _uploads(line_ids: list[int]) -> dict[int, Upload]:
    held = current.services()
    found = {}
    for line_id in line_ids:
        chosen = request.files.get(f"file-{line_id}")
        if chosen is not None and chosen.filename:
            limit = held.settings.upload_limit_bytes
            found[line_id] = Upload(held.files, chosen.filename, chosen.stream, limit)  # type: ignore[arg-type]
    return found


def _sheet(sheet_id: int, errors: dict[str, str]) -> str:
    work, actor = current.uow(), current.actor()
    own = services.own_sheet(work, actor=actor, sheet_id=sheet_id)
    return render_template(
        "supervision/rounds/own_sheet.html",
        sheet=own,
        lines=queries.lines_of(work, sheet_ids=[own.id]).get(own.id, ()),
        unit=work.session.get_one(Tenant, own.tenant_id),
        office=work.session.get_one(Tenant, own.office_id),
        open_now=_is_open(own),
        may_answer=actor.may(ANSWER) and _is_open(own),
        words=states,
        note_limit=NOTE_LIMIT,
        minute=format_datetime,
        values=request.form,
        errors=errors,
    )


def _is_open(own: VerificationSheet) -> bool:
    today = shanghai_date(current.uow().now)
    return own.state == SheetState.SENT and not time_is_up(own.due_date, today)


def _receipt(receipt_id: int, errors: dict[str, str]) -> str:
    work, actor = current.uow(), current.actor()
    own = receipts.own_receipt(work, actor=actor, receipt_id=receipt_id)
    return render_template(
        "supervision/rounds/receipt.html",
        receipt=own,
        office=work.session.get_one(Tenant, own.office_id),
        may_confirm=actor.may(ANSWER) and own.confirmed_at is None and not own.withdrawn_reason,
        minute=format_datetime,
        errors=errors,
    )

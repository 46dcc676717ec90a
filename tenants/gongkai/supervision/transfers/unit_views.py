"""Transfers as a unit sees them: its lists by month, one of them with the form that sends or corrects it."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Conflict, Invalid
from gongkai.publishing.responses import refusal_status, say, undo
from gongkai.supervision.transfers import pages, queries, services
from gongkai.supervision.transfers.schemas import read_answers, read_sending
from gongkai.supervision.transfers.states import OVERDUE_LABELS, WAITING
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("own_transfers", __name__, template_folder="templates")
SEND = Permission.TRANSFERS_SEND


@route(blueprint, "/work/transfers/", permission=SEND)
def index() -> ResponseReturnValue:
    """What the unit has to hand over and has handed over, month by month."""
    work = current.uow()
    rows = queries.own_lists(work, tenant_id=current.actor().tenant_id)
    today = shanghai_date(work.now)
    states = {row.id: pages.words_of(row, today) for row in rows}
    return render_template(
        "transfers/own.html",
        rows=rows,
        states=states,
        waiting=[row for row in rows if row.state in WAITING],
        overdue=sum(1 for label, _ in states.values() if label in OVERDUE_LABELS.values()),
        month=lambda period: Period.parse(period).label,
        **pages.WORDS,
    )


@route(blueprint, "/work/transfers/<int:transfer_id>", permission=SEND)
def show(transfer_id: int) -> ResponseReturnValue:
    """A list with its rows, and what can be done about it."""
    return _page(transfer_id, {})


@route(blueprint, "/work/transfers/<int:transfer_id>/send", permission=SEND, methods=["POST"])
def send(transfer_id: int) -> ResponseReturnValue:
    """Hand the list over."""
    work, actor = current.uow(), current.actor()
    services.own_list(work, actor=actor, transfer_id=transfer_id)
    try:
        sent = services.send(work, actor=actor, transfer_id=transfer_id, form=read_sending(request.form))
    except (Invalid, Conflict) as error:
        return _page(transfer_id, undo(error)), refusal_status(error)
    say(f"已送交{sent.items}条，等待接收单位确认。" if sent.items else "已作零报告，等待接收单位确认。")
    return redirect(url_for(".show", transfer_id=transfer_id))


@route(blueprint, "/work/transfers/<int:transfer_id>/correct", permission=SEND, methods=["POST"])
def correct(transfer_id: int) -> ResponseReturnValue:
    """Answer what the hall objects to; a corrected list takes this one's place."""
    work, actor = current.uow(), current.actor()
    services.own_list(work, actor=actor, transfer_id=transfer_id)
    try:
        answers, text = read_answers(request.form)
        made = services.correct(work, actor=actor, transfer_id=transfer_id, answers=answers, text=text)
    except (Invalid, Conflict) as error:
        return _page(transfer_id, undo(error)), refusal_status(error)
    say(f"已送交更正清单（第{made.version}版），等待接收单位确认。")
    return redirect(url_for(".show", transfer_id=made.id))


@route(blueprint, "/work/transfers/<int:transfer_id>/print", permission=SEND)
def print_view(transfer_id: int) -> ResponseReturnValue:
    """The list, to be printed, stamped and handed over with the copies."""
    transfer = services.own_list(current.uow(), actor=current.actor(), transfer_id=transfer_id)
    return pages.print_page(transfer, back=url_for(".show", transfer_id=transfer_id))


@route(blueprint, "/work/transfers/<int:transfer_id>/list.xlsx", permission=SEND)
def export(transfer_id: int) -> ResponseReturnValue:
    """The list as a spreadsheet."""
    return pages.workbook(services.own_list(current.uow(), actor=current.actor(), transfer_id=transfer_id))


def _page(transfer_id: int, errors: dict[str, str]) -> str:
    transfer = services.own_list(current.uow(), actor=current.actor(), transfer_id=transfer_id)
    may_export = current.actor().may(Permission.ARCHIVE_EXPORT)
    return pages.page("transfers/own_list.html", transfer, errors, values=request.form, may_export=may_export)

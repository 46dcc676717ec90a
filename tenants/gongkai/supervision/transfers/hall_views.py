"""Transfers as a hall receives them: the lists of a month, one of them to confirm or object to, its packages."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Conflict, Invalid
from gongkai.publishing.archive.queries import published_version
from gongkai.publishing.archive.views import send_bag
from gongkai.publishing.responses import refusal_status, say, undo
from gongkai.supervision.transfers import pages, queries, services
from gongkai.supervision.transfers.schemas import read_problems
from gongkai.supervision.transfers.states import CURRENT, STATE_LABELS, State
from gongkai.web import current
from gongkai.web.arguments import page_number
from gongkai.web.routing import route

blueprint = Blueprint("receiving", __name__, template_folder="templates")
RECEIVE = Permission.TRANSFERS_RECEIVE
FILTERS = [(str(state), STATE_LABELS[state]) for state in CURRENT if state is not State.PREPARED]


@route(blueprint, "/work/receiving/", permission=RECEIVE)
def index() -> ResponseReturnValue:
    """What units have sent of a month; without one asked for, the oldest that waits, else the last month."""
    work, hall_id = current.uow(), current.actor().tenant_id
    waiting, page = queries.received_months(work, hall_id=hall_id), page_number()
    last = str(Period.of(shanghai_date(work.now)).previous())
    period = _asked_period() or (waiting[0][0] if waiting else last)
    state = request.args.get("state", "")
    state = state if state in dict(FILTERS) else ""
    rows, total = queries.received_lists(work, hall_id=hall_id, period=period, state=state, page=page)
    today = shanghai_date(work.now)
    return render_template(
        "transfers/receiving.html",
        rows=rows,
        states={row.id: pages.words_of(row, today) for row in rows},
        total=total,
        page=page,
        pages=-(-total // queries.PAGE_SIZE),
        period=period,
        waiting=[(one, Period.parse(one).label, number) for one, number in waiting],
        month=Period.parse(period).label,
        wanted=state,
        filters=FILTERS,
        **pages.WORDS,
    )


@route(blueprint, "/work/receiving/<int:received_id>", permission=RECEIVE)
def show(received_id: int) -> ResponseReturnValue:
    """A list with its rows, to be compared with what arrived."""
    return _page(received_id, {})


@route(blueprint, "/work/receiving/<int:received_id>/confirm", permission=RECEIVE, methods=["POST"])
def confirm(received_id: int) -> ResponseReturnValue:
    """Confirm that all of it has arrived."""
    work, actor = current.uow(), current.actor()
    services.received_list(work, actor=actor, transfer_id=received_id)
    try:
        taken = services.confirm(work, actor=actor, transfer_id=received_id)
    except Conflict as error:
        return _page(received_id, undo(error)), refusal_status(error)
    say("已确认接收。")
    return redirect(url_for(".index", period=taken.period))


@route(blueprint, "/work/receiving/<int:received_id>/dispute", permission=RECEIVE, methods=["POST"])
def dispute(received_id: int) -> ResponseReturnValue:
    """Say what is missing or damaged."""
    work, actor = current.uow(), current.actor()
    services.received_list(work, actor=actor, transfer_id=received_id)
    try:
        problems, text = read_problems(request.form)
        services.dispute(work, actor=actor, transfer_id=received_id, problems=problems, text=text)
    except (Invalid, Conflict) as error:
        return _page(received_id, undo(error)), refusal_status(error)
    say("已退请送交单位核对，系统已通知。")
    return redirect(url_for(".show", received_id=received_id))


@route(blueprint, "/work/receiving/<int:received_id>/print", permission=RECEIVE)
def print_view(received_id: int) -> ResponseReturnValue:
    """The list, to be printed and signed."""
    transfer = services.received_list(current.uow(), actor=current.actor(), transfer_id=received_id)
    return pages.print_page(transfer, back=url_for(".show", received_id=received_id))


@route(blueprint, "/work/receiving/<int:received_id>/list.xlsx", permission=RECEIVE)
def export(received_id: int) -> ResponseReturnValue:
    """The list as a spreadsheet."""
    return pages.workbook(services.received_list(current.uow(), actor=current.actor(), transfer_id=received_id))


@route(blueprint, "/work/receiving/rows/<int:received_row_id>/archive.zip", permission=RECEIVE)
def package(received_row_id: int) -> ResponseReturnValue:
    """The electronic copy of what a row names, as the unit's archive package （BagIt）."""
    work = current.uow()
    row = services.received_row(work, actor=current.actor(), row_id=received_row_id)
    unit_id, item_id, version = row.tenant_id, row.item_id, row.version
    with work.acting_for(unit_id, reason="查阅场所下载送交的归档包"):
        found = published_version(work, item_id=item_id, tenant_id=unit_id, version=version)
    return send_bag(found, tenant_id=unit_id)


def _asked_period() -> str:
    try:
        return str(Period.parse(request.args.get("period", "")))
    except ValueError:
        return ""


def _page(received_id: int, errors: dict[str, str]) -> str:
    transfer = services.received_list(current.uow(), actor=current.actor(), transfer_id=received_id)
    return pages.page("transfers/received.html", transfer, errors, values=request.form)

"""Transfers as an office supervises them: who has sent what of a month, the halls that receive."""

from io import BytesIO

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period, period_range
from gongkai.core.errors import Fault, Invalid
from gongkai.core.tables.writing import Sheet, write_xlsx
from gongkai.publishing.responses import say, undo
from gongkai.supervision.dashboard_views import SPREADSHEET
from gongkai.supervision.facts.units import explain
from gongkai.supervision.picking import present_units
from gongkai.supervision.transfers import halls, pages, queries, services
from gongkai.supervision.transfers.schemas import read_appointment
from gongkai.supervision.transfers.states import CURRENT, HALL_LABELS, OVERDUE, STATE_LABELS, Hall, label_of
from gongkai.web import current
from gongkai.web.arguments import page_number
from gongkai.web.routing import route

blueprint = Blueprint("transfers", __name__, template_folder="templates")
WRITE = Permission.FACTS_WRITE
FILTERS = [(OVERDUE, "逾期（不限月份）"), *((str(state), STATE_LABELS[state]) for state in CURRENT)]
MONTHS_SHOWN = 36
COLUMNS = ("单位", "查阅场所", "类型", "月份", "办理情况", "应办日期", "条数", "送交日期", "接收日期", "是否逾期送交")


@route(blueprint, "/office/transfers/", permission=WRITE)
def index() -> ResponseReturnValue:
    """The lists of a month: who is late, what waits for a hall, what was received."""
    work, office_id, page = current.uow(), current.actor().tenant_id, page_number()
    period, state = _asked()
    rows, total = queries.office_lists(work, office_id=office_id, period=period, state=state, page=page)
    today, asked = shanghai_date(work.now), Period.parse(period)
    last = Period.of(today).previous()
    first = Period.parse(queries.first_month(work, office_id=office_id) or str(last))
    months = sorted({*period_range(max(first, last.minus(MONTHS_SHOWN)), last), asked}, reverse=True)
    return render_template(
        "transfers/index.html",
        rows=rows,
        states={row.id: pages.words_of(row, today) for row in rows},
        total=total,
        page=page,
        pages=-(-total // queries.PAGE_SIZE),
        figures=queries.figures_of(work, office_id=office_id, period=period),
        period=period,
        month=asked.label,
        months=[(str(one), one.label) for one in months],
        wanted=state,
        filters=FILTERS,
        any_hall=any(hall.ended_at is None for hall in queries.halls_of(work, office_id=office_id)),
        **pages.WORDS,
    )


@route(blueprint, "/office/transfers/register.xlsx", permission=WRITE)
def export() -> ResponseReturnValue:
    """The lists of a month as a spreadsheet, narrowed as the page is."""
    work, office_id = current.uow(), current.actor().tenant_id
    period, state = _asked()
    rows, _ = queries.office_lists(work, office_id=office_id, period=period, state=state, page=None)
    today = shanghai_date(work.now)
    lines = (
        (
            row.unit, row.hall, HALL_LABELS[Hall(row.kind)], row.period, label_of(row.state, row.due_date, today),
            row.due_date, row.items, shanghai_date(row.sent_at) if row.sent_at else None,
            shanghai_date(row.received_at) if row.received_at else None, "是" if row.late else "",
        )
        for row in rows
    )  # fmt: skip
    data = write_xlsx([Sheet("送交情况", COLUMNS, lines)])
    return send_file(BytesIO(data), mimetype=SPREADSHEET, as_attachment=True, download_name=f"{period}送交情况.xlsx")


@route(blueprint, "/office/transfers/<int:office_transfer_id>", permission=WRITE)
def show(office_transfer_id: int) -> ResponseReturnValue:
    """A unit's list as it stands."""
    transfer = services.office_list(current.uow(), actor=current.actor(), transfer_id=office_transfer_id)
    return pages.page("transfers/office_list.html", transfer, {})


@route(blueprint, "/office/transfers/halls", permission=WRITE, methods=["GET", "POST"])
def receiving_halls() -> ResponseReturnValue:
    """The archive and the library that receive, and appointing one."""
    if request.method != "POST":
        return _halls({})
    try:
        kind, period = read_appointment(request.form)
        hall_id = _named()
        halls.appoint(current.uow(), actor=current.actor(), hall_id=hall_id, kind=kind, from_period=period)
    except Invalid as error:
        return _halls(undo(error)), 400
    say("已指定查阅场所。请该单位管理员为负责人员授予“查阅场所接收员”岗位。")
    return redirect(url_for(".receiving_halls"))


@route(blueprint, "/office/transfers/halls/<int:appointment_id>/end", permission=WRITE, methods=["POST"])
def end_hall(appointment_id: int) -> ResponseReturnValue:
    """Have no further lists made for a hall."""
    halls.end(current.uow(), actor=current.actor(), appointment_id=appointment_id)
    say("已停止，今后不再生成送交清单；已经生成的照常送交和接收。")
    return redirect(url_for(".receiving_halls"))


def _asked() -> tuple[str, str]:
    """The month and state that the address asks for; without one, the last month."""
    state = request.args.get("state", "")
    try:
        period = Period.parse(request.args.get("period", ""))
    except ValueError:
        period = Period.of(shanghai_date(current.uow().now)).previous()
    return str(period), state if state in dict(FILTERS) else ""


def _named() -> int:
    units = present_units(current.uow(), office_id=current.actor().tenant_id)
    written = request.form.get("hall", "").strip()
    if not written:
        raise Invalid([Fault("hall", "单位没有填写", "请填写档案馆或者图书馆的名称")])
    meant = units.find(written)
    if len(meant) != 1:
        raise Invalid([Fault("hall", explain(written, meant), "请核对单位名称；尚未录入的，请先由市级管理员录入单位")])
    return meant[0].id


def _halls(errors: dict[str, str]) -> str:
    work = current.uow()
    return render_template(
        "transfers/halls.html",
        rows=queries.halls_of(work, office_id=current.actor().tenant_id),
        this_month=str(Period.of(shanghai_date(work.now))),
        day=shanghai_date,
        values=request.form,
        errors=errors,
        **pages.WORDS,
    )

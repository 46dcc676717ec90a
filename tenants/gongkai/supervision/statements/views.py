"""Statements as an office decides on them: those of a month, one with its history, acceptance or return."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_datetime
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Conflict, Invalid, Refused
from gongkai.publishing.responses import refusal_status, say, undo
from gongkai.supervision.dashboard_views import asked_period, month_choices
from gongkai.supervision.statements import queries, services
from gongkai.supervision.statements.schemas import read_reason
from gongkai.supervision.statements.states import EVENT_LABELS, STATE_LABELS, TONES, State
from gongkai.tenancy.models import Tenant
from gongkai.web import current
from gongkai.web.arguments import page_number
from gongkai.web.routing import route

blueprint = Blueprint("statements", __name__, template_folder="../templates")
READ, DECIDE = Permission.SUPERVISION_READ, Permission.FINDINGS_DECIDE


@route(blueprint, "/office/statements/", permission=READ)
def index() -> ResponseReturnValue:
    """The statements of a month: the one in the address, else the newest of which some wait, else the running one."""
    work, office_id, page = current.uow(), current.actor().tenant_id, page_number()
    waiting = queries.months_waiting(work, office_id=office_id)
    period = asked_period()
    if "period" not in request.args and waiting:
        period = Period.parse(next(iter(waiting)))
    rows, total = queries.office_statements(work, office_id=office_id, period=period, page=page)
    return render_template(
        "supervision/statements/index.html",
        rows=rows,
        total=total,
        page=page,
        pages=-(-total // queries.PAGE_SIZE),
        period=period,
        waiting={Period.parse(month): number for month, number in waiting.items()},
        choices=month_choices(period.minus(12), period),
        labels=STATE_LABELS,
        tones=TONES,
        minute=format_datetime,
    )


@route(blueprint, "/office/statements/<int:statement_id>", permission=READ)
def show(statement_id: int) -> ResponseReturnValue:
    """A statement and what can be decided."""
    return _page(statement_id, {})


@route(blueprint, "/office/statements/<int:statement_id>", permission=DECIDE, methods=["POST"])
def decide(statement_id: int) -> ResponseReturnValue:
    """审核通过, or 退回 with the reason."""
    work, actor = current.uow(), current.actor()
    services.office_statement(work, actor=actor, statement_id=statement_id)
    accepts = request.form.get("deed") == "accept"
    try:
        if accepts:
            services.accept(work, actor=actor, statement_id=statement_id)
        else:
            services.send_back(work, actor=actor, statement_id=statement_id, reason=read_reason(request.form))
    except (Invalid, Conflict, Refused) as error:
        return _page(statement_id, undo(error)), refusal_status(error)
    say("已审核通过，该单位本月不计为空白月。" if accepts else "已退回，系统已通知该单位。")
    return redirect(url_for(".show", statement_id=statement_id))


def _page(statement_id: int, errors: dict[str, str]) -> str:
    work, actor = current.uow(), current.actor()
    statement = services.office_statement(work, actor=actor, statement_id=statement_id)
    decides = actor.may(DECIDE)
    return render_template(
        "supervision/statements/statement.html",
        statement=statement,
        period=Period.parse(statement.period),
        unit=work.session.get_one(Tenant, statement.tenant_id),
        history=queries.history(work, statement_id=statement.id),
        deeds=EVENT_LABELS,
        label=STATE_LABELS[State(statement.state)],
        tone=TONES[State(statement.state)],
        may_accept=decides and statement.state == State.SIGNED,
        may_return=decides and statement.state in (State.SIGNED, State.ACCEPTED),
        minute=format_datetime,
        values=request.form,
        errors=errors,
    )

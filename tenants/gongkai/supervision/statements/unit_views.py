"""Statements as a unit works with them: the months that can be stated, a new one, one with its signature."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_datetime
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Conflict, Invalid, Refused
from gongkai.publishing.responses import refusal_status, say, undo
from gongkai.supervision.statements import queries, services
from gongkai.supervision.statements.schemas import read_reason, read_statement
from gongkai.supervision.statements.states import EVENT_LABELS, STATE_LABELS, TONES, WAITING, State
from gongkai.tenancy.models import Tenant
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("own_statements", __name__, template_folder="../templates")
READ, FILE, SIGN = Permission.FINDINGS_READ, Permission.DEMANDS_ANSWER, Permission.ITEMS_APPROVE
_REFUSALS = (Invalid, Conflict, Refused)


@route(blueprint, "/work/statements/", permission=READ)
def index() -> ResponseReturnValue:
    """The unit's statements, and the form where a month can be stated."""
    return _list({})


@route(blueprint, "/work/statements/", permission=FILE, methods=["POST"], endpoint="file")
def file_statement() -> ResponseReturnValue:
    """File a statement; it then waits for the leader."""
    try:
        period, reason = read_statement(request.form)
        statement = services.file(current.uow(), actor=current.actor(), period=period, reason=reason)
    except _REFUSALS as error:
        return _list(undo(error)), refusal_status(error)
    say(f"已填报{period.label}无应公开信息说明，请本单位负责人签署。")
    return redirect(url_for(".show", statement_id=statement.id))


@route(blueprint, "/work/statements/<int:statement_id>", permission=READ)
def show(statement_id: int) -> ResponseReturnValue:
    """A statement with what happened to it."""
    return _page(statement_id, {})


@route(blueprint, "/work/statements/<int:statement_id>/sign", permission=SIGN, methods=["POST"], endpoint="sign")
def sign_statement(statement_id: int) -> ResponseReturnValue:
    """The leader signs, and the office has it; or does not sign, with the reason."""
    work, actor = current.uow(), current.actor()
    services.own_statement(work, actor=actor, statement_id=statement_id)
    signs = request.form.get("deed") == "sign"
    try:
        if signs:
            services.sign(work, actor=actor, statement_id=statement_id)
        else:
            services.decline(work, actor=actor, statement_id=statement_id, reason=read_reason(request.form))
    except _REFUSALS as error:
        return _page(statement_id, undo(error)), refusal_status(error)
    say("已签署，说明已报送政务公开办审核。" if signs else "已退回填报人。")
    return redirect(url_for(".show", statement_id=statement_id))


@route(blueprint, "/work/statements/<int:statement_id>/withdraw", permission=FILE, methods=["POST"])
def withdraw(statement_id: int) -> ResponseReturnValue:
    """Take back what is not decided."""
    work, actor = current.uow(), current.actor()
    services.own_statement(work, actor=actor, statement_id=statement_id)
    try:
        services.withdraw(work, actor=actor, statement_id=statement_id)
    except Conflict as error:
        return _page(statement_id, undo(error)), refusal_status(error)
    say("已撤回，本月按实际发布情况统计。")
    return redirect(url_for(".show", statement_id=statement_id))


def _list(errors: dict[str, str]) -> str:
    work, actor = current.uow(), current.actor()
    rows = queries.own_statements(work, tenant_id=actor.tenant_id)
    # A month that is under way or settled is not offered again; a returned one is.
    taken = {row.period for row in rows if row.state in (*WAITING, State.ACCEPTED)}
    months = services.months_to_state(work, tenant_id=actor.tenant_id)
    return render_template(
        "supervision/statements/own.html",
        rows=rows,
        months=[choice for choice in months if str(choice.period) not in taken],
        waiting=sum(1 for row in rows if row.state in WAITING),
        labels=STATE_LABELS,
        tones=TONES,
        month=Period.parse,
        may_file=actor.may(FILE),
        values=request.form,
        errors=errors,
    )


def _page(statement_id: int, errors: dict[str, str]) -> str:
    work, actor = current.uow(), current.actor()
    statement = services.own_statement(work, actor=actor, statement_id=statement_id)
    filed = statement.state == State.FILED
    return render_template(
        "supervision/statements/own_statement.html",
        statement=statement,
        period=Period.parse(statement.period),
        unit=work.session.get_one(Tenant, statement.tenant_id),
        office=work.session.get_one(Tenant, statement.office_id),
        history=queries.history(work, statement_id=statement.id),
        deeds=EVENT_LABELS,
        label=STATE_LABELS[State(statement.state)],
        tone=TONES[State(statement.state)],
        may_sign=filed and actor.may(SIGN) and statement.filed_by != actor.user_id,
        may_withdraw=statement.state in WAITING and actor.may(FILE),
        minute=format_datetime,
        values=request.form,
        errors=errors,
    )

"""Tasks from above as a unit has them: by day, one with its receipt and the report that it is done."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_datetime
from gongkai.core.errors import Conflict, Invalid
from gongkai.publishing.responses import refusal_status, say, undo
from gongkai.supervision.assignments import queries, services
from gongkai.supervision.assignments.models import KINDS
from gongkai.supervision.assignments.notices import due_words
from gongkai.supervision.assignments.schemas import read_claim
from gongkai.supervision.assignments.views import words_of
from gongkai.tenancy.models import Tenant
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("own_assignments", __name__, template_folder="../templates")
READ, ANSWER = Permission.FINDINGS_READ, Permission.DEMANDS_ANSWER


@route(blueprint, "/work/assignments/", permission=READ)
def index() -> ResponseReturnValue:
    """What is to be done by which day, then what is done."""
    work, unit_id = current.uow(), current.actor().tenant_id
    undone = queries.own_shares(work, tenant_id=unit_id, settled=False)
    settled = queries.own_shares(work, tenant_id=unit_id, settled=True)
    return render_template(
        "supervision/assignments/own.html",
        undone=undone,
        settled=settled,
        states={row.id: words_of(row, work.now) for row in (*undone, *settled)},
        overdue=sum(1 for row in undone if row.due_at < work.now),
        kinds=KINDS,
        due=due_words,
        minute=format_datetime,
    )


@route(blueprint, "/work/assignments/<int:share_id>", permission=READ)
def show(share_id: int) -> ResponseReturnValue:
    """A task with its receipt and its report."""
    return _page(share_id, {})


@route(blueprint, "/work/assignments/<int:share_id>/receipt", permission=ANSWER, methods=["POST"])
def receive(share_id: int) -> ResponseReturnValue:
    """签收."""
    services.own_share(current.uow(), actor=current.actor(), share_id=share_id)
    try:
        services.receive(current.uow(), actor=current.actor(), share_id=share_id)
    except Conflict as error:
        return _page(share_id, undo(error)), refusal_status(error)
    say("已签收。")
    return redirect(url_for(".show", share_id=share_id))


@route(blueprint, "/work/assignments/<int:share_id>", permission=ANSWER, methods=["POST"], endpoint="complete")
def report_done(share_id: int) -> ResponseReturnValue:
    """Report the task done."""
    work, base_url = current.uow(), current.services().settings.base_url
    services.own_share(work, actor=current.actor(), share_id=share_id)
    try:
        share = services.complete(
            work, actor=current.actor(), share_id=share_id, claim=read_claim(request.form), base_url=base_url
        )  # fmt: skip
    except (Invalid, Conflict) as error:
        return _page(share_id, undo(error)), refusal_status(error)
    if share.item_id is None:
        say("已填报办结。该网址不在本平台，未经系统核对，由政务公开办核实。")
    else:
        say("已填报办结，系统已核对该信息为本单位公开。")
    return redirect(url_for(".show", share_id=share_id))


def _page(share_id: int, errors: dict[str, str]) -> str:
    work, actor = current.uow(), current.actor()
    share = services.own_share(work, actor=actor, share_id=share_id)
    task = services.get_task(work, office_id=share.office_id, assignment_id=share.assignment_id)
    row = next(one for one in queries.shares_of(work, assignment_id=task.id) if one.id == share.id)
    label, tone = words_of(row, work.now)
    return render_template(
        "supervision/assignments/own_task.html",
        share=row,
        task=task,
        kind=KINDS[task.kind],
        due=due_words(task.kind, task.due_at),
        office=work.session.get_one(Tenant, share.office_id),
        state=label,
        tone=tone,
        may_act=actor.may(ANSWER) and not share.withdrawn,
        minute=format_datetime,
        values=request.form,
        errors=errors,
    )

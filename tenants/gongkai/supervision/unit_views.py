"""Supervision as a unit sees it: its findings and its notices."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.actors import Actor
from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_datetime
from gongkai.core.uow import UnitOfWork
from gongkai.supervision import catalogue
from gongkai.supervision.alerts import mark_read, notices_of, unread_notices
from gongkai.supervision.findings import findings_of, histories_of
from gongkai.supervision.ledger import states
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("supervised", __name__, template_folder="templates")


def waiting_notices(uow: UnitOfWork, actor: Actor) -> int:
    """The badge: unread notices of the unit acted for."""
    return unread_notices(uow, tenant_id=actor.tenant_id)


@route(blueprint, "/work/findings/", permission=Permission.FINDINGS_READ)
def own_findings() -> ResponseReturnValue:
    """What was found with one's own unit, with the evidence."""
    work, tenant_id = current.uow(), current.actor().tenant_id
    rows = findings_of(work, tenant_id=tenant_id)
    return render_template(
        "supervision/own_findings.html",
        rows=rows,
        histories=histories_of(work, tenant_id=tenant_id, finding_ids=[row.id for row in rows]),
        unsettled=sum(1 for row in rows if row.state in states.OPEN_STATES),
        catalogue=catalogue,
        states=states,
        time_words=format_datetime,
        may_answer=current.actor().may(Permission.FINDINGS_ANSWER),
    )


@route(blueprint, "/work/notices/", permission=Permission.FINDINGS_READ)
def notices() -> ResponseReturnValue:
    """Reminders and results addressed to one's own unit."""
    rows = notices_of(current.uow(), tenant_id=current.actor().tenant_id)
    return render_template("supervision/notices.html", rows=rows, unread=sum(1 for row in rows if row.read_at is None))


@route(blueprint, "/work/notices/read", permission=Permission.FINDINGS_READ, methods=["POST"])
def read_notices() -> ResponseReturnValue:
    """Mark all notices of one's own unit as read."""
    number = mark_read(current.uow(), tenant_id=current.actor().tenant_id)
    flash(f"已将{number}条通知标为已读。" if number else "没有未读通知。", "success")
    return redirect(url_for("supervised.notices"))

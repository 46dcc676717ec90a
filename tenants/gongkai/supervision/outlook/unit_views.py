"""Where a unit stands, on one page."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import shanghai_date
from gongkai.supervision.agenda.facts import agenda_of
from gongkai.supervision.ledger import states
from gongkai.supervision.outlook import own
from gongkai.supervision.scores.queries import states_of, versions_of
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("standing", __name__, template_folder="templates")
SHOWN = 20
"""So many matters are listed; the agenda has them all."""


@route(blueprint, "/work/standing", permission=Permission.FINDINGS_READ)
def show() -> ResponseReturnValue:
    """The unit's score with its reasons, its tasks by date, what was asked of it and why."""
    work, actor = current.uow(), current.actor()
    tenant_id, today = actor.tenant_id, shanghai_date(work.now)
    line = own.score_line(work, tenant_id=tenant_id, today=today)
    score = next(iter(versions_of(work, tenant_id=tenant_id, period=line[0].period)), None) if line else None
    agenda = agenda_of(work, tenant_id=tenant_id)
    month = own.month_of(work, tenant_id=tenant_id)
    return render_template(
        "outlook/standing.html", score=score, line=line, month=month, agenda=agenda, matters=agenda.matters[:SHOWN],
        asked=own.asked_of(work, tenant_id=tenant_id), headline=own.headline(score, month, agenda), today=today,
        now_in=states_of(work, tenant_id=tenant_id, score=score) if score else {}, states=states,
        may_answer=actor.may(Permission.FINDINGS_ANSWER),
    )  # fmt: skip

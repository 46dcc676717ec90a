"""The agenda as a unit sees it."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.supervision.agenda.facts import agenda_of
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("agenda", __name__, template_folder="../templates")


@route(blueprint, "/work/agenda/", permission=Permission.FINDINGS_READ)
def show() -> ResponseReturnValue:
    """What the unit has to do today, this week, and around the next days off."""
    found = agenda_of(current.uow(), tenant_id=current.actor().tenant_id)
    return render_template("supervision/agenda.html", agenda=found)

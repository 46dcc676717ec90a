"""My desk."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.publishing.desk import make_desk
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("desk", __name__, template_folder="templates")


@route(blueprint, "/work/", permission=Permission.DESK_READ)
def today() -> ResponseReturnValue:
    """What the person must do today, and how the unit's month stands; an officer on duty has only takedowns to do."""
    actor = current.actor()
    if not actor.may(Permission.ITEMS_READ):
        return redirect(url_for("emergency.index"))
    return render_template(
        "publishing/desk.html",
        desk=make_desk(current.uow(), actor=actor),
        may_write=actor.may(Permission.ITEMS_WRITE),
    )

"""My desk."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.publishing.desk import elsewhere, make_desk
from gongkai.publishing.former import former_bodies
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("desk", __name__, template_folder="templates")


@route(blueprint, "/work/", permission=Permission.DESK_READ)
def today() -> ResponseReturnValue:
    """What the person must do today, and how the unit's month stands."""
    actor = current.actor()
    return render_template(
        "publishing/desk.html",
        desk=make_desk(current.uow(), actor=actor),
        elsewhere=elsewhere,
        former=former_bodies(current.uow(), actor=actor),
        received=actor.receiver_id is not None,
        may_write=actor.may(Permission.ITEMS_CREATE),
        may_read=actor.may(Permission.ITEMS_READ),
    )

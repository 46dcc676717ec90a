"""Pages of the public."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.web.routing import route

blueprint = Blueprint("portal", __name__, template_folder="templates")


@route(blueprint, "/", permission=Permission.PUBLIC_READ)
def front() -> ResponseReturnValue:
    """The prefecture's front page."""
    return render_template("portal/front.html")

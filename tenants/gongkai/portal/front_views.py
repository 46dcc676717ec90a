"""The prefecture's front page, the newest of all units, the directory of bodies."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.portal import arguments, helpers
from gongkai.portal.directory import MOST_FOUND, directory
from gongkai.portal.front import front_page, newest_page
from gongkai.portal.responses import page
from gongkai.publishing.queries import Cursor
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("portal", __name__, template_folder="templates")
helpers.register(blueprint)


@route(blueprint, "/", permission=Permission.PUBLIC_READ)
def front() -> ResponseReturnValue:
    """The prefecture's front page."""
    return page("portal/front.html", front=front_page(current.uow()))


@route(blueprint, "/items/", permission=Permission.PUBLIC_READ)
def newest() -> ResponseReturnValue:
    """What all units published, newest first, of one month if asked."""
    month = arguments.month()
    after = Cursor.parse(request.args.get("after", ""))
    items, following = newest_page(current.uow(), month=month, after=after)
    return page("portal/newest.html", items=items, month=month, following=following, first=after is None)


@route(blueprint, "/units/", permission=Permission.PUBLIC_READ)
def units() -> ResponseReturnValue:
    """All bodies by county and kind, or those that were looked for."""
    words = request.args.get("q", "").strip()[: arguments.LONGEST_QUERY]
    initial = request.args.get("initial", "")[:1].upper()
    area = request.args.get("area", "")
    found = directory(current.uow(), words=words, initial=initial, area=area)
    return page("portal/units.html", directory=found, words=words, initial=initial, most=MOST_FOUND)

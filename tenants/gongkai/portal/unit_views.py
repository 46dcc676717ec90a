"""Pages and feeds of a unit: itself, its columns, its guide."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.catalog.guide_content import CHANNELS
from gongkai.portal import arguments, feeds, units
from gongkai.portal.errors import Gone
from gongkai.portal.responses import document, page
from gongkai.web import current, errors
from gongkai.web.arguments import page_number
from gongkai.web.routing import route

blueprint = Blueprint("portal_units", __name__, template_folder="templates")


@blueprint.errorhandler(Gone)
def taken_down(gone: Gone) -> ResponseReturnValue:
    """Only that it is gone."""
    return errors.page(410, gone.message)


@route(blueprint, "/units/<code>/", permission=Permission.PUBLIC_READ)
def unit(code: str) -> ResponseReturnValue:
    """The page of a unit in the fixed form."""
    return page("portal/unit.html", unit=units.unit_page(current.uow(), code=code))


@route(blueprint, "/units/<code>/feed.atom", permission=Permission.PUBLIC_READ)
def unit_feed(code: str) -> ResponseReturnValue:
    """The newest items of a unit."""
    base_url = current.services().settings.base_url
    return document(feeds.unit_feed(current.uow(), code=code, base_url=base_url), feeds.CONTENT_TYPE)


@route(blueprint, "/units/<code>/columns/<column_code>/", permission=Permission.PUBLIC_READ)
def column(code: str, column_code: str) -> ResponseReturnValue:
    """A column: what belongs there and its items by date, or the columns below it."""
    found = units.column_page(
        current.uow(), code=code, column_code=column_code, year=arguments.year(), page=page_number()
    )
    if found.is_bare_guide:
        return redirect(url_for("portal_units.guide", code=code))
    return page("portal/column.html", column=found)


@route(blueprint, "/units/<code>/columns/<column_code>/feed.atom", permission=Permission.PUBLIC_READ)
def column_feed(code: str, column_code: str) -> ResponseReturnValue:
    """The newest items of a column."""
    base_url = current.services().settings.base_url
    feed = feeds.column_feed(current.uow(), code=code, column_code=column_code, base_url=base_url)
    return document(feed, feeds.CONTENT_TYPE)


@route(blueprint, "/units/<code>/guide/", permission=Permission.PUBLIC_READ)
def guide(code: str) -> ResponseReturnValue:
    """A unit's disclosure guide in force."""
    return page("portal/guide.html", guide=units.guide_page(current.uow(), code=code), channels=CHANNELS)


@route(blueprint, "/units/<code>/guide/<int:version>/", permission=Permission.PUBLIC_READ)
def guide_version(code: str, version: int) -> ResponseReturnValue:
    """An earlier version of a unit's guide."""
    found = units.guide_page(current.uow(), code=code, version=version)
    return page("portal/guide.html", guide=found, channels=CHANNELS)

"""An item at its permanent addresses: page, print view, versions, files, and the way from an index number."""

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wsgi import wrap_file

from gongkai.accounts.permissions import Permission
from gongkai.core.errors import NotFound
from gongkai.core.storage.names import content_disposition
from gongkai.portal.documents import view_item
from gongkai.portal.ended import DisplayEnded
from gongkai.portal.errors import Gone, TakenDown
from gongkai.portal.files import PublicFile, public_file
from gongkai.portal.item_queries import numbered
from gongkai.portal.responses import for_everybody, page
from gongkai.web import current, errors
from gongkai.web.routing import route

blueprint = Blueprint("portal_items", __name__, template_folder="templates")


@blueprint.errorhandler(Gone)
def taken_down(gone: Gone) -> ResponseReturnValue:
    """Only that it is gone; never what it was."""
    return errors.page(410, gone.message)


@blueprint.errorhandler(DisplayEnded)
def display_ended(gone: DisplayEnded) -> ResponseReturnValue:
    """That the display has ended; the page of the item itself says more."""
    return errors.page(410, gone.message)


@route(blueprint, "/items/<int:item_id>", permission=Permission.PUBLIC_READ)
def item(item_id: int) -> ResponseReturnValue:
    """The current version of an item, or what is left of it when its display has ended."""
    try:
        found = view_item(current.uow(), item_id=item_id, base_url=_base_url())
    except DisplayEnded as ended:
        return page("portal/ended.html", item=ended.page)
    return page("portal/item.html", item=found)


@route(blueprint, "/items/<int:item_id>/print", permission=Permission.PUBLIC_READ)
def print_view(item_id: int) -> ResponseReturnValue:
    """The current version without the site around it."""
    return page("portal/print.html", item=view_item(current.uow(), item_id=item_id, base_url=_base_url()))


@route(blueprint, "/items/<int:item_id>/versions/<int:version>", permission=Permission.PUBLIC_READ)
def version(item_id: int, version: int) -> ResponseReturnValue:
    """One published version of an item."""
    found = view_item(current.uow(), item_id=item_id, base_url=_base_url(), version=version)
    return page("portal/item.html", item=found)


@route(
    blueprint,
    "/items/<int:item_id>/files/<int:position>/<path:name>",
    permission=Permission.PUBLIC_READ,
)
def file(item_id: int, position: int, name: str) -> ResponseReturnValue:
    """A file of the current version; one that has moved within the version is redirected to."""
    found = public_file(current.uow(), item_id=item_id, position=position, name=name)
    if found.position != position:
        return redirect(url_for(".file", item_id=item_id, position=found.position, name=name))
    return _sent(found)


@route(blueprint, "/index/<path:number>", permission=Permission.PUBLIC_READ)
def by_number(number: str) -> ResponseReturnValue:
    """The item with an index number; a list where old numbers of several sites are equal."""
    found = numbered(current.uow(), number=number)
    if not found:
        raise NotFound
    # A reprint has the number of its source, to which the number leads.
    found = [row for row in found if not row.is_reprint] or found
    if len(found) > 1:
        return page("portal/numbers.html", number=found[0].number, items=found)
    if found[0].title is None:
        raise TakenDown(found[0].number, found[0].given_at)
    return redirect(url_for(".item", item_id=found[0].item_id))


def _base_url() -> str:
    return current.services().settings.base_url


def _sent(found: PublicFile) -> ResponseReturnValue:
    """The bytes under their own name, never run in our origin; parts of them where asked, for long recordings."""
    stream = current.services().files.open(found.digest)
    response = Response(wrap_file(request.environ, stream), mimetype=found.media_type, direct_passthrough=True)
    response.content_length = found.size
    response.headers["Content-Disposition"] = content_disposition(found.name, inline=found.inline)
    response.headers["Content-Security-Policy"] = found.policy
    response.set_etag(found.digest)
    response.call_on_close(stream.close)
    return for_everybody(response, length=found.size)

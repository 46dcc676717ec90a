"""What crawlers ask for: sitemaps and robots.txt."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.portal import sitemaps
from gongkai.portal.responses import document
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("portal_sitemaps", __name__)
_ROBOTS = """User-agent: *
Disallow: /work/
Disallow: /office/
Disallow: /account/
Disallow: /sign-in
Disallow: /reset-password
Disallow: /search

Sitemap: {base_url}/sitemap.xml
"""


@route(blueprint, "/sitemap.xml", permission=Permission.PUBLIC_READ)
def index() -> ResponseReturnValue:
    """The list of all sitemaps."""
    return document(sitemaps.index(current.uow(), base_url=_base_url()), sitemaps.CONTENT_TYPE)


@route(blueprint, "/sitemaps/units.xml", permission=Permission.PUBLIC_READ)
def units() -> ResponseReturnValue:
    """The pages of all units."""
    return document(sitemaps.units(current.uow(), base_url=_base_url()), sitemaps.CONTENT_TYPE)


@route(blueprint, "/sitemaps/<period>-<int(max=100000):page>.xml", permission=Permission.PUBLIC_READ)
def month(period: str, page: int) -> ResponseReturnValue:
    """The items published in a month."""
    found = sitemaps.month(current.uow(), period=period, part=max(page, 1), base_url=_base_url())
    return document(found, sitemaps.CONTENT_TYPE)


@route(blueprint, "/robots.txt", permission=Permission.PUBLIC_READ)
def robots() -> ResponseReturnValue:
    """Where crawlers may go, and where the sitemaps are."""
    return document(_ROBOTS.format(base_url=_base_url()), "text/plain; charset=utf-8")


def _base_url() -> str:
    return current.services().settings.base_url

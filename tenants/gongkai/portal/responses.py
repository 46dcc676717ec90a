"""Responses of the portal: the same for everybody, revalidated by digest, never kept for the signed-in."""

from typing import Any

from flask import Response, make_response, render_template, request


def page(template: str, **context: Any) -> Response:
    """A rendered page of the portal."""
    return for_everybody(make_response(render_template(template, **context)))


def document(content: bytes | str, content_type: str) -> Response:
    """A feed, sitemap or text file of the portal."""
    response = make_response(content)
    response.headers["Content-Type"] = content_type
    return for_everybody(response)


def for_everybody(response: Response, *, length: int | None = None) -> Response:
    """Let caches keep a visitor's response and ask whether it is still true; an empty 304 when it is.

    A browser with a cookie may be signed in, so its pages are kept nowhere. With `length` (bytes) a part can be
    asked for.
    """
    if request.cookies:
        response.headers["Cache-Control"] = "no-store"
    else:
        response.headers["Cache-Control"] = "public, no-cache"
        if response.get_etag() == (None, None):
            response.add_etag()
    ranges = length is not None
    response.make_conditional(request, accept_ranges=ranges, complete_length=length)
    return response

"""Suggestions as a fragment for the search box, and as JSON."""

from flask import Blueprint, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.portal.responses import for_everybody
from gongkai.search.suggestions.services import suggest
from gongkai.web import current
from gongkai.web.limits import limited
from gongkai.web.routing import route

blueprint = Blueprint("search_suggestions", __name__, template_folder="../templates")
KINDS = {"agency": "单位", "term": "检索词", "title": "信息"}
TYPED_FASTER = 5
"""So many suggestions may be asked for where one search may."""


@route(blueprint, "/search/suggest", permission=Permission.PUBLIC_READ)
@limited("suggestions", times=TYPED_FASTER)
def index() -> ResponseReturnValue:
    """What is suggested for `q`: options of a list box, or JSON for who asks for it."""
    found = suggest(current.uow(), request.args.get("q", ""))
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        told = [
            {"kind": one.kind, "text": one.text}
            | ({"unit_code": one.unit_code} if one.unit_code else {})
            | ({"item_id": one.item_id} if one.item_id else {})
            for one in found
        ]
        response = jsonify(suggestions=told)
    else:
        response = make_response(render_template("suggestions/options.html", suggestions=found, kinds=KINDS))
    response.vary.add("Accept")
    return for_everybody(response)

"""The interface over HTTP: JSON for programs, its document, and a page for the people who write them."""

import structlog
from flask import Blueprint, Response, g, make_response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from gongkai.accounts.permissions import Permission
from gongkai.core.errors import DomainError, NotFound
from gongkai.portal.responses import for_everybody
from gongkai.portal.responses import page as portal_page
from gongkai.search.api import operations, services
from gongkai.search.api.openapi import description, example_of, examples
from gongkai.search.api.operations import OPERATIONS, ROOT
from gongkai.search.api.parameters import M, read
from gongkai.search.api.problems import MEDIA_TYPE, problem, problem_of
from gongkai.search.api.schemas import Answer, Problem
from gongkai.web import current
from gongkai.web.errors import UNAVAILABLE
from gongkai.web.limits import limited
from gongkai.web.routing import route
from gongkai.web.shell import site

log = structlog.get_logger()
blueprint = Blueprint("api", __name__)
pages = Blueprint("api_pages", __name__, template_folder="../templates")


@route(pages, "/api/", permission=Permission.PUBLIC_READ)
def index() -> ResponseReturnValue:
    """What the interface offers, with examples to try."""
    made = examples(current.uow())
    return portal_page(
        "api/index.html",
        operations=[(one, example_of(one, made), one.parameters.model_fields) for one in OPERATIONS],
        limit=current.services().settings.searches_per_minute,
        base_url=_base_url(),
    )


@route(blueprint, f"{ROOT}/openapi.json", permission=Permission.PUBLIC_READ)
def openapi() -> ResponseReturnValue:
    """The interface as an OpenAPI document."""
    limit = current.services().settings.searches_per_minute
    told = description(base_url=_base_url(), site=site().name, limit=limit, made=examples(current.uow()))
    response = make_response(told)
    return _open(for_everybody(response))


@route(blueprint, ROOT + operations.SEARCH.rule, permission=Permission.PUBLIC_READ)
@limited("search")
def search() -> ResponseReturnValue:
    """A page of results."""
    asked = _asked(operations.SEARCH.parameters)
    return _told(services.search(current.services(), current.uow(), asked))


@route(blueprint, ROOT + operations.ITEM.rule, permission=Permission.PUBLIC_READ)
@limited("search")
def item(reference: str) -> ResponseReturnValue:
    """An item by id or index number."""
    _asked(operations.ITEM.parameters)
    return _told(services.item_by_reference(current.uow(), reference=reference, base_url=_base_url()))


@route(blueprint, ROOT + operations.UNITS.rule, permission=Permission.PUBLIC_READ)
@limited("search")
def units() -> ResponseReturnValue:
    """A page of the units."""
    asked = _asked(operations.UNITS.parameters)
    return _told(services.units(current.uow(), asked, base_url=_base_url()))


@route(blueprint, ROOT + operations.UNIT.rule, permission=Permission.PUBLIC_READ)
@limited("search")
def unit(code: str) -> ResponseReturnValue:
    """A unit."""
    _asked(operations.UNIT.parameters)
    return _told(services.unit(current.uow(), code=code, base_url=_base_url()))


@route(blueprint, ROOT + operations.COLUMNS.rule, permission=Permission.PUBLIC_READ)
@limited("search")
def columns(code: str) -> ResponseReturnValue:
    """The catalogue of a unit."""
    _asked(operations.COLUMNS.parameters)
    return _told(services.columns(current.uow(), code=code, base_url=_base_url()))


@route(blueprint, ROOT + operations.ITEMS.rule, permission=Permission.PUBLIC_READ)
@limited("search")
def items(code: str) -> ResponseReturnValue:
    """A page of what a unit published."""
    asked = _asked(operations.ITEMS.parameters)
    return _told(services.items(current.uow(), asked, code=code, base_url=_base_url()))


@route(blueprint, f"{ROOT}/<path:unknown>", permission=Permission.PUBLIC_READ)
def nothing(unknown: str) -> ResponseReturnValue:
    """What the interface does not have."""
    raise NotFound(f"没有{unknown[:100]}这个接口。")


@blueprint.errorhandler(DomainError)
def refused(refusal: DomainError) -> ResponseReturnValue:
    """A refusal, with the parameters concerned."""
    current.finish(commit=False)
    return _problem(problem_of(refusal, request_id=g.get("request_id", "")))


@blueprint.errorhandler(HTTPException)
def unreadable(error: HTTPException) -> ResponseReturnValue:
    """A request that the server itself cannot read."""
    current.finish(commit=False)
    return _problem(problem(error.code or 400, "请求不能读取，请核对网址和参数。", request_id=g.get("request_id", "")))


@blueprint.errorhandler(Exception)
def failed(error: Exception) -> ResponseReturnValue:
    """A failure of ours."""
    current.finish(commit=False)
    log.error("request.failed", exc_info=error)
    number = g.get("request_id", "")
    words = f"请稍后再试；多次失败的，请将编号{number}告知平台运维人员。"
    return _problem(problem(503 if isinstance(error, UNAVAILABLE) else 500, words, request_id=number))


def _asked(model: type[M]) -> M:
    return read(model, {name: request.args.getlist(name) for name in request.args})


def _told(answer: Answer) -> Response:
    response = make_response(answer.model_dump_json())
    response.mimetype = "application/json"
    return _open(for_everybody(response))


def _problem(told: Problem) -> Response:
    response = make_response(told.model_dump_json(exclude_defaults=True), told.status)
    response.mimetype = MEDIA_TYPE
    response.headers["Cache-Control"] = "no-store"
    return _open(response)


def _open(response: Response) -> Response:
    """Pages of other sites may read it: it is public, and nobody is signed in here."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _base_url() -> str:
    return current.services().settings.base_url

"""Counting searches after their responses, and the office's page of what was searched for."""

from flask import Blueprint, Response, after_this_request, current_app, render_template, request
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.ports import SearchQuery
from gongkai.search.asked.counting import Waiting, kept_form, write
from gongkai.search.asked.queries import FEWEST
from gongkai.search.asked.services import report
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("search_queries", __name__, template_folder="../templates")
KEY = "gongkai.search.asked"


def count_after(query: SearchQuery, *, found: bool) -> None:
    """Count this request's search; what is due is written once the reader has the page."""
    form, now = kept_form(query), current.uow().now
    if not form:
        return
    waiting: Waiting = current_app.extensions.setdefault(KEY, Waiting())
    due = waiting.add(shanghai_date(now), form, found=found, now=now)
    database = current.services().database

    @after_this_request
    def later(response: Response) -> Response:
        if due:
            response.call_on_close(lambda: write(database, due))
        return response


@route(blueprint, "/admin/search-queries/", permission=Permission.SETTINGS_MANAGE)
def index() -> ResponseReturnValue:
    """What was searched for in a month, and what is proposed."""
    try:
        month = Period.parse(request.args.get("month", ""))
    except ValueError:
        month = None
    shown = report(current.uow(), month=month)
    months = [(str(one), one.label) for one in shown.months]
    return render_template("asked/index.html", report=shown, months=months, fewest=FEWEST, crumbs=[("检索情况",)])

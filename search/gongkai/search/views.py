"""The citizens' search page and its feed."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import SHANGHAI, format_date
from gongkai.core.errors import Invalid
from gongkai.core.ports import SearchQuery, SearchResult
from gongkai.portal.responses import document
from gongkai.search.asked.views import count_after
from gongkai.search.filters import HEADINGS
from gongkai.search.schemas import DAYS, address_values, place_words, read_query
from gongkai.search.services import find
from gongkai.search.ways import Ways, ways_on
from gongkai.web import current
from gongkai.web.limits import limited
from gongkai.web.routing import route

blueprint = Blueprint("search", __name__, template_folder="templates")

FEED_SIZE = 50
_EMPTY_SINCE = datetime(2000, 1, 1, tzinfo=SHANGHAI)
"""When a feed without entries last changed: a date that stays, so that readers are told "unchanged"."""
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
EXAMPLES = ("财政预算", "最低生活保障", "行政处罚决定", "国办发〔2019〕54号")


@route(blueprint, "/search", permission=Permission.PUBLIC_READ)
@limited("search")
def page() -> ResponseReturnValue:
    """Results, filters with counts; examples when nothing was asked; a clear sentence when the text is too long."""
    query, errors, result = SearchQuery(request.args.get("q", "")), dict[str, str](), SearchResult((), 0)
    ways: Ways | None = None
    try:
        query = read_query(request.args)
        result = find(current.services(), current.uow(), query)
        ways = ways_on(current.services(), current.uow(), query, result)
    except Invalid as refusal:
        errors = refusal.by_field()
    else:
        count_after(query, found=bool(result.total))
    shown = render_template("search/page.html", **_context(query, result), ways=ways, errors=errors)
    return shown, 400 if errors else 200


@route(blueprint, "/search.atom", permission=Permission.PUBLIC_READ)
@limited("search")
def feed() -> ResponseReturnValue:
    """What a search finds, newest first, as an Atom feed."""
    query = replace(read_query(request.args), order="date", page=1, after=None, size=FEED_SIZE)
    result = find(current.services(), current.uow(), query)
    base = current.services().settings.base_url
    values = address_values(replace(query, order="relevance"))
    shown = render_template(
        "search/feed.xml",
        query=query,
        hits=result.hits,
        updated=max((hit.published_at for hit in result.hits), default=_EMPTY_SINCE),
        page_url=base + _address("search.page", values),
        feed_url=base + _address("search.feed", values),
        base_url=base,
        xml_text=xml_text,
    )
    return document(shown, "application/atom+xml; charset=utf-8")


def marked(text: str, marks: tuple[tuple[int, int], ...]) -> Markup:
    """Text with its marks as <mark> elements; everything else is escaped."""
    edges = [0, *(edge for mark in marks for edge in mark), len(text)]
    pieces = [escape(text[start:end]) for start, end in pairwise(edges)]
    return Markup("").join(
        Markup("<mark>{}</mark>").format(piece) if at % 2 else piece for at, piece in enumerate(pieces)
    )


def xml_text(text: str) -> str:
    """Text without the control characters that no XML document may hold."""
    return _NOT_XML.sub(" ", text)


def _address(endpoint: str, values: Mapping[str, Any]) -> str:
    return url_for(endpoint, **{name: value for name, value in values.items() if value})


def _context(query: SearchQuery, result: SearchResult) -> dict[str, Any]:
    values = address_values(query)

    def to(**changes: str | int) -> str:
        """Address of this search with other values, from its first page."""
        return _address("search.page", {**values, **changes})

    groups = [
        (name, HEADINGS[name], facets)
        for name, facets in result.facets.items()
        if len(facets) > 1 or name in query.filters
    ]
    return {
        "query": query,
        "result": result,
        "pages": -(-result.reachable // query.size),
        "to": to,
        "earlier": to(until=(result.looked_since - timedelta(days=1)).isoformat()) if result.looked_since else "",
        "following": to(after=place_words(result.end)) if result.end else "",
        "groups": groups,
        "chosen": query.filters,
        "to_all": _address("search.page", {"q": values.get("q", ""), "order": values.get("order", "")}),
        "kept": {name: value for name, value in values.items() if name not in DAYS},
        "filters": _chosen(query, result),
        "marked": marked,
        "examples": EXAMPLES,
        "feed_url": _address("search.feed", {**values, "order": ""}),
    }


def _chosen(query: SearchQuery, result: SearchResult) -> list[tuple[Mapping[str, str], str, str]]:
    """The filters that are set: (what an address without it has in its place, heading, label)."""
    labels = {(name, facet.value): facet.label for name, facets in result.facets.items() for facet in facets}
    shown: list[tuple[Mapping[str, str], str, str]] = [
        ({name: ""}, HEADINGS[name], labels.get((name, value), value)) for name, value in query.filters.items()
    ]
    if query.since or query.until:
        begun = f"{format_date(query.since)}起" if query.since else ""
        ended = f"至{format_date(query.until)}" if query.until else ""
        shown.append(({"since": "", "until": ""}, "发布日期", begun + ended))
    return shown

"""Floor of the search page: what a query means is worked out beforehand, its three statements run for each request."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import psycopg
from flask import render_template, request, url_for

from gongkai.catalog.column_templates import column_names
from gongkai.core.ports import Facet, SearchQuery, Services
from gongkai.core.text.folding import fold
from gongkai.search import matching
from gongkai.search.highlight import marks_in, snippet
from gongkai.search.query import ParsedQuery, parse
from gongkai.search.store import ALL_DOCUMENTS
from gongkai.search.views import EXAMPLES, marked
from tests.benchmarks.floor import Database, portal_shell, site_of

SIZE = 20
FREQUENCIES = "SELECT gram, documents FROM search_gram WHERE gram = ANY(%(terms)s)"
PLAN = "SET LOCAL enable_seqscan = off; SET LOCAL jit = off; SET LOCAL work_mem = '16MB'"
USUAL_PLAN = "RESET enable_seqscan; RESET jit; RESET work_mem"
HITS = """
SELECT d.item_id, d.title, d.published_at, d.shown, t.official_name,
    substr(d.text, greatest(1, CASE WHEN %(rarest)s = '' THEN 0 ELSE strpos(d.text_folded, %(rarest)s) END - 4000),
        12000) AS text
FROM search_document AS d JOIN tenant AS t ON t.id = d.tenant_id WHERE d.item_id = ANY(%(ids)s)
"""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A query as it was understood, with all parameters of its statement that need no database."""

    parsed: ParsedQuery
    understood: Sequence[str]
    parameters: dict[str, Any]


def meanings(services: Services, queries: Sequence[str]) -> dict[str, Meaning]:
    """Those of the queries that find something as they stand, with their meaning."""
    found = {}
    for text in queries:
        parsed, query = parse(text), SearchQuery(text)
        with services.database.unit_of_work() as uow:
            result = services.search.search(uow, query)
            known = matching.frequencies(uow, parsed.required)
        if not result.total or any(words.startswith("没有") for words in result.understood):
            continue
        required = parsed.required if all(term in known for term in parsed.required) else ()
        parameters = matching.parameters(parsed=parsed, required=required, known={}, query=query)
        found[text] = Meaning(parsed, result.understood, parameters)
    return found


def search_views(database: Database, known: dict[str, Meaning]) -> dict[str, Callable[..., str]]:
    """Endpoint → view."""
    statement = re.sub(r"(?<!:):([a-z_]\w*)", r"%(\1)s", str(matching.statement()))

    def page() -> str:
        text = request.args["q"]
        meaning = known[text]
        with database.transaction() as connection:
            terms = [ALL_DOCUMENTS, *meaning.parsed.required]
            numbers = dict(connection.execute(FREQUENCIES, {"terms": terms}).fetchall())
            connection.execute(PLAN)
            rows = connection.execute(statement, meaning.parameters | _weights(meaning, numbers)).fetchall()
            connection.execute(USUAL_PLAN)
            hits = hits_of(connection, meaning, rows, numbers)
            site = site_of(connection)
        portal = portal_shell(request.path, site)
        context = context_of(text, meaning, rows, hits, matching.RANKED)
        return render_template("search/page.html", site=site, portal=portal, errors={}, **context)

    return {"search.page": page}


def _weights(meaning: Meaning, numbers: dict[str, int]) -> dict[str, Any]:
    every = numbers.get(ALL_DOCUMENTS, 0)
    rarest = sorted(meaning.parsed.required, key=lambda term: numbers.get(term, 0))[: matching.WEIGHED_TERMS]
    counts = [numbers.get(term, 0) for term in rarest]
    weights = [math.log(1 + (max(every - count, 0) + 0.5) / (count + 0.5)) for count in counts]
    return {"terms": [term.removeprefix("^") for term in rarest], "weights": weights}


def hits_of(
    connection: psycopg.Connection[Any], meaning: Meaning, rows: Sequence[Any], numbers: dict[str, int]
) -> list[SimpleNamespace]:
    """The results of the page, from the rows of kind `hit`."""
    ids = [int(row.key) for row in sorted((row for row in rows if row.kind == "hit"), key=lambda row: row.number)]
    rarest = min(meaning.parsed.terms, key=lambda term: numbers.get(term) or math.inf, default="")
    found = {row.item_id: row for row in connection.execute(HITS, {"ids": ids, "rarest": rarest}).fetchall()}
    return [_hit(found[number], meaning) for number in ids]


def _hit(row: Any, meaning: Meaning) -> SimpleNamespace:
    wanted = meaning.parsed.marked
    lines = snippet(row.text, wanted)
    return SimpleNamespace(
        item_id=row.item_id, title=row.title, title_marks=marks_in(fold(row.title), wanted), snippet=lines.text,
        snippet_marks=lines.marks, unit_name=row.official_name, published_date=row.published_at.date(), **row.shown,
    )  # fmt: skip


def context_of(text: str, meaning: Meaning, rows: Sequence[Any], hits: Sequence[Any], most: int) -> dict[str, Any]:
    """All that `search/page.html` asks for; `most` results can be paged to."""
    facets: dict[str, list[Facet]] = {"unit": [], "column": [], "year": []}
    totals = {row.kind: row.number for row in rows}
    names = column_names()
    for row in rows:
        if row.kind in facets:
            label = {"unit": row.label, "column": names.get(row.key, row.key), "year": f"{row.key}年"}[row.kind]
            facets[row.kind].append(Facet(row.key, label, row.number))
    facets["unit"].sort(key=lambda facet: -facet.count)
    facets["column"].sort(key=lambda facet: (-facet.count, facet.value))
    facets["year"].sort(key=lambda facet: facet.value, reverse=True)
    reachable = min(totals["total"], most)

    def to(**changes: Any) -> str:
        values = {"q": text, **changes}
        return url_for("search.page", **{name: value for name, value in values.items() if value})

    return {
        "query": SimpleNamespace(text=text, page=1, order="relevance"),
        "result": SimpleNamespace(
            hits=hits, total=totals["total"], reachable=reachable, total_is_exact=True, understood=meaning.understood
        ),
        "pages": -(-reachable // SIZE),
        "to": to,
        "groups": [
            ("unit", "单位", facets["unit"]),
            ("column", "栏目", facets["column"]),
            ("year", "发布年份", facets["year"]),
        ],
        "chosen": {"unit": "", "column": "", "year": ""},
        "filters": [],
        "marked": marked,
        "examples": EXAMPLES,
        "feed_url": url_for("search.feed", q=text),
    }  # fmt: skip

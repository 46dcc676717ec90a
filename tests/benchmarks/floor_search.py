"""Floor of the search page: what a query means is worked out beforehand, its three statements run for each request."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
from flask import render_template, request, url_for

from gongkai.core.ports import Offer, SearchQuery, Services
from gongkai.core.text.folding import fold
from gongkai.search import matching
from gongkai.search.answer import WEIGHED, candidate_of
from gongkai.search.candidates import Paths, paths_of
from gongkai.search.filters import HEADINGS, Wanted, facets_of
from gongkai.search.finding import CONSIDERED
from gongkai.search.highlight import marks_in, snippet
from gongkai.search.query import ParsedQuery
from gongkai.search.ranking import in_order, weigh
from gongkai.search.rarity import Rarity, frequencies, terms_to_ask
from gongkai.search.reprints import fold_reprints
from gongkai.search.store import ALL_DOCUMENTS
from gongkai.search.understanding import parse
from gongkai.search.units import Units
from gongkai.search.views import EXAMPLES, marked
from gongkai.search.vocabulary import in_effect
from gongkai.search.ways import Ways, ways_on
from gongkai.search.window import ALL, Window, window
from tests.benchmarks.floor import Database, portal_shell, site_of

SIZE = 20
FREQUENCIES = "SELECT gram, documents FROM search_gram WHERE gram = ANY(%(terms)s)"
PLAN = "SET LOCAL enable_seqscan = off; SET LOCAL jit = off; SET LOCAL work_mem = '16MB'"
USUAL_PLAN = "RESET enable_seqscan; RESET jit; RESET work_mem"
CANDIDATES = f"""
SELECT d.item_id, d.title_folded, d.published_at, d.validity, d.shown, d.number_keys, t.official_name,
    substr(d.text_folded, 1, {WEIGHED}) AS text
FROM search_document AS d JOIN tenant AS t ON t.id = d.tenant_id WHERE d.item_id = ANY(%(ids)s)
"""
HITS = """
SELECT d.item_id, d.title, d.published_at, d.validity, d.shown, t.official_name,
    substr(d.text, greatest(1, CASE WHEN %(rarest)s = '' THEN 0 ELSE strpos(d.text_folded, %(rarest)s) END - 4000),
        12000) AS text
FROM search_document AS d JOIN tenant AS t ON t.id = d.tenant_id WHERE d.item_id = ANY(%(ids)s)
"""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A query as it was understood, with all parameters of its statement, and what is said of it."""

    parsed: ParsedQuery
    rarity: Rarity
    paths: Paths
    understood: Sequence[str]
    offers: Sequence[Offer]
    units: Units
    looked: Window
    parameters: dict[str, Any]
    ways: Ways | None


def meanings(services: Services, queries: Sequence[str]) -> dict[str, Meaning]:
    """Those of the queries that find something as they stand, with their meaning."""
    found = {}
    for text in queries:
        query = SearchQuery(text)
        with services.database.unit_of_work() as uow:
            lexicon, units = in_effect(uow)
            parsed = parse(text, lexicon)
            result = services.search.search(uow, query)
            rarity = Rarity(frequencies(uow, terms_to_ask(parsed)))
            ways = ways_on(services, uow, query, result)
            paths = paths_of(parsed, rarity)
            looked = window(uow, path=(*paths.whole, ())[0], rarity=rarity, wanted=Wanted())
        if not result.total or result.corrected:
            continue
        parameters = matching.parameters(
            parsed=parsed, paths=paths, rarity=rarity, query=query, wanted=Wanted(), looked=looked
        )
        found[text] = Meaning(parsed, rarity, paths, result.understood, result.offers, units, looked, parameters, ways)
    return found


def search_views(database: Database, known: dict[str, Meaning]) -> dict[str, Callable[..., str]]:
    """Endpoint → view."""
    statement = re.sub(r"(?<!:):([a-z_]\w*)", r"%(\1)s", str(matching.statement()))

    def page() -> str:
        text = request.args["q"]
        meaning = known[text]
        with database.transaction() as connection:
            terms = [ALL_DOCUMENTS, *terms_to_ask(meaning.parsed)]
            connection.execute(FREQUENCIES, {"terms": terms}).fetchall()
            connection.execute(PLAN)
            rows = connection.execute(statement, meaning.parameters).fetchall()
            connection.execute(USUAL_PLAN)
            hits, folded = hits_of(connection, meaning, rows)
            site = site_of(connection)
        portal = portal_shell(request.path, site)
        ordered = next(row.number for row in rows if row.kind == "ordered")
        reachable = min(ordered, matching.RANKED) - folded
        context = context_of(text, meaning, rows, hits, reachable=reachable, looked=meaning.looked)
        return render_template("search/page.html", site=site, portal=portal, errors={}, **context)

    return {"search.page": page}


def hits_of(
    connection: psycopg.Connection[Any], meaning: Meaning, rows: Sequence[Any]
) -> tuple[list[SimpleNamespace], int]:
    """The first page, from the rows of kind `hit`, and how many reprints are folded into other results."""
    found = sorted((row for row in rows if row.kind == "hit"), key=lambda row: row.number)
    readings = {int(row.key): int(row.label) for row in found}
    first = list(readings)[:CONSIDERED]
    read = {row.item_id: row for row in connection.execute(CANDIDATES, {"ids": first}).fetchall()}
    candidates = [candidate_of(read[item_id], readings[item_id]) for item_id in first]
    weighed = [weigh(candidate, meaning.parsed, meaning.rarity) for candidate in candidates]
    head = fold_reprints(in_order(weighed))
    known = meaning.rarity.known
    rarest = min(filter(known.get, meaning.parsed.terms), key=lambda term: known[term], default="")
    ids = [ranked.candidate.item_id for ranked in head[:SIZE]]
    shown = {row.item_id: row for row in connection.execute(HITS, {"ids": ids, "rarest": rarest}).fetchall()}
    hits = [_hit(shown[ranked.candidate.item_id], meaning) for ranked in head[:SIZE]]
    for hit, ranked in zip(hits, head, strict=False):
        hit.reprints = len(ranked.reprints)
    return hits, len(candidates) - len(head)


def _hit(row: Any, meaning: Meaning) -> SimpleNamespace:
    wanted = meaning.parsed.marked
    lines = snippet(row.text, wanted)
    return SimpleNamespace(
        item_id=row.item_id, title=row.title, title_marks=marks_in(fold(row.title), wanted), snippet=lines.text,
        snippet_marks=lines.marks, unit_name=row.official_name, published_date=row.published_at.date(),
        validity=row.validity, **row.shown,
    )  # fmt: skip


def context_of(
    text: str, meaning: Meaning, rows: Sequence[Any], hits: Sequence[Any], *, reachable: int, looked: Window = ALL
) -> dict[str, Any]:
    """All that `search/page.html` asks for; `reachable` results can be paged to."""
    since = None if looked.is_open else looked.since.date()
    totals = {row.kind: row.number for row in rows}
    counts = {row.key: json.loads(row.label) for row in rows if row.kind == "counts" and row.label}
    facets = facets_of(counts, SearchQuery(text), meaning.units)

    def to(**changes: Any) -> str:
        values = {"q": text, **changes}
        return url_for("search.page", **{name: value for name, value in values.items() if value})

    return {
        "query": SimpleNamespace(text=text, page=1, after=None, order="relevance", since=None, until=None),
        "result": SimpleNamespace(
            hits=hits, total=totals["total"], reachable=reachable, total_is_exact=not since, looked_since=since,
            understood=meaning.understood, corrected=None, offers=meaning.offers,
        ),
        "earlier": to(until=(since - timedelta(days=1)).isoformat()) if since else "",
        "ways": meaning.ways,
        "following": "",
        "pages": -(-reachable // SIZE),
        "to": to,
        "groups": [(name, HEADINGS[name], found) for name, found in facets.items() if len(found) > 1],
        "chosen": {},
        "kept": {"q": text},
        "to_all": "",
        "filters": [],
        "marked": marked,
        "examples": EXAMPLES,
        "feed_url": url_for("search.feed", q=text),
    }  # fmt: skip

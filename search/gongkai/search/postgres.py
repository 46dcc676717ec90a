"""The PostgreSQL backend of public search: embedded mode's only one, and what remains when a search server is down."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, func, literal, select

from gongkai.catalog.column_templates import column_names
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.ports import Facet, SearchHit, SearchQuery, SearchResult, SearchState
from gongkai.core.text.folding import fold
from gongkai.core.uow import UnitOfWork
from gongkai.search import store
from gongkai.search.candidates import Paths, paths_of
from gongkai.search.document import build_documents
from gongkai.search.highlight import marks_in, snippet
from gongkai.search.matching import CONSIDERED, Found, find
from gongkai.search.models import SearchDocument
from gongkai.search.numbers import is_whole
from gongkai.search.queries import compare
from gongkai.search.query import Correction, ParsedQuery
from gongkai.search.ranking import Candidate, Ranked, rank
from gongkai.search.rarity import Rarity, frequencies, terms_to_ask
from gongkai.search.reprints import fold_reprints
from gongkai.search.sentences import offers, reasons, understood
from gongkai.search.spelling import corrected
from gongkai.search.terms import without_quotes
from gongkai.search.understanding import parse
from gongkai.search.vocabulary import lexicon_of
from gongkai.tenancy.models import Tenant

BATCH = 200
READ_BEFORE, READ = 4_000, 12_000
"""Characters of a long text that are read before its rarest term, and in all, to cut the two lines from."""
WEIGHED = 6_000
"""Characters at the beginning of a text that decide on its place."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """A query as it was understood and what it found."""

    parsed: ParsedQuery
    rarity: Rarity
    paths: Paths
    found: Found


class PostgresSearch:
    """`PublicSearch` over `search_document`."""

    def search(self, uow: UnitOfWork, query: SearchQuery) -> SearchResult:
        """Results for `query`; see `PublicSearch`."""
        query = replace(query, page=max(1, query.page))
        reading = _read(uow, query)
        if reading is None:
            return SearchResult((), 0)
        parsed, found = reading.parsed, reading.found
        ordered, reachable = _ordered(uow, reading, query)
        whole = 0 if reading.paths.dropped else found.whole
        return SearchResult(
            hits=_hits(uow, reading, ordered, explain=query.explain),
            total=found.total,
            reachable=reachable,
            understood=understood(parsed, key=found.key, whole=whole, best=ordered[0] if ordered else None),
            corrected=(parsed.correction.typed, parsed.correction.meant) if parsed.correction else None,
            offers=offers(parsed, query, found.total, units=found.units, years=found.years),
            units=_with_chosen(found.units, query.unit_code, _unit_name(uow, query.unit_code)),
            columns=_with_chosen(_labelled(found.columns), query.column_code, column_names().get(query.column_code)),
            years=_with_chosen(found.years, str(query.year or ""), None),
        )

    def index(self, uow: UnitOfWork, item_ids: Sequence[int]) -> None:
        """Bring the documents of these items in line with the database; needs the scope of their units."""
        store.lock(uow)
        ids = sorted(set(item_ids))
        for at in range(0, len(ids), BATCH):
            batch = ids[at : at + BATCH]
            store.write(uow, item_ids=batch, documents=build_documents(uow, item_ids=batch))

    def verify(self, uow: UnitOfWork) -> SearchState:
        """Compare documents and counts of terms with the database."""
        state = compare(uow)
        wrong = store.miscounted(uow)
        faults = (f"词频表有{wrong}条与实际不符，请运行 gongkai search reindex",) if wrong else ()
        return replace(state, faults=faults)

    def settle(self, uow: UnitOfWork) -> None:
        """Delete documents of what is not public and count the terms of all others anew."""
        store.lock(uow)
        store.write(uow, item_ids=compare(uow).extra, documents=())
        store.recount(uow)


def _read(uow: UnitOfWork, query: SearchQuery) -> _Reading | None:
    """Understand and find; where nothing matches in all parts, once more with the misspellings put right.

    None for a text with nothing to look for.
    """
    lexicon = lexicon_of(uow)
    parsed = parse(query.text, lexicon)
    if parsed.is_empty:
        return None
    reading = _found(uow, parsed, query)
    if query.verbatim or (reading.found.whole and not reading.paths.dropped):
        return reading
    if parsed.number_keys and is_whole(parsed.number_keys[0]):
        return reading
    meant = corrected(uow, parsed, reading.rarity)
    if meant is None:
        return reading
    other = _found(uow, parse(meant, lexicon, correction=Correction(parsed.text, meant)), query)
    return other if other.found.whole or not reading.found.whole else reading


def _found(uow: UnitOfWork, parsed: ParsedQuery, query: SearchQuery) -> _Reading:
    rarity = Rarity(frequencies(uow, terms_to_ask(parsed)))
    paths = paths_of(parsed, rarity)
    return _Reading(parsed, rarity, paths, find(uow, parsed=parsed, paths=paths, rarity=rarity, query=query))


def _ordered(uow: UnitOfWork, reading: _Reading, query: SearchQuery) -> tuple[Sequence[Ranked], int]:
    """The results of the page, in its order, and how many can be paged to."""
    hits = reading.found.hits
    candidates = _candidates(uow, hits)
    if query.order == "date":
        return [Ranked(candidate, 0.0) for candidate in candidates], reading.found.ordered
    head = fold_reprints(rank(candidates[:CONSIDERED], reading.parsed, reading.rarity))
    folded = min(len(candidates), CONSIDERED) - len(head)
    every = [*head, *(Ranked(candidate, 0.0) for candidate in candidates[CONSIDERED:])]
    skipped = (query.page - 1) * query.size
    return every[skipped : skipped + query.size], reading.found.ordered - folded


def _candidates(uow: UnitOfWork, hits: Sequence[tuple[int, int]]) -> list[Candidate]:
    query = (
        select(
            SearchDocument.item_id, SearchDocument.title_folded, SearchDocument.published_at, SearchDocument.shown,
            func.substr(SearchDocument.text_folded, 1, WEIGHED).label("text"), SearchDocument.number_keys,
            Tenant.official_name,
        )
        .join(Tenant, Tenant.id == SearchDocument.tenant_id)
        .where(SearchDocument.item_id.in_([item_id for item_id, _ in hits]))
    )  # fmt: skip
    rows = {row.item_id: row for row in uow.session.execute(query)}
    return [_candidate(rows[item_id], reading) for item_id, reading in hits if item_id in rows]


def _candidate(row: Row[Any], reading: int) -> Candidate:
    unit, agency = fold(row.official_name), fold(row.shown.get("agency", ""))
    return Candidate(
        item_id=row.item_id,
        reading=reading,
        title=without_quotes(row.title_folded),
        text=without_quotes(row.text),
        names=f"{agency} {unit} {fold(row.shown['document_number'])}",
        unit=unit,
        published_at=row.published_at,
        validity=row.shown["validity"],
        own=agency in ("", unit),
        number=next(filter(is_whole, row.number_keys), ""),
    )


def _hits(uow: UnitOfWork, reading: _Reading, ordered: Sequence[Ranked], *, explain: bool) -> list[SearchHit]:
    """The results of the page, in its order."""
    parsed, known = reading.parsed, reading.rarity.known
    rarest = min(filter(known.get, parsed.terms), key=lambda term: known[term], default="")
    place = func.strpos(SearchDocument.text_folded, rarest) if rarest else literal(0)
    start = func.greatest(1, place - READ_BEFORE)
    query = (
        select(
            SearchDocument.item_id, SearchDocument.title, SearchDocument.published_at, SearchDocument.shown,
            func.substr(SearchDocument.text, start, READ).label("text"), Tenant.code, Tenant.official_name,
        )
        .join(Tenant, Tenant.id == SearchDocument.tenant_id)
        .where(SearchDocument.item_id.in_([entry.candidate.item_id for entry in ordered]))
    )  # fmt: skip
    rows = {row.item_id: row for row in uow.session.execute(query)}
    shown = ((entry, _hit(rows[entry.candidate.item_id], parsed)) for entry in ordered)
    return [
        replace(hit, reprints=len(entry.reprints), reasons=reasons(entry, parsed) if explain else ())
        for entry, hit in shown
    ]


def _hit(row: Row[Any], parsed: ParsedQuery) -> SearchHit:
    lines = snippet(row.text, parsed.marked)
    return SearchHit(
        item_id=row.item_id,
        title=row.title,
        title_marks=marks_in(fold(row.title), parsed.marked),
        snippet=lines.text,
        snippet_marks=lines.marks,
        unit_code=row.code,
        unit_name=row.official_name,
        column_name=row.shown["column_name"],
        index_number=row.shown["index_number"],
        document_number=row.shown["document_number"],
        published_at=row.published_at,
        published_date=shanghai_date(row.published_at),
        validity=row.shown["validity"],
    )


def _labelled(columns: Sequence[Facet]) -> list[Facet]:
    names = column_names()
    return [replace(facet, label=names.get(facet.value, facet.label)) for facet in columns]


def _with_chosen(facets: Sequence[Facet], chosen: str, label: str | None) -> Sequence[Facet]:
    """The facets with the chosen value, which may have no results under the other filters."""
    if not chosen or any(facet.value == chosen for facet in facets):
        return facets
    return [Facet(chosen, label or chosen, 0), *facets]


def _unit_name(uow: UnitOfWork, code: str) -> str | None:
    return uow.session.scalar(select(Tenant.official_name).where(Tenant.code == code)) if code else None

"""The answer to a query, whichever engine finds it: reading, correcting, ranking, and the results as they are shown.

Titles and texts are always those of `search_document`; an engine says which documents come into question, and counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, func, literal, select

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.ports import SearchHit, SearchQuery, SearchResult
from gongkai.core.text.folding import fold
from gongkai.core.uow import UnitOfWork
from gongkai.search.candidates import Paths, paths_of
from gongkai.search.filters import Wanted, facets_of, wanted_of
from gongkai.search.finding import CONSIDERED, Find, Found, needles_of
from gongkai.search.highlight import marks_in, snippet
from gongkai.search.lexicon import Lexicon
from gongkai.search.meaning.asking import Sense
from gongkai.search.meaning.closeness import NOTHING, Closeness, asked, with_meaning
from gongkai.search.meaning.merging import merged
from gongkai.search.models import SearchDocument
from gongkai.search.numbers import is_whole
from gongkai.search.passages import best_passages
from gongkai.search.query import Correction, ParsedQuery
from gongkai.search.ranking import Candidate, InFile, Ranked, in_order, weigh
from gongkai.search.rarity import Rarity, frequencies, terms_to_ask
from gongkai.search.reprints import fold_reprints
from gongkai.search.sentences import offers, reasons, understood
from gongkai.search.spelling import corrected
from gongkai.search.terms import without_quotes
from gongkai.search.understanding import parse
from gongkai.search.vocabulary import in_effect
from gongkai.tenancy.models import Tenant

READ_BEFORE, READ = 4_000, 12_000
"""Characters of a long text that are read before its rarest term, and in all, to cut the two lines from."""
WEIGHED = 6_000
"""Characters at the beginning of a text that decide on its place."""
LOOKED_INTO = 40
"""Documents at the head of the first order whose attachments are looked into."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query with what its filters leave, and by what it is read and answered."""

    query: SearchQuery
    wanted: Wanted
    lexicon: Lexicon
    find: Find
    sense: Sense | None


@dataclass(frozen=True, slots=True)
class _Reading:
    """A query as it was understood and what it found."""

    parsed: ParsedQuery
    rarity: Rarity
    paths: Paths
    found: Found
    closeness: Closeness = NOTHING


def answer(uow: UnitOfWork, query: SearchQuery, *, find: Find, sense: Sense | None = None) -> SearchResult:
    """Results for `query`, by meaning too where there is `sense`; see `PublicSearch`."""
    query = replace(query, page=max(1, query.page))
    lexicon, units = in_effect(uow)
    reading = _read(uow, _Asked(query, wanted_of(query, units), lexicon, find, sense))
    if reading is None:
        return SearchResult((), 0)
    parsed, found = reading.parsed, reading.found
    ordered, reachable = _ordered(uow, reading, query)
    whole = 0 if reading.paths.dropped else found.whole
    facets = facets_of(found.counts, query, units)
    return SearchResult(
        hits=_hits(uow, reading, ordered, explain=query.explain),
        total=found.total,
        total_is_exact=found.since is None,
        looked_since=shanghai_date(found.since) if found.since else None,
        reachable=reachable,
        end=found.end,
        understood=understood(parsed, key=found.key, whole=whole, best=ordered[0] if ordered else None),
        corrected=(parsed.correction.typed, parsed.correction.meant) if parsed.correction else None,
        offers=offers(parsed, query, found.total, facets),
        facets=facets,
        whole=whole,
        named=parsed.agency_and_rest,
        by_unit=found.counts.get("tenant", {}),
    )


def candidate_of(row: Any, reading: int) -> Candidate:
    """What ranking needs of a document.

    Args:
        row: with `item_id`, `title_folded`, the first WEIGHED characters of `text_folded` as `text`, `published_at`,
            `validity`, `shown`, `number_keys` and the unit's `official_name`.
        reading: see `Found.hits`.
    """
    unit, agency = fold(row.official_name), fold(row.shown.get("agency", ""))
    return Candidate(
        item_id=row.item_id,
        reading=reading,
        title=without_quotes(row.title_folded),
        text=without_quotes(row.text),
        names=f"{agency} {unit} {fold(row.shown['document_number'])}",
        unit=unit,
        published_at=row.published_at,
        validity=row.validity,
        own=agency in ("", unit),
        number=next(filter(is_whole, row.number_keys), ""),
    )


def _read(uow: UnitOfWork, task: _Asked) -> _Reading | None:
    """Understand and find; where nothing matches in all parts, once more with the misspellings put right.

    None for a text with nothing to look for.
    """
    query, parsed = task.query, parse(task.query.text, task.lexicon)
    if parsed.is_empty:
        return None
    reading = _found(uow, task, parsed)
    if query.verbatim or (reading.found.whole and not reading.paths.dropped):
        return reading
    if parsed.number_keys and is_whole(parsed.number_keys[0]):
        return reading
    meant = corrected(uow, parsed, reading.rarity)
    if meant is None:
        return reading
    other = _found(uow, task, parse(meant, task.lexicon, correction=Correction(parsed.text, meant)))
    return other if other.found.whole or not reading.found.whole else reading


def _found(uow: UnitOfWork, task: _Asked, parsed: ParsedQuery) -> _Reading:
    query, wanted, sense = task.query, task.wanted, task.sense
    pending = asked(uow, sense, parsed, query)
    rarity = Rarity(frequencies(uow, terms_to_ask(parsed)))
    paths = paths_of(parsed, rarity)
    found = task.find(uow, parsed=parsed, paths=paths, rarity=rarity, query=query, wanted=wanted)
    found, closeness = with_meaning(
        uow, found, sense=sense, pending=pending, parsed=parsed, paths=paths, rarity=rarity, wanted=wanted
    )
    return _Reading(parsed, rarity, paths, found, closeness)


def _ordered(uow: UnitOfWork, reading: _Reading, query: SearchQuery) -> tuple[Sequence[Ranked], int]:
    """The results of the page, in its order, and how many can be paged to."""
    hits, reachable = reading.found.hits, reading.found.reachable
    if query.order == "date":
        return _weighed(uow, reading, hits), reachable
    considered = CONSIDERED + reading.closeness.brought
    by_words = in_order(_weighed(uow, reading, hits[:considered]))
    head = fold_reprints(merged(by_words, reading.parsed, reading.closeness.near))
    folded = min(len(hits), considered) - len(head)
    start, end = (query.page - 1) * query.size, query.page * query.size
    behind = hits[max(start + folded, considered) : max(end + folded, considered)]
    return [*head[start:end], *_weighed(uow, reading, behind)], reachable - folded


def _weighed(uow: UnitOfWork, reading: _Reading, hits: Sequence[tuple[int, int]]) -> list[Ranked]:
    """The documents with their scores, still in their first order; attachments are looked into where words lack."""
    parsed, rarity = reading.parsed, reading.rarity
    weighed = [weigh(candidate, parsed, rarity) for candidate in _candidates(uow, hits)]
    lacking = [one.candidate.item_id for one in weighed if one.lacks][:LOOKED_INTO]
    found = best_passages(uow, item_ids=lacking, needles=needles_of(parsed, rarity)) if lacking else {}
    return [_with_passage(one, found.get(one.candidate.item_id), reading) for one in weighed]


def _with_passage(ranked: Ranked, passage: InFile | None, reading: _Reading) -> Ranked:
    if passage is None:
        return ranked
    return weigh(replace(ranked.candidate, passage=passage), reading.parsed, reading.rarity)


def _candidates(uow: UnitOfWork, hits: Sequence[tuple[int, int]]) -> list[Candidate]:
    if not hits:
        return []
    query = (
        select(
            SearchDocument.item_id, SearchDocument.title_folded, SearchDocument.published_at, SearchDocument.validity,
            func.substr(SearchDocument.text_folded, 1, WEIGHED).label("text"), SearchDocument.number_keys,
            SearchDocument.shown, Tenant.official_name,
        )
        .join(Tenant, Tenant.id == SearchDocument.tenant_id)
        .where(SearchDocument.item_id.in_([item_id for item_id, _ in hits]))
    )  # fmt: skip
    rows = {row.item_id: row for row in uow.session.execute(query)}
    return [candidate_of(rows[item_id], reading) for item_id, reading in hits if item_id in rows]


def _hits(uow: UnitOfWork, reading: _Reading, ordered: Sequence[Ranked], *, explain: bool) -> list[SearchHit]:
    """The results of the page, in its order; a document that went meanwhile is left out."""
    parsed, known = reading.parsed, reading.rarity.known
    rarest = min(filter(known.get, parsed.terms), key=lambda term: known[term], default="")
    place = func.strpos(SearchDocument.text_folded, rarest) if rarest else literal(0)
    start = func.greatest(1, place - READ_BEFORE)
    query = (
        select(
            SearchDocument.item_id, SearchDocument.title, SearchDocument.published_at, SearchDocument.validity,
            SearchDocument.shown, func.substr(SearchDocument.text, start, READ).label("text"), Tenant.code,
            Tenant.official_name,
        )
        .join(Tenant, Tenant.id == SearchDocument.tenant_id)
        .where(SearchDocument.item_id.in_([entry.candidate.item_id for entry in ordered]))
    )  # fmt: skip
    rows = {row.item_id: row for row in uow.session.execute(query)}
    there = ((entry, rows[entry.candidate.item_id]) for entry in ordered if entry.candidate.item_id in rows)
    return [
        replace(
            _hit(row, parsed, entry), reprints=len(entry.reprints), reasons=reasons(entry, parsed) if explain else ()
        )
        for entry, row in there
    ]


def _hit(row: Row[Any], parsed: ParsedQuery, ranked: Ranked) -> SearchHit:
    passage = ranked.candidate.passage if ranked.by_file else None
    lines = snippet(passage.text if passage else row.text, parsed.marked)
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
        validity=row.validity,
        file=passage.file if passage else "",
        file_place=passage.place if passage else "",
    )

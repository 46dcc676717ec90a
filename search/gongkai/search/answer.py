"""The answer to a query, whichever engine finds it: reading, relaxing, and the results as the reader sees them.

Titles and texts are always those of `search_document`; an engine says which documents, in which order, and counts.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from sqlalchemy import Row, func, literal, select

from gongkai.catalog.column_templates import column_names
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.ports import Facet, SearchHit, SearchQuery, SearchResult
from gongkai.core.text.folding import HAN, fold
from gongkai.core.uow import UnitOfWork
from gongkai.search.highlight import marks_in, snippet
from gongkai.search.matching import Found, frequencies
from gongkai.search.models import SearchDocument
from gongkai.search.numbers import is_whole, words_of
from gongkai.search.query import ParsedQuery, parse
from gongkai.tenancy.models import Tenant

READ_BEFORE, READ = 4_000, 12_000
"""Characters of a long text that are read before its rarest term, and in all, to cut the two lines from."""


class Find(Protocol):
    """Finds one reading of a query: documents with all `required` index terms, or with one of the number keys."""

    def __call__(
        self,
        uow: UnitOfWork,
        *,
        parsed: ParsedQuery,
        required: Sequence[str],
        known: Mapping[str, int],
        query: SearchQuery,
    ) -> Found:
        """What is found; `known` are the frequencies of the query's terms."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What was looked for in the end; `required` is less than the query's where all together found nothing."""

    found: Found
    required: tuple[str, ...]


def answer(uow: UnitOfWork, query: SearchQuery, *, find: Find) -> SearchResult:
    """Results for `query`; see `PublicSearch`."""
    parsed = parse(query.text)
    if parsed.is_empty:
        return SearchResult((), 0)
    query = replace(query, page=max(1, query.page))
    known = frequencies(uow, parsed.required)
    reading = _read(uow, parsed, known, query, find)
    found = reading.found
    return SearchResult(
        hits=_hits(uow, parsed, found.item_ids, known),
        total=found.total,
        reachable=found.reachable,
        understood=_understood(parsed, reading),
        units=_with_chosen(found.units, query.unit_code, _unit_name(uow, query.unit_code)),
        columns=_with_chosen(_labelled(found.columns), query.column_code, column_names().get(query.column_code)),
        years=_with_chosen(found.years, str(query.year or ""), None),
    )


def _read(uow: UnitOfWork, parsed: ParsedQuery, known: Mapping[str, int], query: SearchQuery, find: Find) -> _Reading:
    """All terms together; while they find nothing, the commoner half of them is dropped."""
    required = parsed.required
    rarest = sorted((term for term in required if term in known), key=lambda term: known[term])
    possible = len(rarest) == len(required)
    if possible or parsed.number_keys:
        found = find(uow, parsed=parsed, required=required if possible else (), known=known, query=query)
        if found.matched:
            return _Reading(found, required)
    if possible:
        rarest = rarest[: len(rarest) // 2]
    while rarest and parsed.terms:
        found = find(uow, parsed=parsed, required=rarest, known=known, query=query)
        if found.matched:
            return _Reading(found, tuple(rarest))
        rarest = rarest[: len(rarest) // 2]
    return _Reading(Found(), required)


def _understood(parsed: ParsedQuery, reading: _Reading) -> tuple[str, ...]:
    """How the query was read, a sentence without its full stop each."""
    said = []
    if reading.found.key is not None and reading.found.key < len(parsed.number_keys):
        said.append(words_of(parsed.number_keys[reading.found.key]))
    elif parsed.number_keys and is_whole(parsed.number_keys[0]):
        said.append(f"没有文号为“{parsed.text}”的信息")
    if reading.required != parsed.required:
        kept = marks_in(parsed.folded, reading.required)
        words = "".join(dict.fromkeys(f"“{parsed.text[start:end]}”" for start, end in kept))
        said.append(f"没有同时包含全部词语的信息，已改为查找{words}")
    if parsed.characters:
        said.append("只输入了单个字，仅在标题中查找；再输入几个字即可查找正文")
    if any(re.match(f"[{HAN}]", new) and old != new for old, new in zip(parsed.text, parsed.folded, strict=True)):
        said.append("简体、繁体一并查找")
    return tuple(said)


def _hits(uow: UnitOfWork, parsed: ParsedQuery, ids: Sequence[int], known: Mapping[str, int]) -> list[SearchHit]:
    """The results of the page, in its order."""
    rarest = min(parsed.terms, key=lambda term: known.get(term, 0) or math.inf, default="")
    place = func.strpos(SearchDocument.text_folded, rarest) if rarest else literal(0)
    start = func.greatest(1, place - READ_BEFORE)
    query = (
        select(
            SearchDocument.item_id, SearchDocument.title, SearchDocument.published_at, SearchDocument.shown,
            func.substr(SearchDocument.text, start, READ).label("text"), Tenant.code, Tenant.official_name,
        )
        .join(Tenant, Tenant.id == SearchDocument.tenant_id)
        .where(SearchDocument.item_id.in_(ids))
    )  # fmt: skip
    found = {row.item_id: row for row in uow.session.execute(query)}
    return [_hit(found[item_id], parsed) for item_id in ids if item_id in found]


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

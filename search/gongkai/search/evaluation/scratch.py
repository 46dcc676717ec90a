"""A scratch index in PostgreSQL: temporary tables that stand before the product's own for one transaction.

The product's own statements run on them unchanged, and nobody else sees them. They go with the transaction, however it
ends. Agencies of the corpus become units, so that their names are recognised.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, text

from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.search import store
from gongkai.search.document import Document, make_document
from gongkai.search.evaluation.judgements import Paper
from gongkai.search.models import SearchDocument

BATCH = 500
COLUMN = ("qtwj", "其他文件")
UNKNOWN_AGENCY = "未注明机构"
_MAKE = text("SELECT gongkai_scratch()")
_FILLED = text("SELECT gongkai_scratch_filled()")
_UNIT = text(
    "INSERT INTO tenant (id, code, path, tenant_type, level, official_name, short_name, aliases, pinyin_key, initials,"
    " sort_order, index_pattern, vertically_managed, status, contact, created_at)"
    " VALUES (:id, :code, CAST(:path AS ltree), 'bureau', 'county', :name, :name, '{}', '', '', :id, 'LOCAL', false,"
    " 'active', '{}', :at)"
)


@contextmanager
def postgresql_scratch(services: Services, papers: Sequence[Paper]) -> Iterator[UnitOfWork]:
    """A unit of work in which the PostgreSQL backend searches these papers; item ids are their places, from 1."""
    with services.database.unit_of_work() as uow:
        uow.session.execute(_MAKE)
        _fill(uow, papers)
        yield uow


def _fill(uow: UnitOfWork, papers: Sequence[Paper]) -> None:
    names = dict.fromkeys(paper.agency or UNKNOWN_AGENCY for paper in papers)
    units = {name: number for number, name in enumerate(names, start=1)}
    rows = [{"id": n, "code": f"u{n}", "path": str(n), "name": name, "at": uow.now} for name, n in units.items()]
    uow.session.execute(_UNIT, rows)
    for at in range(0, len(papers), BATCH):
        batch = [_document(paper, number, units) for number, paper in enumerate(papers[at : at + BATCH], start=at + 1)]
        uow.session.connection().execute(insert(SearchDocument), [dict(document) for document in batch])
    store.recount(uow)
    uow.session.execute(_FILLED)


def _document(paper: Paper, number: int, units: dict[str, int]) -> Document:
    unit = paper.agency or UNKNOWN_AGENCY
    published: Any = paper.published
    at = datetime(published.year, published.month, published.day, 4, tzinfo=UTC) if published else _guessed(paper)
    return make_document(
        item_id=number,
        tenant_id=units[unit],
        version_id=number,
        column=COLUMN,
        published_at=at,
        title=paper.title,
        text=paper.text,
        agency=paper.agency,
        unit=unit,
        number=paper.document_number,
        index_numbers=[paper.index_number] if paper.index_number else [],
        validity="in_force",
    )


def _guessed(paper: Paper) -> datetime:
    """A day in the year that the number or the title names; without one long ago."""
    years = re.findall(r"(?:19|20)\d\d", f"{paper.document_number} {paper.title}")
    return datetime(int(years[0]) if years else 2000, 1, 1, 4, tzinfo=UTC)

"""What modules need from the outside, as Protocols; `gongkai.run` binds them. Each has an implementation without
a server, which development and tests use.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from gongkai.core.settings import Settings
from gongkai.core.storage.store import FileStore
from gongkai.core.uow import Database, UnitOfWork


@dataclass(frozen=True, slots=True)
class Mail:
    """One e-mail in plain text."""

    to: str
    subject: str
    body: str


class Notifier(Protocol):
    """Takes messages out of the application."""

    def send(self, mail: Mail) -> None:
        """Hand over one message; raises `OSError` when the server does not take it."""


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What a citizen asks for.

    Attributes:
        text: as typed, in either script.
        unit_code: only this unit; `column_code`: only this template column; `year`: only this year of publication.
        order: `relevance` or `date`.
        page: 1-based; `size`: results a page.
    """

    text: str
    unit_code: str = ""
    column_code: str = ""
    year: int | None = None
    order: str = "relevance"
    page: int = 1
    size: int = 20


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One result; `title_marks` and `snippet_marks` are (start, end) offsets into the original texts."""

    item_id: int
    title: str
    title_marks: tuple[tuple[int, int], ...]
    snippet: str
    snippet_marks: tuple[tuple[int, int], ...]
    unit_code: str
    unit_name: str
    column_name: str
    index_number: str
    document_number: str
    published_date: date
    validity: str


@dataclass(frozen=True, slots=True)
class Facet:
    """A value one can filter by, with the number of results it has."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A page of results.

    Attributes:
        total: number of results; `total_is_exact` is false when counting stopped early.
        understood: how the query was read, in words (`按文号查找` …).
    """

    hits: Sequence[SearchHit]
    total: int
    total_is_exact: bool = True
    understood: Sequence[str] = ()
    units: Sequence[Facet] = ()
    columns: Sequence[Facet] = ()
    years: Sequence[Facet] = ()


class PublicSearch(Protocol):
    """Search over what is public (decision 11)."""

    def search(self, uow: UnitOfWork, query: SearchQuery) -> SearchResult:
        """Results for `query`; always in the public scope."""

    def index(self, uow: UnitOfWork, item_ids: Sequence[int]) -> None:
        """Bring the documents of these items in line with the database; deletes those no longer public."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a request, job or command works with."""

    settings: Settings
    database: Database
    files: FileStore
    notifier: Notifier
    search: PublicSearch
    started_at: datetime

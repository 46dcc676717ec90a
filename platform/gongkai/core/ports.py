"""What modules need from the outside, as Protocols; `gongkai.run` binds them. Each has an implementation without
a server, which development and tests use.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

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


Place = tuple[datetime, int]
"""Where a result stands by date: when it was published, to the millisecond, and its item id."""


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What a citizen asks for.

    Attributes:
        text: as typed, in either script.
        filters: name of a filter → its value, of those that are set (`gongkai.search.filters` has the names).
        since, until: first and last day of publication, in Shanghai.
        page: 1-based; `size`: results a page.
        after: by date, the page that follows this place, however far that is, in the stead of `page`.
        verbatim: misspellings are not put right; `explain`: each result says why it stands where it does.
    """

    text: str
    filters: Mapping[str, str] = field(default_factory=dict)
    since: date | None = None
    until: date | None = None
    order: Literal["relevance", "date"] = "relevance"
    page: int = 1
    size: int = 20
    after: Place | None = None
    verbatim: bool = False
    explain: bool = False


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One result; `title_marks` and `snippet_marks` are (start, end) offsets into the texts beside them.

    `file` is the attachment that the snippet stands in, "" for the item's own text, `file_place` where in it, in words.
    `reprints` other units have the same document; `reasons` are sentences for an administrator, when asked for.
    """

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
    published_at: datetime
    published_date: date
    validity: str
    reprints: int = 0
    reasons: Sequence[str] = ()
    file: str = ""
    file_place: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A filter that the query's words suggest: a parameter of the address, its value, what it is called."""

    name: str
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Facet:
    """A value one can filter by, with the number of results it has under the other filters."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A page of results.

    Attributes:
        total: number of results; `total_is_exact` is false when counting stopped early.
        looked_since: the day from which on documents were searched, where words stand in too many to visit all.
        reachable: how many of them page numbers reach.
        end: by date, the place of the last one of this page, when others follow it.
        understood: how the query was read, in words (`按文号查找` …).
        degraded: the search server did not answer, and the database did in its place.
        corrected: what was typed and what was searched instead, where a misspelling was put right.
        offers: filters that the words suggest; none is applied unasked.
        facets: name of a filter → its values with results, in the order in which they are shown; a chosen one is always
            there.
        whole: how many documents match in all parts, whatever the filters.
        named: code of the only unit that the query names, and what else it asks for.
        by_unit: id of a unit, in digits → results under the other filters.
    """

    hits: Sequence[SearchHit]
    total: int
    total_is_exact: bool = True
    looked_since: date | None = None
    reachable: int = 0
    end: Place | None = None
    understood: Sequence[str] = ()
    degraded: bool = False
    corrected: tuple[str, str] | None = None
    offers: Sequence[Offer] = ()
    facets: Mapping[str, Sequence[Facet]] = field(default_factory=dict)
    whole: int = 0
    named: tuple[str, str] | None = None
    by_unit: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SearchState:
    """How the index compares with the database: item ids, ascending.

    Attributes:
        documents: how many the index holds.
        missing: public items without a document; stale: with a document of another version.
        extra: documents of items that are not public.
        faults: what else is wrong, in words.
        beside: how the index of a search server compares with the documents, where there is a server.
    """

    documents: int
    missing: Sequence[int] = ()
    stale: Sequence[int] = ()
    extra: Sequence[int] = ()
    faults: Sequence[str] = ()
    beside: "SearchState | None" = None

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        wrong = self.missing or self.stale or self.extra or self.faults
        return not wrong and (self.beside is None or self.beside.is_sound)


class PublicSearch(Protocol):
    """Search over what is public (decision 11)."""

    def search(self, uow: UnitOfWork, query: SearchQuery) -> SearchResult:
        """Results for `query`, of public items only; none for a text with nothing to look for.

        Raises:
            Invalid: when the text is too long (field `q`).
        """

    def index(self, uow: UnitOfWork, item_ids: Sequence[int]) -> None:
        """Bring the documents of these items in line with the database; deletes those no longer public."""

    def mirror(self, uow: UnitOfWork, item_ids: Sequence[int]) -> None:
        """Bring what a search server holds of these items in line with their documents, where there is a server.

        Raises:
            OutOfReach: when it does not take them now.
        """

    def verify(self, uow: UnitOfWork) -> SearchState:
        """Compare the index with the database; needs the scope of all units."""

    def settle(self, uow: UnitOfWork) -> None:
        """After many were written: delete documents of what is not public, derive anew what they give together."""


@dataclass(frozen=True, slots=True)
class IssuedCircular:
    """An issued circular whose period items are brought into afterwards; its own figures stay as they are.

    Attributes:
        office: short name of the office that issued it.
        number: its document number, empty where it has none.
        items: how many of the brought items lie in its period, in units that it covers; `months`: in which months,
            empty where it is about one.
    """

    id: int
    period: str
    office: str
    title: str
    number: str
    items: int
    months: Sequence[str] = ()


class IssuedPeriods(Protocol):
    """Knows of which months the figures have been issued."""

    def after_issue(self, uow: UnitOfWork, brought: Mapping[tuple[int, str], int]) -> Sequence[IssuedCircular]:
        """The issued circulars of these (unit id, period) with their number of items, oldest month first.

        Only circulars in the scope are answered.
        """


class NotConverted(Exception):
    """A document did not become a PDF; `reason` is shown to people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Converter(Protocol):
    """Makes PDF files of official documents, where one is configured."""

    @property
    def is_configured(self) -> bool:
        """Whether there is one at all."""

    def problem(self) -> str | None:
        """What keeps it from working, for the operator."""

    def to_pdf(self, docx: bytes) -> bytes:
        """The document as PDF; takes seconds, so for jobs only.

        Raises:
            NotConverted: when it fails, or exceeds its limits of time or memory.
        """


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a request, job or command works with."""

    settings: Settings
    database: Database
    files: FileStore
    notifier: Notifier
    search: PublicSearch
    issued: IssuedPeriods
    converter: Converter
    started_at: datetime

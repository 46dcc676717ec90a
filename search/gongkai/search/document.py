"""The one builder of search documents, and the one rule for what is searched."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import ColumnElement, func, select

from gongkai.catalog.column_templates import column_names
from gongkai.catalog.models import ContentColumn, IndexNumber
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.richtext.plain import to_text
from gongkai.core.text.folding import fold
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.emergency.locks import hidden_files
from gongkai.publishing.lifecycle.display import still_shown
from gongkai.publishing.models import Item, ItemVersion, VersionText
from gongkai.search.attachments import Parts, Passage, passages_of, read_parts
from gongkai.search.numbers import keys_of
from gongkai.search.terms import document_terms
from gongkai.tenancy.models import Tenant


class Document(TypedDict):
    """A row of `search_document`; `length` counts characters, `shown` is what a result displays beside its text."""

    item_id: int
    tenant_id: int
    version_id: int
    column_code: str
    published_at: datetime
    year: int
    title: str
    text: str
    title_folded: str
    text_folded: str
    grams: list[str]
    number_keys: list[str]
    length: int
    shown: dict[str, Any]


class Indexed(NamedTuple):
    """A document with the passages of its attachments."""

    document: Document
    passages: Sequence[Passage] = ()


def is_indexable(uow: UnitOfWork) -> ColumnElement[bool]:
    """Condition on `item`: the public may read it, and its display has not ended."""
    return Item.is_public & Item.current_version_id.is_not(None) & still_shown(shanghai_date(uow.now))


def build_documents(uow: UnitOfWork, *, item_ids: Sequence[int]) -> list[Indexed]:
    """Documents of those of the items that are indexable, as the database has them now, by ascending id."""
    numbers = _index_numbers(uow, item_ids)
    query = (
        select(
            Item.id, Item.tenant_id, Item.current_version_id, Item.published_at, Item.title, Item.summary,
            Item.issuing_agency, Item.document_number, Item.document_number_original, Item.index_number,
            Item.validity, ItemVersion.content["attachments"].label("attachments"), VersionText.body_html,
            ContentColumn.code, ContentColumn.name, Tenant.official_name,
        )
        .join(Tenant, Tenant.id == Item.tenant_id)
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .join(VersionText, VersionText.version_id == Item.current_version_id)
        .join(ContentColumn, ContentColumn.id == Item.column_id)
        .where(Item.id.in_(item_ids), is_indexable(uow))
        .order_by(Item.id)
    )  # fmt: skip
    rows = uow.session.execute(query).all()
    hidden = hidden_files(uow, tenant_ids={row.tenant_id for row in rows})
    files = {row.id: _files(row, hidden) for row in rows}
    parts = read_parts(uow, {(row.tenant_id, file["sha256"]) for row in rows for file in files[row.id]})
    return [_indexed(row, numbers.get(row.id, ()), files[row.id], parts) for row in rows]


def template_code(column_code: str) -> str:
    """The template's column under which a unit added its own (`gsgg-2-1` stands under `gsgg`)."""
    code = column_code
    while code not in column_names() and "-" in code:
        code = code.rpartition("-")[0]
    return code


def make_document(
    *,
    item_id: int,
    tenant_id: int,
    version_id: int,
    column: tuple[str, str],
    published_at: datetime,
    title: str,
    text: str,
    agency: str,
    unit: str,
    number: str,
    index_numbers: Sequence[str],
    validity: str,
    attached: Iterable[str] = (),
) -> Document:
    """The row of one item.

    Args:
        column: code and name; `agency`: who issued it; `unit`: who publishes it.
        number: document number or "".
        index_numbers: all it is found by; the first is shown.
        attached: folded texts of its attachments, by which it is found too.
    """
    title, text = _clean(title), _clean(text)
    names = "\n".join((agency, unit, number, *index_numbers[:1]))
    return Document(
        item_id=item_id,
        tenant_id=tenant_id,
        version_id=version_id,
        column_code=template_code(column[0]),
        published_at=published_at,
        year=shanghai_date(published_at).year,
        title=title,
        text=text,
        title_folded=fold(title),
        text_folded=fold(text),
        grams=document_terms(title, text, also=_clean(names), attached=attached),
        number_keys=keys_of(number, index_numbers),
        length=len(text),
        shown={
            "column_name": column[1],
            "index_number": index_numbers[0] if index_numbers else "",
            "document_number": number,
            "validity": validity,
            "agency": _clean(agency),
        },
    )


def _indexed(row: Any, index_numbers: Iterable[str], files: Sequence[Mapping[str, Any]], parts: Parts) -> Indexed:
    passages = passages_of((file["name"], parts.get((row.tenant_id, file["sha256"]), ())) for file in files)
    return Indexed(_document(row, index_numbers, files, passages), passages)


def _document(
    row: Any, index_numbers: Iterable[str], files: Sequence[Mapping[str, Any]] = (), passages: Sequence[Passage] = ()
) -> Document:
    return make_document(
        item_id=row.id,
        tenant_id=row.tenant_id,
        version_id=row.current_version_id,
        column=(row.code, row.name),
        published_at=row.published_at,
        title=row.title,
        text=_text(row, files),
        agency=row.issuing_agency,
        unit=row.official_name,
        number=row.document_number or row.document_number_original,
        index_numbers=(row.index_number, *index_numbers),
        validity=row.validity,
        attached=[passage["text_folded"] for passage in passages],
    )


def _files(row: Any, hidden: Collection[tuple[int, str]]) -> list[Mapping[str, Any]]:
    """The attachments of the current version, but for those that an office has taken down."""
    return [file for file in row.attachments or () if (row.tenant_id, file["sha256"]) not in hidden]


def _text(row: Any, files: Sequence[Mapping[str, Any]]) -> str:
    """The words of the current version; where there are none its summary. Names of attachments follow."""
    names = [f"附件：{file['name']}" for file in files]
    return "\n".join(filter(None, (to_text(row.body_html) or row.summary, *names)))


def _clean(text: str) -> str:
    return text.replace("\x00", "")


def _index_numbers(uow: UnitOfWork, item_ids: Sequence[int]) -> dict[int, list[str]]:
    query = (
        select(IndexNumber.item_id, func.array_agg(IndexNumber.number))
        .where(IndexNumber.item_id.in_(item_ids))
        .group_by(IndexNumber.item_id)
    )
    return {item_id: list(numbers) for item_id, numbers in uow.session.execute(query)}

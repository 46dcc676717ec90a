"""What an officer means by a number, an address, a name or a word: the preview of an emergency takedown."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit

from sqlalchemy import ColumnElement, or_, select, text

from gongkai.accounts.actors import Actor
from gongkai.catalog.models import ContentColumn, IndexNumber
from gongkai.core.db import AnyRow
from gongkai.core.ports import PublicSearch, SearchQuery, SearchResult
from gongkai.core.richtext.plain import to_text
from gongkai.core.text.folding import fold
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item, ItemVersion, VersionText
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import below

MOST_SHOWN = 300
MOST_COLUMNS = 50
LONGEST = 200
_PAGE = 200
_EXCERPT = 24
_SHORTEST_WORD = 2
# What was published a moment ago may not be in the search index yet.
_NOT_INDEXED_YET = timedelta(hours=1)
_ITEM = re.compile(r"/(?:items|work/items)/([0-9]{1,18})(?:/|$)")
_FILE = re.compile(r"/items/([0-9]{1,18})/files/[0-9]+/(.+)$")
_COLUMN = re.compile(r"/units/([^/]+)/columns/([^/]+)/?")
_NUMBER = re.compile(r"/index/(.+)$")
_ID = re.compile(r"[0-9]{1,12}")
_INSIDE = text(
    "WITH RECURSIVE under(root, id) AS ("
    " SELECT id, id FROM content_column WHERE id = ANY (CAST(:ids AS bigint[]))"
    " UNION ALL SELECT u.root, c.id FROM content_column AS c JOIN under AS u ON c.parent_id = u.id)"
    " SELECT u.root, sum(n.total) AS total FROM under AS u JOIN column_count AS n ON n.column_id = u.id GROUP BY u.root"
)


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file of an item: its digest, its name, whether it is what was asked for."""

    digest: str
    name: str
    meant: bool = False


@dataclass(frozen=True, slots=True)
class ItemLine:
    """A public item; `excerpt` is where the word stands in its text, `meant` whether it is what was asked for."""

    id: int
    title: str
    index_number: str
    unit: str
    column: str
    published_at: datetime
    files: Sequence[FileLine]
    excerpt: str = ""
    meant: bool = True


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """A column of a unit with the number of public items in it and below it."""

    id: int
    name: str
    unit: str
    items: int
    meant: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What was found.

    Attributes:
        exact: whether a number, an id or an address was given that names one thing: it can go without a preview.
        more: whether more than `MOST_SHOWN` items have the word.
    """

    exact: bool = False
    items: Sequence[ItemLine] = ()
    columns: Sequence[ColumnLine] = ()
    more: bool = False

    @property
    def meant_files(self) -> list[tuple[int, str]]:
        """(item id, digest) of the files that were asked for."""
        return [(item.id, file.digest) for item in self.items for file in item.files if file.meant]


def find_targets(
    uow: UnitOfWork, *, actor: Actor, search: PublicSearch, wanted: str, unit_id: int | None = None
) -> Found:
    """Public items, files and columns below the office that `wanted` means.

    An address, an index number or an id names one thing. Anything else is a word: the items that have it in title,
    text, numbers or names of files, word for word but for the script, and the columns called so. `unit_id` keeps one
    unit for words.
    """
    wanted = wanted.strip()[:LONGEST]
    if not wanted:
        return Found()
    mine = below(actor.tenant_path)
    named = _named(uow, mine, wanted)
    if named is not None:
        return named
    if len(fold(wanted)) < _SHORTEST_WORD:
        return Found()
    if unit_id is not None:
        mine = mine & (Tenant.id == unit_id)
    return _with_word(uow, mine, search, wanted)


def _named(uow: UnitOfWork, mine: ColumnElement[bool], wanted: str) -> Found | None:
    """What an address, an index number or an id names; None when it is none of these or names nothing here."""
    path = unquote(urlsplit(wanted).path) if "/" in wanted else ""
    if match := _FILE.search(path):
        return _one_file(uow, mine, int(match[1]), match[2])
    if match := _ITEM.search(path):
        return _exact(_lines(uow, mine, [int(match[1])]))
    if match := _COLUMN.search(path):
        code = (Tenant.code == match[1]) & (ContentColumn.code == match[2])
        columns = [replace(line, meant=True) for line in _columns(uow, mine & code)]
        return Found(exact=len(columns) == 1, columns=columns)
    number = _NUMBER.search(path)
    written = (number[1] if number else wanted).strip()
    ids = uow.session.scalars(
        select(IndexNumber.item_id).where(IndexNumber.number.in_({written, written.upper()})).distinct()
    ).all()
    found = _lines(uow, mine, ids)
    if not found and _ID.fullmatch(wanted):
        found = _lines(uow, mine, [int(wanted)])
    return _exact(found) if found or number else None


def _exact(items: Sequence[ItemLine]) -> Found:
    return Found(exact=len(items) == 1, items=items)


def _one_file(uow: UnitOfWork, mine: ColumnElement[bool], item_id: int, name: str) -> Found:
    found = []
    for line in _lines(uow, mine, [item_id]):
        files = [replace(file, meant=file.name == name) for file in line.files]
        if any(file.meant for file in files):
            found.append(replace(line, files=files, meant=False))
    return _exact(found)


def _with_word(uow: UnitOfWork, mine: ColumnElement[bool], search: PublicSearch, wanted: str) -> Found:
    word = fold(wanted)
    units = uow.session.scalars(select(Tenant.code).where(mine).limit(2)).all()
    filters = {"unit": units[0]} if len(units) == 1 else {}
    candidates = _recent(uow, mine, wanted)
    lines: dict[int, ItemLine] = {line.id: line for line in _matching(uow, mine, candidates, word)}
    query: SearchQuery | None = SearchQuery(wanted, filters=filters, order="date", size=_PAGE)
    while query and len(lines) <= MOST_SHOWN:
        result = search.search(uow, query)
        ids = [hit.item_id for hit in result.hits if hit.item_id not in lines]
        lines |= {line.id: line for line in _matching(uow, mine, ids, word)}
        query = _further(query, result)
    ordered = sorted(lines.values(), key=lambda line: (line.published_at, line.id), reverse=True)
    columns = _columns(uow, mine & ContentColumn.name.contains(wanted, autoescape=True))
    return Found(items=ordered[:MOST_SHOWN], columns=columns, more=len(ordered) > MOST_SHOWN)


def _further(query: SearchQuery, result: SearchResult) -> SearchQuery | None:
    """The next page; behind the last, what is older than the search looked; None at the end."""
    if query.page * _PAGE < result.reachable and result.hits:
        return replace(query, page=query.page + 1)
    if result.looked_since:
        return replace(query, page=1, until=result.looked_since - timedelta(days=1))
    return None


def _recent(uow: UnitOfWork, mine: ColumnElement[bool], wanted: str) -> Sequence[int]:
    query = (
        select(Item.id)
        .join(Tenant, Tenant.id == Item.tenant_id)
        .join(VersionText, VersionText.version_id == Item.current_version_id)
        .where(
            Item.is_public, mine, Item.published_at > uow.now - _NOT_INDEXED_YET,
            or_(
                Item.title.contains(wanted, autoescape=True), VersionText.body_html.contains(wanted, autoescape=True)
            ),
        )
        .limit(MOST_SHOWN)
    )  # fmt: skip
    return uow.session.scalars(query).all()


def _lines(uow: UnitOfWork, mine: ColumnElement[bool], item_ids: Collection[int]) -> list[ItemLine]:
    return [_line(row) for row in _rows(uow, mine, item_ids)]


def _rows(uow: UnitOfWork, mine: ColumnElement[bool], item_ids: Collection[int]) -> Sequence[AnyRow]:
    query = (
        select(
            Item.id, Item.title, Item.summary, Item.index_number, Item.document_number,
            Item.document_number_original, Item.published_at, Tenant.short_name.label("unit"),
            ContentColumn.name.label("column"), ItemVersion.content["attachments"].label("files"),
            VersionText.body_html,
        )
        .join(Tenant, Tenant.id == Item.tenant_id)
        .join(ContentColumn, ContentColumn.id == Item.column_id)
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .outerjoin(VersionText, VersionText.version_id == Item.current_version_id)
        .where(Item.id.in_(item_ids), Item.is_public, mine)
        .order_by(Item.published_at.desc(), Item.id.desc())
    )  # fmt: skip
    return uow.session.execute(query).all()


def _line(row: AnyRow, excerpt: str = "", word: str = "") -> ItemLine:
    files = [FileLine(str(file["sha256"]), str(file["name"])) for file in row.files or ()]
    if word:
        # Files that carry the word in their names are shown first.
        files.sort(key=lambda file: word not in fold(file.name))
    return ItemLine(
        row.id, row.title, row.index_number, row.unit, row.column, row.published_at, files, excerpt=excerpt
    )  # fmt: skip


def _matching(uow: UnitOfWork, mine: ColumnElement[bool], item_ids: Collection[int], word: str) -> Iterable[ItemLine]:
    """Those of the items that really have the word: search also finds what has a part of it."""
    for row in _rows(uow, mine, item_ids):
        body = to_text(row.body_html or "")
        names = [str(file["name"]) for file in row.files or ()]
        numbers = (row.index_number, row.document_number, row.document_number_original)
        place = fold(body).find(word)
        if place >= 0:
            start, end = max(0, place - _EXCERPT), place + len(word) + _EXCERPT
            cut = " ".join(body[start:end].split())
            yield _line(row, f"{'…' if start else ''}{cut}{'…' if end < len(body) else ''}", word)
        elif any(word in fold(said) for said in (row.title, row.summary, *numbers, *names) if said):
            yield _line(row, "", word)


def _columns(uow: UnitOfWork, where: ColumnElement[bool]) -> list[ColumnLine]:
    query = (
        select(ContentColumn.id, ContentColumn.name, Tenant.short_name.label("unit"))
        .join(Tenant, Tenant.id == ContentColumn.tenant_id)
        .where(where)
        .order_by(Tenant.sort_order, ContentColumn.sort_order, ContentColumn.id)
        .limit(MOST_COLUMNS)
    )
    rows = uow.session.execute(query).all()
    inside = {row.root: int(row.total) for row in uow.session.execute(_INSIDE, {"ids": [row.id for row in rows]})}
    return [ColumnLine(row.id, row.name, row.unit, inside.get(row.id, 0)) for row in rows]

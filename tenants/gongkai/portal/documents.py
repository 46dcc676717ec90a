"""An item as the public sees it: the current version, or an earlier one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import takewhile
from typing import Any

from markupsafe import Markup

from gongkai.catalog.column_templates import PARTS
from gongkai.core.calendar.instants import SHANGHAI, format_date, shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.storage.names import size_label
from gongkai.core.storage.sniff import KINDS
from gongkai.core.uow import UnitOfWork
from gongkai.portal.addresses import item_path, outside, unit_path
from gongkai.portal.contacts import Contact, contact
from gongkai.portal.ended import expect_display
from gongkai.portal.item_queries import shown_item
from gongkai.portal.metadata import Row, added_rows, labels_as_found, migration_rows, own_rows, wide_labels
from gongkai.publishing.models import CHANGE_KINDS, VALIDITIES, VALIDITY_MARK
from gongkai.publishing.publication import GOES_ON

_TAG = re.compile(r"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
_KINDS_OF_TYPE = {kind.media_type: kind for kind in KINDS.values()}
SHORTEST_PART_OF_A_NAME = 3
MOST_NOTES = 5


@dataclass(frozen=True, slots=True)
class File:
    """A file of a version; `position` from 1 is empty where the current version does not have it any more."""

    position: int | None
    name: str
    size: str
    kind: str


@dataclass(frozen=True, slots=True)
class Change:
    """One version in the list of versions; `note` stands above the text of it and of those after it."""

    version: int
    day: date
    what: str
    reason: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Related:
    """A public item that belongs to this one; `interprets` tells whether it is its interpretation, or its result.

    `kind` is that of the link （`ItemLink`）.
    """

    id: int
    title: str
    published_at: str
    interprets: bool
    kind: str

    @property
    def day(self) -> str:
        """The day of its publication."""
        return shanghai_date(datetime.fromisoformat(self.published_at)).isoformat()


@dataclass(frozen=True, slots=True)
class ItemPage:
    """All that an item's page shows.

    Attributes:
        rows: the metadata table; `added` stands below it when the table is a migrated page's own.
        validity_note: since when and on what basis it does not hold as it stands.
        decision_id: the public item of the decision on its validity.
        term_ended: the last day of its term, when that has passed and nothing has been decided.
        notes: what changed up to this version （勘误、内容变更）, newest first.
        source: what a reprint was taken from, and the address if there is one.
        related: public items that interpret or answer this one, or that it interprets or answers, newest first.
        changes: versions, newest first; empty when there is only one.
        earlier: whether this is not the current version.
        modified: when the item last changed.
    """

    id: int
    title: str
    summary: str
    keywords: str
    version: int
    earlier: bool
    rows: Sequence[Row]
    added: Sequence[Row]
    wide: Sequence[str]
    validity: str
    validity_note: str
    decision_id: int | None
    term_ended: date | None
    notes: Sequence["Change"]
    source: tuple[str, str] | None
    body: Markup
    erased: bool
    files: Sequence[File]
    related: Sequence[Related]
    changes: Sequence[Change]
    citation: str
    url: str
    published_at: datetime
    unit_code: str
    unit_name: str
    agency: str
    column_code: str
    column_name: str
    part: str
    trail: Sequence[Sequence[str]]
    contact: Contact
    day: date


def view_item(uow: UnitOfWork, *, item_id: int, base_url: str, version: int | None = None) -> ItemPage:
    """An item's page with its current version, or with `version`.

    Raises:
        NotFound: when there is no such item or version, or it was never public.
        TakenDown: when it was public once.
        DisplayEnded: when it is public and its display has ended.
    """
    today = shanghai_date(uow.now)
    row = shown_item(uow, item_id=item_id, version=version)
    expect_display(row, today)
    content: dict[str, Any] = row.content
    published, url = shanghai_date(row.published_at), base_url + item_path(row.id)
    agency = str(content.get("issuing_agency") or "")
    rows, added = _tables(row, agency, published.isoformat())
    changes = _changes(row.versions)
    return ItemPage(
        id=row.id,
        title=str(content["title"]),
        summary=str(content.get("summary") or ""),
        keywords=str((content.get("optional") or {}).get("keywords") or ""),
        version=row.version,
        earlier=row.version_id != row.current_version_id,
        rows=rows,
        added=added,
        wide=wide_labels(rows) + wide_labels(added),
        validity=str(content.get("validity") or ""),
        validity_note=_validity_note(content, row.versions),
        decision_id=row.decision_id if content.get("decision_item_id") == row.decision_id else None,
        term_ended=_term_ended(row, today),
        notes=[change for change in changes if change.note and change.version <= row.version][:MOST_NOTES],
        source=(agency, outside(str(content.get("source_url") or ""))) if content.get("is_reprint") else None,
        body=readable(row.body_html or ""),
        erased=row.erased_at is not None,
        files=_files(content, current=row.version_id == row.current_version_id, hidden=row.hidden_files or ()),
        related=[Related(*entry) for entry in row.related or ()],
        changes=changes if len(changes) > 1 else (),
        citation=citation(content, agency or row.official_name, published, url),
        url=url,
        published_at=row.published_at.astimezone(SHANGHAI),
        unit_code=row.unit_code,
        unit_name=row.official_name,
        agency=agency or row.official_name,
        column_code=row.column_code,
        column_name=row.column_name,
        part=PARTS[row.part],
        trail=row.trail,
        contact=contact(row.guide, row.contact),
        day=shanghai_date(row.version_at) if row.version > 1 else published,
    )


def merger(successors: Sequence[Sequence[str]] | None, abolished: date | None) -> str:
    """What became of an abolished body, in words; empty for one in use."""
    if not successors:
        return ""
    names = "、".join(name for _, name, _ in successors)
    day = format_date(abolished or date.fromisoformat(successors[0][2]))
    return f"已于{day}并入{names}" if len(successors) == 1 else f"已于{day}撤销，职能由{names}承接"


def readable(body_html: str) -> Markup:
    """Sanitised text for the page: a wide table scrolls inside its own box, also by keyboard."""
    if "<table" not in body_html:
        return Markup(body_html)  # noqa: S704 - sanitised before it was published
    depth = number = 0

    def box(tag: re.Match[str]) -> str:
        nonlocal depth, number
        written = tag[0]
        if written.startswith("</table"):
            depth -= 1
            return f"{written}</div>" if depth == 0 else written
        if not written.startswith("<table"):
            return written
        depth += 1
        if depth > 1:
            return written
        number += 1
        return f'<div class="table-box" role="region" aria-label="正文表格{number}" tabindex="0">{written}'

    return Markup(_TAG.sub(box, body_html))  # noqa: S704 - sanitised before it was published


def citation(content: Mapping[str, Any], agency: str, published: date, url: str) -> str:
    """How to cite an item: agency, title, number, day, index number, address."""
    # Title marks inside title marks are single (GB/T 15834).
    title = str(content["title"]).replace("《", "〈").replace("》", "〉")
    number = f"（{content['document_number']}）" if content.get("document_number") else ""
    day = format_date(date.fromisoformat(str(content.get("formed_date") or published.isoformat())))
    return f"{agency}：《{title}》{number}，{day}，索引号：{content['index_number']}，{url}"


def _tables(row: AnyRow, agency: str, published: str) -> tuple[list[Row], list[Row]]:
    """The metadata table, and what stands below it when the table is a migrated page's own."""
    content: dict[str, Any] = row.content
    merged = merger(row.successors, row.abolished_date)
    source = _publisher(row, merged)
    found = labels_as_found(content)
    if found:
        return found, added_rows(content, found, published=published, source=source)
    shown = f"{agency}（{merged}）" if merged and _names_the_unit(row, agency) else agency
    rows = own_rows(content, published=published, agency=shown, source=source)
    return [*rows, *migration_rows(content)], []


def _publisher(row: AnyRow, merged: str) -> Row:
    name = row.name_then or row.official_name
    note = merged or (f"现名：{row.official_name}" if name != row.official_name else "")
    return "信息来源", f"{name}（{note}）" if note else name, unit_path(row.unit_code)


def _names_the_unit(row: AnyRow, agency: str) -> bool:
    """Whether the recorded agency is this unit, under any of its names, with or without the place before it."""
    names = {row.official_name, row.short_name, row.name_then or "", *row.aliases}
    return agency in names or (len(agency) >= SHORTEST_PART_OF_A_NAME and row.official_name.endswith(agency))


def _changes(versions: Sequence[Sequence[Any]]) -> list[Change]:
    """Versions as [version, published_at, change_kind, change_reason, validity], oldest first → newest first."""
    changes: list[Change] = []
    before = None
    for version, at, kind, reason, validity in versions:
        what = "首次发布" if before is None else CHANGE_KINDS.get(kind or "", "内容变更")
        if kind == VALIDITY_MARK or (before is not None and validity != before):
            what = (
                "标注为继续有效" if validity == before == "in_force" else f"标注为{VALIDITIES.get(validity, validity)}"
            )
        day, words = shanghai_date(datetime.fromisoformat(at)), str(reason or "").rstrip("。")
        note = f"{what}：{words}，{format_date(day)}" if before is not None and what in CHANGE_KINDS.values() else ""
        changes.append(Change(version, day, what, str(reason or ""), note))
        before = validity
    return changes[::-1]


def _term_ended(row: AnyRow, today: date) -> date | None:
    """A term that has passed is only told of: whether the document still holds is for its agency to decide."""
    until: date | None = row.valid_until
    undecided = row.validity_now in GOES_ON and row.version_id == row.current_version_id
    return until if until is not None and until < today and undecided else None


def _validity_note(content: Mapping[str, Any], versions: Sequence[Sequence[Any]]) -> str:
    """Since when, and on what basis, the document does not hold as it stands."""
    validity = content.get("validity")
    if validity in ("in_force", None):
        return ""
    marked = list(takewhile(lambda entry: entry[4] == validity, reversed(versions)))[-1:]
    parts = []
    if content.get("repealed_date"):
        parts.append(f"自{format_date(date.fromisoformat(content['repealed_date']))}起废止。")
    if marked and marked[0][3]:
        parts.append(f"依据：{str(marked[0][3]).rstrip('。')}。")
    return "".join(parts)


def _files(content: Mapping[str, Any], *, current: bool, hidden: Sequence[str]) -> list[File]:
    """The files of a version but those that an office has taken down; the others keep their positions."""
    return [
        File(
            position=position if current else None,
            name=str(file["name"]),
            size=size_label(int(file["size"])),
            kind=kind.label_zh if (kind := _KINDS_OF_TYPE.get(file["media_type"])) else "",
        )
        for position, file in enumerate(content.get("attachments") or [], start=1)
        if file["sha256"] not in hidden
    ]

"""The answers of the interface: exactly what the portal shows, in the public scope."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import quote

from gongkai.core.calendar.instants import SHANGHAI, shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.errors import NotFound
from gongkai.core.ports import Facet, SearchHit, SearchQuery, Services
from gongkai.core.richtext.plain import to_text
from gongkai.core.uow import UnitOfWork
from gongkai.portal import unit_queries
from gongkai.portal.addresses import item_path, unit_path
from gongkai.portal.catalogue import Node, tree
from gongkai.portal.contacts import contact
from gongkai.portal.directory import matched
from gongkai.portal.ended import expect_display
from gongkai.portal.errors import TakenDown
from gongkai.portal.front_queries import all_units
from gongkai.portal.item_queries import numbered, shown_item
from gongkai.search.api import cursors, queries, schemas
from gongkai.search.api.errors import Ambiguous
from gongkai.search.api.parameters import ItemParameters, SearchParameters, UnitParameters
from gongkai.search.filters import HEADINGS
from gongkai.search.services import find
from gongkai.tenancy.kinds import profile
from gongkai.tenancy.queries import former_names


def search(services: Services, uow: UnitOfWork, asked: SearchParameters) -> schemas.SearchAnswer:
    """A page of results.

    Raises:
        Invalid: for a cursor of another search.
    """
    place, dated = cursors.place_of(asked, asked.cursor), asked.order == "date"
    page = cursors.number(place, 0) if place and not dated else 1
    after = (cursors.instant(place, 0), cursors.number(place, 1)) if place and dated else None
    query = SearchQuery(
        asked.q, filters=asked.filters, since=asked.since, until=asked.until, order=asked.order, page=page,
        after=after, size=asked.size, verbatim=asked.verbatim == "1",
    )  # fmt: skip
    result = find(services, uow, query)
    following: tuple[str | int, ...] = (page + 1,) if page * asked.size < result.reachable else ()
    if dated:
        following = (result.end[0].isoformat(), result.end[1]) if result.end else ()
    return schemas.SearchAnswer(
        query=asked.q,
        corrected_to=result.corrected[1] if result.corrected else None,
        understood=list(result.understood),
        total=result.total,
        total_is_exact=result.total_is_exact,
        looked_since=result.looked_since,
        reachable=result.reachable,
        degraded=result.degraded,
        items=[_hit(hit, services.settings.base_url) for hit in result.hits],
        filters=schemas.Filters(**{name: _values(result.facets.get(name, ())) for name in HEADINGS}),
        next=cursors.write(asked, *following) if following else None,
    )


def item_by_reference(uow: UnitOfWork, *, reference: str, base_url: str) -> schemas.ItemDetail:
    """An item by its id, or by an index number that it has or had.

    Raises:
        NotFound: when there is none.
        Gone: when it was public once.
        Ambiguous: when several items have the number.
    """
    if reference.isascii() and reference.isdigit() and 0 < int(reference[:20]) < 2**63:
        return _item(uow, int(reference[:20]), base_url)
    found = numbered(uow, number=reference)
    # A reprint has the number of its source, to which the number leads.
    found = [row for row in found if not row.is_reprint] or found
    if not found:
        raise NotFound
    if len(found) > 1:
        raise Ambiguous(found[0].number, [row.item_id for row in found if row.title is not None])
    if found[0].title is None:
        raise TakenDown(found[0].number, found[0].given_at)
    return _item(uow, found[0].item_id, base_url)


def units(uow: UnitOfWork, asked: UnitParameters, *, base_url: str) -> schemas.UnitList:
    """A page of the units in official order, abolished ones too.

    Raises:
        Invalid: for a cursor of another list.
    """
    words = asked.q.strip()
    found = [unit for unit in all_units(uow) if not words or matched(unit, words) is not None]
    place = cursors.place_of(asked, asked.cursor)
    start = cursors.number(place, 0) if place else 0
    shown = found[start : start + asked.size]
    more = start + asked.size < len(found)
    return schemas.UnitList(
        items=[schemas.UnitSummary(**_unit(unit, base_url)) for unit in shown],
        next=cursors.write(asked, start + asked.size) if more else None,
    )


def unit(uow: UnitOfWork, *, code: str, base_url: str) -> schemas.UnitDetail:
    """A unit.

    Raises:
        NotFound: when there is none.
    """
    row = unit_queries.unit(uow, code=code)
    before = unit_queries.bodies_before(uow, tenant_id=row.id)
    names = dict.fromkeys(name.official_name for name in former_names(uow, tenant_id=row.id))
    office = contact(row.guide, row.contact)
    return schemas.UnitDetail(
        **_unit(row, base_url),
        parent=schemas.UnitName(code=row.parent_code, name=row.parent_name) if row.parent_code else None,
        successors=[schemas.UnitName(code=code, name=name) for code, name, _ in row.successors or ()],
        predecessors=[schemas.UnitName(code=body.code, name=body.official_name) for body in before],
        former_names=[name for name in names if name != row.official_name],
        contact=[schemas.Contact(label=label, value=value) for label, value in office.rows],
    )


def columns(uow: UnitOfWork, *, code: str, base_url: str) -> schemas.ColumnList:
    """The catalogue of a unit, with what it and the bodies before it published.

    Raises:
        NotFound: when there is no such unit.
    """
    row = unit_queries.unit(uow, code=code)
    before = [body.id for body in unit_queries.bodies_before(uow, tenant_id=row.id)]
    nodes = tree(row.code, unit_queries.catalogue(uow, tenant_id=row.id, before=before))
    return schemas.ColumnList(items=_columns(nodes, None, base_url))


def items(uow: UnitOfWork, asked: ItemParameters, *, code: str, base_url: str) -> schemas.ItemList:
    """A page of what a unit published.

    Raises:
        NotFound: when there is no such unit or column.
        Invalid: for a cursor of another list.
    """
    if asked.column:
        row = unit_queries.column(uow, code=code, column_code=asked.column)
        column_id = row.column_id
    else:
        row, column_id = unit_queries.unit(uow, code=code), None
    place = cursors.place_of(asked, asked.cursor)
    behind = (cursors.instant(place, 0), cursors.number(place, 1)) if place else None
    found = queries.items_of(
        uow, tenant_id=row.id, column_id=column_id, year=asked.year, behind=behind, size=asked.size + 1
    )
    shown = found[: asked.size]
    last = shown[-1] if len(found) > asked.size else None
    name = schemas.UnitName(code=row.code, name=row.official_name)
    return schemas.ItemList(
        items=[_summary(entry, name, base_url) for entry in shown],
        next=cursors.write(asked, last.published_at.isoformat(), last.id) if last else None,
    )


def _hit(hit: SearchHit, base_url: str) -> schemas.Hit:
    return schemas.Hit(
        id=hit.item_id,
        index_number=hit.index_number,
        title=hit.title,
        document_number=hit.document_number,
        unit=schemas.UnitName(code=hit.unit_code, name=hit.unit_name),
        column_name=hit.column_name,
        published_at=hit.published_at.astimezone(SHANGHAI),
        validity=hit.validity,  # type: ignore[arg-type]
        url=base_url + item_path(hit.item_id),
        snippet=hit.snippet,
        file=hit.file,
        file_place=hit.file_place,
        reprints=hit.reprints,
    )


def _values(facets: Sequence[Facet]) -> list[schemas.FilterValue]:
    return [schemas.FilterValue(value=facet.value, label=facet.label, count=facet.count) for facet in facets]


def _summary(row: AnyRow, unit: schemas.UnitName, base_url: str) -> schemas.ItemSummary:
    return schemas.ItemSummary(
        id=row.id,
        index_number=row.index_number,
        title=row.title,
        document_number=row.document_number,
        unit=unit,
        column_name=row.column_name,
        published_at=row.published_at.astimezone(SHANGHAI),
        validity=row.validity,
        url=base_url + item_path(row.id),
    )


def _item(uow: UnitOfWork, item_id: int, base_url: str) -> schemas.ItemDetail:
    row = shown_item(uow, item_id=item_id)
    expect_display(row, shanghai_date(uow.now))
    content: dict[str, Any] = row.content
    formed, url = content.get("formed_date"), base_url + item_path(row.id)
    body = row.body_html or ""
    return schemas.ItemDetail(
        id=row.id,
        index_number=row.index_number,
        title=str(content["title"]),
        document_number=str(content.get("document_number") or ""),
        unit=schemas.UnitName(code=row.unit_code, name=row.official_name),
        column=schemas.ColumnName(code=row.column_code, name=row.column_name),
        issuing_agency=str(content.get("issuing_agency") or row.official_name),
        formed_date=date.fromisoformat(str(formed)) if formed else None,
        published_at=row.published_at.astimezone(SHANGHAI),
        validity=str(content.get("validity") or "in_force"),  # type: ignore[arg-type]
        subject_class=str(content.get("subject_class") or ""),
        genre_class=str(content.get("genre_class") or ""),
        keywords=str((content.get("optional") or {}).get("keywords") or ""),
        summary=str(content.get("summary") or ""),
        body_html=body,
        body_text=to_text(body),
        is_reprint=bool(content.get("is_reprint")),
        files=_files(content, hidden=row.hidden_files or (), url=url),
        related=[entry[0] for entry in row.related or ()],
        version=row.version,
        version_at=row.version_at.astimezone(SHANGHAI),
        url=url,
    )


def _files(content: dict[str, Any], *, hidden: Sequence[str], url: str) -> list[schemas.File]:
    """The files of an item but those that an office has taken down; the others keep their positions."""
    return [
        schemas.File(
            name=str(file["name"]),
            media_type=str(file["media_type"]),
            size=int(file["size"]),
            url=f"{url}/files/{position}/{quote(str(file['name']), safe='')}",
        )
        for position, file in enumerate(content.get("attachments") or [], start=1)
        if file["sha256"] not in hidden
    ]


def _unit(row: AnyRow, base_url: str) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.official_name,
        "short_name": row.short_name,
        "kind": profile(row.tenant_type).label,
        "active": row.status == "active",
        "url": base_url + unit_path(row.code),
    }


def _columns(nodes: Sequence[Node], above: str | None, base_url: str) -> list[schemas.Column]:
    found: list[schemas.Column] = []
    for node in nodes:
        found.append(
            schemas.Column(
                code=node.code,
                name=node.name,
                parent=above,
                accepts_items=node.accepts,
                active=node.open,
                total=node.total,
                last_published_date=node.last,
                url=base_url + node.href,
            )
        )
        found += _columns(node.below, node.code, base_url)
    return found

"""Atom feeds of units and columns (RFC 4287)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree import ElementTree as ET

from gongkai.core.calendar.instants import SHANGHAI, shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.portal import unit_queries
from gongkai.portal.addresses import column_path, item_path, unit_path
from gongkai.portal.item_queries import related_to
from gongkai.publishing.lifecycle.display import has_ended

SIZE = 50
ATOM = "http://www.w3.org/2005/Atom"
CONTENT_TYPE = "application/atom+xml; charset=utf-8"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed says of itself; `begun` dates one without entries."""

    title: str
    author: str
    address: str
    page: str
    begun: datetime


def unit_feed(uow: UnitOfWork, *, code: str, base_url: str) -> bytes:
    """The newest items of a unit and the bodies before it.

    Raises:
        NotFound: when there is no such unit.
    """
    unit = unit_queries.unit(uow, code=code)
    before = [body.id for body in unit_queries.bodies_before(uow, tenant_id=unit.id)]
    page = base_url + unit_path(unit.code)
    feed = Feed(f"{unit.official_name}政府信息公开", unit.official_name, f"{page}feed.atom", page, unit.created_at)
    return _written(uow, feed, unit_queries.latest(uow, tenant_ids=[unit.id, *before], size=SIZE), base_url)


def column_feed(uow: UnitOfWork, *, code: str, column_code: str, base_url: str) -> bytes:
    """The newest items of a column.

    Raises:
        NotFound: when there is no such unit or column.
    """
    row = unit_queries.column(uow, code=code, column_code=column_code)
    places = {
        (entry.tenant_id, entry.column_id)
        for entry in unit_queries.years(uow, tenant_id=row.id, column_code=column_code)
    }
    items = unit_queries.listed(uow, places=list(places), year=None, size=SIZE, skip=0)
    page = base_url + column_path(row.code, row.column_code)
    title = f"{row.official_name}：{row.column_name}"
    feed = Feed(title, row.official_name, f"{page}feed.atom", page, row.created_at)
    return _written(uow, feed, items, base_url)


def _written(uow: UnitOfWork, feed: Feed, items: Sequence[AnyRow], base_url: str) -> bytes:
    """The feed without what is no longer displayed: its text would outlive its display in readers' programs."""
    today = shanghai_date(uow.now)
    shown = [item for item in items if not has_ended(item.display_until, today)]
    return render(feed, shown, base_url, related=related_to(uow, item_ids=[item.id for item in shown]))


def render(feed: Feed, items: Sequence[AnyRow], base_url: str, *, related: Mapping[int, Sequence[int]]) -> bytes:
    """The feed's document, UTF-8; an entry's id is the item's permanent address.

    `related` names by item the documents that it interprets, its interpretations, its consultation and its results:
    links of the relation `related`.
    """
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": "zh-CN"})
    _add(root, "id", feed.address)
    _add(root, "title", feed.title)
    _add(root, "updated", _instant(max((_changed(item) for item in items), default=feed.begun)))
    _add(ET.SubElement(root, "author"), "name", feed.author)
    ET.SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": feed.address})
    ET.SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": feed.page})
    for item in items:
        entry = ET.SubElement(root, "entry")
        address = base_url + item_path(item.id)
        _add(entry, "id", address)
        _add(entry, "title", item.title)
        ET.SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": address})
        for other in related.get(item.id, ()):
            link = {"rel": "related", "type": "text/html", "href": base_url + item_path(other)}
            ET.SubElement(entry, "link", link)
        _add(entry, "published", _instant(item.published_at))
        _add(entry, "updated", _instant(_changed(item)))
        _add(entry, "summary", item.summary or item.title)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _add(parent: ET.Element, name: str, words: str) -> None:
    ET.SubElement(parent, name).text = _NOT_XML.sub("", words)


def _changed(item: AnyRow) -> datetime:
    found: datetime = item.changed_at or item.published_at
    return found


def _instant(at: datetime) -> str:
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds")

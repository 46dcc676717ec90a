"""Sitemaps (sitemaps.org 0.9): an index, one map of the units' pages, and the items by month of publication.

A month that is over keeps its maps but for takedowns and changes, so that crawlers fetch only what moved.
"""

from datetime import datetime
from xml.etree import ElementTree as ET

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import NotFound
from gongkai.core.uow import UnitOfWork
from gongkai.portal import front_queries
from gongkai.portal.addresses import guide_path, item_path, unit_path
from gongkai.tenancy.kinds import profile

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
CONTENT_TYPE = "application/xml; charset=utf-8"
SIZE = 10_000
"""Addresses in one map; the protocol allows 50,000."""


def index(uow: UnitOfWork, *, base_url: str) -> bytes:
    """The list of all maps."""
    root = ET.Element("sitemapindex", {"xmlns": NAMESPACE})
    _entry(root, "sitemap", f"{base_url}/sitemaps/units.xml")
    for month in front_queries.published_months(uow):
        for part in range(1, -(-int(month.total) // SIZE) + 1):
            _entry(root, "sitemap", f"{base_url}/sitemaps/{month.period}-{part}.xml")
    return _written(root)


def units(uow: UnitOfWork, *, base_url: str) -> bytes:
    """The front page, the directory, and each unit's pages."""
    root = ET.Element("urlset", {"xmlns": NAMESPACE})
    for path in ("/", "/units/", "/items/"):
        _entry(root, "url", base_url + path)
    for unit in front_queries.all_units(uow):
        _entry(root, "url", base_url + unit_path(unit.code))
        if unit.status == "active" and profile(unit.tenant_type).receives_requests:
            _entry(root, "url", base_url + guide_path(unit.code))
    return _written(root)


def month(uow: UnitOfWork, *, period: str, part: int, base_url: str) -> bytes:
    """The items of a month, `SIZE` in a part.

    Raises:
        NotFound: when there are none.
    """
    try:
        wanted = Period.parse(period)
    except ValueError:
        raise NotFound from None
    rows = front_queries.addresses_of_month(uow, month=wanted, size=SIZE, skip=(part - 1) * SIZE)
    if not rows:
        raise NotFound
    root = ET.Element("urlset", {"xmlns": NAMESPACE})
    for row in rows:
        changed = max(at for at in (row.published_at, row.changed_at, row.recorded_at) if at)
        _entry(root, "url", base_url + item_path(row.id), changed)
    return _written(root)


def _entry(root: ET.Element, name: str, address: str, changed: datetime | None = None) -> None:
    entry = ET.SubElement(root, name)
    ET.SubElement(entry, "loc").text = address
    if changed is not None:
        ET.SubElement(entry, "lastmod").text = shanghai_date(changed).isoformat()


def _written(root: ET.Element) -> bytes:
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))

"""Links to this platform itself: looked up, never asked for."""

import re
from collections.abc import Collection, Mapping
from urllib.parse import unquote, urlsplit

from sqlalchemy import select

from gongkai.catalog.models import ContentColumn, IndexNumber
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.linkcheck.models import CheckedLink
from gongkai.publishing.linkcheck.verdicts import Standing
from gongkai.publishing.models import Item
from gongkai.tenancy.models import Tenant

MISSING = "所链接的信息已经撤下，或者不存在"
_ITEM = re.compile(r"/items/([0-9]{1,18})(?:/.*)?")
_UNIT = re.compile(r"/units/([^/]+)/(?:columns/([^/]+)/)?.*")
_NUMBER = re.compile(r"/index/(.+)")


def item_named(address: str) -> int | None:
    """The item that an address of this platform names, if it names one."""
    found = _ITEM.fullmatch(urlsplit(address).path)
    return int(found[1]) if found else None


def look_up(uow: UnitOfWork, links: Collection[CheckedLink]) -> list[int]:
    """Bring what is known of addresses of this platform in line with what is there; the ids of those that changed.

    Addresses that name neither item, unit, column nor index number are taken for right.
    """
    standing = _Standing(uow, [link.address for link in links])
    changed = []
    for link in links:
        verdict = "fine" if standing.has(link.address) else "dead"
        if link.verdict != verdict:
            found = Standing("dead", uow.now, 1) if verdict == "dead" else Standing("fine")
            link.verdict, link.failed_at, link.failed_days = found.verdict, found.failed_at, found.failed_days
            link.words = MISSING if verdict == "dead" else ""
            changed.append(link.id)
        link.checked_at = uow.now
    uow.session.flush()
    return changed


class _Standing:
    """What there is of what some addresses name, asked for at once."""

    def __init__(self, uow: UnitOfWork, addresses: Collection[str]) -> None:
        paths = [unquote(urlsplit(address).path) for address in addresses]
        ids = {int(found[1]) for path in paths if (found := _ITEM.fullmatch(path))}
        codes = {found[1] for path in paths if (found := _UNIT.fullmatch(path))}
        numbers = {found[1] for path in paths if (found := _NUMBER.fullmatch(path))}
        session = uow.session
        self._items = set(session.scalars(select(Item.id).where(Item.id.in_(ids), Item.is_public)) if ids else ())
        query = select(Tenant.id, Tenant.code).where(Tenant.code.in_(codes))
        self._units: Mapping[str, int] = {row.code: row.id for row in session.execute(query)} if codes else {}
        columns = select(ContentColumn.tenant_id, ContentColumn.code).where(
            ContentColumn.tenant_id.in_(self._units.values())
        )
        self._columns = {(row.tenant_id, row.code) for row in session.execute(columns)} if codes else set()
        public = (
            select(IndexNumber.number)
            .join(Item, (Item.tenant_id == IndexNumber.tenant_id) & (Item.id == IndexNumber.item_id))
            .where(IndexNumber.number.in_(numbers), Item.is_public)
        )
        self._numbers = set(session.scalars(public) if numbers else ())

    def has(self, address: str) -> bool:
        """Whether what the address names is public."""
        path = unquote(urlsplit(address).path)
        if found := _ITEM.fullmatch(path):
            return int(found[1]) in self._items
        if found := _UNIT.fullmatch(path):
            unit, column = self._units.get(found[1]), found[2]
            return unit is not None and (not column or (unit, column) in self._columns)
        if found := _NUMBER.fullmatch(path):
            return found[1] in self._numbers
        return True

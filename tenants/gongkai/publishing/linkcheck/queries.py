"""Reading the link check: a unit's links with problems, the units of an office, and the facts that rules judge."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.linkcheck.models import FOUND_BY_ASKING, PROBLEMS, CheckedLink, LinkDomain, LinkPlace
from gongkai.publishing.models import Item
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import OFFICIAL_ORDER, ancestors, below

PAGE = 50
_OPEN = LinkPlace.result.in_(PROBLEMS)
_ASKED = LinkPlace.result.in_(FOUND_BY_ASKING)
_FAILURES = (
    case((_ASKED, CheckedLink.failed_days), else_=0).label("failed_days"),
    case((_ASKED, CheckedLink.failed_at)).label("failed_at"),
)
"""How often asking failed, where that is the problem."""


@dataclass(frozen=True, slots=True)
class LinkFact:
    """A link of a public item with a problem （`supervision.md` SR-T3）.

    Attributes:
        address: as it stands in the item; `words` those of the link.
        result: `dead`, `outside` （off the list of government domains）, `inner` （an address of an internal network）,
            `malformed`, or `certificate` （opens with a warning; a matter of the site that is linked to）.
        since: when it became so; of a dead one, the first of the failures in a row.
        times: on how many days in a row it failed; 0 where asking is not what showed it.
    """

    item_id: int
    tenant_id: int
    address: str
    words: str
    result: str
    since: datetime
    times: int


def facts_of(uow: UnitOfWork, tenant_ids: Collection[int]) -> list[LinkFact]:
    """The links of units that have a problem now, by unit and item."""
    query = (
        select(
            LinkPlace.item_id, LinkPlace.tenant_id, LinkPlace.written, LinkPlace.words, LinkPlace.result,
            LinkPlace.since, *_FAILURES,
        )
        .outerjoin(CheckedLink, CheckedLink.id == LinkPlace.link_id)
        .where(LinkPlace.tenant_id.in_(tenant_ids), _OPEN)
        .order_by(LinkPlace.tenant_id, LinkPlace.item_id, LinkPlace.position)
    )  # fmt: skip
    return [
        LinkFact(
            row.item_id, row.tenant_id, row.written, row.words, row.result,
            row.failed_at if row.failed_at is not None else row.since, row.failed_days,
        )
        for row in uow.session.execute(query)
    ]  # fmt: skip


def count_problems(uow: UnitOfWork, *, tenant_id: int) -> int:
    """How many links of a unit have a problem."""
    query = select(func.count()).select_from(LinkPlace).where(LinkPlace.tenant_id == tenant_id, _OPEN)
    return uow.session.scalar(query) or 0


def unit_problems(
    uow: UnitOfWork, *, tenant_id: int, page: int, result: str = ""
) -> tuple[Sequence[AnyRow], int, dict[str, int]]:
    """A unit's links with problems on a page （from 1）, how many there are, and how many of each result.

    Rows: item_id, title, kind, words, written, result, remark, failed_days, failed_at, since; of one
    item together, the newest item first.
    """
    mine = [LinkPlace.tenant_id == tenant_id, _OPEN]
    counted = select(LinkPlace.result, func.count().label("links")).where(*mine).group_by(LinkPlace.result)
    counts = {row.result: row.links for row in uow.session.execute(counted)}
    wanted = [*mine, LinkPlace.result == result] if result else mine
    query = (
        _listed()
        .where(*wanted)
        .order_by(LinkPlace.item_id.desc(), LinkPlace.position)
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    )
    total = counts.get(result, 0) if result else sum(counts.values())
    return uow.session.execute(query).all(), total, counts


def all_problems(uow: UnitOfWork, *, path: str) -> Sequence[AnyRow]:
    """Links with problems of the units at and below `path` in official order, for the export.

    Rows: as `unit_problems`, and unit.
    """
    query = _listed(Tenant.short_name.label("unit")).join(Tenant, Tenant.id == LinkPlace.tenant_id)
    order = (*OFFICIAL_ORDER, LinkPlace.item_id.desc(), LinkPlace.position)
    return uow.session.execute(query.where(below(path), _OPEN).order_by(*order)).all()


def problems_by_unit(uow: UnitOfWork, *, path: str) -> Sequence[AnyRow]:
    """How many links with problems the units at and below `path` have, those with most first.

    Rows: id, short_name, links, and one figure for each of PROBLEMS under its name. Units without any are absent.
    """

    def count(result: str) -> ColumnElement[int]:
        return func.count(case((LinkPlace.result == result, 1))).label(result)

    links = func.count().label("links")
    query = (
        select(Tenant.id, Tenant.short_name, links, *map(count, PROBLEMS))
        .join(LinkPlace, LinkPlace.tenant_id == Tenant.id)
        .where(below(path), _OPEN)
        .group_by(Tenant.id)
        .order_by(links.desc(), *OFFICIAL_ORDER)
    )
    return uow.session.execute(query).all()


def domains_of_office(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """The domains that an office, or one above it, has put on the list.

    Rows: id, domain, reason, added_name, added_at, own.
    """
    offices = [row.id for row in ancestors(uow, tenant_id=tenant_id)]
    query = select(
        LinkDomain.id, LinkDomain.domain, LinkDomain.reason, LinkDomain.added_name, LinkDomain.added_at,
        (LinkDomain.tenant_id == tenant_id).label("own"),
    ).where(LinkDomain.tenant_id.in_(offices))  # fmt: skip
    return uow.session.execute(query.order_by(LinkDomain.domain, LinkDomain.id)).all()


def progress(uow: UnitOfWork) -> AnyRow:
    """How far checking is on the whole platform: addresses elsewhere, of these never asked for, the last time.

    Row: addresses, waiting, last.
    """
    query = select(
        func.count().label("addresses"),
        func.count(case((CheckedLink.checked_at.is_(None), 1))).label("waiting"),
        func.max(CheckedLink.checked_at).label("last"),
    ).where(CheckedLink.host != "")
    return uow.session.execute(query).one()


def _listed(*more: Any) -> Select[Any]:
    shown: tuple[Any, ...] = (
        LinkPlace.item_id, Item.title, LinkPlace.kind, LinkPlace.words, LinkPlace.written, LinkPlace.result,
        case((_ASKED, CheckedLink.words), else_="").label("remark"), *_FAILURES, LinkPlace.since,
    )  # fmt: skip
    found = select(*shown, *more).join(Item, Item.id == LinkPlace.item_id)
    return found.outerjoin(CheckedLink, CheckedLink.id == LinkPlace.link_id)

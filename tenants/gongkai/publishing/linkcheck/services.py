"""What people ask of the link check: to look again now, to go through everything; and lists of domains that change."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, update

from gongkai.accounts.actors import Actor
from gongkai.core.errors import Conflict, Refused
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.linkcheck.models import PROBLEMS, CheckedLink, LinkPlace
from gongkai.publishing.linkcheck.places import BATCH, refresh, settle
from gongkai.publishing.models import Item
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import below

RECHECK = "links.recheck"
"""Event with the id of a unit that wants its links with problems looked at again now."""
NOT_AGAIN_WITHIN = timedelta(hours=1)
"""So long an address is not asked for again, whoever asks for it."""
AT_ONCE = 200
"""Addresses of one unit that are looked at again at once."""
OFF = "本平台没有开通链接检测，只核对指向本平台的链接和域名；需要开通的，请联系运维人员。"


def request_recheck(uow: UnitOfWork, *, services: Services, actor: Actor) -> int:
    """Have the unit's links with problems looked at again now; how many addresses that are.

    Raises:
        Refused: when the operator has not switched checking on.
        Conflict: when all of them were looked at, or asked for, within the last hour, or there are none.
    """
    if not services.settings.linkcheck:
        raise Refused(OFF)
    found = _again(uow, actor.tenant_id)
    if not found:
        raise Conflict("有问题的链接在一小时内已经检测或者申请过复检，请稍后再试。")
    uow.audit("links.recheck", tenant_id=actor.tenant_id, detail={"addresses": len(found)})
    uow.emit(RECHECK, actor.tenant_id)
    return len(found)


def mark_asked(_: Services, uow: UnitOfWork, tenant_ids: Sequence[int]) -> None:
    """Handler of `links.recheck`: the job takes these addresses next."""
    for tenant_id in tenant_ids:
        marked = update(CheckedLink).where(CheckedLink.id.in_(_again(uow, tenant_id)))
        uow.session.execute(marked.values(asked_at=uow.now, due_at=uow.now))


def follow_domains(services: Services, uow: UnitOfWork, office_ids: Sequence[int]) -> None:
    """Handler of `link_domains.changed`: what links off the list are to the units of an office."""
    for office_id in office_ids:
        path = uow.session.execute(select(Tenant.path).where(Tenant.id == office_id)).scalar_one()
        government = CheckedLink.host.in_(["", "gov.cn"]) | CheckedLink.host.endswith(".gov.cn")
        query = (
            select(LinkPlace.link_id)
            .join(CheckedLink, CheckedLink.id == LinkPlace.link_id)
            .join(Tenant, Tenant.id == LinkPlace.tenant_id)
            .where(below(path), ~government | (CheckedLink.final_host != ""))
            .distinct()
            .order_by(LinkPlace.link_id)
        )
        ids = [link_id for link_id in uow.session.scalars(query) if link_id is not None]
        for at in range(0, len(ids), 1000):
            settle(uow, settings=services.settings, link_ids=ids[at : at + 1000])


def refresh_all(services: Services, *, tenant_id: int | None = None) -> tuple[int, int]:
    """Find the links of all that is public, or of one unit's; items and links. Each batch is kept by itself."""
    items = links = last = 0
    while True:
        with services.database.system_scope("links of public items") as uow:
            query = select(Item.id).where(Item.is_public, Item.id > last).order_by(Item.id).limit(BATCH)
            ids = uow.session.scalars(query if tenant_id is None else query.where(Item.tenant_id == tenant_id)).all()
            if not ids:
                return items, links
            links += refresh(uow, settings=services.settings, item_ids=ids)
        items, last = items + len(ids), ids[-1]


def _again(uow: UnitOfWork, tenant_id: int) -> list[int]:
    """Addresses behind a unit's problems that may be asked for now."""
    since = uow.now - NOT_AGAIN_WITHIN
    long_ago = CheckedLink.checked_at.is_(None) | (CheckedLink.checked_at < since)
    query = (
        select(CheckedLink.id)
        .join(LinkPlace, LinkPlace.link_id == CheckedLink.id)
        .where(LinkPlace.tenant_id == tenant_id, LinkPlace.result.in_(PROBLEMS), CheckedLink.host != "")
        .where(long_ago, CheckedLink.asked_at.is_(None))
        .distinct()
        .order_by(CheckedLink.id)
        .limit(AT_ONCE)
    )
    return list(uow.session.scalars(query))

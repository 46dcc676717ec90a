"""The offices' lists of domains that links may lead to beside those of government sites."""

from collections.abc import Collection

from sqlalchemy import select, text

from gongkai.accounts.actors import Actor
from gongkai.core.errors import Fault, Invalid
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.linkcheck.addresses import domain_of, is_government
from gongkai.publishing.linkcheck.models import LinkDomain

CHANGED = "link_domains.changed"
"""Event with the id of an office whose list has changed."""
MOST_DOMAINS = 500
REASON_LENGTH = 200
_OF_UNITS = text(
    "SELECT unit.id, listed.domain FROM tenant unit JOIN tenant office ON unit.path <@ office.path"
    " JOIN link_domain listed ON listed.tenant_id = office.id WHERE unit.id = ANY (:ids)"
)


def domains_of(uow: UnitOfWork, tenant_ids: Collection[int]) -> dict[int, set[str]]:
    """Unit → the domains that its offices have put on the list; a set for each of the units."""
    found: dict[int, set[str]] = {tenant_id: set() for tenant_id in tenant_ids}
    for tenant_id, domain in uow.session.execute(_OF_UNITS, {"ids": list(found)}) if found else ():
        found[tenant_id].add(domain)
    return found


def add_domain(uow: UnitOfWork, *, actor: Actor, written: str, reason: str) -> LinkDomain:
    """Put a domain, with all below it, on the list of the actor's office.

    Raises:
        Invalid: when it is no domain, is on the list already, the reason is missing or too long, the list is full.
    """
    domain, reason = domain_of(written), " ".join(reason.split())
    listed = set(uow.session.scalars(select(LinkDomain.domain).where(LinkDomain.tenant_id == actor.tenant_id)))
    faults = []
    if not domain:
        faults.append(Fault("domain", "域名填写有误", "请填写网站域名，如xinhuanet.com"))
    elif is_government(domain):
        faults.append(Fault("domain", f"{domain}是政府网站域名", "政府网站域名无需登记"))
    elif domain in listed:
        faults.append(Fault("domain", f"{domain}已在名单中", "请勿重复登记"))
    elif len(listed) >= MOST_DOMAINS:
        faults.append(Fault("domain", f"名单已有{len(listed)}个域名", "请先移出不再需要的域名"))
    if not reason:
        faults.append(Fault("reason", "未填写理由", "请写明允许链接的理由，如“国务院办公厅确定的转载来源”"))
    elif len(reason) > REASON_LENGTH:
        faults.append(Fault("reason", f"理由过长（{len(reason)}字）", f"请控制在{REASON_LENGTH}字以内"))
    if faults:
        raise Invalid(faults)
    entry = LinkDomain(
        tenant_id=actor.tenant_id, domain=domain, reason=reason, added_by=actor.user_id, added_name=actor.name,
        added_at=uow.now,
    )  # fmt: skip
    uow.session.add(entry)
    uow.session.flush()
    _record(uow, "link_domain.add", entry)
    return entry


def remove_domain(uow: UnitOfWork, *, actor: Actor, domain_id: int) -> LinkDomain:
    """Take a domain from the list of the actor's office.

    Raises:
        NotFound: when it is missing or another office's.
    """
    query = select(LinkDomain).where(LinkDomain.id == domain_id, LinkDomain.tenant_id == actor.tenant_id)
    entry = uow.one(query, missing="名单中没有这个域名。")
    _record(uow, "link_domain.remove", entry)
    uow.session.delete(entry)
    uow.session.flush()
    return entry


def _record(uow: UnitOfWork, action: str, entry: LinkDomain) -> None:
    uow.audit(
        action, tenant_id=entry.tenant_id, object_type="link_domain", object_id=entry.id,
        detail={"domain": entry.domain, "reason": entry.reason},
    )  # fmt: skip
    uow.emit(CHANGED, entry.tenant_id)

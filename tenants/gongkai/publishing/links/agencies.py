"""Which agency may publish a document （条例 art. 10）: the producer, of a joint document the lead; others reprint."""

import re
from collections.abc import Collection, Sequence

from sqlalchemy import or_, select

from gongkai.accounts.actors import predecessors
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.schemas import ItemForm
from gongkai.tenancy.models import Tenant

CO_ISSUERS = "co_issuers"
"""Key of the optional element that names the agencies which issued a document together with its lead agency."""
SEPARATOR = "、"
_BETWEEN = re.compile(r"[、，,；;\s]+")


def names_in(written: str) -> list[str]:
    """The agencies that a text names, each once, in its order."""
    return [name for name in dict.fromkeys(_BETWEEN.split(written.strip())) if name]


def units_named(uow: UnitOfWork, names: Collection[str]) -> dict[str, int]:
    """Name → unit, for those of the names that are the official or the short name of exactly one unit in use."""
    if not names:
        return {}
    query = select(Tenant.id, Tenant.official_name, Tenant.short_name).where(
        or_(Tenant.official_name.in_(names), Tenant.short_name.in_(names)), Tenant.status == "active"
    )
    found: dict[str, set[int]] = {}
    for row in uow.session.execute(query):
        for name in {row.official_name, row.short_name} & set(names):
            found.setdefault(name, set()).add(row.id)
    return {name: ids.pop() for name, ids in found.items() if len(ids) == 1}


def unit_names(uow: UnitOfWork, *, but: int) -> Sequence[str]:
    """Official names of the units in use but this one, in official order."""
    query = select(Tenant.official_name).where(Tenant.status == "active", Tenant.id != but)
    return uow.session.scalars(query.order_by(Tenant.path, Tenant.sort_order)).all()


def other_agency(uow: UnitOfWork, *, tenant_id: int, form: ItemForm) -> str:
    """Name of the other unit of the platform whose document a form is about to publish as its own; else empty.

    A unit goes on for the bodies whose functions it took over.
    """
    name = form.issuing_agency
    if not name or form.is_reprint or form.disclosure_mode != "proactive":
        return ""
    query = select(Tenant.id).where(or_(Tenant.official_name == name, Tenant.short_name == name))
    units = set(uow.session.scalars(query))
    if not units or units & {tenant_id, *predecessors(uow, tenant_id=tenant_id)}:
        return ""
    return name

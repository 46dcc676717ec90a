"""Who stands for a former body today, and how long a unit that took functions over has to settle in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, text

from gongkai.core.calendar.periods import Period
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.models import Tenant, TenantGrace, TenantSuccession

_RECEIVERS = text(
    "WITH RECURSIVE after(id) AS ("
    " SELECT successor_id FROM tenant_succession WHERE tenant_id = :tenant_id"
    " UNION SELECT s.successor_id FROM tenant_succession s JOIN after a ON s.tenant_id = a.id)"
    " SELECT t.id FROM after a JOIN tenant t ON t.id = a.id WHERE t.status = 'active' ORDER BY t.id"
)


@dataclass(frozen=True, slots=True)
class Heirs:
    """What became of former bodies.

    Attributes:
        sole: body → the unit that has all of it, through any number of mergers: one in use, or one that was divided.
        shared: body that was divided → the units that it was divided among: id → short name.
    """

    sole: Mapping[int, int]
    shared: Mapping[int, Mapping[int, str]]

    def part_of(self, tenant_id: int) -> list[int]:
        """The divided bodies of which a unit took a part, by id."""
        return sorted(body for body, units in self.shared.items() if tenant_id in units)

    def before(self, tenant_id: int) -> list[int]:
        """The bodies that went into a unit as a whole, by id."""
        return sorted(body for body, heir in self.sole.items() if heir == tenant_id)


def heirs(uow: UnitOfWork) -> Heirs:
    """The heirs of all former bodies."""
    rows = uow.session.execute(
        select(TenantSuccession.tenant_id, TenantSuccession.successor_id, Tenant.short_name)
        .join(Tenant, Tenant.id == TenantSuccession.successor_id)
        .order_by(Tenant.sort_order, Tenant.id)
    )
    after: dict[int, list[tuple[int, str]]] = {}
    for tenant_id, successor_id, name in rows:
        after.setdefault(tenant_id, []).append((successor_id, name))
    sole = {body: _last(after, body) for body, units in after.items() if len(units) == 1}
    shared = {body: dict(units) for body, units in after.items() if len(units) > 1}
    return Heirs(sole, shared)


def _last(after: Mapping[int, Sequence[tuple[int, str]]], body: int) -> int:
    seen = {body}
    while len(after.get(body, ())) == 1 and after[body][0][0] not in seen:
        body = after[body][0][0]
        seen.add(body)
    return body


def receivers_of(uow: UnitOfWork, *, tenant_id: int) -> list[int]:
    """The units in use to which the functions of a former body passed, directly or through others, by id."""
    return list(uow.session.scalars(_RECEIVERS, {"tenant_id": tenant_id}))


def grace_end(effective_date: date, months: int) -> date:
    """Last day of the time of grace: so many whole months, with what is left of the month in which it begins."""
    begun = Period.of(effective_date)
    return begun.minus(-(months - 1 if effective_date.day == 1 else months)).last_day


def give_grace(uow: UnitOfWork, *, tenant_id: int, effective_date: date, months: int, basis: str) -> TenantGrace:
    """Let a unit's monthly task go unjudged for so many months （`supervision.standings`）."""
    until = grace_end(effective_date, months)
    grace = TenantGrace(tenant_id=tenant_id, from_date=effective_date, until_date=until, basis=basis)
    uow.session.add(grace)
    detail = {"from": effective_date.isoformat(), "until": until.isoformat()}
    uow.audit("tenant.grace", tenant_id=tenant_id, object_type="tenant", object_id=tenant_id, detail=detail)
    return grace

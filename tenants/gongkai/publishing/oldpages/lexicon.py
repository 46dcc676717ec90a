"""The names that a unit's pages may hold: what damaged places are compared with."""

from sqlalchemy import or_, select

from gongkai.core.text.damage.findings import Lexicon
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.models import Tenant, TenantPeriod
from gongkai.tenancy.queries import below

_GOVERNMENT = "人民政府"
_MOST_NAMES = 600


def lexicon_for(uow: UnitOfWork, *, unit: Tenant) -> Lexicon:
    """Names of a unit, past and present, of those above it, and of those that stand beside it or under it."""
    steps = [int(step) for step in unit.path.split(".")]
    parent = unit.path.rpartition(".")[0] or unit.path
    near = select(Tenant.official_name).where(or_(Tenant.id.in_(steps), below(parent)))
    former = select(TenantPeriod.official_name).where(TenantPeriod.tenant_id.in_(steps))
    above = select(Tenant.official_name).where(Tenant.id.in_(steps)).union(former)
    own = sorted(set(uow.session.scalars(above)))
    names = dict.fromkeys([*own, *uow.session.scalars(near.order_by(Tenant.id).limit(_MOST_NAMES))])
    areas = [name.removesuffix(_GOVERNMENT) for name in own if name.endswith(_GOVERNMENT)]
    return Lexicon(names=tuple(names), areas=tuple(areas))

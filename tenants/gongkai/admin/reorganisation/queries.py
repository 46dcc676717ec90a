"""Lists of plans, as Core selects of what they show."""

from collections.abc import Sequence

from sqlalchemy import ScalarSelect, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute

from gongkai.accounts.models import User
from gongkai.admin.reorganisation.models import Reorganisation
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.models import Tenant

SHOWN = 100


def plans_of(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """An office's plans, the latest day first, at most `SHOWN`.

    Rows: id, kind, state, effective_date, sources, receivers (short names), planner, failure.
    """
    query = (
        select(
            Reorganisation.id, Reorganisation.kind, Reorganisation.state, Reorganisation.effective_date,
            _names(Reorganisation.source_ids).label("sources"), _names(Reorganisation.receiver_ids).label("receivers"),
            User.name.label("planner"), Reorganisation.failure,
        )
        .join(User, User.id == Reorganisation.planned_by)
        .where(Reorganisation.tenant_id == tenant_id)
        .order_by(Reorganisation.effective_date.desc(), Reorganisation.id.desc())
        .limit(SHOWN)
    )  # fmt: skip
    return uow.session.execute(query).all()


def _names(ids: InstrumentedAttribute[list[int]]) -> ScalarSelect[str]:
    ordered = aggregate_order_by(literal("、"), Tenant.sort_order, Tenant.id)
    return select(func.string_agg(Tenant.short_name, ordered)).where(Tenant.id == ids.any_()).scalar_subquery()

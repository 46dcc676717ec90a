"""What units are told of a sweep: one notice each, with how many places it has found in what they have published."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from gongkai.core.module import EventHandler
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.terms.models import TermHit, TermSweep
from gongkai.publishing.terms.sweep import SWEPT
from gongkai.supervision.alerts import notify
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import below

HITS_NOTICE = "term_hits"
_PAGE = "/work/term-hits/"


def tell_swept(_: Services, uow: UnitOfWork, sweep_ids: Sequence[int]) -> None:
    """Handler of `terms.swept`: a unit hears of what is open and new since the sweep began, if anything is."""
    for sweep_id in sweep_ids:
        sweep = uow.session.get_one(TermSweep, sweep_id)
        path = uow.session.execute(select(Tenant.path).where(Tenant.id == sweep.tenant_id)).scalar_one()
        blocking = func.count().filter(TermHit.level == "block")
        fresh = (
            select(TermHit.tenant_id, func.count().label("hits"), blocking.label("blocking"))
            .join(Tenant, Tenant.id == TermHit.tenant_id)
            .where(below(path), TermHit.state == "open", TermHit.found_at >= sweep.requested_at)
            .group_by(TermHit.tenant_id)
            .order_by(TermHit.tenant_id)
        )
        for row in uow.session.execute(fresh).all():
            forbidden = f"，其中{row.blocking}处为禁止使用的表述" if row.blocking else ""
            notify(
                uow,
                tenant_id=row.tenant_id,
                kind=HITS_NOTICE,
                key=f"term_hits:{sweep_id}",
                subject=f"已公开信息中新发现{row.hits}处表述问题",
                body=f"对照词条名单检查，本单位已公开信息中新发现{row.hits}处表述问题{forbidden}。请逐处改正或说明理由。",
                link=_PAGE,
            )


HANDLERS: Mapping[str, EventHandler] = {SWEPT: tell_swept}

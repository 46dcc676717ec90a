"""Notices about documents that belong together: interpretations past their day, joint documents to reprint."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import aliased

from gongkai.core.calendar.instants import format_date
from gongkai.core.db import AnyRow
from gongkai.core.module import EventHandler
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.links.follow import OFFERED, OUTDATED, OVERDUE, REMOVED
from gongkai.publishing.links.models import InterpretationPlan, JointReprint
from gongkai.publishing.models import Item
from gongkai.supervision.alerts import notify
from gongkai.tenancy.models import Tenant

OVERDUE_NOTICE = "interpretation_overdue"
REPRINT_NOTICE = "joint_reprint"
_PAGE = "/work/links/"


def tell_overdue(_: Services, uow: UnitOfWork, plan_ids: Sequence[int]) -> None:
    """Handler of `interpretation.overdue`: the unit is told once that a document still lacks its interpretation."""
    query = (
        select(InterpretationPlan.id, InterpretationPlan.tenant_id, InterpretationPlan.due_date, Item.title)
        .join(Item, Item.id == InterpretationPlan.item_id)
        .where(InterpretationPlan.id.in_(plan_ids), InterpretationPlan.due_date.is_not(None))
        .order_by(InterpretationPlan.id)
    )
    for row in uow.session.execute(query):
        notify(
            uow,
            tenant_id=row.tenant_id,
            kind=OVERDUE_NOTICE,
            key=f"interpretation:{row.id}",
            subject="政策解读逾期未发布",
            body=f"《{row.title}》的解读应于{format_date(row.due_date)}前发布，现已逾期，请尽快发布并与文件关联。",
            link=_PAGE,
        )


def tell_offered(_: Services, uow: UnitOfWork, offer_ids: Sequence[int]) -> None:
    """Handler of `reprint.offered`: a co-issuing unit learns that the lead agency has published."""
    for row in _offers(uow, offer_ids):
        words = f"本单位参与、{row.lead}牵头的联合发文《{row.title}》已公开，可以一键转载，经一名审查人通过后发布。"
        _notify(uow, row, "offered", "联合发文待转载", words)


def tell_outdated(_: Services, uow: UnitOfWork, offer_ids: Sequence[int]) -> None:
    """Handler of `reprint.outdated`: the unit learns, once for each version, that the source says something else."""
    for row in _offers(uow, offer_ids):
        words = f"{row.lead}修改了《{row.title}》，本单位转载的内容与现行内容不一致，请更新转载。"
        _notify(uow, row, f"outdated:{row.source_version_id}", "转载的联合发文待更新", words)


def tell_removed(_: Services, uow: UnitOfWork, offer_ids: Sequence[int]) -> None:
    """Handler of `reprint.removed`: the unit learns that its reprint went with the source."""
    for row in _offers(uow, offer_ids):
        words = f"{row.lead}已撤下《{row.title}》，本单位的转载已同步撤下，无需办理。"
        _notify(uow, row, f"removed:{row.source_version_id}", "转载的联合发文已撤下", words)


def _offers(uow: UnitOfWork, offer_ids: Sequence[int]) -> Sequence[AnyRow]:
    """Offers: id, tenant_id, lead, title and source_version_id of the source."""
    lead, source = aliased(Tenant), aliased(Item)
    query = (
        select(
            JointReprint.id, JointReprint.tenant_id, lead.official_name.label("lead"), source.title,
            source.current_version_id.label("source_version_id"),
        )
        .join(lead, lead.id == JointReprint.source_tenant_id)
        .join(source, source.id == JointReprint.source_id)
        .where(JointReprint.id.in_(offer_ids))
        .order_by(JointReprint.id)
    )  # fmt: skip
    return uow.session.execute(query).all()


def _notify(uow: UnitOfWork, row: AnyRow, key: str, subject: str, body: str) -> None:
    notify(
        uow,
        tenant_id=row.tenant_id,
        kind=REPRINT_NOTICE,
        key=f"reprint:{row.id}:{key}",
        subject=subject,
        body=body,
        link=_PAGE,
    )


HANDLERS: Mapping[str, EventHandler] = {
    OVERDUE: tell_overdue,
    OFFERED: tell_offered,
    OUTDATED: tell_outdated,
    REMOVED: tell_removed,
}

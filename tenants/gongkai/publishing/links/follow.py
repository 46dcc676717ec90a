"""What follows when a public item changes: days for interpretations, offers to co-issuers, reprints that follow."""

from collections.abc import Collection, Sequence

from sqlalchemy import exists, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.access import get_item
from gongkai.publishing.chain import step
from gongkai.publishing.links.agencies import CO_ISSUERS, names_in, units_named
from gongkai.publishing.links.hiding import follow_files
from gongkai.publishing.links.models import InterpretationPlan, JointReprint
from gongkai.publishing.links.originals import is_true_copy
from gongkai.publishing.links.plans import start_clocks, without_interpretation
from gongkai.publishing.models import Item
from gongkai.publishing.publication import CHANGED, take_down
from gongkai.publishing.queries import IN_PROGRESS
from gongkai.publishing.states import Action, ItemState

OFFERED = "reprint.offered"
"""Event with the id of a joint document offered to a co-issuing unit （`joint_reprint`）."""
OUTDATED = "reprint.outdated"
"""Event with the id of an offer whose public reprint no longer says what its source says."""
REMOVED = "reprint.removed"
"""Event with the id of an offer whose reprint was taken down with its source."""
OVERDUE = "interpretation.overdue"
"""Event with the id of a plan whose day has passed without an interpretation."""
GONE = "牵头机关已撤下原文，转载同步撤下。"
BACK = "牵头机关恢复发布原文，转载同步恢复。"
_LEAD = "随牵头机关"


def follow_items(_: Services, uow: UnitOfWork, item_ids: Sequence[int]) -> None:
    """Handler of `item.changed`; each part does nothing where nothing has to follow."""
    start_clocks(uow, item_ids)
    _offer(uow, item_ids)
    _follow(uow, item_ids)


def announce_overdue(services: Services) -> None:
    """Announce each planned interpretation once whose day has passed."""
    with services.database.system_scope("overdue interpretations") as uow:
        query = (
            select(InterpretationPlan)
            .join(Item, (Item.tenant_id == InterpretationPlan.tenant_id) & (Item.id == InterpretationPlan.item_id))
            .where(InterpretationPlan.due_date < shanghai_date(uow.now), InterpretationPlan.told_at.is_(None))
            .where(Item.is_public, without_interpretation(Item))
            .order_by(InterpretationPlan.id)
        )
        for plan in uow.session.scalars(query):
            plan.told_at = uow.now
            uow.emit(OVERDUE, plan.id)


def _offer(uow: UnitOfWork, item_ids: Collection[int]) -> None:
    """Offer public joint documents to the co-issuing units of the platform."""
    joint = (
        select(Item.id, Item.tenant_id, Item.optional[CO_ISSUERS].astext.label("names"))
        .where(Item.id.in_(item_ids), Item.is_public, Item.origin == "joint", ~Item.is_reprint)
        .where(Item.optional.has_key(CO_ISSUERS))
        .order_by(Item.id)
    )
    for row in uow.session.execute(joint).all():
        for unit_id in sorted(set(units_named(uow, names_in(row.names)).values()) - {row.tenant_id}):
            values = {
                "tenant_id": unit_id, "source_tenant_id": row.tenant_id, "source_id": row.id, "declined_reason": "",
                "created_at": uow.now,
            }  # fmt: skip
            made = insert(JointReprint).values(values).on_conflict_do_nothing().returning(JointReprint.id)
            offered = uow.session.scalar(made)
            if offered is not None:
                uow.emit(OFFERED, offered)


def _follow(uow: UnitOfWork, item_ids: Collection[int]) -> None:
    """Let reprints follow their sources: down, up again, or out of date, which their unit is told."""
    for row in _reprints(uow, item_ids):
        offer = uow.session.get_one(JointReprint, row.id)
        follow_files(uow, source_tenant_id=row.source_tenant_id, tenant_id=row.tenant_id, item_id=row.item_id)
        if row.state == ItemState.PUBLISHED:
            _follow_public(uow, offer, row)
        elif row.state == ItemState.TAKEN_DOWN and row.source_version_id is not None and row.reason == GONE:
            _restore(uow, row)
    uow.session.flush()


def _follow_public(uow: UnitOfWork, offer: JointReprint, row: AnyRow) -> None:
    if row.source_version_id is None:
        _remove(uow, row)
        uow.emit(REMOVED, offer.id)
    elif is_true_copy(uow, get_item(uow, tenant_id=row.tenant_id, item_id=row.item_id)):
        offer.version_id = row.source_version_id
    elif not row.revised:
        uow.emit(OUTDATED, offer.id)


def _reprints(uow: UnitOfWork, item_ids: Collection[int]) -> Sequence[AnyRow]:
    """Reprints among these items or of them.

    Rows: id, tenant_id, item_id, source_tenant_id, state, reason, source_version_id, revised. The version is empty
    where the source is not public.
    """
    source, revision = aliased(Item), aliased(Item)
    revised = exists().where(
        revision.revises_id == Item.id,
        revision.state.in_((ItemState.DRAFT, *IN_PROGRESS, ItemState.SCHEDULED)),
    )
    query = (
        select(
            JointReprint.id, JointReprint.tenant_id, JointReprint.item_id, JointReprint.source_tenant_id, Item.state,
            Item.taken_down_reason.label("reason"), source.current_version_id.label("source_version_id"),
            revised.label("revised"),
        )
        .join(Item, Item.id == JointReprint.item_id)
        .outerjoin(source, (source.id == JointReprint.source_id) & source.is_public)
        .where(or_(JointReprint.source_id.in_(item_ids), JointReprint.item_id.in_(item_ids)))
        .order_by(JointReprint.tenant_id, JointReprint.item_id)
    )  # fmt: skip
    return uow.session.execute(query).all()


def _remove(uow: UnitOfWork, row: AnyRow) -> None:
    item = get_item(uow, tenant_id=row.tenant_id, item_id=row.item_id, lock=True)
    name = f"{_LEAD}撤下"
    step(uow, item, Action.TAKE_DOWN, ItemState.TAKEN_DOWN, actor_id=None, actor_name=name, opinion=GONE)
    take_down(uow, tenant_id=row.tenant_id, item_id=row.item_id, reason=GONE)


def _restore(uow: UnitOfWork, row: AnyRow) -> None:
    item = get_item(uow, tenant_id=row.tenant_id, item_id=row.item_id, lock=True)
    name = f"{_LEAD}恢复发布"
    step(uow, item, Action.RESTORE, ItemState.PUBLISHED, actor_id=None, actor_name=name, opinion=BACK)
    item.taken_down_at, item.taken_down_reason = None, ""
    uow.session.flush()
    uow.audit("item.restore", tenant_id=row.tenant_id, object_type="item", object_id=row.item_id)
    uow.emit(CHANGED, row.item_id)

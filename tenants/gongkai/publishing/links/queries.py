"""Lists of what belongs together, as Core selects of what they show."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from gongkai.catalog.models import ContentColumn
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.consultations import UNTIL
from gongkai.publishing.links.models import INTERPRETS, InterpretationPlan, ItemLink, JointReprint
from gongkai.publishing.links.plans import without_interpretation
from gongkai.publishing.models import Item
from gongkai.publishing.queries import IN_PROGRESS
from gongkai.publishing.states import ItemState
from gongkai.tenancy.models import Tenant

OFFERED = 50
"""How many of each kind, the newest first, an editor offers to be linked."""
LISTED = 100
_WORKING = (ItemState.DRAFT, *IN_PROGRESS, ItemState.SCHEDULED)


def linked_with(uow: UnitOfWork, *, tenant_id: int, item_id: int) -> Sequence[AnyRow]:
    """What an item is linked with, oldest link first: id, title, state, step, published_at, kind, interprets.

    `interprets` tells whether the other one interprets this item, or answers it.
    """
    shown: tuple[Any, ...] = (
        ItemLink.id.label("link_id"), Item.id, Item.title, Item.state, Item.step, Item.published_at, ItemLink.kind
    )  # fmt: skip
    ends = ((ItemLink.target_id, ItemLink.item_id, True), (ItemLink.item_id, ItemLink.target_id, False))
    halves = [
        select(*shown, literal(interprets).label("interprets"))
        .join(Item, Item.id == there)
        .where(ItemLink.tenant_id == tenant_id, here == item_id)
        for here, there, interprets in ends
    ]
    both = union_all(*halves).subquery()
    return uow.session.execute(select(both).order_by(both.c.link_id)).all()


def linkable(
    uow: UnitOfWork, *, tenant_id: int, families: Collection[str], but: Collection[int], asking: bool | None = None
) -> Sequence[AnyRow]:
    """Items of a unit in columns of these families that may be linked, in work first, then the newest public ones.

    `asking`: only those that announce a consultation, or only the others. Rows: id, title, state, step.
    """
    code = ContentColumn.code
    columns = select(ContentColumn.id).where(
        ContentColumn.tenant_id == tenant_id,
        or_(code.in_(families), *(code.startswith(f"{family}-") for family in families)),
    )
    column_ids = uow.session.scalars(columns).all()
    shown = select(Item.id, Item.title, Item.state, Item.step).where(
        Item.tenant_id == tenant_id, Item.column_id.in_(column_ids), Item.revises_id.is_(None), Item.id.not_in(but)
    )
    if asking is not None:
        shown = shown.where(Item.optional.has_key(UNTIL) == asking)
    working = shown.where(Item.state.in_(_WORKING)).order_by(Item.updated_at.desc(), Item.id.desc()).limit(OFFERED)
    public = shown.where(Item.is_public).order_by(Item.published_at.desc(), Item.id.desc()).limit(OFFERED)
    return [*uow.session.execute(working), *uow.session.execute(public)]


def find_own(uow: UnitOfWork, *, tenant_id: int, reference: str) -> Sequence[int]:
    """Items of a unit with this index number, document number or exact title, at most two."""
    query = select(Item.id).where(
        Item.tenant_id == tenant_id,
        Item.revises_id.is_(None),
        or_(Item.index_number == reference, Item.document_number == reference, Item.title == reference.strip("《》")),
    )
    return uow.session.scalars(query.order_by(Item.id.desc()).limit(2)).all()


def _due() -> Select[Any]:
    """Public documents whose interpretation has a day and is not public."""
    shown: tuple[Any, ...] = (
        Item.id, Item.title, InterpretationPlan.due_date, InterpretationPlan.form, InterpretationPlan.person,
        InterpretationPlan.planned_date,
    )  # fmt: skip
    return (
        select(*shown)
        .join(InterpretationPlan, InterpretationPlan.item_id == Item.id)
        .where(InterpretationPlan.due_date.is_not(None), InterpretationPlan.reason == "")
        .where(Item.is_public, without_interpretation(Item))
    )


def due_interpretations(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """A unit's documents that wait for their interpretation, the most urgent first.

    Rows: id, title, due_date, form, person, planned_date.
    """
    query = _due().where(InterpretationPlan.tenant_id == tenant_id)
    return uow.session.execute(query.order_by(InterpretationPlan.due_date, Item.id).limit(LISTED)).all()


def interpretations_of(uow: UnitOfWork, *, tenant_id: int, item_ids: Collection[int]) -> dict[int, AnyRow]:
    """Document → its newest interpretation in work: id, title, state, step."""
    query = (
        select(ItemLink.target_id, Item.id, Item.title, Item.state, Item.step)
        .join(Item, Item.id == ItemLink.item_id)
        .where(ItemLink.tenant_id == tenant_id, ItemLink.target_id.in_(item_ids), Item.state.in_(_WORKING))
        .where(ItemLink.kind == INTERPRETS)
        .order_by(ItemLink.id)
    )
    return {row.target_id: row for row in uow.session.execute(query)}


def _offers(tenant_id: int) -> Select[Any]:
    """What a unit is offered of joint documents that are public now."""
    source, lead, own, revision = aliased(Item), aliased(Tenant), aliased(Item), aliased(Item)
    revised = (
        select(revision.id)
        .where(revision.revises_id == own.id, revision.state.in_(_WORKING))
        .limit(1)
        .scalar_subquery()
    )
    shown: tuple[Any, ...] = (
        JointReprint.id, JointReprint.source_id, JointReprint.declined_reason, JointReprint.created_at,
        source.title, source.document_number, source.published_at, lead.official_name.label("lead"),
        own.id.label("item_id"), own.state, own.step,
        (JointReprint.version_id == source.current_version_id).label("current"), revised.label("revision_id"),
    )  # fmt: skip
    return (
        select(*shown)
        .join(source, (source.id == JointReprint.source_id) & source.is_public)
        .join(lead, lead.id == JointReprint.source_tenant_id)
        .outerjoin(own, own.id == JointReprint.item_id)
        .where(JointReprint.tenant_id == tenant_id)
    )


def offers(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """Joint documents offered to a unit for reprinting, the newest first.

    Rows: id, source_id, title, document_number, published_at, lead, declined_reason, created_at, item_id, state, step
    of the reprint, current (whether it says what the source says now), revision_id of one in work.
    """
    query = _offers(tenant_id).order_by(JointReprint.created_at.desc(), JointReprint.id.desc()).limit(LISTED)
    return uow.session.execute(query).all()


def reprinted_by(uow: UnitOfWork, *, tenant_id: int, item_id: int) -> Sequence[AnyRow]:
    """The units that a lead's document was offered to: unit_id, item_id of a public reprint, declined_reason."""
    own = aliased(Item)
    query = (
        select(JointReprint.tenant_id.label("unit_id"), own.id.label("item_id"), JointReprint.declined_reason)
        .outerjoin(own, (own.id == JointReprint.item_id) & own.is_public)
        .where(JointReprint.source_tenant_id == tenant_id, JointReprint.source_id == item_id)
        .order_by(JointReprint.tenant_id)
    )
    return uow.session.execute(query).all()


def published_with(uow: UnitOfWork, item: Item) -> str:
    """The interpretations that were published together with a document, in a sentence; empty when there are none."""
    query = (
        select(Item.title)
        .join(ItemLink, ItemLink.item_id == Item.id)
        .where(ItemLink.tenant_id == item.tenant_id, ItemLink.target_id == item.id, Item.is_public)
        .where(Item.published_at == item.published_at, ItemLink.kind == INTERPRETS)
        .order_by(Item.id)
    )
    titles = uow.session.scalars(query).all()
    return f"解读《{'》《'.join(titles)}》一并发布。" if titles else ""


def count_follow_ups(uow: UnitOfWork, *, tenant_id: int) -> int:
    """How many interpretations are due, and how many reprints wait to be made, finished or renewed."""
    due = _due().where(InterpretationPlan.tenant_id == tenant_id).subquery()
    offered = _offers(tenant_id).subquery()
    made = offered.c.item_id.is_not(None)
    waiting = or_(
        ~made & (offered.c.declined_reason == ""),
        made & (offered.c.state == ItemState.DRAFT),
        (offered.c.state == ItemState.PUBLISHED) & offered.c.revision_id.is_(None) & offered.c.current.is_not(True),
    )
    counts = (
        select(func.count()).select_from(due).scalar_subquery(),
        select(func.count()).select_from(offered).where(waiting).scalar_subquery(),
    )
    return sum(uow.session.execute(select(*counts)).one())

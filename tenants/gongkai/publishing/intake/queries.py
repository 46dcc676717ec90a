"""Lists of intake: what came in, from whom, and where each document stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, tuple_

from gongkai.accounts.models import User
from gongkai.catalog.models import INBOX_CODE, ContentColumn
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.intake.models import IntakeDocument, IntakeSender
from gongkai.publishing.models import Item, ItemStep
from gongkai.publishing.queries import Cursor
from gongkai.publishing.states import Action, ItemState
from gongkai.tenancy.models import Tenant

LISTED = 200
PAGE = 50
STATES = {
    "draft": "草稿，待收文单位办理",
    "returned": "已退回修改",
    "in_review": "审查审批中",
    "published": "已发布",
    "taken_down": "已撤下",
    "withheld": "不予公开，已办结",
    "on_request": "依申请公开，已办结",
    "deleted": "草稿已由收文单位删除",
}
"""Where a sent document can stand, as its sender is told."""
_IN_REVIEW = frozenset({ItemState.IN_REVIEW, ItemState.IN_APPROVAL, ItemState.APPROVED, ItemState.SCHEDULED})

_UNTOUCHED: tuple[ColumnElement[bool], ...] = (
    Item.entry_route == "intake", Item.state == ItemState.DRAFT, func.cardinality(Item.author_ids) == 0,
)  # fmt: skip
"""Nobody has taken the draft on yet."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a document stands: one of `STATES`, and what belongs to it.

    Attributes:
        due: the last day for publication, None for what is not made public on one's own initiative.
        opinion: why it was returned; `at` when it was returned, published or decided on.
    """

    state: str
    due: date | None = None
    index_number: str = ""
    opinion: str = ""
    at: datetime | None = None


def standing_of(uow: UnitOfWork, *, tenant_id: int, item_id: int) -> Standing:
    """Where the draft of a document stands now."""
    item = uow.session.scalar(select(Item).where(Item.id == item_id, Item.tenant_id == tenant_id))
    if item is None:
        return Standing("deleted")
    query = (
        select(ItemStep.action, ItemStep.opinion, ItemStep.at)
        .where(ItemStep.tenant_id == tenant_id, ItemStep.item_id == item_id)
        .order_by(ItemStep.id.desc())
        .limit(1)
    )
    last = uow.session.execute(query).one_or_none()
    due = item.publish_due_date if item.disclosure_mode == "proactive" else None
    state = ItemState(item.state)
    if state is ItemState.DRAFT:
        if last is not None and last.action == Action.RETURN:
            return Standing("returned", due, opinion=last.opinion, at=last.at)
        return Standing("draft", due)
    if state in _IN_REVIEW:
        return Standing("in_review", due)
    at = item.published_at if state is ItemState.PUBLISHED else last.at if last else None
    return Standing(state.value, due, index_number=item.index_number or "", at=at)


_DOCUMENT = (
    IntakeDocument.id, IntakeDocument.item_id, IntakeDocument.external_id, IntakeDocument.signatory,
    IntakeDocument.signed_date, IntakeDocument.received_at, IntakeDocument.document["title"].astext.label("sent_title"),
    IntakeSender.name.label("sender"), Item.title, Item.document_number, Item.disclosure_mode, Item.state, Item.step,
    Item.publish_due_date, func.coalesce(func.cardinality(Item.author_ids), 0).label("authors"),
    ContentColumn.name.label("column_name"), (ContentColumn.code == INBOX_CODE).label("unfiled"),
)  # fmt: skip


def _documents(tenant_id: int) -> Select[Any]:
    return (
        select(*_DOCUMENT)
        # The system may be of a body above, whose row a unit sees only while it covers it.
        .outerjoin(IntakeSender, IntakeSender.id == IntakeDocument.sender_id)
        .outerjoin(Item, (Item.id == IntakeDocument.item_id) & (Item.tenant_id == IntakeDocument.tenant_id))
        .outerjoin(ContentColumn, ContentColumn.id == Item.column_id)
        .where(IntakeDocument.tenant_id == tenant_id)
    )


def untouched(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """Documents that nobody has taken on, those whose time ends first before: rows as `_DOCUMENT`."""
    query = _documents(tenant_id).where(*_UNTOUCHED)
    order = Item.publish_due_date, IntakeDocument.id
    return uow.session.execute(query.order_by(*order).limit(LISTED)).all()


def received(uow: UnitOfWork, *, tenant_id: int, after: Cursor | None = None) -> tuple[Sequence[AnyRow], Cursor | None]:
    """A page of all documents, newest first: rows as `_DOCUMENT`, and where the next page begins."""
    query = _documents(tenant_id)
    if after is not None:
        query = query.where(tuple_(IntakeDocument.received_at, IntakeDocument.id) < (after.at, after.item_id))
    newest = IntakeDocument.received_at.desc(), IntakeDocument.id.desc()
    rows = uow.session.execute(query.order_by(*newest).limit(PAGE + 1)).all()
    following = Cursor(rows[PAGE - 1].received_at, rows[PAGE - 1].id) if len(rows) > PAGE else None
    return rows[:PAGE], following


def count_untouched(uow: UnitOfWork, *, tenant_id: int) -> int:
    """How many documents nobody has taken on."""
    query = select(func.count()).select_from(Item).where(Item.tenant_id == tenant_id, *_UNTOUCHED)
    return uow.session.scalar(query) or 0


def documents_of_item(uow: UnitOfWork, *, tenant_id: int, item_id: int) -> Sequence[AnyRow]:
    """The document that an item came from, if any: id, signatory, signed_date, signing_opinion, received_at, sender."""
    query = (
        select(
            IntakeDocument.id, IntakeDocument.signatory, IntakeDocument.signed_date, IntakeDocument.signing_opinion,
            IntakeDocument.received_at, IntakeSender.name.label("sender"),
        )
        .outerjoin(IntakeSender, IntakeSender.id == IntakeDocument.sender_id)
        .where(IntakeDocument.tenant_id == tenant_id, IntakeDocument.item_id == item_id)
    )  # fmt: skip
    return uow.session.execute(query).all()


def own_senders(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """The document systems of a unit, those in use first: id, name, key_id, covers_subtree, active, last_…_at, by."""
    query = (
        select(
            IntakeSender.id, IntakeSender.name, IntakeSender.key_id, IntakeSender.covers_subtree, IntakeSender.active,
            IntakeSender.created_at, IntakeSender.last_received_at, IntakeSender.last_refused_at,
            IntakeSender.last_refusal, User.name.label("creator"),
        )
        .outerjoin(User, User.id == IntakeSender.created_by)
        .where(IntakeSender.tenant_id == tenant_id)
        .order_by(IntakeSender.active.desc(), IntakeSender.id)
    )  # fmt: skip
    return uow.session.execute(query).all()


def senders_above(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """The document systems of bodies above that may send to a unit: name, unit."""
    query = (
        select(IntakeSender.name, Tenant.short_name.label("unit"))
        .join(Tenant, Tenant.id == IntakeSender.tenant_id)
        .where(IntakeSender.covers_subtree, IntakeSender.active, IntakeSender.tenant_id != tenant_id)
        .order_by(Tenant.path, IntakeSender.id)
    )
    return uow.session.execute(query).all()


def folder_senders(uow: UnitOfWork) -> Sequence[str]:
    """Keys of the document systems in use, in the scope of all units."""
    return uow.session.scalars(select(IntakeSender.key_id).where(IntakeSender.active).order_by(IntakeSender.id)).all()

"""What a person has in hand, and which hand-overs there were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import any_, func, literal, select
from sqlalchemy.orm import aliased

from gongkai.accounts.deputies import deputies_of
from gongkai.accounts.models import User
from gongkai.catalog.models import ContentColumn
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.handover.models import Handover
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.models import Item
from gongkai.publishing.queries import IN_PROGRESS, OPEN, Queue, in_hand_of
from gongkai.publishing.states import ItemState

OPEN_BATCHES = ("waiting", "running")
SHOWN = 100


@dataclass(frozen=True, slots=True)
class InHand:
    """What a person has in hand in a unit.

    Attributes:
        items: id, title, state, step of what they carry on, the longest untouched first.
        columns: id, name of the columns that they answer for.
        batches: id, filename, kind of their imports that are not done.
        deputies: rows of `accounts.deputies.deputies_of` with them as principal or deputy.
    """

    items: Sequence[AnyRow]
    columns: Sequence[AnyRow]
    batches: Sequence[AnyRow]
    deputies: Sequence[AnyRow]

    def of_states(self, *states: ItemState) -> list[AnyRow]:
        """The items in these states."""
        return [item for item in self.items if item.state in states]

    @property
    def drafts(self) -> list[AnyRow]:
        """Drafts, those that were sent back among them."""
        return self.of_states(ItemState.DRAFT)

    @property
    def under_way(self) -> list[AnyRow]:
        """What was submitted and is not published yet."""
        return self.of_states(*IN_PROGRESS)

    @property
    def scheduled(self) -> list[AnyRow]:
        """What is published at a set time."""
        return self.of_states(ItemState.SCHEDULED)

    def __bool__(self) -> bool:
        return bool(self.items or self.columns or self.batches or self.deputies)


def in_hand(uow: UnitOfWork, *, tenant_id: int, user_id: int) -> InHand:
    """All that a person has in hand in a unit."""
    items = (
        select(Item.id, Item.title, Item.state, Item.step)
        .where(Item.tenant_id == tenant_id, Item.state.in_(OPEN), in_hand_of(user_id))
        .order_by(Item.updated_at, Item.id)
    )
    columns = (
        select(ContentColumn.id, ContentColumn.name)
        .where(ContentColumn.tenant_id == tenant_id, ContentColumn.responsible_user_id == user_id)
        .order_by(ContentColumn.level, ContentColumn.sort_order, ContentColumn.id)
    )
    batches = (
        select(ImportBatch.id, ImportBatch.filename, ImportBatch.kind)
        .where(ImportBatch.tenant_id == tenant_id, ImportBatch.created_by == user_id)
        .where(ImportBatch.state.in_(OPEN_BATCHES))
        .order_by(ImportBatch.id)
    )
    return InHand(
        uow.session.execute(items).all(),
        uow.session.execute(columns).all(),
        uow.session.execute(batches).all(),
        deputies_of(uow, tenant_id=tenant_id, user_id=user_id),
    )


def count_in_hand(uow: UnitOfWork, *, tenant_id: int) -> Mapping[int, int]:
    """How many open items of a unit each person carries on."""
    person = func.coalesce(Item.handler_id, Item.created_by)
    query = (
        select(person, func.count())
        .where(Item.tenant_id == tenant_id, Item.state.in_(OPEN), person.is_not(None))
        .group_by(person)
    )
    return {row[0]: row[1] for row in uow.session.execute(query)}


def count_written(uow: UnitOfWork, queue: Queue, *, user_id: int) -> int:
    """How many items of a queue were written by somebody, who may not decide on them."""
    query = select(func.count()).where(
        Item.tenant_id == queue.tenant_id, queue.condition(), literal(user_id) == any_(Item.author_ids)
    )
    return uow.session.scalar(query) or 0


def handovers_of(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """The hand-overs of a unit, newest first, at most `SHOWN`: id, leaver, successor, by (names), done_at, detail."""
    leaver, successor, by = aliased(User), aliased(User), aliased(User)
    query = (
        select(
            Handover.id, leaver.name.label("leaver"), successor.name.label("successor"), by.name.label("by"),
            Handover.done_at, Handover.detail, Handover.successor_id,
        )
        .join(leaver, leaver.id == Handover.leaver_id)
        .join(successor, successor.id == Handover.successor_id)
        .outerjoin(by, by.id == Handover.done_by)
        .where(Handover.tenant_id == tenant_id)
        .order_by(Handover.done_at.desc(), Handover.id.desc())
        .limit(SHOWN)
    )  # fmt: skip
    return uow.session.execute(query).all()


def column_names(uow: UnitOfWork, *, tenant_id: int, ids: Sequence[int]) -> list[str]:
    """Names of a unit's columns, in the order of its tree."""
    query = (
        select(ContentColumn.name)
        .where(ContentColumn.tenant_id == tenant_id, ContentColumn.id.in_(ids))
        .order_by(ContentColumn.level, ContentColumn.sort_order, ContentColumn.id)
    )
    return list(uow.session.scalars(query))

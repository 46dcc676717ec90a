"""Lists of batches: their drafts, what of them waits for a person, what was done with them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, any_, distinct, func, literal, not_, or_, select

from gongkai.accounts.models import User
from gongkai.catalog.models import ContentColumn
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.batches.models import BatchDeed, BatchOpening
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.models import Item
from gongkai.publishing.queries import Queue
from gongkai.publishing.states import ItemState
from gongkai.publishing.steps import StepKind

ROWS = 50
DEEDS = 20


def drafts_of(uow: UnitOfWork, *, tenant_id: int, batch_id: int) -> Mapping[int, int]:
    """The drafts of an import, also those that were returned: item id → lock version, ids ascending."""
    query = select(Item.id, Item.lock_version).where(
        Item.tenant_id == tenant_id, Item.batch_id == batch_id, Item.state == ItemState.DRAFT
    )
    return {row.id: row.lock_version for row in uow.session.execute(query.order_by(Item.id))}


def waiting_in(uow: UnitOfWork, queue: Queue, *, batch_id: int, step: StepKind) -> Mapping[int, int]:
    """What of a batch waits at a step for whom the queue is of: item id → lock version, ids ascending."""
    query = select(Item.id, Item.lock_version).where(*_waiting(queue), Item.review_batch_id == batch_id)
    return {row.id: row.lock_version for row in uow.session.execute(query.where(Item.step == step).order_by(Item.id))}


def rows_of(uow: UnitOfWork, *, tenant_id: int, item_ids: Sequence[int]) -> Sequence[AnyRow]:
    """Rows of a batch as its page shows them, ids ascending: id, title, column_name, formed_date, check_overrides."""
    query = (
        select(
            Item.id, Item.title, ContentColumn.name.label("column_name"), Item.formed_date, Item.check_overrides
        )
        .join(ContentColumn, ContentColumn.id == Item.column_id)
        .where(Item.tenant_id == tenant_id, Item.id.in_(item_ids))
        .order_by(Item.id)
    )  # fmt: skip
    return uow.session.execute(query).all()


def waiting_batches(uow: UnitOfWork, queue: Queue) -> Sequence[AnyRow]:
    """The batches of which something waits for a person, the longest waiting first.

    Rows: batch_id, filename, step, items, since, creator.
    """
    items, since = func.count().label("items"), func.min(Item.updated_at).label("since")
    held: Select[Any] = select(Item.review_batch_id, Item.step).add_columns(items, since).where(*_waiting(queue))
    found = held.group_by(Item.review_batch_id, Item.step).subquery()
    shown: tuple[Any, ...] = (
        found.c.review_batch_id.label("batch_id"), ImportBatch.filename, found.c.step, found.c["items"],
        found.c.since, User.name.label("creator"),
    )  # fmt: skip
    query = (
        select(*shown)
        .join(ImportBatch, ImportBatch.id == found.c.review_batch_id)
        .outerjoin(User, User.id == ImportBatch.created_by)
        .order_by(found.c.since, found.c.review_batch_id)
    )
    return uow.session.execute(query).all()


def count_batches(uow: UnitOfWork, queue: Queue) -> int:
    """How many batches wait for a person of which they wrote nothing."""
    mine = literal(queue.user_id) == any_(Item.author_ids)
    return (
        uow.session.scalar(select(func.count(distinct(Item.review_batch_id))).where(*_waiting(queue), not_(mine))) or 0
    )


def wrote_any(uow: UnitOfWork, *, tenant_id: int, batch_id: int, user_id: int) -> bool:
    """Whether a person brought a batch, or wrote any row of it."""
    wrote = select(Item.id).where(
        Item.tenant_id == tenant_id, Item.batch_id == batch_id, literal(user_id) == any_(Item.author_ids)
    )
    brought = select(ImportBatch.id).where(ImportBatch.id == batch_id, ImportBatch.created_by == user_id)
    return bool(uow.session.scalar(select(or_(wrote.exists(), brought.exists()))))


def openings(uow: UnitOfWork, *, tenant_id: int, batch_id: int, step: StepKind, user_id: int) -> Mapping[int, int]:
    """The rows that a person has opened at a step: item id → lock version that they saw."""
    query = select(BatchOpening.item_id, BatchOpening.lock_version).where(
        BatchOpening.tenant_id == tenant_id, BatchOpening.batch_id == batch_id, BatchOpening.step == step,
        BatchOpening.user_id == user_id,
    )  # fmt: skip
    return {row.item_id: row.lock_version for row in uow.session.execute(query)}


def deeds_of(uow: UnitOfWork, *, tenant_id: int, batch_id: int) -> Sequence[AnyRow]:
    """What was done with a batch as a whole, newest first.

    Rows: id, deed, step, actor_id, actor_name, opinion, state, rows_total, rows_done, refused, note, created_at,
    finished_at.
    """
    query = (
        select(
            BatchDeed.id, BatchDeed.deed, BatchDeed.step, BatchDeed.actor_id, BatchDeed.actor_name,
            BatchDeed.opinion, BatchDeed.state, BatchDeed.rows_total, BatchDeed.rows_done, BatchDeed.refused,
            BatchDeed.note, BatchDeed.created_at, BatchDeed.finished_at,
        )
        .where(BatchDeed.tenant_id == tenant_id, BatchDeed.batch_id == batch_id)
        .order_by(BatchDeed.id.desc())
        .limit(DEEDS)
    )  # fmt: skip
    return uow.session.execute(query).all()


def findings_at_submission(uow: UnitOfWork, *, tenant_id: int, batch_id: int) -> Mapping[int, Sequence[str]]:
    """What the checks said of the rows when the batch was submitted: item id → problems; the newest word counts."""
    query = select(BatchDeed.findings).where(
        BatchDeed.tenant_id == tenant_id, BatchDeed.batch_id == batch_id, BatchDeed.deed == "submit"
    )
    found: dict[int, Sequence[str]] = {}
    for stored in uow.session.scalars(query.order_by(BatchDeed.id)):
        found.update({int(item_id): problems for item_id, problems in stored.items()})
    return found


def _waiting(queue: Queue) -> tuple[Any, ...]:
    return Item.tenant_id == queue.tenant_id, Item.review_batch_id.is_not(None), queue.condition()

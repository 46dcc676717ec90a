"""What a measure does to the items and files of one unit, in statements over all of them at once.

Every function works in the scope of the unit （`uow.acting_for`） and under its locks: items → ledger.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import CTE, Text, cast, delete, exists, insert, literal, or_, select, update
from sqlalchemy.orm import aliased

from gongkai.catalog.models import ContentColumn
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.chain import step
from gongkai.publishing.emergency.models import EmergencyBlock, EmergencyMeasure
from gongkai.publishing.models import Attachment, Item, ItemStep
from gongkai.publishing.states import Action, ItemState


def columns_under(uow: UnitOfWork, *, column_id: int) -> list[int]:
    """A column and all columns below it, ascending."""
    tree: CTE = select(ContentColumn.id).where(ContentColumn.id == column_id).cte(recursive=True)
    child = aliased(ContentColumn)
    tree = tree.union(select(child.id).join(tree, child.parent_id == tree.c.id))
    return sorted(uow.session.scalars(select(tree.c.id)))


def public_items(uow: UnitOfWork, *, tenant_id: int, column_ids: Collection[int]) -> list[int]:
    """The public items that stand in these columns."""
    query = select(Item.id).where(Item.tenant_id == tenant_id, Item.column_id.in_(column_ids), Item.is_public)
    return list(uow.session.scalars(query.order_by(Item.id)))


def scheduled_items(
    uow: UnitOfWork, *, tenant_id: int, item_ids: Collection[int], digests: Collection[str], column_ids: Collection[int]
) -> list[int]:
    """What waits for its time and would bring these items, files or columns back: revisions, copies, newcomers."""
    texts = select(Item.text_digest).where(Item.tenant_id == tenant_id, Item.id.in_(item_ids))
    of_items = select(Attachment.digest).where(Attachment.tenant_id == tenant_id, Attachment.item_id.in_(item_ids))
    same_file = exists().where(
        Attachment.tenant_id == tenant_id,
        Attachment.item_id == Item.id,
        or_(Attachment.digest.in_(digests), Attachment.digest.in_(of_items)),
    )
    query = select(Item.id).where(
        Item.tenant_id == tenant_id,
        Item.state == ItemState.SCHEDULED,
        or_(
            Item.revises_id.in_(item_ids), Item.column_id.in_(column_ids), Item.text_digest.in_(texts), same_file
        ),
    )  # fmt: skip
    return list(uow.session.scalars(query.order_by(Item.id)))


def stop_scheduled(uow: UnitOfWork, *, item_ids: Collection[int], by: int, name: str) -> int:
    """Stop what waits for its time; it stays approved, and locked. Returns how many."""
    query = select(Item).where(Item.id.in_(item_ids), Item.state == ItemState.SCHEDULED).order_by(Item.id)
    stopped = uow.session.scalars(query.execution_options(populate_existing=True)).all()
    for item in stopped:
        step(uow, item, Action.UNSCHEDULE, ItemState.APPROVED, actor_id=by, actor_name=name, opinion="紧急撤下")
        item.scheduled_at = None
    return len(stopped)


def remove_items(
    uow: UnitOfWork, measure: EmergencyMeasure, *, item_ids: Collection[int], reason: str, by: int, name: str
) -> list[int]:
    """Take items off the public pages, and lock their texts and files; returns those that were public.

    They go on counting to their month: `measure.counted` says how many.
    """
    mine = (Item.tenant_id == measure.tenant_id, Item.id.in_(item_ids), Item.is_public)
    _add_steps(uow, mine, Action.TAKE_DOWN, ItemState.TAKEN_DOWN, opinion=reason, by=by, name=name)
    removed = uow.session.execute(
        update(Item)
        .where(*mine)
        .values(
            state=ItemState.TAKEN_DOWN, taken_down_at=uow.now, taken_down_reason=reason, emergency_id=measure.id,
            updated_at=uow.now, lock_version=Item.lock_version + 1,
        )
        .returning(Item.id, Item.counts_to_quota)
        .execution_options(synchronize_session=False)
    ).all()  # fmt: skip
    measure.items, measure.counted = len(removed), sum(row.counts_to_quota for row in removed)
    taken = Item.emergency_id == measure.id
    names = ["tenant_id", "measure_id", "kind", "digest"]
    texts = select(Item.tenant_id, literal(measure.id), cast(literal("text"), Text), Item.text_digest)
    texts = texts.where(Item.tenant_id == measure.tenant_id, taken, Item.text_digest != "").distinct()
    files = (
        select(Attachment.tenant_id, literal(measure.id), cast(literal("file"), Text), Attachment.digest)
        .join(Item, Item.id == Attachment.item_id)
        .where(Attachment.tenant_id == measure.tenant_id, taken)
        .distinct()
    )
    for rows in (texts, files):
        uow.session.execute(insert(EmergencyBlock).from_select(names, rows))
    return [row.id for row in removed]


def block_columns(uow: UnitOfWork, measure: EmergencyMeasure, *, column_ids: Sequence[int]) -> None:
    """Hide columns and let nothing be published in them."""
    uow.session.add_all(
        EmergencyBlock(tenant_id=measure.tenant_id, measure_id=measure.id, kind="column", column_id=column_id)
        for column_id in column_ids
    )


def block_file(uow: UnitOfWork, measure: EmergencyMeasure) -> None:
    """Hide a file wherever the unit has attached it, and let it not be published again."""
    uow.session.add(
        EmergencyBlock(
            tenant_id=measure.tenant_id, measure_id=measure.id, kind="hidden_file", digest=measure.digest
        )
    )  # fmt: skip


def items_with_file(uow: UnitOfWork, *, tenant_id: int, digest: str) -> list[int]:
    """The public items of a unit that carry a file."""
    query = (
        select(Item.id)
        .join(Attachment, Attachment.item_id == Item.id)
        .where(Item.tenant_id == tenant_id, Item.is_public, Attachment.digest == digest)
        .distinct()
        .order_by(Item.id)
    )
    return list(uow.session.scalars(query))


def items_of(uow: UnitOfWork, *, tenant_id: int, measure_ids: Collection[int]) -> list[int]:
    """The items that these measures keep down."""
    query = select(Item.id).where(Item.tenant_id == tenant_id, Item.emergency_id.in_(measure_ids))
    return list(uow.session.scalars(query.order_by(Item.id)))


def restore_items(uow: UnitOfWork, measure: EmergencyMeasure, *, reason: str, by: int, name: str) -> list[int]:
    """Put the items of a measure back as they were, number, address and count unchanged; returns them."""
    mine = (
        Item.tenant_id == measure.tenant_id, Item.emergency_id == measure.id, Item.state == ItemState.TAKEN_DOWN
    )  # fmt: skip
    _add_steps(uow, mine, Action.RESTORE, ItemState.PUBLISHED, opinion=reason, by=by, name=name)
    query = (
        update(Item)
        .where(*mine)
        .values(
            state=ItemState.PUBLISHED, taken_down_at=None, taken_down_reason="", emergency_id=None,
            updated_at=uow.now, lock_version=Item.lock_version + 1,
        )
        .returning(Item.id)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    return list(uow.session.scalars(query))


def subtract(uow: UnitOfWork, measure: EmergencyMeasure) -> None:
    """Let the items of a measure count no more in the month in which they were published."""
    uow.session.execute(
        update(Item)
        .where(Item.tenant_id == measure.tenant_id, Item.emergency_id == measure.id)
        .values(emergency_id=None)
        .execution_options(synchronize_session=False)
    )


def unblock(uow: UnitOfWork, measure: EmergencyMeasure) -> None:
    """Take away what a measure locks and hides."""
    uow.session.flush()
    uow.session.execute(
        delete(EmergencyBlock)
        .where(EmergencyBlock.measure_id == measure.id)
        .execution_options(synchronize_session=False)
    )


def _add_steps(
    uow: UnitOfWork, mine: Sequence[object], action: Action, to_state: ItemState, *, opinion: str, by: int, name: str
) -> None:
    columns = {
        "tenant_id": Item.tenant_id,
        "item_id": Item.id,
        "action": cast(literal(action.value), Text),
        "step": cast(literal(""), Text),
        "from_state": Item.state,
        "to_state": cast(literal(to_state.value), Text),
        "actor_id": literal(by),
        "actor_name": cast(literal(name), Text),
        "author_ids": Item.author_ids,
        "opinion": cast(literal(opinion), Text),
        "at": literal(uow.now),
    }
    rows = select(*columns.values()).where(*mine).order_by(Item.id)  # type: ignore[arg-type]
    uow.session.execute(insert(ItemStep).from_select(list(columns), rows))

"""Open work of a unit that is reorganised: what waits there, and how it passes to the units that take over.

Whoever calls has the unit and its receivers in the scope (`UnitOfWork.acting_for`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from gongkai.catalog.models import ContentColumn
from gongkai.core.db import AnyRow
from gongkai.core.models import AuditEvent
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.chain import step
from gongkai.publishing.drafts import COPIED, copy_attachments, throw_away
from gongkai.publishing.former import PASSED_ON, TAKEN_OVER, counterpart, usable_columns
from gongkai.publishing.links.carrying import carry_links
from gongkai.publishing.models import ColumnCount, Item, ItemStep
from gongkai.publishing.states import Action, ItemState
from gongkai.tenancy.models import Tenant

IN_CHAIN = (ItemState.IN_REVIEW, ItemState.IN_APPROVAL)
DECIDED = (ItemState.APPROVED, ItemState.SCHEDULED)
OPEN = (ItemState.DRAFT, *IN_CHAIN, *DECIDED)
Receivers = Callable[[str], int | None]
"""Template code of a column → the unit that its open work passes to; None where it stays."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An unpublished item of a unit.

    Attributes:
        place: template code of the column that it stands in, or that its column stands under.
        submitted: whether it has steps of the chain, now or before, so that its row stays.
        revises: whether it is the next version of a published item, which stays with it.
    """

    id: int
    title: str
    state: ItemState
    column_id: int
    place: str
    submitted: bool
    revises: bool
    author_ids: tuple[int, ...]


@dataclass(slots=True)
class Passed:
    """What was passed on, and what could not be.

    Attributes:
        titles: receiver → titles of the drafts that came to it.
        owners: (receiver, who carried it on) → titles of those among them that were in their chain or approved.
        stopped: titles of what was in its chain or approved and stays with the unit that ends, as a draft.
        ids: the originals that were passed on.
    """

    titles: dict[int, list[str]] = field(default_factory=dict)
    owners: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)
    ids: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Handover:
    """Who passes open work on, and why: the person, and the note that goes into the steps of what is closed."""

    user_id: int
    user_name: str
    note: str


def waiting_items(uow: UnitOfWork, *, tenant_id: int) -> list[Waiting]:
    """The unpublished items of a unit, the oldest first."""
    rows = uow.session.execute(
        select(Item.id, Item.title, Item.state, Item.column_id, Item.author_ids, Item.revises_id)
        .where(Item.tenant_id == tenant_id, Item.state.in_(OPEN))
        .order_by(Item.id)
    ).all()
    steps = select(ItemStep.item_id).where(
        ItemStep.tenant_id == tenant_id, ItemStep.item_id.in_([row.id for row in rows])
    )
    submitted = set(uow.session.scalars(steps.distinct()))
    columns = select(ContentColumn).where(ContentColumn.tenant_id == tenant_id)
    places = {column.id: column.code.partition("-")[0] for column in uow.session.scalars(columns)}
    return [
        Waiting(
            id=row.id,
            title=row.title,
            state=ItemState(row.state),
            column_id=row.column_id,
            place=places[row.column_id],
            submitted=row.id in submitted,
            revises=row.revises_id is not None,
            author_ids=tuple(row.author_ids),
        )
        for row in rows
    ]


def places_in_use(uow: UnitOfWork, *, tenant_id: int, items: Sequence[Waiting]) -> set[str]:
    """Template codes of the columns in which a unit has something: public, or among these unpublished items."""
    query = (
        select(ContentColumn.code)
        .join(ColumnCount, ColumnCount.column_id == ContentColumn.id)
        .where(ContentColumn.tenant_id == tenant_id, ColumnCount.tenant_id == tenant_id, ColumnCount.total > 0)
        .distinct()
    )
    return {code.partition("-")[0] for code in uow.session.scalars(query)} | {item.place for item in items}


def passing(items: Sequence[Waiting], receivers: Receivers, *, whole: bool) -> list[Waiting]:
    """Which of these pass on: not revisions, and of a unit that goes on only what it never submitted."""
    return [
        item
        for item in items
        if not item.revises and receivers(item.place) is not None and (whole or not item.submitted)
    ]


def pass_on(uow: UnitOfWork, *, items: Sequence[Waiting], receivers: Receivers, by: Handover) -> Passed:
    """Make these items drafts of their receivers, with files, authors, links; the originals are deleted, or closed.

    One that was never submitted is deleted; one with steps goes back to its unit as a draft that nobody there can
    submit any more, with the note as the last step's opinion. Items whose receiver has no column for them stay.
    """
    done = Passed()
    columns: dict[int, dict[str, int]] = {}
    copies: list[tuple[Waiting, Item, Item]] = []
    for waiting in items:
        receiver = receivers(waiting.place)
        if receiver is None:
            continue
        if receiver not in columns:
            columns[receiver] = dict(usable_columns(uow, tenant_id=receiver))
        column_id = counterpart(columns[receiver], uow.session.get_one(ContentColumn, waiting.column_id))
        if column_id is None:
            continue
        old = _locked(uow, waiting)
        copies.append((waiting, old, _copy(uow, old, tenant_id=receiver, column_id=column_id, note=by.note)))
        title = _title(waiting)
        done.titles.setdefault(receiver, []).append(title)
        owner = old.handler_id or old.created_by
        if owner is not None and waiting.state != ItemState.DRAFT:
            done.owners.setdefault((receiver, owner), []).append(title)
    carry_links(uow, {old.id: new for _, old, new in copies})
    for waiting, old, new in copies:
        done.ids.add(waiting.id)
        if waiting.submitted:
            _close(uow, old, by=by)
            detail = {"to_unit": new.tenant_id, "to_item": new.id, "note": by.note}
            uow.audit(PASSED_ON, tenant_id=old.tenant_id, object_type="item", object_id=old.id, detail=detail)
        else:
            throw_away(uow, item=old)
    uow.session.flush()
    return done


def stop(uow: UnitOfWork, *, items: Sequence[Waiting], by: Handover) -> list[str]:
    """Close what was on its way in a unit that ends and cannot pass; it stays as a draft there. Returns the titles.

    Whoever takes the unit over finds it among the drafts that it left (`former`).
    """
    stopped = [waiting for waiting in items if waiting.state != ItemState.DRAFT]
    for waiting in stopped:
        old = _locked(uow, waiting)
        _close(uow, old, by=by)
        uow.audit("item.stop", tenant_id=old.tenant_id, object_type="item", object_id=old.id, detail={"note": by.note})
    uow.session.flush()
    return [_title(waiting) for waiting in stopped]


def _locked(uow: UnitOfWork, waiting: Waiting) -> Item:
    return uow.session.get_one(Item, waiting.id, with_for_update=True, populate_existing=True)


def _title(waiting: Waiting) -> str:
    return waiting.title or "（无标题）"


def arrival(uow: UnitOfWork, *, tenant_id: int, item_id: int) -> AnyRow | None:
    """From which unit an item was taken over: at, official_name, note, from_unit, from_item; None if it was not."""
    unit = Tenant.id == AuditEvent.detail["from_unit"].as_integer()
    query = (
        select(
            AuditEvent.at, Tenant.official_name, AuditEvent.detail["note"].as_string().label("note"),
            Tenant.id.label("from_unit"), AuditEvent.detail["from_item"].as_integer().label("from_item"),
        )
        .join(Tenant, unit)
        .where(
            AuditEvent.object_type == "item", AuditEvent.object_id == item_id, AuditEvent.tenant_id == tenant_id,
            AuditEvent.action == TAKEN_OVER,
        )
        .limit(1)
    )  # fmt: skip
    return uow.session.execute(query).first()


def _copy(uow: UnitOfWork, old: Item, *, tenant_id: int, column_id: int, note: str) -> Item:
    new = Item(
        tenant_id=tenant_id,
        state=ItemState.DRAFT,
        entry_route="chain",
        body_html=old.body_html,
        text_digest=old.text_digest,
        publish_due_date=old.publish_due_date,
        # Who wrote it may not decide on it in the new unit either.
        author_ids=[*old.author_ids],
        handler_id=old.handler_id,
        created_by=old.created_by,
        created_at=uow.now,
        updated_at=uow.now,
        **{name: getattr(old, name) for name in COPIED if name != "column_id"},
    )
    new.column_id = column_id
    uow.session.add(new)
    uow.session.flush()
    copy_attachments(uow, from_id=old.id, to=new)
    detail = {"from_unit": old.tenant_id, "from_item": old.id, "note": note}
    uow.audit(TAKEN_OVER, tenant_id=tenant_id, object_type="item", object_id=new.id, detail=detail)
    uow.session.flush()
    return new


def _close(uow: UnitOfWork, old: Item, *, by: Handover) -> None:
    who = {"actor_id": by.user_id, "actor_name": by.user_name, "opinion": by.note}
    if old.state == ItemState.SCHEDULED:
        step(uow, old, Action.UNSCHEDULE, ItemState.APPROVED, **who)  # type: ignore[arg-type]
        old.scheduled_at = None
    if old.state == ItemState.APPROVED:
        step(uow, old, Action.RETURN, ItemState.DRAFT, **who)  # type: ignore[arg-type]
    elif old.state != ItemState.DRAFT:
        step(uow, old, Action.RECALL, ItemState.DRAFT, **who)  # type: ignore[arg-type]
    old.review_batch_id = None

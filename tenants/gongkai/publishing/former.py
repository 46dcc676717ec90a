"""What an abolished unit left to its successor (decision 3).

Drafts are deleted or taken over into its own unit; among them is what was on its way when the unit ended and could not
pass by itself (`passing.stop`). What is public stays where it is: the successor's people look after it when they act
for the former body (`accounts.actors.Received`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select

from gongkai.accounts.actors import Actor, closed_columns, received_bodies
from gongkai.accounts.permissions import RECEIVED_ROLES
from gongkai.catalog.models import ContentColumn
from gongkai.core.db import AnyRow
from gongkai.core.errors import Conflict, Refused
from gongkai.core.models import AuditEvent
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.access import expect_state
from gongkai.publishing.drafts import copy_attachments, create_draft, form_of, throw_away
from gongkai.publishing.models import ColumnCount, Item, ItemStep
from gongkai.publishing.queries import has_steps
from gongkai.publishing.states import ItemState
from gongkai.publishing.terms.models import TermHit
from gongkai.tenancy.models import Tenant

SHOWN = 100
UNDER_WAY = (ItemState.DRAFT, ItemState.IN_REVIEW, ItemState.IN_APPROVAL, ItemState.APPROVED, ItemState.SCHEDULED)
TAKEN_OVER = "item.take_over"
PASSED_ON = "item.pass_on"


@dataclass(frozen=True, slots=True)
class FormerBody:
    """A body that this unit received: how much it has public, and what is to be done about it.

    Attributes:
        revisions: changes of what is public that are under way.
        hits: places in what is public where the term lists found something.
    """

    id: int
    name: str
    public: int
    revisions: int
    hits: int

    @property
    def waiting(self) -> int:
        """How much waits for the unit's people."""
        return self.revisions + self.hits


def former_bodies(uow: UnitOfWork, *, actor: Actor) -> list[FormerBody]:
    """The bodies whose public items the unit acted for looks after; of a divided one what passed to this unit."""
    if not actor.predecessor_ids or not actor.roles & RECEIVED_ROLES:
        return []
    bodies = received_bodies(uow, tenant_ids=[actor.tenant_id])
    ids = [body.id for body in bodies]
    closed = [column for body in ids for column in closed_columns(uow, tenant_id=body, receiver_id=actor.tenant_id)]
    public = select(ColumnCount.tenant_id, func.sum(ColumnCount.total)).where(
        ColumnCount.tenant_id.in_(ids), ColumnCount.column_id.not_in(closed)
    )
    mine = (Item.tenant_id.in_(ids), Item.column_id.not_in(closed))
    revisions = select(Item.tenant_id, func.count()).where(
        *mine, Item.state.in_(UNDER_WAY), Item.revises_id.is_not(None)
    )
    hits = (
        select(TermHit.tenant_id, func.count())
        .join(Item, Item.id == TermHit.item_id)
        .where(*mine, TermHit.tenant_id.in_(ids), TermHit.state == "open")
    )
    found = [
        {row[0]: int(row[1]) for row in uow.session.execute(query.group_by(column))}
        for query, column in (
            (public, ColumnCount.tenant_id), (revisions, Item.tenant_id), (hits, TermHit.tenant_id),
        )
    ]  # fmt: skip
    return [FormerBody(body.id, body.name, *(counts.get(body.id, 0) for counts in found)) for body in bodies]


def former_drafts(uow: UnitOfWork, *, actor: Actor) -> Sequence[AnyRow]:
    """Drafts of the bodies that this unit follows, not passed on yet, the newest first, at most `SHOWN`.

    Rows: id, title, unit (official name), column_name, updated_at, is_revision, submitted (has steps of its chain).
    """
    if not actor.predecessor_ids:
        return []
    submitted = select(ItemStep.id).where(ItemStep.tenant_id == Item.tenant_id, ItemStep.item_id == Item.id)
    passed = select(AuditEvent.id).where(
        AuditEvent.object_type == "item", AuditEvent.object_id == Item.id, AuditEvent.action == PASSED_ON
    )
    query = (
        select(
            Item.id, Item.title, Tenant.official_name.label("unit"), ContentColumn.name.label("column_name"),
            Item.updated_at, Item.revises_id.is_not(None).label("is_revision"), submitted.exists().label("submitted"),
        )
        .join(Tenant, Tenant.id == Item.tenant_id)
        .join(ContentColumn, ContentColumn.id == Item.column_id)
        .where(Item.tenant_id.in_(actor.predecessor_ids), Item.state == ItemState.DRAFT, ~passed.exists())
        .order_by(Item.updated_at.desc(), Item.id.desc())
        .limit(SHOWN)
    )  # fmt: skip
    return uow.session.execute(query).all()


def delete_former(uow: UnitOfWork, *, actor: Actor, item_id: int) -> str:
    """Throw away a draft of a body that this unit follows; returns its title.

    Raises:
        NotFound: when it is no such body's.
        Conflict: when it is no draft, or has a history.
    """
    item = _former(uow, actor, item_id)
    title = item.title
    throw_away(uow, item=item)
    return title


def take_over(uow: UnitOfWork, *, actor: Actor, item_id: int) -> Item:
    """Make a draft of a former body one of this unit's, with its files and authors.

    The old one is deleted; one with steps of its chain stays as their record.

    Raises:
        NotFound: when it is no such body's.
        Conflict: when it is no draft, was passed on already, or revises what the former body published.
        Refused: when this unit has no column for it.
    """
    old = _former(uow, actor, item_id)
    if old.revises_id is not None:
        raise Conflict(
            "这是原单位已发布信息的修改稿，不能转为本单位的新信息。请在页面上方切换到原单位继续办理；不再需要的，请删除。"
        )
    form = replace(form_of(old), column_id=_own_column(uow, actor, old.column_id))
    new = create_draft(uow, actor=actor, form=form)
    # Who wrote it may not decide on it in this unit either.
    new.author_ids = [*dict.fromkeys((*old.author_ids, *new.author_ids))]
    copy_attachments(uow, from_id=old.id, to=new)
    uow.audit(
        TAKEN_OVER,
        tenant_id=new.tenant_id,
        object_type="item",
        object_id=new.id,
        detail={"from_unit": old.tenant_id, "from_item": old.id},
    )
    uow.session.flush()
    if has_steps(uow, tenant_id=old.tenant_id, item_id=old.id):
        detail = {"to_unit": new.tenant_id, "to_item": new.id}
        uow.audit(PASSED_ON, tenant_id=old.tenant_id, object_type="item", object_id=old.id, detail=detail)
    else:
        throw_away(uow, item=old)
    return new


def _former(uow: UnitOfWork, actor: Actor, item_id: int) -> Item:
    query = select(Item).where(Item.id == item_id, Item.tenant_id.in_(actor.predecessor_ids))
    found = uow.one(query, lock=True, missing="信息不存在。")
    expect_state(found, ItemState.DRAFT)
    passed = select(AuditEvent.id).where(
        AuditEvent.object_type == "item", AuditEvent.object_id == item_id, AuditEvent.action == PASSED_ON
    )
    if uow.session.scalar(passed.limit(1)):
        raise Conflict("这条草稿已经转入承接单位，没有重复办理。")
    return found


def _own_column(uow: UnitOfWork, actor: Actor, column_id: int) -> int:
    old = uow.session.get_one(ContentColumn, column_id)
    found = counterpart(usable_columns(uow, tenant_id=actor.tenant_id), old)
    if found is None:
        raise Refused(f"本单位没有与“{old.name}”对应的在用栏目。请由单位管理员先增设栏目，再转入这条草稿。")
    return found


def usable_columns(uow: UnitOfWork, *, tenant_id: int) -> Mapping[str, int]:
    """The open columns of a unit that take items: code → id."""
    usable = select(ContentColumn.code, ContentColumn.id).where(
        ContentColumn.tenant_id == tenant_id, ContentColumn.active, ContentColumn.accepts_items
    )
    return {row.code: row.id for row in uow.session.execute(usable)}


def counterpart(own: Mapping[str, int], old: ContentColumn) -> int | None:
    """The column of `usable_columns` from the template's place of another unit's column, or the nearest to it."""
    # A column that a unit added itself means nothing in another one; what it stands under does.
    code = old.template_code or old.code.rpartition("-")[0]
    while code:
        # A column that was divided meanwhile takes items in those below it only.
        if found := min((other for other in own if other == code or other.startswith(f"{code}-")), default=None):
            return own[found]
        code = code.rpartition("-")[0]
    return None

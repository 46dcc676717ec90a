"""Linking documents with their interpretations and consultations with their results; writing an interpretation."""

from collections.abc import Sequence

from sqlalchemy import or_, select

from gongkai.accounts.actors import Actor
from gongkai.catalog.models import ContentColumn
from gongkai.core.errors import Conflict, Fault, Invalid, Refused
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.access import get_item
from gongkai.publishing.consultations import UNTIL
from gongkai.publishing.drafts import create_draft
from gongkai.publishing.links.columns import CONSULTATION, DOCUMENT, INTERPRETATION, INTERPRETATIONS, column_kind
from gongkai.publishing.links.models import ANSWERS, INTERPRETS, ItemLink
from gongkai.publishing.links.partners import lock_together
from gongkai.publishing.models import Item
from gongkai.publishing.schemas import LENGTHS, ItemForm
from gongkai.publishing.states import STATE_LABELS, ItemState

FIELD = "link"
_ENDED = (ItemState.TAKEN_DOWN, ItemState.WITHHELD, ItemState.ON_REQUEST)
_FREE = (ItemState.DRAFT, ItemState.PUBLISHED, *_ENDED)
"""States in which a document can lose a link: nobody is deciding on it as it stands."""


def link(uow: UnitOfWork, *, actor: Actor, item_id: int, other_id: int) -> ItemLink:
    """Link a document with an interpretation of the same unit, or a consultation with its result; either may be named
    first, and more than once.

    Raises:
        NotFound: when one of them is not this unit's.
        Invalid: when they do not belong together so, or one of them has ended.
        Conflict: when the interpretation has its time and the document is not public.
    """
    tenant_id = actor.tenant_id
    lock_together(uow, tenant_id=tenant_id, item_ids=(item_id, other_id))
    pair = [get_item(uow, tenant_id=tenant_id, item_id=one) for one in (item_id, other_id)]
    interpretation, document = _ends(uow, pair)
    for item in pair:
        if item.state in _ENDED:
            state = STATE_LABELS[ItemState(item.state)]
            raise Invalid([Fault(FIELD, f"《{item.title}》现为“{state}”", "请选择其他信息")])
    if interpretation.state == ItemState.SCHEDULED and document.state != ItemState.PUBLISHED:
        raise Conflict(f"解读《{interpretation.title}》已定时发布，文件尚未发布。请先取消定时，再建立关联。")
    found = _link_of(uow, interpretation, document)
    if found is None:
        found = _add(uow, actor, interpretation, document)
    return found


def _ends(uow: UnitOfWork, pair: Sequence[Item]) -> tuple[Item, Item]:
    """The one that follows and the one that it follows: interpretation and document, result and consultation."""
    kinds = {kind_of_item(uow, item): item for item in pair}
    if kinds.keys() == {DOCUMENT, INTERPRETATION}:
        return kinds[INTERPRETATION], kinds[DOCUMENT]
    if kinds.keys() != {CONSULTATION}:
        problem = "只能在文件和政策解读之间建立关联，或者在征求意见公告和结果之间建立关联"
        raise Invalid([Fault(FIELD, problem, "请选择一份文件和“政策解读”栏目的一条信息，或者征求意见公告和它的结果")])
    asking = {bool(item.optional.get(UNTIL)): item for item in pair}
    if asking.keys() != {True, False}:
        remedy = "征求意见公告须填写征求意见起止日期，结果不填写"
        raise Invalid([Fault(FIELD, "两条信息不是征求意见公告和它的结果", remedy)])
    if asking[True].state != ItemState.PUBLISHED:
        problem = f"征求意见公告《{asking[True].title}》没有公开"
        raise Invalid([Fault(FIELD, problem, "请在征求意见公告公开以后关联结果")])
    return asking[False], asking[True]


def unlink(uow: UnitOfWork, *, actor: Actor, item_id: int, other_id: int) -> None:
    """Take a link away; what was public stays public.

    Raises:
        NotFound: when one of them is not this unit's.
        Conflict: while somebody is deciding on the document: the link is part of what they decide on.
    """
    tenant_id = actor.tenant_id
    lock_together(uow, tenant_id=tenant_id, item_ids=(item_id, other_id))
    first, second = (get_item(uow, tenant_id=tenant_id, item_id=one) for one in (item_id, other_id))
    found = _link_of(uow, first, second) or _link_of(uow, second, first)
    if found is None:
        return
    document = first if found.target_id == first.id else second
    if document.state not in _FREE:
        raise Conflict(f"文件《{document.title}》正在审批，不能取消关联。确需取消的，请先撤回送审或者由审批人退回。")
    uow.session.delete(found)
    uow.session.flush()
    _audit(uow, "item.unlink", found)


def write_interpretation(uow: UnitOfWork, *, actor: Actor, document_id: int) -> Item:
    """A draft in the unit's column 政策解读, titled after the document and linked with it.

    Raises:
        NotFound: when the document is not this unit's.
        Invalid: when it is no document, or has ended.
        Refused: when the unit has no such column in use.
    """
    document = get_item(uow, tenant_id=actor.tenant_id, item_id=document_id)
    query = select(ContentColumn.id).where(
        ContentColumn.tenant_id == actor.tenant_id,
        or_(ContentColumn.code == INTERPRETATIONS, ContentColumn.code.startswith(f"{INTERPRETATIONS}-")),
        ContentColumn.active,
        ContentColumn.accepts_items,
    )
    column_id = uow.session.scalar(query.order_by(ContentColumn.level, ContentColumn.sort_order).limit(1))
    if column_id is None:
        raise Refused("本单位没有在用的“政策解读”栏目，不能撰写解读。请联系单位管理员在栏目管理中开设。")
    form = ItemForm(
        column_id=column_id,
        title=title_for(document.title),
        issuing_agency=document.issuing_agency,
        subject_class=document.subject_class,
        genre_class="解读",
        responsible_unit=document.responsible_unit,
        optional={"publication_channels": "网站"},
    )
    item = create_draft(uow, actor=actor, form=form)
    link(uow, actor=actor, item_id=document_id, other_id=item.id)
    return item


def title_for(title: str) -> str:
    """The title of an interpretation; title marks inside title marks are single (GB/T 15834)."""
    inner = title.replace("《", "〈").replace("》", "〉")
    return f"《{inner[: LENGTHS['title'] - 4]}》解读"


def kind_of_item(uow: UnitOfWork, item: Item) -> str:
    """Whether an item can be interpreted or interprets, by its column; empty for all others and for revisions."""
    if item.revises_id is not None:
        return ""
    return column_kind(uow.session.get_one(ContentColumn, item.column_id).code)


def _link_of(uow: UnitOfWork, interpretation: Item, document: Item) -> ItemLink | None:
    return uow.session.scalar(
        select(ItemLink).where(
            ItemLink.tenant_id == document.tenant_id,
            ItemLink.item_id == interpretation.id,
            ItemLink.target_id == document.id,
        )
    )


def _add(uow: UnitOfWork, actor: Actor, interpretation: Item, document: Item) -> ItemLink:
    made = ItemLink(
        kind=ANSWERS if kind_of_item(uow, document) == CONSULTATION else INTERPRETS,
        tenant_id=actor.tenant_id,
        item_id=interpretation.id,
        target_id=document.id,
        linked_by=actor.user_id,
        linked_at=uow.now,
    )
    uow.session.add(made)
    uow.session.flush()
    _audit(uow, "item.link", made)
    return made


def _audit(uow: UnitOfWork, action: str, which: ItemLink) -> None:
    ends = ("result", "consultation") if which.kind == ANSWERS else ("interpretation", "document")
    detail = dict(zip(ends, (which.item_id, which.target_id), strict=True))
    uow.audit(action, tenant_id=which.tenant_id, object_type="item", object_id=which.target_id, detail=detail)

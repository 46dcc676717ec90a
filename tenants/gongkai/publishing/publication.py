"""Publication: version, number, hash chain, counts, audit and outbox in one transaction.

Locks are taken in one order (architecture decision 8): item → tenant ledger → number → counts.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, or_, select

from gongkai.catalog.models import ContentColumn
from gongkai.catalog.numbers import give_number, keep_number
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Fault, Invalid, Refused
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.access import expect_state, get_item
from gongkai.publishing.drafts import COPIED, DUPLICATE_WINDOW
from gongkai.publishing.emergency.locks import expect_unlocked
from gongkai.publishing.ledger import append_version, lock_ledger
from gongkai.publishing.lifecycle.changes import REFRESHING
from gongkai.publishing.lifecycle.terms import term_end
from gongkai.publishing.links.originals import original_number
from gongkai.publishing.models import VALIDITIES, VALIDITY_MARK, Attachment, Item
from gongkai.publishing.states import ItemState
from gongkai.tenancy.models import Tenant

CHANGED = "item.changed"


@dataclass(frozen=True, slots=True)
class Decision:
    """What settled whether a document holds.

    Attributes:
        made_on: its day, from which a repealed document is repealed; today if not given.
        item_id: its own item, when it is in the platform.
        term: the term of what goes on, as it is written （长期, 5年 from `made_on`, 2031-03-15）; None leaves the old.
    """

    made_on: date | None = None
    item_id: int | None = None
    term: str | None = None


MARKED = frozenset({"validity", "repealed_date", "decision_item_id"})
"""Set by `mark_validity` alone."""
GOES_ON = ("in_force", "amended")
"""Validities in which a document goes on, and the end of its term asks for a decision."""
UNKNOWN_DECISION = Decision()
# Put together once: every publication asks.
_DUPLICATE = (
    select(Item.id)
    .where(
        Item.tenant_id == bindparam("unit"),
        Item.is_public,
        Item.id != bindparam("item"),
        Item.published_at.between(bindparam("since"), bindparam("until")),
        or_(
            Item.text_digest == bindparam("digest"),
            (Item.document_number == bindparam("number")) & (Item.document_number != ""),
        ),
    )
    .limit(1)
)


def publish_now(uow: UnitOfWork, *, item: Item, published_by: int | None) -> Item:
    """Publish a locked, approved item, or put a revision's content on the item that it revises.

    Raises:
        Refused: when an office has taken down its text, one of its files or its column and not released it, the
            unit has ended, or a revision's item is not public any more.
    """
    if item.revises_id is not None:
        return _publish_revision(uow, item, published_by)
    day = shanghai_date(uow.now)
    # One UPDATE of the item: the counting trigger runs with each.
    with uow.session.no_autoflush:
        place = select(Tenant, ContentColumn).join(ContentColumn, ContentColumn.tenant_id == Tenant.id)
        tenant, column = uow.session.execute(place.where(ContentColumn.id == item.column_id)).one()
        if tenant.status != "active":
            raise Refused("发布单位已撤销，不能再发布新的信息。请由承接单位发布。")
        mark_counting(uow, item, column, uow.now)
        ledger = lock_ledger(uow, tenant_id=item.tenant_id)
        expect_unlocked(uow, item)
        if original := original_number(uow, item):
            keep_number(uow, tenant_id=item.tenant_id, item_id=item.id, number=original, year=day.year)
            item.index_number = original
        else:
            item.index_number, item.index_number_seq = give_number(
                uow, tenant=tenant, item_id=item.id, year=day.year, month=day.month
            )
        item.published_at = uow.now
        item.period = str(Period.of(day))
        append_version(uow, ledger=ledger, item=item, body_html=item.body_html, published_by=published_by)
        item.state = ItemState.PUBLISHED
        item.scheduled_at = None
    uow.emit(CHANGED, item.id)
    uow.session.flush()
    uow.audit("item.publish", tenant_id=item.tenant_id, object_type="item", object_id=item.id)
    return item


def _publish_revision(uow: UnitOfWork, revision: Item, published_by: int | None) -> Item:
    item = get_item(uow, tenant_id=revision.tenant_id, item_id=revision.revises_id or 0, lock=True)
    if item.state != ItemState.PUBLISHED:
        raise Refused("原信息已撤下，这份修改稿不能发布。请退回修改，由编写人不再办理；确需重新公开的，请新建信息。")
    _take_over(item, revision)
    item.text_digest = revision.text_digest
    if revision.change_kind in REFRESHING:
        item.refreshed_at = uow.now
    item.changed_at, item.change_kind, item.change_reason = (
        uow.now,
        revision.change_kind,
        revision.change_reason,
    )
    _replace_attachments(uow, item.id, revision.id)
    ledger = lock_ledger(uow, tenant_id=item.tenant_id)
    expect_unlocked(uow, item)
    append_version(uow, ledger=ledger, item=item, body_html=revision.body_html, published_by=published_by)
    revision.state = ItemState.PUBLISHED
    uow.session.flush()
    uow.audit("item.change", tenant_id=item.tenant_id, object_type="item", object_id=item.id)
    uow.emit(CHANGED, item.id)
    return item


def _take_over(item: Item, revision: Item) -> None:
    """Give an item the content of its revision; a revision that was begun before a mark does not undo that."""
    marked = item.change_kind == VALIDITY_MARK and item.changed_at is not None and item.changed_at > revision.created_at
    kept = MARKED | {"valid_until"} if marked else MARKED
    term = item.optional.get("validity_period")
    for name in COPIED:
        if name not in kept:
            setattr(item, name, getattr(revision, name))
    if marked and term:
        item.optional = item.optional | {"validity_period": term}


def take_down(uow: UnitOfWork, *, tenant_id: int, item_id: int, reason: str) -> Item:
    """Take an item off the page, search and feeds; its number stays used, its count is subtracted.

    Raises:
        Invalid: when the reason is missing.
        Conflict: when it is not published.
    """
    if not reason.strip():
        raise Invalid([Fault("reason", "未填写撤下原因", "请写明撤下的原因和依据")])
    item = get_item(uow, tenant_id=tenant_id, item_id=item_id, lock=True)
    expect_state(item, ItemState.PUBLISHED)
    item.state = ItemState.TAKEN_DOWN
    item.taken_down_at, item.taken_down_reason = uow.now, reason.strip()[:500]
    item.updated_at = uow.now
    uow.session.flush()
    uow.audit(
        "item.take_down",
        tenant_id=tenant_id,
        object_type="item",
        object_id=item.id,
        detail={"reason": reason},
    )
    uow.emit(CHANGED, item.id)
    return item


def mark_validity(
    uow: UnitOfWork,
    *,
    tenant_id: int,
    item_id: int,
    validity: str,
    reason: str,
    changed_by: int | None,
    decision: Decision = UNKNOWN_DECISION,
) -> Item:
    """Mark a published document on the original （47号）: amended, lapsed, repealed, or still in force.

    It is a new version, and no change of content: neither limits, counts nor the age of the column move.

    Raises:
        Invalid: when the validity is unknown or the reason is missing.
    """
    faults = []
    if validity not in VALIDITIES:
        faults.append(Fault("validity", "有效性选项无效", "请选择有效、已修改、失效或废止"))
    if not reason.strip():
        faults.append(Fault("reason", "未填写依据", "请写明作出决定的文件名称和文号"))
    if faults:
        raise Invalid(faults)
    item = get_item(uow, tenant_id=tenant_id, item_id=item_id, lock=True)
    expect_state(item, ItemState.PUBLISHED)
    item.validity = validity
    made_on = decision.made_on or shanghai_date(uow.now)
    item.repealed_date = made_on if validity == "repealed" else None
    item.decision_item_id = decision.item_id
    if decision.term is not None and validity in GOES_ON:
        item.valid_until = term_end(decision.term, start=made_on)
        # As a day: a span would be reckoned from the document's own day when it is revised.
        written = item.valid_until.isoformat() if item.valid_until else decision.term
        item.optional = item.optional | {"validity_period": written}
    item.changed_at, item.change_kind, item.change_reason = uow.now, VALIDITY_MARK, reason.strip()[:500]
    ledger = lock_ledger(uow, tenant_id=tenant_id)
    append_version(uow, ledger=ledger, item=item, body_html=None, published_by=changed_by)
    uow.audit("item.mark_validity", tenant_id=tenant_id, object_type="item", object_id=item.id)
    uow.emit(CHANGED, item.id)
    return item


def mark_counting(uow: UnitOfWork, item: Item, column: ContentColumn, published_at: datetime) -> None:
    """Decide whether an item counts to the monthly task (`supervision.md` section 2) and remember why not."""
    item.is_news = column.rule_type == "news"
    item.key_area_group = column.key_area_group
    item.counted_out_reason = ""
    if item.is_news:
        item.counted_out_reason = "工作动态类信息"
    elif item.is_reprint:
        item.counted_out_reason = "转载信息"
    elif _duplicate_before(uow, item, published_at):
        item.counted_out_reason = "与本单位十二个月内已发布信息重复"
    item.counts_to_quota = not item.counted_out_reason


def _duplicate_before(uow: UnitOfWork, item: Item, published_at: datetime) -> bool:
    values = {
        "unit": item.tenant_id, "item": item.id, "digest": item.text_digest, "number": item.document_number,
        "since": published_at - DUPLICATE_WINDOW, "until": published_at,
    }  # fmt: skip
    return uow.session.scalar(_DUPLICATE, values) is not None


def _replace_attachments(uow: UnitOfWork, item_id: int, revision_id: int) -> None:
    for old in uow.session.scalars(select(Attachment).where(Attachment.item_id == item_id)):
        uow.session.delete(old)
    for new in uow.session.scalars(select(Attachment).where(Attachment.item_id == revision_id)):
        new.item_id = item_id
    uow.session.flush()

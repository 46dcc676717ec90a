"""Reprints of joint documents （联合发文转载）: made from the lead's page by one button, approved by one reviewer.

A reprint names the lead as its agency, keeps its document and index numbers, and is not counted (条例 art. 10,
`catalog.md` section 1).
"""

from sqlalchemy import delete, select

from gongkai.accounts.actors import Actor
from gongkai.catalog.models import ContentColumn
from gongkai.core.errors import Conflict, Fault, Invalid, Refused
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.access import get_item
from gongkai.publishing.chain import submit
from gongkai.publishing.drafts import COPIED, create_draft, findings, form_of, save_draft, start_revision
from gongkai.publishing.links.models import JointReprint
from gongkai.publishing.links.originals import Original, is_true_copy, original_of
from gongkai.publishing.models import Attachment, Item
from gongkai.publishing.schemas import OPTIONAL_KEYS, ItemForm

REASON = "转载牵头机关已公开的联合发文，按原文照登。"
CHANGED_BY_LEAD = "牵头机关修改了原文，转载同步更新。"
OFFICE = "办公室"
"""The section that answers for a reprint made by somebody who belongs to none."""
_FALLBACKS = ("qtwj", "gsgg")
_TAKEN = tuple(name for name in COPIED if name in ItemForm.__dataclass_fields__ and name != "column_id")


def get_offer(uow: UnitOfWork, *, actor: Actor, reprint_id: int) -> JointReprint:
    """A joint document offered to the unit acted for, locked.

    Raises:
        NotFound: when it is missing or another unit's.
    """
    query = select(JointReprint).where(JointReprint.id == reprint_id, JointReprint.tenant_id == actor.tenant_id)
    return uow.one(query, lock=True, missing="转载事项不存在。")


def make_reprint(uow: UnitOfWork, *, actor: Actor, reprint_id: int, base_url: str) -> Item:
    """Make the reprint of a joint document, or the next version of it, and send it to its one reviewer.

    What the checks refuse stays a draft: the returned item's state tells.

    Raises:
        NotFound: when it is not offered to this unit.
        Conflict: when the source is gone, the reprint is in work, or it says already what the source says.
        Refused: when the unit has no column for it.
    """
    offer = get_offer(uow, actor=actor, reprint_id=reprint_id)
    original = original_of(uow, source_id=offer.source_id)
    if original is None:
        raise Conflict("牵头机关已撤下原文，不能转载。")
    if offer.item_id is None:
        item = create_draft(uow, actor=actor, form=_form(uow, actor, original))
        offer.item_id, offer.declined_reason = item.id, ""
    else:
        item = _next_version(uow, actor, offer, original)
    item.source_url = f"{base_url}/items/{original.item.id}"
    _copy_more(uow, item, original)
    uow.session.flush()
    uow.audit("item.reprint", tenant_id=item.tenant_id, object_type="item", object_id=item.id)
    faults = findings(uow, item)
    item.check_overrides = {fault.code: REASON for fault in faults if fault.level == "warn"}
    if not any(fault.level == "block" for fault in faults):
        submit(uow, actor=actor, item_id=item.id)
    return item


def decline_reprint(uow: UnitOfWork, *, actor: Actor, reprint_id: int, reason: str) -> JointReprint:
    """Record why the unit does not show a joint document; it can still be reprinted later.

    Raises:
        NotFound: when it is not offered to this unit.
        Conflict: when a reprint was made.
        Invalid: when the reason is missing.
    """
    offer = get_offer(uow, actor=actor, reprint_id=reprint_id)
    if offer.item_id is not None:
        raise Conflict("这份联合发文已经转载。不再转载的，请删除草稿或撤下转载信息。")
    if not reason.strip():
        raise Invalid([Fault("reason", "未填写不转载的理由", "请简要说明，如本单位网站不设相应栏目")])
    offer.declined_reason = reason.strip()[:500]
    uow.audit(
        "item.decline_reprint", tenant_id=offer.tenant_id, object_type="joint_reprint", object_id=offer.id,
        detail={"reason": offer.declined_reason},
    )  # fmt: skip
    return offer


def _form(uow: UnitOfWork, actor: Actor, original: Original, column_id: int | None = None) -> ItemForm:
    """The source's content as this unit's form."""
    values = {name: getattr(original.item, name) for name in _TAKEN}
    values |= {
        "column_id": column_id or _column(uow, actor, original),
        "body_html": original.body_html,
        "document_number": form_of(original.item).document_number,
        # What else the source keeps there （repairs of an old page） is about its own page.
        "optional": {key: value for key, value in original.item.optional.items() if key in OPTIONAL_KEYS},
        "origin": "joint",
        "is_reprint": True,
        "secrecy_cleared": True,
        "responsible_unit": actor.section or OFFICE,
    }
    return ItemForm(**values)


def _next_version(uow: UnitOfWork, actor: Actor, offer: JointReprint, original: Original) -> Item:
    current = get_item(uow, tenant_id=actor.tenant_id, item_id=offer.item_id or 0)
    if is_true_copy(uow, current):
        raise Conflict("转载内容与牵头机关现在公开的内容一致，无需更新。")
    revision = start_revision(uow, actor=actor, item_id=current.id, change_kind="content", reason=CHANGED_BY_LEAD)
    form = _form(uow, actor, original, column_id=current.column_id)
    return save_draft(uow, actor=actor, item_id=revision.id, form=form)


def _copy_more(uow: UnitOfWork, item: Item, original: Original) -> None:
    """What no form holds: whether the document is in force, and its files, which are the same stored bytes."""
    item.validity, item.repealed_date = original.item.validity, original.item.repealed_date
    uow.session.execute(delete(Attachment).where(Attachment.tenant_id == item.tenant_id, Attachment.item_id == item.id))
    uow.session.add_all(
        Attachment(
            tenant_id=item.tenant_id,
            item_id=item.id,
            digest=file["sha256"],
            filename=file["name"],
            media_type=file["media_type"],
            size_bytes=file["size"],
            sort_order=order * 10,
            uploaded_at=uow.now,
        )
        for order, file in enumerate(original.files, start=1)
    )


def _column(uow: UnitOfWork, actor: Actor, original: Original) -> int:
    """The unit's column for what stands in the source's column, else one for other documents or notices."""
    there = uow.session.get_one(ContentColumn, original.item.column_id)
    wanted = [there.code, there.code.partition("-")[0], *_FALLBACKS]
    rows = uow.session.execute(
        select(ContentColumn.code, ContentColumn.id).where(
            ContentColumn.tenant_id == actor.tenant_id,
            ContentColumn.code.in_(wanted),
            ContentColumn.active,
            ContentColumn.accepts_items,
        )
    )
    own: dict[str, int] = {row.code: row.id for row in rows}
    found = next((own[code] for code in wanted if code in own), None)
    if found is None:
        raise Refused(f"本单位没有与“{there.name}”对应的在用栏目，不能转载。请由单位管理员先增设栏目。")
    return found

"""Writing: drafts are made, saved, revised, and checked before they are submitted."""

from datetime import date, timedelta

from sqlalchemy import select

from gongkai.accounts.actors import Actor
from gongkai.catalog.models import ContentColumn
from gongkai.catalog.services import get_column
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.store import load_calendar
from gongkai.core.errors import Conflict, Fault, Invalid, Refused
from gongkai.core.richtext.digest import text_digest
from gongkai.core.richtext.errors import TextTooLong
from gongkai.core.richtext.plain import to_text
from gongkai.core.richtext.sanitising import sanitise
from gongkai.core.text.document_numbers import normalise
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.access import expect_state, expect_version, get_item
from gongkai.publishing.checks import DOCUMENT_COLUMNS, CheckInput, run_checks
from gongkai.publishing.lifecycle import changes, errata
from gongkai.publishing.lifecycle.terms import term_end
from gongkai.publishing.likeness.columns import is_compared
from gongkai.publishing.likeness.queries import published_like
from gongkai.publishing.limits import publication_limit
from gongkai.publishing.links.agencies import other_agency
from gongkai.publishing.links.plans import gap
from gongkai.publishing.models import Attachment, Item, ItemStep, VersionText
from gongkai.publishing.schemas import OPTIONAL_KEYS, ItemForm
from gongkai.publishing.states import ItemState
from gongkai.publishing.terms.checks import content_faults

DUPLICATE_WINDOW = timedelta(days=365)
COPIED = (
    "column_id", "title", "summary", "document_number", "document_number_original", "issuing_agency", "formed_date",
    "effective_date", "display_until", "valid_until", "validity", "repealed_date", "decision_item_id",
    "disclosure_mode", "withheld_reason", "subject_class", "genre_class", "origin", "is_reprint", "secrecy_cleared",
    "responsible_unit", "optional",
)  # fmt: skip


def create_draft(uow: UnitOfWork, *, actor: Actor, form: ItemForm) -> Item:
    """A new draft of the unit acted for.

    Raises:
        NotFound: when the column is not this unit's.
        Invalid: when the column takes no items.
        Refused: when the unit has ended.
    """
    if actor.receiver_id is not None:
        raise Refused("原单位已撤销，不能再以原单位名义新建信息。请切换到本单位后新建。")
    item = Item(
        tenant_id=actor.tenant_id,
        state=ItemState.DRAFT,
        entry_route="chain",
        created_by=actor.user_id,
        handler_id=actor.user_id,
        created_at=uow.now,
        updated_at=uow.now,
        author_ids=[],
        lock_version=0,
    )
    _fill(uow, item, form)
    wrote(item, actor)
    uow.session.add(item)
    uow.session.flush()
    uow.audit("item.create", tenant_id=item.tenant_id, object_type="item", object_id=item.id)
    return item


def take_in(uow: UnitOfWork, *, tenant_id: int, form: ItemForm) -> Item:
    """A draft that a unit's document system sent: nobody here wrote it yet, whoever carries it on becomes its author.

    It may stand in a closed column, where it waits to be filed: the editor keeps nothing without an open one.

    Raises:
        NotFound: when the column is not the unit's.
    """
    item = Item(
        tenant_id=tenant_id,
        state=ItemState.DRAFT,
        entry_route="intake",
        created_at=uow.now,
        updated_at=uow.now,
        author_ids=[],
        lock_version=1,
    )
    _set(uow, item, form, get_column(uow, tenant_id=tenant_id, column_id=form.column_id))
    uow.session.add(item)
    uow.session.flush()
    uow.audit("item.create", tenant_id=tenant_id, object_type="item", object_id=item.id)
    return item


def save_draft(uow: UnitOfWork, *, actor: Actor, item_id: int, form: ItemForm, lock_version: int | None = None) -> Item:
    """Save the editor's content; the person becomes one of the authors.

    Raises:
        NotFound: when the item is not this unit's.
        Conflict: when it is no draft, or was saved by somebody else in the meantime.
    """
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    expect_state(item, ItemState.DRAFT)
    expect_version(item, lock_version)
    _fill(uow, item, form)
    wrote(item, actor)
    item.updated_at = uow.now
    uow.session.flush()
    return item


def override_warnings(uow: UnitOfWork, *, actor: Actor, item_id: int, reasons: dict[str, str]) -> Item:
    """Keep the written reasons with which warnings are overridden; the reviewers see them."""
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    expect_state(item, ItemState.DRAFT)
    item.check_overrides = {code: reason.strip()[:500] for code, reason in reasons.items() if reason.strip()}
    wrote(item, actor)
    return item


def delete_draft(uow: UnitOfWork, *, actor: Actor, item_id: int) -> None:
    """Throw a draft away that was never submitted.

    Raises:
        Conflict: when it is no draft, or has a history.
    """
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    expect_state(item, ItemState.DRAFT)
    throw_away(uow, item=item)


def throw_away(uow: UnitOfWork, *, item: Item) -> None:
    """Delete a draft with its files.

    Raises:
        Conflict: when it has a history.
    """
    if uow.session.scalar(select(ItemStep.id).where(ItemStep.item_id == item.id).limit(1)):
        raise Conflict("这条信息已有审查记录，不能删除。")
    for attachment in uow.session.scalars(select(Attachment).where(Attachment.item_id == item.id)):
        uow.session.delete(attachment)
    uow.session.flush()
    uow.session.delete(item)
    uow.audit("item.delete", tenant_id=item.tenant_id, object_type="item", object_id=item.id)


def start_revision(
    uow: UnitOfWork, *, actor: Actor, item_id: int, change_kind: str, reason: str, change_date: date | None = None
) -> Item:
    """A draft of the next version of a published item; the published one stays as it is until it is approved.

    `change_date` is the day on which what it describes changed, today if not given; an erratum has none.

    Raises:
        Conflict: when the item is not published, or a revision is under way.
        Invalid: when the kind is not one for the item's column, the reason is missing, or the day has not come.
    """
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    expect_state(item, ItemState.PUBLISHED)
    column = get_column(uow, tenant_id=item.tenant_id, column_id=item.column_id)
    today = shanghai_date(uow.now)
    changes.check_kind(column, change_kind=change_kind, reason=reason, change_date=change_date, today=today)
    open_states = (ItemState.PUBLISHED, ItemState.WITHHELD, ItemState.ON_REQUEST, ItemState.TAKEN_DOWN)
    under_way = uow.session.scalar(
        select(Item.id).where(Item.revises_id == item_id, Item.state.not_in(open_states)).limit(1)
    )
    if under_way is not None:
        raise Conflict("这条信息已有一份修改稿正在办理，请在该修改稿上继续。")
    revision = Item(
        tenant_id=item.tenant_id,
        revises_id=item.id,
        state=ItemState.DRAFT,
        entry_route="chain",
        change_kind=change_kind,
        change_reason=reason.strip()[:500],
        change_date=None if change_kind == "erratum" else change_date or today,
        created_by=actor.user_id,
        handler_id=actor.user_id,
        created_at=uow.now,
        updated_at=uow.now,
        author_ids=[actor.user_id],
        body_html=current_text(uow, item),
        **{name: getattr(item, name) for name in COPIED},
    )
    revision.publish_due_date = due_date(uow, item=revision, form=form_of(revision), column=column)
    uow.session.add(revision)
    uow.session.flush()
    copy_attachments(uow, from_id=item.id, to=revision)
    uow.audit("item.revise", tenant_id=item.tenant_id, object_type="item", object_id=item.id)
    return revision


def take_as_content(uow: UnitOfWork, *, actor: Actor, item_id: int) -> Item:
    """Let an erratum that turned out to change more go the way of a change of content, which began today.

    Raises:
        Conflict: when it is no draft of an erratum.
    """
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    expect_state(item, ItemState.DRAFT)
    if item.revises_id is None or item.change_kind != "erratum":
        raise Conflict("这不是勘误的修改稿。请刷新页面查看最新状态。")
    item.change_kind, item.change_date = "content", shanghai_date(uow.now)
    column = get_column(uow, tenant_id=item.tenant_id, column_id=item.column_id)
    item.publish_due_date = due_date(uow, item=item, form=form_of(item), column=column)
    wrote(item, actor)
    uow.audit("item.take_as_content", tenant_id=item.tenant_id, object_type="item", object_id=item.id)
    return item


def findings(uow: UnitOfWork, item: Item, form: ItemForm | None = None) -> list[Fault]:
    """What the checks say of an item's working copy now, or of `form` before it is saved.

    Raises:
        NotFound: when the form's column is not this unit's.
        Invalid: when the form's text is too long.
    """
    text_html = item.body_html if form is None else _clean(form.body_html)
    form = form or form_of(item)
    column = get_column(uow, tenant_id=item.tenant_id, column_id=form.column_id)
    text = to_text(text_html)
    number = normalise(form.document_number) or form.document_number
    names = uow.session.scalars(select(Attachment.filename).where(Attachment.item_id == item.id)).all()
    today = shanghai_date(uow.now)
    due = due_date(uow, item=item, form=form, column=column)
    found = run_checks(
        CheckInput(
            form=form,
            template_code=column.template_code,
            text=text,
            attachment_names=names,
            today=today,
            publish_due_date=due,
            duplicate_of=_other_title(uow, item, Item.text_digest == text_digest(form.title, text)),
            similar_to=_similar_to(uow, item, column, text),
            number_used_by=_other_title(uow, item, Item.document_number == number) if number else None,
            original_gone=original_gone(uow, item),
            large_erratum=_large_erratum(uow, item, form, text),
            interpretation_gap=gap(uow, item, due=due) if _to_be_interpreted(item, form, column) else "",
            other_agency=other_agency(uow, tenant_id=item.tenant_id, form=form),
        )
    )
    found += content_faults(uow, tenant_id=item.tenant_id, item_id=item.id, form=form, text=text, today=today)
    return sorted(found, key=lambda fault: fault.level != "block")


def _similar_to(uow: UnitOfWork, item: Item, column: ContentColumn, text: str) -> str | None:
    """Title of the public item of the last twelve months that a text is nearly equal to, where that is looked for."""
    if not is_compared(column):
        return None
    own = [one for one in (item.id, item.revises_id) if one]
    return published_like(uow, tenant_id=item.tenant_id, words=text, since=uow.now - DUPLICATE_WINDOW, own=own)


def _to_be_interpreted(item: Item, form: ItemForm, column: ContentColumn) -> bool:
    """Whether it is a document of the unit's own that goes to the public for the first time."""
    first = item.revises_id is None and not form.is_reprint
    return first and form.disclosure_mode == "proactive" and column.template_code in DOCUMENT_COLUMNS


def original_gone(uow: UnitOfWork, item: Item) -> bool:
    """Whether a revision's item is no longer public, so that the revision can never be published."""
    if item.revises_id is None:
        return False
    return get_item(uow, tenant_id=item.tenant_id, item_id=item.revises_id).state != ItemState.PUBLISHED


def _large_erratum(uow: UnitOfWork, item: Item, form: ItemForm, text: str) -> str:
    if item.revises_id is None or item.change_kind != "erratum":
        return ""
    before = get_item(uow, tenant_id=item.tenant_id, item_id=item.revises_id)
    old_text = to_text(current_text(uow, before))
    files = (attached(uow, before.id), attached(uow, item.id))
    return errata.too_large(before, form, old_text=old_text, new_text=text, files_differ=files[0] != files[1])


def current_text(uow: UnitOfWork, item: Item) -> str:
    """The text of a published item's current version; empty where there is none."""
    query = select(VersionText.body_html).where(VersionText.version_id == item.current_version_id)
    return uow.session.scalar(query) or ""


def attached(uow: UnitOfWork, item_id: int) -> list[tuple[str, str]]:
    """Name and digest of an item's files, in the order of their names."""
    query = select(Attachment.filename, Attachment.digest).where(Attachment.item_id == item_id)
    return sorted((row.filename, row.digest) for row in uow.session.execute(query))


def due_date(uow: UnitOfWork, *, item: Item, form: ItemForm, column: ContentColumn) -> date | None:
    """By when what the form describes must be public; None until it has a date of formation.

    A change of content or of static information has its limit from the change on, an erratum has none
    (条例 art. 26; `catalog.md` section 1, `change_kind`); so has what was withheld and is to be public now.
    """
    start = item.change_date or form.formed_date
    if item.revises_id is not None:
        start = None if item.change_kind == "erratum" else item.change_date or shanghai_date(item.created_at)
    if start is None:
        return None
    calendar = load_calendar(uow, tenant_id=item.tenant_id)
    return publication_limit(calendar, formed_date=start, template_code=column.template_code).due.date


def form_of(item: Item) -> ItemForm:
    """The content of an item as the editor knows it."""
    names = ItemForm.__dataclass_fields__
    values = {name: getattr(item, name) for name in names if name != "document_number"}
    return ItemForm(**values, document_number=item.document_number_original or item.document_number)


def _fill(uow: UnitOfWork, item: Item, form: ItemForm) -> None:
    column = get_column(uow, tenant_id=item.tenant_id, column_id=form.column_id)
    if not column.accepts_items or not column.active:
        raise Invalid([Fault("column_id", f"“{column.name}”不是末级栏目或已关闭", "请选择最末一级的在用栏目")])
    _set(uow, item, form, column)


def _set(uow: UnitOfWork, item: Item, form: ItemForm, column: ContentColumn) -> None:
    # Sanitised before anything is set: a text that is refused leaves the item as it was.
    body_html = _clean(form.body_html)
    # What no form shows is how a migrated item came here （repairs of an old page）: it stays whoever revises it.
    kept = {key: value for key, value in (item.optional or {}).items() if key not in OPTIONAL_KEYS}
    for name in ItemForm.__dataclass_fields__:
        setattr(item, name, getattr(form, name))
    item.optional = kept | form.optional
    item.body_html = body_html
    item.document_number_original = form.document_number
    item.document_number = normalise(form.document_number) or form.document_number
    item.text_digest = text_digest(item.title, to_text(body_html))
    written = str(form.optional.get("validity_period", ""))
    item.valid_until = term_end(written, start=form.effective_date or form.formed_date)
    item.publish_due_date = due_date(uow, item=item, form=form, column=column)


def _clean(body_html: str) -> str:
    try:
        return sanitise(body_html)
    except TextTooLong as refusal:
        raise Invalid([Fault("body_html", refusal.message.removesuffix("。"))]) from refusal


def wrote(item: Item, actor: Actor) -> None:
    """Make the person one of the item's authors; a page opened before this is out of date."""
    if actor.user_id not in item.author_ids:
        item.author_ids = [*item.author_ids, actor.user_id]
    item.lock_version += 1


def _other_title(uow: UnitOfWork, item: Item, condition: object) -> str | None:
    """Title of another public item of the unit that meets `condition`, published within twelve months."""
    return uow.session.scalar(
        select(Item.title)
        .where(
            Item.tenant_id == item.tenant_id,
            Item.is_public,
            Item.id != (item.revises_id or item.id),
            Item.id != item.id,
            Item.published_at > uow.now - DUPLICATE_WINDOW,
            condition,  # type: ignore[arg-type]
        )
        .limit(1)
    )


def copy_attachments(uow: UnitOfWork, *, from_id: int, to: Item) -> None:
    """Give an item the files of another one; they are the same stored bytes."""
    for original in uow.session.scalars(select(Attachment).where(Attachment.item_id == from_id)):
        uow.session.add(
            Attachment(
                tenant_id=to.tenant_id,
                item_id=to.id,
                digest=original.digest,
                filename=original.filename,
                media_type=original.media_type,
                size_bytes=original.size_bytes,
                sort_order=original.sort_order,
                uploaded_by=original.uploaded_by,
                uploaded_at=original.uploaded_at,
            )
        )

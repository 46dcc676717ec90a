"""Bringing drafts: they enter the review chain as if their importer had typed them."""

from collections.abc import Sequence

from sqlalchemy import select

from gongkai.accounts.actors import Actor, act, posts_of
from gongkai.accounts.models import User
from gongkai.accounts.permissions import Permission
from gongkai.core.errors import Forbidden
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.access import expect_state, get_item
from gongkai.publishing.drafts import create_draft, findings, wrote
from gongkai.publishing.imports.checks import PreparedRow
from gongkai.publishing.imports.existing import only_new
from gongkai.publishing.imports.filling import file_values, files_added
from gongkai.publishing.imports.results import ImportResult
from gongkai.publishing.models import Attachment, Item
from gongkai.publishing.schemas import FIELD_LABELS, ItemForm
from gongkai.publishing.states import ItemState
from gongkai.publishing.terms.texts import ADDED

DRAFT_CHUNK = 50
_NOT_OF_THE_LIST = frozenset({"secrecy", "attachment_waiting"})
"""Nobody can declare in a list that an item is no secret: each author confirms it in the editor. Files are read after
the import."""


def importer(uow: UnitOfWork, *, user_id: int | None, tenant_id: int) -> Actor:
    """The person who imports, at work for the unit; enters their scope.

    Raises:
        Forbidden: when the person cannot write for the unit (any more).
    """
    name = uow.session.scalar(select(User.name).where(User.id == user_id, User.active))
    if user_id is not None and name is not None:
        posts = posts_of(uow, user_id=user_id)
        actor = act(uow, user_id=user_id, name=name, posts=posts, tenant_id=tenant_id)
        if actor is not None and actor.tenant_id == tenant_id and actor.may(Permission.ITEMS_WRITE):
            return actor
    raise Forbidden("导入人已不在本单位任职，或没有起草信息的权限；请由本单位信息员重新导入。")


def draft_chunk(
    uow: UnitOfWork,
    *,
    tenant_id: int,
    batch_id: int,
    by: int | None,
    rows: Sequence[PreparedRow],
    dry_run: bool,
    result: ImportResult,
) -> None:
    """Create drafts from rows without faults of their own; what the checks find of each goes into the report.

    Raises:
        Forbidden: when `by` cannot import for the unit.
    """
    actor = importer(uow, user_id=by, tenant_id=tenant_id)
    found = only_new(uow, tenant_id=tenant_id, batch_id=batch_id, rows=rows, result=result, state=ItemState.DRAFT)
    for row, item_id in found.lacking:
        result.changed += 1
        result.hints.append((row.given.number, row.place.unit.name, row.given.row.title, files_added(row)))
        if not dry_run:
            _fill(uow, actor, item_id, row, by)
    for row in found.fresh:
        result.created += 1
        about = (row.given.number, row.place.unit.name, row.given.row.title)
        result.hints.extend((*about, hint) for hint in row.hints)
        if dry_run:
            continue
        item = create_draft(uow, actor=actor, form=_form(row))
        item.validity, item.repealed_date = row.given.row.validity, row.given.row.repealed_date
        _attach(uow, item, row, by)
        item.batch_id, item.external_key, item.source_url = batch_id, row.key, row.given.row.source_url
        for fault in findings(uow, item):
            if fault.code not in _NOT_OF_THE_LIST:
                result.hints.append((*about, f"{FIELD_LABELS.get(fault.field, '')}：{fault.message}"))
    uow.session.flush()


def _fill(uow: UnitOfWork, actor: Actor, item_id: int, row: PreparedRow, by: int | None) -> None:
    """Add the files to a draft that an earlier import brought without them."""
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    expect_state(item, ItemState.DRAFT)
    _attach(uow, item, row, by)
    wrote(item, actor)
    item.updated_at = uow.now
    detail = {"files": len(row.files)}
    uow.audit("item.add_files", tenant_id=item.tenant_id, object_type="item", object_id=item.id, detail=detail)


def _attach(uow: UnitOfWork, item: Item, row: PreparedRow, by: int | None) -> None:
    attached = [Attachment(tenant_id=item.tenant_id, item_id=item.id, **values) for values in file_values(uow, row, by)]
    uow.session.add_all(attached)
    uow.session.flush()
    for attachment in attached:
        uow.emit(ADDED, attachment.id)


def _form(row: PreparedRow) -> ItemForm:
    given = row.given.row
    return ItemForm(
        column_id=row.place.column.id,
        title=given.title,
        document_number=given.document_number,
        issuing_agency=given.issuing_agency,
        formed_date=given.formed_date,
        effective_date=given.effective_date,
        summary=given.summary,
        body_html=row.body_html,
        subject_class=row.subject_class,
        genre_class=given.genre_class,
        disclosure_mode=given.disclosure_mode,
        is_reprint=given.is_reprint,
        responsible_unit=given.responsible_unit,
        optional=given.optional,
    )

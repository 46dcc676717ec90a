"""Columns that come to a unit with the functions of another one."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from gongkai.catalog.models import ColumnSuccession, ContentColumn
from gongkai.catalog.services import CHANGED, close_column, reopen_column
from gongkai.core.uow import UnitOfWork

_COPIED = (
    "code", "name", "part", "statutory_item", "update_period", "rule_type", "key_area_group", "owner_role",
    "description", "sort_order", "accepts_items", "template_code",
)  # fmt: skip


def template_columns(uow: UnitOfWork, *, tenant_id: int) -> Sequence[ContentColumn]:
    """The open columns of a unit that the template gave and that take items, in display order; the guide left out."""
    query = (
        select(ContentColumn)
        .where(
            ContentColumn.tenant_id == tenant_id, ContentColumn.active, ContentColumn.accepts_items,
            ContentColumn.template_code.is_not(None), ContentColumn.part != "guide",
        )
        .order_by(ContentColumn.sort_order, ContentColumn.id)
    )  # fmt: skip
    return uow.session.scalars(query).all()


def lacking(uow: UnitOfWork, *, tenant_id: int, codes: Collection[str]) -> list[str]:
    """Which of these template columns a unit does not have open, by code."""
    query = select(ContentColumn.code).where(
        ContentColumn.tenant_id == tenant_id, ContentColumn.active, ContentColumn.code.in_(codes)
    )
    return sorted(set(codes) - set(uow.session.scalars(query)))


def adopt_columns(uow: UnitOfWork, *, tenant_id: int, from_id: int, codes: Collection[str]) -> list[str]:
    """Give a unit these template columns of another one, with those above them; a closed one is opened again.

    Returns the names of the columns that were added or opened.
    """
    theirs, own = _columns(uow, from_id), {column.code: column for column in _columns(uow, tenant_id)}
    by_id = {column.id: column for column in theirs}
    wanted = set(codes)
    for column in reversed(theirs):
        if column.code in wanted and column.parent_id is not None:
            wanted.add(by_id[column.parent_id].code)
    named = []
    for column in (column for column in theirs if column.code in wanted):
        known = own.get(column.code)
        if known is None:
            above = by_id[column.parent_id] if column.parent_id is not None else None
            known = own[column.code] = _copy(uow, column, tenant_id, own[above.code] if above else None)
        elif not known.active:
            reopen_column(uow, tenant_id=tenant_id, column_id=known.id)
        else:
            continue
        named.append(known.name)
    return named


def pass_column(uow: UnitOfWork, *, passed: ColumnSuccession, close: bool) -> None:
    """Record that a column's function passed on; with `close` nothing new goes into it and the unit's own below it.

    A column that is required of every unit of the kind stays open.
    """
    uow.session.add(passed)
    code = passed.column_code
    columns = [
        column
        for column in _columns(uow, passed.tenant_id)
        if column.code == code or column.code.startswith(f"{code}-")
    ]
    detail = {"to": passed.successor_id, "code": code, "date": passed.effective_date.isoformat()}
    uow.audit(
        "column.pass_on", tenant_id=passed.tenant_id, object_type="content_column", object_id=columns[0].id,
        detail=detail,
    )  # fmt: skip
    if close and not columns[0].required:
        for column in reversed(columns):
            close_column(uow, tenant_id=passed.tenant_id, column_id=column.id)


def _columns(uow: UnitOfWork, tenant_id: int) -> Sequence[ContentColumn]:
    query = select(ContentColumn).where(ContentColumn.tenant_id == tenant_id)
    return uow.session.scalars(query.order_by(ContentColumn.level, ContentColumn.sort_order, ContentColumn.id)).all()


def _copy(uow: UnitOfWork, original: ContentColumn, tenant_id: int, above: ContentColumn | None) -> ContentColumn:
    column = ContentColumn(
        tenant_id=tenant_id,
        parent_id=above.id if above else None,
        level=1 if above is None else above.level + 1,
        required=False,
        created_at=uow.now,
        **{name: getattr(original, name) for name in _COPIED},
    )
    uow.session.add(column)
    uow.session.flush()
    uow.audit(
        "column.adopt", tenant_id=tenant_id, object_type="content_column", object_id=column.id,
        detail={"from": original.tenant_id, "name": column.name},
    )  # fmt: skip
    uow.emit(CHANGED, column.id)
    return column

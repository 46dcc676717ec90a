"""What happens to a unit's catalogue: it gets its template, columns are added, changed, closed."""

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import func, select

from gongkai.accounts.queries import members
from gongkai.catalog.column_templates import template_for
from gongkai.catalog.models import INBOX_CODE, ContentColumn
from gongkai.catalog.schemas import ColumnForm, section_faults
from gongkai.core.errors import Fault, Invalid, NotFound, Refused
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.kinds import TenantType
from gongkai.tenancy.models import Tenant

CHANGED = "column.changed"
"""Outbox event: name, place or openness of a column changed."""
DEEPEST = 4


def provision_columns(uow: UnitOfWork, *, tenant_id: int) -> int:
    """Give a unit the columns of its template that it does not have yet; returns how many were added."""
    tenant = uow.session.get(Tenant, tenant_id)
    if tenant is None:
        raise NotFound("单位不存在。")
    known: dict[str, ContentColumn] = {
        column.code: column
        for column in uow.session.scalars(select(ContentColumn).where(ContentColumn.tenant_id == tenant_id))
    }
    added = 0
    for position, row in enumerate(template_for(TenantType(tenant.tenant_type))):
        if row.code in known:
            continue
        parent = known.get(row.parent)
        column = ContentColumn(
            tenant_id=tenant_id,
            parent_id=parent.id if parent else None,
            code=row.code,
            name=row.name,
            level=1 if parent is None else parent.level + 1,
            part=row.part,
            statutory_item=row.statutory_item,
            update_period=row.update_period,
            rule_type=row.rule_type,
            key_area_group=row.key_area_group,
            required=row.required,
            owner_role=row.owner_role,
            description=row.description,
            sort_order=position * 10,
            accepts_items=row.accepts_items,
            template_code=row.code,
            created_at=uow.now,
        )
        uow.session.add(column)
        if not row.accepts_items:
            uow.session.flush()
        known[row.code] = column
        added += 1
    uow.session.flush()
    return added


def get_column(uow: UnitOfWork, *, tenant_id: int, column_id: int, lock: bool = False) -> ContentColumn:
    """A column of this unit, locked for the transaction if asked.

    Raises:
        NotFound: when it is missing or another unit's.
    """
    query = select(ContentColumn).where(ContentColumn.id == column_id, ContentColumn.tenant_id == tenant_id)
    return uow.one(query, lock=lock, missing="栏目不存在。")


def add_column(uow: UnitOfWork, *, tenant_id: int, parent_id: int, form: ColumnForm) -> ContentColumn:
    """Add a column below one of the unit's columns; it inherits part, rule type and key-area group.

    Raises:
        NotFound: when the parent is not this unit's.
        Refused: when nothing may stand below the parent.
        Invalid: naming each field; when a sister has the same name.
    """
    parent = get_column(uow, tenant_id=tenant_id, column_id=parent_id, lock=True)
    refuse_below(parent)
    form.check()
    _expect_member(uow, tenant_id, form.responsible_user_id)
    sisters = _sisters(uow, tenant_id, parent_id)
    _refuse_same_name(f"“{parent.name}”下", form.name, [sister.name for sister in sisters])
    column = ContentColumn(
        tenant_id=tenant_id,
        parent_id=parent_id,
        code=_free_code(uow, tenant_id, parent.code),
        name=form.name,
        level=parent.level + 1,
        part=parent.part,
        statutory_item=parent.statutory_item,
        update_period=form.update_period,
        rule_type=parent.rule_type,
        key_area_group=parent.key_area_group,
        required=False,
        owner_role=parent.owner_role,
        responsible_section=form.responsible_section,
        responsible_user_id=form.responsible_user_id,
        description=form.description,
        sort_order=max((sister.sort_order for sister in sisters), default=0) + 10,
        accepts_items=True,
        created_at=uow.now,
    )
    uow.session.add(column)
    uow.session.flush()
    uow.audit(
        "column.add",
        tenant_id=tenant_id,
        object_type="content_column",
        object_id=column.id,
        detail={"name": form.name},
    )
    return column


def refuse_below(parent: ContentColumn) -> None:
    """Refuse a parent below which no column may stand.

    Raises:
        Refused: saying why.
    """
    if not parent.active:
        raise Refused(f"“{parent.name}”已关闭，不能再增设下级栏目；请先恢复该栏目。")
    if parent.part == "guide":
        raise Refused("公开指南是一份固定格式的文件，请在“公开指南”中编写，不能增设下级栏目。")
    if parent.level >= DEEPEST:
        raise Refused(f"栏目最多{DEEPEST}级，“{parent.name}”下不能再增设；请在上一级栏目下增设。")


def edit_column(uow: UnitOfWork, *, tenant_id: int, column_id: int, form: ColumnForm) -> ContentColumn:
    """Change a column: all of one's own, who answers for it only of one that the template gave.

    Raises:
        NotFound: when it is not this unit's.
        Invalid: naming each field; when a sister has the same name.
    """
    column = get_column(uow, tenant_id=tenant_id, column_id=column_id, lock=True)
    before = _told(column)
    if column.template_code is not None:
        if faults := section_faults(form.responsible_section):
            raise Invalid(faults)
    else:
        form.check()
        sisters = [sister for sister in _sisters(uow, tenant_id, column.parent_id) if sister.id != column_id]
        _refuse_same_name("同级栏目中", form.name, [sister.name for sister in sisters])
        column.name, column.description = form.name, form.description
        column.update_period = form.update_period
    if form.responsible_user_id != column.responsible_user_id:
        _expect_member(uow, tenant_id, form.responsible_user_id)
    column.responsible_section, column.responsible_user_id = form.responsible_section, form.responsible_user_id
    changed = {key: value for key, value in _told(column).items() if value != before[key]}
    if changed:
        _changed(uow, column, "column.edit", {"before": {key: before[key] for key in changed}, "after": changed})
    return column


def move_column(uow: UnitOfWork, *, tenant_id: int, column_id: int, direction: Literal["up", "down"]) -> ContentColumn:
    """Move a column of the unit's own one place among its sisters; at the end of the row nothing happens.

    Raises:
        NotFound: when it is not this unit's.
        Refused: when the template gave it.
    """
    column = get_column(uow, tenant_id=tenant_id, column_id=column_id)
    if column.template_code is not None:
        raise Refused(f"“{column.name}”的位置由全市（州）统一的栏目模板规定，不能移动。")
    if column.parent_id is not None:
        get_column(uow, tenant_id=tenant_id, column_id=column.parent_id, lock=True)
    row = list(_sisters(uow, tenant_id, column.parent_id))
    at = row.index(column)
    to = at + (1 if direction == "down" else -1)
    if 0 <= to < len(row):
        row[at], row[to] = row[to], row[at]
        for position, sister in enumerate(row):
            sister.sort_order = position * 10
        _changed(uow, column, "column.move", {"direction": direction})
    return column


def close_column(uow: UnitOfWork, *, tenant_id: int, column_id: int) -> ContentColumn:
    """Close a column; what was published in it stays readable.

    Raises:
        NotFound: when it is not this unit's.
        Refused: when the template requires it, or columns below it are open.
    """
    column = get_column(uow, tenant_id=tenant_id, column_id=column_id, lock=True)
    if column.required:
        raise Refused(f"“{column.name}”是法定栏目，不能关闭或删除；如确无此类信息，请保留栏目。")
    if uow.session.scalar(
        select(ContentColumn.id).where(
            ContentColumn.tenant_id == tenant_id, ContentColumn.parent_id == column_id, ContentColumn.active
        )
    ):
        raise Refused(f"“{column.name}”下还有在用的栏目，请先关闭下级栏目。")
    if column.active:
        column.active = False
        _changed(uow, column, "column.close", {})
    return column


def reopen_column(uow: UnitOfWork, *, tenant_id: int, column_id: int) -> ContentColumn:
    """Open a closed column again.

    Raises:
        NotFound: when it is not this unit's.
        Refused: when the column above it is closed, or it is the inbox.
    """
    column = get_column(uow, tenant_id=tenant_id, column_id=column_id, lock=True)
    if column.code == INBOX_CODE:
        raise Refused(f"“{column.name}”只用于存放公文系统送来、尚未归类的公文，不能启用。")
    if column.parent_id is not None:
        parent = get_column(uow, tenant_id=tenant_id, column_id=column.parent_id)
        if not parent.active:
            raise Refused(f"上级栏目“{parent.name}”已关闭，请先恢复上级栏目。")
    if not column.active:
        column.active = True
        _changed(uow, column, "column.reopen", {})
    return column


def _sisters(uow: UnitOfWork, tenant_id: int, parent_id: int | None) -> Sequence[ContentColumn]:
    """The columns below one parent, closed ones too, in display order."""
    query = (
        select(ContentColumn)
        .where(ContentColumn.tenant_id == tenant_id, ContentColumn.parent_id.is_not_distinct_from(parent_id))
        .order_by(ContentColumn.sort_order, ContentColumn.id)
    )
    return uow.session.scalars(query).all()


def _refuse_same_name(place: str, name: str, taken: Sequence[str]) -> None:
    if name in taken:
        raise Invalid([Fault("name", f"{place}已有同名栏目", "请换一个名称")])


def _expect_member(uow: UnitOfWork, tenant_id: int, user_id: int | None) -> None:
    if user_id is not None and not members(uow, tenant_id=tenant_id, user_id=user_id):
        raise Invalid([Fault("responsible_user_id", "责任人不是本单位在岗人员", "请从列表中选择")])


def _told(column: ContentColumn) -> dict[str, object]:
    names = ("name", "update_period", "description", "responsible_section", "responsible_user_id")
    return {name: getattr(column, name) for name in names}


def _changed(uow: UnitOfWork, column: ContentColumn, action: str, detail: dict[str, object]) -> None:
    uow.session.flush()
    uow.audit(action, tenant_id=column.tenant_id, object_type="content_column", object_id=column.id, detail=detail)
    uow.emit(CHANGED, column.id)


def _free_code(uow: UnitOfWork, tenant_id: int, parent_code: str) -> str:
    taken: Sequence[str] = uow.session.scalars(
        select(ContentColumn.code).where(
            ContentColumn.tenant_id == tenant_id, func.starts_with(ContentColumn.code, parent_code + "-")
        )
    ).all()
    numbers = [int(code.rpartition("-")[2]) for code in taken if code.rpartition("-")[2].isdigit()]
    return f"{parent_code}-{max(numbers, default=0) + 1}"

"""What happens to a unit's catalogue: it gets its template, columns are added, changed, closed."""

from collections.abc import Sequence

from sqlalchemy import func, select

from gongkai.catalog.models import ContentColumn
from gongkai.catalog.templates import template_for
from gongkai.core.errors import Fault, Invalid, NotFound, Refused
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.kinds import TenantType
from gongkai.tenancy.models import Tenant


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


def get_column(uow: UnitOfWork, *, tenant_id: int, column_id: int) -> ContentColumn:
    """A column of this unit.

    Raises:
        NotFound: when it is missing or another unit's.
    """
    found = uow.session.scalar(
        select(ContentColumn).where(ContentColumn.id == column_id, ContentColumn.tenant_id == tenant_id)
    )
    if found is None:
        raise NotFound("栏目不存在。")
    return found


def add_column(
    uow: UnitOfWork, *, tenant_id: int, parent_id: int, name: str, update_period: str, description: str = ""
) -> ContentColumn:
    """Add a column below one of the unit's columns; it inherits part, rule type and key-area group.

    Raises:
        NotFound: when the parent is not this unit's.
        Invalid: when a sister has the same name, or the tree would be deeper than four levels.
    """
    parent = get_column(uow, tenant_id=tenant_id, column_id=parent_id)
    name = name.strip()
    sisters = uow.session.scalars(
        select(ContentColumn.name).where(ContentColumn.tenant_id == tenant_id, ContentColumn.parent_id == parent_id)
    ).all()
    faults = []
    if not name or len(name) > 40:
        faults.append(Fault("name", "栏目名称须为1至40个字", "请重新填写"))
    if name in sisters:
        faults.append(Fault("name", f"“{parent.name}”下已有同名栏目", "请换一个名称"))
    if parent.level >= 4:
        faults.append(Fault("parent_id", "栏目最多四级", "请选择上一级栏目"))
    if faults:
        raise Invalid(faults)
    column = ContentColumn(
        tenant_id=tenant_id,
        parent_id=parent_id,
        code=_free_code(uow, tenant_id, parent.code),
        name=name,
        level=parent.level + 1,
        part=parent.part,
        statutory_item=parent.statutory_item,
        update_period=update_period,
        rule_type=parent.rule_type,
        key_area_group=parent.key_area_group,
        required=False,
        owner_role=parent.owner_role,
        description=description,
        sort_order=len(sisters) * 10,
        accepts_items=True,
        created_at=uow.now,
    )
    uow.session.add(column)
    uow.session.flush()
    uow.audit("column.add", tenant_id=tenant_id, object_type="content_column", object_id=column.id)
    return column


def close_column(uow: UnitOfWork, *, tenant_id: int, column_id: int) -> None:
    """Close a column of the unit's own; what was published in it stays readable.

    Raises:
        NotFound: when it is not this unit's.
        Refused: when the template requires it, or columns below it are open.
    """
    column = get_column(uow, tenant_id=tenant_id, column_id=column_id)
    if column.required:
        raise Refused(f"“{column.name}”是法定栏目，不能关闭。")
    if uow.session.scalar(select(ContentColumn.id).where(ContentColumn.parent_id == column_id, ContentColumn.active)):
        raise Refused(f"“{column.name}”下还有在用的栏目，请先关闭下级栏目。")
    column.active = False
    uow.audit("column.close", tenant_id=tenant_id, object_type="content_column", object_id=column.id)


def _free_code(uow: UnitOfWork, tenant_id: int, parent_code: str) -> str:
    taken: Sequence[str] = uow.session.scalars(
        select(ContentColumn.code).where(
            ContentColumn.tenant_id == tenant_id, func.starts_with(ContentColumn.code, parent_code + "-")
        )
    ).all()
    numbers = [int(code.rpartition("-")[2]) for code in taken if code.rpartition("-")[2].isdigit()]
    return f"{parent_code}-{max(numbers, default=0) + 1}"

"""Renaming a section, or merging it into another: people, columns and open items follow; what is public does not."""

from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import CursorResult, Update, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from gongkai.accounts.models import Membership
from gongkai.accounts.queries import holds_now
from gongkai.accounts.schemas import clean_section
from gongkai.catalog.models import ContentColumn
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.errors import Fault, Invalid, NotFound
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item
from gongkai.publishing.queries import OPEN
from gongkai.publishing.sections.models import FormerSection
from gongkai.publishing.sections.queries import names_of_section, section_names


@dataclass(frozen=True, slots=True)
class Renamed:
    """What followed a section to its new name; `merged` when a section of that name was there."""

    name: str
    merged: bool
    people: int
    columns: int
    items: int


def rename_section(uow: UnitOfWork, *, tenant_id: int, by: int, old: str, new: str, merge: bool) -> Renamed:
    """Give a section another name; with `merge` it may be that of another section.

    Published items keep the name under which they were published; lists count them to the new one. An open item
    becomes a newer version, so that nobody overwrites it from an editor opened before.

    Raises:
        NotFound: when there is no such section.
        Invalid: when the new name is empty, too long, the old one, or another section's without `merge`.
    """
    # One renaming at a time: two crossing ones would leave a section with two names.
    lock = select(Membership.id).where(Membership.tenant_id == tenant_id).order_by(Membership.id)
    uow.session.execute(lock.with_for_update())
    name, known = clean_section(new), section_names(uow, tenant_id=tenant_id)
    if old not in known:
        raise NotFound
    merged = name in known
    if not name or name == old:
        raise Invalid([Fault("section", "新名称为空或者与原名称相同", "请填写新的科室名称")])
    if merged and not merge:
        raise Invalid([Fault("merge", f"本单位已有“{name}”", "如确需并入该科室，请勾选后再保存")])
    names = names_of_section(uow, tenant_id=tenant_id, name=old)
    made = Renamed(
        name=name,
        merged=merged,
        people=_changed(uow, _people(uow, tenant_id, names).values(section=name)),
        columns=_changed(uow, _columns(tenant_id, names).values(responsible_section=name)),
        items=_changed(uow, _items(tenant_id, names).values(responsible_unit=name, lock_version=Item.lock_version + 1)),
    )
    _remember(uow, tenant_id=tenant_id, by=by, old=old, new=name)
    detail = {"from": old, "to": name, "people": made.people, "columns": made.columns, "items": made.items}
    uow.audit("section.merge" if merged else "section.rename", tenant_id=tenant_id, detail=detail)
    return made


def _people(uow: UnitOfWork, tenant_id: int, names: tuple[str, ...]) -> Update:
    condition = holds_now(shanghai_date(uow.now))
    return update(Membership).where(Membership.tenant_id == tenant_id, Membership.section.in_(names), condition)


def _columns(tenant_id: int, names: tuple[str, ...]) -> Update:
    return update(ContentColumn).where(
        ContentColumn.tenant_id == tenant_id, ContentColumn.responsible_section.in_(names)
    )


def _items(tenant_id: int, names: tuple[str, ...]) -> Update:
    return update(Item).where(Item.tenant_id == tenant_id, Item.state.in_(OPEN), Item.responsible_unit.in_(names))


def _changed(uow: UnitOfWork, statement: Update) -> int:
    result = uow.session.execute(statement, execution_options={"synchronize_session": "fetch"})
    return cast("CursorResult[Any]", result).rowcount


def _remember(uow: UnitOfWork, *, tenant_id: int, by: int, old: str, new: str) -> None:
    """Keep that what was published under the old name belongs to the new one."""
    values = {"name": new, "renamed_by": by, "renamed_at": uow.now}
    own = FormerSection.tenant_id == tenant_id
    uow.session.execute(delete(FormerSection).where(own, FormerSection.former_name == new))
    uow.session.execute(update(FormerSection).where(own, FormerSection.name == old).values(name=new))
    stored = insert(FormerSection).values(tenant_id=tenant_id, former_name=old, **values)
    uow.session.execute(stored.on_conflict_do_update(index_elements=["tenant_id", "former_name"], set_=values))

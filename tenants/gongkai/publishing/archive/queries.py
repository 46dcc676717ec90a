"""Which versions are exported, and what each says."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from gongkai.catalog.models import ContentColumn
from gongkai.core.calendar.instants import SHANGHAI, end_of_day
from gongkai.core.calendar.periods import Period
from gongkai.core.db import AnyRow
from gongkai.core.errors import Conflict, NotFound
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item, ItemVersion, VersionText
from gongkai.tenancy.models import Tenant

_Before = aliased(ItemVersion)


def published_version(uow: UnitOfWork, *, item_id: int, tenant_id: int | None = None, version: int | None) -> AnyRow:
    """A version of an item, its newest without `version`; of one unit's item with `tenant_id`.

    Rows: id, item_id, version, position, content, previous_hash, hash, published_at, before (hash of the link before
    it), body_html, erased_at, unit_code, unit_name, uscc, column_code, column_name.

    Raises:
        NotFound: when there is no such item, or it has no such version.
        Conflict: when it has never been published.
    """
    known = select(Item.current_version_id).where(Item.id == item_id)
    found = uow.session.execute(known if tenant_id is None else known.where(Item.tenant_id == tenant_id)).one_or_none()
    if found is None:
        raise NotFound("信息不存在。")
    if found.current_version_id is None:
        raise Conflict("这条信息尚未发布，没有可以导出的版本。")
    chosen = ItemVersion.id == found.current_version_id
    if version is not None:
        chosen = (ItemVersion.item_id == item_id) & (ItemVersion.version == version)
    row = uow.session.execute(_versions().where(chosen)).one_or_none()
    if row is None:
        raise NotFound(f"这条信息没有第{version}版。")
    return row


def version_ids(uow: UnitOfWork, *, tenant_id: int, month: Period) -> Sequence[int]:
    """The versions that a unit published in a month, in the order of its chain."""
    first, last = end_of_day(month.previous().last_day), end_of_day(month.last_day)
    query = select(ItemVersion.id).where(
        ItemVersion.tenant_id == tenant_id,
        ItemVersion.published_at > first.astimezone(SHANGHAI),
        ItemVersion.published_at <= last.astimezone(SHANGHAI),
    )
    return uow.session.scalars(query.order_by(ItemVersion.position)).all()


def version_by_id(uow: UnitOfWork, *, version_id: int) -> AnyRow:
    """A version. Columns as `published_version`."""
    return uow.session.execute(_versions().where(ItemVersion.id == version_id)).one()


def _versions() -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = (
        select(
            ItemVersion.id, ItemVersion.item_id, ItemVersion.version, ItemVersion.position, ItemVersion.content,
            ItemVersion.previous_hash, ItemVersion.hash, ItemVersion.published_at, _Before.hash.label("before"),
            VersionText.body_html, VersionText.erased_at, Tenant.code.label("unit_code"),
            Tenant.official_name.label("unit_name"), Tenant.uscc, ContentColumn.code.label("column_code"),
            ContentColumn.name.label("column_name"),
        )
        .join(Tenant, Tenant.id == ItemVersion.tenant_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .outerjoin(ContentColumn, ContentColumn.id == Item.column_id)
        .outerjoin(VersionText, VersionText.version_id == ItemVersion.id)
        .outerjoin(
            _Before, (_Before.tenant_id == ItemVersion.tenant_id) & (_Before.position == ItemVersion.position - 1)
        )
    )  # fmt: skip
    return query

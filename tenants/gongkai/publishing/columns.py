"""A unit's columns as the editor offers them: leaves under their headings, with what belongs there."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from gongkai.catalog.models import ContentColumn
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item


@dataclass(frozen=True, slots=True)
class Leaf:
    """A column that takes items; `path` names the columns above it, topmost first."""

    id: int
    name: str
    path: tuple[str, ...]
    description: str

    @property
    def heading(self) -> str:
        """The columns above it in one line."""
        return " › ".join(self.path)


def leaves(uow: UnitOfWork, *, tenant_id: int) -> Sequence[Leaf]:
    """The columns of a unit that take items, in the order of its catalogue tree."""
    rows = _open_columns(uow, tenant_id=tenant_id)
    below: dict[int | None, list[AnyRow]] = {}
    for row in rows:
        below.setdefault(row.parent_id, []).append(row)
    found: list[Leaf] = []

    def walk(parent_id: int | None, path: tuple[str, ...]) -> None:
        for row in below.get(parent_id, []):
            if row.accepts_items:
                found.append(Leaf(row.id, row.name, path, row.description))
            walk(row.id, (*path, row.name))

    walk(None, ())
    return found


def _open_columns(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """The columns of a unit in use, in the order of each level: id, parent_id, name, description, accepts_items."""
    query = (
        select(
            ContentColumn.id, ContentColumn.parent_id, ContentColumn.name, ContentColumn.description,
            ContentColumn.accepts_items, ContentColumn.level,
        )
        .where(ContentColumn.tenant_id == tenant_id, ContentColumn.active)
        .order_by(ContentColumn.level, ContentColumn.sort_order, ContentColumn.id)
    )  # fmt: skip
    return uow.session.execute(query).all()


def recent_columns(uow: UnitOfWork, *, tenant_id: int, user_id: int, limit: int = 5) -> Sequence[int]:
    """Ids of the columns in which a person wrote last."""
    recent = (
        select(Item.column_id, Item.id)
        .where(Item.tenant_id == tenant_id, Item.created_by == user_id)
        .order_by(Item.id.desc())
        .limit(100)
        .subquery()
    )
    query = select(recent.c.column_id).group_by(recent.c.column_id).order_by(func.max(recent.c.id).desc())
    return uow.session.scalars(query.limit(limit)).all()


def grouped(columns: Sequence[Leaf]) -> list[tuple[str, list[Leaf]]]:
    """Leaves by heading, in the order in which each heading first appears; those of the first level come last."""
    groups: dict[str, list[Leaf]] = {}
    for leaf in columns:
        groups.setdefault(leaf.heading, []).append(leaf)
    return sorted(groups.items(), key=lambda group: group[0] == "")


def find_leaf(columns: Sequence[Leaf], written: str) -> Leaf | None:
    """The column that a form names, None when it names none of these."""
    return next((leaf for leaf in columns if str(leaf.id) == written), None)

"""A unit's columns as the editor offers them: leaves under their headings, with what belongs there."""

from collections.abc import Sequence
from dataclasses import dataclass

from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.queries import open_columns


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
    rows = open_columns(uow, tenant_id=tenant_id)
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


def grouped(columns: Sequence[Leaf]) -> list[tuple[str, list[Leaf]]]:
    """Leaves by heading, in the order in which each heading first appears; those of the first level come last."""
    groups: dict[str, list[Leaf]] = {}
    for leaf in columns:
        groups.setdefault(leaf.heading, []).append(leaf)
    return sorted(groups.items(), key=lambda group: group[0] == "")


def find_leaf(columns: Sequence[Leaf], written: str) -> Leaf | None:
    """The column that a form names, None when it names none of these."""
    return next((leaf for leaf in columns if str(leaf.id) == written), None)

"""Lists of units, as Core selects of what they show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, literal, or_, select, text
from sqlalchemy.orm import aliased

from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.models import Tenant, TenantPeriod, TenantSuccession

OFFICIAL_ORDER = (Tenant.sort_order, Tenant.pinyin_key, Tenant.id)
_ANCESTORS = text(
    "SELECT id, code, short_name, official_name, tenant_type FROM tenant"
    " WHERE path @> (SELECT path FROM tenant WHERE id = :tenant_id) ORDER BY nlevel(path)"
)
_FORMER_NAMES = text(
    "SELECT official_name, valid_from, valid_to FROM tenant_period"
    " WHERE tenant_id = :tenant_id AND valid_to IS NOT NULL ORDER BY valid_from DESC"
)


def below(path: str) -> Any:
    """Condition: the unit at `path` and everything under it."""
    return Tenant.path.op("<@")(func.cast(literal(path), Tenant.path.type))


def ancestors(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """The unit and those above it, from the root down: for breadcrumbs."""
    return uow.session.execute(_ANCESTORS, {"tenant_id": tenant_id}).all()


def former_bodies(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """Bodies whose functions this unit took over: id, code, official_name, effective_date."""
    query = (
        select(Tenant.id, Tenant.code, Tenant.official_name, TenantSuccession.effective_date)
        .join(TenantSuccession, TenantSuccession.tenant_id == Tenant.id)
        .where(TenantSuccession.successor_id == tenant_id)
        .order_by(TenantSuccession.effective_date.desc())
    )
    return uow.session.execute(query).all()


def former_names(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """Earlier names of a unit with their ranges, newest first."""
    return uow.session.execute(_FORMER_NAMES, {"tenant_id": tenant_id}).all()


@dataclass(frozen=True, slots=True)
class UnitFilter:
    """What a list of units is narrowed to; empty fields narrow nothing.

    Attributes:
        text: a part of a name, former name or code, or initials of the short name.
        state: `active`, `abolished` or empty for both.
    """

    text: str = ""
    tenant_type: str = ""
    level: str = ""
    state: str = "active"

    def takes(self, row: AnyRow) -> bool:
        """Whether a row of `unit_tree` is wanted."""
        wanted = ((self.tenant_type, row.tenant_type), (self.level, row.level), (self.state, row.status))
        if any(want and want != found for want, found in wanted):
            return False
        text = self.text.strip().casefold()
        names = (row.official_name, row.short_name, row.code, *row.aliases)
        return not text or row.initials.startswith(text) or any(_holds(name.casefold(), text) for name in names)


# 民政 is looked for as civil affairs and stands in every 人民政府.
_ACROSS_WORDS = {"民政": "人民政府"}


def _holds(name: str, text: str) -> bool:
    word = _ACROSS_WORDS.get(text)
    return text in (name.replace(word, " ") if word else name)


def named_like(text: str) -> ColumnElement[bool]:
    """Condition on `tenant`: the official or the short name has `text` in it, as `UnitFilter` takes it."""
    word = _ACROSS_WORDS.get(text)
    names = (Tenant.official_name, Tenant.short_name)
    return or_(*((func.replace(name, word, " ") if word else name).contains(text, autoescape=True) for name in names))


@dataclass(frozen=True, slots=True)
class PlacedUnit:
    """A unit in the order of the tree; `depth` is 0 for the unit at the top."""

    depth: int
    unit: AnyRow
    parent_name: str


def unit_tree(uow: UnitOfWork, *, path: str) -> list[PlacedUnit]:
    """Units at and under `path`, abolished ones too, each followed by those below it in official order.

    Rows: id, code, parent_id, tenant_type, level, official_name, short_name, aliases, initials, sort_order, status,
    abolished_date.
    """
    query = (
        select(
            Tenant.id, Tenant.code, Tenant.parent_id, Tenant.tenant_type, Tenant.level, Tenant.official_name,
            Tenant.short_name, Tenant.aliases, Tenant.initials, Tenant.sort_order, Tenant.status,
            Tenant.abolished_date,
        )
        .where(below(path))
        .order_by(*OFFICIAL_ORDER)
    )  # fmt: skip
    rows = uow.session.execute(query).all()
    here = {row.id: row for row in rows}
    children: dict[int | None, list[AnyRow]] = {}
    for row in rows:
        children.setdefault(row.parent_id if row.parent_id in here else None, []).append(row)
    found: list[PlacedUnit] = []
    _place(children, None, 0, "", found)
    return found


def _place(
    children: Mapping[int | None, Sequence[AnyRow]],
    parent_id: int | None,
    depth: int,
    parent_name: str,
    found: list[PlacedUnit],
) -> None:
    for row in children.get(parent_id, ()):
        found.append(PlacedUnit(depth, row, parent_name))
        _place(children, row.id, depth + 1, row.short_name, found)


def periods_of(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """A unit's history, newest first.

    Rows: official_name, short_name, tenant_type, level, parent (short name), valid_from, valid_to, basis.
    """
    parent = aliased(Tenant)
    query = (
        select(
            TenantPeriod.official_name, TenantPeriod.short_name, TenantPeriod.tenant_type, TenantPeriod.level,
            parent.short_name.label("parent"), TenantPeriod.valid_from, TenantPeriod.valid_to, TenantPeriod.basis,
        )
        .outerjoin(parent, parent.id == TenantPeriod.parent_id)
        .where(TenantPeriod.tenant_id == tenant_id)
        .order_by(TenantPeriod.valid_from.desc())
    )  # fmt: skip
    return uow.session.execute(query).all()


def successors(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """Bodies to which a unit's functions passed: id, code, official_name, effective_date, basis."""
    query = (
        select(
            Tenant.id, Tenant.code, Tenant.official_name, TenantSuccession.effective_date, TenantSuccession.basis
        )
        .join(TenantSuccession, TenantSuccession.successor_id == Tenant.id)
        .where(TenantSuccession.tenant_id == tenant_id)
        .order_by(TenantSuccession.effective_date)
    )  # fmt: skip
    return uow.session.execute(query).all()


def units_in_use(uow: UnitOfWork, *, path: str) -> list[PlacedUnit]:
    """The units in use at and under `path` in the order of the tree, for choosing one."""
    return [placed for placed in unit_tree(uow, path=path) if placed.unit.status == "active"]

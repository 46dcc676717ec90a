"""Where a row belongs: the unit and the column that it names, among those that the import may write to."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import select

from gongkai.catalog.models import ContentColumn
from gongkai.core.text.index_numbers import format_number
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.imports.rows import NumberedRow
from gongkai.tenancy.models import Tenant, TenantPeriod
from gongkai.tenancy.queries import below

_T = TypeVar("_T")
_PATH = re.compile(r"\s*[/／>＞›»]+\s*")


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """What an import needs of a unit; `can_number` tells whether index numbers can be made for it."""

    id: int
    code: str
    name: str
    index_pattern: str
    uscc: str
    area_code: str
    can_number: bool


@dataclass(frozen=True, slots=True)
class ColumnRecord:
    """What an import needs of a column."""

    id: int
    tenant_id: int
    name: str
    template_code: str | None
    rule_type: str
    key_area_group: str
    accepts_items: bool


@dataclass(frozen=True, slots=True)
class Place:
    """The unit and the column of a row."""

    unit: UnitRecord
    column: ColumnRecord


@dataclass(slots=True)
class Places:
    """The units that an import may write to, by every name they have or had, and their columns."""

    home: UnitRecord | None
    units: dict[str, list[UnitRecord]] = field(default_factory=dict)
    columns: dict[int, dict[str, list[ColumnRecord]]] = field(default_factory=dict)

    def locate(self, given: NumberedRow) -> Place | None:
        """The place of a row; None with a fault when it names none, or more than one."""
        unit = self._unit(given)
        if unit is None:
            return None
        text = _PATH.sub("/", given.row.column_code.strip())
        found = self.columns.get(unit.id, {}).get(text, [])
        open_ones = [column for column in found if column.accepts_items] or found
        if not open_ones:
            given.fault("column", f"{unit.name}没有这个栏目", "请填写栏目代码、名称或“上级栏目/栏目”", text)
        elif len(open_ones) > 1:
            given.fault("column", f"{unit.name}有{len(open_ones)}个同名栏目", "请填写“上级栏目/栏目”或栏目代码", text)
        elif not open_ones[0].accepts_items:
            given.fault("column", "不是末级栏目或已关闭", "请填写最末一级的在用栏目", text)
        else:
            return Place(unit, open_ones[0])
        return None

    def _unit(self, given: NumberedRow) -> UnitRecord | None:
        text = given.row.unit_code.strip()
        if not text:
            if self.home is None:
                given.fault("unit", "没有填写单位", "请填写单位代码或全称")
            return self.home
        found = self.units.get(text, [])
        if len(found) == 1:
            return found[0]
        if found:
            given.fault("unit", f"有{len(found)}个单位使用这一名称", "请改填单位代码或全称", text)
        else:
            given.fault("unit", "没有这个单位，或不在本次导入的单位范围内", "请核对单位代码或名称", text)
        return None


def load_places(uow: UnitOfWork, *, tenant_ids: Sequence[int], home_id: int | None) -> Places:
    """The places of an import into the units `tenant_ids`; rows without a unit go to `home_id`."""
    tenants = uow.session.scalars(select(Tenant).where(Tenant.id.in_(tenant_ids)).order_by(Tenant.id)).all()
    units = {tenant.id: _record(tenant) for tenant in tenants}
    places = Places(home=units.get(home_id or 0))
    names = [(t.id, {t.code, t.official_name, t.short_name, *t.aliases}) for t in tenants]
    former = uow.session.execute(
        select(TenantPeriod.tenant_id, TenantPeriod.official_name, TenantPeriod.short_name).where(
            TenantPeriod.tenant_id.in_(units)
        )
    )
    names += [(tenant_id, {official, short}) for tenant_id, official, short in former]
    _index(places.units, ((name, units[tenant_id]) for tenant_id, mine in names for name in mine))
    for tenant_id, columns in _columns(uow, list(units)).items():
        _index(places.columns.setdefault(tenant_id, {}), columns)
    return places


def units_below(uow: UnitOfWork, *, path: str) -> list[int]:
    """Ids of the unit at `path` and of all under it, abolished ones too: their history is brought like any other."""
    return list(uow.session.scalars(select(Tenant.id).where(below(path)).order_by(Tenant.id)))


def _record(tenant: Tenant) -> UnitRecord:
    uscc, area = tenant.uscc or "", tenant.area_code or ""
    try:
        format_number(tenant.index_pattern, code=uscc, area=area, year=2000, month=1, sequence=1)
    except ValueError:
        can_number = False
    else:
        can_number = True
    return UnitRecord(tenant.id, tenant.code, tenant.short_name, tenant.index_pattern, uscc, area, can_number)


def _index(target: dict[str, list[_T]], entries: Iterable[tuple[str, _T]]) -> None:
    for name, entry in entries:
        known = target.setdefault(name, [])
        if name and entry not in known:
            known.append(entry)


def _columns(uow: UnitOfWork, tenant_ids: Sequence[int]) -> Mapping[int, list[tuple[str, ColumnRecord]]]:
    """Unit → each code, name and path of its open columns, with the column."""
    rows = uow.session.execute(
        select(
            ContentColumn.id, ContentColumn.tenant_id, ContentColumn.parent_id, ContentColumn.code,
            ContentColumn.name, ContentColumn.template_code, ContentColumn.rule_type, ContentColumn.key_area_group,
            ContentColumn.accepts_items, ContentColumn.active,
        ).where(ContentColumn.tenant_id.in_(tenant_ids))
    ).all()  # fmt: skip
    by_id = {row.id: row for row in rows}

    def path(column_id: int | None) -> str:
        row = by_id.get(column_id or 0)
        return "" if row is None else f"{path(row.parent_id)}/{row.name}".lstrip("/")

    found: dict[int, list[tuple[str, ColumnRecord]]] = {}
    for row in rows:
        record = ColumnRecord(
            row.id, row.tenant_id, row.name, row.template_code, row.rule_type, row.key_area_group,
            row.accepts_items and row.active,
        )  # fmt: skip
        whole = path(row.id)
        parts = whole.split("/")
        # A path may leave its upper levels out.
        names = {row.code, row.name, *("/".join(parts[start:]) for start in range(len(parts)))}
        found.setdefault(row.tenant_id, []).extend((name, record) for name in names)
    return found

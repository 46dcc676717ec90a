"""Whom an office invites: all units with a task, kinds of units, units ticked, written by name, or listed in a file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Fault, Invalid
from gongkai.core.tables.columns import Column
from gongkai.core.tables.rows import Table
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.facts.units import UnitList, explain, units_of_office
from gongkai.supervision.standings import Standing
from gongkai.tenancy.kinds import TenantType, profile

LIST_COLUMNS = (Column("unit", "单位", required=True, aliases=("单位名称", "单位代码", "参训单位", "应参训单位")),)
_MOST_PROBLEMS = 10


@dataclass(frozen=True, slots=True)
class Choice:
    """What a form chooses; the union of it is invited. `kinds` are kinds of units, `table` is a list of names."""

    tasked: bool = False
    kinds: frozenset[str] = frozenset()
    unit_ids: frozenset[int] = frozenset()
    names: str = ""
    table: Table | None = None


def units_on(uow: UnitOfWork, *, office_id: int, day: date) -> UnitList:
    """The units of an office in the month of a day; those of the running month where it is still to come."""
    period = min(Period.of(day), Period.of(shanghai_date(uow.now)))
    return units_of_office(uow, office_id=office_id, period=period)


def kinds_of(units: UnitList) -> list[tuple[str, str]]:
    """The kinds of units that an office has, with how many: (kind, 政府部门（46家）), in the order of the glossary."""
    counts: Mapping[str, int] = {
        kind: sum(1 for row in units.rows if row.unit.tenant_type == kind) for kind in TenantType
    }
    return [(kind, f"{profile(kind).label}（{number}家）") for kind, number in counts.items() if number]


def choose(units: UnitList, choice: Choice) -> list[int]:
    """Ids of the chosen units in official order.

    Raises:
        Invalid: naming what is written or listed and is no unit of the office.
    """
    written, unknown = units.read(choice.names)
    faults = [Fault("names", "；".join(unknown[:_MOST_PROBLEMS]), "请核对单位名称")] if unknown else []
    listed = _listed(units, choice.table, faults) if choice.table is not None else []
    if faults:
        raise Invalid(faults)
    named = {row.id for row in (*written, *listed)} | choice.unit_ids
    tests: Sequence[Callable[[Standing], bool]] = (
        lambda row: choice.tasked and bool(row.task.value),
        lambda row: row.unit.tenant_type in choice.kinds,
        lambda row: row.id in named,
    )
    return [row.id for row in units.rows if any(test(row) for test in tests)]


def _listed(units: UnitList, table: Table, faults: list[Fault]) -> list[Standing]:
    found: list[Standing] = []
    problems = [fault.message for fault in table.faults]
    for row in table.rows:
        meant = units.find(row.text("unit"))
        if len(meant) == 1:
            found.append(meant[0])
        else:
            problems.append(f"第{row.number}行{explain(row.text('unit'), meant)}")
    if problems:
        faults.append(Fault("file", "；".join(problems[:_MOST_PROBLEMS]), "请核对名单中的单位名称"))
    return found

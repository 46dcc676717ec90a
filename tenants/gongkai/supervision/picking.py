"""Choosing the units that an office addresses: ticked, by class, or written by name; never a village."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Fault, Invalid
from gongkai.core.text.typed import read_ids
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.facts.units import UnitList, units_of_office
from gongkai.supervision.standings import Standing
from gongkai.tenancy.kinds import GROUP_ORDER, TenantType, profile
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import below

Form = TypeVar("Form")
SHOWN = 400
"""So many units are offered for ticking at once; beyond, the official searches, writes names or takes a class."""


@dataclass(frozen=True)
class Picker:
    """What the part of a form that chooses units shows.

    Attributes:
        groups: county and class → units offered; `more` how many are not shown.
        classes: class → number of units in it.
        ticked: ids of units and names of classes that are chosen.
    """

    groups: Mapping[str, Sequence[Standing]]
    more: int
    classes: Mapping[str, int]
    ticked: frozenset[str]
    search: str
    names: str


def present_units(uow: UnitOfWork, *, office_id: int) -> UnitList:
    """The units that an office can address today, in official order."""
    period = Period.of(shanghai_date(uow.now))
    found = units_of_office(uow, office_id=office_id, period=period)
    return UnitList([row for row in found.rows if row.unit.ended is None])


def class_of(row: Standing) -> str:
    """The class that a unit is addressed with （部门, 乡镇（街道） …）."""
    return profile(row.unit.tenant_type).group


def picker(units: UnitList, form: MultiDict[str, str]) -> Picker:
    """The choice as a form has it, or as an address prefills it."""
    search = form.get("q", "").strip()[:40]
    ticked = frozenset((*form.getlist("units"), *form.getlist("classes")))
    rows = [row for row in units.rows if str(row.id) in ticked or row.unit.matches(search)]
    areas = {row.id: row.name for row in units.rows}
    groups: dict[str, list[Standing]] = {}
    for row in rows[:SHOWN]:
        area = areas.get(row.area_id, "")
        groups.setdefault(f"{area}　{row.heading}" if area and area != row.name else row.heading, []).append(row)
    numbers = {name: sum(1 for row in units.rows if class_of(row) == name) for name in GROUP_ORDER}
    classes = {name: number for name, number in numbers.items() if number}
    return Picker(groups, max(0, len(rows) - SHOWN), classes, ticked, search, form.get("names", ""))


def picked(units: UnitList, form: MultiDict[str, str]) -> list[Standing]:
    """The units of the classes chosen, those ticked and those written by name, in official order.

    Raises:
        Invalid: on `names`, for names that fit none or several; on `units`, when there is none.
    """
    ticked = units.by_ids(read_ids(form.getlist("units")))
    written, unknown = units.read(form.get("names", ""))
    if unknown:
        raise Invalid([Fault("names", "；".join(unknown[:10]), "请核对单位名称")])
    classes = set(form.getlist("classes"))
    wanted = {row.id for row in (*ticked, *written)} | {row.id for row in units.rows if class_of(row) in classes}
    if not wanted:
        raise Invalid([no_unit()])
    return units.by_ids(wanted)


def read_with_units(
    read: Callable[[MultiDict[str, str]], Form], form: MultiDict[str, str], units: UnitList
) -> tuple[Form, list[Standing]]:
    """What a form says and the units that it chooses, the faults of both told together.

    Raises:
        Invalid: as `read` and `picked` do.
    """
    faults: list[Fault] = []
    found: Form | None = None
    chosen: list[Standing] = []
    try:
        found = read(form)
    except Invalid as error:
        faults += error.faults
    try:
        chosen = picked(units, form)
    except Invalid as error:
        faults += error.faults
    if found is None or faults:
        raise Invalid(faults)
    return found, chosen


def no_unit() -> Fault:
    """What is said when no unit is chosen."""
    return Fault("units", "未选择单位", "请选择单位类别、勾选单位，或者在文本框中填写单位名称")


def expect_units(uow: UnitOfWork, *, path: str, office_id: int, unit_ids: Iterable[int]) -> list[int]:
    """Ids of active units under an office, each once and in the order given; itself and villages are none of them.

    Raises:
        Invalid: on `units`, when there is none, or one is not the office's to address （基层减负）.
    """
    wanted = list(dict.fromkeys(unit_ids))
    if not wanted:
        raise Invalid([no_unit()])
    query = select(Tenant.id).where(
        Tenant.id.in_(wanted), below(path), Tenant.id != office_id, Tenant.status == "active",
        Tenant.tenant_type != TenantType.VILLAGE_COMMITTEE,
    )  # fmt: skip
    if len(uow.session.scalars(query).all()) < len(wanted):
        raise Invalid([Fault("units", "所选单位中有的不在本机关督查范围内", "请重新选择单位；村（居）民委员会不列入")])
    return wanted

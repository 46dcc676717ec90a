"""The prefecture that is measured: its units, and how many items each of them has. The same for the same numbers."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from gongkai.core.calendar.periods import Period, period_range
from gongkai.tenancy.kinds import TenantType

NOW = datetime(2026, 3, 23, 1, 30, tzinfo=UTC)
"""The clock of both sides: Monday 2026-03-23, 09:30 in Shanghai."""
MONTHS = tuple(period_range(Period(2023, 10), Period(2026, 3)))
ESTABLISHED = date(2015, 1, 1)
PUBLISHING_UNITS = 8
BLANK_SHARE = 0.03
UNITS_A_COUNTY = 165
EVERY_OWN_BODY = 25
PLACES = ("和溪", "青石", "白河", "云岭", "东川", "南坪", "西昌", "北安", "龙潭", "清源", "石桥", "大湾")
VILLAGES = ("清水", "安平", "双河", "红岩", "新店", "高桥", "太平", "沙溪", "马场", "长坪", "石门", "三江")
BUREAUS = (
    "财政局", "民政局", "教育局", "发展和改革局", "自然资源局", "水务局", "农业农村局", "卫生健康局", "应急管理局",
    "审计局", "统计局", "市场监督管理局", "住房和城乡建设局", "交通运输局", "人力资源和社会保障局", "司法局",
    "生态环境局", "文化和旅游局", "退役军人事务局", "医疗保障局", "林业局", "商务局", "信访局", "行政审批局",
)  # fmt: skip
UTILITIES = ("供水公司", "供电公司", "公共汽车公司", "人民医院")
PATTERN = (*[TenantType.BUREAU] * 12, *[TenantType.TOWNSHIP] * 7, *[TenantType.PUBLIC_UTILITY] * 4)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit with the number of its items."""

    id: int
    parent_id: int | None
    path: str
    tenant_type: TenantType
    level: str
    official_name: str
    short_name: str
    items: int = 0

    @property
    def code(self) -> str:
        """Its short code, part of its addresses."""
        return f"u{self.id:05d}"

    @property
    def uscc(self) -> str:
        """An eighteen-digit code, for its index numbers."""
        return f"1153{self.id:014d}"


def plan_units(units: int, items: int) -> list[Unit]:
    """The prefecture, its counties, and the bodies of both, parents first; some have no items at all."""
    rng = random.Random(units)
    weights = [0.0 if rng.random() < BLANK_SHARE else 1 / (rng.randrange(units) + 20) ** 0.7 for _ in range(units)]
    weights[0] = max(*weights, 1.0)
    counts = [0] * units
    for place in rng.choices(range(units), weights, k=items):
        counts[place] += 1
    counties = max(1, min(len(PLACES), units // UNITS_A_COUNTY))
    return [_unit(number, counties, counts[number - 1]) for number in range(1, units + 1)]


def publishing_units(units: Sequence[Unit]) -> list[Unit]:
    """The units whose approvers are measured."""
    return [unit for unit in units if unit.tenant_type == TenantType.BUREAU][:PUBLISHING_UNITS] or [units[-1]]


def _unit(number: int, counties: int, items: int) -> Unit:
    if number == 1:
        kind = TenantType.PREFECTURE_GOVERNMENT
        return Unit(1, None, "1", kind, "prefecture", "云岭州人民政府", "云岭州", items)
    if number <= counties + 1:
        name = f"{PLACES[number - 2]}县"
        return Unit(number, 1, f"1.{number}", TenantType.COUNTY_GOVERNMENT, "county", f"{name}人民政府", name, items)
    if number % EVERY_OWN_BODY == 0:
        name = _numbered(BUREAUS, number // EVERY_OWN_BODY)
        return Unit(number, 1, f"1.{number}", TenantType.BUREAU, "prefecture", f"云岭州{name}", f"州{name}", items)
    county, turn = 2 + number % counties, number // counties
    place, kind = f"{PLACES[county - 2]}县", PATTERN[turn % len(PATTERN)]
    path = f"1.{county}.{number}"
    if kind is TenantType.TOWNSHIP:
        name = _numbered(VILLAGES, turn)
        return Unit(number, county, path, kind, "township", f"{place}{name}镇人民政府", f"{name}镇", items)
    name = _numbered(BUREAUS if kind is TenantType.BUREAU else UTILITIES, turn)
    return Unit(number, county, path, kind, "county", f"{place}{name}", f"{place}{name}", items)


def _numbered(names: Sequence[str], turn: int) -> str:
    """A name of the list; from the second round on with its number, so that no two are equal."""
    again, place = divmod(turn, len(names))
    return f"第{again + 1}{names[place]}" if again else names[place]

"""The units as search filters know them: where each stands in the tree, and of what kind it is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gongkai.core.text.folding import fold
from gongkai.search.names import split_name
from gongkai.tenancy.kinds import TenantType, profile


@dataclass(frozen=True, slots=True)
class UnitPlace:
    """A unit.

    `area` is the code of its county, or of the prefecture for what stands directly under it; `body` its name without
    places （民政局）; `above` the units above it, the nearest first.
    """

    id: int
    code: str
    name: str
    kind: str
    area: str
    place: int
    body: str
    above: tuple[int, ...]

    def value(self, name: str) -> str:
        """The value that a filter (`area`, `kind`, `unit`) has for it."""
        return {"area": self.area, "kind": self.kind, "unit": self.code}[name]

    def matches(self, chosen: Mapping[str, str]) -> bool:
        """Whether it passes the filters by area, kind and unit among these."""
        return (
            chosen.get("area", self.area) == self.area
            and chosen.get("kind", self.kind) == self.kind
            and chosen.get("unit", self.code) == self.code
        )


@dataclass(frozen=True, slots=True)
class Units:
    """All units, by id and by code."""

    by_id: Mapping[int, UnitPlace]
    by_code: Mapping[str, UnitPlace]
    areas: Mapping[str, str]

    def matching(self, chosen: Mapping[str, str]) -> Iterator[int]:
        """Ids of those that pass the filters by area, kind and unit."""
        return (unit.id for unit in self.by_id.values() if unit.matches(chosen))

    def line_of(self, unit: UnitPlace) -> Sequence[UnitPlace]:
        """Who may have published on the same matter: the units above it, then those of its kind and name.

        Of these the prefecture's go first, then those of its own area, then others.
        """
        above = [self.by_id[unit_id] for unit_id in unit.above]
        prefecture = next(iter(self.areas), "")
        alike = [
            other
            for other in self.by_id.values()
            if (other.kind, other.body) == (unit.kind, unit.body) and other.id not in (unit.id, *unit.above)
        ]
        alike.sort(key=lambda other: (other.area != prefecture, other.area != unit.area, other.place))
        return [*above, *alike]

    def label(self, name: str, value: str) -> str:
        """What a value of such a filter is called; an unknown one stands as it is."""
        if name == "kind":
            return profile(value).label if value in set(TenantType) else value
        if name == "area":
            return self.areas.get(value, value)
        return self.by_code[value].name if value in self.by_code else value

    def place(self, name: str, value: str) -> int:
        """Where a value stands in the official order."""
        if name == "kind":
            return list(TenantType).index(TenantType(value))
        return self.by_code[value].place if value in self.by_code else 0


def make_units(rows: Iterable[Any]) -> Units:
    """Units from rows of `id`, `code`, `path`, `tenant_type`, `official_name`, `short_name`, `sort_order`."""
    known = sorted(rows, key=lambda row: (row.sort_order, row.id))
    by_label = {str(row.id): row for row in known}
    found, areas = {}, {}
    for place, row in enumerate(known):
        above = [by_label[label] for label in row.path.split(".") if label in by_label]
        counties = [unit for unit in above if unit.tenant_type == TenantType.COUNTY_GOVERNMENT]
        area = counties[0] if counties else above[0]
        place_name = area.short_name.removesuffix("政府").removesuffix("人民")
        areas[area.code] = place_name if counties else f"{place_name}本级"
        found[row.id] = UnitPlace(
            id=row.id,
            code=row.code,
            name=row.official_name,
            kind=row.tenant_type,
            area=area.code,
            place=place,
            body=split_name(fold(row.official_name))[1],
            above=tuple(unit.id for unit in reversed(above[:-1])),
        )
    return Units(found, {unit.code: unit for unit in found.values()}, areas)

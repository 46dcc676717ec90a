"""Where a unit is listed: the county under which it stands, and the order of an office's tables."""

from collections.abc import Iterable, Mapping, Sequence

from gongkai.supervision.standings import Standing, Unit
from gongkai.tenancy.kinds import GROUP_ORDER, TenantType, profile


def area_of(chain: Sequence[int], office: Unit, units: Mapping[int, Unit]) -> Unit:
    """The county in which a unit is listed, or the office itself."""
    for unit_id in chain[len(office.chain) :]:
        found = units.get(unit_id)
        if found is not None and found.tenant_type == TenantType.COUNTY_GOVERNMENT:
            return found
    return office


def in_official_order(rows: Iterable[Standing], office: Unit, areas: Mapping[int, Unit]) -> list[Standing]:
    """Standings sorted as the office lists them: its own bodies, then county by county; by class, then by order."""
    groups = {name: place for place, name in enumerate(GROUP_ORDER)}
    kinds = {str(kind): groups[profile(kind).group] for kind in TenantType}
    listed = sorted(areas.values(), key=lambda unit: (unit.id != office.id, *_place(unit)))
    ranks = {unit.id: rank for rank, unit in enumerate(listed)}

    def key(row: Standing) -> tuple[object, ...]:
        return ranks[row.area_id], kinds[row.unit.tenant_type], *_place(row.unit)

    return sorted(rows, key=key)


def _place(unit: Unit) -> tuple[int, str, int]:
    return unit.sort_order, unit.pinyin_key, unit.id

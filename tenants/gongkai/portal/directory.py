"""The public directory of bodies: by county and kind, and found by name, former name or pinyin initials."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from string import ascii_uppercase

from gongkai.core.db import AnyRow
from gongkai.core.text.folding import fold
from gongkai.core.text.pinyin import initials
from gongkai.core.uow import UnitOfWork
from gongkai.portal.front_queries import all_units
from gongkai.tenancy.kinds import GROUP_ORDER, TenantType, profile

MOST_FOUND = 200
_GOVERNMENTS = (TenantType.PREFECTURE_GOVERNMENT, TenantType.COUNTY_GOVERNMENT)
_LATIN = re.compile("[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Area:
    """The prefecture's own bodies, or a county's: groups by kind in the order in which the office counts them."""

    code: str
    name: str
    groups: Sequence[tuple[str, Sequence[AnyRow]]]

    @property
    def size(self) -> int:
        """How many bodies it has."""
        return sum(len(units) for _, units in self.groups)


@dataclass(frozen=True, slots=True)
class Found:
    """A unit that a search found; `through` is the former name by which, if it was one."""

    unit: AnyRow
    through: str = ""


@dataclass(frozen=True, slots=True)
class Directory:
    """The page of all bodies.

    Attributes:
        areas: what is shown when nothing was looked for; `chosen` is the code of the only one shown.
        found: what was found, at most `MOST_FOUND`; `total` of them there are.
        letters: (letter, whether a unit begins with it).
    """

    areas: Sequence[Area] = ()
    chosen: str = ""
    found: Sequence[Found] = ()
    total: int = 0
    letters: Sequence[tuple[str, bool]] = field(default=())


def areas(units: Iterable[AnyRow]) -> list[Area]:
    """Units in use by area and kind: the prefecture's own first, then the counties in official order."""
    in_use = [unit for unit in units if unit.status == "active"]
    counties = {unit.id: unit for unit in in_use if unit.tenant_type == TenantType.COUNTY_GOVERNMENT}
    root = next((unit for unit in in_use if "." not in unit.path), None)
    if root is None:
        return []
    members: dict[int, list[AnyRow]] = {root.id: []} | {county: [] for county in counties}
    for unit in in_use:
        above = [int(label) for label in unit.path.split(".")]
        members[next((county for county in above if county in counties), root.id)].append(unit)
    names = {root.id: (root.code, f"{_place(root)}本级")}
    names |= {key: (county.code, _place(county)) for key, county in counties.items()}
    return [Area(*names[key], groups=_by_kind(found)) for key, found in members.items()]


def directory(uow: UnitOfWork, *, words: str, initial: str, area: str) -> Directory:
    """The directory, narrowed to what was looked for: words, or the first letter of the short name, or one area."""
    units = all_units(uow)
    first = {unit.initials[:1].upper() for unit in units if unit.status == "active"}
    letters = [(letter, letter in first) for letter in ascii_uppercase]
    if words:
        found = [hit for unit in units if (hit := matched(unit, words)) is not None]
    elif initial:
        found = [Found(unit) for unit in units if unit.status == "active" and unit.initials[:1].upper() == initial]
    else:
        shown = areas(units)
        chosen = area if any(one.code == area for one in shown) else ""
        return Directory([one for one in shown if chosen in ("", one.code)], chosen, letters=letters)
    return Directory(found=found[:MOST_FOUND], total=len(found), letters=letters)


def _place(government: AnyRow) -> str:
    """The name of the place that a government governs."""
    return str(government.official_name).removesuffix("人民政府")


def _by_kind(units: Iterable[AnyRow]) -> list[tuple[str, list[AnyRow]]]:
    groups: dict[str, list[AnyRow]] = {}
    for unit in units:
        group = GROUP_ORDER[0] if unit.tenant_type in _GOVERNMENTS else profile(unit.tenant_type).group
        groups.setdefault(group, []).append(unit)
    return sorted(groups.items(), key=lambda group: GROUP_ORDER.index(group[0]))


def matched(unit: AnyRow, words: str) -> Found | None:
    """A row of `all_units` as found by a part of a name or by pinyin; None when it is not."""
    wanted = fold("".join(words.split()))
    spelt = _LATIN.fullmatch(wanted) is not None
    if any(wanted in fold(name) for name in (unit.official_name, unit.short_name)):
        return Found(unit)
    if spelt and (wanted in unit.initials or unit.pinyin_key.replace(" ", "").startswith(wanted)):
        return Found(unit)
    former = next((name for name in unit.aliases if wanted in fold(name) or (spelt and wanted in initials(name))), "")
    return Found(unit, former) if former else None

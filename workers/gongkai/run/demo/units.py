"""The units of the demonstration prefecture: governments, bureaus, townships, a development zone, utilities."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from gongkai.run.demo.places import Body, Place, bodies, counties, dial_code, prefecture

Character = Literal["diligent", "ordinary", "lazy", "blank"]

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORG_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

_ABOLISHED = {"lswz": ("fgw", date(2025, 3, 31))}
_PREFECTURE_UTILITIES = (
    ("gsjt", "供水集团有限公司", "州供水集团", "water", "91"),
    ("gdj", "供电局", "州供电局", "power", "91"),
    ("rqgs", "天然气有限责任公司", "州天然气公司", "gas", "91"),
    ("gjgs", "公共交通有限责任公司", "州公交公司", "public_transport", "91"),
    ("rmyy", "人民医院", "州人民医院", "health", "12"),
    ("dyzx", "第一中学", "州第一中学", "education", "12"),
)
_COUNTY_UTILITIES = (
    ("zls", "自来水有限责任公司", "自来水公司", "water", "91"),
    ("rmyy", "人民医院", "人民医院", "health", "12"),
)
_COUNTY_THIRD_UTILITY = (
    ("dyzx", "第一中学", "第一中学", "education", "12"),
    ("gdgs", "供电有限责任公司", "供电公司", "power", "91"),
)

MONTHLY_TASK: dict[tuple[str, str], int] = {
    ("prefecture_government", "prefecture"): 10,
    ("county_government", "county"): 6,
    ("development_zone", "prefecture"): 3,
    ("bureau", "prefecture"): 3,
    ("bureau", "county"): 2,
    ("township", "county"): 1,
    ("subdistrict_office", "county"): 1,
    ("public_utility", "prefecture"): 1,
    ("public_utility", "county"): 1,
}
"""The demonstration office's own monthly task (counted items) by tenant type and level.

The defaults of rule SR-Q1 suit a place that publishes ten times as much; an office may set its own.
"""


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit as the demonstration loader creates it. Codes are unique ASCII; text is Chinese.

    `body` names the kind of body (data file key), `mark` is the 机关代字 before 发, 办, 规 or 函, and
    `successor_code` with `abolished_date` records a merger.
    """

    code: str
    official_name: str
    short_name: str
    tenant_type: str
    level: str
    parent_code: str | None
    uscc: str
    area_code: str
    sort_order: int
    established_date: date
    office_name: str
    address: str
    hours: str
    phone: str
    email: str
    character: Character
    body: str
    place: str
    mark: str = ""
    sector: str | None = None
    abolished_date: date | None = None
    successor_code: str | None = None


def organisation_code(stem: str) -> str:
    """Return the nine-character organisation code of an eight-character stem (GB 11714, mod 11)."""
    total = sum(w * _ORG_ALPHABET.index(char) for w, char in zip(_ORG_WEIGHTS, stem, strict=True))
    return stem + "0123456789X0"[(11 - total % 11) % 11]


def unified_code(kind: str, area_code: str, number: int) -> str:
    """Return an 18-character unified social credit code with its check digit (GB 32100-2015, mod 31).

    `kind` is the registration authority and category (`11` agency, `12` institution, `91` company). The
    organisation part starts with the letters MB, so the code is never 18 digits and resembles no identity number.
    """
    stem = kind + area_code + organisation_code(f"MB{number:06d}")
    total = sum(pow(3, i, 31) * _USCC_ALPHABET.index(char) for i, char in enumerate(stem))
    return stem + _USCC_ALPHABET[-total % 31]


def monthly_task(unit: UnitRow) -> int:
    """Return the number of counted items this unit owes each month."""
    return MONTHLY_TASK[unit.tenant_type, unit.level]


@cache
def units() -> tuple[UnitRow, ...]:
    """Return all units in official order, parents before children; the same on every day."""
    rows = list(_prefecture_units())
    for place in counties():
        rows.extend(_county_units(place))
    return tuple(_finish(i, row) for i, row in enumerate(rows, start=1))


@dataclass(frozen=True, slots=True)
class _Draft:
    """A unit before its number, code and contact are known."""

    place: Place
    suffix: str
    official_name: str
    short_name: str
    tenant_type: str
    level: str
    body: str
    mark: str
    parent: str | None
    kind: str = "11"
    sector: str | None = None
    office: str = "办公室"
    address: str = ""


def _prefecture_units() -> Iterator[_Draft]:
    place = prefecture()
    yield _government(place, "prefecture", None)
    for body in bodies().values():
        if body.prefecture_name:
            yield _bureau(place, body, "prefecture", body.prefecture_name)
    yield _Draft(
        place=place,
        suffix="kfq",
        official_name=f"{place.name}经济技术开发区管理委员会",
        short_name="州经开区管委会",
        tenant_type="development_zone",
        level="prefecture",
        body="zone",
        mark=place.mark + "开管",
        parent=f"{place.code}-zf",
        office="综合办公室",
        address=f"{place.name}经济技术开发区创业路1号",
    )
    for spec in _PREFECTURE_UTILITIES:
        yield _utility(place, "prefecture", spec)


def _county_units(place: Place) -> Iterator[_Draft]:
    yield _government(place, "county", f"{prefecture().code}-zf")
    index = counties().index(place)
    optional = [body.key for body in bodies().values() if body.county_name and body.optional]
    chosen = optional[index % len(optional)]
    for body in bodies().values():
        if body.county_name and (not body.optional or body.key == chosen):
            yield _bureau(place, body, "county", body.county_name)
    for code, name in place.towns:
        yield _town(place, code, name)
    for spec in (*_COUNTY_UTILITIES, _COUNTY_THIRD_UTILITY[index % 2]):
        yield _utility(place, "county", spec)


def _government(place: Place, level: str, parent: str | None) -> _Draft:
    return _Draft(
        place=place,
        suffix="zf",
        official_name=f"{place.name}人民政府",
        short_name="州政府" if level == "prefecture" else f"{place.name}政府",
        tenant_type=f"{level}_government",
        level=level,
        body="government",
        mark=place.mark + "政",
        parent=parent,
        office=f"{place.name}人民政府办公室政务公开科",
    )


def _bureau(place: Place, body: Body, level: str, name: str) -> _Draft:
    return _Draft(
        place=place,
        suffix=body.key if body.key != "fgw" or level == "prefecture" else "fgj",
        official_name=place.name + name,
        short_name=name,
        tenant_type="bureau",
        level=level,
        body=body.key,
        mark=place.mark + body.mark,
        parent=f"{place.code}-zf",
    )


def _town(place: Place, code: str, name: str) -> _Draft:
    subdistrict = name.endswith("街道")
    return _Draft(
        place=place,
        suffix=code,
        official_name=f"{place.name}{name}办事处" if subdistrict else f"{place.name}{name}人民政府",
        short_name=name,
        tenant_type="subdistrict_office" if subdistrict else "township",
        level="county",
        body="township",
        mark=f"{place.mark}{name[:-2]}街办" if subdistrict else f"{place.mark}{name[:-1]}政",
        parent=f"{place.code}-zf",
        office="党政综合办公室",
        address=f"{prefecture().name}{place.name}{name}",
    )


def _utility(place: Place, level: str, spec: tuple[str, str, str, str, str]) -> _Draft:
    suffix, name, short_name, sector, kind = spec
    return _Draft(
        place=place,
        suffix=suffix,
        official_name=place.name + name,
        short_name=short_name,
        tenant_type="public_utility",
        level=level,
        body=sector,
        mark="",
        parent=f"{place.code}-zf",
        kind=kind,
        sector=sector,
        office=bodies()[sector].offices[0],
    )


def _finish(number: int, draft: _Draft) -> UnitRow:
    code = f"{draft.place.code}-{draft.suffix}"
    draw = zlib.crc32(code.encode())
    successor, abolished = _ABOLISHED.get(draft.body, (None, None))
    return UnitRow(
        code=code,
        official_name=draft.official_name,
        short_name=draft.short_name,
        tenant_type=draft.tenant_type,
        level=draft.level,
        parent_code=draft.parent,
        uscc=unified_code(draft.kind, draft.place.area_code, 120_000 + number * 37),
        area_code=draft.place.area_code,
        sort_order=number * 10,
        established_date=_established(draft.body, draw),
        office_name=draft.office,
        address=draft.address if draft.tenant_type == "development_zone" else _address(draft, draw),
        hours="周一至周五（法定节假日除外）8:30—12:00，14:30—17:30",
        phone=f"{dial_code()}-{2 + draw % 5}{draw // 7 % 900_000 + 100_000}",
        email=f"{code}@example.gov.cn",
        character=_character(draft, draw),
        body=draft.body,
        place=draft.place.name,
        mark=draft.mark,
        sector=draft.sector,
        abolished_date=abolished,
        successor_code=f"{draft.place.code}-{successor}" if successor else None,
    )


def _address(draft: _Draft, draw: int) -> str:
    if draft.tenant_type in ("township", "subdistrict_office"):
        return f"{draft.address}便民路{draw % 60 + 1}号"
    if draft.level == "prefecture":
        return f"{prefecture().name}云川市府前大道{draw % 90 + 1}号"
    return f"{draft.place.address}{draw % 180 + 1}号"


def _established(body: str, draw: int) -> date:
    """Agencies date from the 2019 reform of institutions, the rest from earlier years."""
    if body in ("government", "township"):
        return date(1958 + draw % 6, 1 + draw % 12, 1)
    if bodies()[body].mark:
        return date(2019, 1 + draw % 3, 5 + draw % 20)
    return date(1965 + draw % 40, 1 + draw % 12, 1 + draw % 28)


def _character(draft: _Draft, draw: int) -> Character:
    """About one unit in five publishes diligently, one in six lazily, one in twenty has gone blank."""
    share = draw % 100
    if draft.tenant_type.endswith("_government") or draft.body in _ABOLISHED:
        return "diligent" if share < 40 else "ordinary"
    if share < 22:
        return "diligent"
    if share < 78:
        return "ordinary"
    return "lazy" if share < 95 else "blank"

"""The invented places and bodies of the demonstration prefecture, read from the data files of this package."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_BODY_FILES = ("economy", "people", "land", "general")


@dataclass(frozen=True, slots=True)
class Place:
    """A prefecture or county: its name, short code, the character that starts its document codes, its area code."""

    name: str
    code: str
    mark: str
    area_code: str
    address: str
    towns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """What one kind of body does and publishes, with the words its items are made of.

    Lines with several values (`topics`, `cases`, `checks`, `stats`, `prices`, `quality`) are split at `｜`.
    """

    key: str
    mark: str
    subject: str
    offices: tuple[str, ...]
    topics: tuple[tuple[str, ...], ...]
    services: tuple[str, ...]
    prefecture_name: str
    county_name: str
    optional: bool
    facts: str
    duties: tuple[str, ...]
    norms: tuple[str, ...]
    permits: tuple[str, ...]
    rules: tuple[str, ...]
    cases: tuple[tuple[str, ...], ...]
    checks: tuple[tuple[str, ...], ...]
    stats: tuple[tuple[str, ...], ...]
    prices: tuple[tuple[str, ...], ...]
    quality: tuple[tuple[str, ...], ...]


def read_toml(name: str) -> dict[str, Any]:
    """Return one data file of this package, `name` relative to `data/`."""
    return tomllib.loads(files(__package__).joinpath("data", name).read_text(encoding="utf-8"))


@cache
def prefecture() -> Place:
    """Return the prefecture itself."""
    raw = read_toml("places.toml")
    return Place(raw["name"], raw["code"], raw["mark"], raw["area"], f"{raw['name']}{raw['address']}")


@cache
def counties() -> tuple[Place, ...]:
    """Return the eight counties in official order."""
    raw = read_toml("places.toml")
    return tuple(
        Place(
            name=county["name"],
            code=county["code"],
            mark=county["mark"],
            area_code=county["area"],
            address=f"{raw['name']}{county['name']}{county['street']}",
            towns=tuple((code, name) for code, name in (town.split(" ") for town in county["towns"])),
        )
        for county in raw["county"]
    )


def dial_code() -> str:
    """Return the invented telephone area code, with its leading zero."""
    return str(read_toml("places.toml")["dial"])


@cache
def bodies() -> Mapping[str, Body]:
    """Return the kinds of body by key, bureaus in official order first."""
    return {key: _body(key, raw) for name in _BODY_FILES for key, raw in read_toml(f"bodies/{name}.toml").items()}


def _body(key: str, raw: Mapping[str, Any]) -> Body:
    def rows(field: str) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(line.split("｜")) for line in raw.get(field, ()))

    return Body(
        key=key,
        mark=raw.get("mark", ""),
        subject=raw["subject"],
        offices=tuple(raw["offices"]),
        topics=rows("topics"),
        services=tuple(raw["services"]),
        prefecture_name=raw.get("prefecture", ""),
        county_name=raw.get("county", ""),
        optional=raw.get("optional", False),
        facts=raw.get("facts", ""),
        duties=tuple(raw.get("duties", ())),
        norms=tuple(raw.get("norms", ())),
        permits=tuple(raw.get("permits", ())),
        rules=tuple(raw.get("rules", ())),
        cases=rows("cases"),
        checks=rows("checks"),
        stats=rows("stats"),
        prices=rows("prices"),
        quality=rows("quality"),
    )

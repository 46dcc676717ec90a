"""The kinds of items and the units that publish them, read from the template files."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from gongkai.run.demo import figures_money, figures_work
from gongkai.run.demo.places import bodies, read_toml
from gongkai.run.demo.units import UnitRow
from gongkai.run.demo.words import Words

Block = str | list[str]

_KIND_FILES = ("basic", "policy", "area")
_TYPES = {
    "prefecture_government": "P",
    "county_government": "C",
    "bureau": "B",
    "township": "T",
    "subdistrict_office": "T",
    "development_zone": "Z",
    "public_utility": "U",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of item: who publishes it in which months, how often, with which texts.

    `weight` is its share among a unit's items (0: only on demand); `period` limits it to one a year, half,
    quarter or month; `max_gap` is the longest usual time between document and publication in working days.
    A block is a paragraph, a heading (`# `), a table (`@table`), or a list of alternatives; `?` makes it optional.
    """

    key: str
    columns: tuple[str, ...]
    types: str
    bodies: tuple[str, ...]
    months: tuple[int, ...]
    needs: str
    weight: float
    period: str
    number: str | None
    genre: str
    subject: str
    figures: Callable[[Words], dict[str, str]] | None
    max_gap: int
    titles: tuple[str, ...]
    gov_titles: tuple[str, ...]
    summary: tuple[str, ...]
    blocks: tuple[Block, ...]


@cache
def kinds() -> dict[str, Kind]:
    """Return all kinds by key."""
    return {raw["key"]: _kind(raw) for name in _KIND_FILES for raw in read_toml(f"kinds/{name}.toml")["kind"]}


@cache
def kinds_of(unit: UnitRow) -> tuple[Kind, ...]:
    """Return the kinds that `unit` publishes."""
    body = bodies()[unit.body]
    letter = _TYPES[unit.tenant_type]
    return tuple(
        kind
        for kind in kinds().values()
        if letter in kind.types
        and (not kind.bodies or unit.body in kind.bodies)
        and (not kind.needs or getattr(body, kind.needs))
    )


def period_key(kind: Kind, day: date) -> tuple[int, ...]:
    """Return what may hold only one item of this kind; empty when there is no limit."""
    parts = {"year": 12, "half": 6, "quarter": 3, "month": 1}
    if not kind.period:
        return ()
    return (day.year, (day.month - 1) // parts[kind.period])


def _kind(raw: dict[str, Any]) -> Kind:
    figures = raw.get("figures", "")
    return Kind(
        key=raw["key"],
        columns=tuple(raw.get("columns", (raw["column"],))),
        types=raw["types"],
        bodies=tuple(raw.get("bodies", ())),
        months=tuple(raw.get("months", range(1, 13))),
        needs=raw.get("needs", ""),
        weight=float(raw["weight"]),
        period=raw.get("period", ""),
        number=raw.get("number") or None,
        genre=raw["genre"],
        subject=raw.get("subject", ""),
        figures=_figures(figures) if figures else None,
        max_gap=raw.get("max_gap", 18),
        titles=tuple(raw["titles"]),
        gov_titles=tuple(raw.get("gov_titles", ())),
        summary=tuple(raw["summary"]),
        blocks=tuple(raw["blocks"]),
    )


def _figures(name: str) -> Callable[[Words], dict[str, str]]:
    found: Callable[[Words], dict[str, str]] | None = getattr(figures_money, name, None)
    return found or getattr(figures_work, name)

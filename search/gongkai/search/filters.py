"""What a search can be narrowed by, and what is left to choose from.

An engine counts its documents by seven *dimensions*. The filters by area and kind of unit follow from the unit, the one
by part of the catalogue from the column; so nothing is written anew when the tree of units changes.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from gongkai.catalog.column_templates import PARTS, column_names, column_parts
from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.ports import Facet, SearchQuery
from gongkai.publishing.models import VALIDITIES
from gongkai.search.units import Units

DIMENSIONS = {
    "tenant": "tenant_id",
    "column": "column_code",
    "year": "year",
    "subject": "subject",
    "genre": "genre",
    "validity": "validity",
    "file": "file_types",
}
"""Name of a dimension → its column in `search_document`, and its field on the search server."""
HEADINGS = {
    "area": "地区",
    "kind": "单位类别",
    "unit": "单位",
    "part": "目录类别",
    "column": "栏目",
    "subject": "主题",
    "genre": "体裁",
    "year": "发布年份",
    "validity": "有效性",
    "file": "附件类型",
}
"""Name of a filter, as addresses have it → its heading, in the order in which they are shown."""
FILE_TYPES = {
    "pdf": ("PDF", ("pdf",)),
    "ofd": ("OFD", ("ofd",)),
    "word": ("文档", ("docx", "doc", "wps", "rtf")),
    "sheet": ("表格", ("xlsx", "xls", "et", "csv")),
    "slides": ("演示文稿", ("pptx", "ppt", "dps")),
    "text": ("文本、网页", ("txt", "html", "htm")),
    "archive": ("压缩包", ("zip", "rar", "7z")),
    "picture": ("图片", ("jpg", "jpeg", "png", "gif", "bmp", "tif", "tiff")),
}
"""Kinds of attachments: label and extensions."""
SHOWN_UNITS = 50
_PLAIN = ("subject", "genre", "year", "validity", "file")
"""Filters that are dimensions as they stand."""
_KINDS = {extension: kind for kind, (_, extensions) in FILE_TYPES.items() for extension in extensions}
UNIT_FILTERS = ("area", "kind", "unit")
"""Filters that follow from the unit."""
_COLUMN_FILTERS = ("part", "column")
SEVERAL = "file"
"""The dimension of which a document has several values."""
Counts = Mapping[str, Mapping[str, int]]
"""Dimension → value → number of documents under the filters of the other dimensions."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the filters leave.

    Attributes:
        values: dimension → values of which a document has to have one, of those that are filtered.
        since, until: the document is published at or after the one and before the other.
    """

    values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None

    def missed(self, values: Mapping[str, frozenset[str]], at: datetime) -> set[str]:
        """The dimensions whose filter a document of these values does not pass; `day` where it is of another time."""
        missed = {name for name, wanted in self.values.items() if not values[name] & wanted}
        in_time = (self.since is None or at >= self.since) and (self.until is None or at < self.until)
        return missed if in_time else missed | {"day"}


def file_type(name: str) -> str:
    """The kind of an attachment by its name, "" for one that has no filter."""
    return _KINDS.get(name.rpartition(".")[2].lower(), "")


def values_of(row: Any) -> dict[str, frozenset[str]]:
    """Dimension → values of a document, from a row of `search_document`."""
    found = {name: getattr(row, column) for name, column in DIMENSIONS.items()}
    return {name: frozenset(value if name == SEVERAL else [str(value)]) for name, value in found.items()}


def wanted_of(query: SearchQuery, units: Units) -> Wanted:
    """What the filters of a query ask of the documents; a value that does not exist leaves none."""
    values: dict[str, frozenset[str]] = {}
    chosen = query.filters
    if any(name in chosen for name in UNIT_FILTERS):
        values["tenant"] = frozenset(str(unit_id) for unit_id in units.matching(chosen))
    if any(name in chosen for name in _COLUMN_FILTERS):
        values["column"] = frozenset(code for code in column_names() if _in_part(code, chosen, _COLUMN_FILTERS))
    values |= {name: frozenset([chosen[name]]) for name in _PLAIN if name in chosen}
    return Wanted(
        values,
        datetime.combine(query.since, time(), SHANGHAI) if query.since else None,
        datetime.combine(query.until, time(), SHANGHAI) + timedelta(days=1) if query.until else None,
    )


def facets_of(counts: Counts, query: SearchQuery, units: Units) -> dict[str, list[Facet]]:
    """The values of each filter with results under the others, and the chosen one."""
    made = {name: _MAKERS[name](counts, query, units) for name in HEADINGS}
    return {name: _with_chosen(facets, query.filters.get(name, ""), name, units) for name, facets in made.items()}


def _by_unit(name: str) -> Callable[[Counts, SearchQuery, Units], list[Facet]]:
    def make(counts: Counts, query: SearchQuery, units: Units) -> list[Facet]:
        others = {other: value for other, value in query.filters.items() if other != name}
        number: Counter[str] = Counter()
        for unit_id, count in counts.get("tenant", {}).items():
            unit = units.by_id.get(int(unit_id))
            if unit is not None and unit.matches(others):
                number[unit.value(name)] += count
        # Those that come first in the official order go first where numbers are even.
        ranked = sorted(number, key=lambda value: (-number[value], units.place(name, value)))
        return [Facet(value, units.label(name, value), number[value]) for value in ranked[:SHOWN_UNITS]]

    return make


def _parts(counts: Counts, query: SearchQuery, _: Units) -> list[Facet]:
    number: Counter[str] = Counter()
    for code, count in counts.get("column", {}).items():
        if query.filters.get("column", code) == code:
            number[column_parts().get(code, "other")] += count
    return [Facet(part, label, number[part]) for part, label in PARTS.items() if number[part]]


def _columns(counts: Counts, query: SearchQuery, _: Units) -> list[Facet]:
    named = counts.get("column", {}).items()
    kept = [(code, count) for code, count in named if _in_part(code, query.filters, ("part",))]
    return [Facet(code, column_names().get(code, code), count) for code, count in _most_first(kept)]


def _years(counts: Counts, _: SearchQuery, __: Units) -> list[Facet]:
    years = sorted(counts.get("year", {}).items(), reverse=True)
    return [Facet(year, f"{year}年", count) for year, count in years]


def _plain(name: str) -> Callable[[Counts, SearchQuery, Units], list[Facet]]:
    def make(counts: Counts, _: SearchQuery, __: Units) -> list[Facet]:
        found = [(value, count) for value, count in counts.get(name, {}).items() if value]
        return [Facet(value, _label(name, value), count) for value, count in _most_first(found)]

    return make


_MAKERS: dict[str, Callable[[Counts, SearchQuery, Units], list[Facet]]] = {
    **{name: _by_unit(name) for name in UNIT_FILTERS},
    "part": _parts,
    "column": _columns,
    "year": _years,
    **{name: _plain(name) for name in ("subject", "genre", "validity", "file")},
}


def _most_first(counts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(counts, key=lambda entry: (-entry[1], entry[0]))


def _in_part(code: str, chosen: Mapping[str, str], names: Sequence[str]) -> bool:
    """Whether a column of the templates passes these of the filters by part and by column."""
    of = {"part": column_parts().get(code, "other"), "column": code}
    return all(chosen.get(name, of[name]) == of[name] for name in names)


def _label(name: str, value: str) -> str:
    if name == "validity":
        return VALIDITIES.get(value, value)
    if name == "file":
        return FILE_TYPES[value][0] if value in FILE_TYPES else value
    labels = {"part": PARTS, "column": column_names()}
    if name in labels:
        return labels[name].get(value, value)
    return f"{value}年" if name == "year" else value


def _with_chosen(facets: list[Facet], chosen: str, name: str, units: Units) -> list[Facet]:
    """The facets with the chosen value, which may have no results under the other filters."""
    if not chosen or any(facet.value == chosen for facet in facets):
        return facets
    label = units.label(name, chosen) if name in UNIT_FILTERS else _label(name, chosen)
    return [Facet(chosen, label, 0), *facets]

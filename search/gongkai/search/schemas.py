"""The address of a search, read and written: `q`, `unit`, `column`, `year`, `order`, `page`, `verbatim`."""

from collections.abc import Mapping

from gongkai.core.ports import SearchQuery

LONGEST_CODE = 64
LAST_PAGE = 1_000
FIRST_YEAR, LAST_YEAR = 1949, 2200


def read_query(values: Mapping[str, str]) -> SearchQuery:
    """The query of an address. What is no value of a parameter is taken as not given; `q` is taken as it stands."""
    year = _number(values.get("year", ""), LAST_YEAR)
    return SearchQuery(
        text=values.get("q", ""),
        unit_code=_code(values.get("unit", "")),
        column_code=_code(values.get("column", "")),
        year=year if year >= FIRST_YEAR else None,
        order="date" if values.get("order") == "date" else "relevance",
        page=max(1, _number(values.get("page", ""), LAST_PAGE)),
        verbatim=values.get("verbatim") == "1",
    )


def address_values(query: SearchQuery) -> dict[str, str]:
    """The parameters of a query's address without its page; empty ones are left out."""
    values = {
        "q": query.text.strip(),
        "unit": query.unit_code,
        "column": query.column_code,
        "year": str(query.year or ""),
        "order": "" if query.order == "relevance" else query.order,
        "verbatim": "1" if query.verbatim else "",
    }
    return {name: value for name, value in values.items() if value}


def _code(text: str) -> str:
    return text if text.isprintable() and len(text) <= LONGEST_CODE else ""


def _number(text: str, largest: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= largest else 0

"""The address of a search, read and written: `q`, the filters, `since`, `until`, `order`, `page`, `verbatim`."""

from collections.abc import Mapping
from datetime import date

from gongkai.core.errors import Fault, Invalid
from gongkai.core.ports import SearchQuery
from gongkai.search.filters import HEADINGS

LONGEST_VALUE = 64
LAST_PAGE = 1_000
DAYS = {"since": "开始日期", "until": "结束日期"}


def read_query(values: Mapping[str, str]) -> SearchQuery:
    """The query of an address. What is no value of a parameter is taken as not given; `q` is taken as it stands.

    Raises:
        Invalid: when a day is none (fields `since`, `until`), or the period ends before it begins.
    """
    faults: list[Fault] = []
    since, until = (_day(name, values.get(name, "").strip(), faults) for name in DAYS)
    if since and until and until < since:
        faults.append(Fault("until", "结束日期早于开始日期", "请重新选择发布日期的范围"))
    if faults:
        raise Invalid(faults)
    return SearchQuery(
        text=values.get("q", ""),
        filters={name: value for name in HEADINGS if (value := _value(values.get(name, "")))},
        since=since,
        until=until,
        order="date" if values.get("order") == "date" else "relevance",
        page=max(1, _number(values.get("page", ""), LAST_PAGE)),
        verbatim=values.get("verbatim") == "1",
    )


def address_values(query: SearchQuery) -> dict[str, str]:
    """The parameters of a query's address without its page; empty ones are left out."""
    values = {
        "q": query.text.strip(),
        **query.filters,
        "since": query.since.isoformat() if query.since else "",
        "until": query.until.isoformat() if query.until else "",
        "order": "" if query.order == "relevance" else query.order,
        "verbatim": "1" if query.verbatim else "",
    }
    return {name: value for name, value in values.items() if value}


def _day(name: str, text: str, faults: list[Fault]) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        faults.append(Fault(name, f"{DAYS[name]}不是有效日期", "请按“2026-03-01”的形式填写，或者留空"))
        return None


def _value(text: str) -> str:
    return text if text.isprintable() and len(text) <= LONGEST_VALUE else ""


def _number(text: str, largest: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= largest else 0

"""The address of a search, read and written: `q`, filters, `since`, `until`, `order`, `page`, `after`, `verbatim`."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Literal

from gongkai.core.errors import Fault, Invalid
from gongkai.core.ports import Place, SearchQuery
from gongkai.search.filters import HEADINGS
from gongkai.search.finding import milliseconds_of, place_at

LONGEST_VALUE = 64
LAST_PAGE = 1_000
_PLACE = re.compile("([0-9]{1,13})-([0-9]{1,18})")
DAYS = {"since": "开始日期", "until": "结束日期"}


def read_query(values: Mapping[str, str]) -> SearchQuery:
    """The query of an address. What is no value of a parameter is taken as not given; `q` is taken as it stands.

    Raises:
        Invalid: when a day is none (fields `since`, `until`), or the period ends before it begins; when by date
            `after` is no place (field `after`).
    """
    faults: list[Fault] = []
    since, until = (_day(name, values.get(name, "").strip(), faults) for name in DAYS)
    if since and until and until < since:
        faults.append(Fault("until", "结束日期早于开始日期", "请重新选择发布日期的范围"))
    order: Literal["date", "relevance"] = "date" if values.get("order") == "date" else "relevance"
    after = _place(values.get("after", ""), faults) if order == "date" else None
    if faults:
        raise Invalid(faults)
    return SearchQuery(
        text=values.get("q", ""),
        filters={name: value for name in HEADINGS if (value := _value(values.get(name, "")))},
        since=since,
        until=until,
        order=order,
        page=max(1, _number(values.get("page", ""), LAST_PAGE)),
        after=after,
        verbatim=values.get("verbatim") == "1",
    )


def address_values(query: SearchQuery) -> dict[str, str]:
    """The parameters of a query's address without its page and place; empty ones are left out."""
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


def place_words(place: Place) -> str:
    """A place as the address has it."""
    return f"{milliseconds_of(place)}-{place[1]}"


def _place(text: str, faults: list[Fault]) -> Place | None:
    if not text:
        return None
    match = _PLACE.fullmatch(text)
    if match is None:
        faults.append(Fault("after", "网址中的翻页位置不正确", "请返回检索结果第1页，重新点击“下一页”翻看"))
        return None
    return place_at(int(match[1]), int(match[2]))


def _value(text: str) -> str:
    return text if text.isprintable() and len(text) <= LONGEST_VALUE else ""


def _number(text: str, largest: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= largest else 0

"""The clock vectors whose result needs nothing but working days, and the calendar that the file states."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.workdays import WorkingDayCalendar, national_calendar

DATA = json.loads((Path(__file__).parents[2] / "data" / "clock-vectors.json").read_text(encoding="utf-8"))
VECTORS: dict[str, dict[str, Any]] = {vector["id"]: vector for vector in DATA["vectors"]}


def days(ranges: list[str]) -> Iterator[date]:
    for text in ranges:
        first, _, last = text.partition("..")
        day = date.fromisoformat(first)
        while day <= date.fromisoformat(last or first):
            yield day
            day += timedelta(days=1)


def calendar_of(vector: dict[str, Any]) -> WorkingDayCalendar:
    calendar = national_calendar()
    for year, notice in vector.get("calendar_entered", {}).items():
        calendar = calendar.with_year(int(year), days(notice["off"]), days(notice["make_up_working_days"]))
    return calendar.overlay(days(vector.get("local_holidays", [])))


@pytest.mark.parametrize("year", [2025, 2026])
def test_national_calendar_is_the_one_of_the_file(year: int) -> None:
    stated = DATA["calendar"][str(year)]
    from_file = WorkingDayCalendar(
        frozenset(days(stated["off"])), frozenset(days(stated["make_up_working_days"])), frozenset([year])
    )
    for day in days([f"{year}-01-01..{year}-12-31"]):
        assert national_calendar().is_working_day(day) == from_file.is_working_day(day), day


COUNTED = {
    # day 0, working days, due: the vectors that state all of them
    (
        "receipt_date",
        20,
        "response_due",
    ): "01 02 03 09 11 12 13 14 15 16 17 18 21 22 23 24 25 26 34 35 44 45 46 48 49 50 59",
    ("receipt_date", 7, "correction_notice_due"): "04 12 27 28 29 38",
    ("corrected_received", 20, "response_due"): "04 27 28",
    ("receipt_date", 20, "response_due_before_extension"): "05 31 32",
    ("response_due_before_extension", 20, "response_due"): "05 31",
    ("response_due_before_extension", 8, "response_due"): "32",
    ("receipt_date", 20, "response_due_without_suspension"): "06 33",
    ("third_party_received", 15, "third_party_reply_due"): "06 07 33 38",
    ("receipt_date", 20, "response_due_before_fee"): "08 39 40 41 42",
    ("fee_notice_received", 20, "payment_due"): "08 39 40 41 42",
    ("payment_completed", 20, "response_due"): "08 39 40",
    ("receipt_date", 20, "response_due_before_replacement"): "43",
    ("formed_date", 20, "publish_due"): "10 51",
    ("changed_date", 20, "publish_due"): "52",
    ("revoked_date", 3, "takedown_due"): "53",
    ("contract_signed_date", 2, "publish_due"): "54",
}
CASES = [(f"C{number}", *rule) for rule, numbers in COUNTED.items() for number in numbers.split()]


@pytest.mark.parametrize(("key", "start", "count", "due"), CASES)
def test_counted(key: str, start: str, count: int, due: str) -> None:
    vector = VECTORS[key]
    calendar = calendar_of(vector)
    first = date.fromisoformat(vector[start])
    result = calendar.add_working_days(first, count)
    assert result.date.isoformat() == vector[due]
    assert not result.provisional
    assert calendar.working_days_between(first, result.date) == count


@pytest.mark.parametrize("key", ["C06", "C07", "C33", "C38", "C47"])
def test_days_used_before_a_consultation(key: str) -> None:
    vector = VECTORS[key]
    start = date.fromisoformat(vector.get("corrected_received") or vector["receipt_date"])
    eve = date.fromisoformat(vector["consultation_issued"]) - timedelta(days=1)
    used = national_calendar().working_days_between(start, eve)
    assert used == vector["working_days_used_before_suspension"]


@pytest.mark.parametrize(
    ("key", "start", "count", "due"),
    [
        ("C55", "served_date", 60, "reconsideration_due"),
        ("C56", "served_date", 60, "reconsideration_due"),
        ("C57", "reconsideration_decision_received", 15, "litigation_after_reconsideration_due"),
    ],
)
def test_calendar_days_roll_forward(key: str, start: str, count: int, due: str) -> None:
    vector = VECTORS[key]
    last = date.fromisoformat(vector[start]) + timedelta(days=count)
    assert national_calendar().roll_forward(last) == (date.fromisoformat(vector[due]), False)


def test_the_year_follows_from_the_shanghai_date() -> None:
    vector = VECTORS["C17"]
    day = shanghai_date(datetime.fromisoformat(vector["confirmed_at"]))
    assert (day.isoformat(), day.year) == (vector["receipt_date"], vector["received_year"])


@pytest.mark.parametrize("key", ["C46", "C59"])
def test_in_time_to_the_end_of_the_due_date(key: str) -> None:
    vector = VECTORS[key]
    end = national_calendar().due_instant(date.fromisoformat(vector["response_due"]))
    assert datetime.fromisoformat(vector["dispatched_at"]) <= end
    assert end < datetime.fromisoformat("2025-04-08T16:00:00+00:00")

"""A year of a prefecture: what its circulars state is what happened, counted again by hand from what people did.

Twenty bodies with the suite, sixty with `make prove`.
"""

import io
import re
from collections import Counter
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine

from gongkai.core.ports import Services
from gongkai.supervision.circulars.access import circulate, snapshot_of
from gongkai.supervision.circulars.document import body_text
from gongkai.supervision.circulars.problems import problems
from gongkai.supervision.circulars.snapshot import Snapshot, UnitFigures
from gongkai.supervision.models import Circular
from tests.conftest import AdjustableClock
from tests.supervision.year.history import SPANS, History, Merger
from tests.supervision.year.living import Prefecture
from tests.supervision.year.prefecture import OFFICE, Body, bodies, make_prefecture
from tests.supervision.year.recount import Expected, Recount, UnitMonth
from tests.supervision.year.reporting import Reporting

FIRST_DAY, LAST_DAY, NEW_YEAR = date(2025, 1, 1), date(2026, 1, 12), date(2026, 1, 1)
MERGER = Merger(date(2025, 7, 15), ("b9", "b10"), "b7", date(2025, 8, 31))


@pytest.mark.parametrize("number", [20, pytest.param(60, marks=pytest.mark.prove)])
def test_the_circulars_of_a_year_state_what_happened(
    app: Flask, services: Services, owner_engine: Engine, clock: AdjustableClock, number: int
) -> None:
    found, history = bodies(number), History(MERGER)
    prefecture = Prefecture(app, make_prefecture(services, owner_engine, clock, found), clock, found, history)
    reporting = Reporting(prefecture, history)
    set_tasks(prefecture, found)
    lived(prefecture, reporting)
    recount = Recount(history, found)
    recount.live(LAST_DAY)
    circulars = {circular.period: circular for circular in reporting.issued()}
    assert circulars.keys() == recount.expected.keys() == SPANS.keys()
    for period, circular in circulars.items():
        snapshot = snapshot_of(circular)
        assert snapshot is not None
        assert (circular.state, circular.signatory) == ("issued", f"{OFFICE}-leader")
        assert differences(snapshot, recount.expected[period]) == [], period
        with services.database.system_scope("test") as uow:
            text = body_text(circulate(uow, uow.session.get_one(Circular, circular.id)))
        assert printed(text, snapshot) == printable(recount.expected[period]), period
    assert_eventful(recount)


def set_tasks(prefecture: Prefecture, found: tuple[Body, ...]) -> None:
    """The office enters the monthly tasks of all bodies from a table."""
    rows = "\n".join(f"{body.code},{body.task}" for body in found)
    file = (io.BytesIO(f"单位代码,月度任务\n{rows}".encode()), "任务.csv")
    desk = prefecture.desk(f"{OFFICE}-supervisor")
    desk.send("/office/rules/import", file=file, import_from="2025-01", import_reason="年度工作要点")


def lived(prefecture: Prefecture, reporting: Reporting) -> None:
    """Day by day: the units, the jobs of the schedule, the office."""
    day = FIRST_DAY
    while day <= LAST_DAY:
        prefecture.begin(day)
        if day < NEW_YEAR:
            prefecture.morning()
        prefecture.jobs()
        prefecture.evening()
        reporting.work(day)
        day += timedelta(days=1)


def differences(snapshot: Snapshot, expected: Expected) -> list[object]:
    """Where the figures that a circular quotes and those counted by hand disagree."""
    listed = {unit.code: stated(unit) for unit in snapshot.units}
    counted = {
        unit: by_hand(list(months.values()), expected.last[unit], month=snapshot.is_month)
        for unit, months in expected.months.items()
    }
    found: list[object] = [
        (unit, listed.get(unit), counted.get(unit))
        for unit in sorted({*listed, *counted})
        if listed.get(unit) != counted.get(unit)
    ]
    findings = Counter((finding.rule_code, finding.code) for finding in snapshot.findings)
    if findings != expected.findings:
        found.append((findings - Counter(expected.findings), Counter(expected.findings) - findings))
    named = {group.code: {unit.code for unit in group.named} for group in problems(snapshot)}
    if named != expected.named:
        found.append((named, expected.named))
    for each in snapshot.months:
        months = [one[each.period] for one in expected.months.values() if each.period in one]
        figures = each.figures
        sums = (figures.counted, figures.assessed, figures.attained, figures.blank)
        if sums != (sum(one.counted for one in months), *rates(months)):
            found.append((each, months))
    return found


def stated(unit: UnitFigures) -> tuple[object, ...]:
    """A row of annex 1."""
    return (
        unit.counted, unit.total, unit.key_total, unit.attained, unit.blank, unit.blank_months, unit.excused,
        unit.last_counted,
    )  # fmt: skip


def by_hand(months: list[UnitMonth], last: int | None, *, month: bool) -> tuple[object, ...]:
    """The same from a unit's months."""
    judged = [one for one in months if one.judged]
    return (
        sum(one.counted for one in months),
        sum(one.total for one in months),
        sum(one.key for one in months),
        all(one.attained for one in judged) if judged else None,
        any(one.blank for one in months),
        months[0].streak if month else sum(one.blank for one in months),
        not judged and any(one.excused for one in months),
        last,
    )


def rates(months: list[UnitMonth]) -> tuple[int, int, int]:
    """Judged, attained, blank."""
    return sum(one.judged for one in months), sum(one.attained for one in months), sum(one.blank for one in months)


def printed(text: str, snapshot: Snapshot) -> list[tuple[int, ...]]:
    """Figures of the first paragraph as they are printed: units and items, every rate with its two numbers."""
    first = re.search(r"纳入统计的(\d+)家单位共发布政府信息(\d+)条", text)
    assert first is not None, text
    overall = text[text.index("总体情况") : text.index("各类单位情况见表1")]
    rates_found = re.findall(r"(\d+\.\d)%（(\d+)/(\d+)）", overall)
    for share, part, whole in rates_found:
        assert abs(float(share) - int(part) * 100 / int(whole)) <= 0.05
    assert all(unit.name in text for group in problems(snapshot) for unit in group.named)
    return [tuple(map(int, first.groups())), *((int(part), int(whole)) for _, part, whole in rates_found)]


def printable(expected: Expected) -> list[tuple[int, ...]]:
    """The same by hand: tasks by unit, of longer periods by month too, and problems closed."""
    units = [list(months.values()) for months in expected.months.values()]
    judged = [[one for one in months if one.judged] for months in units]
    found: list[tuple[int, ...]] = [(len(units), sum(one.counted for months in units for one in months))]
    found.append((sum(bool(one) and all(month.attained for month in one) for one in judged), sum(map(bool, judged))))
    if expected.longer:
        found.append((sum(month.attained for one in judged for month in one), sum(map(len, judged))))
    if expected.matured:
        found.append((expected.closed, expected.matured))
    return found


def assert_eventful(recount: Recount) -> None:
    """The year had in it what it is about, so that the figures that agree are not all zero."""
    months = [figures for one in recount.expected.values() for unit in one.months.values() for figures in unit.values()]
    assert max(one.streak for one in months) >= 2
    assert any(one.excused for one in months)
    assert recount.history.removed
    named = {problem_class for one in recount.expected.values() for problem_class in one.named}
    assert {"PB-BLANKMONTH", "PB-QUOTA", "PB-TRAIN", "PB-TASK", "PB-RECT", "PB-STALE", "PB-BLANK"} <= named
    rules = Counter(rule for one in recount.expected.values() for rule, _ in one.findings)
    assert rules["SR-X1"]
    assert rules["SR-X3"]
    assert any(one.false_on for one in recount.ledger)
    assert any(0 < one.closed < one.matured for one in recount.expected.values())
    assert set(MERGER.sources) <= recount.expected["2025-07"].months.keys()
    assert not set(MERGER.sources) & recount.expected["2025-08"].months.keys()
    assert not recount.expected["2025-08"].months[MERGER.receiver]["2025-08"].judged

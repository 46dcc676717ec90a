"""SR-E1: lists for archives and libraries are sent, and mismatches answered, in time."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.calendar.periods import Period
from gongkai.supervision.evaluation.transfers import RULE, Owed, Transfers, evaluate
from gongkai.supervision.models import OfficeRule
from gongkai.supervision.tasks import evaluate_all
from gongkai.supervision.transfers.tasks import make_lists
from tests.conftest import AdjustableClock
from tests.factories.world import World
from tests.supervision.judged import UNIT, judge, moment, said, standing, values
from tests.supervision.slips.desk import Desk
from tests.supervision.transfers.desk import SENDING, archive, list_of, prepared

OWED = Owed(5, Period(2026, 2), "县档案馆", "prepared", date(2026, 3, 5))


def found(*owed: Owed, day: date, **unit: object) -> dict[int, str]:
    """List → its problem in words."""
    facts = Transfers(replace(UNIT, **unit), owed)  # type: ignore[arg-type]
    return {one.object_id: said([one])[RULE] for one in evaluate(facts, values(), moment(day))}


def test_a_list_is_late_after_its_day_and_each_is_a_problem() -> None:
    assert found(OWED, day=OWED.due) == {}
    words = "2026年2月送交县档案馆的清单应于2026-03-05前送交，至今未送交"
    assert found(OWED, day=date(2026, 3, 6)) == {5: words}
    answer = replace(OWED, id=6, state="mismatch")
    said_of_both = found(OWED, answer, day=date(2026, 3, 6))
    assert said_of_both[6] == "2026年2月送交县档案馆的清单与接收单位收到的有出入，应于2026-03-05前答复，至今未答复"
    assert len(said_of_both) == 2


def test_a_unit_in_its_time_of_grace_is_left_alone() -> None:
    grace = ((date(2026, 3, 1), date(2026, 3, 31)),)
    assert found(OWED, day=date(2026, 3, 6), graces=grace) == {}
    assert found(OWED, day=date(2026, 4, 1), graces=grace)


@given(st.lists(st.tuples(st.integers(1, 60), st.sampled_from(["prepared", "mismatch"]))), st.integers(0, 90))
def test_the_order_of_lists_does_not_matter_and_time_adds_only(lists: list[tuple[int, str]], later: int) -> None:
    owed = [
        replace(OWED, id=number, state=state, due=OWED.due + timedelta(days=days))
        for number, (days, state) in enumerate(lists)
    ]
    day = OWED.due + timedelta(days=later)
    problems = found(*owed, day=day)
    assert problems == found(*reversed(owed), day=day)
    assert problems.keys() == {one.id for one in owed if one.due < day}
    assert problems.keys() <= found(*owed, day=day + timedelta(days=1)).keys()


@pytest.fixture
def county(world: World) -> World:
    """The county with its archive."""
    with world.services.database.system_scope("test") as uow:
        archive(world, uow)
    return world


def test_a_finding_stands_until_the_list_is_sent(app: Flask, county: World, clock: AdjustableClock) -> None:
    transfer_id = prepared(county, "hx-mzj", "2026-03")
    assert judge(county, "transfer") == (0, 0, 0)
    clock.advance(days=16)
    assert judge(county, "transfer") == (1, 0, 0)
    assert judge(county, "transfer") == (0, 0, 0), "a second time changes nothing"
    words = "2026年3月送交县档案馆的清单应于2026-04-07前送交，至今未送交"
    assert standing(county, "hx-mzj", RULE) == {(RULE, transfer_id): words}
    Desk(app, county, "hx-mzj-contributor").send(f"/work/transfers/{transfer_id}/send", **SENDING)
    assert list_of(county, "hx-mzj", "2026-03").late
    assert judge(county, "transfer") == (0, 0, 1)


def test_an_objection_that_is_not_answered_is_found(app: Flask, county: World, clock: AdjustableClock) -> None:
    transfer_id = prepared(county, "hx-mzj", "2026-02")
    Desk(app, county, "hx-mzj-contributor").send(f"/work/transfers/{transfer_id}/send", **SENDING)
    Desk(app, county, "hx-dag-receiver").send(f"/work/receiving/{transfer_id}/dispute", text="未收到。")
    clock.advance(days=7)
    assert judge(county, "transfer") == (0, 0, 0), "the thirtieth of March is the last day"
    clock.advance(days=1)
    assert judge(county, "transfer") == (1, 0, 0)
    unit = Desk(app, county, "hx-mzj-contributor")
    unit.send(f"/work/transfers/{transfer_id}/correct", text="已补送。")
    assert judge(county, "transfer") == (0, 0, 1)


def test_the_close_of_a_month_leaves_it_alone(county: World, clock: AdjustableClock) -> None:
    prepared(county, "hx-mzj", "2026-03")
    clock.advance(days=16)
    judge(county, "transfer")
    with county.services.database.system_scope("test") as uow:
        evaluate_all(uow, period=Period(2026, 3))
    assert standing(county, "hx-mzj", RULE)


def test_an_office_sets_its_own_day_for_the_months_from_then_on(
    app: Flask, county: World, clock: AdjustableClock
) -> None:
    office = Desk(app, county, "hx-supervisor")
    office.send("/office/transfers/halls", hall="县档案馆", kind="archive", from_period="2026-03")
    with county.services.database.system_scope("test") as uow:
        uow.session.add(
            OfficeRule(
                tenant_id=county.units["hx"], rule_code=RULE, parameter="day", value=Decimal(20),
                valid_from="2026-03", reason="本地规定", set_by=county.people["hx-supervisor"], set_at=uow.now,
            )
        )  # fmt: skip
    clock.advance(days=10)
    with county.services.database.system_scope("test") as uow:
        assert make_lists(uow) == 3
    assert list_of(county, "hx-mzj", "2026-03").due_date == date(2026, 4, 20)

"""SR-C1 and SR-C2: a consultation is long enough or says why not, and is answered."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from gongkai.core.calendar.periods import Period
from gongkai.publishing.chain import take_down
from gongkai.publishing.consultations import Consultation
from gongkai.publishing.links.models import ItemLink
from gongkai.publishing.models import Item
from gongkai.supervision.evaluation.consultation import Asking, evaluate
from gongkai.supervision.rules import ALL, Rule
from tests.conftest import AdjustableClock
from tests.factories.items import published
from tests.factories.world import World
from tests.supervision.judged import UNIT, judge, moment, said, standing, values

NAME = "hx-mzj"
TIME = Consultation(date(2026, 1, 5), date(2026, 2, 3))
ASKING = Asking(UNIT, 1, "某办法征求意见", Period(2026, 1), TIME)


def found(facts: Asking, day: date, *rules: Rule) -> dict[str, str]:
    """What is said of a consultation."""
    return said(list(evaluate(facts, values(*rules), moment(day))))


def test_thirty_days_both_included_are_enough_and_a_reason_does_for_less() -> None:
    day = date(2026, 2, 4)
    assert found(ASKING, day) == {}
    short = replace(ASKING, time=replace(TIME, last=date(2026, 2, 2)))
    words = "《某办法征求意见》征求意见29天（2026-01-05至2026-02-02），未说明理由"
    assert found(short, day) == {"SR-C1": words}
    (problem,) = evaluate(short, values(), moment(day))
    assert (problem.period, problem.object_type, problem.object_id) == ("2026-01", "item", 1)
    assert found(replace(short, time=replace(short.time, reason="情况紧急")), day) == {}
    assert found(replace(short, time=replace(short.time, reason="　")), day) == {"SR-C1": words}


def test_a_consultation_is_judged_by_the_days_of_its_own_month() -> None:
    now = Rule(3, "SR-C1", ALL, Decimal(60), "2026-03", None, "days")
    then = Rule(3, "SR-C1", ALL, Decimal(60), "2026-01", "2026-02", "days")
    assert found(ASKING, date(2026, 2, 4), now) == {}
    assert "SR-C1" in found(ASKING, date(2026, 2, 4), then)


def test_a_month_is_left_for_the_answer_until_a_working_day() -> None:
    assert found(ASKING, date(2026, 3, 3)) == {}
    words = "《某办法征求意见》征求意见2026-02-03结束，应于2026-03-03前公布采纳情况，至今未公布"
    assert found(ASKING, date(2026, 3, 4)) == {"SR-C2": words}
    assert found(replace(ASKING, answered=True), date(2027, 3, 4)) == {}
    saturday = replace(ASKING, time=replace(TIME, last=date(2026, 2, 7)))
    assert found(saturday, date(2026, 3, 9)) == {}, "the seventh of March is a Saturday"
    assert "SR-C2" in found(saturday, date(2026, 3, 10))


@given(st.integers(1, 60), st.integers(0, 120))
def test_more_time_is_never_worse(days: int, later: int) -> None:
    time = Consultation(TIME.first, TIME.first + timedelta(days=days - 1))
    more = replace(time, last=time.last + timedelta(days=1))
    day = TIME.first + timedelta(days=later)
    assert found(replace(ASKING, time=more), day).keys() <= found(replace(ASKING, time=time), day).keys()


@pytest.fixture
def asked(world: World) -> int:
    """A published consultation whose time the approver let pass and that somebody shortened afterwards."""
    days = {"consult_from": "2026-03-23", "consult_until": "2026-04-22"}
    item_id = published(world, title="关于公开征求救助办法意见的公告", optional=days)
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(
            update(Item).where(Item.id == item_id).values(optional=days | {"consult_until": "2026-04-01"})
        )
    return item_id


def test_what_is_published_is_found_and_closed_by_its_answer(world: World, asked: int, clock: AdjustableClock) -> None:
    assert judge(world, "consultation") == (1, 0, 0)
    assert judge(world, "consultation") == (0, 0, 0)
    short = "《关于公开征求救助办法意见的公告》征求意见10天（2026-03-23至2026-04-01），未说明理由"
    assert standing(world, NAME, "SR-C1", "SR-C2") == {("SR-C1", asked): short}
    clock.now = datetime(2026, 5, 7, 1, tzinfo=UTC)
    assert judge(world, "consultation") == (1, 0, 0)
    result = published(world, title="救助办法意见采纳情况", formed_date=date(2026, 5, 6))
    with world.services.database.system_scope("test") as uow:
        link = {"tenant_id": world.units[NAME], "item_id": result, "target_id": asked, "kind": "answers"}
        uow.session.add(ItemLink(linked_by=0, linked_at=uow.now, **link))
    assert judge(world, "consultation") == (0, 0, 1)
    assert list(standing(world, NAME, "SR-C1", "SR-C2")) == [("SR-C1", asked)], "the event of its month stays"
    with world.services.database.transaction() as uow:
        take_down(uow, actor=world.actor(uow, f"{NAME}-approver"), item_id=result, reason="内容有误")
    assert judge(world, "consultation") == (1, 0, 0), "an answer that nobody can read is none"

"""A statement of having nothing to publish, from the form to its effect on the month, through the pages."""

from collections.abc import Sequence
from datetime import date

import pytest
from click.testing import CliRunner
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.spans import Span
from gongkai.core.calendar.workdays import national_calendar
from gongkai.run.cli import main
from gongkai.supervision.alerts import BLANK_NOTICE
from gongkai.supervision.circulars.collect import collect
from gongkai.supervision.judging import judge
from gongkai.supervision.queries import standings
from gongkai.supervision.rules import Task
from gongkai.supervision.scores.models import UnitScore
from gongkai.supervision.standings import Counts, Standing
from gongkai.supervision.statements.models import BlankStatement
from gongkai.supervision.statements.states import LIVE, TRANSITIONS, Event, State, is_open
from gongkai.supervision.tasks import close_period, remind
from tests.conftest import AdjustableClock
from tests.factories.items import published, work_off
from tests.factories.world import World
from tests.supervision.months import publish_months
from tests.supervision.slips.desk import Desk, notices
from tests.supervision.test_alerts import findings

REASON = "本月未制作、未保存应主动公开的信息。"
MARCH = "2026-03"


def statement(world: World, unit: str = "hx-gs", period: str = MARCH) -> BlankStatement:
    """A unit's statement."""
    with world.services.database.system_scope("test") as uow:
        mine = (BlankStatement.tenant_id == world.units[unit], BlankStatement.period == period)
        return uow.session.scalars(select(BlankStatement).where(*mine)).one()


def row(world: World, unit: str = "hx-gs", period: str = MARCH) -> Standing:
    """Where a unit stands in a month, as its office sees it."""
    with world.services.database.system_scope("test") as uow:
        found = standings(uow, office_id=world.units["hx"], period=Period.parse(period))
        return next(one for one in found.rows if one.id == world.units[unit])


def told(world: World, unit: str) -> list[str]:
    """Subjects of the notices about statements that a unit has."""
    return notices(world, unit, "blank_statement")


@pytest.fixture
def unit(app: Flask, world: World, owner_engine: Engine) -> Desk:
    """The contributor of a company that published in January only; the others published each month."""
    months = ("2026-01", "2026-02", MARCH)
    publish_months(
        owner_engine, world, {"hx-mzj": dict.fromkeys(months, 20), "hx-qsz": dict.fromkeys(months, 20),
                              "hx-gs": {"2026-01": 4}},
    )  # fmt: skip
    return Desk(app, world, "hx-gs-contributor")


@pytest.fixture
def leader(app: Flask, world: World) -> Desk:
    return Desk(app, world, "hx-gs-approver")


@pytest.fixture
def office(app: Flask, world: World) -> Desk:
    return Desk(app, world, "hx-supervisor")


def filed(unit: Desk, period: str = MARCH) -> int:
    """Its id, filed through the form."""
    return int(unit.send("/work/statements/", period=period, reason=REASON).rsplit("/", 1)[1])


def accepted(unit: Desk, leader: Desk, office: Desk) -> int:
    """Filed, signed, accepted."""
    own = filed(unit)
    leader.send(f"/work/statements/{own}/sign", deed="sign")
    office.send(f"/office/statements/{own}", deed="accept")
    work_off(unit.world.services)
    return own


def test_an_accepted_statement_keeps_the_month_from_being_blank(
    world: World, unit: Desk, leader: Desk, office: Desk
) -> None:
    assert (row(world).state, row(world).blank_months) == ("blank", 2)
    own = filed(unit)
    assert "等待本单位负责人签署。" in unit.page(f"/work/statements/{own}")
    assert "现在没有需要说明" not in unit.page("/work/statements/")
    office.page(f"/office/statements/{own}", 404)
    unit.send(f"/work/statements/{own}/sign", 403, deed="sign")
    leader.send(f"/work/statements/{own}/sign", deed="sign")
    work_off(world.services)
    assert told(world, "hx") == ["和溪供水公司报送无应公开信息说明"]
    assert "已报送无应公开信息说明，请先审核" in office.page("/office/call-list")
    assert row(world).blank, "not before it is accepted"
    assert "1份说明等待审核。" in office.page("/office/statements/")
    assert REASON in office.page(f"/office/statements/{own}")
    office.send(f"/office/statements/{own}", deed="accept")
    work_off(world.services)
    stands = row(world)
    assert (stands.state, stands.attained, stands.blank, stands.blank_months) == ("excused", None, False, 0)
    assert told(world, "hx-gs") == ["2026年3月无应公开信息说明待签署", "2026年3月无应公开信息说明已审核通过"]
    page = office.page("/office/").replace("\n", "")
    assert "1家无应公开信息，距月底还有8天" in page
    assert "无应公开信息 1家" in page
    assert "2026年3月发布0条，无应公开信息" in page
    assert "和溪供水公司" not in office.page("/office/call-list")
    remind(world.services)
    assert notices(world, "hx-gs", BLANK_NOTICE) == []


def test_it_is_counted_apart_in_the_circular(world: World, unit: Desk, leader: Desk, office: Desk) -> None:
    accepted(unit, leader, office)
    with world.services.database.system_scope("test") as uow:
        snapshot = collect(uow, office_id=world.units["hx"], span=Span.parse(MARCH))
    figures = snapshot.figures
    assert (figures.units, figures.assessed, figures.blank, figures.excused) == (3, 2, 0, 1)
    assert snapshot.by_code["hx-gs"].excused
    assert snapshot.by_code["hx-gs"].remark == "本月无应公开信息"
    shown = CliRunner().invoke(
        main, ["circulars", "show", "--tenant", "hx", "--period", MARCH, "--text"], obj=world.services
    )
    assert "本月应考核2家" in shown.output
    assert "本月无空白月单位。无应公开信息1家，经审核不计为空白月。" in shown.output


def test_no_rule_of_quantity_calls_it_blank_and_the_row_of_blank_months_ends(
    world: World, unit: Desk, leader: Desk, office: Desk, clock: AdjustableClock
) -> None:
    accepted(unit, leader, office)
    clock.advance(days=10)
    close_period(world.services)
    assert [key for key in findings(world, "hx", MARCH) if key[0] == "hx-gs"] == []
    assert row(world, period="2026-04").blank_months == 1, "March was not blank"
    assert row(world, period="2026-02").blank_months == 1


def test_accepting_after_the_month_closes_its_findings_and_scores_anew(
    world: World, unit: Desk, leader: Desk, office: Desk, clock: AdjustableClock
) -> None:
    clock.advance(days=9)
    close_period(world.services)
    found = findings(world, "hx", MARCH)
    assert found["hx-gs", "SR-Q2"].state == "open"
    own = accepted(unit, leader, office)
    found = findings(world, "hx", MARCH)
    assert found["hx-gs", "SR-Q2"].state == "closed"
    with world.services.database.system_scope("test") as uow:
        versions = uow.session.scalars(
            select(UnitScore).where(UnitScore.tenant_id == world.units["hx-gs"]).order_by(UnitScore.version)
        ).all()
        assert [one.version for one in versions] == [1, 2]
        assert versions[1].score > versions[0].score
    office.send(f"/office/statements/{own}", 400, deed="return", reason="")
    office.send(f"/office/statements/{own}", deed="return", reason="有会议纪要应当公开")
    work_off(world.services)
    assert row(world).blank
    assert findings(world, "hx", MARCH)["hx-gs", "SR-Q2"].state == "open"


def test_a_publication_afterwards_makes_it_void(world: World, unit: Desk, leader: Desk, office: Desk) -> None:
    own = accepted(unit, leader, office)
    published(world, "hx-gs", "tgxx")
    work_off(world.services)
    assert statement(world).state == "void"
    assert row(world).state == "below"
    assert told(world, "hx")[-1] == told(world, "hx-gs")[-1] == "2026年3月无应公开信息说明已失效"
    assert "本月已有信息发布，说明失效" in office.page(f"/office/statements/{own}")
    assert "现在没有需要说明的月份。" in unit.page("/work/statements/")


def test_who_has_filed_it_does_not_sign_it(app: Flask, world: World, unit: Desk, leader: Desk) -> None:
    own = int(leader.send("/work/statements/", period=MARCH, reason=REASON).rsplit("/", 1)[1])
    assert "填报人不能签署自己填报的说明" in leader.send(f"/work/statements/{own}/sign", 409, deed="sign")
    assert "签署即确认" not in leader.page(f"/work/statements/{own}")
    leader.send(f"/work/statements/{own}/withdraw")
    assert statement(world).state == "withdrawn"
    unit.send("/work/statements/", period=MARCH, reason=REASON)
    leader.send(f"/work/statements/{own}/sign", deed="sign")
    assert (statement(world).filed_by_name, statement(world).signed_by_name) == (unit.login, leader.login)


def test_the_leader_declines_and_the_office_returns_with_reasons(
    world: World, unit: Desk, leader: Desk, office: Desk
) -> None:
    own = filed(unit)
    assert "理由没有填写" in leader.send(f"/work/statements/{own}/sign", 400, deed="decline", reason=" ")
    leader.send(f"/work/statements/{own}/sign", deed="decline", reason="有停水公告")
    work_off(world.services)
    assert told(world, "hx-gs")[-1] == "2026年3月无应公开信息说明未签署"
    office.page(f"/office/statements/{own}", 404)
    assert filed(unit) == own
    leader.send(f"/work/statements/{own}/sign", deed="sign")
    office.send(f"/office/statements/{own}", deed="return", reason="水质信息每月应公开")
    work_off(world.services)
    assert "水质信息每月应公开" in unit.page(f"/work/statements/{own}")
    assert "现为“已退回”" in office.page(f"/office/statements/{own}")
    assert "不能审核通过" in office.send(f"/office/statements/{own}", 409, deed="accept")
    assert row(world).blank


def test_only_a_month_without_any_publication_can_be_stated(
    app: Flask, world: World, unit: Desk, owner_engine: Engine, clock: AdjustableClock
) -> None:
    other = Desk(app, world, "hx-mzj-contributor")
    assert "现在没有需要说明的月份。" in other.page("/work/statements/")
    refused = other.send("/work/statements/", 409, period=MARCH, reason=REASON)
    assert "2026年3月现在不能填报无应公开信息说明" in refused
    assert "理由没有填写" in unit.send("/work/statements/", 400, period=MARCH, reason="")
    unit.send("/work/statements/", 409, period="2026-02", reason=REASON)
    clock.advance(days=-5)
    assert "现在没有需要说明的月份。" in unit.page("/work/statements/"), "before the day of reminders"
    clock.advance(days=20)
    assert "2026年3月" in unit.page("/work/statements/"), "April 7, the fourth working day"
    clock.advance(days=3)
    unit.send("/work/statements/", 409, period=MARCH, reason=REASON)


def test_a_statement_belongs_to_its_unit_and_its_nearest_office(app: Flask, world: World, unit: Desk) -> None:
    own = filed(unit)
    Desk(app, world, "hx-mzj-approver").send(f"/work/statements/{own}/sign", 404, deed="sign")
    Desk(app, world, "yl-supervisor").page(f"/office/statements/{own}", 404)
    Desk(app, world, "qs-supervisor").send(f"/office/statements/{own}", 404, deed="accept")


def test_a_stated_month_holds_only_without_any_publication(world: World) -> None:
    unit = row(world).unit
    common = {
        "area": unit, "task": Task(4, "default"), "last_counted": 0, "last_active": None,
        "period": Period.parse(MARCH), "before": None, "began": Period.parse(MARCH), "behind": True, "stated": True,
    }  # fmt: skip
    assert judge(unit, counts=Counts(), **common).excused  # type: ignore[arg-type]
    for counts in (Counts(0, 1, 1), Counts(1, 1, 0)):
        found = judge(unit, counts=counts, **common)  # type: ignore[arg-type]
        assert (found.excused, found.stale) == (False, True)


@given(st.lists(st.sampled_from(list(Event)), max_size=12))
def test_no_state_is_a_trap(events: Sequence[Event]) -> None:
    state = State.FILED
    for event in events:
        state = TRANSITIONS.get((state, event), state)
    reached = {state}
    for _ in State:
        reached |= {to for (origin, _), to in TRANSITIONS.items() if origin in reached}
    assert State.ACCEPTED in reached
    assert state not in LIVE or (state, Event.VOID) in TRANSITIONS


@pytest.mark.parametrize(
    ("today", "open_"),
    [("2026-09-19", False), ("2026-09-20", True), ("2026-09-30", True), ("2026-10-13", True), ("2026-10-14", False)],
)
def test_the_window_is_counted_in_working_days(today: str, open_: bool) -> None:
    asked = {"today": date.fromisoformat(today), "alert_day": 20, "calendar": national_calendar()}
    assert is_open(Period.parse("2026-09"), **asked) is open_  # type: ignore[arg-type]

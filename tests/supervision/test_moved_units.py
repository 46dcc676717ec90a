"""A unit that has moved to another office: each office keeps the months and the findings of its own time."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from gongkai.accounts.permissions import Role
from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.spans import Span
from gongkai.supervision.circulars.collect import collect
from gongkai.supervision.findings import evaluate_period
from gongkai.supervision.models import Finding
from gongkai.supervision.rules import TASK
from gongkai.supervision.services import Change, set_task
from gongkai.tenancy.history import move_tenant
from gongkai.tenancy.kinds import TenantType
from tests.conftest import AdjustableClock
from tests.factories.world import World, add_person
from tests.supervision.months import publish_months
from tests.supervision.office import Office

FEBRUARY, MARCH, APRIL = Period(2026, 2), Period(2026, 3), Period(2026, 4)
TOWN, DAY = "hx-qsz", date(2026, 3, 20)
Opened = Callable[[str], Office]


@pytest.fixture
def opened(app: Flask, world: World) -> Opened:
    """Signs somebody of an office in."""
    return lambda login: Office(app, world, login)


@pytest.fixture
def moved(world: World, owner_engine: Engine, clock: AdjustableClock) -> World:
    """清水镇 published too little under 和溪县, moved to 青石县 in March, and does so there; it is April."""
    publish_months(owner_engine, world, {TOWN: {"2026-01": 9, "2026-02": 1, "2026-03": 1}})
    with world.services.database.system_scope("test") as uow:
        for office in ("hx", "qs"):
            change = Change(TASK, 5, Period(2026, 1), "年度工作要点", tenant_type=TenantType.TOWNSHIP.value)
            set_task(uow, office_id=world.units[office], change=change)
    clock.now = datetime(2026, 3, 5, 2, tzinfo=UTC)
    judge(world, FEBRUARY)
    clock.now = datetime(2026, 3, 23, 2, tzinfo=UTC)
    with world.services.database.system_scope("test") as uow:
        move_tenant(
            uow, tenant_id=world.units[TOWN], parent_id=world.units["qs"], level="township", effective_date=DAY,
            basis="云编发〔2026〕7号",
        )  # fmt: skip
    clock.now = datetime(2026, 4, 5, 2, tzinfo=UTC)
    judge(world, FEBRUARY)
    judge(world, MARCH)
    return world


def judge(world: World, period: Period) -> None:
    """What the job does when a month has ended."""
    with world.services.database.system_scope("test") as uow:
        for office in ("hx", "qs"):
            evaluate_period(uow, office_id=world.units[office], period=period)


def found(world: World) -> set[tuple[str, str]]:
    """(office, month) of the findings of the town that stand."""
    codes = {number: code for code, number in world.units.items()}
    with world.services.database.system_scope("test") as uow:
        query = select(Finding.office_id, Finding.period).where(
            Finding.tenant_id == world.units[TOWN], Finding.state == "open"
        )
        return {(codes[row.office_id], row.period) for row in uow.session.execute(query)}


def test_each_office_finds_in_the_months_of_its_own_time(moved: World) -> None:
    assert found(moved) == {("hx", "2026-02"), ("qs", "2026-03")}


def test_the_former_office_sees_its_months_and_findings(moved: World, opened: Opened) -> None:
    office = opened("hx-supervisor")
    listed = office.page("/office/findings?state=open")
    link = f"/office/units/{TOWN}?period=2026-02"
    assert f'href="{link}"' in listed
    assert "period=2026-03" not in listed.partition("清水镇")[2].partition("</tr>")[0]
    page = office.page(link)
    assert "该单位现不在本机关管理范围内" in page
    assert "月度任务5条，计入1条" in page
    assert "联系人" not in page, "its people are another office's to call"
    assert '<option value="2026-03"' not in page
    assert "发布的信息" in office.page(f"/office/units/{TOWN}/items?period=2026-02")
    for later in ("2026-03", "2026-04"):
        office.page(f"/office/units/{TOWN}?period={later}", 404)
        office.page(f"/office/units/{TOWN}/items?period={later}", 404)
    office.page(f"/office/units/{TOWN}", 404)
    assert "清水镇" in office.page("/office/?period=2026-02&open=all")
    assert "清水镇" not in office.page("/office/?period=2026-03&open=all")


def test_the_new_office_sees_its_own_and_not_the_other_s(moved: World, opened: Opened) -> None:
    office = opened("qs-supervisor")
    listed = office.page("/office/findings")
    assert f"/office/units/{TOWN}?period=2026-03" in listed
    assert f"/office/units/{TOWN}?period=2026-02" not in listed
    page = office.page(f"/office/units/{TOWN}?period=2026-03")
    assert ("该单位现不在本机关管理范围内" in page, "联系人" in page) == (False, True)
    assert "2026-02" not in page.partition('id="findings"')[2].partition("</table>")[0]


def test_a_late_circular_of_the_former_office_has_the_unit_and_its_problem(moved: World) -> None:
    with moved.services.database.unit_of_work() as uow:
        moved.actor(uow, "hx-supervisor")
        snapshot = collect(uow, office_id=moved.units["hx"], span=Span(FEBRUARY))
    assert TOWN in {row.code for row in snapshot.findings}


def test_other_offices_and_people_without_the_post_see_nothing(moved: World, opened: Opened) -> None:
    with moved.services.database.system_scope("test") as uow:
        add_person(uow, moved, "hx-writer", "hx", Role.CONTRIBUTOR)
    with moved.services.database.unit_of_work() as uow:
        moved.actor(uow, "hx-writer")
        assert uow.session.scalars(select(Finding.id).where(Finding.tenant_id == moved.units[TOWN])).all() == []
    neighbour = opened("qs-supervisor")
    for code in ("hx-mzj", "yl-czj", "no-such-unit"):
        neighbour.page(f"/office/units/{code}?period=2026-02", 404)
    assert opened("yl-supervisor").page(f"/office/units/{TOWN}?period=2026-02")

"""The page of what a unit has to do, from what really stands in its rooms."""

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select, update

from gongkai.catalog.models import KEY_AREA_GROUPS, ContentColumn
from gongkai.publishing.collection.models import CollectionSource
from gongkai.publishing.models import Item
from gongkai.supervision.agenda.facts import agenda_of
from gongkai.supervision.agenda.plan import Agenda, Group, Kind, Matter
from gongkai.supervision.models import Exemption, Finding
from gongkai.supervision.statements.models import BlankStatement
from gongkai.supervision.tasks import evaluate_day
from tests.conftest import START, AdjustableClock
from tests.factories.items import draft, published
from tests.factories.world import World
from tests.supervision.assignments.desk import YEARLY, handed_out
from tests.supervision.months import publish_month
from tests.supervision.slips.desk import ANSWER, Desk, delivery, issued

DAY = timedelta(days=1)


def agenda(world: World, unit: str = "hx-mzj") -> Agenda:
    """A unit's agenda, read as one of its people reads it."""
    with world.services.database.transaction() as uow:
        world.actor(uow, f"{unit}-contributor")
        return agenda_of(uow, tenant_id=world.units[unit])


def matters(world: World, kind: Kind) -> list[Matter]:
    """The matters of a kind."""
    return [one for one in agenda(world).matters if one.kind is kind]


def keep_columns(world: World, **periods: str) -> None:
    """The bureau's columns but these are closed; these have these periods."""
    with world.services.database.system_scope("test") as uow:
        own = ContentColumn.tenant_id == world.units["hx-mzj"]
        uow.session.execute(update(ContentColumn).where(own).values(active=False))
        for code, period in periods.items():
            uow.session.execute(
                update(ContentColumn)
                .where(own, ContentColumn.code == code)
                .values(active=True, update_period=period, rule_type="other")
            )


@pytest.fixture
def unit(app: Flask, world: World) -> Desk:
    return Desk(app, world, "hx-mzj-contributor")


def test_a_column_is_warned_of_at_seventy_per_cent_of_its_period(world: World, clock: AdjustableClock) -> None:
    keep_columns(world, gsgg="days:100")
    publish_day = clock.now
    published(world, formed_date=date(2026, 3, 20))
    for days, group in ((69, None), (70, Group.LATER), (86, Group.SOON), (98, Group.WEEK), (100, Group.TODAY)):
        clock.now = publish_day + days * DAY
        found = [
            (group_, one) for group_, _, members in agenda(world).groups for one in members if one.kind is Kind.COLUMN
        ]
        assert [place for place, _ in found] == ([] if group is None else [group]), days
    assert found[0][1].title == "更新栏目“公示公告”"
    assert found[0][1].due == date(2026, 7, 1)


def test_a_stale_column_with_its_finding_stands_once(world: World, clock: AdjustableClock, unit: Desk) -> None:
    keep_columns(world, gsgg="days:20")
    published(world, formed_date=date(2026, 3, 20))
    clock.advance(days=25)
    assert [one.due for one in matters(world, Kind.COLUMN)] == [date(2026, 4, 12)]
    evaluate_day(world.services)
    assert matters(world, Kind.COLUMN) == []
    (finding,) = [one for one in matters(world, Kind.FINDING) if one.about and one.about[0] == Kind.COLUMN]
    assert finding.link in unit.page("/work/agenda/")
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(update(Finding).where(Finding.id == finding.id).values(state="claimed_fixed"))
    assert matters(world, Kind.COLUMN) == []
    assert finding.id not in [one.id for one in matters(world, Kind.FINDING)]


def test_items_with_a_legal_term_stand_by_their_day(world: World, unit: Desk) -> None:
    item_id = draft(world, formed_date=date(2026, 2, 25))
    with world.services.database.system_scope("test") as uow:
        due = uow.session.scalars(select(Item.publish_due_date).where(Item.id == item_id)).one()
    assert due == date(2026, 3, 24)
    (one,) = matters(world, Kind.ITEM)
    assert (one.id, one.due) == (item_id, due)
    page = unit.page("/work/agenda/")
    assert "本周还有1项到期" in page
    assert re.search("2026-03-24（周二）", page)


def test_slips_and_tasks_stand_until_they_are_answered(app: Flask, world: World, unit: Desk) -> None:
    office = Desk(app, world, "hx-supervisor")
    slip_id = issued(office, world, "hx-mzj")
    handed_out(office, world, YEARLY, "hx-mzj")
    (slip,), (task,) = matters(world, Kind.SLIP), matters(world, Kind.TASK)
    assert slip.due == date(2026, 3, 30)
    assert task.link in unit.page("/work/agenda/")
    unit.send(f"/work/slips/{delivery(world, slip_id, 'hx-mzj').id}", **ANSWER)
    assert matters(world, Kind.SLIP) == []


def test_the_month_is_listed_from_seventy_per_cent_on_until_the_task_is_met(
    world: World, owner_engine: Engine, clock: AdjustableClock
) -> None:
    publish_month(owner_engine, world, "hx-mzj", "2026-03", 5)
    clock.now = START.replace(day=20)
    assert matters(world, Kind.MONTH) == []
    clock.now = START.replace(day=22)
    (month,) = matters(world, Kind.MONTH)
    assert month.title == "3月份月度任务20条，已计入5条，还差15条"
    assert month.note == "距月底还有9天"
    publish_month(owner_engine, world, "hx-mzj", "2026-03", 15, key_area_group=next(iter(KEY_AREA_GROUPS)))
    assert matters(world, Kind.MONTH) == []


def test_a_stale_collection_is_chased_today(world: World, clock: AdjustableClock, unit: Desk) -> None:
    with world.services.database.system_scope("test") as uow:
        uow.session.add(
            CollectionSource(
                tenant_id=world.units["hx-mzj"], covers_subtree=False, name="门户网站公告", kind="atom",
                address="https://a.example/", whole=False, hour=6, stale_hours=48, responsible_person="李四",
                state="allowed", active=True, unit_ids=[world.units["hx-mzj"]], office_id=world.units["hx"],
                created_at=uow.now, began_at=uow.now, decided_at=uow.now, last_success_at=uow.now,
            )
        )  # fmt: skip
    assert matters(world, Kind.SOURCE) == []
    clock.advance(hours=49)
    assert [one.due for one in matters(world, Kind.SOURCE)] == [date(2026, 3, 25)]
    assert "采集来源“门户网站公告”数据未同步，请核实" in unit.page("/work/agenda/")


def test_an_exempt_column_is_not_asked_for(world: World, clock: AdjustableClock) -> None:
    keep_columns(world, gsgg="days:20")
    published(world, formed_date=date(2026, 3, 20))
    clock.advance(days=16)
    (column,) = matters(world, Kind.COLUMN)
    with world.services.database.system_scope("test") as uow:
        uow.session.add(
            Exemption(
                tenant_id=world.units["hx-mzj"], office_id=world.units["hx"], rule_code="freshness",
                object_type="column", object_id=column.id, from_date=date(2026, 4, 1), until_date=date(2026, 12, 31),
                reason="季节性业务", decided_at=uow.now,
            )
        )  # fmt: skip
    assert matters(world, Kind.COLUMN) == []


def test_a_stated_month_asks_for_nothing(world: World) -> None:
    assert [one.title for one in matters(world, Kind.MONTH)] == ["3月份月度任务20条，已计入0条，还差20条"]
    with world.services.database.system_scope("test") as uow:
        uow.session.add(
            BlankStatement(
                tenant_id=world.units["hx-mzj"], office_id=world.units["hx"], period="2026-03", state="accepted",
                reason="无", filed_at=uow.now, filed_by=1, filed_by_name="李四", signed_by=2, signed_at=uow.now,
            )
        )  # fmt: skip
    assert matters(world, Kind.MONTH) == []


def test_a_quiet_unit_has_an_empty_page(world: World, clock: AdjustableClock, unit: Desk) -> None:
    keep_columns(world, gsgg="event")
    clock.advance(days=-15)
    page = unit.page("/work/agenda/")
    assert "本周没有到期的事项。" in page
    assert "没有需要办理的事项。" in page

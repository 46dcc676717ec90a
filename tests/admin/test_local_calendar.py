"""Festivals of an area: entered by its office, looked at with what they move, counted by the clocks of its units."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, insert, select, update

from gongkai.admin.calendar_versions import apply, count_effects, propose, put_in_force
from gongkai.admin.holidays import Notice
from gongkai.core.calendar.store import load_calendar, load_calendars
from gongkai.core.models import CalendarVersion, LocalHoliday
from gongkai.publishing.models import Item
from gongkai.supervision.evaluation.base import Moment
from gongkai.supervision.models import Finding, FindingEvent
from tests.accounts.browsing import send, text_of
from tests.factories.items import draft, published, work_off
from tests.factories.world import World
from tests.supervision.judged import judge, standing
from tests.supervision.slips.desk import Desk, issued
from tests.supervision.slips.desk import delivery as delivery_of

HOME = "/office/calendar/"
FESTIVAL = {"days_off": "2026-03-26..2026-03-27 火把节", "source": "和政发〔2026〕3号"}
OFF = (date(2026, 3, 26), date(2026, 3, 27))


@pytest.fixture
def office(world: World, client: FlaskClient) -> FlaskClient:
    """The county's office at work."""
    return world.sign_in(client, "hx-supervisor")


def token(page: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def enter(world: World, client: FlaskClient, sent: Mapping[str, str] = FESTIVAL, year: int = 2026) -> str:
    """Propose festivals, have them counted, put them in force; the page that was looked at."""
    assert send(client, f"{HOME}{year}", dict(sent)).status_code == 302
    work_off(world.services)
    page = text_of(client.get(f"{HOME}{year}/preview"))
    assert send(client, f"{HOME}{year}/preview", {"token": token(page)}, page=HOME).status_code == 302
    work_off(world.services)
    return page


def finding(world: World, unit: str, due: date, **values: Any) -> int:
    with world.services.database.system_scope("test") as uow:
        row = {
            "tenant_id": world.units[unit], "office_id": world.units["hx"], "rule_code": "SR-U5",
            "problem_class": "PB-BLANK", "period": "2026-03", "lasting": True, "object_type": "column", "object_id": 1,
            "object_url": "", "evidence": {"column": "公示公告", "since": "2025-01-01"}, "state": "open",
            "found_by": "system", "found_at": uow.now, "responsible_person": "", "claim": {}, "reopened_count": 0,
            "false_claim": False, "due_date": due,
        }  # fmt: skip
        return uow.session.execute(insert(Finding).values(**row | values).returning(Finding.id)).scalar_one()


def due(world: World, finding_id: int) -> date | None:
    with world.services.database.system_scope("test") as uow:
        return uow.session.get_one(Finding, finding_id).due_date


def limit(world: World, item_id: int) -> date | None:
    with world.services.database.system_scope("test") as uow:
        return uow.session.get_one(Item, item_id).publish_due_date


def versions(world: World) -> list[CalendarVersion]:
    with world.services.database.system_scope("test") as uow:
        return list(uow.session.scalars(select(CalendarVersion).order_by(CalendarVersion.id)))


def holds(world: World, unit: str, *days: date) -> None:
    """Write an area's days off straight into the table."""
    with world.services.database.system_scope("test") as uow:
        uow.session.add(
            LocalHoliday(
                tenant_id=world.units[unit], year=2026, days_off=list(days), source="依据", entered_by=None,
                entered_at=uow.now,
            )
        )  # fmt: skip


def test_festivals_hold_for_the_office_and_its_subtree_and_nobody_else(world: World, office: FlaskClient) -> None:
    enter(world, office)
    with world.services.database.system_scope("test") as uow:
        calendars = load_calendars(uow)
        worked = {unit: calendars.of(unit_id).is_working_day(OFF[0]) for unit, unit_id in world.units.items()}
        for unit, unit_id in world.units.items():
            assert load_calendar(uow, tenant_id=unit_id).is_working_day(OFF[0]) is worked[unit]
        assert load_calendar(uow).is_working_day(OFF[0]), "a job acts for nobody"
    assert {unit for unit, yes in worked.items() if not yes} == {"hx", "hx-mzj", "hx-qsz", "hx-gs"}
    for login, off in (("hx-mzj-contributor", True), ("qs-mzj-contributor", False)):
        with world.services.database.transaction() as uow:
            world.actor(uow, login)
            assert load_calendar(uow).is_working_day(OFF[0]) is not off, "the calendar of the unit acted for"


def test_calendars_of_all_units_take_one_statement(world: World) -> None:
    holds(world, "hx", OFF[0])
    holds(world, "yl", OFF[1])
    asked: list[str] = []
    with world.services.database.system_scope("test") as uow:
        event.listen(uow.session.connection(), "before_cursor_execute", lambda *args: asked.append(args[2]))
        moment = Moment.now(uow)
        assert len(asked) == 1
    own, other = moment.of(world.units["hx-mzj"]).calendar, moment.of(world.units["qs-mzj"]).calendar
    assert [own.is_working_day(day) for day in OFF] == [False, False]
    assert [other.is_working_day(day) for day in OFF] == [True, False]
    assert moment.of(0) is moment


def test_the_preview_is_what_is_then_applied_and_recorded(world: World, app: Flask, office: FlaskClient) -> None:
    own, other = draft(world, "hx-mzj"), draft(world, "qs-mzj")
    told = finding(world, "hx-mzj", date(2026, 3, 30))
    named = finding(world, "hx-qsz", date(2026, 3, 30), extension={"from": "2026-03-24", "reason": "汛期"})
    past = finding(world, "hx-gs", date(2026, 3, 20))
    slip = issued(Desk(app, world, "hx-supervisor"), world, "hx-mzj")
    before = delivery_of(world, slip, "hx-mzj").due_date
    page = enter(world, office)
    assert "启用后，1家单位的2项期限将变动" in page
    assert "未发布信息的公开期限1项，督查问题的整改时限1项" in page
    assert "提示单已编号印发，时限写在单上" in page
    assert "延长后的时限是批准时确定的日期" in page
    assert "青石县民政局" not in page
    assert (limit(world, own), limit(world, other)) == (date(2026, 4, 16), date(2026, 4, 14))
    assert due(world, told) == date(2026, 4, 1)
    assert (due(world, named), due(world, past)) == (date(2026, 3, 30), date(2026, 3, 20))
    assert delivery_of(world, slip, "hx-mzj").due_date == before
    (version,) = versions(world)
    assert version.counted is not None
    assert version.counted == version.applied
    assert (version.in_force_by_name, version.source) == ("hx-supervisor", FESTIVAL["source"])
    with world.services.database.system_scope("test") as uow:
        note = uow.session.scalars(select(FindingEvent.note).where(FindingEvent.finding_id == told)).one()
    assert note == "工作日历调整（和政发〔2026〕3号），整改时限由2026年3月30日顺延至2026年4月1日"
    shown = text_of(office.get(f"{HOME}versions/{version.id}"))
    assert "启用时，1家单位的2项期限作了变动" in shown
    assert re.search(r"2026-03-30</td>.*?2026-04-01</td>", shown, re.DOTALL)
    assert f"{HOME}versions/{version.id}" in text_of(office.get(HOME))


def test_cancelling_festivals_takes_no_time_from_a_date_that_was_told(world: World, office: FlaskClient) -> None:
    item_id, told = draft(world, "hx-mzj"), finding(world, "hx-mzj", date(2026, 3, 30))
    enter(world, office)
    page = enter(world, office, {"days_off": "", "source": "和政发〔2026〕9号"})
    assert "启用后，1家单位的1项期限将变动" in page
    assert "不再放假" in page
    assert (limit(world, item_id), due(world, told)) == (date(2026, 4, 14), date(2026, 4, 1))
    assert [version.applied == version.counted for version in versions(world)] == [True, True]
    assert "本地区没有地方节假日" in text_of(office.get(HOME))


def test_of_two_notices_in_quick_succession_the_later_one_holds(world: World, office: FlaskClient) -> None:
    item_id = draft(world, "hx-mzj")
    send(office, f"{HOME}2026", FESTIVAL)
    work_off(world.services)
    page = text_of(office.get(f"{HOME}2026/preview"))
    send(office, f"{HOME}2026/preview", {"token": token(page)}, page=HOME)
    (first,) = versions(world)
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, "hx-supervisor")
        notice = Notice(2026, (), (), "取消", world.units["hx"])
        propose(uow, actor=actor, notice=notice)
    with world.services.database.system_scope("test") as uow:
        second = uow.session.scalars(select(CalendarVersion.id).where(CalendarVersion.state == "proposed")).one()
        count_effects(uow, [second])
    with world.services.database.transaction() as uow:
        put_in_force(uow, actor=world.actor(uow, "hx-supervisor"), year=2026, token=notice.token, local=True)
    with world.services.database.system_scope("test") as uow:
        apply(uow, second)
        apply(uow, first.id)
        assert apply(uow, second) == 0, "once"
    assert limit(world, item_id) == date(2026, 4, 14)


def test_what_is_given_after_a_notice_holds_is_counted_by_it_and_not_moved_again(
    world: World, office: FlaskClient
) -> None:
    send(office, f"{HOME}2026", FESTIVAL)
    work_off(world.services)
    page = text_of(office.get(f"{HOME}2026/preview"))
    send(office, f"{HOME}2026/preview", {"token": token(page)}, page=HOME)
    (version,) = versions(world)
    assert version.in_force_at is not None
    later = finding(world, "hx-mzj", date(2026, 4, 1), found_at=datetime(2026, 3, 24, 1, tzinfo=UTC))
    work_off(world.services)
    assert due(world, later) == date(2026, 4, 1)


def test_a_late_publication_is_judged_by_the_calendar_of_its_unit(world: World) -> None:
    items = [published(world, unit) for unit in ("hx-mzj", "qs-mzj")]
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(update(Item).where(Item.id.in_(items)).values(formed_date=date(2026, 2, 10)))
    with world.services.database.system_scope("test") as uow:
        national = load_calendar(uow).add_working_days(date(2026, 2, 10), 20).date
        assert national < date(2026, 3, 23)
        missing = load_calendar(uow).working_days_between(national, date(2026, 3, 23))
    holds(world, "hx", *(date(2026, 3, day) for day in (9, 10, 11, 12, 13)[:missing]))
    judge(world, "documents")
    assert not standing(world, "hx-mzj", "SR-D1")
    assert standing(world, "qs-mzj", "SR-D1")


def test_a_slip_to_units_of_several_areas_leaves_each_its_working_days(world: World, app: Flask) -> None:
    holds(world, "hx", *OFF)
    slip = issued(Desk(app, world, "yl-supervisor"), world, "hx-mzj", "qs-mzj")
    days = {delivery_of(world, slip, unit).due_date for unit in ("hx-mzj", "qs-mzj")}
    assert days == {date(2026, 4, 1)}


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"days_off": ""}, "days_off", "请照本地放假规定或者通知填写，每个假期一行"),
        ({"days_off": "火把节三天"}, "days_off", "第1行“火把节三天”无法识别"),
        ({"days_off": "2027-03-26"}, "days_off", "不在2026年放假安排的范围内"),
        ({"source": ""}, "source", "例如“×政办发〔2026〕×号”"),
    ],
)
def test_a_refused_entry_says_what_is_wrong(
    world: World, office: FlaskClient, changes: dict[str, str], field: str, words: str
) -> None:
    answer = send(office, f"{HOME}2026", FESTIVAL | changes)
    page = text_of(answer)
    assert (answer.status_code, f'href="#field-{field}"' in page) == (400, True)
    assert words in page
    assert office.get(f"{HOME}2026/preview").status_code == 404


def test_another_office_sees_neither_proposal_nor_version(world: World, app: Flask, office: FlaskClient) -> None:
    send(office, f"{HOME}2026", FESTIVAL)
    others = {login: world.sign_in(app.test_client(), login) for login in ("qs-supervisor", "yl-supervisor")}
    for client in others.values():
        assert client.get(f"{HOME}2026/preview").status_code == 404
    work_off(world.services)
    page = text_of(office.get(f"{HOME}2026/preview"))
    send(office, f"{HOME}2026/preview", {"token": token(page)}, page=HOME)
    (version,) = versions(world)
    for client in others.values():
        assert client.get(f"{HOME}versions/{version.id}").status_code == 404
    admin = world.sign_in(app.test_client(), "yl-prefecture_admin")
    assert admin.get(HOME).status_code == 403
    assert admin.get(f"/admin/calendar/versions/{version.id}").status_code == 404
    assert "和溪县人民政府" in text_of(admin.get("/admin/calendar/"))
    assert world.sign_in(app.test_client(), "hx-mzj-unit_admin").get(HOME).status_code == 403


def test_festivals_of_the_prefecture_are_shown_to_its_counties(world: World, app: Flask, office: FlaskClient) -> None:
    enter(world, world.sign_in(app.test_client(), "yl-supervisor"))
    page = text_of(office.get(HOME))
    assert "上级录入的地方节假日" in page
    assert "2026年3月26日至2026年3月27日" in page

"""Whose task holds in which month: the nearest office, the unit before its kind, past months as they were."""

import re
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Invalid, NotFound
from gongkai.core.models import AuditEvent
from gongkai.core.tables.writing import Sheet, write_xlsx
from gongkai.supervision.models import OfficeRule
from gongkai.supervision.queries import standings
from gongkai.supervision.rules import ALERT_DAY, TASK, Rule, RuleBook
from gongkai.supervision.services import Change, set_task
from gongkai.tenancy.kinds import TenantType
from tests.factories.world import World
from tests.supervision.months import add_unit

MARCH = Period.parse("2026-03")
PREFECTURE, COUNTY, UNIT = 1, 2, 3


def task(*rules: Rule, kind: str = "bureau", level: str = "county", managed: bool = False) -> int | None:
    """The task of the unit 1 › 2 › 3 in March under these rules."""
    book = RuleBook.of(rules)
    return book.task(
        chain=(PREFECTURE, COUNTY, UNIT), tenant_type=kind, level=level, vertically_managed=managed, period=MARCH
    ).value


def test_without_rules_the_profile_holds_and_bureaus_of_the_prefecture_have_more() -> None:
    assert (task(), task(level="prefecture"), task(kind="public_utility"), task(kind="village_committee")) == (
        20, 30, 4, None,
    )  # fmt: skip


def test_the_nearest_office_wins_and_within_it_the_unit_before_its_kind() -> None:
    far = Rule(PREFECTURE, TASK, UNIT, 50, "2026-01")
    near = Rule(COUNTY, TASK, "bureau", 12, "2026-01")
    named = Rule(COUNTY, TASK, UNIT, 7, "2026-01")
    assert task(far) == 50
    assert task(far, near) == 12
    assert task(far, near, named) == 7


def test_an_offices_word_on_its_own_body_gives_way_to_the_office_above() -> None:
    own, above = Rule(UNIT, TASK, "county_government", 0, "2026-01"), Rule(COUNTY, TASK, UNIT, 60, "2026-01")
    assert task(kind="county_government") == 100
    assert task(own, kind="county_government") is None
    assert task(own, above, kind="county_government") == 60


def test_zero_means_no_task_and_no_rule_reaches_a_village() -> None:
    assert task(Rule(COUNTY, TASK, "bureau", 0, "2026-01")) is None
    assert task(Rule(COUNTY, TASK, UNIT, 5, "2026-01"), kind="village_committee") is None


def test_a_vertically_managed_body_has_a_task_only_by_name() -> None:
    by_kind = Rule(COUNTY, TASK, "bureau", 12, "2026-01")
    assert task(by_kind, managed=True) is None
    assert task(by_kind, Rule(COUNTY, TASK, UNIT, 3, "2026-01"), managed=True) == 3


@given(start=st.integers(1, 12), length=st.integers(1, 12), asked=st.integers(1, 24))
def test_a_rule_holds_from_its_first_month_until_before_its_end(start: int, length: int, asked: int) -> None:
    first = Period(2024, start)
    rule = Rule(1, TASK, "bureau", 5, str(first), str(first.minus(-length)))
    assert rule.holds(Period(2023, 12).minus(-asked)) == (start <= asked < start + length)


def test_the_alert_day_comes_from_the_nearest_office() -> None:
    book = RuleBook.of([Rule(PREFECTURE, ALERT_DAY, PREFECTURE, 22, "2026-01")])
    assert book.alert_day(chain=(PREFECTURE, COUNTY, UNIT), period=MARCH) == 22
    assert book.alert_day(chain=(PREFECTURE,), period=Period.parse("2025-12")) == 20


def tasks(world: World, month: str) -> dict[str, int | None]:
    """Unit → task of all units of the prefecture in a month."""
    with world.services.database.unit_of_work() as uow:
        found = standings(uow, office_id=world.units["yl"], period=Period.parse(month))
        return {row.code: row.task.value for row in (*found.rows, *found.untasked)}


def test_a_new_task_leaves_past_months_as_they_were(world: World) -> None:
    office = world.units["hx"]
    with world.services.database.system_scope("test") as uow:
        for value, month in ((9, "2026-01"), (12, "2026-04")):
            change = Change(TASK, value, Period.parse(month), "工作要点", tenant_type="bureau")
            set_task(uow, office_id=office, change=change)
    assert [tasks(world, month)["hx-mzj"] for month in ("2025-12", "2026-01", "2026-03", "2026-04")] == [20, 9, 9, 12]
    assert tasks(world, "2026-04")["qs-mzj"] == 20
    change = Change(TASK, 3, Period.parse("2026-02"), "改数", tenant_type="bureau")
    with world.services.database.unit_of_work() as uow, pytest.raises(Invalid, match="以往月份"):
        set_task(uow, office_id=office, change=change)


def test_a_foreign_unit_gets_no_task(world: World) -> None:
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, "hx-supervisor")
        change = Change(TASK, 3, Period.parse("2026-04"), "改数", unit_id=world.units["qs-mzj"])
        with pytest.raises(NotFound):
            set_task(uow, office_id=world.units["hx"], change=change)


def post(client: FlaskClient, path: str, **fields: Any) -> Any:
    """Send a form of the rules page with its token."""
    page = client.get("/office/rules").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    return client.post(path, data={"csrf_token": token[1], **fields})


def test_an_office_sees_the_effect_before_it_saves_with_reason_and_audit(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    fields = {"tenant_type": "bureau", "value": "9", "valid_from": "2026-04", "reason": "县政府常务会议纪要"}
    shown = post(client, "/office/rules/task", **fields).get_data(as_text=True)
    assert "尚未保存" in shown
    assert "未完成月度任务的单位由" in shown
    assert tasks(world, "2026-04")["hx-mzj"] == 20
    answer = post(client, "/office/rules/task", **fields, confirmed="1")
    assert answer.status_code == 302
    assert tasks(world, "2026-04")["hx-mzj"] == 9
    history = client.get("/office/rules").get_data(as_text=True)
    assert "县政府常务会议纪要" in history
    assert "hx-supervisor" in history
    with world.services.database.system_scope("test") as uow:
        rule = uow.session.execute(select(OfficeRule)).scalar_one()
        assert (rule.set_by, rule.valid_from) == (world.people["hx-supervisor"], "2026-04")
        assert uow.session.scalar(select(AuditEvent.id).where(AuditEvent.action == "rule.set"))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"value": "很多"}, "应填写整数"),
        ({"value": "99999"}, "数值应为0至9999"),
        ({"valid_from": "2026年4月"}, "起始月份无效"),
        ({"reason": " "}, "未填写调整理由"),
        ({"tenant_type": ""}, "未选择单位类型"),
        ({"tenant_type": "village_committee"}, "村（居）民委员会不设月度任务"),
        ({"unit": "青石县民政局"}, "本机关督查范围内没有这个单位"),
    ],
)
def test_a_wrong_form_names_the_field_and_keeps_what_was_typed(
    world: World, client: FlaskClient, changes: dict[str, str], problem: str
) -> None:
    world.sign_in(client, "hx-supervisor")
    fields = {"tenant_type": "bureau", "value": "9", "valid_from": "2026-04", "reason": "会议纪要"} | changes
    answer = post(client, "/office/rules/task", **fields)
    assert answer.status_code == 400
    assert problem in answer.get_data(as_text=True)
    assert f'value="{fields["value"]}"' in answer.get_data(as_text=True)
    with world.services.database.system_scope("test") as uow:
        assert uow.session.scalars(select(OfficeRule)).all() == []


def test_a_task_table_is_imported_all_or_none(world: World, client: FlaskClient) -> None:
    with world.services.database.system_scope("test") as uow:
        add_unit(uow, world, "hx-cun", "双河村委会", TenantType.VILLAGE_COMMITTEE)
    world.sign_in(client, "hx-supervisor")

    def send(*rows: tuple[str, object]) -> Any:
        file = BytesIO(write_xlsx([Sheet("任务", ("单位", "月度任务"), rows)]))  # type: ignore[arg-type]
        return post(
            client,
            "/office/rules/import",
            file=(file, "任务.xlsx"),
            import_from="2026-04",
            import_reason="年度任务分解表",
        )

    wrong = send(("清水镇", 6), ("青石县民政局", 5), ("双河村委会", 2), ("和溪县民政局", "九"), ("hx-qsz", 7))
    text = wrong.get_data(as_text=True)
    assert wrong.status_code == 400
    for problem in ("没有这个单位", "不设月度任务（基层减负规定）", "同一单位出现了两次"):
        assert problem in text
    assert tasks(world, "2026-04")["hx-qsz"] == 20
    assert send(("清水镇", 6), ("和溪县民政局", 8)).status_code == 302
    assert (tasks(world, "2026-04")["hx-qsz"], tasks(world, "2026-04")["hx-mzj"]) == (6, 8)


def test_the_reminder_day_is_set_within_the_month(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "yl-supervisor")
    wrong = post(client, "/office/rules/alert-day", day="31", alert_from="2026-03", alert_reason="调整")
    assert wrong.status_code == 400
    assert "1至28" in wrong.get_data(as_text=True)
    assert (
        post(client, "/office/rules/alert-day", day="25", alert_from="2026-03", alert_reason="调整").status_code == 302
    )
    assert "每月25日" in client.get("/office/rules").get_data(as_text=True)


@pytest.mark.parametrize("login", ["hx-mzj-contributor", "yl-prefecture_admin"])
def test_only_offices_set_rules(world: World, client: FlaskClient, login: str) -> None:
    world.sign_in(client, login)
    assert client.get("/office/rules").status_code == 403

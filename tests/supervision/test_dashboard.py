"""The dashboard and a body's pages: who sees what, with which numbers, at what cost."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, text

from gongkai.accounts.permissions import Role
from gongkai.core.calendar.periods import Period
from gongkai.core.ports import Services
from gongkai.publishing.publication import take_down
from gongkai.supervision.queries import HEAT_MAP
from gongkai.supervision.rules import TASK
from gongkai.supervision.services import Change, set_task
from tests.factories.items import published
from tests.factories.world import World, add_person
from tests.supervision.months import publish_month, publish_months

DASHBOARD_QUERIES = 36
MANY_UNITS = text("""
WITH made AS (
    INSERT INTO tenant (code, parent_id, path, tenant_type, level, official_name, short_name, aliases, pinyin_key,
        initials, sort_order, index_pattern, vertically_managed, status, contact, created_at)
    SELECT 'n' || n, :root, text2ltree(:path || '.' || n), 'bureau', 'prefecture', '单位' || n, '单位' || n, '{}', 'd',
        'd', n, 'USCC_YEAR_SEQ', false, 'active', '{}', now()
    FROM generate_series(1000000, 1002000) AS n RETURNING id
)
INSERT INTO period_count (tenant_id, period, key_area_group, total, counted, news)
SELECT id, to_char(month, 'YYYY-MM'), '', 9, 9, 0
FROM made, generate_series(date '2020-01-01', date '2026-03-01', interval '1 month') AS month
""")


def words(answer: Any) -> str:
    """The text of a page."""
    assert answer.status_code == 200, answer.get_data(as_text=True)[:500]
    bare = re.sub(r"<(script|style).*?</\1>|<[^>]+>", "", answer.get_data(as_text=True), flags=re.DOTALL)
    return re.sub(r"\s+", "", bare)


def test_the_headline_says_who_is_missing(world: World, client: FlaskClient, owner_engine: Engine) -> None:
    publish_months(owner_engine, world, {"yl-czj": {"2026-03": 30}, "hx": {"2026-03": 100}, "hx-mzj": {"2026-03": 3}})
    world.sign_in(client, "yl-supervisor")
    page = words(client.get("/office/"))
    assert "本月4家单位尚未发布信息，5家未完成月度任务（含尚未发布的4家），距月底还有8天。" in page
    assert "和溪县民政局（3/20）" in page
    assert "28.6%（2/7）" in page


@pytest.mark.parametrize(("login", "who"), [("yl-supervisor", "请先"), ("yl-prefecture_admin", "请督查员")])
def test_where_no_task_is_set_the_reader_learns_who_can_set_one(
    world: World, client: FlaskClient, login: str, who: str
) -> None:
    with world.services.database.system_scope("test") as uow:
        for unit in world.units.values():
            change = Change(TASK, 0, Period(2026, 3), "试点期间不设任务", unit_id=unit)
            set_task(uow, office_id=world.units["yl"], change=change)
    page = world.sign_in(client, login).get("/office/").get_data(as_text=True)
    assert f"2026年3月没有设定月度任务的单位。{who}在“任务设置”中设定。" in page


def test_a_past_month_is_worded_as_past(march: World, client: FlaskClient) -> None:
    march.sign_in(client, "hx-supervisor")
    page = words(client.get("/office/?period=2023-03"))
    assert "2023年3月1家单位未发布信息（空白月），5家未完成月度任务（含空白月的1家）。" in page
    assert "供电公司（连续2个月）" in page


def test_a_county_office_sees_its_own_units_only(march: World, client: FlaskClient) -> None:
    march.sign_in(client, "hx-supervisor")
    page = words(client.get("/office/?open=all"))
    assert "和溪县民政局" in page
    assert "青石县民政局" not in page
    assert "州财政局" not in page


def test_counties_are_folded_until_opened(march: World, client: FlaskClient) -> None:
    march.sign_in(client, "yl-supervisor")
    folded = words(client.get("/office/?period=2023-03"))
    assert "和溪县▸" in folded
    assert "柳巷镇" not in folded
    opened = words(client.get("/office/?period=2023-03&open=hx"))
    assert "柳巷镇" in opened
    assert "青石县▸" in opened


@pytest.mark.parametrize("wanted", ["柳巷", "lxz", "liuxiang"])
def test_a_unit_is_found_by_name_initials_or_code(march: World, client: FlaskClient, wanted: str) -> None:
    march.sign_in(client, "yl-supervisor")
    page = client.get(f"/office/?period=2023-03&q={wanted}").get_data(as_text=True)
    rows = re.findall(r'<th scope="row" class="heat-unit"><a [^>]*>([^<]+)', page)
    assert rows == ["柳巷镇"]


def test_only_problem_units_are_listed_on_demand(march: World, client: FlaskClient) -> None:
    march.sign_in(client, "hx-supervisor")
    page = client.get("/office/?period=2023-03&only=1").get_data(as_text=True)
    rows = re.findall(r'<th scope="row" class="heat-unit"><a [^>]*>([^<]+)', page)
    assert set(rows) == {"残联", "宗教局", "石坝镇", "泊岗乡", "供电公司"}


@pytest.mark.parametrize("query", ["period=2023-13", "period=x", "period=2030-01", "page=-1&months=99&open=%27"])
def test_odd_addresses_get_a_page_or_a_sentence(world: World, client: FlaskClient, query: str) -> None:
    world.sign_in(client, "hx-supervisor")
    answer = client.get(f"/office/?{query}")
    if "period" in query:
        assert answer.status_code == 400
        assert "月" in answer.get_data(as_text=True)
    else:
        assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/office/", "/office/export.xlsx", "/office/units/hx-mzj", "/office/call-list"])
def test_a_contributor_is_refused(world: World, client: FlaskClient, path: str) -> None:
    world.sign_in(client, "hx-mzj-contributor")
    assert client.get(path).status_code == 403


@pytest.mark.parametrize("path", ["/office/units/{}", "/office/units/{}/items"])
@pytest.mark.parametrize("code", ["qs-mzj", "yl-czj", "yl", "nowhere"])
def test_a_foreign_body_is_as_missing_as_a_missing_one(world: World, client: FlaskClient, path: str, code: str) -> None:
    world.sign_in(client, "hx-supervisor")
    assert client.get(path.format("hx-mzj")).status_code == 200
    assert client.get(path.format(code)).status_code == 404


def test_a_bodys_page_has_its_months_columns_and_the_people_to_call(
    march: World, client: FlaskClient, owner_engine: Engine
) -> None:
    with march.services.database.system_scope("test") as uow:
        add_person(uow, march, "cl-contributor", "cl", Role.CONTRIBUTOR, mobile="13900001111")
    march.sign_in(client, "hx-supervisor")
    page = words(client.get("/office/units/cl?period=2023-03"))
    assert "2023年3月月度任务9条（督查机关按单位类型设定），已计入1条，还差8条。" in page
    assert "13900001111" in page
    assert "公示公告" in page
    client.post("/sign-out")
    admin = march.sign_in(client.application.test_client(), "yl-prefecture_admin")
    assert "13900001111" not in words(admin.get("/office/units/cl?period=2023-03"))


def test_each_cell_leads_to_the_items_counted_or_not_and_why(world: World, client: FlaskClient) -> None:
    counted = published(world)
    gone = published(world, title="关于开展检查的公告", body_html="<p>另一正文。</p>")
    news = published(world, column="gzdt", title="局领导调研", body_html="<p>动态正文。</p>")
    with world.services.database.transaction() as uow:
        approver = world.actor(uow, "hx-mzj-approver")
        take_down(uow, tenant_id=approver.tenant_id, item_id=gone, reason="附件有误")
    world.sign_in(client, "hx-supervisor")
    dashboard = client.get("/office/").get_data(as_text=True)
    assert "/office/units/hx-mzj/items?period=2026-03" in dashboard
    answer = client.get("/office/units/hx-mzj/items?period=2026-03")
    page = words(answer)
    assert "工作动态类信息" in page
    assert "已撤下：附件有误" in page
    html = answer.get_data(as_text=True)
    assert f'href="/items/{counted}"' in html
    assert f'href="/items/{news}"' in html
    assert f'href="/items/{gone}"' not in html
    assert "hx-mzj" not in words(client.get("/office/units/hx-mzj/items?period=2026-02"))


def test_the_dashboard_asks_the_database_a_fixed_number_of_questions(
    march: World, client: FlaskClient, services: Services
) -> None:
    march.sign_in(client, "yl-supervisor")
    asked: list[str] = []

    def count(_: Any, __: Any, statement: str, *___: Any) -> None:
        asked.append(statement)

    def ask(path: str) -> int:
        asked.clear()
        event.listen(services.database.engine, "before_cursor_execute", count)
        try:
            assert client.get(path).status_code == 200
        finally:
            event.remove(services.database.engine, "before_cursor_execute", count)
        return len(asked)

    assert ask("/office/?period=2023-03") <= DASHBOARD_QUERIES
    assert ask("/office/?period=2023-03&open=all&months=24") == ask("/office/?period=2023-03")


def test_the_heat_map_of_two_thousand_units_uses_its_index_as_the_application(
    world: World, services: Services, owner_engine: Engine
) -> None:
    publish_month(owner_engine, world, "yl-czj", "2026-03", 1)
    with owner_engine.begin() as connection:
        connection.execute(MANY_UNITS, {"root": world.units["yl"], "path": str(world.units["yl"])})
    with owner_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE period_count"))
    with services.database.unit_of_work() as uow:
        world.actor(uow, "yl-supervisor")
        ids = list(uow.session.scalars(text("SELECT id FROM tenant")))
        plan = uow.session.scalars(
            text("EXPLAIN (ANALYZE, FORMAT TEXT) " + HEAT_MAP.text),
            {"units": ids, "lines": ids, "first": "2025-03", "last": "2026-03"},
        ).all()
        role = uow.session.scalar(text("SELECT current_user"))
    assert role == "gongkai_app"
    assert any("ix_period_count_period" in line for line in plan), "\n".join(plan)

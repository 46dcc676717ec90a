"""Reorganisation through the pages: merge, split, move, abolish, functions; due at once or on a day to come."""

from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from gongkai.admin.reorganisation.models import Reorganisation
from gongkai.catalog.models import ContentColumn
from gongkai.core.models import AuditEvent
from gongkai.publishing.chain import decide, send_back, unschedule
from gongkai.publishing.models import Attachment, Item, ItemStep
from gongkai.run.cli import main
from gongkai.supervision.models import Notice
from gongkai.tenancy.models import TenantGrace
from tests.accounts.browsing import send, text_of
from tests.admin.reorganising import (
    LIST,
    TERMS,
    answer_page,
    begin,
    begun,
    posts,
    press,
    run_due,
    state_of,
    successors,
    unit,
    work_of,
)
from tests.conftest import AdjustableClock
from tests.factories.items import draft, published, reviewed, submitted, work_off
from tests.factories.world import World
from tests.portal.pages import with_files
from tests.publishing.test_former_drafts import attach

ADMIN = "yl-prefecture_admin"
TERMS_PAGE = f"{LIST}new?kind=merge"
BOTH = "和溪县民政局\n青石县民政局"


@pytest.fixture
def admin(world: World, client: FlaskClient) -> FlaskClient:
    """The prefecture's administrator at work."""
    return world.sign_in(client, ADMIN)


def scheduled(world: World, code: str, title: str) -> int:
    item_id = reviewed(world, code, title=title)
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, f"{code}-approver")
        decide(uow, actor=actor, item_id=item_id, publish_at=uow.now + timedelta(days=30))
    return item_id


def run(world: World, *arguments: str) -> str:
    """A command that ends well; what it says."""
    result = CliRunner().invoke(main, arguments, obj=world.services)
    assert result.exit_code == 0, result.output
    return result.output


def test_two_bureaus_merge_in_the_middle_of_a_month(world: World, admin: FlaskClient, client: FlaskClient) -> None:
    public = [published(world, "hx-mzj", title="民政公告"), with_files(world, [("名单.csv", b"a,b\n")], "qs-mzj")]
    attach(world, draft(world, "hx-mzj", title="和溪草稿"))
    submitted(world, "hx-mzj", title="和溪送审")
    scheduled(world, "qs-mzj", "青石定时")
    with world.services.database.unit_of_work() as uow:
        numbers = uow.session.execute(select(Item.id, Item.index_number).where(Item.id.in_(public))).all()
    plan = begun(admin, "merge", BOTH, "州财政局")
    page = text_of(admin.get(plan))
    assert "“青石县民政局”还有1条信息已批准或者已定时，尚未发布" in page
    assert f"{plan}/confirm" not in page
    left = world.people["qs-mzj-unit_admin"]
    answer_page(admin, f"{plan}/work", {"passes_decided": "1", f"person-{left}": "0"})
    page = text_of(admin.get(plan))
    for words in (
        "自2026年3月20日起撤销“和溪县民政局”“青石县民政局”，职能由“云岭州财政局”承接。",
        "“和溪县民政局”已公开的1条信息保留在原单位名下，网址和1个索引号不变",
        "“和溪县民政局”的草稿1条连同附件转为承接单位的草稿（云岭州财政局1条）。",
        "“和溪县民政局”审查、审批中的1条转为承接单位的草稿",
        "“青石县民政局”已批准、已定时的1条不再发布",
        "“和溪县民政局”的4人转到“云岭州财政局”，岗位不变。",
        "“青石县民政局”的1人（qs-mzj-unit_admin）岗位终止",
        "其中1人在其他单位也没有岗位",
        "设立过渡期至2026年5月31日",
    ):
        assert words in page, words
    assert (unit(world, "hx-mzj").status, state_of(world, plan)) == ("active", "drafting")

    assert "合并方案已执行" in press(admin, plan, "confirm")
    assert "没有重复办理" in press(admin, plan, "confirm")
    work_off(world.services)
    for code in ("hx-mzj", "qs-mzj"):
        body = unit(world, code)
        assert (body.status, body.abolished_date, successors(world, code)) == (
            "abolished",
            date(2026, 3, 20),
            {"yl-czj"},
        )
        assert posts(world, code) == set()
    assert ("hx-mzj-contributor", "contributor") in posts(world, "yl-czj")
    assert not {who for who, _ in posts(world, "yl-czj")} & {"qs-mzj-unit_admin"}
    assert work_of(world, "yl-czj") == [("和溪草稿", "draft"), ("和溪送审", "draft"), ("青石定时", "draft")]
    assert (work_of(world, "hx-mzj"), work_of(world, "qs-mzj")) == (
        [("和溪送审", "draft")],
        [("青石定时", "draft")],
    )
    check_passed(world)
    for item_id, number in numbers:
        shown = text_of(admin.get(f"/index/{number}", follow_redirects=True))
        assert "并入云岭州财政局" in shown
        assert f"/items/{item_id}" in admin.get(f"/index/{number}").headers["Location"]
    old, new = text_of(client.get("/units/hx-mzj/")), text_of(client.get("/units/yl-czj/"))
    assert "本单位已于2026年3月20日撤销" in old
    assert "民政公告" in old
    assert "民政公告" in new
    assert "和溪县民政局" in new
    assert "统计数与信息一致" in run(world, "counts", "verify")
    assert "个单位的版本链完整" in run(world, "audit", "verify")


def check_passed(world: World) -> None:
    """Files, authors, steps, audit and notices of what passed in the merger."""
    with world.services.database.system_scope("test") as uow:
        new = uow.session.scalars(
            select(Item).where(Item.tenant_id == world.units["yl-czj"], Item.title == "和溪草稿")
        ).one()
        assert new.author_ids == [world.people["hx-mzj-contributor"]]
        assert new.column_id == world.column(uow, "yl-czj", "gsgg")
        files = uow.session.scalars(select(Attachment.filename).where(Attachment.item_id == new.id)).all()
        assert files == ["责任分工表.pdf"]
        steps = uow.session.execute(
            select(ItemStep.action, ItemStep.actor_id).where(ItemStep.opinion.contains("承接"))
        ).all()
        by = world.people[ADMIN]
        assert sorted(tuple(step) for step in steps) == [("recall", by), ("return", by), ("unschedule", by)]
        actions = uow.session.scalars(select(AuditEvent.action).where(AuditEvent.user_id == by)).all()
        assert {"item.take_over", "item.delete", "item.pass_on", "tenant.abolish", "reorganisation.carry_out"} <= {
            *actions
        }
        notice = uow.session.scalars(
            select(Notice.body).where(Notice.tenant_id == world.units["yl-czj"], Notice.user_id.is_(None))
        ).one()
        assert "转入本单位的草稿3条" in notice
        assert "《和溪草稿》" in notice
        grace = uow.session.execute(select(TenantGrace.tenant_id, TenantGrace.until_date)).all()
        assert [tuple(row) for row in grace] == [(world.units["yl-czj"], date(2026, 5, 31))]


def columns_of(world: World, code: str) -> dict[str, bool]:
    """Code → open, of a unit's columns."""
    with world.services.database.unit_of_work() as uow:
        query = select(ContentColumn.code, ContentColumn.active).where(ContentColumn.tenant_id == world.units[code])
        return {row.code: row.active for row in uow.session.execute(query)}


def test_a_township_is_divided_by_columns(world: World, admin: FlaskClient, client: FlaskClient) -> None:
    published(world, "hx-qsz", "nync", title="农业补贴政策")
    draft(world, "hx-qsz", "nync", title="春耕通知")
    draft(world, "hx-qsz", "gsgg", title="镇公告")
    plan = begun(admin, "split", "清水镇", "和溪县民政局\nqs-mzj", grace_months="0")
    page = text_of(admin.get(f"{plan}/columns"))
    assert 'name="column-nync"' in page
    assert 'name="column-zn"' not in page, "the guide is each unit's own"
    chosen = dict.fromkeys(columns_of(world, "hx-qsz"), str(world.units["hx-mzj"]))
    columns = {f"column-{code}": unit for code, unit in chosen.items()}
    answer_page(admin, f"{plan}/columns", columns | {"column-nync": str(world.units["qs-mzj"])})
    writer = world.people["hx-qsz-contributor"]
    answer_page(admin, f"{plan}/work", {"passes_decided": "0", f"person-{writer}": str(world.units["qs-mzj"])})
    page = text_of(admin.get(plan))
    for words in (
        "职能由“和溪县民政局”“青石县民政局”分别承接",
        "“青石县民政局”承接1个栏目：农业农村政策。",
        "“青石县民政局”增设或者恢复1个栏目：农业农村政策。",
        "原单位的统计数不能分摊到各承接单位",
        "“和溪县清水镇人民政府”的3人（",
    ):
        assert words in page, words
    assert "过渡期" not in page
    assert "分设方案已执行" in press(admin, plan, "confirm")
    work_off(world.services)
    assert successors(world, "hx-qsz") == {"hx-mzj", "qs-mzj"}
    assert (work_of(world, "hx-mzj"), work_of(world, "qs-mzj")) == ([("镇公告", "draft")], [("春耕通知", "draft")])
    assert work_of(world, "hx-qsz") == []
    assert columns_of(world, "qs-mzj")["nync"]
    assert "nync" not in columns_of(world, "hx-mzj")
    assert ("hx-qsz-contributor", "contributor") in posts(world, "qs-mzj")
    page = text_of(client.get("/units/hx-qsz/columns/nync/"))
    assert "2026年3月20日起此项职能由青石县民政局承接" in page
    assert "农业补贴政策" in page
    page = text_of(client.get("/units/qs-mzj/columns/nync/"))
    assert "承接和溪县清水镇人民政府的此项职能" in page
    assert "农业补贴政策" in page
    assert "职能由和溪县民政局、青石县民政局承接" in text_of(client.get("/units/hx-qsz/")).replace("</a>", "").replace(
        '<a href="/units/hx-mzj/">', ""
    ).replace('<a href="/units/qs-mzj/">', "")


def test_a_function_passes_and_the_unit_goes_on(world: World, admin: FlaskClient, client: FlaskClient) -> None:
    published(world, "hx-mzj", "xzcf", title="处罚决定")
    draft(world, "hx-mzj", "xzcf", title="处罚草稿")
    submitted(world, "hx-mzj", "xzcf", title="处罚送审")
    draft(world, "hx-mzj", "gsgg", title="其他草稿")
    plan = begun(admin, "function", "和溪县民政局", "青石县民政局")
    answer = begin(admin, "function", "和溪县民政局", "青石县民政局")
    assert answer.status_code == 302, "functions may leave a unit in several plans"
    page = text_of(send_columns(admin, plan, {}))
    assert "没有选择划转的栏目" in page
    receiver = str(world.units["qs-mzj"])
    answer_page(admin, f"{plan}/columns", {"column-xzcf": receiver, "column-gfxwj": receiver, "column-gsgg": "0"})
    page = text_of(admin.get(plan))
    assert "“和溪县民政局”的行政处罚停用" in page
    assert "行政规范性文件是每个单位都应当有的栏目" in page
    assert "已经送审过的1条，由该单位继续办结" in page
    assert "职能划转方案已执行" in press(admin, plan, "confirm")
    body = unit(world, "hx-mzj")
    assert (body.status, successors(world, "hx-mzj")) == ("active", set())
    assert work_of(world, "qs-mzj") == [("处罚草稿", "draft")]
    assert work_of(world, "hx-mzj") == [("其他草稿", "draft"), ("处罚送审", "in_review")]
    assert (columns_of(world, "hx-mzj")["xzcf"], columns_of(world, "hx-mzj")["gfxwj"]) == (False, True)
    assert len(posts(world, "hx-mzj")) == 4
    page = text_of(client.get("/units/hx-mzj/columns/xzcf/"))
    assert "此项职能由青石县民政局承接" in page
    assert "处罚决定" in page
    writer = world.sign_in(admin.application.test_client(), "qs-mzj-contributor")
    with world.services.database.system_scope("test") as uow:
        taken = uow.session.scalars(select(Item.id).where(Item.title == "处罚草稿")).one()
        kept = uow.session.scalars(select(Item.id).where(Item.title == "处罚送审")).one()
    assert "由和溪县民政局转入" in text_of(writer.get(f"/work/items/{taken}"))
    assert writer.get(f"/work/items/{kept}").status_code == 404, "the receiver of a function sees no more than that"


def send_columns(client: FlaskClient, plan: str, data: dict[str, str]) -> TestResponse:
    answer = send(client, f"{plan}/columns", data)
    assert answer.status_code == 400
    return answer


def test_a_township_moves_to_another_county(world: World, admin: FlaskClient, clock: AdjustableClock) -> None:
    clock.now = datetime(2026, 3, 10, 2, tzinfo=UTC)
    published(world, "hx-qsz", "gsgg", title="镇公告", formed_date=date(2026, 3, 9))
    clock.now = datetime(2026, 3, 23, 2, tzinfo=UTC)
    plan = begun(admin, "move", "清水镇", "青石县")
    page = text_of(admin.get(plan))
    assert "“和溪县清水镇人民政府”的上级单位为“青石县人民政府”" in page
    assert "原列在“和溪县人民政府”之下，此后由“青石县人民政府”督查" in page
    supervisors = {code: admin.application.test_client() for code in ("hx", "qs")}
    for code, browser in supervisors.items():
        world.sign_in(browser, f"{code}-supervisor")
    seen = {code: browser.get("/office/units/hx-qsz").status_code for code, browser in supervisors.items()}
    assert seen == {"hx": 200, "qs": 404}
    assert "划转方案已执行" in press(admin, plan, "confirm")
    moved = unit(world, "hx-qsz")
    assert moved.path == f"{world.units['yl']}.{world.units['qs']}.{world.units['hx-qsz']}"
    assert moved.level == "township"
    seen = {code: browser.get("/office/units/hx-qsz").status_code for code, browser in supervisors.items()}
    assert seen == {"hx": 404, "qs": 200}
    assert "清水镇" in text_of(supervisors["qs"].get("/office/"))
    assert "清水镇" not in text_of(supervisors["hx"].get("/office/?period=2026-03"))
    assert "清水镇" in text_of(supervisors["hx"].get("/office/?period=2026-02"))
    assert "清水镇" not in text_of(supervisors["hx"].get("/office/?period=2026-02&structure=now"))
    assert "清水镇" in text_of(supervisors["qs"].get("/office/?period=2026-02&structure=now"))


def test_a_county_that_ends_leaves_its_units_to_the_other(world: World, admin: FlaskClient) -> None:
    plan = begun(admin, "abolish", "和溪县", "青石县")
    assert "民政局、和溪供水公司" not in text_of(admin.get(plan))
    assert "等3家" not in text_of(admin.get(plan))
    page = text_of(admin.get(plan))
    assert "和溪县民政局、和溪县清水镇人民政府、和溪县供水公司的上级单位改为“青石县人民政府”" in page
    press(admin, plan, "confirm")
    qs = f"{world.units['yl']}.{world.units['qs']}"
    for code in ("hx-mzj", "hx-qsz", "hx-gs"):
        assert unit(world, code).path == f"{qs}.{world.units[code]}"
    assert ("hx-supervisor", "supervisor") in posts(world, "qs")


def test_a_plan_for_a_day_to_come_waits_for_it_and_then_runs_once(
    world: World, admin: FlaskClient, clock: AdjustableClock
) -> None:
    scheduled(world, "hx-mzj", "定时信息")
    plan = begun(admin, "abolish", "hx-mzj", "qs-mzj", effective_date="2026-04-01")
    page = text_of(admin.get(plan))
    assert "到2026年4月1日仍未发布的，方案不能执行" in page
    assert "将于2026年4月1日自动执行" in press(admin, plan, "confirm")
    assert "在此之前办结已批准、已定时的信息" in notices(world, "hx-mzj")
    for moment in (datetime(2026, 3, 31, 15, 30, tzinfo=UTC), datetime(2026, 3, 31, 16, 1, tzinfo=UTC)):
        assert unit(world, "hx-mzj").status == "active"
        clock.now = moment
        run_due(world)
    assert state_of(world, plan) == "planned", "the scheduled item stands in the way"
    admin = world.sign_in(admin.application.test_client(), ADMIN)
    page = text_of(admin.get(plan))
    assert "未能执行" in page
    assert "还有1条信息已批准或者已定时" in page
    run_due(world)
    assert notices(world, "yl").count("未能执行") == 2, "one notice a day, in its subject and its text"
    with world.services.database.system_scope("test") as uow:
        item = uow.session.scalars(select(Item).where(Item.title == "定时信息")).one()
        actor = world.actor(uow, "hx-mzj-approver")
        unschedule(uow, actor=actor, item_id=item.id)
        send_back(uow, actor=actor, item_id=item.id, opinion="机构调整")
    run_due(world)
    body = unit(world, "hx-mzj")
    assert (body.status, body.abolished_date, state_of(world, plan)) == ("abolished", date(2026, 4, 1), "done")
    before = audited(world)
    run_due(world)
    assert audited(world) == before
    assert work_of(world, "qs-mzj") == [("定时信息", "draft")]
    assert "方案已于2026年4月1日 00:01执行" in text_of(admin.get(plan))


def notices(world: World, code: str) -> str:
    with world.services.database.system_scope("test") as uow:
        rows = uow.session.scalars(select(Notice).where(Notice.tenant_id == world.units[code]))
        return "".join(notice.subject + notice.body for notice in rows)


def audited(world: World) -> int:
    with world.services.database.system_scope("test") as uow:
        return len(uow.session.scalars(select(AuditEvent.id).where(AuditEvent.action != "system.scope")).all())


def test_a_cancelled_plan_does_nothing_on_its_day(world: World, admin: FlaskClient, clock: AdjustableClock) -> None:
    plan = begun(admin, "merge", BOTH, "州财政局", effective_date="2026-04-01")
    press(admin, plan, "confirm")
    again = begin(admin, "abolish", "hx-mzj", "yl-czj", effective_date="2026-05-01")
    assert "已列入2026年4月1日生效的合并方案" in text_of(again)
    assert "没有任何变动" in press(admin, plan, "cancel")
    assert "原定方案已取消" in notices(world, "qs-mzj")
    clock.now = datetime(2026, 4, 2, 2, tzinfo=UTC)
    run_due(world)
    assert (unit(world, "hx-mzj").status, state_of(world, plan)) == ("active", "cancelled")
    admin = world.sign_in(admin.application.test_client(), ADMIN)
    assert send(admin, f"{plan}/confirm", {}, page=TERMS_PAGE).status_code == 409
    assert send(admin, f"{plan}/cancel", {}, page=TERMS_PAGE).status_code == 409
    assert admin.get(f"{plan}/terms").status_code == 404


@pytest.mark.parametrize(
    ("kind", "sources", "receivers", "terms", "field", "words"),
    [
        ("merge", "", "yl-czj", {}, "sources", "未填写单位"),
        ("merge", "没有的局", "yl-czj", {}, "sources", "没有名为“没有的局”的在用单位"),
        ("merge", "hx-mzj\nyl-czj", "yl-czj", {}, "receivers", "不能承接自己的职能"),
        ("merge", BOTH, "yl-czj\nhx-qsz", {}, "receivers", "只能有一个承接单位"),
        ("split", "hx-mzj", "yl-czj", {}, "receivers", "至少需要两个承接单位"),
        ("split", BOTH, "yl-czj\nhx-qsz", {}, "sources", "一次只能办理一个单位"),
        ("abolish", "hx", "hx-mzj", {}, "receivers", "是被撤销单位的下级单位"),
        ("abolish", "yl", "qs-mzj", {}, "sources", "没有上级单位，不能撤销"),
        ("move", "hx", "hx-mzj", {}, "receivers", "上级单位不能是本单位或其下级单位"),
        ("move", "hx-qsz", "qs", {"level": "moon"}, "level", "没有这种层级"),
        ("abolish", "hx-mzj", "qs-mzj", {"effective_date": ""}, "effective_date", "生效日期为空"),
        ("abolish", "hx-mzj", "qs-mzj", {"effective_date": "2015-01-01"}, "effective_date", "须晚于"),
        ("abolish", "hx-mzj", "qs-mzj", {"effective_date": "2029-01-01"}, "effective_date", "两年以后"),
        ("abolish", "hx-mzj", "qs-mzj", {"basis": ""}, "basis", "未填写依据"),
        ("abolish", "hx-mzj", "qs-mzj", {"grace_months": "十"}, "grace_months", "应为整数"),
        ("abolish", "hx-mzj", "qs-mzj", {"grace_months": "13"}, "grace_months", "0至12个月"),
    ],
)
def test_a_wrong_plan_is_refused_at_its_field(
    world: World,
    admin: FlaskClient,
    kind: str,
    sources: str,
    receivers: str,
    terms: dict[str, str],
    field: str,
    words: str,
) -> None:
    answer = begin(admin, kind, sources, receivers, **terms)
    page = text_of(answer)
    assert (answer.status_code, f'href="#field-{field}"' in page, words in page) == (400, True, True), page
    with world.services.database.system_scope("test") as uow:
        assert uow.session.scalars(select(Reorganisation.id)).all() == []


def test_what_a_planner_wrote_is_not_returned_by_the_planner(world: World, admin: FlaskClient) -> None:
    item_id = scheduled(world, "hx-mzj", "定时信息")
    with world.services.database.system_scope("test") as uow:
        uow.session.get_one(Item, item_id).author_ids = [world.people[ADMIN]]
    plan = begun(admin, "abolish", "hx-mzj", "qs-mzj")
    answer_page(admin, f"{plan}/work", {"passes_decided": "1"})
    answer = send(admin, f"{plan}/confirm", {}, page=plan)
    assert (answer.status_code, "有方案拟定人参与编写的" in text_of(answer)) == (400, True)
    assert (unit(world, "hx-mzj").status, state_of(world, plan)) == ("active", "drafting")


def test_the_terms_of_a_plan_are_changed_before_it_is_confirmed(world: World, admin: FlaskClient) -> None:
    plan = begun(admin, "abolish", "hx-mzj", "qs-mzj")
    answer_page(admin, f"{plan}/work", {"passes_decided": "1", f"person-{world.people['hx-mzj-approver']}": "0"})
    assert "和溪县民政局" in text_of(admin.get(f"{plan}/terms"))
    answer = send(admin, f"{plan}/terms", {**TERMS, "sources": "hx-mzj", "receivers": "hx-mzj"})
    assert (answer.status_code, "不能承接自己的职能" in text_of(answer)) == (400, True)
    assert "青石县民政局" in text_of(admin.get(plan))
    answer_page(
        admin, f"{plan}/terms", {**TERMS, "sources": "hx-mzj", "receivers": "清水镇", "basis": "云编发〔2026〕8号"}
    )
    page = text_of(admin.get(plan))
    assert "云编发〔2026〕8号" in page
    assert "“和溪县民政局”的4人转到“和溪县清水镇人民政府”" in page, "what was chosen for other units is asked again"
    foreign = send(admin, f"{plan}/work", {f"person-{world.people['hx-mzj-approver']}": str(world.units["qs"])})
    assert (foreign.status_code, "选择了方案以外的承接单位" in text_of(foreign)) == (400, True)
    assert admin.get(f"{plan}/columns").status_code == 404, "only a division and functions go by columns"


@pytest.mark.parametrize("login", ["hx-supervisor", "yl-supervisor", "hx-mzj-unit_admin"])
def test_nobody_else_plans(world: World, client: FlaskClient, login: str) -> None:
    world.sign_in(client, login)
    assert [client.get(f"{LIST}{page}").status_code for page in ("", "new?kind=merge", "1")] == [403, 403, 403]

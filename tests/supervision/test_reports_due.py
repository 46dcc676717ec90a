"""Annual reports due: the list by notice, what is found by itself, what is missing when, reminders, the circular."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from gongkai.core.calendar.spans import Span
from gongkai.core.tables.writing import Sheet, write_xlsx
from gongkai.supervision.circulars.collect import collect
from gongkai.supervision.circulars.problems import problems
from gongkai.supervision.models import Notice
from gongkai.supervision.reports_due.models import ReportDuty
from gongkai.supervision.reports_due.queries import Duty, duties_of, is_report_of, missing_on
from gongkai.supervision.reports_due.schemas import DutyForm
from gongkai.supervision.reports_due.services import change_duty
from gongkai.supervision.reports_due.tasks import remind
from tests.conftest import AdjustableClock
from tests.factories.world import World
from tests.supervision.months import publish_month
from tests.supervision.reports import owe_reports

NOTICE = {"year": "2025", "title": "关于编制发布年度报告的通知", "document_number": "和政办函〔2026〕1号"}
MADE = NOTICE | {"notice_date": "2026-01-05", "prefill": "1"}


def post(client: FlaskClient, path: str, **fields: Any) -> Any:
    """Send a form with its token."""
    page = client.get("/office/reports-due/notice").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None, page[:500]
    return client.post(path, data={"csrf_token": token[1], **fields})


def listed(world: World, year: int = 2025) -> dict[str, Duty]:
    """The county office's list by unit code."""
    with world.services.database.transaction() as uow:
        world.actor(uow, "hx-supervisor")
        return {duty.code: duty for duty in duties_of(uow, office_id=world.units["hx"], year=year)}


def missing(world: World, day: date) -> set[str]:
    with world.services.database.transaction() as uow:
        world.actor(uow, "hx-supervisor")
        return {duty.code for duty in missing_on(uow, office_id=world.units["hx"], day=day)}


def test_a_notice_makes_the_list_of_those_whose_kind_owes_a_report(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    assert "尚未登记2025年度报告的通知" in client.get("/office/reports-due/").get_data(as_text=True)
    assert post(client, "/office/reports-due/notice", **MADE).status_code == 302
    found = listed(world)
    assert {code: duty.due_date for code, duty in found.items()} == {"hx-mzj": date(2026, 1, 31)}
    assert found["hx-mzj"].basis == NOTICE["title"]
    page = client.get("/office/reports-due/?year=2025").get_data(as_text=True)
    assert "逾期未发布1家；应发布1家，已发布0家" in page
    assert "和政办函〔2026〕1号" in page
    world.sign_in(client.application.test_client(), "yl-supervisor")
    other = world.sign_in(client.application.test_client(), "yl-supervisor")
    assert post(other, "/office/reports-due/notice", **MADE).status_code == 302
    page = other.get("/office/reports-due/?year=2025").get_data(as_text=True)
    assert "2026-03-31" in page, "governments by art. 49(2)"
    assert "应发布5家" in page, "two counties and three bureaus"


def test_a_township_is_listed_by_a_local_notice_and_a_kind_gets_a_local_date(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    post(client, "/office/reports-due/notice", **MADE)
    more = {"year": "2025", "names": "清水镇、hx-gs", "due_date": "2026-02-20", "basis": "县政府办公室通知"}
    assert post(client, "/office/reports-due/units", **more).status_code == 302
    again = post(client, "/office/reports-due/units", **more)
    assert again.status_code == 400
    assert "清水镇、和溪供水公司已在名单中" in again.get_data(as_text=True)
    wrong = post(client, "/office/reports-due/units", **more | {"names": "青石县民政局"})
    assert "不是本机关督查范围内的单位" in wrong.get_data(as_text=True)
    dates = {"year": "2025", "kind": "bureau", "due_date": "2026-01-26", "basis": "按本地安排提前"}
    assert post(client, "/office/reports-due/dates", **dates).status_code == 302
    found = listed(world)
    assert found["hx-mzj"].due_date == date(2026, 1, 26)
    assert found["hx-mzj"].basis == "按本地安排提前"
    assert found["hx-qsz"].due_date == date(2026, 2, 20)
    for changes, problem in (
        ({"due_date": "2025-01-26"}, "应发布日期不在2026年"),
        ({"basis": ""}, "依据没有填写"),
        ({"kind": ""}, "未选择单位类型"),
    ):
        answer = post(client, "/office/reports-due/dates", **dates | changes)
        assert answer.status_code == 400
        assert problem in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("title", "published", "counts"),
    [
        ("和溪县民政局2025年政府信息公开工作年度报告", date(2026, 1, 20), True),
        ("和溪县民政局２０２５年度政府信息公开年报", date(2026, 1, 20), True),
        ("和溪县民政局二〇二五年政府信息公开工作年度报告", date(2026, 1, 20), True),
        ("政府信息公开工作年度报告", date(2026, 1, 20), True),
        ("政府信息公开工作年度报告", date(2027, 1, 20), False),
        ("和溪县民政局2024年政府信息公开工作年度报告", date(2026, 1, 20), False),
        ("政府网站工作年度报表（2025年度）", date(2026, 1, 20), False),
        ("文号20251号", date(2026, 1, 20), True),
    ],
)
def test_a_title_says_which_year_it_reports(title: str, published: date, *, counts: bool) -> None:
    assert is_report_of(title, published, 2025) is counts


def test_a_report_in_the_column_is_found_and_its_day_decides(
    world: World, client: FlaskClient, owner_engine: Engine
) -> None:
    world.sign_in(client, "hx-supervisor")
    post(client, "/office/reports-due/notice", **MADE)
    publish_month(owner_engine, world, "hx-mzj", "2026-02", 1, title="2024年政府信息公开工作年度报告", column="gkxx")
    assert missing(world, date(2026, 2, 28)) == {"hx-mzj"}, "another year's"
    publish_month(
        owner_engine, world, "hx-mzj", "2026-03", 1, title="2025年政府信息公开工作年度报告", column="gkxx",
        index_number="hx-mzj/2026-9",
    )  # fmt: skip
    assert missing(world, date(2026, 1, 31)) == set(), "the last day is not over"
    assert missing(world, date(2026, 2, 1)) == {"hx-mzj"}
    assert missing(world, date(2026, 2, 28)) == {"hx-mzj"}, "what came later does not change what was missing"
    assert missing(world, date(2026, 3, 31)) == set()
    assert listed(world)["hx-mzj"].standing(date(2026, 3, 31)) == "late"
    page = client.get("/office/reports-due/?year=2025&state=late").get_data(as_text=True)
    assert re.search(r'href="/items/\d+"[^>]*>2026-03-01', page)


def test_the_office_marks_a_report_elsewhere_and_an_exemption(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    post(client, "/office/reports-due/notice", **MADE)
    path = f"/office/reports-due/{listed(world)['hx-mzj'].id}"
    form = {"due_date": "2026-01-31", "published_date": "2026-01-28", "published_url": "https://a.example.gov.cn/1"}
    for changes, problem in (
        ({"published_url": ""}, "网址没有填写；发布日期和网址应当同时填写"),
        ({"published_date": ""}, "发布日期没有填写"),
        ({"published_url": "javascript:alert(1)"}, "网址无效"),
        ({"published_date": "2025-12-30"}, "发布日期早于2026年1月1日"),
        ({"published_date": "2027-01-01"}, "发布日期晚于今天"),
        ({"due_date": ""}, "应发布日期没有填写"),
        ({"due_date": "31日"}, "不是有效日期"),
        ({"basis": "长" * 301}, "依据过长（301字）"),
    ):
        answer = post(client, path, **form | changes)
        assert answer.status_code == 400
        assert problem in answer.get_data(as_text=True), problem
    assert post(client, path, **form).status_code == 302
    assert listed(world)["hx-mzj"].standing(date(2026, 3, 1)) == "published"
    assert 'href="https://a.example.gov.cn/1"' in client.get("/office/reports-due/?year=2025").get_data(as_text=True)
    assert post(client, path, due_date="2026-01-31", exempt_reason="当年新组建").status_code == 302
    assert missing(world, date(2026, 3, 31)) == set()
    assert "免报1家" in client.get("/office/reports-due/?year=2025").get_data(as_text=True)
    for login in ("qs-supervisor", "yl-supervisor"):
        other = world.sign_in(client.application.test_client(), login)
        assert other.get(path).status_code == 404
        assert post(other, f"{path}/remove").status_code == 404
    assert post(client, f"{path}/remove").status_code == 302
    assert listed(world) == {}


def upload(client: FlaskClient, rows: Sequence[tuple[str, ...]]) -> Any:
    """Send a list as a spreadsheet."""
    header = ("单位名称", "应发布日期", "依据", "免报原因", "发布日期", "链接")
    file = BytesIO(write_xlsx([Sheet("名单", header, rows)]))
    return post(client, "/office/reports-due/import", year="2025", file=(file, "名单.xlsx"))


def test_a_table_is_taken_all_or_none_and_a_second_run_changes_nothing(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    assert upload(client, [("清水镇", "2026-02-28", "", "", "", "")]).status_code == 404, "there is no list yet"
    post(client, "/office/reports-due/notice", **MADE)
    good = [
        ("和溪县民政局", "", "", "", "2026年1月20日", "https://a.example.gov.cn/1"),
        ("清水镇", "2026-02-28", "通知", "", "", ""),
        ("hx-gs", "2026-02-28", "", "非行政机关", "", ""),
    ]
    answer = upload(client, [*good, ("清水镇", "二月底", "", "", "", ""), ("某局", "", "", "", "2026-01-20", "网址")])
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 400
    for problem in ("不是可以识别的日期", "“某局”不是本机关督查范围内的单位", "网址无效", "文件中有3处需要修改"):
        assert problem in shown
    answer = upload(client, [*good[:2], good[1], ("和溪供水公司", "", "", "", "", "")])
    shown = answer.get_data(as_text=True)
    assert "同一单位出现了两次" in shown
    assert "《条例》没有规定这类单位的时限" in shown
    assert set(listed(world)) == {"hx-mzj"}
    for words in ("列入2家单位，更改1家", "列入0家单位，更改0家"):
        assert upload(client, good).status_code == 302
        assert words in client.get("/office/reports-due/?year=2025").get_data(as_text=True)
        assert missing(world, date(2026, 3, 1)) == {"hx-qsz"}
    template = client.get("/office/reports-due/template.xlsx").data
    refused = post(client, "/office/reports-due/import", year="2025", file=(BytesIO(template), "模板.xlsx"))
    assert "示例局" in refused.get_data(as_text=True)
    exported = client.get("/office/reports-due/list.xlsx?year=2025")
    assert exported.data[:2] == b"PK"


def test_the_notice_is_checked_and_can_be_corrected(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    for changes, problem in (
        ({"title": ""}, "通知标题没有填写"),
        ({"notice_date": ""}, "通知日期没有填写"),
        ({"notice_date": "2027-01-01"}, "通知日期晚于今天"),
    ):
        answer = post(client, "/office/reports-due/notice", **MADE | changes)
        assert answer.status_code == 400
        assert problem in answer.get_data(as_text=True)
    for year in ("1999", "2999", "今年"):
        assert client.get(f"/office/reports-due/?year={year}").status_code == 400
    post(client, "/office/reports-due/notice", **MADE)
    post(client, "/office/reports-due/notice", **MADE | {"title": "更正后的通知"})
    assert [duty.basis for duty in listed(world).values()] == ["更正后的通知"]
    unit = world.sign_in(client.application.test_client(), "hx-mzj-unit_admin")
    assert unit.get("/office/reports-due/").status_code == 403


def test_the_circular_takes_what_is_missing_from_the_list(city: World) -> None:
    def named(month: str) -> list[tuple[str, bool, str]]:
        with city.services.database.transaction() as uow:
            city.actor(uow, "hx-supervisor")
            snapshot = collect(uow, office_id=city.units["hx"], span=Span.parse(month))
        found = next((group for group in problems(snapshot) if group.code == "PB-ANNUAL"), None)
        return [(unit.code, unit.repeated, unit.evidence) for unit in found.units] if found else []

    page = "/office/reports-due/?year=2022&q="
    assert named("2023-02") == []
    assert named("2023-03") == [("cl", False, f"{page}cl"), ("gongdian", False, f"{page}gongdian")]
    with city.services.database.transaction() as uow:
        city.actor(uow, "hx-supervisor")
        duty_id = uow.session.scalars(select(ReportDuty.id).where(ReportDuty.unit_id == city.units["cl"])).one()
        form = DutyForm(date(2023, 2, 28), published_date=date(2023, 4, 3), published_url="https://a.example.gov.cn/1")
        change_duty(uow, office_id=city.units["hx"], duty_id=duty_id, entered_by=None, form=form)
    assert [code for code, _, _ in named("2023-03")] == ["cl", "gongdian"]
    assert named("2023-04") == [("gongdian", True, f"{page}gongdian")]


def test_an_early_date_is_reminded_of_in_the_year_before(world: World, clock: AdjustableClock) -> None:
    with world.services.database.system_scope("test") as uow:
        owe_reports(uow, world, "hx", 2025, date(2026, 1, 12), "hx-mzj")
    for day, told in ((datetime(2025, 12, 18, 4, 0, tzinfo=UTC), 0), (datetime(2025, 12, 22, 4, 0, tzinfo=UTC), 1)):
        clock.now = day
        remind(world.services)
        with world.services.database.system_scope("test") as uow:
            assert len(uow.session.scalars(select(Notice).where(Notice.kind == "report_due")).all()) == told


def test_those_who_have_not_published_are_reminded_once_at_each_step(world: World, clock: AdjustableClock) -> None:
    with world.services.database.system_scope("test") as uow:
        owe_reports(uow, world, "hx", 2025, date(2026, 1, 30), "hx-mzj", "hx-qsz")
        owe_reports(uow, world, "yl", 2025, date(2026, 1, 30), "hx-mzj", "yl-czj")
        duty_id = uow.session.scalars(select(ReportDuty.id).where(ReportDuty.unit_id == world.units["hx-qsz"])).one()
        change = DutyForm(date(2026, 1, 30), exempt_reason="与县政府合并编制")
        change_duty(uow, office_id=world.units["hx"], duty_id=duty_id, entered_by=None, form=change)
    told = []
    for day in (8, 9, 10, 22, 23, 24, 30, 31):
        clock.now = datetime(2026, 1, day, 4, 0, tzinfo=UTC)
        remind(world.services)
        with world.services.database.system_scope("test") as uow:
            bodies = uow.session.scalars(select(Notice.body).where(Notice.kind == "report_due").order_by(Notice.id))
            told.append(len(bodies.all()))
    assert told == [0, 2, 2, 2, 4, 4, 4, 4]
    with world.services.database.system_scope("test") as uow:
        first = uow.session.scalars(
            select(Notice).where(Notice.kind == "report_due", Notice.tenant_id == world.units["yl-czj"])
        ).first()
        assert first is not None
        assert "应于2026年1月30日前发布（年度报告编制发布工作安排），还有15个工作日，目前尚未发布。" in first.body

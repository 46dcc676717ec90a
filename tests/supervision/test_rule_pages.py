"""The catalogue of rules on screen, and findings that people record."""

import re
from datetime import date
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from openpyxl import Workbook
from sqlalchemy import select
from werkzeug.test import TestResponse

from gongkai.supervision.models import Finding, OfficeRule
from tests.factories.world import World

CHANGE = {
    "parameter": "days", "value": "10", "tenant_type": "", "unit": "", "valid_from": "2026-03",
    "reason": "年度工作要点",
}  # fmt: skip
ENTRY = {
    "units": "和溪县民政局、清水镇", "rule": "SR-O1", "class": "PB-TEXT", "text": "标题有错别字", "source": "citizen",
    "url": "https://www.example.gov.cn/1", "found": "2026-03-20", "due": "",
}  # fmt: skip


def post(client: FlaskClient, path: str, **fields: object) -> TestResponse:
    """Send a form with the token of a page."""
    page = client.get("/work/").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    return client.post(path, data={"csrf_token": token[1], **fields})


def rules(world: World) -> list[OfficeRule]:
    """What offices have set."""
    with world.services.database.system_scope("test") as uow:
        return list(uow.session.scalars(select(OfficeRule).order_by(OfficeRule.id)))


def entered(world: World) -> list[Finding]:
    """What people have recorded."""
    with world.services.database.system_scope("test") as uow:
        return list(uow.session.scalars(select(Finding).where(Finding.found_by != "system").order_by(Finding.id)))


def test_a_number_is_changed_after_its_effect_was_shown(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    page = client.get("/office/rules/catalogue").get_data(as_text=True)
    assert "动态要闻类栏目不更新" in page
    path = "/office/rules/catalogue/SR-U2"
    first = post(client, path, **CHANGE)
    assert first.status_code == 200
    assert "按现行数值，今天发现问题0项；修改后为" in first.get_data(as_text=True)
    assert rules(world) == []
    assert post(client, path, **CHANGE, confirmed="1").status_code == 302
    saved = rules(world)[0]
    assert (saved.rule_code, saved.parameter, int(saved.value), saved.valid_from) == ("SR-U2", "days", 10, "2026-03")
    shown = client.get(path).get_data(as_text=True)
    assert "督查机关设定" in shown
    assert "年度工作要点" in shown
    assert client.get("/office/rules/catalogue/SR-none").status_code == 404


def test_an_office_sets_what_its_scores_go_by(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    path = "/office/rules/catalogue/SCORES"
    page = client.get(path).get_data(as_text=True)
    assert "12月权重" in page
    assert "默认不排名" in page
    weight = {**CHANGE, "parameter": "weight:12", "value": "3"}
    assert "以往月份的评分不变" in post(client, path, **weight).get_data(as_text=True)
    assert post(client, path, **weight, confirmed="1").status_code == 302
    cap = {**CHANGE, "parameter": "cap:quantity", "value": "25"}
    assert post(client, path, **cap, confirmed="1").status_code == 302
    assert "任务完成（分值上限25分）" in client.get("/office/rules/catalogue").get_data(as_text=True)
    assert {(row.parameter, int(row.value)) for row in rules(world)} == {("weight:12", 3), ("cap:quantity", 25)}
    ranked = {**CHANGE, "parameter": "ranked", "value": "1"}
    refused = post(client, path, **{**ranked, "unit": "和溪县民政局"}, confirmed="1")
    assert "是否排名对全部单位统一设定" in refused.get_data(as_text=True)
    assert post(client, path, **{**ranked, "valid_from": "2026-04"}, confirmed="1").status_code == 302


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("value", "90", "天数应为1至60天"),
        ("value", "NaN", "数值无效"),
        ("value", "x", "数值无效"),
        ("parameter", "colour", "未选择参数"),
        ("valid_from", "2026", "起始月份无效"),
        ("reason", " ", "未填写调整理由"),
        ("unit", "没有这个单位", "本机关督查范围内没有这个单位"),
    ],
)
def test_a_wrong_number_is_refused_by_its_field(
    world: World, client: FlaskClient, field: str, value: str, problem: str
) -> None:
    world.sign_in(client, "hx-supervisor")
    answer = post(client, "/office/rules/catalogue/SR-U2", **{**CHANGE, field: value, "confirmed": "1"})
    assert answer.status_code == 400
    assert problem in answer.get_data(as_text=True)
    assert rules(world) == []


def test_past_months_keep_the_number_they_had(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    path = "/office/rules/catalogue/SR-U2"
    assert post(client, path, **{**CHANGE, "valid_from": "2026-01"}, confirmed="1").status_code == 302
    refused = post(client, path, **{**CHANGE, "valid_from": "2026-01", "value": "12"}, confirmed="1")
    assert "以往月份" in refused.get_data(as_text=True)
    assert post(client, path, **{**CHANGE, "valid_from": "2026-04", "value": "12"}, confirmed="1").status_code == 302
    kept = [(int(rule.value), rule.valid_from, rule.valid_to) for rule in rules(world)]
    assert kept == [(10, "2026-01", "2026-04"), (12, "2026-04", None)]


def test_a_problem_from_outside_is_recorded_with_several_units(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    assert post(client, "/office/findings/new", **ENTRY).status_code == 302
    found = entered(world)
    assert {row.tenant_id for row in found} == {world.units["hx-mzj"], world.units["hx-qsz"]}
    assert {(row.state, row.problem_class, row.found_by, str(row.due_date)) for row in found} == {
        ("open", "PB-TEXT", "citizen", "2026-03-30")
    }
    assert "标题有错别字" in client.get("/office/findings").get_data(as_text=True)
    assert "标题有错别字" in client.get(f"/office/findings/{found[0].id}").get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("units", "青石县民政局", "青石县民政局"),
        ("rule", "SR-U2", "未选择规则"),
        ("class", "", "未选择问题类别"),
        ("text", "", "未填写具体表现"),
        ("source", "system", "未选择发现来源"),
        ("url", "javascript:alert(1)", "网址无效"),
        ("found", "2026-03-24", "发现日期晚于今天"),
        ("due", "2026-03-01", "整改时限早于发现日期"),
    ],
)
def test_a_wrong_entry_is_refused_by_its_field(
    world: World, client: FlaskClient, field: str, value: str, problem: str
) -> None:
    world.sign_in(client, "hx-supervisor")
    answer = post(client, "/office/findings/new", **{**ENTRY, field: value})
    assert answer.status_code == 400
    assert problem in answer.get_data(as_text=True)
    assert entered(world) == []


def workbook(*rows: tuple[str, ...]) -> tuple[BytesIO, str]:
    """A list of faults."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(("责任单位", "问题类型", "存在问题", "链接", "来源", "检查日期", "整改期限"))
    for row in rows:
        sheet.append(row)
    saved = BytesIO()
    book.save(saved)
    return BytesIO(saved.getvalue()), "问题清单.xlsx"


def test_a_list_of_faults_is_imported_whole_or_not_at_all(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    good = (
        "清水镇",
        "空白栏目",
        "“规划”栏目没有信息",
        "https://a.gov.cn/1",
        "第三方评估机构",
        "2026-03-20",
        "2026-04-01",
    )
    bad = ("青石县民政局", "没有这一类", "…", "", "网友", "", "")
    answer = post(client, "/office/findings/import", file=workbook(good, bad))
    assert answer.status_code == 400
    shown = answer.get_data(as_text=True)
    assert "未登记任何内容" in shown
    assert "不是通报的问题类别" in shown
    assert entered(world) == []
    assert client.get("/office/findings/template.xlsx").status_code == 200
    assert post(client, "/office/findings/import", file=workbook(good)).status_code == 302
    assert [(row.problem_class, str(row.due_date)) for row in entered(world)] == [("PB-BLANK", "2026-04-01")]


def test_what_a_person_records_is_due_by_the_days_that_the_office_has_set(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    assert post(client, "/office/findings/new", **ENTRY).status_code == 302
    days = {**CHANGE, "parameter": "rectify_days", "value": "10"}
    assert post(client, "/office/rules/catalogue/SR-O1", **days, confirmed="1").status_code == 302
    assert post(client, "/office/findings/new", **{**ENTRY, "text": "落款有错别字"}).status_code == 302
    by_text = {row.evidence["text"]: row.due_date for row in entered(world)}
    assert by_text == {"标题有错别字": date(2026, 3, 30), "落款有错别字": date(2026, 4, 7)}

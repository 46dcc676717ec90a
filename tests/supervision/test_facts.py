"""Facts of an office: recorded for several units at once, corrected, removed, imported; never a foreign office's."""

import re
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from gongkai.core.calendar.periods import Period
from gongkai.core.errors import NotFound
from gongkai.core.tables.writing import Sheet, write_xlsx
from gongkai.supervision.facts.records import record_facts, remove_fact
from gongkai.supervision.facts.units import units_of_office
from gongkai.supervision.models import OfficeFact
from tests.factories.world import World

FEBRUARY = Period.parse("2026-02")
CLAIM = {"kind": "false_rectification", "period": "2026-02", "manner": "listed_only", "due_date": "2026-01-31"}


def post(client: FlaskClient, path: str, **fields: Any) -> Any:
    """Send a form with its token."""
    page = client.get("/office/facts/import").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None, page[:500]
    return client.post(path, data={"csrf_token": token[1], **fields})


def stored(world: World) -> list[OfficeFact]:
    """All facts by id."""
    with world.services.database.system_scope("test") as uow:
        return list(uow.session.scalars(select(OfficeFact).order_by(OfficeFact.id)))


def test_one_matter_is_recorded_for_several_units_ticked_or_written(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    form = client.get("/office/facts/new?kind=false_rectification&period=2026-02").get_data(as_text=True)
    assert "清水镇" in form
    assert "青石县" not in form, "another county's"
    answer = post(client, "/office/facts/new", **CLAIM, units=[str(world.units["hx-mzj"])], names="清水、和溪供水公司")
    assert answer.status_code == 302
    facts = stored(world)
    assert {fact.unit_id for fact in facts} == {world.units[code] for code in ("hx-mzj", "hx-qsz", "hx-gs")}
    assert facts[0].detail == {"manner": "listed_only", "due_date": "2026-01-31"}
    assert {fact.entered_by for fact in facts} == {world.people["hx-supervisor"]}
    page = client.get("/office/facts/?period=2026-02").get_data(as_text=True)
    assert f'id="fact-{facts[0].id}"' in page
    assert "仅处理通知所列栏目，未全面排查" in page


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"units": []}, "未选择单位"),
        ({"names": "某某局"}, "“某某局”不是本机关督查范围内的单位"),
        ({"names": "青石县民政局"}, "“青石县民政局”不是本机关督查范围内的单位"),
        ({"manner": ""}, "未选择整改不实的情形"),
        ({"due_date": "二月"}, "不是有效日期"),
        ({"due_date": "2026-03-02"}, "原整改时限晚于2026年2月"),
        ({"note": "长" * 301}, "说明过长（301字）"),
        ({"source": "长" * 301}, "依据过长（301字）"),
    ],
)
def test_a_wrong_form_names_the_field_and_keeps_what_was_typed(
    world: World, client: FlaskClient, changes: dict[str, Any], problem: str
) -> None:
    world.sign_in(client, "hx-supervisor")
    fields = {**CLAIM, "units": [str(world.units["hx-mzj"])], "source": "培训通知", **changes}
    answer = post(client, "/office/facts/new", **fields)
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert problem in shown
    if "due_date" not in changes:
        assert 'name="due_date" type="date" value="2026-01-31"' in shown
    if changes.get("units") is None:
        assert re.search(rf'value="{world.units["hx-mzj"]}" checked', shown)
    assert stored(world) == []


def test_a_search_inside_the_form_keeps_what_is_ticked(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    fields = {**CLAIM, "units": [str(world.units["hx-mzj"])], "q": "清水", "search": "1"}
    answer = post(client, "/office/facts/new", **fields)
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "清水镇" in shown
    assert "和溪供水公司" not in shown
    assert re.search(rf'value="{world.units["hx-mzj"]}" checked', shown)
    assert stored(world) == []


def test_the_same_matter_twice_is_refused_naming_the_unit(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    fields = {**CLAIM, "units": [str(world.units["hx-mzj"])]}
    assert post(client, "/office/facts/new", **fields).status_code == 302
    answer = post(client, "/office/facts/new", **fields)
    assert answer.status_code == 400
    assert "和溪县民政局本期已登记“整改不实”" in answer.get_data(as_text=True)


def test_a_fact_is_corrected_and_removed_by_its_own_office_only(world: World, client: FlaskClient) -> None:
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, "hx-supervisor")
        fact = record_facts(
            uow, office_id=actor.tenant_id, entered_by=actor.user_id, period=FEBRUARY, kind="false_rectification",
            unit_ids=[world.units["hx-mzj"]], detail={"manner": "still_wrong"},
        )[0]  # fmt: skip
    for login in ("qs-supervisor", "yl-supervisor"):
        other = world.sign_in(client.application.test_client(), login)
        assert other.get(f"/office/facts/{fact.id}").status_code == 404
        assert post(other, f"/office/facts/{fact.id}", manner="listed_only").status_code == 404
        assert post(other, f"/office/facts/{fact.id}/remove").status_code == 404
        assert other.get("/office/facts/999999").status_code == 404
    world.sign_in(client, "hx-supervisor")
    assert post(client, f"/office/facts/{fact.id}", manner="").status_code == 400
    answer = post(client, f"/office/facts/{fact.id}", manner="listed_only", found="其他栏目仍未更新", source="复查记录")
    assert answer.status_code == 302
    assert stored(world)[0].detail == {"manner": "listed_only", "found": "其他栏目仍未更新"}
    assert stored(world)[0].source == "复查记录"
    assert post(client, f"/office/facts/{fact.id}/remove").status_code == 302
    assert stored(world) == []
    with world.services.database.transaction() as uow:
        world.actor(uow, "hx-supervisor")
        with pytest.raises(NotFound):
            remove_fact(uow, office_id=world.units["hx"], fact_id=fact.id)


def test_a_member_of_a_unit_cannot_record_anything(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-mzj-unit_admin")
    for path in ("/office/facts/", "/office/facts/new?kind=commended", "/office/facts/import"):
        assert client.get(path).status_code == 403


def upload(client: FlaskClient, rows: Sequence[tuple[str, ...]], **fields: str) -> Any:
    """Send a spreadsheet."""
    header = ("单位", "事项", "说明", "日期")
    file = BytesIO(write_xlsx([Sheet("登记", header, rows)]))
    return post(client, "/office/facts/import", period="2026-02", file=(file, "登记.xlsx"), **fields)


def test_a_table_is_recorded_all_or_none_and_a_second_run_changes_nothing(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    good = [
        ("清水镇", "整改不实", "反馈已整改但复查仍存在问题", "2026年2月12日"),
        ("供水公司", "工作较好", "", ""),
    ]
    answer = upload(client, [*good, ("民政局", "旷课", "", "2026-05-01")])
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "不是可以登记的事项" in shown
    assert "“供水公司”不是本机关督查范围内的单位" in shown, "names are matched from their beginning"
    assert stored(world) == []
    good[1] = ("和溪供水公司", "工作较好", "", "")
    for _ in range(2):
        assert upload(client, good).status_code == 302
        assert [fact.kind for fact in stored(world)] == [
            "false_rectification", "commended",
        ]  # fmt: skip
    assert stored(world)[0].detail["due_date"] == "2026-02-12"


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (("清水镇", "整改不实", "态度不好", ""), "未说明整改不实的情形"),
        (("清水镇", "整改不实", "未整改", "2026-03-20"), "原整改时限晚于2026年2月"),
        (("清水镇", "年度报告未发布", "", "2026-01-31"), "不是可以登记的事项"),
        (("清水镇", "培训未参加", "", "2026-02-12"), "培训情况在“培训登记”中登记"),
        (("", "整改不实", "未整改", "2026-01-31"), "必填项没有填写"),
        (("和溪", "工作较好", "", ""), "“和溪”可以指"),
    ],
)
def test_each_fault_of_a_table_is_told_with_its_row(
    world: World, client: FlaskClient, row: tuple[str, ...], problem: str
) -> None:
    world.sign_in(client, "hx-supervisor")
    answer = upload(client, [("和溪县民政局", "工作较好", "", ""), row])
    assert answer.status_code == 400
    assert problem in answer.get_data(as_text=True)
    assert stored(world) == []


def test_a_file_that_is_no_table_is_refused_with_a_sentence(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    answer = post(client, "/office/facts/import", period="2026-02", file=(BytesIO(b"%PDF-1.4 x"), "登记.pdf"))
    assert answer.status_code == 400
    assert "不是表格" in answer.get_data(as_text=True)
    assert post(client, "/office/facts/import", period="2026-02").status_code == 400


def test_the_template_can_be_filled_in_and_sent_back(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    answer = client.get("/office/facts/template.xlsx")
    assert answer.data[:2] == b"PK"
    refused = post(client, "/office/facts/import", period="2026-02", file=(BytesIO(answer.data), "模板.xlsx"))
    assert "示例局" in refused.get_data(as_text=True)


def test_a_name_that_fits_several_units_names_none(world: World) -> None:
    with world.services.database.transaction() as uow:
        world.actor(uow, "yl-supervisor")
        units = units_of_office(uow, office_id=world.units["yl"], period=FEBRUARY)
        assert [row.code for row in units.find("州财政局")] == ["yl-czj"]
        assert [row.code for row in units.find("和溪县")] == ["hx"], "a whole name wins over a beginning"
        assert len(units.find("和溪")) > 1
        found, unknown = units.read("州财政局，和溪\n无此局")
        assert [row.code for row in found] == ["yl-czj"]
        assert len(unknown) == 2

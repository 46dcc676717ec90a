"""The wizard of a circular through the front door: figures, decisions, text, isolation."""

import re

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from gongkai.core.calendar.spans import Span
from gongkai.supervision.circulars.collect import collect
from gongkai.supervision.models import Circular
from gongkai.tenancy.kinds import TenantType
from tests.factories.world import World
from tests.supervision.months import add_unit, publish_month
from tests.supervision.office import REQUIREMENTS, Office, drafted, opened, stored, verified_on_paper


def test_the_wizard_leads_from_figures_to_the_issued_circular(city: World, app: Flask) -> None:
    office = Office(app, city, "hx-supervisor")
    assert "份通报尚未编制" in office.page("/office/circulars/")
    circular_id = opened(city, office)
    base = f"/office/circulars/{circular_id}"
    figures = office.page(f"{base}/figures")
    assert "锁定后数据没有变化" in figures
    problems = office.page(f"{base}/problems")
    assert 'href="/office/units/gongdian?period=2023-03"' in problems
    keys = re.findall(r'name="named" value="([^"]+)"', problems)
    assert {"PB-BLANKMONTH:gongdian", "PB-QUOTA:bogang", "PB-TRAIN:cl", "PB-RECT:zjj"} <= set(keys)
    refused = office.send(f"{base}/problems", 400, named=[key for key in keys if key != "PB-TRAIN:cl"])
    assert "未说明不点名残联的理由" in refused
    office.send(
        f"{base}/problems", named=[key for key in keys if key != "PB-TRAIN:cl"], **{"reason__PB-TRAIN__cl": "请假获准"}
    )
    assert "已登记" in office.page(f"{base}/commended")
    office.send(f"{base}/commended", commended=["fgw"], names="柳巷镇")
    office.send(f"{base}/requirements", **REQUIREMENTS)
    editor = office.page(f"{base}/text")
    assert "{发布总数}" in editor
    assert "请假获准" in editor, "the hint beside the draft"
    page = office.page(base)
    body = re.sub("<[^>]+>", "", page)
    assert "纳入统计的10家单位共发布政府信息186条" in body
    assert "供电公司本月未发布信息，已连续2个月空白。" in body
    assert "残联1条，宗教局5条" in body
    assert "培训组织不到位" not in body.split("校核提示")[0]
    assert "请附件2所列单位于2023年4月28日前" not in body, "the period's year is not repeated"
    assert "请附件2所列单位于4月28日前逐项整改" in body
    verified_on_paper(office, base)
    office.send(f"{base}/submit")
    leader = Office(app, city, "hx-leader")
    leader.send(f"{base}/sign", opinion="同意")
    issue = leader.page(f"{base}/issue")
    assert re.search(r'value="withheld" checked', issue), "internal unless the office decides otherwise"
    leader.send(
        f"{base}/issue", document_number="示政办公开[2023]3号", issued_date="2023-04-03", disclosure_mode="withheld"
    )
    final = stored(city, circular_id)
    assert (final.state, final.document_number, final.signatory) == ("issued", "示政办公开〔2023〕3号", "hx-leader")
    assert final.disclosure_mode == "withheld"
    assert final.item_id is None
    shown = office.page(base)
    assert "示政办公开〔2023〕3号" in shown
    assert str(final.ledger_digest) in shown
    assert "审核签发" in shown
    assert "hx-leader" in shown


def test_locked_figures_stay_while_the_data_go_on(city: World, app: Flask, owner_engine: Engine) -> None:
    office = Office(app, city, "hx-supervisor")
    circular_id = drafted(city, office)
    base = f"/office/circulars/{circular_id}"
    before = stored(city, circular_id).snapshot
    publish_month(owner_engine, city, "gongdian", "2023-03", 4, key_area_group="fiscal_funds")
    assert stored(city, circular_id).snapshot == before
    page = re.sub("<[^>]+>", "", office.page(base))
    assert "供电公司本月未发布信息" in page
    assert "共发布政府信息186条" in page
    changes = re.sub(r"<[^>]+>|\s", " ", office.page(f"{base}/figures"))
    assert re.search(r"发布总数 +186条 +190条", changes)
    assert re.search(r"供电公司 +本月发布 +0 +4", changes)
    assert "未填写重新锁定的原因" in office.send(f"{base}/lock", 400, reason="")
    office.send(f"{base}/lock", reason="供电公司补报后经核实")
    assert "供电公司本月未发布信息" not in re.sub("<[^>]+>", "", office.page(base))
    assert "供电公司补报后经核实" in office.page(base)


def test_once_sent_on_the_database_itself_keeps_the_figures(city: World, app: Flask, owner_engine: Engine) -> None:
    office = Office(app, city, "hx-supervisor")
    circular_id = drafted(city, office)
    office.send(f"/office/circulars/{circular_id}/submit")
    office.send(f"/office/circulars/{circular_id}/lock", 409, reason="再算一次")
    with pytest.raises(DBAPIError, match="cannot change"), owner_engine.begin() as connection:
        connection.execute(text("UPDATE circular SET snapshot = jsonb_set(snapshot, '{figures,counted}', '9999')"))


def test_an_edit_cannot_alter_a_figure_and_a_refused_form_keeps_its_contents(city: World, app: Flask) -> None:
    office = Office(app, city, "hx-supervisor")
    circular_id = drafted(city, office)
    path = f"/office/circulars/{circular_id}/text"
    page = office.page(path)
    found = re.search(r'name="text:overall.total"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    assert found is not None
    text_now = found[1]
    for wrong in (text_now.replace("{发布总数}", "2800"), text_now + "其中300条为新增。"):
        answer = office.send(path, 400, text__overall__total="", **{"text:overall.total": wrong})
        assert "锁定数据" in answer
        assert wrong.split("，")[1] in answer
    assert stored(city, circular_id).prose["edits"] == {}
    office.send(
        path, **{"text:overall.total": "总的看，" + text_now}, removed="good.units", **{"why:good.units": "本期不列"}
    )
    body = re.sub("<[^>]+>", "", office.page(f"/office/circulars/{circular_id}"))
    assert "总的看，3月份，纳入统计的10家单位共发布政府信息186条" in body
    assert "工作较好的单位" not in body.split("校核提示")[0]
    version = stored(city, circular_id).lock_version
    office.send(path, 409, lock_version=str(version - 1), **{"text:overall.total": text_now})


def test_a_period_that_has_not_ended_cannot_be_locked_and_one_circular_a_period_is_open(
    city: World, app: Flask
) -> None:
    office = Office(app, city, "hx-supervisor")
    office.send("/office/circulars/new", period="2026-03")
    with city.services.database.system_scope("test") as uow:
        circular_id = uow.session.execute(select(Circular.id)).scalar_one()
    assert "统计时段到2026年3月31日为止" in office.send(f"/office/circulars/{circular_id}/lock", 409)
    assert "已有一份" in office.send("/office/circulars/new", 409, period="2026-03")
    assert "尚未开始" in office.send("/office/circulars/new", 400, period="2026-04")
    assert "统计期无效" in office.send("/office/circulars/new", 400, period="三月")
    assert "未填写撤回原因" in office.send(f"/office/circulars/{circular_id}/withdraw", 400, withdraw_reason="")
    office.send(f"/office/circulars/{circular_id}/withdraw", withdraw_reason="选错月份")
    office.send("/office/circulars/new", period="2026-03")


ROUTES = (
    "", "/figures", "/problems", "/commended", "/requirements", "/text", "/issue", "/print", "/circular.docx",
    "/verification", "/receipts",
)  # fmt: skip
DEEDS = (
    "/lock", "/submit", "/recall", "/return", "/sign", "/sign-on-paper", "/withdraw", "/issue", "/text", "/reissue",
    "/verification/start", "/verification/skip",
)  # fmt: skip


def test_a_county_office_cannot_open_the_prefectures_circular_nor_the_prefecture_change_a_countys(
    city: World, app: Flask
) -> None:
    prefecture = Office(app, city, "yl-supervisor")
    prefecture.send("/office/circulars/new", period="2023-03")
    with city.services.database.system_scope("test") as uow:
        theirs = uow.session.execute(select(Circular.id)).scalar_one()
    county = Office(app, city, "hx-supervisor")
    ours = opened(city, county)
    neighbour = Office(app, city, "qs-supervisor")
    for person, circular_id in ((county, theirs), (neighbour, ours), (prefecture, ours), (county, 999_999)):
        for path in ROUTES:
            person.page(f"/office/circulars/{circular_id}{path}", 404)
        for path in DEEDS:
            person.send(f"/office/circulars/{circular_id}{path}", 404)
    member = Office.__new__(Office)
    member.client = city.sign_in(app.test_client(), "hx-mzj-approver")
    member.page(f"/office/circulars/{ours}", 403)
    assert stored(city, theirs).state == "collecting"


def test_bodies_of_the_same_name_are_told_apart_and_direct_bodies_can_stand_alone(world: World) -> None:
    with world.services.database.system_scope("test") as uow:
        add_unit(uow, world, "hx-dag", "档案局", TenantType.BUREAU)
        add_unit(uow, world, "qs-dag", "档案局", TenantType.BUREAU, parent="qs")
        span = Span.parse("2026-02")
        names = {unit.code: unit.name for unit in collect(uow, office_id=world.units["yl"], span=span).units}
        assert (names["hx-dag"], names["qs-dag"]) == ("和溪县档案局", "青石县档案局")
        own = collect(uow, office_id=world.units["hx"], span=span).units
        assert {unit.name for unit in own} >= {"档案局"}
        assert "hx" not in {unit.code for unit in own}, "a government that publishes nothing itself is not blank"
        direct = collect(uow, office_id=world.units["yl"], span=span, coverage="direct").units
        assert {unit.code for unit in direct} == {"yl-czj", "hx", "qs"}

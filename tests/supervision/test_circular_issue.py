"""Review, signature by a second person, number, issue, files, publication through the chain."""

import re

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import IntegrityError

from gongkai.core.errors import Forbidden
from gongkai.publishing.models import Attachment, Item, ItemStep
from gongkai.supervision.circulars.issuing import ledger_digest
from gongkai.supervision.circulars.publish import publish_circular
from gongkai.supervision.models import Circular
from tests.core.officialdoc.measures import read_measures
from tests.factories.items import work_off
from tests.factories.world import World
from tests.supervision.office import REQUIREMENTS, Office, drafted, signed, stored, verified_on_paper


def test_the_signatory_is_never_a_drafter(city: World, app: Flask, owner_engine: Engine) -> None:
    office = Office(app, city, "hx-supervisor")
    circular_id = drafted(city, office)
    base = f"/office/circulars/{circular_id}"
    office.send(f"{base}/submit")
    assert "不能由您审核签发" in office.send(f"{base}/sign", 403)
    assert "hx-supervisor是拟稿人" in office.send(
        f"{base}/sign-on-paper", 400, signatory="hx-supervisor", signed_date="2023-04-02"
    )
    assert stored(city, circular_id).state == "in_review"
    with pytest.raises(IntegrityError, match="signatory_is_no_drafter"), owner_engine.begin() as connection:
        connection.execute(
            update(Circular).where(Circular.id == circular_id).values(signed_by=city.people["hx-supervisor"])
        )
    office.send(f"{base}/sign-on-paper", signatory="李 主任", signed_date="2023-04-02")
    assert (stored(city, circular_id).signatory, stored(city, circular_id).signed_by) == ("李主任", None)


def test_a_returned_circular_comes_back_with_the_opinion_and_the_editor_becomes_a_drafter(
    city: World, app: Flask
) -> None:
    office, leader = Office(app, city, "hx-supervisor"), Office(app, city, "hx-leader")
    circular_id = drafted(city, office)
    base = f"/office/circulars/{circular_id}"
    office.send(f"{base}/submit")
    assert "未填写退回意见" in leader.send(f"{base}/return", 400, opinion=" ")
    leader.send(f"{base}/return", opinion="第三部分补充依据")
    assert "第三部分补充依据" in office.page(base)
    leader.send(f"{base}/requirements", **{**REQUIREMENTS, "phone": "0550-7654321"})
    leader.send(f"{base}/submit")
    assert "不能由您审核签发" in leader.send(f"{base}/sign", 403)


def test_the_next_number_comes_from_the_register_and_none_is_used_twice(city: World, app: Flask) -> None:
    office, circular_id = signed(app, city)
    path = f"/office/circulars/{circular_id}/issue"
    wrong = {
        "印发日期早于本期统计时段的结束": {"issued_date": "2023-03-31"},
        "印发日期不能晚于今天": {"issued_date": "2026-12-31"},
        "印发日期没有填写或无效": {"issued_date": "四月三日"},
        "文号缺少机关代字": {"document_number": "〔2023〕3号"},
        "未确认“非涉密”": {"disclosure_mode": "proactive"},
    }
    for message, fields in wrong.items():
        assert message in office.send(path, 400, **{"issued_date": "2023-04-03", **fields})
    office.send(path, issued_date="2026-03-20", document_number="示政办公开〔2026〕7号")
    office.send("/office/circulars/new", period="2023-02")
    with city.services.database.system_scope("test") as uow:
        second = uow.session.execute(select(Circular.id).where(Circular.period == "2023-02")).scalar_one()
    base = f"/office/circulars/{second}"
    office.send(f"{base}/lock")
    office.send(f"{base}/requirements", **REQUIREMENTS)
    office.page(f"{base}/text")
    verified_on_paper(office, base)
    office.send(f"{base}/submit")
    office.send(f"{base}/sign-on-paper", signatory="李主任", signed_date="2023-04-02")
    assert 'value="示政办公开〔2026〕8号"' in office.page(f"{base}/issue")
    refused = office.send(f"{base}/issue", 400, issued_date="2026-03-20", document_number="示政办公开〔2026〕7号")
    assert "已用于2023年3月的通报" in refused


def test_files_are_offered_at_each_stage(city: World, app: Flask) -> None:
    office, circular_id = signed(app, city)
    base = f"/office/circulars/{circular_id}"
    answer = office.client.get(f"{base}/circular.docx")
    assert str(answer.mimetype).endswith("wordprocessingml.document")
    assert "%E5%B7%B2%E7%AD%BE%E5%8F%91" in answer.headers["Content-Disposition"]
    assert office.client.get(f"{base}/circular.docx").data == answer.data, "deterministic"
    measures = read_measures(answer.data)
    assert measures.links["泊岗乡"] == "http://localhost/office/units/bogang?period=2023-03"
    assert measures.links["宗教局"].startswith("http://localhost/office/")
    public = read_measures(office.client.get(f"{base}/circular.docx?version=public").data)
    assert not [p for p in public.paragraphs if "供电公司" in p.text or "残联" in p.text]
    assert "供电公司" in office.page(f"{base}/print")
    assert "供电公司" not in office.page(f"{base}/print?version=public")


def test_a_public_circular_goes_through_the_chain_of_the_offices_own_unit(city: World, app: Flask) -> None:
    office, circular_id = signed(app, city)
    path = f"/office/circulars/{circular_id}/issue"
    fields = {
        "issued_date": "2023-04-03",
        "document_number": "示政办公开〔2023〕3号",
        "disclosure_mode": "proactive",
        "public_version": "1",
        "secrecy_cleared": "1",
    }
    refused = office.send(path, 400, **fields)
    assert "已超过公开期限" in refused
    assert stored(city, circular_id).state == "signed", "nothing half-written"
    office.send(path, **fields, disclosure_reason="按季度工作安排补充公开")
    issued = stored(city, circular_id)
    assert issued.item_id is not None
    with city.services.database.system_scope("test") as uow:
        item = uow.session.get_one(Item, issued.item_id)
        assert (item.state, item.tenant_id, item.created_by) == (
            "in_review", city.units["hx"], city.people["hx-supervisor"],
        )  # fmt: skip
        assert "供电公司" not in item.body_html
        assert "共发布政府信息186条" in item.body_html
        names = uow.session.scalars(select(Attachment.filename).where(Attachment.item_id == item.id)).all()
        assert names == ["关于2023年3月份全县政府信息公开工作情况的通报.docx"]
    page = office.page(f"/office/circulars/{circular_id}")
    assert "待保密审查" in page
    assert f'<a href="/work/items/{issued.item_id}">信息编号{issued.item_id}</a>' in page
    with city.services.database.transaction() as uow:
        people = {name: city.actor(uow, f"hx-{name}") for name in ("reviewer", "approver", "supervisor")}
        files, base_url = city.services.files, "http://localhost"
        with pytest.raises(Forbidden):
            publish_circular(
                uow, circular_id=circular_id, drafter=people["supervisor"], reviewer=people["supervisor"],
                approver=people["approver"], files=files, base_url=base_url,
            )  # fmt: skip
        item = publish_circular(
            uow, circular_id=circular_id, drafter=people["supervisor"], reviewer=people["reviewer"],
            approver=people["approver"], files=files, base_url=base_url,
        )  # fmt: skip
        assert item.state == "published"
        steps = uow.session.scalars(
            select(ItemStep.actor_name).where(ItemStep.item_id == item.id).order_by(ItemStep.id)
        )
        assert list(steps) == ["hx-supervisor", "hx-reviewer", "hx-approver", "hx-approver"]
    work_off(city.services)
    page = office.page(f"/office/circulars/{circular_id}")
    assert "已发布" in page
    assert f'<a href="/items/{issued.item_id}">信息编号{issued.item_id}</a>' in page
    assert office.client.get(f"/items/{issued.item_id}").status_code == 200


def test_the_digest_covers_every_unit_under_the_office(city: World) -> None:
    with city.services.database.system_scope("test") as uow:
        path = f"{city.units['yl']}.{city.units['hx']}"
        before = ledger_digest(uow, path=path)
        assert re.fullmatch("[0-9a-f]{64}", before)
        assert ledger_digest(uow, path=path) == before
        uow.session.execute(
            text("INSERT INTO tenant_ledger (tenant_id, head, length) VALUES (:unit, 'ab', 1)"),
            {"unit": city.units["qs-mzj"]},
        )
        assert ledger_digest(uow, path=path) == before, "another county's"
        uow.session.execute(
            text("INSERT INTO tenant_ledger (tenant_id, head, length) VALUES (:unit, 'ab', 1)"),
            {"unit": city.units["gongdian"]},
        )
        assert ledger_digest(uow, path=path) != before

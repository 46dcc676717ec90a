"""The screens: a unit works off its links and has them looked at again, an office sees its units and keeps the list."""

from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from gongkai.core.models import AuditEvent
from gongkai.publishing.linkcheck.checking import check_links
from gongkai.publishing.linkcheck.models import CheckedLink
from tests.conftest import START, AdjustableClock
from tests.factories.items import work_off
from tests.factories.world import World
from tests.publishing.conftest import SignIn
from tests.publishing.linkcheck.servers import Site
from tests.publishing.linkcheck.test_checking import UNIT, facts, linking, night

HOME, OFFICE = "/work/link-check/", "/office/link-check/"


@pytest.fixture
def pages(app: Flask, on: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The world whose pages know that checking is switched on."""
    monkeypatch.setitem(app.extensions, "gongkai.services", on.services)
    return on


def by_day(world: World, clock: AdjustableClock) -> None:
    """Half past nine on the morning after the nights that were."""
    clock.now = START + timedelta(days=3)
    work_off(world.services)


def dead(world: World, site: Site, clock: AdjustableClock, **changes: str) -> int:
    """A public item with a dead link, one off the list, and one in order."""
    item_id = linking(world, site.at("/gone"), "http://www.shop.com/a", site.put("/there"), **changes)
    for number in range(2):
        night(clock, number)
        check_links(world.services)
    by_day(world, clock)
    return item_id


def test_a_unit_sees_its_links_by_item_with_the_way_to_put_them_right(
    pages: World, site: Site, clock: AdjustableClock, sign_in: SignIn
) -> None:
    person = sign_in(f"{UNIT}-contributor")
    person.get(HOME)
    assert "没有发现有问题的链接" in person.words
    item_id = dead(pages, site, clock, title="关于标准的通知")
    person = sign_in(f"{UNIT}-contributor")
    page = person.get(HOME)
    assert "已发布的信息中有2个链接有问题，请修改链接，或者删去。" in person.words
    assert "“第1个”" in page
    assert f"/work/items/{item_id}/revise" in page
    assert "2026年3月23日23:00起，连续2日检测均是如此。" in person.words
    assert site.at("/there") not in page
    person.get(f"{HOME}?result=outside")
    assert "www.shop.com" in person.page
    assert site.at("/gone") not in person.page
    reader = sign_in(f"{UNIT}-confidentiality_reviewer")
    assert "/revise" not in reader.get(HOME)
    assert "第1个" not in sign_in("qs-mzj-contributor").get(HOME)


def test_links_are_looked_at_again_now_but_not_all_the_time(
    pages: World, site: Site, clock: AdjustableClock, sign_in: SignIn
) -> None:
    dead(pages, site, clock)
    with pages.services.database.system_scope("test") as uow:
        for link in uow.session.scalars(select(CheckedLink).where(CheckedLink.host == "www.shop.com")):
            link.checked_at = uow.now
    person = sign_in(f"{UNIT}-contributor")
    person.get(HOME)
    person.post(f"{HOME}again")
    assert "已安排复检1个网址" in person.words
    work_off(pages.services)
    site.put("/gone")
    check_links(pages.services)
    assert [fact.result for fact in facts(pages)] == ["outside"]
    site.asked.clear()
    check_links(pages.services)
    assert site.asked == []
    person.post(f"{HOME}again", status=409)
    assert "一小时内" in person.words
    clock.advance(hours=2)
    sign_in(f"{UNIT}-confidentiality_reviewer").post(f"{HOME}again", status=403)


def test_an_asked_for_address_is_not_asked_for_twice(
    pages: World, site: Site, clock: AdjustableClock, sign_in: SignIn
) -> None:
    dead(pages, site, clock)
    person = sign_in(f"{UNIT}-contributor")
    person.get(HOME)
    person.post(f"{HOME}again")
    work_off(pages.services)
    person.post(f"{HOME}again", status=409)


def test_where_it_is_switched_off_the_pages_say_so(world: World, sign_in: SignIn) -> None:
    linking(world, "http://www.shop.com/")
    person = sign_in(f"{UNIT}-contributor")
    person.get(HOME)
    assert "本平台没有开通链接检测" in person.words
    assert "立即复检" not in person.page
    person.post(f"{HOME}again", status=409)
    assert "本平台没有开通链接检测" in sign_in("hx-supervisor").get(OFFICE)


def test_an_office_sees_its_subtree(pages: World, site: Site, clock: AdjustableClock, sign_in: SignIn) -> None:
    item_id = dead(pages, site, clock, title="关于标准的通知")
    linking(pages, "/items/987654321", unit="qs-mzj", title="另一条")
    county, prefecture = sign_in("hx-supervisor"), sign_in("yl-supervisor")
    county.get(OFFICE)
    assert "1家单位已发布的信息中有2个链接有问题。" in county.words
    assert "青石县民政局" not in county.page
    prefecture.get(OFFICE)
    assert "2家单位已发布的信息中有3个链接有问题。" in prefecture.words
    county.get(f"{OFFICE}{pages.units[UNIT]}?result=dead")
    assert f"/items/{item_id}" in county.page
    assert "修改" not in county.page.split("<main")[1].split("</main>")[0]
    county.get(f"{OFFICE}{pages.units['qs-mzj']}", status=404)
    sheet = load_workbook(BytesIO(county.client.get(f"{OFFICE}export.xlsx").data)).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [(row[1], row[2], row[6], row[7], row[10]) for row in rows] == [
        ("和溪县民政局", "关于标准的通知", site.at("/gone"), "不能打开", 2),
        ("和溪县民政局", "关于标准的通知", "http://www.shop.com/a", "不在政府网站域名名单内", None),
    ]


def test_an_office_keeps_the_list_of_domains(pages: World, sign_in: SignIn) -> None:
    linking(pages, "http://www.news.cn/a", "http://badnews.cn/")
    linking(pages, "http://www.news.cn/b", unit="qs-mzj", title="另一条")
    office = sign_in("hx-supervisor")
    office.get(OFFICE)
    office.post(f"{OFFICE}domains", {"domain": "http://", "reason": " "}, status=400)
    assert "域名填写有误" in office.page
    assert "未填写理由" in office.page
    office.post(f"{OFFICE}domains", {"domain": "www.mof.gov.cn", "reason": "x"}, status=400)
    assert "政府网站域名无需登记" in office.page
    office.post(f"{OFFICE}domains", {"domain": "news.cn", "reason": "国务院办公厅确定的转载来源"})
    assert "已将news.cn列入允许链接的域名" in office.words
    office.post(f"{OFFICE}domains", {"domain": "WWW.news.cn", "reason": "再次登记"}, status=400)
    work_off(pages.services)
    assert [fact.address for fact in facts(pages)] == ["http://badnews.cn/"]
    assert [fact.address for fact in facts(pages, "qs-mzj")] == ["http://www.news.cn/b"]
    linking(pages, "http://www.news.cn/c", title="又一条")
    assert [fact.address for fact in facts(pages)] == ["http://badnews.cn/"]
    domain_id = int(office.get(OFFICE).split("/domains/")[1].split("/")[0])
    above = sign_in("yl-supervisor")
    above.get(OFFICE)
    above.post(f"{OFFICE}domains/{domain_id}/remove", status=404)
    above.post(f"{OFFICE}domains", {"domain": "badnews.cn", "reason": "确需链接"})
    assert "由上级政务公开办登记" in sign_in("hx-supervisor").get(OFFICE)
    office.post(f"{OFFICE}domains/{domain_id}/remove")
    work_off(pages.services)
    assert [fact.address for fact in facts(pages)] == ["http://www.news.cn/a", "http://www.news.cn/c"]
    with pages.services.database.system_scope("test") as uow:
        query = select(AuditEvent.action, AuditEvent.detail["domain"].astext).order_by(AuditEvent.id)
        found = uow.session.execute(query.where(AuditEvent.object_type == "link_domain")).all()
    assert [tuple(row) for row in found] == [
        ("link_domain.add", "news.cn"), ("link_domain.add", "badnews.cn"), ("link_domain.remove", "news.cn"),
    ]  # fmt: skip


def test_nobody_but_the_job_writes_what_is_known_of_addresses(pages: World, site: Site) -> None:
    linking(pages, site.at("/"))
    with pages.services.database.unit_of_work() as uow:
        pages.actor(uow, f"{UNIT}-contributor")
        link = uow.session.scalars(select(CheckedLink)).one()
        link.verdict = "fine"
        with pytest.raises(Exception, match="expected to update 1 row"):
            uow.session.flush()

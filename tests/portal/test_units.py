"""Pages of a unit: itself, its columns, its guide."""

from datetime import date, datetime

import pytest
from flask.testing import FlaskClient

from gongkai.catalog.guide import publish_guide
from gongkai.catalog.guide_content import GuideContent, ReadingPlace, RequestChannel
from gongkai.catalog.schemas import ColumnForm
from gongkai.catalog.services import add_column, close_column
from gongkai.core.calendar.instants import SHANGHAI
from gongkai.tenancy.models import Tenant
from tests.factories.items import draft, published
from tests.factories.world import World
from tests.portal.pages import TITLE, Seen, abolish, bring, remove, rename
from tests.publishing.imports.lists import migration_row

GUIDE = GuideContent(
    office_name="局办公室",
    address="和溪县人民路12号",
    phone="0888-1234567",
    fax="无",
    email="mzj@hexi.example",
    hours=("周一至周五 8:30—12:00，14:30—17:30",),
    classification_note="分为主动公开和依申请公开两类。",
    arrangement_note="每条信息编有索引号。",
    access_note="可以在本平台查询。",
    reading_places=(ReadingPlace(name="县档案馆", address="文化路1号"),),
    request_channels=(
        RequestChannel(kind="in_person", detail="到局办公室提交。"),
        RequestChannel(kind="mail", detail="邮寄至人民路12号，信封注明“政府信息公开申请”。"),
    ),
)


def guide(world: World, unit: str = "hx-mzj", **changes: object) -> None:
    """Publish a version of a unit's guide."""
    with world.services.database.system_scope("test") as uow:
        publish_guide(
            uow, tenant_id=world.units[unit], content=GUIDE.model_copy(update=changes),
            effective_date=date(2026, 3, 1), published_by=None,
        )  # fmt: skip


def contact(world: World, unit: str, **values: str) -> None:
    """What a unit's record says of its office."""
    with world.services.database.system_scope("test") as uow:
        uow.session.get_one(Tenant, world.units[unit]).contact = values


def test_an_agency_has_the_four_fixed_parts_in_order(world: World, client: FlaskClient) -> None:
    page = Seen(client, "/units/hx-mzj/")
    parts = page.html.split('class="parts"')[1].split("</ul>")[0]
    names = ["政府信息公开指南", "政府信息公开制度", "法定主动公开内容", "政府信息公开年报"]
    positions = [parts.index(name) for name in names]
    assert positions == sorted(positions)
    for href in ("/units/hx-mzj/guide/", "/units/hx-mzj/columns/zd/", "/units/hx-mzj/columns/gkxx/"):
        assert f'href="{href}"' in parts


def test_a_utility_has_its_own_parts_and_a_way_to_complain(world: World, client: FlaskClient) -> None:
    page = Seen(client, "/units/hx-gs/")
    parts = page.html.split('class="parts"')[1].split("</ul>")[0]
    assert "价格收费" in parts
    assert "政府信息公开指南" not in parts
    assert "申请公开政府信息" not in page.text
    assert "申诉" in page.text
    assert "/units/hx-gs/columns/jdts/" in page.links
    assert "/units/hx/" in page.links


def test_the_tree_has_counts_and_the_last_update(world: World, client: FlaskClient) -> None:
    first = published(world)
    published(world, title="关于第二件事的公告", body_html="<p>第二件事。</p>")
    page = Seen(client, "/units/hx-mzj/")
    assert "公示公告 ，共2条，2026-03-23更新" in page.text
    remove(world, first)
    assert "公示公告 ，共1条，2026-03-23更新" in Seen(client, "/units/hx-mzj/").text


def test_contact_comes_from_the_guide_and_else_from_the_record(world: World, client: FlaskClient) -> None:
    contact(world, "hx-mzj", phone="0888-7654321", postcode="674100")
    assert Seen(client, "/units/hx-mzj/").value("联系电话") == "0888-7654321"
    guide(world)
    page = Seen(client, "/units/hx-mzj/")
    assert page.value("联系电话") == "0888-1234567"
    assert page.value("邮政编码") == "674100"
    assert page.value("信函申请") == "邮寄至人民路12号，信封注明“政府信息公开申请”。"
    assert "mailto:mzj@hexi.example" in page.links
    item = Seen(client, f"/items/{published(world)}")
    assert "tel:0888-1234567" in item.links
    assert any(href.startswith("mailto:mzj@hexi.example?subject=") for href in item.links)


def test_the_guide_shows_what_it_says_and_its_versions(world: World, client: FlaskClient) -> None:
    contact(world, "hx-mzj", phone="0888-7654321")
    none = Seen(client, "/units/hx-mzj/guide/")
    assert "本单位尚未公布政府信息公开指南" in none.text
    assert "0888-7654321" in none.text
    guide(world)
    guide(world, fee_note="不收取费用。")
    page = Seen(client, "/units/hx-mzj/guide/")
    for words in ("第2版", "局办公室", "县档案馆", "当面申请", "不收取费用。", "自2026年3月1日起施行"):
        assert words in page.text
    earlier = Seen(client, "/units/hx-mzj/guide/1/")
    assert "这是第1版，现行的是第2版" in earlier.text
    assert "不收取费用。" not in earlier.text
    assert Seen(client, "/units/hx-mzj/guide/3/").status == 404
    assert client.get("/units/hx-mzj/columns/zn/").headers["Location"] == "/units/hx-mzj/guide/"


def test_a_guide_that_is_not_in_force_yet_is_not_shown(world: World, client: FlaskClient) -> None:
    with world.services.database.system_scope("test") as uow:
        publish_guide(
            uow, tenant_id=world.units["hx-mzj"], content=GUIDE, effective_date=date(2026, 4, 1), published_by=None
        )
    assert "尚未公布" in Seen(client, "/units/hx-mzj/guide/").text
    assert Seen(client, "/units/hx-mzj/guide/1/").status == 404


def test_a_column_says_what_belongs_there_and_lists_by_date(world: World, client: FlaskClient) -> None:
    item_id = published(world)
    page = Seen(client, "/units/hx-mzj/columns/gsgg/")
    assert "需要社会公众广泛知晓的公示、公告、通告。" in page.text
    assert page.value("更新周期") == "形成或变更时更新"
    assert page.value("最近更新") == "2026-03-23"
    assert f"/items/{item_id}" in page.links
    assert "/units/hx-mzj/columns/gsgg/feed.atom" in page.links
    remove(world, item_id)
    assert TITLE not in Seen(client, "/units/hx-mzj/columns/gsgg/").html


def test_years_and_pages_of_a_column(world: World, client: FlaskClient) -> None:
    rows = [migration_row(number) for number in range(1, 41)]
    rows += [
        migration_row(99, published_at=datetime(2022, 12, 31, 23, 59, tzinfo=SHANGHAI), formed_date=date(2022, 12, 30)),
        migration_row(98, published_at=datetime(2023, 1, 1, 0, 0, tzinfo=SHANGHAI), formed_date=date(2022, 12, 30)),
    ]
    bring(world, rows)
    path = "/units/hx-mzj/columns/gsgg/"
    everything = Seen(client, path)
    assert "2023年（41）" in everything.text
    assert "2022年（1）" in everything.text
    assert "共 42 条，第 1 / 2 页" in everything.text
    titles = [f"第{number}号" for number in (40, 11, 10)]
    assert [title in everything.text for title in titles] == [True, True, False]
    second = Seen(client, f"{path}?page=2")
    assert "第10号" in second.text
    assert "第99号" in second.text
    before = Seen(client, f"{path}?year=2022")
    assert ("第99号" in before.text, "第98号" in before.text) == (True, False)
    assert Seen(client, f"{path}?page=3").status == 404
    assert Seen(client, f"{path}?page=x&year=abcd").status == 200
    assert "没有公开的信息" in Seen(client, f"{path}?year=1999").text


def test_a_heading_shows_the_columns_below_it(world: World, client: FlaskClient) -> None:
    published(world)
    page = Seen(client, "/units/hx-mzj/columns/fd/")
    assert "公示公告 ，共1条" in page.text


def test_a_closed_column_stays_readable(world: World, client: FlaskClient) -> None:
    with world.services.database.system_scope("test") as uow:
        parent = world.column(uow, "hx-mzj", "gsgg")
        form = ColumnForm(name="防火专栏", update_period="event")
        column = add_column(uow, tenant_id=world.units["hx-mzj"], parent_id=parent, form=form)
        code = column.code
    item_id = published(world, column=code)
    assert f"/units/hx-mzj/columns/{code}/" in Seen(client, "/units/hx-mzj/columns/gsgg/").links
    with world.services.database.system_scope("test") as uow:
        close_column(uow, tenant_id=world.units["hx-mzj"], column_id=column.id)
    assert "防火专栏（已停用）" in Seen(client, "/units/hx-mzj/").text
    page = Seen(client, f"/units/hx-mzj/columns/{code}/")
    assert "本栏目已停用" in page.text
    assert f"/items/{item_id}" in page.links


@pytest.mark.parametrize(
    "path",
    ["/units/no-such/", "/units/hx-mzj/columns/no-such/", "/units/no-such/guide/", "/units/%00/", "/units/a%00/"],
)
def test_what_is_not_there(world: World, client: FlaskClient, path: str) -> None:
    assert Seen(client, path).status == 404


def test_drafts_are_nowhere(world: World, client: FlaskClient) -> None:
    draft(world)
    for path in ("/", "/items/", "/units/hx-mzj/", "/units/hx-mzj/columns/gsgg/", "/units/hx-mzj/feed.atom"):
        assert TITLE not in Seen(client, path).html


def test_successor_and_predecessor_show_each_other(world: World, client: FlaskClient) -> None:
    item_id = published(world)
    own = published(
        world, "qs-mzj", title="关于秋季防汛的通知", body_html="<p>另一件事。</p>", issuing_agency="青石县民政局"
    )
    abolish(world, "hx-mzj", "qs-mzj", date(2026, 3, 20))
    after = Seen(client, "/units/qs-mzj/")
    assert "2026年3月20日承接原和溪县民政局职能" in after.text
    assert {f"/items/{item_id}", f"/items/{own}", "/units/hx-mzj/"} <= set(after.links)
    assert "原和溪县民政局" in after.html.split(f"/items/{item_id}")[1].split("</li>")[0]
    assert "原和溪县民政局" not in after.html.split(f"/items/{own}")[1].split("</li>")[0]
    assert "公示公告 ，共2条" in after.text
    column = Seen(client, "/units/qs-mzj/columns/gsgg/")
    assert {f"/items/{item_id}", f"/items/{own}"} <= set(column.links)
    assert "共 2 条" in column.text
    before = Seen(client, "/units/hx-mzj/")
    assert before.status == 200
    assert "本单位已于2026年3月20日撤销" in before.text
    assert "/units/qs-mzj/" in before.links
    assert f"/items/{item_id}" in before.links
    assert f"/items/{own}" not in before.links
    assert f"/items/{item_id}" in Seen(client, "/units/qs-mzj/feed.atom").html


def test_functions_passed_on_twice(world: World, client: FlaskClient) -> None:
    item_id = published(world)
    abolish(world, "hx-mzj", "qs-mzj", date(2026, 3, 10))
    abolish(world, "qs-mzj", "yl-czj", date(2026, 3, 20))
    page = Seen(client, "/units/yl-czj/")
    assert f"/items/{item_id}" in page.links
    assert "承接原和溪县民政局职能" in page.text


def test_former_names_stand_below_the_name(world: World, client: FlaskClient) -> None:
    rename(world, "hx-mzj", "和溪县社会工作局", "县社工局", date(2026, 3, 20))
    page = Seen(client, "/units/hx-mzj/")
    assert "曾用名：和溪县民政局（至2026年3月20日）" in page.text


def test_a_county_lists_the_units_below_it(world: World, client: FlaskClient) -> None:
    page = Seen(client, "/units/hx/")
    assert {"/units/hx-mzj/", "/units/hx-qsz/", "/units/hx-gs/"} <= set(page.links)
    assert "/units/?area=hx" in page.links

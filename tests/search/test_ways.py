"""What a reader who found little is told: who else has it, and whom to ask."""

import re
from datetime import date

import pytest
from flask.testing import FlaskClient

from gongkai.search.ways import FEW
from tests.catalog.test_guide import publish
from tests.factories.items import published
from tests.factories.world import World
from tests.portal.pages import abolish

pytestmark = pytest.mark.usefixtures("backend")

HEADING = "没有找到需要的信息？"


def read(client: FlaskClient, **query: str) -> str:
    """Text of the search page."""
    answer = client.get("/search", query_string=query)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def neighbours(page: str) -> list[tuple[str, str, int]]:
    """(address, unit, count) of those that are offered."""
    found = re.findall(r'<li><a href="(/search[^"]+)">([^<]+)</a> <span class="note">(\d+)条</span></li>', page)
    return [(address.replace("&amp;", "&"), name, int(count)) for address, name, count in found]


@pytest.fixture
def fires(world: World) -> World:
    """和溪县民政局 has two papers on fires, its county one, 青石县民政局 none but one on something else."""
    for number in (1, 2):
        published(world, title=f"第{number}号森林防火通知", body_html=f"<p>防火情况{number}。</p>")
    published(world, "hx-qsz", title="清水镇森林防火方案", body_html="<p>防火方案。</p>")
    published(world, "qs-mzj", title="养老服务补贴名单", body_html="<p>补贴名单如下。</p>", summary="名单。")
    return world


@pytest.mark.parametrize(
    "asked", [{"q": "青石县民政局 森林防火"}, {"q": "森林防火", "unit": "qs-mzj"}, {"q": "青石民政局森林防火"}]
)
def test_where_an_agency_has_nothing_its_line_is_offered(
    client: FlaskClient, fires: World, asked: dict[str, str]
) -> None:
    page = read(client, **asked)
    assert "没有找到青石县民政局发布的与“森林防火”有关的信息，上级单位和同类单位发布的有：" in page
    offered = neighbours(page)
    assert [(name, count) for _, name, count in offered] == [("和溪县民政局", 2)], "the township is not of its line"
    for address, name, count in offered:
        there = client.get(address).get_data(as_text=True)
        assert f'找到<span class="figure">{count}</span>条与“森林防火”有关的信息' in there
        assert f"单位：{name}" in there


def test_the_units_above_come_first(client: FlaskClient, fires: World) -> None:
    for number in range(3):
        published(fires, "yl", title=f"全州第{number}号防汛通报", body_html=f"<p>防汛{number}。</p>")
    published(fires, "qs-mzj", title="青石县防汛通知", body_html="<p>防汛。</p>")
    offered = neighbours(read(client, q="和溪县民政局 防汛"))
    assert [(name, count) for _, name, count in offered] == [("云岭州人民政府", 3), ("青石县民政局", 1)]
    offered = neighbours(read(client, q="防汛", unit="hx"))
    assert [(name, count) for _, name, count in offered] == [("云岭州人民政府", 3)]


def test_an_agency_that_has_it_is_not_said_to_lack_it(client: FlaskClient, fires: World) -> None:
    for asked in ({"q": "和溪县民政局 森林防火"}, {"q": "森林防火", "unit": "hx-mzj"}, {"q": "和溪县民政局"}):
        page = read(client, **asked)
        assert neighbours(page) == []
        assert "没有找到和溪县民政局发布" not in page


def test_whom_to_ask_is_said_with_guide_and_contact(client: FlaskClient, fires: World) -> None:
    page = read(client, q="青石县民政局 地名")
    assert HEADING in page
    assert "可以向青石县民政局申请公开政府信息。" in page
    assert "/units/qs-mzj/guide/" not in page, "there is no guide yet"
    fires.sign_in(client, "qs-mzj-unit_admin")
    assert publish(client, phone="0539-7654321").status_code == 302
    page = read(client, q="青石县民政局 地名")
    assert '办法见<a href="/units/qs-mzj/guide/">青石县民政局政府信息公开指南</a>。' in page
    assert "0539-7654321" in page


def test_those_who_took_an_agency_over_are_asked_in_its_stead(client: FlaskClient, fires: World) -> None:
    abolish(fires, "qs-mzj", "qs", date(2026, 3, 1))
    page = read(client, q="地名", unit="qs-mzj")
    assert "青石县民政局已于2026年3月1日并入青石县人民政府。" in page
    assert "可以向承接的单位申请公开政府信息，办法见" in page
    assert '<a href="/units/qs/guide/">青石县人民政府政府信息公开指南</a>。' in page


def test_no_request_is_sent_to_a_public_utility(client: FlaskClient, fires: World) -> None:
    page = read(client, q="停水", unit="hx-gs")
    assert "可以向和溪县供水公司咨询" in page
    assert "申请公开" not in page


def test_without_an_agency_the_guides_are_named_where_little_is_found(client: FlaskClient, fires: World) -> None:
    page = read(client, q="没有这样的词")
    assert "可以向制作或者保存该信息的行政机关申请公开" in page
    for number in range(FEW):
        published(fires, title=f"第{number}号防汛通知", body_html=f"<p>防汛{number}。</p>")
    assert HEADING not in read(client, q="防汛")
    assert HEADING not in read(client, q="防汛", order="date", page="2")
    assert HEADING not in read(client)


def test_a_unit_that_does_not_exist_is_nobody(client: FlaskClient, fires: World) -> None:
    assert "向制作或者保存该信息的行政机关申请公开" in read(client, q="森林防火", unit="nobody")

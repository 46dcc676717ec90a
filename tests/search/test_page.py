"""The search page and its feed, as a citizen's browser without JavaScript gets them."""

import re
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from gongkai.core.ports import Services
from gongkai.publishing.publication import take_down
from gongkai.search.views import marked
from tests.conftest import AdjustableClock
from tests.factories.items import published
from tests.factories.world import World

pytestmark = pytest.mark.usefixtures("backend")

ATOM = "{http://www.w3.org/2005/Atom}"


def read(client: FlaskClient, address: str, expected: int = 200, /, **query: str) -> str:
    """Text of a page."""
    answer = client.get(address, query_string=query)
    assert answer.status_code == expected
    return answer.get_data(as_text=True)


def test_an_empty_query_shows_examples(client: FlaskClient) -> None:
    page = read(client, "/search")
    assert 'href="/search?q=%E8%B4%A2%E6%94%BF%E9%A2%84%E7%AE%97"' in page
    assert "有关的信息" not in page


def test_results_with_marks_metadata_and_counts(client: FlaskClient, world: World) -> None:
    item = published(world, document_number="和民发〔2026〕3号")
    page = read(client, "/search", q="春季防火")
    assert '找到<span class="figure">1</span>条与“春季防火”有关的信息' in page
    assert f'<a href="/items/{item}">关于做好<mark>春季防火</mark>工作的通知</a>' in page
    for shown in ("和溪县民政局", "公示公告", "2026-03-23", "和民发〔2026〕3号", "539903/2026-00001", "有效"):
        assert shown in page
    assert "unit=" not in page, "there is nothing to choose from"


def test_filters_are_offered_where_there_is_a_choice(client: FlaskClient, world: World) -> None:
    published(world, genre_class="通知")
    published(world, "qs-mzj", genre_class="公告")
    published(world, "hx-qsz", genre_class="公告")
    page = read(client, "/search", q="春季防火")
    for link in ("unit=qs-mzj", "area=qs", "kind=township", "genre=%E5%85%AC%E5%91%8A"):
        assert link in page
    assert "validity=" not in page
    page = read(client, "/search", q="春季防火", area="hx", genre="公告")
    assert '找到<span class="figure">1</span>条' in page
    assert "地区：和溪县" in page
    assert "体裁：公告" in page
    assert "清除全部条件" in page


def test_days_of_publication_are_asked_for_by_a_form(client: FlaskClient, world: World) -> None:
    published(world)
    page = read(client, "/search", q="春季防火", unit="hx-mzj", since="2026-03-01", until="2026-03-31")
    assert "发布日期：2026年3月1日起至2026年3月31日" in page
    assert '<input type="hidden" name="unit" value="hx-mzj">' in page
    assert 'value="2026-03-01"' in page
    assert "条与“春季防火”有关的信息" not in read(client, "/search", q="春季防火", until="2026-03-22")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"since": "三月"}, "开始日期不是有效日期"),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "结束日期早于开始日期"),
    ],
)
def test_days_that_are_none_are_named(client: FlaskClient, values: dict[str, str], words: str) -> None:
    answer = client.get("/search", query_string={"q": "防火", **values})
    assert (answer.status_code, words in answer.get_data(as_text=True)) == (400, True)


def test_filters_stay_in_the_address_and_can_be_taken_off(client: FlaskClient, world: World) -> None:
    published(world)
    page = read(client, "/search", q="防火", unit="hx-mzj", year="2026")
    assert "单位：和溪县民政局" in page
    links = re.findall(r'href="(/search\?[^"]*)"', page)
    assert any("unit=hx-mzj" in link and "year=" not in link for link in links)
    assert any("year=2026" in link and "unit=" not in link for link in links)


def test_nothing_found_says_what_to_do(client: FlaskClient, world: World) -> None:
    published(world)
    page = read(client, "/search", q="防火", unit="qs-mzj")
    assert "没有找到与“防火”有关的信息" in page
    assert "取消“单位：青石县民政局”的限制" in page


def test_a_query_that_is_too_long_gets_a_clear_sentence(client: FlaskClient) -> None:
    page = read(client, "/search", 400, q="长" * 201)
    assert "检索词过长，共201个字，最多200个字" in page
    assert "请只保留标题、文号中的关键词后重新检索" in page


@pytest.mark.parametrize(
    "query",
    [
        {"q": "<script>alert(1)</script>"},
        {"q": "防火", "unit": "%", "column": "x" * 999, "year": "99999999999", "page": "-1", "order": "'"},
        {"q": "防火", "page": "999"},
        {"q": "%_\\' \" OR"},
        {"q": "防火", "year": "²"},
    ],
)
def test_hostile_parameters_change_nothing(client: FlaskClient, world: World, query: dict[str, str]) -> None:
    page = read(client, "/search", **query)
    assert "<script>alert" not in page


def test_pages_lead_on(client: FlaskClient, world: World) -> None:
    for number in range(21):
        published(world, title=f"第{number + 10}期防火简报", body_html=f"<p>防火情况{number + 100}。</p>")
    page = read(client, "/search", q="防火")
    assert page.count('<li class="result">') == 20
    assert 'rel="next" href="/search?q=%E9%98%B2%E7%81%AB&amp;page=2"' in page
    assert read(client, "/search", q="防火", page="2").count('<li class="result">') == 1
    assert "检索结果没有第3页" in read(client, "/search", q="防火", page="3")


def test_the_feed_has_new_items_first(client: FlaskClient, world: World, clock: AdjustableClock) -> None:
    first = published(world, title="防火防火防火<通知>")
    clock.advance(hours=1)
    second = published(world, "qs-mzj", body_html="<p>顺便提到防火。</p>", title="工作简报")
    answer = client.get("/search.atom", query_string={"q": "防火"})
    assert answer.mimetype == "application/atom+xml"
    feed = ET.fromstring(answer.data)
    assert [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")] == [
        f"http://localhost/items/{second}",
        f"http://localhost/items/{first}",
    ]
    assert feed.findtext(f"{ATOM}updated") == "2026-03-23T10:30:00+08:00"
    assert [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")][1] == "防火防火防火<通知>"


def test_what_was_taken_down_a_moment_ago_is_not_shown(client: FlaskClient, world: World) -> None:
    item = published(world)
    kept = published(world, "qs-mzj")
    assert f'"/items/{item}"' in read(client, "/search", q="春季防火")
    with world.services.database.transaction() as uow:
        approver = world.actor(uow, "hx-mzj-approver")
        take_down(uow, tenant_id=approver.tenant_id, item_id=item, reason="含有个人信息")
    page = read(client, "/search", q="春季防火")
    assert (f'"/items/{item}"' in page, f'"/items/{kept}"' in page) == (False, True)


def test_the_number_of_statements_does_not_grow_with_the_results(
    client: FlaskClient, world: World, services: Services
) -> None:
    published(world, title="防汛一号")
    for number in range(4):
        published(world, title=f"防火{number}号", body_html=f"<p>防火情况{number + 100}。</p>")
    counts = []
    for typed in ("防汛", "防火"):
        statements: list[str] = []

        def record(_: object, __: object, statement: str, *___: object, seen: list[str] = statements) -> None:
            seen.append(statement)

        event.listen(services.database.engine, "before_cursor_execute", record)
        read(client, "/search", q=typed)
        event.remove(services.database.engine, "before_cursor_execute", record)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 10


def test_marked_text_is_escaped() -> None:
    assert marked("<b>财政&", ((3, 5),)) == "&lt;b&gt;<mark>财政</mark>&amp;"

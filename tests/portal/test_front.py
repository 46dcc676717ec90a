"""The front page, the newest of all units, the directory, the way from an index number."""

from datetime import date

import pytest
from flask.testing import FlaskClient

from tests.conftest import AdjustableClock
from tests.factories.items import draft, published
from tests.factories.world import World
from tests.portal.pages import TITLE, Seen, abolish, bring, remove, rename, setting
from tests.publishing.imports.lists import migration_row

NUMBER = "11330727775738086F/2022-56162"


def test_the_front_page_of_an_empty_prefecture(world: World, client: FlaskClient) -> None:
    page = Seen(client, "/")
    assert page.status == 200
    assert "还没有公开的信息" in page.text


def test_the_front_page_shows_the_newest_with_its_unit_and_honest_figures(
    world: World, client: FlaskClient, clock: AdjustableClock
) -> None:
    bring(world, [migration_row(1), migration_row(2)])
    item_id = published(world, "yl-czj", document_number="云财发〔2026〕3号")
    page = Seen(client, "/")
    newest = page.html.partition('id="newest-title"')[2]
    assert newest.index(f"/items/{item_id}") < newest.index("关于第2号事项的公告") < newest.index("关于第1号事项的公告")
    assert "云岭州财政局" in newest
    assert "2026年3月公开情况" in page.text
    assert "本月公开 1条 有信息公开的单位 1家 累计公开 3条" in page.text
    remove(world, item_id, "yl-czj")
    page = Seen(client, "/")
    assert TITLE not in page.html
    assert "本月公开 0条 有信息公开的单位 0家 累计公开 2条" in page.text


def test_examples_are_searches_that_find_something(world: World, client: FlaskClient) -> None:
    published(world, "yl-czj", document_number="云财发〔2026〕3号")
    page = Seen(client, "/")
    examples = page.html.split('class="examples"')[1].split("</ul>")[0]
    assert "云财发〔2026〕3号" in examples
    assert "113708280043326001/2026-00001" in examples
    assert examples.count("/search?q=") == 3


def test_the_office_chooses_examples_and_links(world: World, client: FlaskClient) -> None:
    setting(world.services, "search_examples", ["低保标准", "<b>", "招生", "四"])
    featured = [
        {"label": "三月通报", "href": "/circulars/1"},
        {"label": "坏链接", "href": "javascript:alert(1)"},
        {"label": "", "href": "/x"},
        "不是链接",
    ]
    setting(world.services, "featured", featured)
    page = Seen(client, "/")
    assert "/circulars/1" in page.links
    assert "坏链接" not in page.text
    assert "&lt;b&gt;" in page.html
    assert page.html.count("/search?q=") == 3


def test_bodies_stand_by_county_and_kind(world: World, client: FlaskClient) -> None:
    front = Seen(client, "/")
    assert {"/units/yl-czj/", "/units/?area=hx"} <= set(front.links)
    assert "部门1家、乡镇（街道）1家、公共企事业单位1家" in front.text
    every = Seen(client, "/units/")
    headings = [every.html.index(words) for words in ("云岭州本级", "<h2>和溪县", "<h2>青石县")]
    assert headings == sorted(headings)
    one = Seen(client, "/units/?area=hx")
    assert "/units/hx-qsz/" in one.links
    assert "/units/qs-mzj/" not in one.links


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("清水", {"hx-qsz"}),
        ("和溪县民政局", {"hx-mzj"}),
        ("hxxmzj", {"hx-mzj"}),
        ("mzj", {"hx-mzj", "qs-mzj"}),
        ("MZJ", {"hx-mzj", "qs-mzj"}),
        ("青 石", {"qs", "qs-mzj"}),
        ("財政", {"yl-czj"}),
        ("没有这个", set()),
        ("%", set()),
    ],
)
def test_bodies_are_found_by_any_name_and_by_initials(
    world: World, client: FlaskClient, asked: str, found: set[str]
) -> None:
    answer = client.get("/units/", query_string={"q": asked})
    text = answer.get_data(as_text=True)
    listed = text.split('role="status"')[1]
    codes = {code for code in world.units if f'href="/units/{code}/"' in listed}
    assert codes == found


def test_bodies_are_found_by_former_names(world: World, client: FlaskClient) -> None:
    rename(world, "hx-mzj", "和溪县社会工作局", "县社工局", date(2026, 3, 20))
    abolish(world, "qs-mzj", "hx-mzj", date(2026, 3, 21))
    page = Seen(client, "/units/?q=民政")
    assert "和溪县社会工作局 曾用名：和溪县民政局" in page.text
    assert "青石县民政局 已撤销职能由县社工局承接" in page.text
    assert "和溪县社会工作局 曾用名：和溪县民政局" in Seen(client, "/units/?q=hxxmzj").text


def test_bodies_are_found_by_the_first_letter(world: World, client: FlaskClient) -> None:
    page = Seen(client, "/units/?initial=q")
    listed = page.html.split('role="status"')[1]
    assert [code for code in world.units if f'href="/units/{code}/"' in listed] == ["hx-qsz", "qs", "qs-mzj"]
    letters = page.html.split('class="initials"')[1].split("</ul>")[0]
    assert "initial=Z" in letters
    assert "initial=B" not in letters


def test_the_newest_of_all_units_in_pages(world: World, client: FlaskClient) -> None:
    bring(world, [migration_row(number) for number in range(1, 56)])
    draft(world)
    first = Seen(client, "/items/?month=2023-03")
    assert ("第55号" in first.text, "第6号" in first.text, "第5号" in first.text) == (True, True, False)
    following = next(href for href in first.links if "after=" in href)
    second = Seen(client, following)
    assert ("第5号" in second.text, "第1号" in second.text, "第6号" in second.text) == (True, True, False)
    assert not [href for href in second.links if "after=" in href]
    assert "这一时段没有公开的信息" in Seen(client, "/items/?month=2023-04").text
    for query in ("month=2023-13", "after=x", "after=2023-03-10T08:00:00~1"):
        assert Seen(client, f"/items/?{query}").status == 200


def test_an_index_number_leads_to_its_item(world: World, client: FlaskClient) -> None:
    item_id = published(world, "yl-czj")
    for path in ("/index/113708280043326001/2026-00001", "/index/%20113708280043326001/2026-00001"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/items/{item_id}")
    assert client.get("/index/113708280043326001/2026-00002").status_code == 404
    assert client.get("/index/%00").status_code == 404
    remove(world, item_id, "yl-czj")
    gone = Seen(client, "/index/113708280043326001/2026-00001")
    assert gone.status == 410
    assert TITLE not in gone.html


def test_equal_old_numbers_of_two_units_are_listed(world: World, client: FlaskClient) -> None:
    rows = [
        migration_row(1, index_number=NUMBER),
        migration_row(2, index_number=NUMBER, unit_code="qs-mzj", issuing_agency="青石县民政局"),
    ]
    bring(world, rows)
    page = Seen(client, f"/index/{NUMBER}")
    assert page.status == 200
    assert len([href for href in page.links if href.startswith("/items/")]) == 2
    item_id = int(next(href for href in page.links if href.startswith("/items/")).rpartition("/")[2])
    remove(world, item_id)
    page = Seen(client, f"/index/{NUMBER}")
    assert len([href for href in page.links if href.startswith("/items/")]) == 1
    assert "该信息已撤下" in page.text
    assert "关于第1号事项的公告" not in page.html

"""The office's list of search words: previewed, versioned, in effect at once, for the prefecture's administrator."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories.items import published
from tests.factories.world import World

LIST = "/admin/search-words/"


@pytest.fixture
def admin(world: World, app: Flask) -> FlaskClient:
    """The prefecture's administrator, signed in."""
    return world.sign_in(app.test_client(), "yl-prefecture_admin")


def post(client: FlaskClient, address: str, expected: int = 200, **data: str) -> str:
    """Send a form with its token; the text of the answer."""
    page = client.get(LIST).get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    seen = re.search(r'name="seen"[^>]*value="([^"]+)"', page)
    assert token
    assert seen
    answer = client.post(address, data={"csrf_token": token[1], "seen": seen[1], **data})
    assert answer.status_code == expected, answer.get_data(as_text=True)[:2000]
    return answer.get_data(as_text=True)


def found(client: FlaskClient, typed: str) -> bool:
    """Whether a citizen finds anything."""
    return '<li class="result">' in client.get("/search", query_string={"q": typed}).get_data(as_text=True)


def test_a_word_is_previewed_saved_and_in_effect_at_once(world: World, admin: FlaskClient, client: FlaskClient) -> None:
    published(world)
    assert not found(client, "娃子莫玩火")
    page = post(admin, f"{LIST}preview", lines="莫玩火 娃子莫玩火 > 春季防火", reason="本地说法")
    assert "试查的2个检索词中有2个的结果变动" in page
    assert "娃子莫玩火" in page
    assert "关于做好春季防火工作的通知" in page
    assert not found(client, "娃子莫玩火")
    post(admin, LIST, 302, lines="莫玩火 娃子莫玩火 > 春季防火", reason="本地说法")
    assert found(client, "娃子莫玩火")
    page = admin.get(LIST).get_data(as_text=True)
    assert "第1版" in page
    assert "本地说法" in page


def test_an_earlier_version_can_be_taken_up_again(admin: FlaskClient) -> None:
    post(admin, LIST, 302, lines="甲乙 > 丙丁", reason="一")
    post(admin, LIST, 302, lines="戊己 > 丙丁", reason="二")
    assert "甲乙 &gt; 丙丁" in admin.get(f"{LIST}?version=1").get_data(as_text=True)
    assert "戊己 &gt; 丙丁" in admin.get(LIST).get_data(as_text=True)
    assert admin.get(f"{LIST}?version=9").status_code == 404


def test_a_list_edited_by_two_is_not_overwritten(admin: FlaskClient) -> None:
    post(admin, LIST, 302, lines="甲乙 > 丙丁", reason="一")
    assert "在新版本上修改" in post(admin, LIST, 409, lines="甲乙 > 戊己", reason="二", seen="0")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("低保 最低生活保障", "第1行“低保 最低生活保障”无法识别"),
        ("甲乙 > 丙丁\n> 丙丁", "第2行“&gt; 丙丁”无法识别"),
        ("狗 > 养犬管理", "第1行的“狗”应当是2至30个字"),
        ("甲乙 > 丙丁\n" * 2001, "共2001行，最多2000行"),
    ],
)
def test_what_cannot_be_read_is_named(admin: FlaskClient, lines: str, said: str) -> None:
    assert said in post(admin, f"{LIST}preview", 400, lines=lines, reason="试")
    assert said in post(admin, LIST, 400, lines=lines, reason="试")


def test_a_reason_is_asked_for(admin: FlaskClient) -> None:
    assert "写明修改原因" in post(admin, f"{LIST}preview", 400, lines="甲乙 > 丙丁", reason="")
    assert "写明修改原因" in post(admin, LIST, 400, lines="甲乙 > 丙丁", reason="")


def test_results_are_explained(world: World, admin: FlaskClient) -> None:
    published(world)
    page = admin.get(f"{LIST}why?q=春季防火").get_data(as_text=True)
    assert "“春季防火”见于标题" in page
    assert "合计" in page
    assert "没有结果" in admin.get(f"{LIST}why?q=没有这样的词").get_data(as_text=True)
    assert admin.get(f"{LIST}why?q={'长' * 201}").status_code == 400


@pytest.mark.parametrize("login", ["hx-mzj-unit_admin", "yl-supervisor"])
def test_others_may_not(world: World, app: Flask, login: str) -> None:
    client = world.sign_in(app.test_client(), login)
    assert client.get(LIST).status_code == 403

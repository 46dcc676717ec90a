"""What is suggested while somebody types, through the address that the search box asks."""

import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, text

from gongkai.core.ports import Services
from gongkai.core.text.folding import fold
from gongkai.publishing.publication import take_down
from gongkai.run.compose import make_app
from gongkai.search.suggestions.starts import LONGEST, LONGEST_SOUND, key_of, keys_of_title
from gongkai.search.synonyms.models import SearchWords
from tests.conftest import AdjustableClock
from tests.factories.items import draft, published, reviewed
from tests.factories.world import World

TITLE = "和溪县民政局关于印发2026年最低生活保障工作办法的通知"


def suggested(client: FlaskClient, typed: str, kind: str | None = None) -> list[str]:
    """The texts that are suggested, of one kind if given."""
    answer = client.get("/search/suggest", query_string={"q": typed}, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    assert answer.json is not None
    return [one["text"] for one in answer.json["suggestions"] if kind in (None, one["kind"])]


@pytest.mark.parametrize(
    "typed",
    [
        "和溪县民政局关于",
        "最低生活",
        "最低 生活",
        "最低生活保障",
        "最低生活保障".replace("", "　"),
        "zuidishenghuo",
        "ZuiDi Sheng",
        "zdshbz",
        "印发2026",
        "２０２６年最低",
        "hexixian",
        "hxxmzj",
        "醉低生活保障",
    ],
)
def test_a_title_is_suggested_by_the_beginning_of_its_words(client: FlaskClient, world: World, typed: str) -> None:
    published(world, title=TITLE)
    assert TITLE in suggested(client, typed, "title")


def test_traditional_script_finds_it_too(client: FlaskClient, world: World) -> None:
    published(world, title="关于开展医疗保障服务的通知")
    assert suggested(client, "醫療保障", "title") == ["关于开展医疗保障服务的通知"]


def test_agencies_are_suggested_by_every_name(client: FlaskClient, world: World) -> None:
    for typed in ("云岭州财政", "州财政局", "财政局", "yunlingzhoucai", "ylzczj", "czj", "雲嶺州財政"):
        assert "云岭州财政局" in suggested(client, typed, "agency"), typed


def test_terms_are_suggested_that_something_published_has(client: FlaskClient, world: World) -> None:
    assert suggested(client, "最低生", "term") == []
    published(world, title=TITLE)
    assert "最低生活保障" in suggested(client, "最低生", "term")
    assert "最低生活保障" in suggested(client, "zdsh", "term")


def test_the_words_of_the_office_are_suggested(client: FlaskClient, services: Services, world: World) -> None:
    published(world, title="关于燃气安全的通知")
    with services.database.system_scope("test") as uow:
        values = {"version": 1, "lines": "煤气瓶 > 燃气安全", "reason": "群众说法", "changed_name": "管理员"}
        uow.session.execute(insert(SearchWords).values(**values, changed_at=uow.now))
    assert suggested(client, "燃气安", "term") == ["燃气安全"]


def test_only_what_is_public_is_suggested(client: FlaskClient, services: Services, world: World) -> None:
    draft(world, title="最低生活保障草稿")
    reviewed(world, title="最低生活保障待审批")
    item = published(world, title=TITLE)
    assert suggested(client, "最低", "title") == [TITLE]
    with services.database.transaction() as uow:
        world.actor(uow, "hx-mzj-approver")
        take_down(uow, tenant_id=world.units["hx-mzj"], item_id=item, reason="内容有误")
    assert suggested(client, "最低", "title") == []


def test_nothing_of_it_stays_behind_once_the_index_has_followed(services: Services, world: World) -> None:
    from tests.factories.items import work_off

    item = published(world, title=TITLE)
    with services.database.unit_of_work() as uow:
        assert uow.session.scalar(text("SELECT count(*) FROM search_start")) == len(keys_of_title(TITLE))
    with services.database.transaction() as uow:
        world.actor(uow, "hx-mzj-approver")
        take_down(uow, tenant_id=world.units["hx-mzj"], item_id=item, reason="内容有误")
    work_off(services)
    with services.database.unit_of_work() as uow:
        assert uow.session.scalar(text("SELECT count(*) FROM search_start")) == 0


def test_equal_titles_are_suggested_once_and_no_more_than_eight(client: FlaskClient, world: World) -> None:
    for unit in ("hx-mzj", "qs-mzj"):
        published(world, unit, title="部门决算公开说明")
    for number in range(10, 18):
        published(world, title=f"部门决算情况之{number}", body_html=f"<p>第{number}份</p>")
    found = suggested(client, "部门决算")
    assert len(found) == len(set(found)) == 8


def test_the_box_gets_options_without_markup_of_titles(client: FlaskClient, world: World) -> None:
    published(world, title='最低<b>保障</b>"公示"')
    answer = client.get("/search/suggest?q=最低", headers={"Accept": "text/html"})
    page = answer.get_data(as_text=True)
    assert answer.content_type.startswith("text/html")
    assert re.findall(r"<(\w+)", page)[:3] == ["li", "span", "span"]
    assert "<b>" not in page
    assert 'data-value="最低&lt;b&gt;保障&lt;/b&gt;' in page
    assert "Accept" in answer.vary


@pytest.mark.parametrize(
    "typed",
    ["", " ", "a", "《》", "%", "_", "\\", "'", "\u200b", "\ud7ff", "长" * 10_000, "最低" * 20, "a" * 41],
)
def test_hostile_input_costs_nothing_and_finds_nothing(client: FlaskClient, world: World, typed: str) -> None:
    published(world, title=TITLE)
    assert suggested(client, typed) == []


def test_the_same_answer_is_not_sent_twice(client: FlaskClient, world: World) -> None:
    first = client.get("/search/suggest?q=czj")
    again = client.get("/search/suggest?q=czj", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


@pytest.fixture
def limited(services: Services) -> FlaskClient:
    """A visitor of a server that allows three searches a minute."""
    settings = services.settings.model_copy(update={"searches_per_minute": 3})
    return make_app(replace(services, settings=settings)).test_client()


def test_one_visitor_has_so_many_searches_a_minute(limited: FlaskClient, clock: AdjustableClock, world: World) -> None:
    answers = [limited.get("/search?q=防火") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert answers[3].headers["Retry-After"] == "60"
    assert "一分钟内最多检索3次，请60秒后再试。" in answers[3].get_data(as_text=True)
    other = limited.get("/search?q=防火", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert other.status_code == 200
    clock.advance(minutes=1)
    assert limited.get("/search?q=防火").status_code == 200


def test_an_address_of_a_network_counts_with_its_neighbours(limited: FlaskClient, world: World) -> None:
    places = [f"2001:db8:1:2::{number}" for number in range(4)]
    codes = [limited.get("/search?q=火", environ_base={"REMOTE_ADDR": place}).status_code for place in places]
    assert codes == [200, 200, 200, 429]


def test_typing_is_limited_more_generously(limited: FlaskClient, world: World) -> None:
    codes = [limited.get("/search/suggest?q=防火").status_code for _ in range(16)]
    assert codes == [200] * 15 + [429]


@given(st.text(max_size=60))
def test_keys_are_short_and_of_letters_only(title: str) -> None:
    keys = keys_of_title(title)
    assert all(0 < len(key) <= max(LONGEST, LONGEST_SOUND) for key in keys)
    assert all(key == key_of(key) for key in keys)
    if key_of(title)[:1] == fold(title)[:1] and key_of(title):
        assert key_of(title)[:LONGEST] in keys

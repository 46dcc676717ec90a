"""By date one pages on without end: the address has the place of the last result, whatever engine answers."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.errors import Invalid
from gongkai.core.ports import SearchQuery, SearchResult
from gongkai.search import matching
from gongkai.search.elastic import request as server_request
from gongkai.search.elastic import search as server_search
from gongkai.search.elastic.backend import SearchWithElastic
from gongkai.search.schemas import place_words, read_query
from tests.conftest import AdjustableClock
from tests.factories.items import published
from tests.factories.world import World

pytestmark = pytest.mark.usefixtures("backend")


def found(world: World, query: SearchQuery) -> SearchResult:
    """A citizen's search."""
    with world.services.database.unit_of_work() as uow:
        return world.services.search.search(uow, query)


def library(world: World, clock: AdjustableClock, *, count: int = 11) -> list[int]:
    """Items about one thing, the newest first; some stand in one instant, some a microsecond apart."""
    made = []
    for number in range(count):
        made.append(published(world, title=f"第{number + 10}期防火简报", body_html=f"<p>防火情况{number + 100}。</p>"))
        clock.advance(seconds=60 * (number % 3 == 0), microseconds=int(number % 3 == 1))
    every = found(world, SearchQuery("防火", order="date", size=100))
    dated = [(hit.published_at.replace(microsecond=0), hit.item_id) for hit in every.hits]
    assert dated == sorted(dated, reverse=True)
    assert {item_id for _, item_id in dated} == set(made)
    return [item_id for _, item_id in dated]


def walked(world: World, text: str, size: int, meanwhile: Callable[[], object] = lambda: None) -> list[int]:
    """Items of all pages from the first on; `meanwhile` happens after each page."""
    page = found(world, SearchQuery(text, order="date", size=size))
    seen = [hit.item_id for hit in page.hits]
    while page.end:
        meanwhile()
        page = found(world, SearchQuery(text, order="date", size=size, after=page.end))
        assert page.hits
        assert len(seen) < 50, "pages repeat each other"
        seen += [hit.item_id for hit in page.hits]
    return seen


def test_each_item_once_and_the_newest_first_also_while_others_are_published(
    world: World, clock: AdjustableClock
) -> None:
    expected = library(world, clock)
    assert [walked(world, "防火", size) for size in (1, 3, 11, 12)] == [expected] * 4

    def publish() -> None:
        clock.advance(hours=1)
        published(world, title=f"防火简报{clock():%H}时", body_html=f"<p>防火{clock():%H}。</p>")

    assert walked(world, "防火", 4, publish) == expected
    assert len(walked(world, "防火", 4)) == len(expected) + 2


def test_near_matches_are_walked_in_the_same_way(world: World, clock: AdjustableClock) -> None:
    for number in range(8):
        published(world, "qs-mzj", title=f"第{number}号烟花", body_html=f"<p>烟花{number}。</p>", summary="无关。")
    expected = library(world, clock, count=4)
    text = "防火 简报 烟花"
    assert found(world, SearchQuery(text)).understood == ("没有同时包含全部词语的信息，已改为查找“防火”“简报”",)
    assert [walked(world, text, size) for size in (1, 3, 4, 5)] == [expected] * 4


def test_a_place_holds_where_the_other_engine_answers(world: World, clock: AdjustableClock) -> None:
    expected = library(world, clock)
    search = world.services.search
    engines = [search, search.inside if isinstance(search, SearchWithElastic) else search]
    query, seen = SearchQuery("防火", order="date", size=2), list[int]()
    with world.services.database.unit_of_work() as uow:
        for turn in range(6):
            page = engines[turn % 2].search(uow, query)
            seen += [hit.item_id for hit in page.hits]
            query = replace(query, after=page.end)
    assert (seen, page.end) == (expected, None)


def test_page_numbers_lead_on_to_places(
    client: FlaskClient, world: World, clock: AdjustableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = library(world, clock, count=41)
    monkeypatch.setattr(matching, "RANKED", 20)
    monkeypatch.setattr(server_request, "RESULT_WINDOW", 20)
    monkeypatch.setattr(server_search, "RESULT_WINDOW", 20)
    by_relevance = client.get("/search", query_string={"q": "防火"}).get_data(as_text=True)
    assert "按相关度排序只能翻看前20条" in by_relevance
    assert "after=" not in by_relevance
    seen, address = [], "/search?q=防火&order=date"
    while address:
        page = client.get(address).get_data(as_text=True)
        seen += [int(number) for number in re.findall(r'<h2><a href="/items/(\d+)"', page)]
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following[1].replace("&amp;", "&") if following else ""
        assert not address or re.search("after=[0-9]+-[0-9]+", address)
    assert seen == expected
    assert "以上是最后一页。" in page
    assert 'rel="prev"' not in page


@pytest.mark.parametrize("place", ["x", "-1-1", "1-", "1" * 14 + "-1", "1-" + "9" * 19, "²-1", "1-1;DROP"])
def test_a_hostile_place_is_refused(client: FlaskClient, place: str) -> None:
    answer = client.get("/search", query_string={"q": "防火", "order": "date", "after": place})
    assert answer.status_code == 400
    assert "网址中的翻页位置不正确" in answer.get_data(as_text=True)


@pytest.mark.parametrize("place", ["0-0", "9999999999999-999999999999999999"])
def test_the_ends_of_time_are_places(client: FlaskClient, world: World, place: str) -> None:
    published(world)
    assert client.get("/search", query_string={"q": "防火", "order": "date", "after": place}).status_code == 200
    plain = client.get("/search", query_string={"q": "防火"}).data
    assert client.get("/search", query_string={"q": "防火", "after": "x"}).data == plain, "there is none by relevance"


_INSTANTS = st.integers(0, 10**13 - 1).map(lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms))


@given(at=_INSTANTS, item_id=st.integers(0, 10**18 - 1))
def test_a_place_is_read_as_it_was_written(at: datetime, item_id: int) -> None:
    values = {"q": "x", "order": "date", "after": place_words((at, item_id))}
    assert read_query(values).after == (at, item_id)
    with pytest.raises(Invalid):
        read_query({**values, "after": values["after"] + "0" * 19})

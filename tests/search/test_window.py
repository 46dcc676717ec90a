"""Words of very many documents: the database searches the newest, says so, and leads on to the older ones."""

import re
from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.ports import SearchQuery, SearchResult
from gongkai.search import window as module
from gongkai.search.filters import Wanted
from gongkai.search.window import _until
from tests.conftest import AdjustableClock
from tests.factories.items import published
from tests.factories.world import World


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight matches are very many."""
    monkeypatch.setattr(module, "VISITED", 8)
    monkeypatch.setattr(module, "TRIED", 4)


def many(world: World, clock: AdjustableClock, *, days: int = 10, of_day: int = 3) -> list[int]:
    """Items about one thing on consecutive days, the newest first."""
    made = []
    for day in range(days):
        for number in range(of_day):
            made.append(published(world, title=f"第{day}日第{number}期防火简报", body_html=f"<p>防火{day}。</p>"))
            clock.advance(minutes=1)
        clock.advance(days=1)
    return made[::-1]


def found(world: World, query: SearchQuery) -> SearchResult:
    """A citizen's search."""
    with world.services.database.unit_of_work() as uow:
        return world.services.search.search(uow, query)


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("order", ["relevance", "date"])
def test_the_newest_whole_days_are_searched_and_the_way_leads_back_to_the_first(
    client: FlaskClient, world: World, clock: AdjustableClock, order: str
) -> None:
    expected = many(world, clock)
    address, seen, windows = f"/search?q=防火&order={order}", list[int](), 0
    while address:
        page = client.get(address).get_data(as_text=True)
        ids = [int(number) for number in re.findall(r'<h2><a href="/items/(\d+)"', page)]
        assert ids
        assert len(ids) % 3 == 0, "of a day all or none"
        seen += ids
        windows += 1
        earlier = re.search(r'<a href="([^"]+)">检索此前发布的信息</a>', page)
        assert (earlier is not None) == ("不少于" in page)
        address = earlier[1].replace("&amp;", "&") if earlier else ""
    assert sorted(seen, reverse=True) == expected
    assert 2 <= windows <= 5


@pytest.mark.usefixtures("narrow")
def test_a_page_by_date_goes_on_where_the_searched_days_end(world: World, clock: AdjustableClock) -> None:
    expected = many(world, clock)
    query = SearchQuery("防火", order="date", size=5)
    page = found(world, query)
    assert page.end
    assert page.looked_since
    following = found(world, SearchQuery("防火", order="date", size=5, after=page.end))
    ids = [hit.item_id for one in (page, following) for hit in one.hits]
    assert ids == expected[: len(ids)]
    assert len(ids) > 5


@pytest.mark.usefixtures("narrow")
def test_what_is_rare_or_of_few_days_is_searched_whole(world: World, clock: AdjustableClock) -> None:
    many(world, clock, days=6)
    rare = published(world, title="防火演练方案", body_html="<p>演练。</p>")
    assert [hit.item_id for hit in found(world, SearchQuery("演练 方案")).hits] == [rare]
    today = clock().date()
    some = found(world, SearchQuery("防火", since=date(2020, 1, 1), until=today))
    few = found(world, SearchQuery("防火", since=today, until=today))
    assert some.looked_since
    assert not some.total_is_exact
    assert few.looked_since is None
    assert few.total_is_exact


def test_where_nothing_is_in_excess_all_is_searched(world: World, clock: AdjustableClock) -> None:
    assert len(many(world, clock, days=4)) == found(world, SearchQuery("防火")).total
    assert found(world, SearchQuery("防火")).looked_since is None


@given(st.lists(st.text(max_size=5), max_size=3), st.none() | st.datetimes(timezones=st.just(UTC)))
def test_any_year_and_end_has_an_end(years: list[str], until: datetime | None) -> None:
    end = _until(Wanted({"year": frozenset(years)} if years else {}, until=until), None)
    assert end.tzinfo
    assert until is None or end <= until

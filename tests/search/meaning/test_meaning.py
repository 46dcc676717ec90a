"""What no word reaches is found by what it means, on both backends; vectors come and go with their documents."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import Engine, func, select, text

from gongkai.core.errors import Refused
from gongkai.core.ports import SearchQuery, SearchResult, Services
from gongkai.publishing.publication import take_down
from gongkai.search.commands import group
from gongkai.search.meaning.filling import asking_of, fill_meaning, filled, states
from gongkai.search.meaning.models import SearchModel, SearchVector
from tests.factories.items import draft, published, reviewed, work_off
from tests.factories.world import World
from tests.search.meaning.conftest import meaning_by
from tests.search.meaning.server import DIMENSIONS, Endpoint
from tests.search.test_index import revised

ASKED = "钱袋子里剩几何"
BUDGET = "和溪县民政局2025年度部门决算"


@pytest.fixture
def city(with_meaning: Services, world: World) -> Iterator[World]:
    """The world with an embedding model."""
    before, world.services = world.services, with_meaning
    yield world
    world.services = before


def search(world: World, typed: str, **more: object) -> SearchResult:
    with world.services.database.unit_of_work() as uow:
        return world.services.search.search(uow, SearchQuery(typed, **more))  # type: ignore[arg-type]


def found(world: World, typed: str, **more: object) -> list[int]:
    return [hit.item_id for hit in search(world, typed, **more).hits]


def fill(world: World) -> None:
    """What the job does, and what follows it."""
    work_off(world.services)
    fill_meaning(world.services)
    work_off(world.services)


def vectors(world: World) -> list[int]:
    with world.services.database.unit_of_work() as uow:
        return list(uow.session.scalars(select(SearchVector.item_id).order_by(SearchVector.item_id)))


def publish(world: World, *titles: str) -> list[int]:
    return [published(world, title=title, body_html=f"<p>{title}。</p>") for title in titles]


@pytest.mark.usefixtures("backend")
def test_what_no_word_reaches_is_found_by_meaning(city: World) -> None:
    budget, dogs, fire = publish(city, BUDGET, "养犬管理实施细则", "春季防火通告")
    assert found(city, ASKED) == []
    fill(city)
    assert vectors(city) == [budget, dogs, fire]
    result = search(city, ASKED, explain=True)
    assert [hit.item_id for hit in result.hits] == [budget]
    assert (result.total, result.reachable, result.degraded) == (1, 1, False)
    assert "没有同时包含全部词语的信息，已改为按意思查找相近的信息" in result.understood
    assert "意思与检索词相近，相近程度100%（最相近的一条为100%）" in result.hits[0].reasons
    assert [(facet.value, facet.count) for facet in result.facets["unit"]] == [("hx-mzj", 1)]
    assert found(city, ASKED, filters={"unit": "hx-mzj"}) == [budget]
    assert found(city, ASKED, filters={"unit": "qs-mzj"}) == []
    assert found(city, ASKED, filters={"year": "2020"}) == []
    assert found(city, ASKED, order="date") == []


@pytest.mark.usefixtures("backend")
def test_words_and_names_go_before_meaning(city: World) -> None:
    other = published(city, "qs-mzj", title="2025年度部门决算", body_html="<p>2025年度部门决算。</p>")
    budget, dogs = publish(city, "2025年度部门决算", "养犬管理实施细则")
    fill(city)
    assert found(city, "养犬管理实施细则 旺财")[0] == dogs
    named = found(city, "和溪县民政局 钱袋子")
    assert (named[0], other in named) == (budget, False)
    assert sorted(found(city, ASKED)) == sorted([other, budget])


@pytest.mark.usefixtures("backend")
def test_neighbours_stand_behind_whole_matches_and_are_counted_once(city: World) -> None:
    named = published(city, title="旺财超市处罚决定", body_html="<p>旺财超市处罚决定。</p>")
    dogs, other = publish(city, "养犬办法", "办法：养犬")
    fill(city)
    result = search(city, "旺财")
    assert result.hits[0].item_id == named
    assert {hit.item_id for hit in result.hits} == {named, dogs, other}
    assert (result.total, result.reachable) == (3, 3)
    assert [(facet.value, facet.count) for facet in result.facets["unit"]] == [("hx-mzj", 3)]
    pages = [found(city, "旺财", page=page, size=1) for page in (1, 2, 3, 4)]
    assert [one for page in pages for one in page] == [hit.item_id for hit in result.hits]


@pytest.mark.usefixtures("backend")
def test_nothing_near_is_nothing_found(city: World) -> None:
    publish(city, "养犬管理实施细则", "春季防火通告")
    fill(city)
    assert search(city, "鲸鱼座星云").hits == []


@pytest.mark.usefixtures("backend")
def test_only_what_is_public_has_a_vector_and_it_goes_with_its_document(city: World) -> None:
    draft(city, title=BUDGET)
    reviewed(city, "qs-mzj", title="清水县民政局2025年度部门决算")
    budget, dogs = publish(city, BUDGET, "养犬管理实施细则")
    fill(city)
    assert vectors(city) == [budget, dogs]
    with city.services.database.transaction() as uow:
        approver = city.actor(uow, "hx-mzj-approver")
        take_down(uow, tenant_id=approver.tenant_id, item_id=budget, reason="含有个人信息")
    work_off(city.services)
    assert vectors(city) == [dogs]
    assert found(city, ASKED) == []


@pytest.mark.usefixtures("backend")
def test_a_changed_title_has_another_vector_and_an_index_written_anew_the_same(city: World, endpoint: Endpoint) -> None:
    dogs, _ = publish(city, "养犬管理实施细则", "春季防火通告")
    fill(city)
    known = len(endpoint.texts)
    with city.services.database.system_scope("test") as uow:
        city.services.search.index(uow, [dogs])
    fill(city)
    assert len(endpoint.texts) == known
    revised(city, dogs, BUDGET)
    fill(city)
    assert endpoint.texts[known] == "部门决算"
    assert len(endpoint.texts) == known + 2
    assert found(city, ASKED) == [dogs]


def test_filling_goes_on_where_it_stopped(city: World, endpoint: Endpoint) -> None:
    asking = asking_of(city.services)
    assert asking is not None
    assert asking.embedder is not None
    publish(city, *(f"第{number}号养犬通告" for number in range(5)))
    asking.embedder.batch = 2
    steps = filled(city.services, asking)
    assert next(steps) == (2, 5)
    steps.close()
    assert len(vectors(city)) == 2
    assert found(city, "旺财") == [], "an incomplete model does not answer"
    endpoint.answer = lambda _: (503, {})
    fill(city)
    assert len(vectors(city)) == 2
    endpoint.answer, known = None, len(endpoint.texts)
    fill(city)
    assert len(vectors(city)) == 5
    assert len(endpoint.texts) == known + 2 * 3
    assert len(found(city, "旺财")) == 5


def test_two_do_not_fill_at_once(city: World) -> None:
    asking = asking_of(city.services)
    assert asking is not None
    publish(city, "养犬管理实施细则")
    steps = filled(city.services, asking)
    next(steps)
    with pytest.raises(Refused, match="另一个进程"):
        next(filled(city.services, asking))
    fill_meaning(city.services)
    steps.close()


def test_a_text_that_the_model_never_takes_is_left_out(city: World, endpoint: Endpoint) -> None:
    endpoint.refused = "防火"
    dogs, _, water = publish(city, "养犬管理实施细则", "春季防火通告", "计划停水公告")
    fill(city)
    assert vectors(city) == [dogs, water]
    assert found(city, "旺财") == [dogs]


@pytest.mark.usefixtures("backend")
def test_the_model_before_answers_until_the_next_one_is_complete(city: World, endpoint: Endpoint) -> None:
    [dogs] = publish(city, "养犬管理实施细则")
    fill(city)
    endpoint.dimensions = DIMENSIONS + 2
    before = city.services
    with meaning_by(before, embedder=endpoint.address, embedder_model="more", embedder_key="secret") as served:
        city.services = served
        endpoint.dimensions = DIMENSIONS
        assert found(city, "旺财") == [dogs]
        assert endpoint.asked[-1][0] == "topics"
        endpoint.dimensions = DIMENSIONS + 2
        fill(city)
        assert found(city, "我家旺财") == [dogs]
        assert endpoint.asked[-1][0] == "more"
        with served.database.unit_of_work() as uow:
            assert uow.session.scalar(select(func.count()).select_from(SearchModel)) == 1
            [state] = states(uow, asking_of(served))
            assert (state.name, state.dimensions, state.filled, state.answers) == ("more", DIMENSIONS + 2, 1, True)
    city.services = before


def test_without_pgvector_words_alone_answer(city: World, superuser: Engine) -> None:
    [dogs] = publish(city, "养犬管理实施细则")
    fill(city)
    with superuser.begin() as connection:
        connection.execute(text("DROP EXTENSION vector CASCADE"))
    try:
        assert found(city, "旺财") == []
        assert found(city, "养犬") == [dogs]
        output = CliRunner().invoke(group, ["meaning"], obj=city.services).output
        assert "数据库没有vector扩展（0.8或更高版本），由数据库检索时不能按意思查找。" in output
    finally:
        with superuser.begin() as connection:
            connection.execute(text("CREATE EXTENSION vector"))


def test_the_page_says_that_it_looked_by_meaning(city: World, app: Flask) -> None:
    from gongkai.run.compose import make_app

    publish(city, BUDGET, "养犬管理实施细则")
    fill(city)
    page = make_app(city.services).test_client().get("/search", query_string={"q": ASKED}).text
    assert BUDGET in page
    assert "已改为按意思查找相近的信息。" in page


def test_the_command_shows_and_fills(city: World) -> None:
    publish(city, BUDGET, "养犬管理实施细则")

    def run(*options: str) -> str:
        result = CliRunner().invoke(group, ["meaning", *options], obj=city.services)
        assert result.exit_code == 0, result.output
        return result.output

    assert "还没有语义向量" in run()
    assert "已处理2条，共2条。" in run("--fill")
    assert "40维）：已处理2条，共2条，有向量的2条，检索正在使用。" in run()
    assert '"answers": true' in run("--json")


def test_without_a_model_there_is_nothing_to_fill(services: Services) -> None:
    assert "没有配置向量模型" in CliRunner().invoke(group, ["meaning"], obj=services).output
    refused = CliRunner().invoke(group, ["meaning", "--fill"], obj=services).exception
    assert isinstance(refused, Refused)
    fill_meaning(services)

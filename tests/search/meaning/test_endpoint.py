"""An endpoint's answers are checked, its outage costs nothing but the meaning."""

import math
import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.errors import OutOfReach
from gongkai.core.ports import SearchQuery, Services
from gongkai.core.settings import ConfigurationError, read_settings
from gongkai.search.elastic.engine import PAUSE_SECONDS
from gongkai.search.meaning.asking import QUERY_SECONDS, Asking
from gongkai.search.meaning.closeness import scaled
from gongkai.search.meaning.embedder import mean, normalised
from gongkai.search.meaning.endpoint import EndpointEmbedder, TextRefused
from gongkai.search.meaning.filling import fill_meaning
from gongkai.search.module import embedder_remark
from tests.factories.items import published, work_off
from tests.factories.world import World
from tests.search.meaning.conftest import meaning_by
from tests.search.meaning.server import DIMENSIONS, Endpoint

NEEDED = {
    "DATABASE_URL": "postgresql://x",
    "REDIS_URL": "redis://x",
    "GONGKAI_SECRET_KEY": "s" * 32,
    "GONGKAI_PASSWORD_SALT": "s" * 16,
    "GONGKAI_DATA_DIRECTORY": "/nowhere",
}


def embedder(endpoint: Endpoint, **changes: Any) -> EndpointEmbedder:
    return EndpointEmbedder(endpoint.address, **{"model": "topics", "key": "secret"} | changes)


def test_texts_go_in_batches_with_the_key_and_come_back_in_order(endpoint: Endpoint) -> None:
    asked = embedder(endpoint)
    texts = [f"养犬{number}" if number % 2 else f"决算{number}" for number in range(70)]
    found = asked.passages(texts)
    assert [len(texts) for _, texts, _ in endpoint.asked] == [32, 32, 6]
    assert {key for _, _, key in endpoint.asked} == {"Bearer secret"}
    assert [(vector[0], vector[1]) for vector in found] == [(0, 1) if at % 2 else (1, 0) for at in range(70)]


def test_models_of_the_e5_family_are_told_what_a_text_is(endpoint: Endpoint) -> None:
    asked = embedder(endpoint, model="intfloat/multilingual-e5-large", key="")
    asked.query("养犬", seconds=20)
    asked.passages(["养犬"])
    assert endpoint.texts == ["query: 养犬", "passage: 养犬"]
    assert {key for _, _, key in endpoint.asked} == {None}


@pytest.mark.parametrize(
    "answer",
    [
        (200, b"<html>"),
        (200, {"data": None}),
        (200, {"data": [{"index": 0, "embedding": [1.0, 0.0]}]}),
        (200, {"data": [{"index": 0, "embedding": [1.0]}, {"index": 0, "embedding": [1.0]}]}),
        (200, {"data": [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 2.0]}]}),
        (200, {"data": [{"index": 0, "embedding": []}, {"index": 1, "embedding": []}]}),
        (200, {"data": [{"index": 0, "embedding": [math.nan]}, {"index": 1, "embedding": [1.0]}]}),
        (200, {"data": [{"index": 0, "embedding": ["a"]}, {"index": 1, "embedding": [1.0]}]}),
        (401, {"error": "no"}),
        (404, b""),
        (429, b""),
        (500, b"boom"),
        (302, b""),
    ],
)
def test_what_is_no_list_of_vectors_is_out_of_reach(endpoint: Endpoint, answer: tuple[int, Any]) -> None:
    endpoint.answer = lambda _: answer
    with pytest.raises(OutOfReach):
        embedder(endpoint).passages(["甲", "乙"])


def test_a_refused_text_and_a_late_answer_are_told_apart(endpoint: Endpoint) -> None:
    endpoint.refused = "长"
    with pytest.raises(TextRefused):
        embedder(endpoint).passages(["长"])
    with pytest.raises(OutOfReach):
        embedder(endpoint).query("长", seconds=20)
    endpoint.wait = 0.5
    with pytest.raises(OutOfReach):
        embedder(endpoint).query("短", seconds=0.02)
    endpoint.stop()
    with pytest.raises(OutOfReach):
        embedder(endpoint).passages(["短"])


def test_an_outage_costs_nothing_but_the_meaning(services: Services, world: World, endpoint: Endpoint) -> None:
    before = world.services
    with meaning_by(services, embedder=endpoint.address, embedder_model="topics") as served:
        world.services = served
        dogs = published(world, title="养犬管理实施细则")
        fill_meaning(served)
        work_off(served)

        def found(typed: str) -> list[int]:
            with served.database.unit_of_work() as uow:
                result = served.search.search(uow, SearchQuery(typed))
            assert not result.degraded
            return [hit.item_id for hit in result.hits]

        assert found("旺财") == [dogs]
        endpoint.answer, known = lambda _: (500, {}), len(endpoint.asked)
        assert found("养犬") == [dogs]
        assert found("我家旺财") == []
        assert found("旺财") == [dogs], "what was asked before is remembered"
        assert len(endpoint.asked) == known + 1, "after a failure nobody asks for a while"
        asking: Asking = served.search.asking  # type: ignore[attr-defined]
        assert embedder_remark(served) == "the embedding model does not answer"
        endpoint.answer = None
        asking.pause.end()
        assert embedder_remark(served) is None
        assert found("我家旺财") == [dogs]
    world.services = before


def test_a_late_model_is_not_waited_for(services: Services, world: World, endpoint: Endpoint) -> None:
    before = world.services
    with meaning_by(services, embedder=endpoint.address, embedder_model="topics", seconds=0.05) as served:
        world.services = served
        published(world, title="养犬管理实施细则")
        fill_meaning(served)
        endpoint.wait = 5.0
        began = time.monotonic()
        with served.database.unit_of_work() as uow:
            assert served.search.search(uow, SearchQuery("旺财")).hits == []
        assert time.monotonic() - began < endpoint.wait
    world.services = before


def test_a_citizen_waits_a_tenth_of_a_second_at_most() -> None:
    assert QUERY_SECONDS <= 0.1
    assert PAUSE_SECONDS >= 1


def test_settings_name_what_is_missing() -> None:
    with pytest.raises(ConfigurationError, match="GONGKAI_EMBEDDER_MODEL：使用向量服务时必须填写模型名称"):
        read_settings(NEEDED | {"GONGKAI_EMBEDDER": "https://models.example/v1/embeddings"})
    with pytest.raises(ConfigurationError, match="GONGKAI_EMBEDDER：格式有误"):
        read_settings(NEEDED | {"GONGKAI_EMBEDDER": "openai"})


@given(st.lists(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3).filter(any), min_size=1, max_size=3))
def test_a_mean_has_length_one_or_is_refused(vectors: list[list[float]]) -> None:
    try:
        found = mean(vectors)
    except OutOfReach:
        return
    assert math.isclose(math.hypot(*found), 1, rel_tol=1e-6)
    assert math.isclose(math.hypot(*normalised(found)), 1, rel_tol=1e-6)


@given(st.dictionaries(st.integers(1, 99), st.floats(-1, 1), max_size=20), st.floats(-0.5, 0.9), st.floats(0.01, 0.5))
def test_closeness_keeps_the_order_between_0_and_1(cosines: dict[int, float], unlike: float, apart: float) -> None:
    near = scaled(cosines, alike=unlike + apart, unlike=unlike)
    assert all(0 <= value <= 1 for value in near.values())
    assert all(cosines[one] >= unlike for one in near)
    ordered = sorted(near, key=lambda one: cosines[one])
    assert all(near[one] <= near[other] for one, other in pairwise(ordered))
    assert bool(near) == any(cosine > (unlike + apart + unlike) / 2 for cosine in cosines.values())


def test_where_all_are_equally_near_all_are_near() -> None:
    near = scaled(dict.fromkeys(range(90), 0.88), alike=0.88, unlike=0.84)
    assert set(near.values()) == {1.0}
    assert scaled(dict.fromkeys(range(90), 0.85), alike=0.88, unlike=0.84) == {}


def test_vectors_of_another_length_are_out_of_reach(endpoint: Endpoint) -> None:
    asked = embedder(endpoint)
    first = asked.passages(["甲"])
    assert len(first[0]) == DIMENSIONS
    endpoint.dimensions = DIMENSIONS + 1
    with pytest.raises(OutOfReach):
        mean([*first, *asked.passages(["甲"])])

"""A server that is frozen, killed, full or half gone: citizens get results within a second, and all is caught up."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from gongkai.core.models import OutboxEvent
from gongkai.core.ports import SearchQuery, Services
from gongkai.run.compose import make_app, make_search
from gongkai.run.modules import MODULES
from gongkai.search.elastic.backend import WRITTEN
from gongkai.search.elastic.engine import PAUSE_SECONDS, SEARCH_SECONDS
from gongkai.workers.queues import bind
from tests.conftest import AdjustableClock
from tests.elasticsearch.node import Node, free_port
from tests.factories.items import published, work_off
from tests.factories.world import World
from tests.search.conftest import build, forget
from tests.search.elastic.test_writing import assert_sound

NOTICE = "检索服务暂时没有应答，以下结果由备用检索提供。"
READERS = 4
PATIENCE = 60
PERIOD = 2.0


@dataclass
class Readers:
    """Citizens who search all the time."""

    app: Flask
    answers: list[tuple[int, bool, float]] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin."""
        self._threads = [threading.Thread(target=self._read) for _ in range(READERS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def ask(self, typed: str = "防火") -> str:
        """One search; its page, remembered as (status, with the notice, seconds)."""
        started = time.monotonic()
        answer = self.app.test_client().get("/search", query_string={"q": typed})
        page = answer.get_data(as_text=True)
        self.answers.append((answer.status_code, NOTICE in page, time.monotonic() - started))
        return page

    def _read(self) -> None:
        while not self._over.wait(0.05):
            self.ask()


@pytest.fixture
def hurt(world: World, own_node: Node) -> Iterator[World]:
    """The world with the product's own backend over a node that may be hurt, an index in use on it."""
    services = world.services
    settings = services.settings.model_copy(update={"elasticsearch_url": own_node.url})
    search: Any = make_search(settings)
    world.services = replace(services, settings=settings, search=search)
    bind(world.services, MODULES)
    build(world.services)
    yield world
    bind(services, MODULES)
    forget(search)


def until(happened: Callable[[], bool]) -> None:
    """Wait for it."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def waiting(services: Services) -> list[str]:
    """Kinds of events that wait in the outbox."""
    with services.database.unit_of_work() as uow:
        return list(uow.session.scalars(select(OutboxEvent.kind)))


@pytest.mark.parametrize(
    ("harm", "cure"), [(Node.freeze, Node.thaw), (Node.kill, Node.start)], ids=["frozen", "killed"]
)
def test_citizens_hardly_notice(
    hurt: World,
    own_node: Node,
    clock: AdjustableClock,
    harm: Callable[[Node], None],
    cure: Callable[[Node], None],
) -> None:
    published(hurt)
    readers = Readers(make_app(hurt.services))
    until(lambda: NOTICE not in readers.ask() and "和溪县民政局" in readers.ask())
    usual = max(seconds for _, _, seconds in readers.answers[-2:])
    readers.answers.clear()
    readers.start()
    harm(own_node)
    try:
        until(lambda: any(degraded for _, degraded, _ in readers.answers))
        published(hurt, "qs-mzj", title="停机期间发布的防火通知")
        page = readers.ask("停机期间")
        assert NOTICE in page
        assert "停机期间" in page.partition('<ol class="results">')[2]
        assert set(waiting(hurt.services)) == {WRITTEN}
        time.sleep(PERIOD)
    finally:
        cure(own_node)
    until(lambda: NOTICE not in readers.ask("停机期间"))
    readers.stop()
    assert {status for status, _, _ in readers.answers} == {200}
    slow = [seconds for _, _, seconds in readers.answers if seconds > 1 + READERS * usual]
    assert slow == []
    # All who asked at the first moment waited for the time limit; after that one in a while does.
    waited = [seconds for _, degraded, seconds in readers.answers if degraded and seconds > SEARCH_SECONDS]
    assert len(waited) <= READERS * (2 + (PERIOD + PATIENCE) / PAUSE_SECONDS)
    clock.advance(seconds=11)
    work_off(hurt.services)
    assert waiting(hurt.services) == []
    assert_sound(hurt)


def test_a_full_server_takes_nothing_and_finds_everything(hurt: World, clock: AdjustableClock) -> None:
    first = published(hurt)
    search: Any = hurt.services.search
    client, alias = search.engine.client, search.engine.alias
    until(lambda: found(hurt) == [first])
    # What the server itself sets when its disk is full.
    client.indices.put_settings(index=alias, settings={"index.blocks.read_only_allow_delete": True})
    second = published(hurt, "qs-mzj")
    assert waiting(hurt.services) == [WRITTEN]
    assert found(hurt) == [first]
    client.indices.put_settings(index=alias, settings={"index.blocks.read_only_allow_delete": None})
    clock.advance(seconds=11)
    work_off(hurt.services)
    until(lambda: set(found(hurt)) == {first, second})


def found(world: World) -> list[int]:
    """What the server finds; nothing while the database answers in its place."""
    with world.services.database.unit_of_work() as uow:
        result = world.services.search.search(uow, SearchQuery("春季防火"))
    return [] if result.degraded else [hit.item_id for hit in result.hits]


def test_one_node_of_two_is_enough(hurt: World, own_node: Node) -> None:
    item_id = published(hurt)
    settings = hurt.services.settings.model_copy(
        update={"elasticsearch_url": f"http://127.0.0.1:{free_port()},{own_node.url}"}
    )
    search: Any = make_search(settings)
    hurt.services = replace(hurt.services, search=search)
    until(lambda: found(hurt) == [item_id])
    search.engine.close()


def test_an_index_that_was_never_built_is_the_database_s_turn(world: World, own_node: Node) -> None:
    item_id = published(world)
    values = {"elasticsearch_url": own_node.url, "elasticsearch_prefix": "unbuilt"}
    search: Any = make_search(world.services.settings.model_copy(update=values))
    with world.services.database.unit_of_work() as uow:
        result = search.search(uow, SearchQuery("春季防火"))
    assert (result.degraded, [hit.item_id for hit in result.hits]) == (True, [item_id])
    search.engine.close()


def test_readiness_remarks_on_a_server_out_of_reach_and_stays_ready(world: World, own_node: Node) -> None:
    for url, expected in ((own_node.url, "missing"), (f"http://127.0.0.1:{free_port()}", "ConnectionError")):
        settings = world.services.settings.model_copy(update={"elasticsearch_url": url, "elasticsearch_prefix": "x"})
        search: Any = make_search(settings)
        answer = make_app(replace(world.services, search=search)).test_client().get("/readyz")
        assert (answer.status_code, answer.json["status"]) == (200, "ok")  # type: ignore[index]
        assert expected in answer.json["remarks"]["search_server"]  # type: ignore[index]
        search.engine.close()

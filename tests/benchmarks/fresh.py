"""`python -m tests.benchmarks.fresh`: how soon what is published is found, on a node of its own.

Items are approved at a steady rate through the product's publishing, while its worker drains the outbox in a thread, as
in embedded mode; a watcher asks both engines every few milliseconds which of them can be searched. Then some are taken
down, and searched at once. With `--rebuild` an index is rebuilt during the publications and takedowns instead, and
compared with the database afterwards.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from statistics import median

import fakeredis
from elasticsearch import Elasticsearch
from sqlalchemy import func, select

from gongkai.accounts.actors import Actor
from gongkai.core.models import OutboxEvent
from gongkai.core.ports import SearchQuery, SearchState, Services
from gongkai.publishing.chain import decide
from gongkai.publishing.models import Item
from gongkai.publishing.publication import take_down
from gongkai.run.compose import make_search
from gongkai.run.modules import MODULES
from gongkai.search.elastic.backend import SearchWithElastic
from gongkai.search.elastic.rebuild import rebuilt
from gongkai.search.models import SearchDocument
from gongkai.search.services import find, reindex_all
from gongkai.workers.queues import announce, bind, start_thread
from tests.benchmarks.__main__ import _log_as_in_production, _say
from tests.benchmarks.environment import Environment, environment
from tests.benchmarks.load import Prepared
from tests.benchmarks.measure import p95
from tests.benchmarks.plan import NOW
from tests.benchmarks.publishing import actor_for
from tests.benchmarks.report import machine
from tests.elasticsearch.node import Node, free_port

TARGET = 2.0
"""Seconds from commit to searchable, at the 95th percentile."""
LOOK_EVERY = 0.02
PATIENCE = 120.0
TAKEN_DOWN = 20
ONE_IN = 4
"""During a rebuild, of so many publications one is taken down again."""
BATCH = 500
ENGINES = ("Elasticsearch", "PostgreSQL")


@dataclass(frozen=True)
class Live:
    """The environment with a search server and a worker at work; `client` is a bare one."""

    env: Environment
    services: Services
    search: SearchWithElastic
    client: Elasticsearch

    def actor(self, waiting: Prepared) -> Actor:
        """The approver of an item."""
        return actor_for(waiting, {unit.id: unit for unit in self.env.units})


@dataclass
class Seen:
    """When items were committed, and engine → how many seconds later each could be searched."""

    committed: dict[int, float] = field(default_factory=dict)
    after: dict[str, dict[int, float]] = field(default_factory=lambda: {engine: {} for engine in ENGINES})

    def missing(self, engine: str) -> list[int]:
        """What cannot be searched yet."""
        return [item_id for item_id in list(self.committed) if item_id not in self.after[engine]]

    @property
    def complete(self) -> bool:
        """Whether everything can be searched everywhere."""
        return not any(self.missing(engine) for engine in ENGINES)


def main(arguments: Sequence[str]) -> int:
    """Run; returns the exit code: 1 when something was lost or shown too long, or with `--assert` found too late."""
    asked = _parser().parse_args(arguments)
    count = max(1, round(asked.rate * asked.seconds))
    with live(asked, count) as found:
        _say(", ".join(f"{key} {value}" for key, value in machine(found.services).items()))
        if asked.rebuild:
            return rebuild(found, asked.rate, server_only=asked.server_only)
        seen = publish_and_watch(found, found.env.waiting[:count], asked.rate)
        shown = shown_after_takedown(found, found.env.waiting[: min(TAKEN_DOWN, count)])
    late = False
    for engine in ENGINES:
        seconds = list(seen.after[engine].values())
        if seconds:
            late |= p95(seconds) > TARGET
            figures = f"p50 {median(seconds):.2f} s, p95 {p95(seconds):.2f} s (target {TARGET:g} s)"
            _print(f"{engine}: {len(seconds)} of {count} items searchable, {figures}")
    _print(f"taken down: {shown} still shown by the next search")
    return 1 if shown or not seen.complete or (asked.must_meet and late) else 0


@contextmanager
def live(asked: argparse.Namespace, count: int) -> Iterator[Live]:
    """Node, database, items that wait for approval, an index in use, and a worker; all of it gone afterwards."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="gongkai-bench-node-"))
        node = Node(Path(folder), free_port(), heap=asked.heap)
        stack.callback(node.stop)
        node.start()
        made = environment(
            units=asked.units, items=asked.items, prepare=count, jobs=asked.jobs, report=_say, data=asked.data
        )
        env = stack.enter_context(made)
        search = make_search(env.services.settings.model_copy(update={"elasticsearch_url": node.url}))
        assert isinstance(search, SearchWithElastic)
        stack.callback(search.engine.close)
        redis = fakeredis.FakeRedis(server=fakeredis.FakeServer())
        began = time.monotonic()
        database = replace(
            env.services.database,
            clock=lambda: NOW + timedelta(seconds=time.monotonic() - began),
            on_commit=(announce(redis),),
        )
        services = replace(env.services, search=search, database=database)
        bind(services, MODULES)
        client = stack.enter_context(Elasticsearch(node.url, request_timeout=60))
        found = Live(env, services, search, client)
        _rebuild(found, prepare=lambda: None)
        worker, thread = start_thread(redis)
        try:
            yield found
        finally:
            worker.request_thread_stop()
            thread.join()


def publish_and_watch(found: Live, waiting: Sequence[Prepared], rate: float) -> Seen:
    """Approve the items, `rate` a second, and see how soon each engine finds them."""
    seen, done = Seen(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(_watch, found, seen, done)
        try:
            began = time.perf_counter()
            for one in _paced(waiting, rate):
                _publish(found, one)
                seen.committed[one.item_id] = time.perf_counter()
            _say(f"published {len(waiting) / (time.perf_counter() - began):.1f} items a second")
        finally:
            done.set()
        watching.result()
    return seen


def shown_after_takedown(found: Live, published: Sequence[Prepared]) -> int:
    """How many of these items the citizens' search still shows right after they were taken down."""
    shown, seconds = 0, []
    for one in published:
        number = _number(found, one)
        if not _finds(found, one, number):
            raise RuntimeError(f"{number} is not found by its index number")
        _take_down(found, one)
        began = time.perf_counter()
        shown += _finds(found, one, number)
        seconds.append(time.perf_counter() - began)
    _say(f"searches right after a takedown: p50 {median(seconds) * 1000:.0f} ms")
    return shown


def rebuild(found: Live, rate: float, *, server_only: bool) -> int:
    """Rebuild documents and index while items are published and taken down; returns the exit code."""
    prepare: Callable[[], None] = (lambda: None) if server_only else (lambda: _rewrite_documents(found.services))
    done = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(_write_until, found, done, rate)
        began = time.perf_counter()
        try:
            _rebuild(found, prepare=prepare)
        finally:
            done.set()
        seconds = time.perf_counter() - began
        published, removed = writing.result()
    state = _settled(found)
    beside = state.beside or SearchState(0, faults=("no search server",))
    _print(
        f"rebuilt {beside.documents:,} documents in {seconds:.0f} s while {published} items were published "
        f"and {removed} taken down"
    )
    for name, one in (("PostgreSQL", state), ("Elasticsearch", beside)):
        wrong = f"{len(one.missing)} missing, {len(one.stale)} stale, {len(one.extra)} extra"
        _print(f"{name}: {one.documents:,} documents, {wrong}{''.join(f'; {fault}' for fault in one.faults)}")
    return 0 if state.is_sound else 1


def _watch(found: Live, seen: Seen, done: threading.Event) -> None:
    """Look until everything is found, at most PATIENCE seconds after the last publication."""
    last = None
    while last is None or (not seen.complete and time.perf_counter() < last + PATIENCE):
        for engine, look in zip(ENGINES, (_on_server, _in_database), strict=True):
            if missing := seen.missing(engine):
                there = look(found, missing)
                now = time.perf_counter()
                seen.after[engine].update({item_id: now - seen.committed[item_id] for item_id in there})
        if last is None and done.is_set():
            last = time.perf_counter()
        time.sleep(LOOK_EVERY)


def _on_server(found: Live, item_ids: Sequence[int]) -> list[int]:
    query = {"ids": {"values": [str(item_id) for item_id in item_ids]}}
    alias = found.search.engine.alias
    answer = found.client.search(index=alias, query=query, size=len(item_ids), source=False)
    return [int(hit["_id"]) for hit in answer["hits"]["hits"]]


def _in_database(found: Live, item_ids: Sequence[int]) -> Sequence[int]:
    query = select(SearchDocument.item_id).where(SearchDocument.item_id.in_(item_ids))
    with found.services.database.unit_of_work() as uow:
        return uow.session.scalars(query).all()


def _paced(waiting: Sequence[Prepared], rate: float) -> Iterator[Prepared]:
    """The items, each when its turn has come; one that is late is not waited for again."""
    began = time.perf_counter()
    for number, one in enumerate(waiting):
        time.sleep(max(0.0, began + number / rate - time.perf_counter()))
        yield one


def _publish(found: Live, waiting: Prepared) -> None:
    actor = found.actor(waiting)
    with found.services.database.transaction(actor.scope()) as uow:
        decide(uow, actor=actor, item_id=waiting.item_id)


def _take_down(found: Live, published: Prepared) -> None:
    with found.services.database.transaction(found.actor(published).scope()) as uow:
        take_down(uow, tenant_id=published.tenant_id, item_id=published.item_id, reason="内容有误")


def _number(found: Live, published: Prepared) -> str:
    with found.services.database.unit_of_work() as uow:
        number = uow.session.scalar(select(Item.index_number).where(Item.id == published.item_id))
    assert number
    return number


def _finds(found: Live, published: Prepared, number: str) -> bool:
    with found.services.database.unit_of_work() as uow:
        result = find(found.services, uow, SearchQuery(number))
    return any(hit.item_id == published.item_id for hit in result.hits)


def _write_until(found: Live, done: threading.Event, rate: float) -> tuple[int, int]:
    """Publish and take down until `done`; returns how many of each."""
    published: list[Prepared] = []
    removed = 0
    for one in _paced(found.env.waiting, rate):
        if done.is_set():
            break
        _publish(found, one)
        published.append(one)
        if len(published) % ONE_IN == 0:
            _take_down(found, published[-2])
            removed += 1
    if not done.is_set():
        _say("all items are published before the rebuild ends: give more --seconds")
    return len(published), removed


def _rebuild(found: Live, *, prepare: Callable[[], None]) -> None:
    engine = found.search.engine
    with rebuilt(found.services, engine, prepare=prepare, batch=BATCH, queries=(), progress=lambda *_: None) as (
        _,
        put_into_use,
    ):
        put_into_use()


def _rewrite_documents(services: Services) -> None:
    search = services.search
    assert isinstance(search, SearchWithElastic)
    for _ in reindex_all(services, search.inside, batch=BATCH):
        pass


def _settled(found: Live) -> SearchState:
    """How the indexes compare with the database once the worker has nothing left to do."""
    deadline = time.monotonic() + PATIENCE
    with found.services.database.system_scope("benchmark") as uow:
        while uow.session.scalar(select(func.count()).select_from(OutboxEvent)) and time.monotonic() < deadline:
            uow.session.rollback()
            time.sleep(0.2)
    with found.services.database.system_scope("benchmark") as uow:
        return found.services.search.verify(uow)


def _print(words: str) -> None:
    print(words, flush=True)  # noqa: T201


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.fresh", description=__doc__)
    parser.add_argument("--units", type=int, default=200, help="units of the prefecture (200)")
    parser.add_argument("--items", type=int, default=10_000, help="items that are public already (10000)")
    parser.add_argument("--rate", type=float, default=20.0, help="publications a second (20)")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long items are published (60)")
    parser.add_argument("--rebuild", action="store_true", help="rebuild the index meanwhile and compare afterwards")
    parser.add_argument("--server-only", action="store_true", help="rebuild only the search server's index")
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER", help="keep the database there, and use it when it is there"
    )
    parser.add_argument("--jobs", type=int, default=2, help="processes that load the items (2)")
    parser.add_argument("--heap", default="1g", help="memory of the node's heap (1g)")
    parser.add_argument("--assert", action="store_true", dest="must_meet", help="exit with 1 when a target is missed")
    return parser


if __name__ == "__main__":
    _log_as_in_production()
    sys.exit(main(sys.argv[1:]))

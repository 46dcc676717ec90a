"""RQ in a thread over a job store inside the process: jobs run, the thread stops, an emptied store loses nothing."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence

import fakeredis
import pytest
from redis import Redis
from rq import Queue
from rq.registry import FailedJobRegistry
from sqlalchemy import func, select
from structlog.testing import capture_logs

from gongkai.core.models import OutboxEvent
from gongkai.core.module import Module
from gongkai.core.ports import Services
from gongkai.core.uow import Database, UnitOfWork
from gongkai.run.modules import MODULES
from gongkai.workers import queues
from gongkai.workers.queues import QUEUE, ThreadWorker, announce, bind, enqueue_periodic, start_thread
from gongkai.workers.schedule import Ticker, entries
from tests.conftest import START

done: list[int] = []
told = threading.Event()


def handle(_: Services, uow: UnitOfWork, ids: Sequence[int]) -> None:
    """The handler of the test's only module."""
    done.extend(ids)
    told.set()


def burst() -> None:
    """A job that fails."""
    raise ValueError("broken job")


@pytest.fixture
def redis() -> Redis:
    """A job store of the test's own."""
    return fakeredis.FakeRedis(server=fakeredis.FakeServer())


@pytest.fixture
def database(services: Services, redis: Redis) -> Iterator[Database]:
    """The database, whose commits ask `redis` for a drain; jobs know the test's module only."""
    done.clear()
    told.clear()
    bind(services, [Module(name="test", handlers={"thing.changed": handle})])
    yield Database(services.database.engine, services.database.clock, (announce(redis),))
    bind(services, MODULES)


@pytest.fixture
def thread(redis: Redis) -> Iterator[tuple[ThreadWorker, threading.Thread]]:
    """A running worker thread."""
    worker, running = start_thread(redis)
    yield worker, running
    worker.request_thread_stop()
    running.join(15)
    assert not running.is_alive()


def emit(database: Database, *ids: int) -> None:
    with database.transaction() as uow:
        for object_id in ids:
            uow.emit("thing.changed", object_id)


def left(database: Database) -> int:
    with database.unit_of_work() as uow:
        return uow.session.scalar(select(func.count()).select_from(OutboxEvent)) or 0


def wait_for(condition: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_a_commit_has_its_events_worked_off_by_the_thread(
    database: Database, thread: tuple[ThreadWorker, threading.Thread]
) -> None:
    emit(database, 1, 2)
    assert wait_for(lambda: left(database) == 0)
    assert sorted(done) == [1, 2]


def test_a_rolled_back_transaction_asks_for_nothing(database: Database, redis: Redis) -> None:
    with database.unit_of_work() as uow:
        uow.emit("thing.changed", 1)
        uow.session.flush()
    assert Queue(QUEUE, connection=redis).count == 0
    assert left(database) == 0


def test_the_thread_stops_within_seconds_while_it_waits_for_a_job(redis: Redis) -> None:
    worker, running = start_thread(redis)
    time.sleep(0.3)
    asked = time.monotonic()
    worker.request_thread_stop()
    running.join(8)
    assert not running.is_alive()
    assert time.monotonic() - asked < 4


def test_a_failing_job_does_not_end_the_thread(
    database: Database, redis: Redis, thread: tuple[ThreadWorker, threading.Thread]
) -> None:
    Queue(QUEUE, connection=redis).enqueue(burst, result_ttl=0, failure_ttl=60)
    assert wait_for(lambda: FailedJobRegistry(QUEUE, connection=redis).count == 1)
    emit(database, 1)
    assert told.wait(15)


def test_a_periodic_job_that_failed_is_enqueued_again(
    database: Database,
    redis: Redis,
    thread: tuple[ThreadWorker, threading.Thread],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A failed job must leave no trace under its fixed id, or its entry would never run again."""
    monkeypatch.setitem(queues._bound, "modules", None)
    enqueue = enqueue_periodic(redis)
    enqueue("outbox.sweep")
    assert wait_for(lambda: "exception raised" in caplog.text)
    assert wait_for(lambda: not redis.exists("rq:job:periodic-outbox-sweep"))
    monkeypatch.undo()
    emit_quietly(database, 1)
    enqueue("outbox.sweep")
    assert told.wait(15)


def emit_quietly(database: Database, *ids: int) -> None:
    """As if the process had been killed between commit and enqueue."""
    emit(Database(database.engine, database.clock), *ids)


def test_the_sweep_drains_what_an_emptied_job_store_forgot(
    database: Database, redis: Redis, thread: tuple[ThreadWorker, threading.Thread]
) -> None:
    schedule = entries(queues._bound["modules"])
    emit_quietly(database, 1, 2)
    redis.flushall()
    assert not told.wait(0.3), "nobody was asked"
    Ticker(schedule, enqueue_periodic(redis)).tick(START)
    assert wait_for(lambda: left(database) == 0)
    assert sorted(done) == [1, 2]


def test_a_store_emptied_under_a_running_job_does_not_end_the_thread(
    database: Database, redis: Redis, thread: tuple[ThreadWorker, threading.Thread], monkeypatch: pytest.MonkeyPatch
) -> None:
    def empty(_: Services, uow: UnitOfWork, ids: Sequence[int]) -> None:
        redis.flushall()
        handle(_, uow, ids)

    monkeypatch.setitem(queues._bound, "modules", (Module(name="test", handlers={"thing.changed": empty}),))
    emit(database, 1)
    assert wait_for(lambda: left(database) == 0)
    told.clear()
    emit(database, 2)
    assert wait_for(lambda: left(database) == 0)
    assert done == [1, 2]
    assert thread[1].is_alive()


def test_a_commit_stands_when_the_job_store_is_away(database: Database) -> None:
    server = fakeredis.FakeServer()
    server.connected = False
    away = Database(database.engine, database.clock, (announce(fakeredis.FakeRedis(server=server)),))
    with capture_logs() as logs:
        emit(away, 1)
    assert left(database) == 1
    assert [line["event"] for line in logs] == ["queue.unreachable"]


def test_the_thread_outlives_what_ends_the_loop_of_the_library(
    database: Database, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([OSError("no space left"), None])
    tidy = ThreadWorker.run_maintenance_tasks

    def break_once(worker: ThreadWorker) -> None:
        failure = next(failures, None)
        if failure is not None:
            raise failure
        tidy(worker)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(ThreadWorker, "run_maintenance_tasks", break_once)
    with capture_logs() as logs:
        worker, running = start_thread(redis)
        emit(database, 1)
        assert told.wait(15)
        worker.request_thread_stop()
        running.join(15)
    assert not running.is_alive()
    assert [line["event"] for line in logs] == ["worker.ended"]

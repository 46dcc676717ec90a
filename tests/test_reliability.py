"""Killed between commit and enqueue, in the middle of an import, or with the job store emptied: nothing is lost or
doubled. The processes that are killed are real ones (`tests.killed`)."""

import signal
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import fakeredis
import pytest
from flask import Flask
from rq import Queue, SimpleWorker
from sqlalchemy import func, select

from gongkai.catalog.models import IndexNumber
from gongkai.core.models import OutboxEvent
from gongkai.core.ports import Services
from gongkai.core.uow import Database
from gongkai.publishing.chain import decide
from gongkai.publishing.counts import differences
from gongkai.publishing.imports.batches import ImportRequest, request_import
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.ledger import verify_chain
from gongkai.publishing.models import Item, PeriodCount
from gongkai.publishing.publication import take_down
from gongkai.run.modules import MODULES
from gongkai.workers.queues import QUEUE, announce, enqueue_periodic
from gongkai.workers.schedule import Ticker, entries
from tests.conftest import START
from tests.factories.items import reviewed, work_off
from tests.factories.world import World, make_world
from tests.killed import bring, in_a_process
from tests.publishing.imports.lists import row, text_list

CHUNK = 50


@pytest.fixture
def world(services: Services) -> World:
    """The small prefecture with nothing left to do."""
    made = make_world(services)
    work_off(services)
    return made


def killed(world: World, **plan: Any) -> None:
    """Run a plan in a process that must die of SIGKILL."""
    assert in_a_process(world, **plan) == -signal.SIGKILL


def waiting(services: Services) -> list[str]:
    """Kinds of the events that nobody has worked off."""
    with services.database.unit_of_work() as uow:
        return list(uow.session.scalars(select(OutboxEvent.kind)))


def public_ids(services: Services) -> list[int]:
    with services.database.unit_of_work() as uow:
        return list(uow.session.scalars(select(Item.id).where(Item.is_public).order_by(Item.id)))


def assert_sound(world: World) -> None:
    """What must hold whenever nothing is under way: counts, chains, numbers, search."""
    services = world.services
    assert waiting(services) == []
    with services.database.system_scope("test") as uow:
        assert differences(uow) == []
        for unit, tenant_id in world.units.items():
            assert verify_chain(uow, tenant_id=tenant_id, files=services.files) is None, unit
        sequences: dict[tuple[int, int], list[int | None]] = defaultdict(list)
        numbers = select(IndexNumber.tenant_id, IndexNumber.year, IndexNumber.sequence).where(IndexNumber.generated)
        for tenant_id, year, sequence in uow.session.execute(numbers):
            sequences[tenant_id, year].append(sequence)
        for key, found in sequences.items():
            assert sorted(filter(None, found)) == list(range(1, len(found) + 1)), key
        state = services.search.verify(uow)
        assert state.is_sound, state
        assert state.documents == len(public_ids(services))


def titles_in(app: Flask, path: str) -> int:
    """How many entries a public list or feed has."""
    page = app.test_client().get(path)
    assert page.status_code == 200
    return page.get_data(as_text=True).count("<entry>")


def test_killed_after_the_commit_of_a_publication_nothing_is_lost(app: Flask, world: World) -> None:
    items = [reviewed(world, title=f"关于第{n}号事项的通知") for n in range(4)]
    killed(world, act="publish", items=items, after_commit=3)
    assert public_ids(world.services) == items[:3], "three were committed, the fourth never began"
    assert waiting(world.services) == ["item.changed"] * 3
    work_off(world.services)
    assert_sound(world)
    assert titles_in(app, "/units/hx-mzj/feed.atom") == 3
    assert titles_in(app, "/search.atom?q=事项") == 3


def test_killed_before_the_commit_of_a_publication_no_number_is_used(app: Flask, world: World) -> None:
    items = [reviewed(world, title=f"关于第{n}号事项的通知") for n in range(3)]
    killed(world, act="publish", items=items, before_commit=["item_version", 2])
    assert public_ids(world.services) == items[:1]
    work_off(world.services)
    assert_sound(world)
    assert in_a_process(world, act="publish", items=items[1:]) == 0
    work_off(world.services)
    assert_sound(world)
    assert public_ids(world.services) == items


def test_killed_while_draining_nothing_is_done_twice(app: Flask, world: World) -> None:
    items = [reviewed(world, title=f"关于第{n}号事项的通知") for n in range(3)]
    assert in_a_process(world, act="publish", items=items) == 0
    killed(world, act="drain", before_commit=["search_document", 1])
    assert waiting(world.services) == ["item.changed"] * 3
    work_off(world.services)
    assert_sound(world)
    assert titles_in(app, "/units/hx-mzj/feed.atom") == 3


@pytest.fixture
def migration_list(tmp_path: Path) -> Path:
    """A list of 130 rows, of two units: three transactions of the bigger one."""
    rows = [row(number) for number in range(1, 121)]
    rows += [row(number, unit="和溪县供水公司", column="tgxx") for number in range(201, 211)]
    file = tmp_path / "list.csv"
    file.write_bytes(text_list(rows))
    return file


@pytest.mark.parametrize("commit", [1, 3])
def test_an_import_killed_in_the_middle_is_completed_by_running_it_again(
    world: World, migration_list: Path, commit: int
) -> None:
    killed(world, act="bring", file=str(migration_list), chunk=CHUNK, before_commit=["item_version", commit])
    before = len(public_ids(world.services))
    assert before == (commit - 1) * CHUNK, "whole transactions only"
    bring(world.services, str(migration_list))
    work_off(world.services)
    with world.services.database.system_scope("test") as uow:
        keys = uow.session.scalars(select(Item.external_key).where(Item.is_public)).all()
        batches = uow.session.execute(
            select(ImportBatch.rows_created, ImportBatch.rows_unchanged).order_by(ImportBatch.id)
        ).all()
        total = uow.session.scalar(select(func.sum(PeriodCount.total)))
    assert len(keys) == len(set(keys)) == total == 130
    assert tuple(batches[-1]) == (130 - before, before)
    assert_sound(world)


def test_a_requested_import_killed_in_the_middle_continues_by_itself(world: World, migration_list: Path) -> None:
    """Asked for on the page, the import is an event: it comes again and its batch is finished."""
    services = world.services
    with migration_list.open("rb") as source:
        stored = services.files.put(source, limit_bytes=10**7)
    with services.database.transaction() as uow:
        request = ImportRequest("migration", "list.csv", stored.digest_sha256, False, date(2025, 12, 31), "李四")
        actor = world.actor(uow, "yl-supervisor")
        batch_id = request_import(uow, actor=actor, request=request, for_subtree=True).id
    killed(world, act="drain", chunk=CHUNK, before_commit=["item_version", 2])
    assert len(public_ids(services)) == CHUNK
    assert "import.requested" in waiting(services)
    work_off(services)
    with services.database.system_scope("test") as uow:
        batch = uow.session.get_one(ImportBatch, batch_id)
        assert (batch.state, batch.rows_created, batch.rows_unchanged) == ("done", 130, 0), "all are of this batch"
    assert len(public_ids(services)) == 130
    assert_sound(world)


def test_an_emptied_job_store_only_delays(app: Flask, world: World) -> None:
    """The store is emptied after each of three publications; the sweep finds all of them."""
    redis = fakeredis.FakeRedis(server=fakeredis.FakeServer())
    database = Database(world.services.database.engine, world.services.database.clock, (announce(redis),))
    for number in range(3):
        item_id = reviewed(world, title=f"关于第{number}号事项的通知")
        with database.transaction() as uow:
            decide(uow, actor=world.actor(uow, "hx-mzj-approver"), item_id=item_id)
        assert Queue(QUEUE, connection=redis).count == 1
        redis.flushall()
    assert waiting(world.services) == ["item.changed"] * 3
    Ticker(entries(MODULES)[:1], enqueue_periodic(redis)).tick(START)
    SimpleWorker([QUEUE], connection=redis).work(burst=True, logging_level="WARNING")
    assert_sound(world)
    assert titles_in(app, "/units/hx-mzj/feed.atom") == 3


def test_many_at_once_in_several_units_leave_counts_chains_and_numbers_whole(world: World) -> None:
    units = ("hx-mzj", "hx-qsz", "qs-mzj", "yl-czj")
    work: SimpleQueue[tuple[str, int, bool]] = SimpleQueue()
    for n in range(15):
        for unit in units:
            column = "gsgg" if n % 2 else "jgzn"
            work.put((unit, reviewed(world, unit, column, title=f"{unit}第{n}号"), n % 3 == 0))
    together = threading.Barrier(20, timeout=30)

    def publish() -> None:
        together.wait()
        with suppress(Empty):
            while True:
                unit, item_id, withdraw = work.get_nowait()
                with world.services.database.transaction() as uow:
                    decide(uow, actor=world.actor(uow, f"{unit}-approver"), item_id=item_id)
                if withdraw:
                    with world.services.database.transaction() as uow:
                        world.actor(uow, f"{unit}-approver")
                        take_down(uow, tenant_id=world.units[unit], item_id=item_id, reason="内容有误")
                work_off(world.services)

    with ThreadPoolExecutor(20) as threads:
        for publishing in [threads.submit(publish) for _ in range(20)]:
            publishing.result(60)
    work_off(world.services)
    assert_sound(world)
    assert len(public_ids(world.services)) == 60 - 20
    with world.services.database.system_scope("test") as uow:
        assert uow.session.scalar(select(func.count()).select_from(IndexNumber)) == 60
        kept = uow.session.scalars(select(func.sum(PeriodCount.total)).group_by(PeriodCount.tenant_id)).all()
    assert sorted(kept) == [10, 10, 10, 10]

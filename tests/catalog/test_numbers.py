"""Index numbers under load: 50 publications of one unit at once, no gap, no number twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select, update

from gongkai.catalog.models import IndexCounter, IndexNumber
from gongkai.catalog.numbers import take_over_number
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.db import make_engine
from gongkai.core.errors import Refused
from gongkai.core.ports import Services
from gongkai.core.uow import Database
from gongkai.publishing.chain import decide, submit
from gongkai.publishing.drafts import create_draft
from gongkai.publishing.ledger import verify_chain
from gongkai.publishing.models import Item
from gongkai.tenancy.models import Tenant
from tests.conftest import AdjustableClock
from tests.factories.items import item_form
from tests.factories.world import World

UNIT = "yl-czj"
CODE = "113708280043326001"
ALL_AT_ONCE = 50


@pytest.fixture
def wide(services: Services) -> Iterator[Database]:
    """A database with a connection for each of the publishers."""
    engine = make_engine(services.settings.database_url, pool_size=ALL_AT_ONCE // 2)
    yield Database(engine, services.database.clock)
    engine.dispose()


def waiting(world: World, count: int) -> list[int]:
    """Items that wait for the approver."""
    with world.services.database.transaction() as uow:
        writer = world.actor(uow, f"{UNIT}-contributor")
        ids = []
        for number in range(count):
            title = f"{shanghai_date(uow.now)}第{number + 1}号公告"
            form = item_form(world, uow, UNIT, "gsgg", title=title, formed_date=shanghai_date(uow.now))
            ids.append(create_draft(uow, actor=writer, form=form).id)
            submit(uow, actor=writer, item_id=ids[-1])
        reviewer = world.actor(uow, f"{UNIT}-confidentiality_reviewer")
        for item_id in ids:
            decide(uow, actor=reviewer, item_id=item_id)
    return ids


def publish_at_once(world: World, database: Database, ids: list[int]) -> None:
    """Approve every item in a connection and thread of its own, all starting together."""
    together = Barrier(len(ids))

    def work(item_id: int) -> None:
        with database.transaction() as uow:
            approver = world.actor(uow, f"{UNIT}-approver")
            together.wait(timeout=30)
            decide(uow, actor=approver, item_id=item_id)

    with ThreadPoolExecutor(len(ids)) as pool:
        for done in [pool.submit(work, item_id) for item_id in ids]:
            done.result(timeout=60)


def numbers(world: World) -> list[str]:
    with world.services.database.unit_of_work() as uow:
        query = select(Item.index_number).where(Item.is_public).order_by(Item.index_number_seq)
        return [number or "" for number in uow.session.scalars(query)]


def test_fifty_publications_at_once_leave_no_gap_and_an_unbroken_chain(world: World, wide: Database) -> None:
    publish_at_once(world, wide, waiting(world, ALL_AT_ONCE))
    assert numbers(world) == [f"{CODE}/2026-{number:05d}" for number in range(1, ALL_AT_ONCE + 1)]
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, f"{UNIT}-approver")
        assert verify_chain(uow, tenant_id=world.units[UNIT]) is None
        found = uow.session.scalars(select(IndexNumber.number).order_by(IndexNumber.sequence)).all()
        assert (found, uow.session.scalar(select(IndexCounter.last_sequence))) == (numbers(world), ALL_AT_ONCE)


def test_a_publication_that_fails_leaves_no_gap(world: World, wide: Database) -> None:
    first, second = waiting(world, 2)
    with wide.unit_of_work() as uow:
        decide(uow, actor=world.actor(uow, f"{UNIT}-approver"), item_id=first)
        uow.session.rollback()
    publish_at_once(world, wide, [second])
    assert numbers(world) == [f"{CODE}/2026-00001"]


@pytest.mark.parametrize(
    ("pattern", "first"),
    [
        ("USCC_YEAR_SEQ", f"{CODE}/2026-00001"),
        ("USCC_YEARMONTH_SEQ", f"{CODE}/202603-00001"),
        ("ORG_YEAR_SEQ", "004332600/2026-00001"),
        ("ORG_YEARMONTH_SEQ", "004332600/202603-00001"),
        ("ORG-YEAR-SEQ", "004332600-2026-00001"),
        ("AREA_YEAR_SEQ", "539901/2026-00001"),
    ],
)
def test_each_pattern_writes_its_numbers_in_sequence(world: World, wide: Database, pattern: str, first: str) -> None:
    with world.services.database.system_scope("test pattern") as uow:
        uow.session.execute(update(Tenant).where(Tenant.code == UNIT).values(index_pattern=pattern))
    publish_at_once(world, wide, waiting(world, 4))
    assert numbers(world) == [first[:-1] + str(number) for number in range(1, 5)]


def test_the_sequence_begins_anew_each_year_and_not_each_month(
    world: World, wide: Database, clock: AdjustableClock
) -> None:
    with world.services.database.system_scope("test pattern") as uow:
        uow.session.execute(update(Tenant).where(Tenant.code == UNIT).values(index_pattern="USCC_YEARMONTH_SEQ"))
    for days in (0, 30, 280):
        clock.advance(days=days)
        publish_at_once(world, wide, waiting(world, 1))
    assert sorted(numbers(world)) == [f"{CODE}/202603-00001", f"{CODE}/202604-00002", f"{CODE}/202701-00001"]


@pytest.mark.parametrize(
    ("original", "following"),
    [
        (f"{CODE}/2026-00120", f"{CODE}/2026-00121"),
        (f"{CODE}/2025-00120", f"{CODE}/2026-00001"),
        ("Qz11120-2501-2026-00120", f"{CODE}/2026-00001"),
    ],
)
def test_a_migrated_number_of_the_units_own_pattern_raises_the_counter(
    world: World, wide: Database, original: str, following: str
) -> None:
    (item_id,) = waiting(world, 1)
    with world.services.database.transaction() as uow:
        world.actor(uow, f"{UNIT}-approver")
        tenant = uow.session.get_one(Tenant, world.units[UNIT])
        take_over_number(uow, tenant=tenant, item_id=item_id, number=original, year=2026)
    publish_at_once(world, wide, [item_id])
    assert numbers(world) == [following]


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ({"uscc": None}, "尚未登记编制索引号所需的代码"),
        ({"uscc": "11330727775738086F"}, "已被使用"),
    ],
)
def test_without_a_code_of_its_own_a_unit_is_told_what_to_do(world: World, codes: dict[str, Any], words: str) -> None:
    first, second = waiting(world, 2)
    with world.services.database.system_scope("test codes") as uow:
        uow.session.execute(update(Tenant).where(Tenant.code == UNIT).values(**codes))
        taken = {"number": "11330727775738086F/2026-00001", "generated": True, "year": 2026, "given_at": uow.now}
        uow.session.add(IndexNumber(tenant_id=world.units["yl"], item_id=first, **taken))
    with world.services.database.unit_of_work() as uow:
        approver = world.actor(uow, f"{UNIT}-approver")
        with pytest.raises(Refused, match=words):
            decide(uow, actor=approver, item_id=second)

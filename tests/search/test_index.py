"""The index follows the database: nothing hidden stays in it, nothing old comes back, its counts are right."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, select, text

from gongkai.core.errors import Refused
from gongkai.core.ports import SearchQuery, Services
from gongkai.publishing.chain import decide, submit
from gongkai.publishing.drafts import save_draft, start_revision
from gongkai.publishing.publication import take_down
from gongkai.search import store
from gongkai.search.commands import group
from gongkai.search.document import build_documents
from gongkai.search.models import SearchGram
from tests.factories.items import draft, item_form, published, reviewed, submitted, work_off
from tests.factories.world import World


def found(services: Services, typed: str) -> list[int]:
    """Ids that a citizen finds."""
    with services.database.unit_of_work() as uow:
        return [hit.item_id for hit in services.search.search(uow, SearchQuery(typed)).hits]


def revised(world: World, item_id: int, title: str) -> None:
    """The next version of a published item, through the chain, not yet indexed."""
    with world.services.database.transaction() as uow:
        writer = world.actor(uow, "hx-mzj-contributor")
        revision = start_revision(uow, actor=writer, item_id=item_id, change_kind="content", reason="更正标题")
        save_draft(uow, actor=writer, item_id=revision.id, form=item_form(world, uow, "hx-mzj", "gsgg", title=title))
        submit(uow, actor=writer, item_id=revision.id)
        decide(uow, actor=world.actor(uow, "hx-mzj-confidentiality_reviewer"), item_id=revision.id)
        decide(uow, actor=world.actor(uow, "hx-mzj-approver"), item_id=revision.id)


def assert_sound(services: Services) -> None:
    """Documents and counts of terms agree with the database."""
    with services.database.system_scope("test") as uow:
        assert services.search.verify(uow).is_sound


@pytest.mark.usefixtures("backend")
def test_only_what_is_published_is_found(world: World) -> None:
    ids = [draft(world), submitted(world, "qs-mzj"), reviewed(world, "hx-qsz")]
    with world.services.database.system_scope("test") as uow:
        world.services.search.index(uow, ids)
    assert found(world.services, "春季防火") == []
    assert_sound(world.services)


@pytest.mark.usefixtures("backend")
def test_what_is_taken_down_vanishes(world: World) -> None:
    item_id = published(world)
    assert found(world.services, "春季防火") == [item_id]
    with world.services.database.transaction() as uow:
        approver = world.actor(uow, "hx-mzj-approver")
        take_down(uow, tenant_id=approver.tenant_id, item_id=item_id, reason="含有个人信息")
    work_off(world.services)
    assert found(world.services, "春季防火") == []
    with world.services.database.unit_of_work() as uow:
        assert uow.session.scalars(select(SearchGram)).all() == []


@pytest.mark.usefixtures("backend")
def test_a_new_version_replaces_the_old_one_and_is_not_replaced_by_it(world: World) -> None:
    item_id = published(world)
    with world.services.database.system_scope("test") as uow:
        first = build_documents(uow, item_ids=[item_id])
    revised(world, item_id, "关于做好森林草原防灭火工作的通知")
    work_off(world.services)
    assert found(world.services, "森林草原") == [item_id]
    with world.services.database.system_scope("test") as uow:
        store.lock(uow)
        store.write(uow, item_ids=[item_id], documents=first)
    assert found(world.services, "森林草原") == [item_id]
    assert_sound(world.services)


def test_concurrent_indexers_leave_right_counts(world: World) -> None:
    ids = [
        published(world, unit, title=f"关于{word}工作的通知")
        for unit in ("hx-mzj", "qs-mzj")
        for word in ("防汛", "养老")
    ]
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(text("DELETE FROM search_gram"))
        uow.session.execute(text("DELETE FROM search_document"))
    gate = threading.Barrier(4)

    def run(order: list[int]) -> None:
        gate.wait()
        for item_id in order * 3:
            with world.services.database.system_scope("test") as uow:
                world.services.search.index(uow, [item_id, ids[0]])

    orders = [ids, ids[::-1], ids[1:] + ids[:1], ids[2:] + ids[:2]]
    with ThreadPoolExecutor(4) as pool:
        for running in [pool.submit(run, order) for order in orders]:
            running.result(timeout=60)
    assert_sound(world.services)
    with world.services.database.unit_of_work() as uow:
        counts = {row.gram: row.documents for row in uow.session.execute(select(SearchGram.gram, SearchGram.documents))}
    assert (counts[""], counts["通知"], counts["^防汛"]) == (4, 4, 2)


def test_an_item_taken_down_while_an_indexer_waits_is_not_written_back(world: World) -> None:
    item_id = published(world)
    with world.services.database.transaction() as uow:
        approver = world.actor(uow, "hx-mzj-approver")
        take_down(uow, tenant_id=approver.tenant_id, item_id=item_id, reason="含有个人信息")
    done = threading.Event()

    def late() -> None:
        with world.services.database.system_scope("test") as uow:
            world.services.search.index(uow, [item_id])
        done.set()

    with world.services.database.system_scope("test") as uow:
        store.lock(uow)
        thread = threading.Thread(target=late)
        thread.start()
        assert not done.wait(0.3), "a second indexer has to wait"
    thread.join()
    assert found(world.services, "春季防火") == []


def command(services: Services, *arguments: str) -> tuple[str, BaseException | None]:
    """Run `gongkai search …`; its output and what it raised."""
    result = CliRunner().invoke(group, arguments, obj=services)
    return result.output, result.exception


def test_verify_tells_what_is_missing_stale_and_extra_and_reindex_mends_it(world: World, owner_engine: Engine) -> None:
    missing, stale, extra = published(world), published(world, "qs-mzj"), published(world, "hx-qsz")
    damages: list[Callable[[], str]] = [
        lambda: f"DELETE FROM search_document WHERE item_id = {missing}",
        lambda: f"UPDATE search_document SET version_id = version_id - 1 WHERE item_id = {stale}",
        lambda: f"UPDATE search_document SET item_id = 999999 WHERE item_id = {extra}",
    ]
    assert command(world.services, "verify")[1] is None
    with owner_engine.begin() as connection:
        for damage in damages:
            connection.execute(text(damage()))
    output, refusal = command(world.services, "verify", "--json")
    assert isinstance(refusal, Refused)
    state = json.loads(output[: output.rindex("}") + 1])
    assert (state["missing"], state["stale"], state["extra"]) == ([missing, extra], [stale], [999999])
    assert state["faults"]
    output, refusal = command(world.services, "reindex", "--batch", "2")
    assert refusal is None
    assert "已处理2条，共3条。" in output
    assert_sound(world.services)
    assert set(found(world.services, "春季防火")) == {missing, stale, extra}

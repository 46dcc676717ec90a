"""An older change never overwrites a newer one; one bad document holds up no other."""

from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from gongkai.core.models import OutboxEvent
from gongkai.core.ports import SearchQuery
from gongkai.publishing.publication import take_down
from gongkai.search.elastic import writing
from gongkai.search.elastic.backend import WRITTEN
from gongkai.search.elastic.indexes import door, written
from gongkai.search.elastic.writing import actions, send
from tests.factories.items import published, work_off
from tests.factories.world import World
from tests.search.test_index import revised

pytestmark = pytest.mark.usefixtures("backend")


def titles(world: World, typed: str) -> list[str]:
    """What a citizen finds, on the server."""
    with world.services.database.unit_of_work() as uow:
        result = world.services.search.search(uow, SearchQuery(typed))
    assert not result.degraded
    return [hit.title for hit in result.hits]


def read_now(world: World, item_id: int) -> Any:
    """What a writer would send now, held back."""
    with world.services.database.unit_of_work() as uow:
        return list(map(door, written(uow))), actions(uow, [item_id])


def deliver(world: World, held: Any) -> None:
    """The writer goes on at last."""
    search: Any = world.services.search
    send(search.engine, *held)


def assert_sound(world: World) -> None:
    with world.services.database.system_scope("test") as uow:
        assert world.services.search.verify(uow).is_sound


def test_a_late_writer_does_not_bring_back_an_old_version(world: World) -> None:
    item_id = published(world)
    late = read_now(world, item_id)
    revised(world, item_id, "关于做好森林草原防灭火工作的通知")
    work_off(world.services)
    deliver(world, late)
    assert titles(world, "森林草原") == ["关于做好森林草原防灭火工作的通知"]
    assert_sound(world)


def test_a_late_writer_does_not_bring_back_what_was_taken_down(world: World) -> None:
    item_id = published(world)
    late = read_now(world, item_id)
    with world.services.database.transaction() as uow:
        approver = world.actor(uow, "hx-mzj-approver")
        take_down(uow, tenant_id=approver.tenant_id, item_id=item_id, reason="含有个人信息")
    work_off(world.services)
    deliver(world, late)
    assert_sound(world)


def test_a_late_deletion_does_not_delete_what_was_published_again(world: World) -> None:
    item_id = published(world)
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(text("DELETE FROM search_document"))
        held = list(map(door, written(uow))), actions(uow, [item_id])
        uow.session.rollback()
    with world.services.database.system_scope("test") as uow:
        world.services.search.index(uow, [item_id])
    work_off(world.services)
    deliver(world, held)
    assert titles(world, "春季防火") == ["关于做好春季防火工作的通知"]


def test_a_document_that_the_server_refuses_holds_up_no_other(world: World, owner_engine: Engine) -> None:
    good, bad = published(world), published(world, "qs-mzj")
    with owner_engine.begin() as connection:
        connection.execute(text(f"UPDATE search_document SET column_code = repeat('x', 40000) WHERE item_id = {bad}"))
        connection.execute(text(f"UPDATE search_document SET title_folded = '修改后的防火通知' WHERE item_id = {good}"))
    with world.services.database.transaction() as uow:
        for item_id in (good, bad):
            uow.emit(WRITTEN, item_id)
    work_off(world.services)
    with world.services.database.unit_of_work() as uow:
        [left] = uow.session.execute(select(OutboxEvent.object_id, OutboxEvent.attempts, OutboxEvent.last_error)).all()
    assert (left.object_id, left.attempts) == (bad, 1)
    assert "failed to parse field [column_code]" in left.last_error
    search: Any = world.services.search
    held = search.engine.client.get(index=search.engine.alias, id=str(good))["_source"]
    assert held["title"] == "修改后的防火通知"


def test_many_documents_go_in_requests_of_a_bounded_size(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MOST_BYTES", 100)
    ids = [published(world, title=f"第{number}号防汛通知") for number in range(3)]
    with world.services.database.unit_of_work() as uow:
        made = actions(uow, ids)
        requests = list(writing._requests(made))
    assert [request.count(b'{"index"') for request in requests] == [1, 1, 1]
    assert len(titles(world, "防汛")) == 3

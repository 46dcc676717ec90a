"""A rebuild beside live writes loses nothing; interrupted it leaves nothing; what differs is found and mended."""

import json
import threading
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from click.testing import CliRunner, Result
from elastic_transport import ApiResponseMeta
from elasticsearch import ApiError
from sqlalchemy import Engine as DatabaseEngine
from sqlalchemy import select, text

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.errors import OutOfReach, Refused
from gongkai.core.ports import Services
from gongkai.publishing.publication import take_down
from gongkai.search.asked.models import SearchQueryCount
from gongkai.search.commands import group
from gongkai.search.elastic import rebuild
from gongkai.search.elastic.engine import Busy, Engine
from gongkai.search.elastic.indexes import building, create, in_use, tidy, written
from gongkai.search.elastic.rebuild import rebuilt
from gongkai.search.elastic.writing import Action, send
from gongkai.search.models import SearchIndex
from tests.factories.items import published, work_off
from tests.factories.world import World
from tests.search.elastic.test_writing import assert_sound, titles
from tests.search.test_index import revised

pytestmark = pytest.mark.usefixtures("backend")


def engine_of(services: Services) -> Engine:
    search: Any = services.search
    return search.engine  # type: ignore[no-any-return]


def indexes(services: Services) -> tuple[list[str], list[str]]:
    """Names of our indexes on the server, and of those that are written."""
    engine = engine_of(services)
    there = engine.client.indices.get(index=f"{engine.alias}-*", features="aliases").body
    with services.database.unit_of_work() as uow:
        return sorted(there), sorted(uow.session.scalars(select(SearchIndex.name)))


def command(services: Services, *arguments: str, typed: str = "") -> Result:
    """Run `gongkai search …`."""
    return CliRunner().invoke(group, arguments, obj=services, input=typed)


def test_what_happens_during_a_rebuild_is_in_the_new_index(world: World) -> None:
    kept, changed, gone = (published(world, title=f"第{number}号防汛通知") for number in (1, 2, 3))
    before = list(in_use(engine_of(world.services)))

    def meanwhile(done: int, _: int) -> None:
        if done == 1:
            revised(world, changed, "防汛通知的修改稿")
            published(world, "qs-mzj", title="新的防汛通知")
            with world.services.database.transaction() as uow:
                approver = world.actor(uow, "hx-mzj-approver")
                take_down(uow, tenant_id=approver.tenant_id, item_id=gone, reason="含有个人信息")
            work_off(world.services)
            assert len(titles(world, "防汛")) == 3

    with rebuilt(
        world.services, engine_of(world.services), prepare=lambda: None, batch=1, queries=(), progress=meanwhile
    ) as (built, put_into_use):
        put_into_use()
    assert in_use(engine_of(world.services)) == [built.name] != before
    assert sorted(titles(world, "防汛")) == ["新的防汛通知", "第1号防汛通知", "防汛通知的修改稿"]
    assert indexes(world.services) == ([built.name], [built.name])
    assert_sound(world)
    assert kept


def test_an_interrupted_rebuild_leaves_nothing_behind(world: World) -> None:
    published(world)
    before = indexes(world.services)

    def stop(done: int, _: int) -> None:
        raise KeyboardInterrupt

    with (
        pytest.raises(KeyboardInterrupt),
        rebuilt(world.services, engine_of(world.services), prepare=lambda: None, batch=1, queries=(), progress=stop),
    ):
        pass
    assert indexes(world.services) == before
    assert_sound(world)


@pytest.mark.parametrize(("refusals", "is_used"), [(2, True), (3, False)])
def test_a_rebuild_waits_for_a_cluster_that_is_busy(
    world: World, monkeypatch: pytest.MonkeyPatch, refusals: int, is_used: bool
) -> None:
    published(world, title="防汛通知")
    before, attempts = indexes(world.services), []
    real = send

    def busy(engine: Engine, targets: Sequence[str], made: Sequence[Action]) -> None:
        attempts.append(targets)
        if len(attempts) <= refusals:
            with engine.answering():
                raise ApiError("too much", meta=cast("ApiResponseMeta", SimpleNamespace(status=429)), body=None)
        real(engine, targets, made)

    monkeypatch.setattr(rebuild, "send", busy)
    monkeypatch.setattr(rebuild, "WAITS", (0, 0))
    with (
        nullcontext() if is_used else pytest.raises(Busy),
        rebuilt(
            world.services, engine_of(world.services), prepare=lambda: None, batch=10, queries=(),
            progress=lambda *_: None,
        ) as (_, put_into_use),
    ):  # fmt: skip
        put_into_use()
    assert len(attempts) == 3
    assert (indexes(world.services) != before) is is_used
    assert titles(world, "防汛") == ["防汛通知"]
    assert_sound(world)


def test_a_new_index_that_cannot_be_removed_at_once_hides_no_reason(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OutOfReach("nobody answers")

    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    published(world)
    before = indexes(world.services)[0]
    monkeypatch.setattr(rebuild, "remove", away)
    with (
        pytest.raises(KeyboardInterrupt),
        rebuilt(world.services, engine_of(world.services), prepare=lambda: None, batch=1, queries=(), progress=stop),
    ):
        pass
    assert indexes(world.services)[0] != before
    tidy(world.services, engine_of(world.services))
    assert indexes(world.services)[0] == before


def test_what_a_killed_rebuild_left_is_removed_later(world: World) -> None:
    before = indexes(world.services)
    with building(world.services, engine_of(world.services)):
        left = create(world.services, engine_of(world.services))
        tidy(world.services, engine_of(world.services))
        assert left in indexes(world.services)[0], "a rebuild at work is left alone"
        with (
            pytest.raises(Refused, match="另一个检索索引重建正在进行"),
            building(world.services, engine_of(world.services)),
        ):
            pass
    tidy(world.services, engine_of(world.services))
    assert indexes(world.services) == before


def test_a_new_index_waits_for_the_writers_that_do_not_know_it(world: World) -> None:
    made = threading.Event()

    def build() -> None:
        create(world.services, engine_of(world.services))
        made.set()

    with world.services.database.unit_of_work() as writer:
        assert len(written(writer)) == 1
        thread = threading.Thread(target=build)
        thread.start()
        assert not made.wait(1.5)
    thread.join()
    with world.services.database.unit_of_work() as writer:
        assert len(written(writer)) == 2
    tidy(world.services, engine_of(world.services))


def test_the_command_compares_before_it_changes_over(world: World, tmp_path: Path) -> None:
    first, second = (published(world, title=f"第{number}号防汛通知") for number in (1, 2))
    engine = engine_of(world.services)
    queries = tmp_path / "queries.txt"
    queries.write_text("防汛通知\n没有这样的词\n", encoding="utf8")
    same = command(world.services, "reindex", "--queries", str(queries))
    assert (same.exit_code, "新索引已写入2条，共2条。" in same.output) == (0, True)
    assert "比较了2条检索词，结果没有变化。" in same.output
    engine.client.delete(index=engine.alias, id=str(first), version=2**40, version_type="external", refresh=True)
    before = indexes(world.services)
    refused = command(world.services, "reindex", "--queries", str(queries), typed="n\n")
    assert f"“防汛通知”：新出现{first}" in refused.output
    assert isinstance(refused.exception, Refused)
    assert indexes(world.services) == before
    assert command(world.services, "reindex", "--queries", str(queries), "--yes").exit_code == 0
    assert indexes(world.services) != before
    assert_sound(world)
    assert second


def test_verify_finds_and_mends_what_differs_on_the_server(world: World, superuser: DatabaseEngine) -> None:
    missing, stale = published(world), published(world, "qs-mzj")
    engine = engine_of(world.services)
    engine.client.delete(index=engine.alias, id=str(missing), version=2**40, version_type="external")
    source = engine.client.get(index=engine.alias, id=str(stale), realtime=True)["_source"]
    for item_id, changes in ((stale, {"revision": 1}), (999_999, {"item_id": 999_999})):
        engine.client.index(index=engine.alias, id=str(item_id), document={**source, **changes}, refresh=True)
    told = command(world.services, "verify", "--json")
    assert told.exit_code == 1
    state = json.loads(told.output[: told.output.rindex("}") + 1])
    assert state["missing"] == state["stale"] == state["extra"] == []
    beside = state["beside"]
    assert (beside["missing"], beside["stale"], beside["extra"]) == ([missing], [stale], [999_999])
    mended = command(world.services, "verify", "--repair")
    assert mended.exit_code == 1, "a version beyond ours is not overwritten: it says so"
    assert "缺少1条" in mended.output
    with superuser.begin() as connection:
        connection.execute(text(f"SELECT setval('search_revision', {2**40})"))
    assert command(world.services, "verify", "--repair").exit_code == 0
    assert_sound(world)


def test_a_new_index_is_compared_on_what_is_searched_for_most(world: World) -> None:
    published(world, title="关于防汛的通知")
    with world.services.database.system_scope("test") as uow:
        day = shanghai_date(uow.now)
        for query, searches in (("防汛值班", 5), ("只有一人问过的", 1)):
            uow.session.add(SearchQueryCount(day=day, query=query, searches=searches, without_results=0))
    said = command(world.services, "reindex").output
    assert "比较了2条检索词，结果没有变化。" in said, "the frequent one and the title of the newest item"

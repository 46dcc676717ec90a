"""Indexes for judging the search: one at a time, and none that stays."""

from typing import Any

import pytest

from gongkai.core.errors import Refused
from gongkai.core.ports import Services
from gongkai.search.elastic.definition import definition
from gongkai.search.elastic.scratch import scratch
from gongkai.search.module import tidy_server
from tests.factories.items import published
from tests.factories.world import World

pytestmark = pytest.mark.usefixtures("backend")


def scratches(services: Services) -> list[str]:
    """Names of those that are on the server."""
    search: Any = services.search
    found = search.engine.client.indices.get(index=f"{search.engine.alias}-scratch-*", features="aliases")
    return list(found.body)


def test_only_one_evaluation_at_a_time_uses_the_server(world: World) -> None:
    published(world)
    search: Any = world.services.search
    database = world.services.database
    with database.unit_of_work() as first, scratch(search.engine, first):
        there = scratches(world.services)
        assert len(there) == 1
        with database.unit_of_work() as second, pytest.raises(Refused, match="另一项检索评测正在使用检索服务器"):
            scratch(search.engine, second).__enter__()
        tidy_server(world.services)
        assert scratches(world.services) == there, "the one at work is left alone"
    assert scratches(world.services) == []


def test_what_a_killed_evaluation_left_is_removed_later(world: World) -> None:
    search: Any = world.services.search
    left = f"{search.engine.alias}-scratch-left"
    for tidied in (True, False):
        search.engine.client.indices.create(index=left, **definition())
        if tidied:
            tidy_server(world.services)
        else:
            with world.services.database.unit_of_work() as uow, scratch(search.engine, uow):
                assert left not in scratches(world.services)
        assert scratches(world.services) == []

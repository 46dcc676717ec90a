"""A site elsewhere on this machine, and a prefecture that may collect from it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.factories.world import World
from tests.publishing.collection.elsewhere import Site


@pytest.fixture
def site() -> Iterator[Site]:
    """A web server that gives what the test puts into it."""
    with Site() as running:
        yield running


@pytest.fixture
def near(world: World) -> World:
    """The world whose jobs may collect inside the internal network."""
    settings = world.services.settings.model_copy(update={"collection_private_addresses": True})
    world.services = replace(world.services, settings=settings)
    return world

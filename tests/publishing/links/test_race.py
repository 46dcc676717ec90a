"""A document and its interpretation approved at the same moment: neither is left behind."""

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest

from gongkai.publishing.chain import decide
from tests.factories.world import World
from tests.publishing.links.partners import UNIT, item_of, pair, send


def approve(world: World, item_id: int) -> None:
    """One approver, in a transaction of their own."""
    with world.services.database.transaction() as uow:
        decide(uow, actor=world.actor(uow, f"{UNIT}-approver"), item_id=item_id)


@pytest.mark.parametrize("document_first", [True, False])
def test_who_approves_the_second_one_sees_the_first(world: World, document_first: bool) -> None:
    both = pair(world)
    send(world, *both)
    first, second = both if document_first else both[::-1]
    with ThreadPoolExecutor(1) as pool:
        with world.services.database.transaction() as uow:
            decide(uow, actor=world.actor(uow, f"{UNIT}-approver"), item_id=first)
            other = pool.submit(approve, world, second)
            sleep(0.5)
            assert not other.done(), "the second approval did not wait for the first one"
        other.result(timeout=60)
    document, interpretation = (item_of(world, item_id) for item_id in both)
    assert (document.state, interpretation.state) == ("published", "published")
    assert document.published_at == interpretation.published_at is not None

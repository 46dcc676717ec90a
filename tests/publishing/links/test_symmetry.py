"""Whatever is published and taken down in whatever order, the public finds each link from both ends or from none."""

from itertools import count

from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongkai.core.errors import Conflict
from gongkai.publishing.chain import decide
from gongkai.publishing.chain import take_down as take_off
from gongkai.publishing.states import ItemState
from tests.factories.items import work_off
from tests.factories.world import World
from tests.portal.pages import Seen
from tests.publishing.links.partners import UNIT, document, interpretation, item_of, join, send

DEEDS = st.lists(st.tuples(st.sampled_from(["approve", "take_down"]), st.integers(0, 3)), min_size=1, max_size=8)
LINKS = st.sets(st.tuples(st.integers(0, 1), st.integers(2, 3)), max_size=4)


NUMBERS = count(1)


def _document(world: World, number: int) -> int:
    """A document that differs from all others."""
    text = f"<p>第{number}号。</p>"
    return document(world, title=f"办法{number}", document_number=f"和民规〔2026〕{number}号", body_html=text)


def deed(world: World, kind: str, item_id: int) -> None:
    """Approve or take down, where the item's state allows it."""
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, f"{UNIT}-approver")
        try:
            if kind == "approve":
                decide(uow, actor=actor, item_id=item_id)
            else:
                take_off(uow, actor=actor, item_id=item_id, reason="有误")
        except Conflict:
            uow.session.rollback()
    work_off(world.services)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(deeds=DEEDS, links=LINKS)
def test_links_are_found_from_both_ends_or_from_none(
    world: World, client: FlaskClient, deeds: list[tuple[str, int]], links: set[tuple[int, int]]
) -> None:
    example = next(NUMBERS)
    items = [_document(world, 2 * example), _document(world, 2 * example + 1)]
    items += [interpretation(world, title=f"解读{example}之{n}") for n in (1, 2)]
    joined = {(items[one], items[other]) for one, other in links}
    for one, other in joined:
        join(world, one, other)
    for item_id in items[:2]:
        if item_id not in {one for one, _ in joined}:
            join(world, item_id, items[2])
            joined.add((item_id, items[2]))
    send(world, *items)
    for kind, number in deeds:
        deed(world, kind, items[number])
        states = {item_id: item_of(world, item_id) for item_id in items}
        public = {item_id for item_id, item in states.items() if item.state == ItemState.PUBLISHED}
        pages = {item_id: Seen(client, f"/items/{item_id}") for item_id in items}
        assert {item_id for item_id, page in pages.items() if page.status == 200} == public
        for one, other in joined:
            both = one in public and other in public
            assert (f"/items/{other}" in pages[one].links) is both
            assert (f"/items/{one}" in pages[other].links) is both
            if states[other].published_at is not None:
                assert states[one].published_at is not None, "an interpretation came before its document"

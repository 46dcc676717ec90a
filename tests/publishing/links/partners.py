"""Documents and interpretations on their way, and what the database holds of them."""

from datetime import date
from typing import Any

from sqlalchemy import select

from gongkai.publishing.chain import decide, submit, take_down
from gongkai.publishing.links.services import link
from gongkai.publishing.models import Item
from tests.factories.items import draft, work_off
from tests.factories.world import World

UNIT = "hx-mzj"
DOCUMENT: dict[str, Any] = {
    "column": "gfxwj",
    "title": "和溪县临时救助实施办法",
    "document_number": "和民规〔2026〕1号",
    "formed_date": date(2026, 3, 20),
    "body_html": "<p>第一条　为规范临时救助，制定本办法。</p>",
}
INTERPRETATION: dict[str, Any] = {
    "column": "zcjd",
    "title": "《和溪县临时救助实施办法》解读",
    "document_number": "",
    "genre_class": "解读",
    "body_html": "<p>现就办法的出台背景解读如下。</p>",
}


def document(world: World, **changes: Any) -> int:
    """A draft of a normative document."""
    return draft(world, **DOCUMENT | changes)


def interpretation(world: World, **changes: Any) -> int:
    """A draft in the column 政策解读."""
    return draft(world, **INTERPRETATION | changes)


def pair(world: World) -> tuple[int, int]:
    """A document and its interpretation, both drafts, linked."""
    both = document(world), interpretation(world)
    join(world, *both)
    return both


def join(world: World, first: int, second: int) -> None:
    """Link two items."""
    with world.services.database.transaction() as uow:
        link(uow, actor=world.actor(uow, f"{UNIT}-contributor"), item_id=first, other_id=second)


def send(world: World, *item_ids: int, unit: str = UNIT) -> None:
    """Submit drafts and let them pass the review."""
    for item_id in item_ids:
        with world.services.database.transaction() as uow:
            submit(uow, actor=world.actor(uow, f"{unit}-contributor"), item_id=item_id)
            decide(uow, actor=world.actor(uow, f"{unit}-confidentiality_reviewer"), item_id=item_id)


def approve(world: World, item_id: int, unit: str = UNIT) -> None:
    """The last step, and the jobs after it."""
    with world.services.database.transaction() as uow:
        decide(uow, actor=world.actor(uow, f"{unit}-approver"), item_id=item_id)
    work_off(world.services)


def remove(world: World, item_id: int, unit: str = UNIT) -> None:
    """Take an item down, and the jobs after it."""
    with world.services.database.transaction() as uow:
        take_down(uow, actor=world.actor(uow, f"{unit}-approver"), item_id=item_id, reason="内容有误")
    work_off(world.services)


def item_of(world: World, item_id: int) -> Item:
    """An item as the database holds it."""
    with world.services.database.system_scope("test") as uow:
        return uow.session.execute(select(Item).where(Item.id == item_id)).scalar_one()

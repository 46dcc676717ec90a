"""What the tests of this room do to information that is published."""

from typing import Any

from sqlalchemy import select

from gongkai.core.models import OutboxEvent
from gongkai.publishing.chain import decide, submit
from gongkai.publishing.drafts import override_warnings, save_draft, start_revision
from gongkai.publishing.models import Item
from gongkai.publishing.steps import StepKind
from tests.factories.items import item_form, reviewed, work_off
from tests.factories.world import World

UNIT = "hx-mzj"
DECIDERS = {StepKind.CONFIDENTIALITY: "confidentiality_reviewer", StepKind.FINAL: "approver"}


def change(
    world: World, item_id: int, kind: str, reason: str, *, column: str = "gsgg", unit: str = UNIT, **content: object
) -> int:
    """Put a changed version on a published item by the steps that its kind takes; returns the revision's id."""
    with world.services.database.transaction() as uow:
        writer = world.actor(uow, f"{unit}-contributor")
        revision = start_revision(uow, actor=writer, item_id=item_id, change_kind=kind, reason=reason)
        save_draft(uow, actor=writer, item_id=revision.id, form=item_form(world, uow, unit, column, **content))
        override_warnings(
            uow, actor=writer, item_id=revision.id, reasons=dict.fromkeys(("large_erratum", "display_ended"), "已核实")
        )
        submit(uow, actor=writer, item_id=revision.id)
        steps = [StepKind(step) for step in revision.chain_steps]
        for step in steps:
            decide(uow, actor=world.actor(uow, f"{unit}-{DECIDERS[step]}"), item_id=revision.id)
    work_off(world.services)
    return revision.id


def withheld(world: World, *, mode: str = "withheld", unit: str = UNIT, **content: object) -> int:
    """An item whose chain has ended with a decision not to publish it."""
    values: dict[str, Any] = {
        "disclosure_mode": mode,
        "withheld_reason": "属于内部事务信息，依据条例第十六条。",
    } | content
    item_id = reviewed(world, unit, **values)
    with world.services.database.transaction() as uow:
        decide(uow, actor=world.actor(uow, f"{unit}-approver"), item_id=item_id)
    work_off(world.services)
    return item_id


def stored(world: World, item_id: int) -> Item:
    """An item as it stands."""
    with world.services.database.system_scope("test") as uow:
        return uow.session.get_one(Item, item_id)


def events(world: World, kind: str) -> list[int]:
    """Objects of the waiting events of a kind."""
    with world.services.database.system_scope("test") as uow:
        query = select(OutboxEvent.object_id).where(OutboxEvent.kind == kind).order_by(OutboxEvent.id)
        return list(uow.session.scalars(query))

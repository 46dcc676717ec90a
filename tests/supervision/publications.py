"""Items of one unit on their way to the public and off it, whatever the checks warn of."""

from typing import Any

from sqlalchemy import select

from gongkai.core.uow import UnitOfWork
from gongkai.publishing.chain import decide, submit, take_down
from gongkai.publishing.drafts import override_warnings, save_draft, start_revision
from gongkai.publishing.models import Item
from gongkai.supervision.evaluation.engine import Evaluation
from gongkai.supervision.models import Finding
from gongkai.supervision.tasks import evaluate_changed, evaluate_today
from tests.factories.items import draft, item_form, work_off
from tests.factories.world import World

UNIT = "hx-mzj"
WARNINGS = (
    "late", "number_used", "number_form", "duplicate", "large_erratum", "only_attachments", "attachment_unread",
    "attachment_waiting",
)  # fmt: skip


def _agreed(world: World, uow: UnitOfWork, item_id: int, reasons: tuple[str, ...]) -> None:
    writer = world.actor(uow, f"{UNIT}-contributor")
    item = uow.session.get_one(Item, item_id)
    override_warnings(uow, actor=writer, item_id=item.id, reasons=dict.fromkeys((*WARNINGS, *reasons), "已核实"))
    submit(uow, actor=writer, item_id=item.id)
    people = {"confidentiality_review": "confidentiality_reviewer", "final_approval": "approver"}
    for step in item.chain_steps:
        decide(uow, actor=world.actor(uow, f"{UNIT}-{people[step]}"), item_id=item.id)


def publish_draft(world: World, item_id: int, *reasons: str) -> None:
    """Take a draft through the chain; `reasons` are findings of the checks that are explained as well."""
    with world.services.database.transaction() as uow:
        _agreed(world, uow, item_id, reasons)
    work_off(world.services)


def publish(world: World, *reasons: str, **content: Any) -> int:
    """A published item."""
    item_id = draft(world, UNIT, **content)
    publish_draft(world, item_id, *reasons)
    return item_id


def change(world: World, item_id: int, kind: str = "content", **content: Any) -> int:
    """Put a changed version on a published item; returns the revision's id."""
    with world.services.database.transaction() as uow:
        writer = world.actor(uow, f"{UNIT}-contributor")
        revision = start_revision(uow, actor=writer, item_id=item_id, change_kind=kind, reason="更新")
        save_draft(uow, actor=writer, item_id=revision.id, form=item_form(world, uow, UNIT, "gsgg", **content))
        _agreed(world, uow, revision.id, ())
        revision_id = revision.id
    work_off(world.services)
    return revision_id


def remove(world: World, item_id: int) -> None:
    """Take a published item down."""
    with world.services.database.transaction() as uow:
        take_down(uow, actor=world.actor(uow, f"{UNIT}-approver"), item_id=item_id, reason="内容有误")
    work_off(world.services)


def evaluated(world: World, *, whole: bool = True) -> dict[str, Evaluation]:
    """Evaluate everything, or what changed; family over items → what was done."""
    with world.services.database.system_scope("test") as uow:
        done = evaluate_today(uow) if whole else evaluate_changed(uow)
    return {name: one for name, one in done.items() if name in ("documents", "safety")}


def moved(done: dict[str, Evaluation]) -> int:
    """How many findings an evaluation opened, changed or closed."""
    return sum(one.opened + one.changed + one.closed for one in done.values())


def standing(world: World, item_id: int) -> dict[str, Finding]:
    """Rule → the finding about an item that is not closed."""
    with world.services.database.system_scope("test") as uow:
        query = select(Finding).where(
            Finding.object_type == "item", Finding.object_id == item_id, Finding.closed_at.is_(None)
        )
        return {found.rule_code: found for found in uow.session.scalars(query)}

"""A bureau with a chain of four steps, and signed sheets brought to it."""

import re
from datetime import date
from typing import Any

from sqlalchemy import select, update

from gongkai.accounts.actors import Actor
from gongkai.accounts.models import Membership
from gongkai.accounts.permissions import Role
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item, ItemStep
from gongkai.publishing.signing.digest import content_digest, sheet_code, submission_round
from gongkai.publishing.signing.models import PaperSignature
from gongkai.publishing.signing.registration import Scan, register
from gongkai.publishing.signing.schemas import PaperForm
from gongkai.publishing.steps import StepKind, set_template
from tests.factories.world import World, add_person
from tests.publishing.pages import Person, file
from tests.publishing.test_attachments_pages import PDF

FOUR = (StepKind.SECTION, StepKind.LEGALITY, StepKind.CONFIDENTIALITY, StepKind.FINAL)
CLERK, REVIEWER, APPROVER = "hx-mzj-contributor", "hx-mzj-confidentiality_reviewer", "hx-mzj-approver"
SECOND, HEAD, LAWYER = "hx-mzj-second", "hx-mzj-head", "hx-mzj-lawyer"
TODAY = date(2026, 3, 23)


def staffed(world: World, steps: tuple[StepKind, ...] = FOUR) -> None:
    """Give the bureau a chain, who takes its steps, and a second clerk."""
    with world.services.database.system_scope("test") as uow:
        posts = ((SECOND, Role.CONTRIBUTOR), (HEAD, Role.SECTION_HEAD), (LAWYER, Role.LEGAL_REVIEWER))
        for login, role in posts:
            add_person(uow, world, login, "hx-mzj", role)
        set_template(uow, tenant_id=world.units["hx-mzj"], steps=steps, column_id=None, by=1)


def item_of(uow: UnitOfWork, item_id: int) -> Item:
    """An item of the unit whose scope is entered."""
    return uow.session.execute(select(Item).where(Item.id == item_id)).scalar_one()


def code_of(uow: UnitOfWork, item_id: int) -> str:
    """The code that a sheet of the item bears now."""
    item = item_of(uow, item_id)
    return sheet_code(content_digest(uow, item=item), submission_round(uow, item=item))


def printed_code(person: Person, item_id: int) -> str:
    """The code on the sheet that a person prints."""
    found = re.search(r"[0-9A-F]{8}-\d+", person.get(f"/work/items/{item_id}/approval-sheet"))
    assert found is not None
    return found[0]


def bring(
    world: World, uow: UnitOfWork, item_id: int, signatory: str, *, by: str = CLERK, **changes: Any
) -> PaperSignature:
    """Register a signed sheet as a person of the unit would."""
    return bring_as(world, uow, world.actor(uow, by), item_id, signatory, **changes)


def bring_as(
    world: World, uow: UnitOfWork, actor: Actor, item_id: int, signatory: str, **changes: Any
) -> PaperSignature:
    """As `bring`, by a person who is at work already."""
    values = {
        "signatory_id": world.people[signatory], "signed_date": TODAY, "decision": "agree", "opinion": "",
        "code": code_of(uow, item_id), **changes,
    }  # fmt: skip
    return register(
        uow, actor=actor, item_id=item_id, form=PaperForm(**values), scan=Scan("呈批单.pdf", file(PDF, "")[0]),
        files=world.services.files, limit_bytes=10**6,
    )  # fmt: skip


def sheet_form(world: World, code: str, signatory: str, **changes: Any) -> dict[str, Any]:
    """The form of a registration as the page sends it."""
    return {
        "signatory_id": str(world.people[signatory]), "signed_date": "2026-03-23", "decision": "agree",
        "opinion": "", "code": code, "scan": file(PDF, "呈批单.pdf"), **changes,
    }  # fmt: skip


def steps_of(world: World, item_id: int, login: str = CLERK) -> list[tuple[str, str, int | None, int | None]]:
    """(action, step, actor, signatory) of an item, oldest first."""
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, login)
        query = select(ItemStep).where(ItemStep.item_id == item_id).order_by(ItemStep.id)
        return [(step.action, step.step, step.actor_id, step.signatory_id) for step in uow.session.scalars(query)]


def alone(world: World) -> None:
    """Leave the bureau with one account that writes or reviews."""
    with world.services.database.system_scope("test") as uow:
        leave = update(Membership).where(Membership.user_id == world.people[REVIEWER])
        uow.session.execute(leave.values(active=False))

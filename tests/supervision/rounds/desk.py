"""The March city with people in the units that its circular names, and what is stored of a round."""

import re
from collections.abc import Sequence

from sqlalchemy import select

from gongkai.accounts.permissions import Role
from gongkai.core.calendar.periods import Period
from gongkai.supervision.findings import evaluate_period
from gongkai.supervision.models import Finding, Notice
from gongkai.supervision.rounds.models import CircularReceipt, VerificationLine, VerificationSheet
from tests.factories.world import World, add_person
from tests.supervision.slips.desk import Desk

NAMED = {"gongdian", "cl", "zjj", "bogang", "shiba"}
EVIDENCE = "https://www.example.gov.cn/items/1"


def with_people(world: World) -> World:
    """One contributor for each unit that is named."""
    with world.services.database.system_scope("test people") as uow:
        for unit in sorted(NAMED):
            add_person(uow, world, f"{unit}-writer", unit, Role.CONTRIBUTOR)
    return world


def evaluated(world: World) -> None:
    """The findings of March, in the ledger."""
    with world.services.database.system_scope("test") as uow:
        evaluate_period(uow, office_id=world.units["hx"], period=Period.parse("2023-03"))


def started(office: Desk, circular_id: int, days: int = 2) -> None:
    """Send the sheets."""
    office.send(f"/office/circulars/{circular_id}/verification/start", working_days=str(days))


def sheets(world: World) -> dict[str, VerificationSheet]:
    """The latest sheet of each unit by code."""
    codes = {unit_id: code for code, unit_id in world.units.items()}
    with world.services.database.system_scope("test") as uow:
        rows = uow.session.scalars(select(VerificationSheet).order_by(VerificationSheet.id)).all()
        return {codes[row.tenant_id]: row for row in rows}


def lines(world: World, unit: str) -> Sequence[VerificationLine]:
    """The facts of a unit's latest sheet."""
    with world.services.database.system_scope("test") as uow:
        query = select(VerificationLine).where(VerificationLine.sheet_id == sheets(world)[unit].id)
        return uow.session.scalars(query.order_by(VerificationLine.id)).all()


def answers(world: World, unit: str, *, contested: Sequence[str] = (), **more: str) -> dict[str, str]:
    """A form that agrees to all facts of a unit but those of some classes."""
    found: dict[str, str] = {}
    for line in lines(world, unit):
        if line.problem_class in contested:
            found |= {
                f"answer-{line.id}": "contest", f"note-{line.id}": "已于3月30日发布", f"link-{line.id}": EVIDENCE,
            }  # fmt: skip
        else:
            found[f"answer-{line.id}"] = "agree"
    return found | more


def replied(unit: Desk, world: World, code: str, status: int = 302, *, contested: Sequence[str] = ()) -> str:
    """Answer a sheet."""
    place = f"/work/circulars/sheets/{sheets(world)[code].id}"
    return unit.send(place, status, **answers(world, code, contested=contested))


def receipts(world: World) -> dict[str, CircularReceipt]:
    """The latest receipt of each unit by code."""
    codes = {unit_id: code for code, unit_id in world.units.items()}
    with world.services.database.system_scope("test") as uow:
        rows = uow.session.scalars(select(CircularReceipt).order_by(CircularReceipt.id)).all()
        return {codes[row.tenant_id]: row for row in rows}


def finding_of(world: World, unit: str, rule: str) -> Finding:
    """A finding of a unit by its rule."""
    with world.services.database.system_scope("test") as uow:
        query = select(Finding).where(Finding.tenant_id == world.units[unit], Finding.rule_code == rule)
        return uow.session.scalars(query).one()


def subjects(world: World, unit: str, *kinds: str) -> list[str]:
    """Subjects of a unit's notices of some kinds, in the order of time."""
    with world.services.database.system_scope("test") as uow:
        query = select(Notice.subject).where(Notice.tenant_id == world.units[unit], Notice.kind.in_(kinds))
        return list(uow.session.scalars(query.order_by(Notice.id)))


def body(page: str) -> str:
    """A page's words."""
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", "", page))

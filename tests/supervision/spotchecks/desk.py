"""Spot checks brought to a stage through the pages."""

from typing import Any

from sqlalchemy import select

from gongkai.supervision.spotchecks.models import CheckRecord, SpotCheck
from tests.factories.world import World
from tests.supervision.slips.desk import Desk

DRAW = {"title": "三月抽查", "first": "2026-03-01", "last": "2026-03-23", "columns": "", "size": "4", "manner": "total"}
SOUND = {"result": "ok", "looked_at": "要素、附件、时限"}
WRONG = {
    "result": "problem", "looked_at": "要素、附件", "rule": "SR-O1", "class": "PB-META", "text": "没有成文日期",
    "due": "2026-03-31",
}  # fmt: skip


def drawn(office: Desk, world: World, *units: str, **changes: Any) -> int:
    """A draw from what these units published; returns its id."""
    ids = [str(world.units[unit]) for unit in units]
    return int(office.send("/office/checks/new", units=ids, **DRAW | changes).rsplit("/", 1)[1])


def check_of(world: World, check_id: int) -> SpotCheck:
    """The draw."""
    with world.services.database.system_scope("test") as uow:
        return uow.session.get_one(SpotCheck, check_id)


def records_of(world: World, check_id: int) -> list[CheckRecord]:
    """The records of a draw in its order."""
    with world.services.database.system_scope("test") as uow:
        query = select(CheckRecord).where(CheckRecord.check_id == check_id).order_by(CheckRecord.position)
        return list(uow.session.scalars(query))

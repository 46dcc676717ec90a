"""Tasks brought to a stage through the pages."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import select

from gongkai.core.calendar.instants import SHANGHAI, end_of_day
from gongkai.core.calendar.periods import Period
from gongkai.publishing.publication import take_down
from gongkai.supervision.assignments.models import Assignment, AssignmentShare
from gongkai.supervision.assignments.queries import facts_of, figures_of
from gongkai.supervision.assignments.standing import AssignmentFacts, TaskFigures
from tests.factories.items import work_off
from tests.factories.world import World
from tests.supervision.slips.desk import Desk

ORIGINAL = "https://www.gov.example.cn/zhengce/content_1.htm"
TITLE = "国务院办公厅关于做好防汛工作的通知"
REPOST = {
    "kind": "repost", "title": TITLE, "source": "省政府办公厅值班室", "source_url": ORIGINAL, "hours": "24",
    "received_at": "2026-03-23T09:00",
}  # fmt: skip
YEARLY = {
    "kind": "yearly",
    "title": "公开重点领域工作进展",
    "source": "2026年政务公开工作要点",
    "due_date": "2026-03-31",
}


def handed_out(office: Desk, world: World, task: dict[str, Any], *units: str, **changes: Any) -> int:
    """A task of an office, seen in the preview and confirmed; returns its id."""
    fields = {"units": [str(world.units[unit]) for unit in units], **task, **changes}
    place = office.send("/office/assignments/new", deed="hand_out", **fields)
    return int(place.rsplit("/", 1)[1])


def share(world: World, assignment_id: int, unit: str) -> AssignmentShare:
    """What a unit has of a task."""
    with world.services.database.system_scope("test") as uow:
        query = select(AssignmentShare).where(
            AssignmentShare.assignment_id == assignment_id, AssignmentShare.tenant_id == world.units[unit]
        )
        return uow.session.scalars(query).one()


def tasks(world: World) -> list[Assignment]:
    """All tasks by id."""
    with world.services.database.system_scope("test") as uow:
        return list(uow.session.scalars(select(Assignment).order_by(Assignment.id)))


def facts(world: World, month: str = "2026-03", office: str = "hx") -> AssignmentFacts:
    """The facts of an office's month; what the database counts agrees with them."""
    period, office_id = Period.parse(month), world.units[office]
    first, last = datetime.combine(period.first_day, time.min, SHANGHAI), end_of_day(period.last_day)
    with world.services.database.system_scope("test") as uow:
        found = facts_of(uow, office_id=office_id, period=period)
        counted = figures_of(uow, office_id=office_id, first=first, last=last)
    for kind, figures in counted.items():
        assert figures == TaskFigures.of(fact.stand for fact in found.shares if fact.kind == kind), kind
    return found


def removed(world: World, item_id: int, unit: str = "hx-mzj") -> None:
    """Take an item down."""
    with world.services.database.transaction() as uow:
        world.actor(uow, f"{unit}-approver")
        take_down(uow, tenant_id=world.units[unit], item_id=item_id, reason="内容有误")
    work_off(world.services)

"""Tasks from above that were not done by their day （`supervision.md` 7.2, PB-TASK）: SR-E2."""

from collections.abc import Iterator
from dataclasses import dataclass

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.assignments.queries import not_done_in_time
from gongkai.supervision.assignments.standing import ShareFact
from gongkai.supervision.evaluation.base import Asked, Family, Moment, Problem, Subject, Values

NOT_IN_TIME = "SR-E2"
CODES = (NOT_IN_TIME,)


@dataclass(frozen=True, slots=True)
class Assigned:
    """A unit's share of a task whose day passed before it was done."""

    subject: Subject
    share: ShareFact


def read(uow: UnitOfWork, asked: Asked) -> Iterator[Assigned]:
    """The shares of some units that were not done in time."""
    for share in not_done_in_time(uow, unit_ids=asked.unit_ids):
        yield Assigned(asked.subjects[share.unit_id], share)


def evaluate(facts: Assigned, _: Values, __: Moment) -> Iterator[Problem]:
    """One problem of the month in which the task fell due; done later it still was not done in time."""
    share = facts.share
    due = shanghai_date(share.due_at)
    done = f"{shanghai_date(share.completed_at).isoformat()}才完成" if share.completed_at else "至今未完成"
    evidence = {"title": share.title, "due": due.isoformat(), "done": done}
    period, where = str(Period.of(due)), f"/work/assignments/{share.share_id}"
    yield Problem(NOT_IN_TIME, facts.subject.id, evidence, "assignment", share.share_id, period, where)


FAMILY = Family(name="tasks", label="上级任务", codes=CODES, read=read, evaluate=evaluate)

"""Where a unit stands with a task: pure, from its day, the time at which it was done, and now."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Stand(StrEnum):
    """Where a share stands; a task that has become undone is pending or overdue again."""

    PENDING = "pending"
    OVERDUE = "overdue"
    ON_TIME = "on_time"
    LATE = "late"
    WITHDRAWN = "withdrawn"


STAND_LABELS = {
    Stand.PENDING: "待办结",
    Stand.OVERDUE: "逾期未办结",
    Stand.ON_TIME: "按时办结",
    Stand.LATE: "逾期办结",
    Stand.WITHDRAWN: "已撤回",
}


def stand_of(*, due_at: datetime, completed_at: datetime | None, withdrawn: bool, now: datetime) -> Stand:
    """The stand of a share; done at the due instant itself is in time."""
    if withdrawn:
        return Stand.WITHDRAWN
    if completed_at is not None:
        return Stand.ON_TIME if completed_at <= due_at else Stand.LATE
    return Stand.OVERDUE if now > due_at else Stand.PENDING


@dataclass(frozen=True, slots=True)
class ShareFact:
    """A unit's share of a task, as rules and circulars read it.

    Attributes:
        kind: `repost`, `yearly` or `special`.
        completed_at: when it was done: for an item of the unit's own that is public its publication, for a link
            elsewhere the time at which the unit reported it; None where it is not, or no longer, done.
        checked: whether the link is an item of the unit's own; False also where there is none.
    """

    share_id: int
    assignment_id: int
    unit_id: int
    unit: str
    kind: str
    title: str
    due_at: datetime
    completed_at: datetime | None
    checked: bool
    stand: Stand


@dataclass(frozen=True, slots=True)
class TaskFigures:
    """Shares counted; withdrawn ones are in none of the numbers. The last four add up to `handed_out`."""

    handed_out: int = 0
    on_time: int = 0
    late: int = 0
    overdue: int = 0
    pending: int = 0

    @property
    def done(self) -> int:
        """Done in time or late."""
        return self.on_time + self.late

    @classmethod
    def of(cls, stands: Iterable[Stand]) -> "TaskFigures":
        """The figures of some shares."""
        number = Counter(stand for stand in stands if stand is not Stand.WITHDRAWN)
        return cls(
            number.total(), number[Stand.ON_TIME], number[Stand.LATE], number[Stand.OVERDUE], number[Stand.PENDING]
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AssignmentFacts:
    """The shares of an office's tasks that fall due in a period, by unit in official order, withdrawn ones left out."""

    shares: tuple[ShareFact, ...]

    @property
    def reposts(self) -> TaskFigures:
        """Reposts （转载任务）, which are counted apart."""
        return TaskFigures.of(fact.stand for fact in self.shares if fact.kind == "repost")

    @property
    def tasks(self) -> TaskFigures:
        """Yearly points and special tasks."""
        return TaskFigures.of(fact.stand for fact in self.shares if fact.kind != "repost")

    @property
    def overdue(self) -> tuple[ShareFact, ...]:
        """What is not done although its time has passed, with its unit."""
        return tuple(fact for fact in self.shares if fact.stand is Stand.OVERDUE)

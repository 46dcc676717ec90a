"""By when an item must be public (条例 art. 26 and `regulation.md` section 5), and what a desk says about it."""

from dataclasses import dataclass
from datetime import date

from gongkai.core.calendar.instants import format_date
from gongkai.core.calendar.workdays import DueDate, WorkingDayCalendar

GENERAL_WORKING_DAYS = 20
SPECIAL_WORKING_DAYS = {"xzxk": 7, "xzcf": 7}
"""S05: permits and penalties （双公示）, by column template."""
SOON_WORKING_DAYS = 3
"""From so many working days before the limit on, a desk counts the item among what must be done today."""


@dataclass(frozen=True, slots=True)
class PublicationLimit:
    """The last day for publication, and why."""

    working_days: int
    basis: str
    due: DueDate


@dataclass(frozen=True, slots=True)
class Deadline:
    """A limit as seen on a day; `left` are the working days until `due`, negative when it has passed."""

    due: date
    left: int

    @property
    def pressing(self) -> bool:
        """Whether it has passed or is near."""
        return self.left <= SOON_WORKING_DAYS

    @property
    def state(self) -> str:
        """`overdue`, `due_soon` or `running`, as the badges name them."""
        if self.left < 0:
            return "overdue"
        return "due_soon" if self.pressing else "running"

    @property
    def words(self) -> str:
        """The state in words."""
        if self.left < 0:
            return f"已超过公开期限{-self.left}个工作日"
        if self.left == 0:
            return "今天是公开期限最后一天"
        return f"距公开期限还有{self.left}个工作日"

    @property
    def latest(self) -> str:
        """By when it must be public, as prose writes it."""
        return f"最迟{format_date(self.due)}（含当日）前公开"


def publication_limit(
    calendar: WorkingDayCalendar, *, formed_date: date, template_code: str | None
) -> PublicationLimit:
    """The limit of an item formed on `formed_date` in a column made from `template_code`; day 1 is the next WD (K3)."""
    days = SPECIAL_WORKING_DAYS.get(template_code or "", GENERAL_WORKING_DAYS)
    basis = "《政府信息公开条例》第二十六条" if days == GENERAL_WORKING_DAYS else "行政许可、行政处罚信息公示规定"
    return PublicationLimit(days, basis, calendar.add_working_days(formed_date, days))


def deadline(calendar: WorkingDayCalendar, *, due: date, today: date) -> Deadline:
    """How `due` stands on `today`. A limit that passed on a day off is overdue by at least one working day."""
    if today <= due:
        return Deadline(due, calendar.working_days_between(today, due))
    return Deadline(due, -max(1, calendar.working_days_between(due, today)))

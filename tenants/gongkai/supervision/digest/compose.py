"""A person's daily mail: pure, from the notices nobody has read, the agendas of the units, and what was told before."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from gongkai.core.calendar.instants import format_date
from gongkai.supervision.agenda.plan import Agenda, Group

NOTICE = "notice"
TOLD_GROUPS = (Group.OVERDUE, Group.TODAY, Group.WEEK, Group.PAUSE)
"""What is due later is seen on the page; the mail tells of it when its time comes."""
LINES = 30
"""So many matters of a unit stand in a mail; the others are counted, and stand on the page."""

ToldKey = tuple[int, str, int, date]
"""Unit, kind, id, day: what was told once is not told again."""


@dataclass(frozen=True, slots=True)
class News:
    """An unread notice: its unit, when it came, what it says, where it leads."""

    id: int
    tenant_id: int
    day: date
    subject: str
    body: str
    link: str

    @property
    def key(self) -> ToldKey:
        """What is remembered of it."""
        return self.tenant_id, NOTICE, self.id, self.day


@dataclass(frozen=True, slots=True)
class Digest:
    """A mail: `told` is what it says, to be remembered."""

    subject: str
    body: str
    told: frozenset[ToldKey]


def compose(
    *, news: Sequence[News], agendas: Sequence[tuple[int, str, Agenda]], told: Collection[ToldKey], today: date
) -> Digest | None:
    """The mail of the day; None when there is nothing new. `agendas`: unit, its name, its agenda.

    A matter to which a notice of the same mail leads is said by the notice.
    """
    fresh = [one for one in news if one.key not in told]
    said = {(one.tenant_id, one.link) for one in fresh if one.link}
    keys = {one.key for one in fresh}
    blocks = [one.body for one in fresh]
    number = len(fresh)
    for tenant_id, name, agenda in agendas:
        lines = []
        for group, label, matters in agenda.groups:
            if group not in TOLD_GROUPS:
                continue
            for matter in matters:
                key = (tenant_id, str(matter.kind), matter.id, matter.due)
                if key in told:
                    continue
                keys.add(key)
                if (tenant_id, matter.link) not in said:
                    lines.append(f"- {matter.title}（{label}，{format_date(matter.due)}）")
        if lines:
            number += len(lines)
            more = [f"- 另有{len(lines) - LINES}项，请登录平台查看"] if len(lines) > LINES else []
            blocks.append("\n".join([f"{name}近期事项：", *lines[:LINES], *more]))
    if not number:
        return None
    first = fresh[0].subject if fresh else "近期到期事项"
    subject = f"{first}等{number}项提醒" if number > 1 else first
    return Digest(f"{subject}（{today.month}月{today.day}日）", "\n\n".join(blocks), frozenset(keys))

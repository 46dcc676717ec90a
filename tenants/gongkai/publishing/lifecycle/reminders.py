"""What a desk shows of what comes round: terms that end, and what is to be assessed again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gongkai.accounts.actors import Actor
from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.lifecycle import queries
from gongkai.publishing.lifecycle.terms import soon_until

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Reminder:
    """A task that a day brings about.

    Attributes:
        badge, tone, icon: as `components/badges.html` takes them.
        deed: what the button says that leads to `endpoint` with `values`.
    """

    badge: str
    tone: str
    icon: str
    words: str
    deed: str
    endpoint: str
    values: Mapping[str, int]


def term_words(title: str, until: date, today: date) -> str:
    """What there is to say of a term that ends, or has ended."""
    day = format_date(until)
    ends = f"将于{day}届满" if today <= until else f"已于{day}届满"
    return f"《{title}》有效期{ends}，请评估后决定继续有效、修改或废止"


def reminders(uow: UnitOfWork, *, actor: Actor) -> Sequence[Reminder]:
    """The tasks of a person of the unit acted for, those that are late first."""
    today = shanghai_date(uow.now)
    found: list[Reminder] = []
    if actor.may(Permission.ITEMS_WRITE) and (due := queries.count_withheld(uow, tenant_id=actor.tenant_id, due=today)):
        words = f"不予公开信息动态调整：{due}条到期应评估"
        found.append(Reminder("应评估", "danger", "warning", words, "评估", "withheld.index", {}))
    if actor.may(Permission.ITEMS_WRITE) or actor.may(Permission.ITEMS_APPROVE):
        rows = queries.terms_ending(uow, tenant_id=actor.tenant_id, until=soon_until(today), limit=SHOWN)
        for row in rows:
            over = row.valid_until < today
            badge, tone, icon = ("已届满", "danger", "warning") if over else ("将届满", "warn", "clock")
            words = term_words(row.title, row.valid_until, today)
            found.append(Reminder(badge, tone, icon, words, "办理", "work_items.show", {"item_id": row.id}))
    return found

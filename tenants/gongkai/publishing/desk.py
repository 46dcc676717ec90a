"""My desk: what a person must do today, in the order of urgency, and how the unit's month stands."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from gongkai.accounts.actors import Actor
from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import SHANGHAI, format_datetime, shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.store import load_calendar
from gongkai.core.calendar.workdays import WorkingDayCalendar
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing import queries
from gongkai.publishing.batches.queries import waiting_batches
from gongkai.publishing.former import FormerBody
from gongkai.publishing.lifecycle.reminders import Reminder, reminders
from gongkai.publishing.limits import Deadline, deadline
from gongkai.publishing.links.matters import FollowUps, follow_ups
from gongkai.publishing.models import ENTRY_ROUTES, PeriodCount
from gongkai.publishing.queries import Queue
from gongkai.publishing.states import Action, ItemState
from gongkai.publishing.steps import REVIEWS, StepKind, kinds_of, review_name, state_words

_WERE_PUBLIC = frozenset({ItemState.PUBLISHED, ItemState.TAKEN_DOWN})
SHOWN = 8
"""How many items of one kind the desk lists; the rest is behind the link to the whole list."""


@dataclass(frozen=True, slots=True)
class Matter:
    """An item on a desk or in a queue.

    Attributes:
        mine: the person wrote some of it, and may not decide on it.
        overridden: how many warnings of the checks were overridden with a reason.
        step: the step of the chain where it waits; empty outside the chain.
        route: how a published one came to the platform, in words.
        note: who sent it back and why, for a returned one.
    """

    id: int
    title: str
    state: str
    column: str
    at: datetime
    deadline: Deadline | None
    mine: bool
    overridden: int
    is_revision: bool
    authors: str
    lock_version: int
    scheduled_at: datetime | None
    step: str = ""
    route: str = ""
    note: str = ""
    returned: bool = False

    @property
    def stamp(self) -> str:
        """`at` as a table writes it, Shanghai time."""
        return f"{self.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"

    @property
    def place(self) -> str:
        """Where it is: the step where it waits, or its state."""
        return state_words(self.state, self.step)

    @property
    def scheduled_words(self) -> str:
        """The set time of publication as prose writes it."""
        return format_datetime(self.scheduled_at) if self.scheduled_at else ""


@dataclass(frozen=True, slots=True)
class Month:
    """A unit's publications of a month."""

    period: Period
    total: int = 0
    counted: int = 0
    news: int = 0


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What waits for the person on another page of the navigation: its name, how much, and its address."""

    label: str
    count: int
    href: str


def elsewhere(
    navigation: Sequence[Mapping[str, Any]], shown: Collection[str], former: Sequence[FormerBody] = ()
) -> list[Elsewhere]:
    """The pages with a badge, in the order of the navigation, but those at `shown` addresses, which the desk lists.

    Behind them the former bodies of which something is to be done, which are listed further down.
    """
    links = [link for group in navigation for link in group["items"]]
    pages = [
        Elsewhere(link["label"], link["badge"], link["href"])
        for link in links
        if link["badge"] and link["href"] not in shown
    ]
    return [*pages, *(Elsewhere(f"{body.name}的信息", body.waiting, "#former") for body in former if body.waiting)]


@dataclass(frozen=True, slots=True)
class Desk:
    """What my desk shows: `shown` items of each list, the counts of all."""

    today: date
    returned: Sequence[Matter]
    reviews: Sequence[Matter]
    reviews_count: int
    approvals: Sequence[Matter]
    approvals_count: int
    approved: Sequence[Matter]
    batches: Sequence[AnyRow]
    drafts: Sequence[Matter]
    under_way: Sequence[Matter]
    scheduled: Sequence[Matter]
    month: Month
    last_month: Month
    review_name: str
    follow_ups: FollowUps
    reminders: Sequence[Reminder] = ()
    shown: int = SHOWN

    @property
    def pressing(self) -> Sequence[Matter]:
        """Drafts whose limit has passed or is near."""
        return [draft for draft in self.drafts if draft.deadline and draft.deadline.pressing]

    @property
    def resting(self) -> Sequence[Matter]:
        """Drafts that can wait."""
        pressing = {draft.id for draft in self.pressing}
        return [draft for draft in self.drafts if draft.id not in pressing]

    @property
    def todo_count(self) -> int:
        """How many matters wait for the person today."""
        mine = len(self.returned) + len(self.pressing) + len(self.reminders) + self.follow_ups.count
        return mine + self.reviews_count + self.approvals_count + len(self.approved) + len(self.batches)

    def headline(self, others: Sequence[Elsewhere] = ()) -> str:
        """The sentence that the person came for; `others` is what waits on other pages."""
        parts = [
            f"{count}条{words}"
            for count, words in (
                (len(self.returned), "被退回修改"),
                (self.reviews_count, f"待您{self.review_name}"),
                (self.approvals_count, "待您审批"),
                (len(self.approved), "已批准待发布"),
                (len(self.pressing), "草稿临近或超过公开期限"),
                (len(self.reminders), "到期评估提醒"),
                (len(self.follow_ups.interpretations), "文件解读待发布"),
                (len(self.follow_ups.waiting), "联合发文待转载"),
            )
            if count
        ]
        if self.batches:
            parts.append(f"{len(self.batches)}个批次待您整批办理")
        parts += [f"{other.label}{other.count}项" for other in others]
        if not parts:
            return "今天没有等您办理的事项。"
        return f"今天有{self.todo_count + sum(other.count for other in others)}件事要办：{'，'.join(parts)}。"

    @property
    def days_left(self) -> int:
        """Calendar days until the month ends, today not counted."""
        return (self.month.period.last_day - self.today).days


def make_desk(uow: UnitOfWork, *, actor: Actor) -> Desk:
    """The desk of a person in the unit acted for."""
    today = shanghai_date(uow.now)
    tenant_id, user_id = actor.tenant_id, actor.user_id
    writes, decides = actor.may(Permission.ITEMS_WRITE), actor.may(Permission.ITEMS_APPROVE)
    reviews, reviews_count = _queue(uow, actor, REVIEWS)
    approvals, approvals_count = _queue(uow, actor, (StepKind.FINAL,))
    approved = queries.approved(uow, tenant_id=tenant_id, limit=SHOWN) if decides else []
    month, last_month = standing(uow, tenant_id=tenant_id, today=today)
    returned = queries.returned(uow, tenant_id=tenant_id) if writes else []
    return Desk(
        today=today,
        returned=matters(uow, returned, actor=actor),
        reviews=reviews,
        reviews_count=reviews_count,
        approvals=approvals,
        approvals_count=approvals_count,
        approved=matters(uow, approved, actor=actor),
        batches=waiting_batches(uow, Queue.of(actor)) if kinds_of(actor.roles) else [],
        drafts=matters(uow, queries.own_drafts(uow, tenant_id=tenant_id, user_id=user_id), actor=actor),
        under_way=matters(uow, queries.under_way(uow, tenant_id=tenant_id, user_id=user_id), actor=actor),
        scheduled=matters(uow, queries.scheduled(uow, tenant_id=tenant_id), actor=actor),
        month=month,
        last_month=last_month,
        follow_ups=follow_ups(uow, tenant_id=tenant_id) if writes else FollowUps([], []),
        review_name=review_name(Queue.of(actor, REVIEWS).kinds),
        reminders=reminders(uow, actor=actor),
    )


def standing(uow: UnitOfWork, *, tenant_id: int, today: date) -> tuple[Month, Month]:
    """A unit's publications of this month and of the last."""
    this = Period.of(today)
    wanted = (this, this.previous())
    rows = _months(uow, tenant_id=tenant_id, periods=[str(period) for period in wanted])
    found = [
        Month(period, row.total, row.counted, row.news) if (row := rows.get(str(period))) else Month(period)
        for period in wanted
    ]
    return found[0], found[1]


def _months(uow: UnitOfWork, *, tenant_id: int, periods: Sequence[str]) -> Mapping[str, AnyRow]:
    """What a unit published in these months: period → row with total, counted, news. Months without are absent."""
    query = (
        select(
            PeriodCount.period,
            func.sum(PeriodCount.total).label("total"),
            func.sum(PeriodCount.counted).label("counted"),
            func.sum(PeriodCount.news).label("news"),
        )
        .where(PeriodCount.tenant_id == tenant_id, PeriodCount.period.in_(periods))
        .group_by(PeriodCount.period)
    )
    return {row.period: row for row in uow.session.execute(query)}


def matters(uow: UnitOfWork, rows: Sequence[AnyRow], *, actor: Actor) -> list[Matter]:
    """Rows of a list as a desk shows them, with limits and names."""
    if not rows:
        return []
    calendar, today = load_calendar(uow), shanghai_date(uow.now)
    names = queries.names_of(uow, (user for row in rows for user in row.author_ids))
    return [_matter(row, calendar, today, names, actor) for row in rows]


def _matter(row: AnyRow, calendar: WorkingDayCalendar, today: date, names: Mapping[int, str], actor: Actor) -> Matter:
    ended = row.state in _WERE_PUBLIC | {ItemState.WITHHELD, ItemState.ON_REQUEST}
    due = row.publish_due_date
    opinion = getattr(row, "opinion", "")
    return Matter(
        id=row.id,
        title=row.title,
        state=row.state,
        column=row.column_name,
        at=_when(row),
        deadline=None if due is None or ended else deadline(calendar, due=due, today=today),
        mine=actor.user_id in row.author_ids,
        overridden=len(row.check_overrides),
        is_revision=row.revises_id is not None,
        authors="、".join(names.get(user, "已离岗人员") for user in row.author_ids),
        lock_version=row.lock_version,
        scheduled_at=row.scheduled_at,
        step=row.step,
        route=ENTRY_ROUTES[row.entry_route] if row.state in _WERE_PUBLIC else "",
        note=f"{row.returned_by}退回：{opinion}" if opinion else "",
        returned=getattr(row, "last_action", "") == Action.RETURN,
    )


def _when(row: AnyRow) -> datetime:
    for name in ("returned_at", "at", "updated_at"):
        found = getattr(row, name, None)
        if isinstance(found, datetime):
            return found
    raise LookupError("a row without a time")


def _queue(uow: UnitOfWork, actor: Actor, kinds: Sequence[StepKind]) -> tuple[list[Matter], int]:
    """What waits at these steps for this person: the first of it, and how much it is."""
    queue = Queue.of(actor, kinds)
    if not queue.kinds:
        return [], 0
    found = [matter for matter in matters(uow, queries.waiting(uow, queue), actor=actor) if not matter.mine]
    return found[:SHOWN], queries.count_waiting(uow, queue)

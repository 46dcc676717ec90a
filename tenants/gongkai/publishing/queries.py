"""Lists of publishing, as Core selects of what they show. Every list is one unit's own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime, time
from typing import Any

from sqlalchemy import Select, all_, and_, any_, case, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased

from gongkai.accounts.actors import Actor
from gongkai.accounts.models import Deputy, Membership, User
from gongkai.accounts.permissions import Role
from gongkai.accounts.queries import holds_now
from gongkai.catalog.models import ContentColumn
from gongkai.core.calendar.instants import SHANGHAI, shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Attachment, Item, ItemStep, ItemVersion, PeriodCount, VersionText
from gongkai.publishing.states import Action, ItemState
from gongkai.publishing.steps import StepKind, kinds_of

PAGE = 50
QUEUE = 100
"""How many items a queue shows, and how many can be decided on at once."""
_ALONE = Item.review_batch_id.is_(None)
IN_PROGRESS = (ItemState.IN_REVIEW, ItemState.IN_APPROVAL, ItemState.APPROVED)
OPEN = (ItemState.DRAFT, *IN_PROGRESS, ItemState.SCHEDULED)
"""States of what somebody has in hand."""

_SHOWN: tuple[Any, ...] = (
    Item.id, Item.title, Item.state, Item.updated_at, Item.publish_due_date, Item.author_ids, Item.check_overrides,
    Item.revises_id, Item.change_kind, Item.lock_version, Item.scheduled_at, Item.disclosure_mode, Item.entry_route,
    Item.step,
    ContentColumn.name.label("column_name"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """What a list of items is narrowed to.

    Attributes:
        period: a year (`2026`) or a month (`2026-03`) of publication.
        sections: names of one section （科室）, today's and former ones; empty for all.
        counted: only what counts to the monthly task.
    """

    state: str = ""
    column_id: int | None = None
    text: str = ""
    period: str = ""
    sections: tuple[str, ...] = ()
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page: the next begins behind it."""

    at: datetime
    item_id: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.item_id}"

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """The cursor written by `str`, None for anything else."""
        at, mark, item_id = text.rpartition("~")
        try:
            found = datetime.fromisoformat(at)
            number = int(item_id)
        except ValueError:
            return None
        return cls(found, number) if mark and found.tzinfo and 0 < number < 2**63 else None


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for a person at these steps; a head of a section takes that section's items only.

    Attributes:
        sections: the sections whose head the person is; none, or the empty name among them, stands for all.
    """

    tenant_id: int
    user_id: int
    kinds: frozenset[StepKind]
    sections: frozenset[str] = frozenset()

    @classmethod
    def of(cls, actor: Actor, kinds: Iterable[StepKind] = tuple(StepKind)) -> "Queue":
        """The queue of a person at those of `kinds` whose post they hold."""
        return cls(actor.tenant_id, actor.user_id, kinds_of(actor.roles) & frozenset(kinds), actor.headed())

    def condition(self) -> Any:
        """Condition on `item`."""
        others = self.kinds - {StepKind.SECTION}
        if not self.sections or "" in self.sections or StepKind.SECTION not in self.kinds:
            return Item.step.in_(sorted(self.kinds))
        own = and_(Item.step == StepKind.SECTION, Item.responsible_unit.in_(sorted(self.sections)))
        return or_(Item.step.in_(sorted(others)), own) if others else own


def _items(tenant_id: int) -> Select[Any]:
    return select(*_SHOWN).join(ContentColumn, ContentColumn.id == Item.column_id).where(Item.tenant_id == tenant_id)


def in_hand_of(user_id: int) -> Any:
    """Condition on `item`: the person carries it on （承办人）."""
    return func.coalesce(Item.handler_id, Item.created_by) == user_id


def _of(user_id: int) -> Any:
    """Condition on `item`: the person carries it on, or wrote some of it."""
    return or_(in_hand_of(user_id), literal(user_id) == any_(Item.author_ids))


def _not_written_by(user_id: int) -> Any:
    return literal(user_id) != all_(Item.author_ids)


def _last_action() -> Any:
    """The action of an item's latest step; a draft whose latest step is a return was sent back."""
    return (
        select(ItemStep.action)
        .where(ItemStep.tenant_id == Item.tenant_id, ItemStep.item_id == Item.id)
        .order_by(ItemStep.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def published_within(period: str) -> tuple[datetime, datetime]:
    """Begin and end of a year (`2026`) or month (`2026-03`) of publication, which is in the order of the list."""
    year = min(max(int(period[:4]), MINYEAR), MAXYEAR - 1)
    month = int(period[5:7] or 0)
    first, last = Period(year, month or 1), Period(year, month or 12)
    return _midnight(first.first_day), _midnight(last.next().first_day)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)


def waiting(uow: UnitOfWork, queue: Queue, *, limit: int = QUEUE, after: Cursor | None = None) -> Sequence[AnyRow]:
    """Items of a queue, the longest waiting first, those that the person wrote among them. Rows as `_SHOWN`."""
    query = _items(queue.tenant_id).where(queue.condition(), _ALONE)
    if after is not None:
        query = query.where(tuple_(Item.updated_at, Item.id) > (after.at, after.item_id))
    return uow.session.execute(query.order_by(Item.updated_at, Item.id).limit(limit)).all()


def count_waiting(uow: UnitOfWork, queue: Queue) -> int:
    """How many items of a queue the person may decide on: those of which they wrote nothing."""
    query = select(func.count()).where(
        Item.tenant_id == queue.tenant_id, queue.condition(), _ALONE, _not_written_by(queue.user_id)
    )
    return uow.session.scalar(query) or 0


def next_waiting(uow: UnitOfWork, queue: Queue, *, behind: int) -> int | None:
    """Id of the longest waiting item that the person may decide on, other than `behind`."""
    return uow.session.scalar(
        select(Item.id)
        .where(Item.tenant_id == queue.tenant_id, queue.condition(), _ALONE)
        .where(Item.id != behind, _not_written_by(queue.user_id))
        .order_by(Item.updated_at, Item.id)
        .limit(1)
    )


def approved(uow: UnitOfWork, *, tenant_id: int, limit: int = QUEUE) -> Sequence[AnyRow]:
    """Approved items of a unit that nobody has published yet, the longest waiting first. Rows as `_SHOWN`."""
    query = _items(tenant_id).where(Item.state == ItemState.APPROVED).order_by(Item.updated_at, Item.id)
    return uow.session.execute(query.limit(limit)).all()


def count_approved(uow: UnitOfWork, *, tenant_id: int) -> int:
    """How many approved items of a unit nobody has published yet."""
    query = select(func.count()).where(Item.tenant_id == tenant_id, Item.state == ItemState.APPROVED)
    return uow.session.scalar(query) or 0


def returned(uow: UnitOfWork, *, tenant_id: int, limit: int = QUEUE) -> Sequence[AnyRow]:
    """Drafts that were sent back and not submitted again: rows as `_SHOWN`, with opinion, returned_by, returned_at."""
    latest = (
        select(ItemStep.action, ItemStep.opinion, ItemStep.actor_name, ItemStep.at)
        .where(ItemStep.tenant_id == Item.tenant_id, ItemStep.item_id == Item.id)
        .order_by(ItemStep.id.desc())
        .limit(1)
        .lateral()
    )
    query = (
        _items(tenant_id)
        .add_columns(latest.c.opinion, latest.c.actor_name.label("returned_by"), latest.c.at.label("returned_at"))
        .where(Item.state == ItemState.DRAFT, latest.c.action == Action.RETURN)
        .order_by(latest.c.at, Item.id)
        .limit(limit)
    )
    return uow.session.execute(query).all()


def count_returned(uow: UnitOfWork, *, tenant_id: int) -> int:
    """How many drafts of a unit were sent back and not submitted again."""
    query = select(func.count()).where(
        Item.tenant_id == tenant_id, Item.state == ItemState.DRAFT, _last_action() == Action.RETURN
    )
    return uow.session.scalar(query) or 0


def count_pressing(uow: UnitOfWork, *, tenant_id: int, user_id: int, until: date) -> int:
    """How many of a person's drafts have a limit of publication up to `until`, those sent back not among them."""
    query = select(func.count()).where(
        Item.tenant_id == tenant_id,
        Item.state == ItemState.DRAFT,
        Item.publish_due_date <= until,
        _of(user_id),
        func.coalesce(_last_action(), "") != Action.RETURN,
    )
    return uow.session.scalar(query) or 0


def own_drafts(uow: UnitOfWork, *, tenant_id: int, user_id: int, limit: int = 20) -> Sequence[AnyRow]:
    """A person's drafts that were not sent back, those with the nearest limit first. Rows as `_SHOWN`."""
    query = (
        _items(tenant_id)
        .where(
            Item.state == ItemState.DRAFT,
            _of(user_id),
            func.coalesce(_last_action(), "") != Action.RETURN,
        )
        .order_by(Item.publish_due_date.asc().nulls_last(), Item.updated_at.desc(), Item.id)
        .limit(limit)
    )
    return uow.session.execute(query).all()


def under_way(uow: UnitOfWork, *, tenant_id: int, user_id: int, limit: int = 20) -> Sequence[AnyRow]:
    """What a person wrote or carries on and others are deciding on. Rows as `_SHOWN`."""
    query = (
        _items(tenant_id)
        .where(Item.state.in_(IN_PROGRESS), _of(user_id))
        .order_by(Item.updated_at, Item.id)
        .limit(limit)
    )
    return uow.session.execute(query).all()


def scheduled(uow: UnitOfWork, *, tenant_id: int, limit: int = 20) -> Sequence[AnyRow]:
    """What a unit publishes at a set time, the next first. Rows as `_SHOWN`."""
    query = _items(tenant_id).where(Item.state == ItemState.SCHEDULED).order_by(Item.scheduled_at, Item.id)
    return uow.session.execute(query.limit(limit)).all()


def items_page(
    uow: UnitOfWork, *, tenant_id: int, wanted: ItemFilter, after: Cursor | None = None, size: int = PAGE
) -> tuple[Sequence[AnyRow], Cursor | None]:
    """A page of a unit's items, newest first, and the cursor of the next page if there is one.

    Published ones stand at the time of their publication, others at that of their last change. A revision that has
    been published is part of the item that it revises and is not listed. Rows as `_SHOWN`, with `at`, index_number
    and, where drafts can be among them, last_action.
    """
    public = wanted.state == ItemState.PUBLISHED or bool(wanted.period)
    mixed = case((Item.is_public, Item.published_at), else_=Item.updated_at)
    key: Any = Item.published_at if public else Item.updated_at if wanted.state else mixed
    query = _items(tenant_id).add_columns(key.label("at"), Item.index_number)
    if public:
        query = query.where(Item.is_public)
    elif wanted.state:
        query = query.where(Item.state == wanted.state)
    else:
        query = query.where(or_(Item.revises_id.is_(None), Item.state != ItemState.PUBLISHED))
    if not public:
        query = query.add_columns(case((Item.state == ItemState.DRAFT, _last_action()), else_="").label("last_action"))
    if wanted.column_id is not None:
        query = query.where(Item.column_id == wanted.column_id)
    if wanted.sections:
        query = query.where(Item.responsible_unit.in_(wanted.sections))
    if wanted.counted:
        query = query.where(Item.counts_to_quota)
    if wanted.period:
        since, until = published_within(wanted.period)
        query = query.where(Item.published_at >= since, Item.published_at < until)
    if wanted.text:
        query = query.where(Item.title.icontains(wanted.text, autoescape=True))
    if after is not None:
        query = query.where(tuple_(key, Item.id) < (after.at, after.item_id))
    rows = uow.session.execute(query.order_by(key.desc(), Item.id.desc()).limit(size + 1)).all()
    last = rows[size - 1] if len(rows) > size else None
    return rows[:size], Cursor(last.at, last.id) if last else None


def years_published(uow: UnitOfWork, *, tenant_id: int) -> Sequence[str]:
    """The years in which a unit published, newest first, from the counts."""
    year = func.left(PeriodCount.period, 4)
    query = select(year).where(PeriodCount.tenant_id == tenant_id, PeriodCount.total > 0).distinct()
    return sorted(uow.session.scalars(query), reverse=True)


def steps(uow: UnitOfWork, *, tenant_id: int, item_id: int) -> Sequence[AnyRow]:
    """The steps of an item, oldest first: action, step, actor_name, opinion, at."""
    query = (
        select(ItemStep.action, ItemStep.step, ItemStep.actor_name, ItemStep.opinion, ItemStep.at)
        .where(ItemStep.tenant_id == tenant_id, ItemStep.item_id == item_id)
        .order_by(ItemStep.id)
    )
    return uow.session.execute(query).all()


def last_return(uow: UnitOfWork, *, tenant_id: int, item_id: int) -> AnyRow | None:
    """The return of an item as its latest step, with actor_name, opinion, at; None when it was not sent back."""
    query = (
        select(ItemStep.action, ItemStep.actor_name, ItemStep.opinion, ItemStep.at)
        .where(ItemStep.tenant_id == tenant_id, ItemStep.item_id == item_id)
        .order_by(ItemStep.id.desc())
        .limit(1)
    )
    found = uow.session.execute(query).one_or_none()
    return found if found is not None and found.action == Action.RETURN else None


def has_steps(uow: UnitOfWork, *, tenant_id: int, item_id: int) -> bool:
    """Whether an item was ever submitted."""
    query = select(ItemStep.id).where(ItemStep.tenant_id == tenant_id, ItemStep.item_id == item_id).limit(1)
    return uow.session.scalar(query) is not None


def versions(uow: UnitOfWork, *, tenant_id: int, item_id: int) -> Sequence[AnyRow]:
    """The published versions of an item, newest first: version, published_at, content, hash."""
    query = (
        select(ItemVersion.version, ItemVersion.published_at, ItemVersion.content, ItemVersion.hash)
        .where(ItemVersion.tenant_id == tenant_id, ItemVersion.item_id == item_id)
        .order_by(ItemVersion.version.desc())
    )
    return uow.session.execute(query).all()


def published_text(uow: UnitOfWork, *, tenant_id: int, version_id: int | None) -> str:
    """The text of a published version, empty when there is none."""
    query = select(VersionText.body_html).where(
        VersionText.tenant_id == tenant_id, VersionText.version_id == version_id
    )
    return uow.session.scalar(query) or ""


def open_revision(uow: UnitOfWork, *, tenant_id: int, item_id: int) -> int | None:
    """Id of the revision of an item that is on its way, if there is one."""
    return uow.session.scalar(
        select(Item.id).where(Item.tenant_id == tenant_id, Item.revises_id == item_id, Item.state.in_(OPEN))
    )


def attachments(uow: UnitOfWork, *, tenant_id: int, item_id: int) -> Sequence[AnyRow]:
    """The files of an item's working copy in their order: id, digest, filename, media_type, size_bytes."""
    query = (
        select(Attachment.id, Attachment.digest, Attachment.filename, Attachment.media_type, Attachment.size_bytes)
        .where(Attachment.tenant_id == tenant_id, Attachment.item_id == item_id)
        .order_by(Attachment.sort_order, Attachment.id)
    )
    return uow.session.execute(query).all()


def names_of(uow: UnitOfWork, user_ids: Iterable[int]) -> Mapping[int, str]:
    """Names of people by id."""
    wanted = set(user_ids)
    if not wanted:
        return {}
    return {row.id: row[1] for row in uow.session.execute(select(User.id, User.name).where(User.id.in_(wanted)))}


def people_with(uow: UnitOfWork, *, tenant_id: int, role: Role) -> Sequence[AnyRow]:
    """Who holds a post in a unit, or in its receiver, today, with stand-ins: id, name (`王五（李四代）`), section."""
    tenant_id = uow.scope.answering_for(tenant_id)
    today = shanghai_date(uow.now)
    stand_in = aliased(User)
    query = (
        select(User.id, func.concat(User.name, "（" + stand_in.name + "代）").label("name"), Membership.section)
        .join(Membership, Membership.user_id == User.id)
        .outerjoin(
            Deputy,
            and_(
                Deputy.tenant_id == tenant_id, Deputy.principal_id == User.id, Deputy.role == role,
                Deputy.ended_at.is_(None), Deputy.valid_from <= today, Deputy.valid_to >= today,
            ),
        )
        .outerjoin(stand_in, stand_in.id == Deputy.deputy_id)
        .where(Membership.tenant_id == tenant_id, Membership.role == role, holds_now(today), User.active)
        .order_by(User.id)
    )  # fmt: skip
    return uow.session.execute(query).all()


def titles_of(uow: UnitOfWork, *, tenant_id: int, item_ids: Sequence[int]) -> Mapping[int, str]:
    """Titles of a unit's items by id; ids of others are left out."""
    query = select(Item.id, Item.title).where(Item.tenant_id == tenant_id, Item.id.in_(item_ids))
    return {row.id: row[1] for row in uow.session.execute(query)}

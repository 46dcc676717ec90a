"""What is known of a unit's sections: their names, people, columns, and how their items stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import case, func, select, union

from gongkai.accounts.models import Membership
from gongkai.accounts.queries import holds_now, members
from gongkai.catalog.models import ContentColumn
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.text.pinyin import pinyin_key
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item
from gongkai.publishing.queries import published_within
from gongkai.publishing.sections.models import FormerSection
from gongkai.publishing.states import ItemState

REMEMBERED = timedelta(days=366)
"""So long an item keeps the name of its section among those that are offered."""
UNSTATED = "（未注明）"
"""What stands for no section in lists and addresses."""
ON_THE_WAY = (ItemState.DRAFT, ItemState.IN_REVIEW, ItemState.IN_APPROVAL)


@dataclass
class Section:
    """A section of a unit.

    Attributes:
        people: (user id, name) of those who work there.
        month, last_month: items published in the running month and the one before, and how many of them count.
        on_the_way: state → items in it, of `ON_THE_WAY`.
    """

    name: str
    people: list[tuple[int, str]] = field(default_factory=list)
    columns: int = 0
    month: tuple[int, int] = (0, 0)
    last_month: tuple[int, int] = (0, 0)
    on_the_way: dict[str, int] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The name, or what stands for none."""
        return self.name or UNSTATED


def former_names(uow: UnitOfWork, *, tenant_id: int) -> Mapping[str, str]:
    """Former name of a section → today's; a name that people or columns have again is no former one."""
    again = union(_of_people(uow, tenant_id), _of_columns(tenant_id)).subquery()
    query = select(FormerSection.former_name, FormerSection.name).where(
        FormerSection.tenant_id == tenant_id, FormerSection.former_name.not_in(select(again.c.name))
    )
    return {row.former_name: row.name for row in uow.session.execute(query)}


def section_names(uow: UnitOfWork, *, tenant_id: int) -> list[str]:
    """The sections of a unit by pinyin: of its people, of its columns, and of its items of the last twelve months."""
    since = uow.now - REMEMBERED
    listed = case((Item.is_public, Item.published_at), else_=Item.updated_at)
    of_items: Any = select(Item.responsible_unit.label("name")).where(Item.tenant_id == tenant_id, listed >= since)
    query = union(_of_people(uow, tenant_id), _of_columns(tenant_id), of_items)
    today = former_names(uow, tenant_id=tenant_id)
    found = {today.get(name, name) for name in uow.session.scalars(query)}
    return sorted(found - {""}, key=lambda name: (pinyin_key(name), name))


def names_of_section(uow: UnitOfWork, *, tenant_id: int, name: str) -> tuple[str, ...]:
    """All names that items of a section can carry, as `ItemFilter.sections` takes them; none for an empty name."""
    if not name:
        return ()
    if name == UNSTATED:
        return ("",)
    formers = former_names(uow, tenant_id=tenant_id)
    return (name, *sorted(former for former, today in formers.items() if today == name))


def sections_of(uow: UnitOfWork, *, tenant_id: int) -> Sequence[Section]:
    """Every section of a unit with its figures, by pinyin; what names no section comes last, if there is any."""
    today = former_names(uow, tenant_id=tenant_id)
    found = {name: Section(name) for name in section_names(uow, tenant_id=tenant_id)}

    def of(name: str) -> Section:
        current = today.get(name, name)
        return found.setdefault(current, Section(current))

    for member in members(uow, tenant_id=tenant_id):
        of(member.section).people.append((member.user_id, member.name))
    for name, number in uow.session.execute(_columns(tenant_id)):
        if name:
            of(name).columns += number
    month = Period.of(shanghai_date(uow.now))
    for row in uow.session.execute(_published(tenant_id, month)):
        section = of(row.name)
        kind = "month" if row.this_month else "last_month"
        before = getattr(section, kind)
        setattr(section, kind, (before[0] + row.total, before[1] + row.counted))
    for row in uow.session.execute(_on_the_way(tenant_id)):
        states = of(row.name).on_the_way
        states[row.state] = states.get(row.state, 0) + row.total
    return sorted(found.values(), key=lambda section: (not section.name, pinyin_key(section.name), section.name))


def _of_people(uow: UnitOfWork, tenant_id: int) -> Any:
    condition = holds_now(shanghai_date(uow.now))
    return select(Membership.section.label("name")).where(Membership.tenant_id == tenant_id, condition)


def _of_columns(tenant_id: int) -> Any:
    return select(ContentColumn.responsible_section.label("name")).where(
        ContentColumn.tenant_id == tenant_id, ContentColumn.active
    )


def _columns(tenant_id: int) -> Any:
    return (
        select(ContentColumn.responsible_section, func.count())
        .where(ContentColumn.tenant_id == tenant_id, ContentColumn.active)
        .group_by(ContentColumn.responsible_section)
    )


def _published(tenant_id: int, month: Period) -> Any:
    """Published items of a month and the one before: name, this_month, total, counted; as the list counts them."""
    first, until = published_within(str(month))
    since, _ = published_within(str(month.previous()))
    this_month = (Item.published_at >= first).label("this_month")
    return (
        select(
            Item.responsible_unit.label("name"),
            this_month,
            func.count().label("total"),
            func.count().filter(Item.counts_to_quota).label("counted"),
        )
        .where(Item.tenant_id == tenant_id, Item.is_public, Item.published_at >= since, Item.published_at < until)
        .group_by(Item.responsible_unit, this_month)
    )


def _on_the_way(tenant_id: int) -> Any:
    return (
        select(Item.responsible_unit.label("name"), Item.state, func.count().label("total"))
        .where(Item.tenant_id == tenant_id, Item.state.in_(ON_THE_WAY))
        .group_by(Item.responsible_unit, Item.state)
    )

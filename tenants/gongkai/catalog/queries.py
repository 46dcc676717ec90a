"""Lists of the catalogue, as Core selects of what they show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Date, Integer, ScalarSelect, Text, column, func, select, table

from gongkai.accounts.models import User
from gongkai.catalog.freshness import Freshness, freshness
from gongkai.catalog.models import INBOX_CODE, KEY_AREA_GROUPS, ContentColumn, DisclosureGuide
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period, UpdatePeriod
from gongkai.core.db import AnyRow
from gongkai.core.errors import NotFound
from gongkai.core.models import Instant
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.models import Tenant

RULE_TYPE_LABELS = {"news": "工作动态类", "notice": "公告文件类", "other": "其他信息类", "static": "静态信息类"}

# Publishing stands above this package, so its two tables are read here by name.
_COUNT = table(
    "column_count",
    column("tenant_id"),
    column("column_id", Integer),
    column("period", Text),
    column("total", Integer),
)
_ITEM = table(
    "item",
    column("tenant_id"),
    column("column_id", Integer),
    column("published_at", Instant),
    column("refreshed_at", Instant),
    column("is_public"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A column as its unit sees it.

    Attributes:
        depth: 0 for the columns at the top.
        above: names of the columns above it, topmost first.
        own: the unit added it itself.
        updated: Shanghai date of the last publication in it, or change of content or static information; an erratum
            and a mark of validity are none.
        month, total: published items of this month and of all time, with those of the columns below.
        first, last: where it stands among its sisters.
    """

    id: int
    depth: int
    above: tuple[str, ...]
    name: str
    description: str
    part: str
    update_period: UpdatePeriod
    rule_type: str
    key_area: str
    required: bool
    own: bool
    active: bool
    accepts_items: bool
    responsible_section: str
    responsible_person: str
    updated: date | None
    freshness: Freshness
    month: int
    total: int
    first: bool
    last: bool


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of a unit's columns beside their rows."""

    counts: Mapping[int, tuple[int, int]]
    updates: Mapping[int, date]
    guide: date | None
    today: date
    people: Mapping[int, str]


def catalogue(uow: UnitOfWork, *, tenant_id: int) -> list[Entry]:
    """The columns of a unit in the order of its tree, each before those below it; closed ones too."""
    query = (
        select(ContentColumn)
        .where(ContentColumn.tenant_id == tenant_id, ContentColumn.code != INBOX_CODE)
        .order_by(ContentColumn.level, ContentColumn.sort_order, ContentColumn.id)
    )
    below: dict[int | None, list[ContentColumn]] = {}
    answering: set[int] = set()
    for row in uow.session.scalars(query):
        if row.responsible_user_id is not None:
            answering.add(row.responsible_user_id)
        below.setdefault(row.parent_id, []).append(row)
    today = shanghai_date(uow.now)
    facts = _Facts(
        counts=_counts(uow, tenant_id, str(Period.of(today))),
        updates=_updates(uow, tenant_id),
        guide=_guide_date(uow, tenant_id, today),
        today=today,
        people=_people(uow, answering),
    )
    found: list[Entry] = []
    _walk(below, None, (), facts, found)
    return found


def guides(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """The versions of a unit's guide, newest first: version, effective_date, published_at, name of the publisher."""
    query = (
        select(
            DisclosureGuide.version, DisclosureGuide.effective_date, DisclosureGuide.published_at, User.name,
        )
        .outerjoin(User, User.id == DisclosureGuide.published_by)
        .where(DisclosureGuide.tenant_id == tenant_id)
        .order_by(DisclosureGuide.version.desc())
    )  # fmt: skip
    return uow.session.execute(query).all()


def count_columns(uow: UnitOfWork, *, tenant_id: int) -> int:
    """How many columns in use a unit has; 0 until its template has been given to it."""
    query = select(func.count()).where(ContentColumn.tenant_id == tenant_id, ContentColumn.active)
    return uow.session.scalar(query) or 0


def unit(uow: UnitOfWork, *, tenant_id: int) -> Tenant:
    """The unit whose catalogue it is.

    Raises:
        NotFound: when it is missing.
    """
    found = uow.session.get(Tenant, tenant_id)
    if found is None:
        raise NotFound("单位不存在。")
    return found


def _walk(
    below: Mapping[int | None, Sequence[ContentColumn]],
    parent_id: int | None,
    above: tuple[str, ...],
    facts: _Facts,
    found: list[Entry],
) -> None:
    sisters = below.get(parent_id, ())
    for position, row in enumerate(sisters):
        found.append(_entry(row, above, _sum(below, row.id, facts), facts, position, len(sisters)))
        _walk(below, row.id, (*above, row.name), facts, found)


def _entry(
    row: ContentColumn, above: tuple[str, ...], counts: tuple[int, int], facts: _Facts, position: int, sisters: int
) -> Entry:
    period = UpdatePeriod(row.update_period)
    known = [facts.updates.get(row.id), facts.guide if row.part == "guide" else None]
    updated = max(filter(None, known), default=None)
    watched = row.active and (row.accepts_items or row.part == "guide")
    since = updated or shanghai_date(row.created_at)
    return Entry(
        id=row.id,
        depth=len(above),
        above=above,
        name=row.name,
        description=row.description,
        part=row.part,
        update_period=period,
        rule_type=RULE_TYPE_LABELS[row.rule_type],
        key_area=KEY_AREA_GROUPS.get(row.key_area_group, ""),
        required=row.required,
        own=row.template_code is None,
        active=row.active,
        accepts_items=row.accepts_items,
        responsible_section=row.responsible_section,
        responsible_person=facts.people.get(row.responsible_user_id or 0, ""),
        updated=updated,
        freshness=freshness(period, since=since, today=facts.today) if watched else Freshness(None, ""),
        month=counts[0],
        total=counts[1],
        first=position == 0,
        last=position == sisters - 1,
    )


def _sum(below: Mapping[int | None, Sequence[ContentColumn]], column_id: int, facts: _Facts) -> tuple[int, int]:
    month, total = facts.counts.get(column_id, (0, 0))
    for row in below.get(column_id, ()):
        more = _sum(below, row.id, facts)
        month, total = month + more[0], total + more[1]
    return month, total


def _counts(uow: UnitOfWork, tenant_id: int, period: str) -> Mapping[int, tuple[int, int]]:
    this_month = func.coalesce(func.sum(_COUNT.c.total).filter(_COUNT.c.period == period), 0)
    query = (
        select(_COUNT.c.column_id, this_month, func.sum(_COUNT.c.total))
        .where(_COUNT.c.tenant_id == tenant_id)
        .group_by(_COUNT.c.column_id)
    )
    return {column_id: (int(month), int(total)) for column_id, month, total in uow.session.execute(query)}


def _people(uow: UnitOfWork, user_ids: set[int]) -> Mapping[int, str]:
    """Names of those who answer for columns."""
    if not user_ids:
        return {}
    query = select(User.id, User.name).where(User.id.in_(user_ids))
    return {row.id: row.name for row in uow.session.execute(query)}


def _updates(uow: UnitOfWork, tenant_id: int) -> Mapping[int, date]:
    # Each column's newest publication and newest refreshment are the ends of two indexes; no item is read in between.
    latest = func.greatest(_newest(_ITEM.c.published_at), _newest(_ITEM.c.refreshed_at))
    query = select(ContentColumn.id, latest).where(ContentColumn.tenant_id == tenant_id)
    return {column_id: shanghai_date(at) for column_id, at in uow.session.execute(query) if at is not None}


def _newest(instant: ColumnElement[datetime]) -> ScalarSelect[datetime]:
    same = _ITEM.c.tenant_id == ContentColumn.tenant_id, _ITEM.c.column_id == ContentColumn.id
    return select(func.max(instant)).where(*same, _ITEM.c.is_public, instant.is_not(None)).scalar_subquery()


def _guide_date(uow: UnitOfWork, tenant_id: int, today: date) -> date | None:
    latest = func.max(DisclosureGuide.effective_date, type_=Date)
    query = select(latest).where(DisclosureGuide.tenant_id == tenant_id, DisclosureGuide.effective_date <= today)
    return uow.session.scalar(query)

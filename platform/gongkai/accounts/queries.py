"""Lists of people, as Core selects of what they show."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, distinct, func, or_, select

from gongkai.accounts.models import Membership, User
from gongkai.accounts.permissions import ROLE_LABELS, Role
from gongkai.accounts.schemas import normal_identity
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.uow import Scope, UnitOfWork
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import OFFICIAL_ORDER, below, named_like

ROLE_ORDER = list(Role)
UNITS_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Member:
    """A person of a unit, with the posts held there; `state` is normal, locked or disabled."""

    user_id: int
    username: str
    name: str
    mobile: str
    email: str
    section: str
    roles: frozenset[Role]
    state: str
    locked_until: datetime | None
    last_login_at: datetime | None
    must_change_password: bool
    started_date: date
    ended_date: date | None

    @property
    def role_labels(self) -> str:
        """The posts in words, in the order of the chain."""
        return "、".join(ROLE_LABELS[role] for role in sorted(self.roles, key=ROLE_ORDER.index))


def holds_now(today: date) -> ColumnElement[bool]:
    """Condition on `Membership`: the post is held on `today`; it is given up on `ended_date`."""
    return Membership.active & or_(Membership.ended_date.is_(None), Membership.ended_date > today)


def members(uow: UnitOfWork, *, tenant_id: int, former: bool = False, user_id: int | None = None) -> list[Member]:
    """The people of a unit by the time they came; with `former` those who have left it."""
    condition = holds_now(shanghai_date(uow.now))
    query = (
        select(User, Membership.role, Membership.section, Membership.started_date, Membership.ended_date)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.tenant_id == tenant_id, ~condition if former else condition)
        .order_by(Membership.started_date, User.id, Membership.id)
    )
    if user_id is not None:
        query = query.where(User.id == user_id)
    found: dict[int, Member] = {}
    for row in uow.session.execute(query):
        known = found.get(row.User.id)
        roles = (known.roles if known else frozenset()) | {Role(row.role)}
        found[row.User.id] = _member(row, roles, uow.now)
    if former:
        still = {member.user_id for member in members(uow, tenant_id=tenant_id, user_id=user_id)}
        return [member for member in found.values() if member.user_id not in still]
    return list(found.values())


def _member(row: Any, roles: frozenset[Role], now: datetime) -> Member:
    user: User = row.User
    locked = user.locked_until is not None and user.locked_until > now
    return Member(
        user_id=user.id,
        username=user.username,
        name=user.name,
        mobile=user.mobile or "",
        email=user.email or "",
        section=row.section,
        roles=roles,
        state="disabled" if not user.active else "locked" if locked else "normal",
        locked_until=user.locked_until if locked else None,
        last_login_at=user.last_login_at,
        must_change_password=user.must_change_password,
        started_date=row.started_date,
        ended_date=row.ended_date,
    )


@contextmanager
def through_the_eyes_of(uow: UnitOfWork, user_id: int) -> Iterator[None]:
    """What this person sees: the only scope in which all posts of one person are visible."""
    before = uow.scope
    uow.session.flush()
    uow.enter(Scope(user_id=user_id))
    try:
        yield
    finally:
        uow.enter(before)


def posts_everywhere(uow: UnitOfWork, *, user_id: int) -> Sequence[Row[Any]]:
    """Every post of a person in any unit, for rules about what one unit may do to an account.

    Rows: tenant_id, path, short_name, role.
    """
    query = (
        select(Membership.tenant_id, Tenant.path, Tenant.short_name, Membership.role)
        .join(Tenant, Tenant.id == Membership.tenant_id)
        .where(Membership.user_id == user_id, Membership.active)
        .order_by(Tenant.id, Membership.id)
    )
    with through_the_eyes_of(uow, user_id):
        rows: Sequence[Any] = uow.session.execute(query).all()
    return rows


def units_with_people(uow: UnitOfWork, *, path: str, q: str, page: int) -> tuple[Sequence[Row[Any]], int]:
    """Units at and under `path` with how many people they have, and the total number of units found.

    `q` is a part of a unit's name, or a person's name, login, mobile or e-mail exactly. `page` begins at 1.
    Rows: id, short_name, official_name, people, admins (names), found (names of the people searched for).
    """
    today = shanghai_date(uow.now)
    admins = func.string_agg(distinct(User.name), "、").filter(Membership.role == Role.UNIT_ADMIN)
    people = func.count(distinct(Membership.user_id))
    query: Select[Any] = (
        select(Tenant.id, Tenant.short_name, Tenant.official_name, people.label("people"), admins.label("admins"))
        .select_from(Tenant)
        .outerjoin(Membership, (Membership.tenant_id == Tenant.id) & holds_now(today))
        .outerjoin(User, User.id == Membership.user_id)
        .where(below(path), Tenant.status == "active")
        .group_by(Tenant.id)
    )
    words = " ".join(q.split())
    if words:
        mine = or_(User.name == words, _identified(words))
        query = query.having(or_(named_like(words), func.count().filter(mine) > 0))
        query = query.add_columns(func.string_agg(distinct(User.name), "、").filter(mine).label("found"))
    total = uow.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    ordered = query.order_by(func.nlevel(Tenant.path), *OFFICIAL_ORDER)
    rows = uow.session.execute(ordered.limit(UNITS_PER_PAGE).offset((page - 1) * UNITS_PER_PAGE)).all()
    return rows, total


def _identified(words: str) -> ColumnElement[bool]:
    identity = normal_identity(words)
    return or_(User.username == identity, User.mobile == identity, User.email == identity)

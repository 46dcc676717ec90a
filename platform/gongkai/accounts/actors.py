"""The person at work: for which unit, with which permissions, in which scope."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, null, or_, select, text, union_all

from gongkai.accounts.models import Deputy, Membership, User
from gongkai.accounts.permissions import (
    RECEIVED_PERMISSIONS,
    RECEIVED_REFUSAL,
    RECEIVED_ROLES,
    Permission,
    Role,
    permissions_of,
    refusal,
)
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.errors import Forbidden
from gongkai.core.uow import Scope, UnitOfWork
from gongkai.tenancy.models import Tenant


@dataclass(frozen=True, slots=True)
class Deputed:
    """A post that a person holds for somebody else today.

    Attributes:
        principal: name of the person whose post it is.
        section: the section （科室） of that post, known once the person is at work in the unit.
    """

    role: Role
    principal_id: int
    principal: str
    section: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person acting for one unit; `section` is the section （科室） there, the head's one first.

    `roles` are all posts, `own_roles` those that are the person's own, `deputed` those held for others.
    Where the unit is a former body, `receiver_id` is the person's own unit, which looks after what it published, and
    `closed_columns` are the columns of it that passed to others.
    """

    user_id: int
    name: str
    tenant_id: int
    tenant_path: str
    roles: frozenset[Role]
    permissions: frozenset[Permission]
    predecessor_ids: tuple[int, ...] = ()
    section: str = ""
    own_roles: frozenset[Role] = frozenset()
    deputed: tuple[Deputed, ...] = ()
    receiver_id: int | None = None
    closed_columns: tuple[int, ...] = ()

    def signature(self, role: Role, section: str = "") -> str:
        """The name under what is done in a post: `李四`, or `李四（代王五）` where it is held for somebody else.

        `section` is that of the item, for the head of a section.
        """
        if role in self.own_roles and (role is not Role.SECTION_HEAD or self.section in ("", section)):
            return self.name
        for post in self.deputed:
            if post.role is role and (role is not Role.SECTION_HEAD or post.section in ("", section)):
                return f"{self.name}（代{post.principal}）"
        return self.name

    def headed(self) -> frozenset[str]:
        """The sections whose head the person is, own and deputed; the empty name stands for every section."""
        own = {self.section} if Role.SECTION_HEAD in self.own_roles else set()
        return frozenset(own | {post.section for post in self.deputed if post.role is Role.SECTION_HEAD})

    def heads(self, section: str) -> bool:
        """Whether the person is head of this section."""
        return bool(self.headed() & {"", section})

    def may(self, permission: Permission) -> bool:
        """Whether one of the roles gives `permission`."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise `Forbidden` unless one of the roles gives `permission`."""
        if not self.may(permission):
            raise Forbidden

    def refusal(self, permission: Permission) -> str:
        """The sentence for a person who lacks `permission` here."""
        return RECEIVED_REFUSAL if self.receiver_id is not None else refusal(permission)

    def scope(self) -> Scope:
        """What row-level security lets this person see and change."""
        if self.receiver_id is not None:
            return Scope(
                user_id=self.user_id,
                tenant_ids=(self.tenant_id, self.receiver_id),
                acting_tenant_id=self.receiver_id,
                received_id=self.tenant_id,
                closed_columns=self.closed_columns,
            )
        supervises = self.roles & {Role.SUPERVISOR, Role.PREFECTURE_ADMIN, Role.DUTY_OFFICER}
        return Scope(
            user_id=self.user_id,
            tenant_ids=(self.tenant_id, *self.predecessor_ids),
            subtree=self.tenant_path if supervises else None,
            manages=self.tenant_path if Role.PREFECTURE_ADMIN in self.roles else None,
            acting_tenant_id=self.tenant_id,
        )


@dataclass(frozen=True, slots=True)
class Post:
    """A unit for which a person can act, with the roles held there, and those of others that fall to them today.

    `predecessor_ids` are the bodies whose functions passed to the unit. A former body has the unit that received it in
    `receiver_id`, and the roles held in that.
    """

    tenant_id: int
    tenant_name: str
    tenant_path: str
    roles: frozenset[Role]
    section: str = ""
    deputed: tuple[Deputed, ...] = ()
    predecessor_ids: tuple[int, ...] = ()
    receiver_id: int | None = None


_BEFORE = text(
    "WITH RECURSIVE before(receiver_id, id, begun) AS ("
    " SELECT successor_id, tenant_id, effective_date <= :today FROM tenant_succession WHERE successor_id = ANY (:units)"
    " UNION SELECT b.receiver_id, s.tenant_id, b.begun AND s.effective_date <= :today"
    " FROM tenant_succession s JOIN before b ON s.successor_id = b.id)"
    " SELECT b.receiver_id, t.id, t.short_name, t.path::text AS path,"
    " bool_or(b.begun) AND t.status = 'abolished' AS received"
    " FROM before b JOIN tenant t ON t.id = b.id GROUP BY b.receiver_id, t.id"
    " ORDER BY t.sort_order, t.id, b.receiver_id"
)
# A body that was divided: the columns that passed with its end, with the unit's own below them, to none of these.
_CLOSED = text(
    "SELECT c.id FROM content_column c"
    " JOIN column_succession p ON p.tenant_id = c.tenant_id"
    " AND (c.code = p.column_code OR c.code LIKE p.column_code || '-%')"
    " JOIN tenant_succession s ON s.tenant_id = p.tenant_id AND s.successor_id = p.successor_id"
    " AND s.effective_date = p.effective_date"
    " WHERE c.tenant_id = :tenant_id AND p.successor_id <> ALL (:line) ORDER BY c.id"
)


@dataclass(frozen=True, slots=True)
class Received:
    """A body that has ended, and the unit that answers for what it published."""

    receiver_id: int
    id: int
    short_name: str
    path: str

    @property
    def name(self) -> str:
        """How it is called where one chooses for whom to act."""
        return f"原{self.short_name}"


def received_bodies(uow: UnitOfWork, *, tenant_ids: Iterable[int]) -> list[Received]:
    """The bodies that ended and whose functions passed to these units, directly or through others, until today.

    One that was divided is there once for each of its receivers.
    """
    rows = _before(uow, tenant_ids)
    return [Received(row.receiver_id, row.id, row.short_name, row.path) for row in rows if row.received]


def _before(uow: UnitOfWork, tenant_ids: Iterable[int]) -> Sequence[Row[Any]]:
    """The bodies before these units: receiver_id, id, short_name, path, and whether one has ended and was received."""
    return uow.session.execute(_BEFORE, {"units": list(tenant_ids), "today": shanghai_date(uow.now)}).all()


def closed_columns(uow: UnitOfWork, *, tenant_id: int, receiver_id: int) -> tuple[int, ...]:
    """Ids of the columns of a former body whose functions passed to other units than this one."""
    line = [receiver_id, *predecessors(uow, tenant_id=receiver_id)]
    return tuple(uow.session.scalars(_CLOSED, {"tenant_id": tenant_id, "line": line}))


def posts_of(uow: UnitOfWork, *, user_id: int) -> list[Post]:
    """The units for which a person can act, in official order; behind them the former bodies that those received.

    Who holds no post of their own in a unit is nobody's deputy there.
    """
    uow.enter(Scope(user_id=user_id))
    today = shanghai_date(uow.now)
    place = (Tenant.id, Tenant.short_name, Tenant.path, Tenant.level, Tenant.sort_order)
    own = (
        select(*place, Membership.role, Membership.section, null().label("principal_id"), null().label("principal"))
        .join(Membership, Membership.tenant_id == Tenant.id)
        .where(Membership.user_id == user_id, Membership.active, Tenant.status == "active")
        .where(or_(Membership.ended_date.is_(None), Membership.ended_date > today))
    )
    others = (
        select(*place, Deputy.role, null(), Deputy.principal_id, User.name)
        .join(Deputy, Deputy.tenant_id == Tenant.id)
        .join(User, User.id == Deputy.principal_id)
        .where(Deputy.deputy_id == user_id, Deputy.ended_at.is_(None), Tenant.status == "active")
        .where(Deputy.valid_from <= today, Deputy.valid_to >= today)
    )
    both = union_all(own, others).subquery()
    order = (both.c.level.desc(), both.c.sort_order, both.c.id, both.c.principal_id.nulls_first())
    found: dict[int, Post] = {}
    for row in uow.session.execute(select(both).order_by(*order)):
        known = found.get(row.id)
        if row.principal_id is None:
            roles = (known.roles if known else frozenset()) | {Role(row.role)}
            mine = row.section if known is None or row.role == Role.SECTION_HEAD else known.section
            found[row.id] = Post(row.id, row.short_name, row.path, roles, mine)
        elif known is not None:
            stands_in = Deputed(Role(row.role), row.principal_id, row.principal)
            found[row.id] = replace(known, deputed=(*known.deputed, stands_in))
    return _with_former(uow, found)


def _with_former(uow: UnitOfWork, own: Mapping[int, Post]) -> list[Post]:
    """Posts with the bodies before their units, and behind them those for the bodies that the units received."""
    before: dict[int, list[int]] = {}
    posts: dict[int, Post] = {}
    for row in _before(uow, own) if own else ():
        before.setdefault(row.receiver_id, []).append(row.id)
        at_home = own[row.receiver_id]
        roles = at_home.roles & RECEIVED_ROLES
        if row.received and roles:
            body = Received(row.receiver_id, row.id, row.short_name, row.path)
            deputed = tuple(one for one in at_home.deputed if one.role in RECEIVED_ROLES)
            post = Post(body.id, body.name, body.path, roles, deputed=deputed, receiver_id=body.receiver_id)
            posts.setdefault(body.id, post)
    known = [replace(post, predecessor_ids=tuple(sorted(before.get(unit, ())))) for unit, post in own.items()]
    return [*known, *posts.values()]


def act(uow: UnitOfWork, *, user_id: int, name: str, posts: Iterable[Post], tenant_id: int | None) -> Actor | None:
    """Let a person act for one of their units (the first if `tenant_id` is not among them) and enter its scope."""
    available = list(posts)
    if not available:
        return None
    post = next((p for p in available if p.tenant_id == tenant_id), available[0])
    if post.receiver_id is not None:
        return _act_for_former(uow, user_id=user_id, name=name, post=post, receiver_id=post.receiver_id)
    actor = Actor(
        user_id=user_id,
        name=name,
        tenant_id=post.tenant_id,
        tenant_path=post.tenant_path,
        roles=post.roles,
        permissions=permissions_of(post.roles),
        predecessor_ids=post.predecessor_ids,
        section=post.section,
        own_roles=post.roles,
    )
    uow.enter(actor.scope())
    if not post.deputed:
        return actor
    deputed = _still_held(uow, post)
    roles = post.roles | {one.role for one in deputed}
    return replace(actor, roles=roles, permissions=permissions_of(roles), deputed=deputed)


def _act_for_former(uow: UnitOfWork, *, user_id: int, name: str, post: Post, receiver_id: int) -> Actor:
    """Let a person of the receiver look after what a former body published; its sections have ended with it.

    The steps that they take there bear the name of their own unit.
    """
    unit = uow.session.get_one(Tenant, receiver_id).short_name
    actor = Actor(
        user_id=user_id,
        name=f"{name}（{unit}）",
        tenant_id=post.tenant_id,
        tenant_path=post.tenant_path,
        roles=post.roles,
        permissions=permissions_of(post.roles) & RECEIVED_PERMISSIONS,
        own_roles=post.roles,
        receiver_id=receiver_id,
        closed_columns=closed_columns(uow, tenant_id=post.tenant_id, receiver_id=receiver_id),
    )
    uow.enter(actor.scope())
    deputed = tuple(replace(one, section="") for one in _still_held(uow, post)) if post.deputed else ()
    roles = post.roles | {one.role for one in deputed}
    return replace(actor, roles=roles, permissions=permissions_of(roles) & RECEIVED_PERMISSIONS, deputed=deputed)


def _still_held(uow: UnitOfWork, post: Post) -> tuple[Deputed, ...]:
    """The deputed posts that their principals hold today, with the section of each."""
    query = (
        select(Membership.user_id, Membership.role, Membership.section)
        .where(Membership.tenant_id == (post.receiver_id or post.tenant_id), Membership.active)
        .where(Membership.user_id.in_({one.principal_id for one in post.deputed}))
        .where(or_(Membership.ended_date.is_(None), Membership.ended_date > shanghai_date(uow.now)))
    )
    sections = {(row.user_id, row.role): row.section for row in uow.session.execute(query)}
    return tuple(
        replace(one, section=sections[one.principal_id, one.role])
        for one in post.deputed
        if (one.principal_id, one.role) in sections
    )


def predecessors(uow: UnitOfWork, *, tenant_id: int) -> tuple[int, ...]:
    """Ids of all bodies whose functions passed to this one, directly or through others."""
    return tuple(sorted(row.id for row in _before(uow, [tenant_id])))

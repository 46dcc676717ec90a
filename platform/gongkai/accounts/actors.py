"""The person at work: for which unit, with which permissions, in which scope."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import null, or_, select, text, union_all

from gongkai.accounts.models import Deputy, Membership, User
from gongkai.accounts.permissions import Permission, Role, permissions_of
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

    def scope(self) -> Scope:
        """What row-level security lets this person see and change."""
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
    """A unit for which a person can act, with the roles held there, and those of others that fall to them today."""

    tenant_id: int
    tenant_name: str
    tenant_path: str
    roles: frozenset[Role]
    section: str = ""
    deputed: tuple[Deputed, ...] = ()


_PREDECESSORS = text(
    "WITH RECURSIVE before(id) AS ("
    " SELECT tenant_id FROM tenant_succession WHERE successor_id = :tenant_id"
    " UNION SELECT s.tenant_id FROM tenant_succession s JOIN before b ON s.successor_id = b.id)"
    " SELECT id FROM before ORDER BY id"
)


def posts_of(uow: UnitOfWork, *, user_id: int) -> list[Post]:
    """The units for which a person can act, in official order; abolished units are left out.

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
    return list(found.values())


def act(uow: UnitOfWork, *, user_id: int, name: str, posts: Iterable[Post], tenant_id: int | None) -> Actor | None:
    """Let a person act for one of their units (the first if `tenant_id` is not among them) and enter its scope."""
    available = list(posts)
    if not available:
        return None
    post = next((p for p in available if p.tenant_id == tenant_id), available[0])
    actor = Actor(
        user_id=user_id,
        name=name,
        tenant_id=post.tenant_id,
        tenant_path=post.tenant_path,
        roles=post.roles,
        permissions=permissions_of(post.roles),
        predecessor_ids=predecessors(uow, tenant_id=post.tenant_id),
        section=post.section,
        own_roles=post.roles,
    )
    uow.enter(actor.scope())
    if not post.deputed:
        return actor
    deputed = _still_held(uow, post)
    roles = post.roles | {one.role for one in deputed}
    return replace(actor, roles=roles, permissions=permissions_of(roles), deputed=deputed)


def _still_held(uow: UnitOfWork, post: Post) -> tuple[Deputed, ...]:
    """The deputed posts that their principals hold today, with the section of each."""
    query = (
        select(Membership.user_id, Membership.role, Membership.section)
        .where(Membership.tenant_id == post.tenant_id, Membership.active)
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
    return tuple(uow.session.scalars(_PREDECESSORS, {"tenant_id": tenant_id}))

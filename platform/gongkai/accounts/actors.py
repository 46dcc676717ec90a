"""The person at work: for which unit, with which permissions, in which scope."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_, select, text

from gongkai.accounts.models import Membership
from gongkai.accounts.permissions import Permission, Role, permissions_of
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.errors import Forbidden
from gongkai.core.uow import Scope, UnitOfWork
from gongkai.tenancy.models import Tenant


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person acting for one unit; `section` is the section （科室） there, the head's one first."""

    user_id: int
    name: str
    tenant_id: int
    tenant_path: str
    roles: frozenset[Role]
    permissions: frozenset[Permission]
    predecessor_ids: tuple[int, ...] = ()
    section: str = ""

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
    """A unit for which a person can act, with the roles held there."""

    tenant_id: int
    tenant_name: str
    tenant_path: str
    roles: frozenset[Role]
    section: str = ""


_PREDECESSORS = text(
    "WITH RECURSIVE before(id) AS ("
    " SELECT tenant_id FROM tenant_succession WHERE successor_id = :tenant_id"
    " UNION SELECT s.tenant_id FROM tenant_succession s JOIN before b ON s.successor_id = b.id)"
    " SELECT id FROM before ORDER BY id"
)


def posts_of(uow: UnitOfWork, *, user_id: int) -> list[Post]:
    """The units for which a person can act, in official order; abolished units are left out."""
    uow.enter(Scope(user_id=user_id))
    rows = uow.session.execute(
        select(Tenant.id, Tenant.short_name, Tenant.path, Membership.role, Membership.section)
        .join(Membership, Membership.tenant_id == Tenant.id)
        .where(Membership.user_id == user_id, Membership.active, Tenant.status == "active")
        .where(or_(Membership.ended_date.is_(None), Membership.ended_date > shanghai_date(uow.now)))
        .order_by(Tenant.level.desc(), Tenant.sort_order, Tenant.id)
    ).all()
    found: dict[int, Post] = {}
    for tenant_id, name, path, role, section in rows:
        known = found.get(tenant_id)
        roles = (known.roles if known else frozenset()) | {Role(role)}
        mine = section if known is None or role == Role.SECTION_HEAD else known.section
        found[tenant_id] = Post(tenant_id, name, path, roles, mine)
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
    )
    uow.enter(actor.scope())
    return actor


def predecessors(uow: UnitOfWork, *, tenant_id: int) -> tuple[int, ...]:
    """Ids of all bodies whose functions passed to this one, directly or through others."""
    return tuple(uow.session.scalars(_PREDECESSORS, {"tenant_id": tenant_id}))

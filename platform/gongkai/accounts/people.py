"""Managing the people of a unit: by its own administrator, or by the prefecture's for any unit below.

A unit decides about posts in itself. About an account as such (name, ways to sign in, password) it decides only
while the account has no post elsewhere and none that the prefecture gives: otherwise whoever administers a township
could sign in as the prefecture's supervisor.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from argon2 import PasswordHasher
from sqlalchemy import select

from gongkai.accounts.actors import Actor
from gongkai.accounts.models import Membership, User
from gongkai.accounts.passwords import hash_password, temporary_password
from gongkai.accounts.permissions import ROLE_LABELS, Permission, Role
from gongkai.accounts.queries import Member, holds_now, members, posts_everywhere
from gongkai.accounts.schemas import Details, PersonForm, clean_section, normal_identity
from gongkai.accounts.services import (
    TAKEN,
    Temporary,
    add_membership,
    change_details,
    create_user,
    end_sessions,
    give_temporary_password,
    unlock,
)
from gongkai.accounts.sign_in import find_user
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.errors import Fault, Invalid, NotFound, Refused
from gongkai.core.text.pinyin import pinyin_key
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.kinds import HALL_TYPES, SUPERVISING_TYPES, TenantType
from gongkai.tenancy.models import Tenant

RESERVED = frozenset({Role.SUPERVISOR, Role.PREFECTURE_ADMIN, Role.DUTY_OFFICER})
LONGEST_NOTICE = timedelta(days=366)
BEYOND_UNIT = "该人员同时在其他单位任职，或者担任由市级管理员授予的岗位，账号信息和密码由市级管理员办理。"
BEYOND_SUBTREE = "该人员同时在您管理范围以外的单位任职，账号信息和密码由上级管理员办理。"


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit whose people are managed; `from_above` when the prefecture's administrator does it."""

    id: int
    path: str
    tenant_type: str
    official_name: str
    short_name: str
    from_above: bool

    def grantable(self) -> tuple[Role, ...]:
        """The posts that may be given and taken here."""
        kept = RESERVED if self.tenant_type in HALL_TYPES else RESERVED | {Role.RECEIVER}
        roles = [role for role in Role if role not in kept]
        if self.from_above and self.tenant_type in SUPERVISING_TYPES:
            roles += [Role.SUPERVISOR, Role.DUTY_OFFICER]
        if self.from_above and self.tenant_type == TenantType.PREFECTURE_GOVERNMENT:
            roles.append(Role.PREFECTURE_ADMIN)
        return tuple(roles)


def unit_for(uow: UnitOfWork, *, actor: Actor, unit_id: int | None) -> Unit:
    """The actor's own unit (None), or one under the administered subtree.

    Raises:
        NotFound: when the unit is missing, abolished or outside the subtree.
        Forbidden: when the actor administers nobody there.
    """
    above = actor.may(Permission.PREFECTURE_PEOPLE_MANAGE)
    actor.require(Permission.PEOPLE_MANAGE if unit_id is None else Permission.PREFECTURE_PEOPLE_MANAGE)
    tenant = uow.session.get(Tenant, actor.tenant_id if unit_id is None else unit_id)
    if tenant is None or tenant.status != "active" or not _within(tenant.path, actor.tenant_path):
        raise NotFound
    return Unit(tenant.id, tenant.path, tenant.tenant_type, tenant.official_name, tenant.short_name, above)


def person_of(uow: UnitOfWork, *, unit: Unit, user_id: int) -> Member:
    """A person of the unit.

    Raises:
        NotFound: when there is none, or it belongs to other units only.
    """
    found = members(uow, tenant_id=unit.id, user_id=user_id)
    if not found:
        raise NotFound
    return found[0]


def obstacle(uow: UnitOfWork, *, actor: Actor, unit: Unit, user_id: int) -> str:
    """Why the actor may not decide about the account as such; empty when that is allowed."""
    posts = posts_everywhere(uow, user_id=user_id)
    if unit.from_above:
        return "" if all(_within(post.path, actor.tenant_path) for post in posts) else BEYOND_SUBTREE
    mine = all(post.tenant_id == unit.id and Role(post.role) not in RESERVED for post in posts)
    return "" if mine else BEYOND_UNIT


def add_person(
    uow: UnitOfWork, *, unit: Unit, hasher: PasswordHasher, form: PersonForm
) -> tuple[int, Temporary | None]:
    """Give a person posts in the unit, with a new account if there is none: the id, and its temporary password.

    An account that exists is found by login name or mobile number, and only if the name is right too: otherwise
    the form would tell whose number it is.

    Raises:
        Invalid: naming each field.
    """
    roles = _wanted(unit, form.roles)
    known = _existing(uow, form)
    section = clean_section(form.section)
    temporary = None
    if known is None:
        password = temporary_password()
        known = create_user(
            uow,
            username=form.username.strip() or _free_username(uow, form.name),
            name=form.name,
            mobile=form.mobile,
            email=form.email,
            password_hash=hash_password(hasher, password),
        )
        temporary = Temporary(known.id, known.username, known.name, password)
    elif members(uow, tenant_id=unit.id, user_id=known.id):
        problem = f"{known.name}已在{unit.short_name}的人员名单中"
        raise Invalid([Fault("name", problem, "如需调整岗位，请在名单中打开该人员")])
    add_membership(uow, user_id=known.id, tenant_id=unit.id, roles=roles, section=section)
    return known.id, temporary


def set_roles(uow: UnitOfWork, *, actor: Actor, unit: Unit, user_id: int, roles: frozenset[Role], section: str) -> None:
    """Make `roles` the posts of a person in the unit; those that only the prefecture gives stay as they are.

    Raises:
        NotFound: when the person is not of the unit.
        Invalid: when no post would be left, one may not be given here, or an administrator would be missing.
    """
    member = person_of(uow, unit=unit, user_id=user_id)
    kept = member.roles - frozenset(unit.grantable())
    wanted = (_wanted(unit, roles) if roles or not kept else frozenset()) | kept
    taken = member.roles - wanted
    _keep_administrators(uow, actor=actor, unit=unit, user_id=user_id, lost=taken)
    place, today = clean_section(section), shanghai_date(uow.now)
    for post in _posts(uow, unit, user_id):
        post.section = place
        if post.role in taken:
            post.active, post.ended_date = False, today
    if wanted - member.roles:
        add_membership(uow, user_id=user_id, tenant_id=unit.id, roles=wanted - member.roles, section=place)
    if taken or place != member.section:
        detail = {"roles": sorted(taken), "section": place}
        uow.audit("membership.change", tenant_id=unit.id, object_type="user", object_id=user_id, detail=detail)


def end_membership(uow: UnitOfWork, *, actor: Actor, unit: Unit, user_id: int, ended_date: date | None) -> None:
    """End all posts of a person in the unit: from that date on nothing can be done in its name.

    None takes back an end that was set for a day to come.

    Raises:
        NotFound: when the person is not of the unit.
        Invalid: when the date is impossible, or an administrator would be missing.
        Refused: when the person holds a post that only the prefecture gives and takes.
    """
    member = person_of(uow, unit=unit, user_id=user_id)
    if member.roles - frozenset(unit.grantable()):
        raise Refused("该人员担任由市级管理员授予的岗位，请联系市级管理员办理离任。")
    posts, today = _posts(uow, unit, user_id), shanghai_date(uow.now)
    if ended_date is None:
        for post in posts:
            post.ended_date = None
        uow.audit("membership.keep", tenant_id=unit.id, object_type="user", object_id=user_id)
        return
    earliest = min(post.started_date for post in posts)
    if not earliest <= ended_date <= today + LONGEST_NOTICE:
        problem = f"离任日期应在到任日期（{earliest:%Y-%m-%d}）之后、一年以内"
        raise Invalid([Fault("ended_date", problem, "请核对日期")])
    _keep_administrators(uow, actor=actor, unit=unit, user_id=user_id, lost=member.roles)
    for post in posts:
        post.ended_date, post.active = max(ended_date, post.started_date), ended_date > today
    uow.session.flush()
    detail = {"ended_date": ended_date.isoformat(), "roles": sorted(member.roles)}
    uow.audit("membership.end", tenant_id=unit.id, object_type="user", object_id=user_id, detail=detail)


def close_ended_posts(uow: UnitOfWork) -> int:
    """Switch off posts whose day has come; returns how many. They have not counted since that day."""
    today = shanghai_date(uow.now)
    posts = uow.session.scalars(select(Membership).where(Membership.active, Membership.ended_date <= today)).all()
    for post in posts:
        post.active = False
    return len(posts)


def edit_person(uow: UnitOfWork, *, actor: Actor, unit: Unit, user_id: int, form: PersonForm) -> bool:
    """Correct login name, name, mobile number and e-mail; false when nothing was different.

    Raises:
        NotFound, Invalid; Refused: when the account has posts elsewhere.
    """
    user = _account(uow, actor=actor, unit=unit, user_id=user_id)
    return change_details(
        uow,
        user=user,
        username=form.username,
        name=form.name,
        mobile=form.mobile,
        email=form.email,
        tenant_id=unit.id,
    )


def reset_password(uow: UnitOfWork, *, actor: Actor, unit: Unit, hasher: PasswordHasher, user_id: int) -> Temporary:
    """Give a person a temporary password, to be shown once; ends all sessions and opens the lock.

    Raises:
        NotFound; Refused: when the account has posts elsewhere, or is the actor's own.
    """
    user = _account(uow, actor=actor, unit=unit, user_id=user_id)
    if user.id == actor.user_id:
        raise Refused("不能为自己重置密码，请在“账号与密码”中修改。")
    made = give_temporary_password(uow, hasher=hasher, user=user)
    uow.audit("user.password_reset", tenant_id=unit.id, object_type="user", object_id=user_id)
    return made


def unlock_person(uow: UnitOfWork, *, unit: Unit, user_id: int) -> None:
    """Open the lock of a person of the unit. Raises `NotFound`."""
    person_of(uow, unit=unit, user_id=user_id)
    unlock(uow, user=uow.session.get_one(User, user_id))
    uow.audit("user.unlock", tenant_id=unit.id, object_type="user", object_id=user_id)


def set_active(uow: UnitOfWork, *, actor: Actor, unit: Unit, user_id: int, active: bool) -> None:
    """Close an account, which ends its sessions at once, or open it again.

    Raises:
        NotFound; Refused: when the account has posts elsewhere, or is the actor's own.
    """
    user = _account(uow, actor=actor, unit=unit, user_id=user_id)
    if user.id == actor.user_id:
        raise Refused("不能停用自己的账号，请由其他管理员办理。")
    user.active = active
    user.disabled_at = None if active else uow.now
    if not active:
        end_sessions(user)
    action = "user.enable" if active else "user.disable"
    uow.audit(action, tenant_id=unit.id, object_type="user", object_id=user_id)


def _within(path: str, base: str) -> bool:
    return path == base or path.startswith(f"{base}.")


def _wanted(unit: Unit, roles: frozenset[Role]) -> frozenset[Role]:
    if not roles:
        raise Invalid([Fault("roles", "没有选择岗位", "请至少选择一个岗位；人员不再任职的，请办理离任")])
    beyond = roles - frozenset(unit.grantable())
    if beyond:
        names = "、".join(ROLE_LABELS[role] for role in sorted(beyond))
        raise Invalid([Fault("roles", f"“{names}”不能在此授予", "请联系市级管理员")])
    return roles


def _existing(uow: UnitOfWork, form: PersonForm) -> User | None:
    by_name = find_user(uow, identity=normal_identity(form.username))
    by_mobile = find_user(uow, identity=normal_identity(form.mobile))
    field, user = ("mobile", by_mobile) if by_mobile else ("username", by_name)
    if user is None:
        return None
    same_name = user.name == form.name.strip()
    if not same_name or (by_name and by_mobile and by_name.id != by_mobile.id):
        raise Invalid([Fault(field, *TAKEN[field])])
    if not user.active:
        raise Invalid([Fault(field, "该账号已停用", "请先由原单位管理员或者市级管理员启用")])
    return user


def _free_username(uow: UnitOfWork, name: str) -> str:
    """A login name from the pinyin of a name, with a number where it is taken."""
    base = pinyin_key(name).replace(" ", "")[:24]
    if not Details(base, name).faults():
        for number in range(1, 1000):
            candidate = base if number == 1 else f"{base}{number}"
            if find_user(uow, identity=candidate) is None:
                return candidate
    return ""


def _posts(uow: UnitOfWork, unit: Unit, user_id: int) -> list[Membership]:
    query = select(Membership).where(
        Membership.tenant_id == unit.id, Membership.user_id == user_id, holds_now(shanghai_date(uow.now))
    )
    return list(uow.session.scalars(query))


def _account(uow: UnitOfWork, *, actor: Actor, unit: Unit, user_id: int) -> User:
    person_of(uow, unit=unit, user_id=user_id)
    reason = obstacle(uow, actor=actor, unit=unit, user_id=user_id)
    if reason:
        raise Refused(reason)
    return uow.session.get_one(User, user_id)


def _keep_administrators(uow: UnitOfWork, *, actor: Actor, unit: Unit, user_id: int, lost: frozenset[Role]) -> None:
    """Refuse to leave a unit without its administrator by one's own hand, or the prefecture without any."""
    for role in lost & {Role.UNIT_ADMIN, Role.PREFECTURE_ADMIN}:
        if role is Role.UNIT_ADMIN and user_id != actor.user_id:
            continue
        # Locked in one order, so that two who take the post from each other do not both succeed.
        holders = uow.session.scalars(
            select(Membership.user_id)
            .join(User, User.id == Membership.user_id)
            .where(Membership.tenant_id == unit.id, Membership.role == role, Membership.active)
            .where(Membership.ended_date.is_(None), User.active)
            .order_by(Membership.id)
            .with_for_update(of=Membership)
        ).all()
        if set(holders) <= {user_id}:
            problem = f"本单位没有其他{ROLE_LABELS[role]}，不能免去这一岗位"
            raise Invalid([Fault("roles", problem, "请先指定接任人员")])

"""What happens to accounts: created, given posts, passwords changed and reset, locks opened, closed."""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from gongkai.accounts.models import Membership, User
from gongkai.accounts.passwords import check_password, hash_password, matches, temporary_password
from gongkai.accounts.permissions import Role
from gongkai.accounts.reset_links import make_token
from gongkai.accounts.schemas import Details, clean_section, normal_identity
from gongkai.accounts.sign_in import find_user
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.errors import Fault, Invalid, NotFound
from gongkai.core.ports import Mail, Services
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.models import Tenant

TAKEN = {
    "username": ("登录名已被其他账号使用", "请换一个登录名；如是同一人，请直接填写其现有登录名和姓名"),
    "mobile": ("手机号已被其他账号使用", "请核对号码和姓名；如是同一人，请由市级管理员办理"),
    "email": ("电子邮箱已被其他账号使用", "请换一个邮箱，或者留空"),
}


@dataclass(frozen=True, slots=True)
class Temporary:
    """A temporary password, to be shown once."""

    user_id: int
    username: str
    name: str
    password: str


def create_user(
    uow: UnitOfWork,
    *,
    username: str,
    name: str,
    mobile: str | None,
    email: str | None,
    password_hash: str,
    must_change_password: bool = True,
) -> User:
    """Create an account without a post; `password_hash` comes from `passwords.hash_password`, once for many.

    Raises:
        Invalid: naming each field that is malformed or taken.
    """
    details = Details.clean(username=username, name=name, mobile=mobile, email=email)
    _refuse_taken(uow, details, except_id=None)
    user = User(
        username=details.username,
        name=details.name,
        mobile=details.mobile or None,
        email=details.email or None,
        password=password_hash,
        active=True,
        fs_uniquifier=secrets.token_hex(16),
        must_change_password=must_change_password,
        failed_logins=0,
        created_at=uow.now,
    )
    with _unique(uow, details, except_id=None):
        uow.session.add(user)
    uow.audit("user.create", object_type="user", object_id=user.id)
    return user


def add_membership(
    uow: UnitOfWork, *, user_id: int, tenant_id: int, roles: Iterable[Role], section: str = ""
) -> list[Membership]:
    """Give a person these roles in a unit from today on, besides those already held; an ended post is taken up again.

    Raises:
        Invalid: when the section's name is too long.
    """
    place, today = clean_section(section), shanghai_date(uow.now)
    held = {
        membership.role: membership
        for membership in uow.session.scalars(
            select(Membership).where(Membership.tenant_id == tenant_id, Membership.user_id == user_id)
        )
    }
    given = []
    for role in sorted(set(roles)):
        post = held.get(role)
        if post is None:
            post = Membership(
                tenant_id=tenant_id, user_id=user_id, role=role, section=place, active=True, started_date=today
            )
            uow.session.add(post)
        elif not post.active or post.ended_date is not None:
            post.active, post.started_date, post.ended_date, post.section = True, today, None, place
        given.append(post)
    uow.session.flush()
    detail = {"user_id": user_id, "roles": [post.role for post in given]}
    uow.audit("membership.give", tenant_id=tenant_id, object_type="user", object_id=user_id, detail=detail)
    return given


def change_details(
    uow: UnitOfWork,
    *,
    user: User,
    username: str,
    name: str,
    mobile: str | None,
    email: str | None,
    tenant_id: int | None = None,
) -> bool:
    """Change who a person is and how they sign in; false when nothing was different.

    `tenant_id` is the unit that did it, for the audit.

    Raises:
        Invalid: naming each field that is malformed or taken.
    """
    details = Details.clean(username=username, name=name, mobile=mobile, email=email)
    _refuse_taken(uow, details, except_id=user.id)
    before = (user.username, user.name, user.mobile, user.email)
    after = (details.username, details.name, details.mobile or None, details.email or None)
    if before == after:
        return False
    with _unique(uow, details, except_id=user.id):
        user.username, user.name, user.mobile, user.email = after
    fields = ("username", "name", "mobile", "email")
    changed = [key for key, old, new in zip(fields, before, after, strict=True) if old != new]
    detail = {"fields": changed}
    uow.audit("user.change", tenant_id=tenant_id, object_type="user", object_id=user.id, detail=detail)
    return True


def end_sessions(user: User) -> None:
    """Make every session of the person worthless: sessions name the account by this value."""
    user.fs_uniquifier = secrets.token_hex(16)


def set_password(uow: UnitOfWork, *, user: User, password_hash: str, temporary: bool) -> None:
    """Set a password, end every session of the person and open the lock; a temporary one must change at once."""
    user.password = password_hash
    end_sessions(user)
    user.must_change_password, user.password_changed_at = temporary, uow.now
    user.failed_logins, user.locked_until = 0, None
    uow.session.flush()


def choose_password(
    uow: UnitOfWork,
    *,
    hasher: PasswordHasher,
    user: User,
    password: str,
    again: str,
    units: Iterable[str],
    reason: str,
) -> None:
    """A person's own new password; `units` are names of the units worked for, `reason` goes into the audit.

    Raises:
        Invalid: when it is weak, the old one, or typed differently the second time.
    """
    personal = (user.username, user.mobile, user.email, user.name, *units)
    check_password(password, field="new_password", personal=personal)
    if password != again:
        raise Invalid([Fault("again", "两次填写的新密码不一致", "请重新填写")])
    if matches(hasher, password, user.password):
        raise Invalid([Fault("new_password", "新密码与原密码相同", "请换一个没有用过的密码")])
    set_password(uow, user=user, password_hash=hash_password(hasher, password), temporary=False)
    uow.audit("account.password", object_type="user", object_id=user.id, detail={"by": reason})


def give_temporary_password(uow: UnitOfWork, *, hasher: PasswordHasher, user: User) -> Temporary:
    """Replace a forgotten password by a temporary one; the caller has checked that the actor may."""
    password = temporary_password()
    set_password(uow, user=user, password_hash=hash_password(hasher, password), temporary=True)
    return Temporary(user.id, user.username, user.name, password)


def unlock(uow: UnitOfWork, *, user: User) -> None:
    """Open the lock that failed sign-ins have closed; the caller has checked that the actor may."""
    user.failed_logins, user.locked_until = 0, None
    uow.session.flush()


def get_user(uow: UnitOfWork, *, login: str) -> User:
    """The account with this login name, mobile number or e-mail, for commands.

    Raises:
        NotFound: when there is none.
    """
    user = find_user(uow, identity=normal_identity(login))
    if user is None:
        raise NotFound(f"没有登录名、手机号或者邮箱为“{login}”的账号。")
    return user


def request_reset(uow: UnitOfWork, *, identity: str) -> None:
    """Have a reset link sent if there is such an account with an e-mail address; tells nobody whether there is."""
    user = find_user(uow, identity=normal_identity(identity))
    if user is not None and user.active and user.email:
        uow.emit("account.reset_requested", user.id)


def send_reset_links(services: Services, uow: UnitOfWork, user_ids: Iterable[int]) -> None:
    """Outbox handler of `account.reset_requested`: mail each person a link."""
    for user in uow.session.scalars(select(User).where(User.id.in_(list(user_ids)), User.active)):
        if not user.email:
            continue
        token = make_token(uow, settings=services.settings, user=user)
        link = f"{services.settings.base_url}/reset-password/{token}"
        body = (
            f"{user.name}：\n\n您好！我们收到了重置您账号（{user.username}）密码的申请。请在30分钟内打开以下链接设置新密码：\n\n"
            f"{link}\n\n链接只能使用一次。如果不是您本人申请，请忽略本邮件，您的密码不会改变。\n"
        )
        services.notifier.send(Mail(to=user.email, subject="重置密码", body=body))
        uow.audit("account.reset_sent", object_type="user", object_id=user.id)


def unit_names(uow: UnitOfWork, *, tenant_ids: Iterable[int]) -> list[str]:
    """Names and codes of units that must not be in a member's password."""
    query = select(Tenant.official_name, Tenant.short_name, Tenant.code).where(Tenant.id.in_(list(tenant_ids)))
    return [word for row in uow.session.execute(query) for word in row]


@contextmanager
def _unique(uow: UnitOfWork, details: Details, *, except_id: int | None) -> Iterator[None]:
    """Write inside a savepoint: somebody else may have taken a value since we looked."""
    try:
        with uow.session.begin_nested():
            yield
    except IntegrityError:
        _refuse_taken(uow, details, except_id=except_id)
        raise


def _refuse_taken(uow: UnitOfWork, details: Details, *, except_id: int | None) -> None:
    faults = []
    for name, (problem, remedy) in TAKEN.items():
        value = getattr(details, name)
        column = getattr(User, name)
        owner = uow.session.scalar(select(User.id).where(column == value)) if value else None
        if owner is not None and owner != except_id:
            faults.append(Fault(name, problem, remedy))
    if faults:
        raise Invalid(faults)

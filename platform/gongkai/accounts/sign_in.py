"""Who is at the door: sign-in with lockout and throttling.

What a caller can observe is the same whether an account exists or not: the same refusal, the same lock after the
same number of failures, about the same time. A refusal must be committed by the edge, for the counters.
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from sqlalchemy import case, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from gongkai.accounts.models import SignInThrottle, User
from gongkai.accounts.passwords import decoy, hash_password, matches
from gongkai.accounts.schemas import normal_identity
from gongkai.core.calendar.instants import format_datetime
from gongkai.core.errors import Refused
from gongkai.core.uow import UnitOfWork

LOCK_AFTER = 5
FIRST_LOCK = timedelta(minutes=15)
LONGEST_LOCK = timedelta(hours=4)
ADDRESS_LIMIT = 30
ADDRESS_WINDOW = timedelta(minutes=15)
REQUEST_LIMIT = 5
REQUEST_WINDOW = timedelta(hours=1)
FORGET_AFTER = timedelta(days=30)
WRONG = "账号或密码不正确"


class SignInRefused(Refused):
    """Not let in; `until` is set when trying again before that time is useless."""

    def __init__(self, message: str, until: datetime | None = None) -> None:
        super().__init__(message)
        self.until = until


@dataclass(frozen=True, slots=True)
class Welcome:
    """A person let in; `previous_at` and `failures` tell of the time before: the last sign-in, refusals since."""

    user: User
    previous_at: datetime | None
    failures: int


def sign_in(uow: UnitOfWork, *, hasher: PasswordHasher, identity: str, password: str, address: str) -> Welcome:
    """Let a person in by login name, mobile number or e-mail; `address` is the client's.

    Raises:
        SignInRefused: wrong account or password, locked, throttled, or deactivated.
    """
    _refuse_throttled(uow, address)
    name = normal_identity(identity)
    user = find_user(uow, identity=name, lock=True)
    locked_until = user.locked_until if user else _throttled_until(uow, _key("name", name))
    if locked_until is not None and locked_until > uow.now:
        _count_address(uow, address)
        raise _locked(locked_until)
    right = matches(hasher, password, user.password if user else decoy(hasher))
    if user is None or not right:
        _count_address(uow, address)
        failures, until = _count_account(uow, user, name)
        uow.audit("account.refuse", object_type="user", object_id=user.id if user else None, detail={"n": failures})
        raise _locked(until) if until else SignInRefused(f"{WRONG}。连续{LOCK_AFTER}次不正确，账号将暂时锁定。")
    if not user.active:
        raise SignInRefused("该账号已停用，不能登录；如需恢复，请联系本单位管理员。")
    return _welcome(uow, hasher, user, password)


def confirm_password(uow: UnitOfWork, *, hasher: PasswordHasher, user: User, password: str) -> bool:
    """Whether a signed-in person knows the password; failures count as at the door.

    Raises:
        SignInRefused: when the account is locked, or was locked by this failure.
    """
    uow.session.refresh(user, with_for_update={"key_share": True})
    if user.locked_until is not None and user.locked_until > uow.now:
        raise _locked(user.locked_until)
    if matches(hasher, password, user.password):
        user.failed_logins = 0
        return True
    _, until = _count_account(uow, user, "")
    if until:
        raise _locked(until)
    return False


def find_user(uow: UnitOfWork, *, identity: str, lock: bool = False) -> User | None:
    """The account with this login name, mobile number or e-mail, in the form `normal_identity` gives.

    With `lock`, guesses at the same account wait for each other, so that none is made uncounted.
    """
    if not identity:
        return None
    query = select(User).where(or_(User.username == identity, User.mobile == identity, User.email == identity))
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return uow.session.scalar(query)


def may_request(uow: UnitOfWork, *, identity: str, address: str) -> bool:
    """Count a request for a reset link; false when there were too many for this name or from this address."""
    counts = [
        _count(uow, _key("reset", normal_identity(identity)), REQUEST_WINDOW),
        _count(uow, _key("reset-address", _network(address)), REQUEST_WINDOW) - ADDRESS_LIMIT + REQUEST_LIMIT,
    ]
    return max(counts) <= REQUEST_LIMIT


def forget_old_failures(uow: UnitOfWork) -> None:
    """Delete counters that nobody has touched for a month."""
    uow.session.execute(delete(SignInThrottle).where(SignInThrottle.last_at < uow.now - FORGET_AFTER))


def lock_length(failures: int) -> timedelta | None:
    """How long the account stays locked after so many failures in a row; None when it does not."""
    if failures < LOCK_AFTER or failures % LOCK_AFTER:
        return None
    doublings = min(failures // LOCK_AFTER - 1, 10)
    return min(FIRST_LOCK * (1 << doublings), LONGEST_LOCK)


def _welcome(uow: UnitOfWork, hasher: PasswordHasher, user: User, password: str) -> Welcome:
    found = Welcome(user, user.last_login_at, user.failed_logins)
    user.failed_logins, user.locked_until, user.last_login_at = 0, None, uow.now
    if hasher.check_needs_rehash(user.password):
        user.password = hash_password(hasher, password)
    uow.audit("account.sign_in", object_type="user", object_id=user.id)
    return found


def _locked(until: datetime) -> SignInRefused:
    return SignInRefused(
        f"登录失败次数过多，账号已暂时锁定，{format_datetime(until)}后可以再试；急需使用的，请联系本单位管理员解除锁定。",
        until,
    )


def _count_account(uow: UnitOfWork, user: User | None, name: str) -> tuple[int, datetime | None]:
    """Count a failure; the number of failures in a row, and the end of the lock if it caused one."""
    if user is None:
        failures = _count(uow, _key("name", name), None)
    else:
        user.failed_logins += 1
        failures = user.failed_logins
    length = lock_length(failures)
    until = uow.now + length if length else None
    if user is not None:
        user.locked_until = until
        uow.session.flush()
    elif until is not None:
        _lock(uow, _key("name", name), until)
    return failures, until


def _key(kind: str, value: str) -> str:
    return f"{kind}:{hashlib.sha256(value.encode()).hexdigest()[:32]}"


def _network(address: str) -> str:
    """The address, or for IPv6 its /64: one subscriber has all of them."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else str(parsed)


def _throttled_until(uow: UnitOfWork, key: str) -> datetime | None:
    return uow.session.scalar(select(SignInThrottle.locked_until).where(SignInThrottle.key == key))


def _refuse_throttled(uow: UnitOfWork, address: str) -> None:
    until = _throttled_until(uow, _key("address", _network(address)))
    if until is not None and until > uow.now:
        raise SignInRefused(
            f"您所在网络登录失败次数过多，{format_datetime(until)}后可以再试；同一网络的其他人员也会受到影响。", until
        )


def _count_address(uow: UnitOfWork, address: str) -> None:
    key = _key("address", _network(address))
    if _count(uow, key, ADDRESS_WINDOW) >= ADDRESS_LIMIT:
        _lock(uow, key, uow.now + ADDRESS_WINDOW)


def _lock(uow: UnitOfWork, key: str, until: datetime) -> None:
    uow.session.execute(update(SignInThrottle).where(SignInThrottle.key == key).values(locked_until=until))


def _count(uow: UnitOfWork, key: str, window: timedelta | None) -> int:
    """Add one to a counter and return it; with a window, it starts anew when the window has passed."""
    stale = SignInThrottle.since < uow.now - window if window else SignInThrottle.since.is_(None)
    new = insert(SignInThrottle).values(key=key, failures=1, since=uow.now, last_at=uow.now, locked_until=None)
    counted = new.on_conflict_do_update(
        index_elements=[SignInThrottle.key],
        set_={
            "failures": case((stale, 1), else_=SignInThrottle.failures + 1),
            "since": case((stale, uow.now), else_=SignInThrottle.since),
            "last_at": uow.now,
        },
    ).returning(SignInThrottle.failures)
    return uow.session.execute(counted).scalar_one()

"""Reset links: signed, short-lived, worthless once the password has changed. Nothing is stored.

The mail leaves after commit, from a job without a web application, so the token is ours and not the library's,
whose serializer lives in the application.
"""

import hashlib
from datetime import timedelta

from itsdangerous import BadSignature, URLSafeSerializer

from gongkai.accounts.models import User
from gongkai.core.errors import Refused
from gongkai.core.settings import Settings
from gongkai.core.uow import UnitOfWork

VALID_FOR = timedelta(minutes=30)


class DeadLink(Refused):
    """The link was altered, has expired, or was used."""

    def __init__(self) -> None:
        super().__init__("重置链接已失效：链接只能使用一次，30分钟内有效。请重新申请。")


def _serializer(settings: Settings) -> URLSafeSerializer:
    return URLSafeSerializer(settings.secret_key, salt=f"password-reset-{settings.password_salt}")


def _state(user: User) -> str:
    """Changes with each new password."""
    return hashlib.sha256(f"{user.fs_uniquifier}{user.password}".encode()).hexdigest()[:20]


def make_token(uow: UnitOfWork, *, settings: Settings, user: User) -> str:
    """The token of a link that is valid for `VALID_FOR` from now."""
    return str(_serializer(settings).dumps([user.id, int(uow.now.timestamp()), _state(user)]))


def user_of(uow: UnitOfWork, *, settings: Settings, token: str) -> User:
    """The account whose password the token lets one set.

    Raises:
        DeadLink: when the token is not ours, too old, or its password has changed.
    """
    try:
        user_id, issued, state = _serializer(settings).loads(token)
    except (BadSignature, ValueError, TypeError) as error:
        raise DeadLink from error
    user = uow.session.get(User, user_id)
    age = uow.now.timestamp() - issued
    if user is None or not user.active or state != _state(user) or not 0 <= age <= VALID_FOR.total_seconds():
        raise DeadLink
    return user

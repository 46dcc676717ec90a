"""Flask-Security's wiring: it keeps the session of a signed-in person and guards routes; nothing else of it is used.

Its own pages, forms and messages are not registered: all that a person sees is ours and Chinese.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, session
from flask_security import Security, login_user, logout_user
from flask_security.utils import set_request_attr

from gongkai.accounts.datastore import UserStore
from gongkai.accounts.models import User
from gongkai.core.settings import Settings
from gongkai.core.uow import UnitOfWork

SEEN_KEY = "seen_at"
TOUCH_SECONDS = 30
"""Activity is noted this often, so that requests side by side do not overwrite each other's cookie."""


def configuration(settings: Settings) -> dict[str, Any]:
    """Flask configuration for sessions and sign-in."""
    return {
        "SECRET_KEY": settings.secret_key,
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_NAME": "gongkai",
        "SESSION_REFRESH_EACH_REQUEST": False,
        # A little longer than our own limit, which tells the person what happened.
        "PERMANENT_SESSION_LIFETIME": timedelta(minutes=settings.session_minutes + 5),
        "SECURITY_PASSWORD_SALT": settings.password_salt,
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_JOIN_USER_ROLES": False,
        "SECURITY_FLASH_MESSAGES": False,
        "SECURITY_DEFAULT_REMEMBER_ME": False,
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_CLI_USERS_NAME": False,
        "SECURITY_CLI_ROLES_NAME": False,
        "SECURITY_I18N_DOMAIN": "flask_security",
        "BABEL_DEFAULT_LOCALE": "zh_Hans_CN",
        "WTF_CSRF_TIME_LIMIT": None,
    }


def init_security(app: Flask, work: Callable[[], UnitOfWork], *, idle: timedelta) -> Security:
    """Attach Flask-Security to `app` over the unit of work that `work` returns; `idle` ends a session."""
    security = Security(app, UserStore(lambda: work().session), register_blueprint=False)
    # A browser signs in at the page and nowhere else: no tokens, no JSON answers.
    security.want_json(lambda _: False)
    security.login_manager.request_loader(lambda _: None)

    def load(key: str) -> User | None:
        seen, now = session.get(SEEN_KEY), work().now
        if not isinstance(seen, int) or now.timestamp() - seen > idle.total_seconds():
            return None
        user = security.datastore.find_user(fs_uniquifier=key)
        if not isinstance(user, User) or not user.active:
            return None
        if now.timestamp() - seen > TOUCH_SECONDS:
            session[SEEN_KEY] = int(now.timestamp())
        set_request_attr("fs_authn_via", "session")
        set_request_attr("fs_paa", session.get("fs_paa", 0))
        return user

    security.login_manager.user_loader(load)
    return security


def begin_session(user: User, *, now: datetime) -> None:
    """Sign `user` in, in a session that holds nothing of what was in the browser before."""
    session.clear()
    login_user(user, remember=False, authn_via=["password"])
    session[SEEN_KEY] = int(now.timestamp())


def end_session() -> None:
    """Sign out and forget what the session held."""
    logout_user()
    session.clear()

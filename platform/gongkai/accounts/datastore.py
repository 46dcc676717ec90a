"""Flask-Security's view of our users: it finds and changes them, it never commits (the edge does)."""

from collections.abc import Callable
from typing import Any

from flask_security import SQLAlchemySessionUserDatastore
from sqlalchemy.orm import Session
from werkzeug.local import LocalProxy

from gongkai.accounts.models import User


class NoRole:
    """Flask-Security wants a role model; roles are ours (`Membership`), so this one is never stored."""

    name = ""


class UserStore(SQLAlchemySessionUserDatastore):
    """Users in the session of the running unit of work."""

    def __init__(self, session: Callable[[], Session]) -> None:
        proxy: Any = LocalProxy(session)
        super().__init__(proxy, User, NoRole)  # type: ignore[arg-type]

    def commit(self) -> None:
        """Flush only: one transaction a request, committed at the edge."""
        self.db.session.flush()

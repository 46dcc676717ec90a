"""What a request works with: services, unit of work, actor. Views read it here; services never do."""

from contextlib import ExitStack
from typing import cast

from flask import current_app, g

from gongkai.accounts.actors import Actor
from gongkai.core.errors import Forbidden
from gongkai.core.module import Module
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork


def services() -> Services:
    """The services of this application."""
    return cast("Services", current_app.extensions["gongkai.services"])


def modules() -> tuple[Module, ...]:
    """The modules of this application."""
    return cast("tuple[Module, ...]", current_app.extensions["gongkai.modules"])


def uow() -> UnitOfWork:
    """The request's unit of work, begun at first use in the public scope."""
    if "uow" not in g:
        g.uow_stack = ExitStack()
        g.uow = g.uow_stack.enter_context(services().database.unit_of_work())
    return cast("UnitOfWork", g.uow)


def actor() -> Actor:
    """The signed-in person acting for a unit.

    Raises:
        Forbidden: when the person holds no post in any unit.
    """
    found = g.get("actor")
    if found is None:
        raise Forbidden("您的账号尚未分配到任何单位，请联系单位管理员或市级管理员。")
    return cast("Actor", found)


def finish(*, commit: bool) -> None:
    """End the request's transaction, if one was begun."""
    if "uow" in g:
        if commit:
            g.uow.commit()
        else:
            g.uow.session.rollback()


def close() -> None:
    """Give the connection back."""
    stack = g.pop("uow_stack", None)
    g.pop("uow", None)
    if stack is not None:
        stack.close()

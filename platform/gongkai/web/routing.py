"""Routes declare a permission; nothing is reachable without one (a test walks the URL map)."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec

from flask import Blueprint, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_security import auth_required

from gongkai.accounts.actors import act, posts_of
from gongkai.accounts.permissions import Permission
from gongkai.core.errors import Forbidden
from gongkai.web import current
from gongkai.web.redirects import return_path

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]
WITHOUT_POST = frozenset({Permission.PUBLIC_READ, Permission.ACCOUNT_MANAGE})
ACTING_KEY = "acting_tenant_id"
AFTER_PASSWORD_KEY = "after_password"
FIRST_CHANGE = "security.change_password"


def route(
    blueprint: Blueprint,
    rule: str,
    *,
    permission: Permission,
    methods: Sequence[str] = ("GET",),
    endpoint: str | None = None,
) -> Callable[[View[P]], View[P]]:
    """Register a view under `rule`; a caller without `permission` never reaches it."""

    def register(view: View[P]) -> View[P]:
        @wraps(view)
        def authorised(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if permission is Permission.PUBLIC_READ:
                return view(*args, **kwargs)
            refusal = _enter_actor(permission)
            return refusal if refusal is not None else view(*args, **kwargs)

        guarded: Any = authorised if permission is Permission.PUBLIC_READ else auth_required("session")(authorised)
        guarded.permission = permission
        blueprint.add_url_rule(rule, endpoint or view.__name__, guarded, methods=list(methods))
        return view

    return register


def _enter_actor(permission: Permission) -> ResponseReturnValue | None:
    """Find out for whom the person acts and enter that scope; a redirect when the password must change first."""
    if current_user.must_change_password and request.endpoint != FIRST_CHANGE:
        session[AFTER_PASSWORD_KEY] = return_path()
        return redirect(url_for(FIRST_CHANGE))
    work = current.uow()
    g.posts = posts_of(work, user_id=current_user.id)
    g.actor = act(
        work,
        user_id=current_user.id,
        name=current_user.name,
        posts=g.posts,
        tenant_id=session.get(ACTING_KEY),
    )
    if permission not in WITHOUT_POST and not current.actor().may(permission):
        raise Forbidden(current.actor().refusal(permission))
    return None

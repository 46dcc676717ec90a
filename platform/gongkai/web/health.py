"""`/healthz`: the process answers. `/readyz`: it can serve: database, migrations, role, and what modules check.

What only makes the service worse, such as a search server that does not answer, is remarked there and fails nothing.
"""

from typing import Any

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from gongkai.accounts.permissions import Permission
from gongkai.core import migrate
from gongkai.core.uow import UnitOfWork
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("health", __name__)
_ROLE = text(
    "SELECT rolsuper OR rolbypassrls OR EXISTS (SELECT 1 FROM pg_class WHERE relowner = pg_roles.oid)"
    " FROM pg_roles WHERE rolname = current_user"
)


def role_problem(uow: UnitOfWork) -> str | None:
    """What is wrong with the database role, if it could get around row-level security."""
    return "database role could bypass row-level security" if uow.session.scalar(_ROLE) else None


def schema_problem(uow: UnitOfWork) -> str | None:
    """What is wrong with the schema, if the code is newer or older than the tables."""
    found, wanted = migrate.current(uow.session.connection()), migrate.head()
    return None if found == wanted else f"database is at revision {found}, the code needs {wanted}"


@route(blueprint, "/healthz", permission=Permission.PUBLIC_READ)
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@route(blueprint, "/readyz", permission=Permission.PUBLIC_READ)
def readyz() -> ResponseReturnValue:
    """Every check by name, 503 when one fails; remarks beside them where there are any."""
    checks = {"role": role_problem, "schema": schema_problem}
    for module in current.modules():
        checks |= module.health
    try:
        results = {name: check(current.uow()) or "ok" for name, check in checks.items()}
    except SQLAlchemyError as error:
        results = {"database": type(error).__name__}
    ready = all(result == "ok" for result in results.values())
    answer: dict[str, Any] = {"status": "ok" if ready else "failing", "checks": results}
    remarks = [
        (name, remark(current.services())) for module in current.modules() for name, remark in module.remarks.items()
    ]
    if wrong := {name: words for name, words in remarks if words}:
        answer["remarks"] = wrong
    return jsonify(answer), 200 if ready else 503

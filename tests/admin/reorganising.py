"""A reorganisation as the prefecture's administrator carries it through on the pages."""

import re
from collections.abc import Mapping
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from gongkai.accounts.models import Membership
from gongkai.admin.reorganisation.models import Reorganisation
from gongkai.admin.reorganisation.tasks import carry_out_due
from gongkai.publishing.models import Item
from gongkai.tenancy.models import Tenant, TenantSuccession
from tests.accounts.browsing import send, text_of
from tests.factories.world import World

LIST = "/admin/reorganisations/"
TERMS = {"effective_date": "2026-03-20", "basis": "云编发〔2026〕7号", "grace_months": "2"}


def begin(client: FlaskClient, kind: str, sources: str, receivers: str, **terms: str) -> TestResponse:
    """Send the first page of a plan."""
    data = {**TERMS, "kind": kind, "sources": sources, "receivers": receivers, **terms}
    return send(client, f"{LIST}new?kind={kind}", data)


def begun(client: FlaskClient, kind: str, sources: str, receivers: str, **terms: str) -> str:
    """Address of a plan that has been begun."""
    answer = begin(client, kind, sources, receivers, **terms)
    assert answer.status_code == 302, text_of(answer)
    found = re.match(rf"{LIST}\d+", answer.headers["Location"])
    assert found is not None
    return found[0]


def answer_page(client: FlaskClient, path: str, data: Mapping[str, Any]) -> None:
    """Send one of the further pages."""
    answer = send(client, path, dict(data))
    assert answer.status_code == 302, text_of(answer)


def press(client: FlaskClient, plan: str, deed: str) -> str:
    """Press 确认 or 取消 on the page of a plan; the page that follows."""
    return text_of(send(client, f"{plan}/{deed}", {}, page=plan, follow_redirects=True))


def run_due(world: World) -> None:
    """The job of the schedule."""
    carry_out_due(world.services)


def state_of(world: World, plan: str) -> str:
    with world.services.database.system_scope("test") as uow:
        return uow.session.get_one(Reorganisation, int(plan.rpartition("/")[2])).state


def unit(world: World, code: str) -> Tenant:
    with world.services.database.unit_of_work() as uow:
        return uow.session.scalars(select(Tenant).where(Tenant.code == code)).one()


def successors(world: World, code: str) -> set[str]:
    """Codes of the units to which a body passed."""
    codes = {number: code for code, number in world.units.items()}
    with world.services.database.unit_of_work() as uow:
        query = select(TenantSuccession.successor_id).where(TenantSuccession.tenant_id == world.units[code])
        return {codes[number] for number in uow.session.scalars(query)}


def posts(world: World, code: str) -> set[tuple[str, str]]:
    """(login, role) of who holds a post in a unit."""
    logins = {number: login for login, number in world.people.items()}
    with world.services.database.system_scope("test") as uow:
        query = select(Membership.user_id, Membership.role).where(
            Membership.tenant_id == world.units[code], Membership.active
        )
        return {(logins[row.user_id], row.role) for row in uow.session.execute(query)}


def work_of(world: World, code: str) -> list[tuple[str, str]]:
    """(title, state) of the unpublished items of a unit, by title."""
    with world.services.database.system_scope("test") as uow:
        query = select(Item.title, Item.state).where(
            Item.tenant_id == world.units[code], Item.state.not_in(("published", "taken_down"))
        )
        return sorted((row.title, row.state) for row in uow.session.execute(query))

"""A prefecture with two counties, a few bureaus and people with every role."""

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from gongkai.accounts.actors import Actor, act, posts_of
from gongkai.accounts.models import Membership, User
from gongkai.accounts.permissions import Role
from gongkai.catalog.models import ContentColumn
from gongkai.catalog.services import provision_columns
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.kinds import TenantType
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.services import NewTenant, create_tenant

PASSWORD = "Gongkai-2026-demo"
USCC = {"yl": "11330727775738086F", "yl-czj": "113708280043326001", "hx": "11441700007280420Y"}


@cache
def password_hash() -> str:
    """Argon2 hash of PASSWORD, cheap, made once."""
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)


@dataclass
class World:
    """Ids by code: units (`yl` prefecture, `yl-czj` its finance bureau, `hx` and `qs` counties, …) and people.

    A person's login is `<unit code>-<role>`, for instance `yl-czj-contributor`; all share PASSWORD.
    """

    services: Services
    units: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    items: dict[str, int] = field(default_factory=dict)

    def actor(self, uow: UnitOfWork, login: str) -> Actor:
        """The person at work in their unit; enters the scope."""
        user_id = self.people[login]
        found = act(uow, user_id=user_id, name=login, posts=posts_of(uow, user_id=user_id), tenant_id=None)
        assert found is not None
        return found

    def column(self, uow: UnitOfWork, unit: str, code: str) -> int:
        """Id of a unit's column."""
        query = select(ContentColumn.id).where(ContentColumn.tenant_id == self.units[unit], ContentColumn.code == code)
        return uow.session.execute(query).scalar_one()

    def sign_in(self, client: FlaskClient, login: str) -> FlaskClient:
        """Sign `login` in through the sign-in page."""
        import re

        page = client.get("/sign-in").get_data(as_text=True)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token is not None, page[:500]
        answer = client.post("/sign-in", data={"username": login, "password": PASSWORD, "csrf_token": token[1]})
        assert answer.status_code == 302, answer.get_data(as_text=True)[:2000]
        return client


UNITS: tuple[tuple[str, str, str, str, TenantType, str], ...] = (
    ("yl", "", "云岭州人民政府", "云岭州", TenantType.PREFECTURE_GOVERNMENT, "prefecture"),
    ("yl-czj", "yl", "云岭州财政局", "州财政局", TenantType.BUREAU, "prefecture"),
    ("hx", "yl", "和溪县人民政府", "和溪县", TenantType.COUNTY_GOVERNMENT, "county"),
    ("hx-mzj", "hx", "和溪县民政局", "和溪县民政局", TenantType.BUREAU, "county"),
    ("hx-qsz", "hx", "和溪县清水镇人民政府", "清水镇", TenantType.TOWNSHIP, "township"),
    ("hx-gs", "hx", "和溪县供水公司", "和溪供水公司", TenantType.PUBLIC_UTILITY, "county"),
    ("qs", "yl", "青石县人民政府", "青石县", TenantType.COUNTY_GOVERNMENT, "county"),
    ("qs-mzj", "qs", "青石县民政局", "青石县民政局", TenantType.BUREAU, "county"),
)
POSTS: dict[str, tuple[Role, ...]] = {
    "yl": (Role.SUPERVISOR, Role.PREFECTURE_ADMIN, Role.CONTRIBUTOR, Role.REVIEWER, Role.APPROVER),
    "hx": (Role.SUPERVISOR,),
    "qs": (Role.SUPERVISOR,),
}
USUAL_POSTS = (Role.CONTRIBUTOR, Role.REVIEWER, Role.APPROVER, Role.UNIT_ADMIN)


def make_world(services: Services) -> World:
    """Set the units up with their columns, and one person for each post."""
    world = World(services)
    with services.database.system_scope("test world") as uow:
        for order, (code, parent, official, short, kind, level) in enumerate(UNITS):
            new = NewTenant(
                code=code, official_name=official, short_name=short, tenant_type=kind, level=level,
                sort_order=order * 10, established_date=date(2015, 1, 1), parent_id=world.units.get(parent),
                uscc=USCC.get(code), area_code=f"53990{order}",
            )  # fmt: skip
            world.units[code] = create_tenant(uow, new=new).id
            provision_columns(uow, tenant_id=world.units[code])
            for role in POSTS.get(code, USUAL_POSTS):
                add_person(uow, world, f"{code}-{role}", code, role)
    return world


def add_person(uow: UnitOfWork, world: World, login: str, unit: str, role: Role, **values: Any) -> User:
    """A person with one role in one unit, who has already changed the first password."""
    user = User(
        username=login, name=login, password=password_hash(), active=True, fs_uniquifier=login,
        must_change_password=False, failed_logins=0, created_at=uow.now, **values,
    )  # fmt: skip
    uow.session.add(user)
    uow.session.flush()
    world.people[login] = user.id
    uow.session.add(
        Membership(
            tenant_id=world.units[unit], user_id=user.id, role=role, section="办公室", active=True,
            started_date=date(2020, 1, 1),
        )
    )  # fmt: skip
    uow.session.flush()
    return user


def tenant_of(uow: UnitOfWork, code: str) -> Tenant:
    """A unit by code."""
    return uow.session.execute(select(Tenant).where(Tenant.code == code)).scalar_one()

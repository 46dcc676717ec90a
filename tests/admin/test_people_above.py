"""The prefecture's administrator and the limits of everybody's authority over accounts."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gongkai.accounts.permissions import Role
from gongkai.accounts.services import add_membership
from tests.accounts.browsing import change_user, knock, send, text_of, user
from tests.admin.test_people import ACTIONS, NEWCOMER, roles_of, temporary
from tests.factories.world import World

ADMIN = "yl-prefecture_admin"
WRITER = "hx-mzj-contributor"


@pytest.fixture
def admin(world: World, client: FlaskClient) -> FlaskClient:
    """The prefecture's administrator, signed in."""
    return world.sign_in(client, ADMIN)


def base(world: World, unit: str) -> str:
    """Address of a unit's people."""
    return f"/work/units/{world.units[unit]}/people"


def do(admin: FlaskClient, world: World, unit: str, login: str, action: str, **data: Any) -> TestResponse:
    """Send a form of a person's page in a unit."""
    return send(admin, f"{base(world, unit)}/{world.people[login]}/{action}", data, page=base(world, unit) + "/")


def also(world: World, login: str, unit: str, role: Role) -> None:
    """Give a person a further post."""
    with world.services.database.system_scope("test") as uow:
        add_membership(uow, user_id=world.people[login], tenant_id=world.units[unit], roles=[role])


@pytest.mark.parametrize(
    ("typed", "units"),
    [
        ("民政", ["hx-mzj", "qs-mzj"]),
        ("人民政府", ["yl", "hx", "qs", "hx-qsz"]),
        ("县民政", ["hx-mzj", "qs-mzj"]),
        ("政府财政", []),
    ],
)
def test_units_are_found_by_a_part_of_one_name(world: World, admin: FlaskClient, typed: str, units: list[str]) -> None:
    page = text_of(admin.get(f"/work/people/units?q={typed}"))
    codes = {number: code for code, number in world.units.items()}
    found = dict.fromkeys(codes[int(number)] for number in re.findall(r'href="/work/units/(\d+)/people/"', page))
    assert sorted(found) == sorted(units)


def test_units_are_listed_with_their_people_and_searched(world: World, admin: FlaskClient) -> None:
    change_user(world, "hx-mzj-unit_admin", name="周敏")
    change_user(world, WRITER, name="李华", mobile="13800138000")
    page = text_of(admin.get("/work/people/units"))
    assert "共8个单位" in page
    assert "周敏" in page
    found = text_of(admin.get("/work/people/units?q=民政局"))
    assert "找到2个单位" in found
    person = text_of(admin.get("/work/people/units?q=138 0013 8000"))
    assert "李华" in person
    assert "找到1个单位" in person
    for odd in ("%", "_", "x" * 500, "'"):
        assert admin.get("/work/people/units", query_string={"q": odd}).status_code == 200
    assert "没有符合条件" in text_of(admin.get("/work/people/units?q=%25"))
    assert admin.get("/work/people/units?page=-1").status_code == 200
    assert admin.get("/work/people/units?page=99999999999999999999").status_code == 200


def test_people_of_any_unit_below_are_managed(world: World, admin: FlaskClient, app: Flask) -> None:
    assert "清水镇人员" in text_of(admin.get(base(world, "hx-qsz") + "/"))
    answer = send(admin, base(world, "hx-qsz") + "/new", NEWCOMER | {"roles": "unit_admin"})
    newcomer = app.test_client()
    assert knock(newcomer, "13812345678", temporary(answer)).status_code == 302
    password = temporary(do(admin, world, "qs-mzj", "qs-mzj-approver", "password"))
    assert knock(app.test_client(), "qs-mzj-approver", password).location == "/account/password"
    assert do(admin, world, "hx-mzj", WRITER, "roles", roles=["approver"]).status_code == 302
    assert roles_of(world, WRITER) == {"approver"}


def test_supervisors_are_appointed_by_the_prefecture_in_governments_only(world: World, admin: FlaskClient) -> None:
    assert "政务公开办督查员" in text_of(admin.get(f"{base(world, 'hx')}/{world.people['hx-supervisor']}"))
    assert "政务公开办督查员" not in text_of(admin.get(base(world, "hx-mzj") + "/new"))
    given = send(admin, base(world, "hx") + "/new", NEWCOMER | {"roles": ["supervisor"]})
    assert given.status_code == 200
    refused = do(admin, world, "hx-mzj", WRITER, "roles", roles=["supervisor"])
    assert (refused.status_code, "不能在此授予" in text_of(refused)) == (400, True)
    assert do(admin, world, "hx", "hx-supervisor", "roles", roles=["prefecture_admin"]).status_code == 400
    assert roles_of(world, "hx-supervisor", "hx") == {"supervisor"}


def test_officers_on_duty_are_appointed_like_supervisors(world: World, admin: FlaskClient) -> None:
    page = text_of(admin.get(f"{base(world, 'hx')}/{world.people['hx-supervisor']}"))
    assert "夜间和节假日紧急撤下信息" in page
    assert "科室负责人初审责任科室与此一致的信息" in page
    given = do(admin, world, "hx", "hx-supervisor", "roles", roles=["supervisor", "duty_officer"])
    assert given.status_code == 302
    assert roles_of(world, "hx-supervisor", "hx") == {"supervisor", "duty_officer"}
    refused = do(admin, world, "hx-mzj", WRITER, "roles", roles=["duty_officer"])
    assert (refused.status_code, "不能在此授予" in text_of(refused)) == (400, True)


def test_the_prefecture_keeps_an_administrator(world: World, admin: FlaskClient) -> None:
    assert do(admin, world, "yl", ADMIN, "end", ended_date="2026-03-23").status_code == 400
    assert do(admin, world, "yl", ADMIN, "roles", roles=["contributor"]).status_code == 400
    also(world, "yl-contributor", "yl", Role.PREFECTURE_ADMIN)
    assert do(admin, world, "yl", ADMIN, "roles", roles=["contributor"]).status_code == 302


def test_units_that_do_not_exist_or_are_gone_are_not_found(world: World, admin: FlaskClient) -> None:
    from gongkai.tenancy.models import Tenant

    assert admin.get("/work/units/999999999/people/").status_code == 404
    with world.services.database.system_scope("test") as uow:
        uow.session.get_one(Tenant, world.units["hx-gs"]).status = "abolished"
    assert admin.get(base(world, "hx-gs") + "/").status_code == 404
    wrong = f"{base(world, 'hx-mzj')}/{world.people['qs-mzj-contributor']}"
    assert admin.get(wrong).status_code == 404


def test_the_administrator_of_a_county_reaches_no_further(world: World, client: FlaskClient) -> None:
    also(world, "hx-supervisor", "hx", Role.PREFECTURE_ADMIN)
    world.sign_in(client, "hx-supervisor")
    assert client.get(base(world, "hx-mzj") + "/").status_code == 200
    for unit in ("qs-mzj", "qs", "yl", "yl-czj"):
        assert client.get(base(world, unit) + "/").status_code == 404
        for action, data in ACTIONS:
            target = f"{base(world, unit)}/{world.people[f'{unit}-supervisor' if unit == 'qs' else ADMIN]}/{action}"
            assert send(client, target, data, page="/work/people/units").status_code == 404
    assert "青石" not in text_of(client.get("/work/people/units"))
    also(world, WRITER, "qs-mzj", Role.APPROVER)
    refused = do(client, world, "hx-mzj", WRITER, "password")
    assert (refused.status_code, "管理范围以外" in text_of(refused)) == (409, True)


@pytest.mark.parametrize("login", ["hx-mzj-unit_admin", "hx-supervisor", "yl-supervisor"])
def test_other_units_are_closed_to_everybody_else(world: World, client: FlaskClient, login: str) -> None:
    world.sign_in(client, login)
    assert client.get(base(world, "hx-mzj") + "/").status_code == 403
    assert send(client, base(world, "hx-mzj") + "/new", NEWCOMER, page="/account/password").status_code == 403


@pytest.mark.parametrize("action", ["password", "details", "active"])
def test_a_unit_cannot_take_over_the_account_of_somebody_with_posts_elsewhere(
    world: World, client: FlaskClient, action: str
) -> None:
    """Adding the prefecture's administrator to a bureau must not let the bureau reset that password."""
    change_user(world, ADMIN, name="王主任", mobile="13800138000")
    bureau = world.sign_in(client, "hx-mzj-unit_admin")
    added = send(
        bureau, "/work/people/new", NEWCOMER | {"name": "王主任", "mobile": "13800138000", "roles": "contributor"}
    )
    assert added.status_code == 302
    page = text_of(bureau.get(added.location))
    assert "由市级管理员办理" in page
    assert "重置密码" not in page
    before = user(world, ADMIN)
    data = {"name": "王主任", "username": "taken-over", "email": "me@hx.example.cn", "active": "0"}
    answer = send(bureau, f"/work/people/{world.people[ADMIN]}/{action}", data, page="/work/people/")
    assert answer.status_code == 409
    after = user(world, ADMIN)
    assert (after.password, after.username, after.email, after.active) == (
        before.password, before.username, before.email, True,
    )  # fmt: skip


def test_a_unit_cannot_take_over_or_remove_its_own_supervisor(world: World, client: FlaskClient) -> None:
    with world.services.database.system_scope("test") as uow:
        add_membership(
            uow, user_id=world.people["hx-mzj-unit_admin"], tenant_id=world.units["hx"], roles=[Role.UNIT_ADMIN]
        )
    county = world.sign_in(client, "hx-mzj-unit_admin")
    send(county, "/work/act", {"unit": world.units["hx"]}, page="/account/password")
    target = f"/work/people/{world.people['hx-supervisor']}"
    assert "另任政务公开办督查员" in text_of(county.get(target))
    assert send(county, f"{target}/password", {}, page="/work/people/").status_code == 409
    ended = send(county, f"{target}/end", {"ended_date": "2026-03-23"}, page="/work/people/")
    assert ended.status_code == 409
    kept = send(county, f"{target}/roles", {"roles": "contributor"}, page="/work/people/")
    assert kept.status_code == 302
    assert roles_of(world, "hx-supervisor", "hx") == {"supervisor", "contributor"}


def test_the_prefecture_may_correct_anybody_below(world: World, admin: FlaskClient) -> None:
    also(world, WRITER, "qs-mzj", Role.APPROVER)
    data = {"name": "李华", "username": "lihua", "mobile": "13800138000", "email": ""}
    assert do(admin, world, "hx-mzj", WRITER, "details", **data).status_code == 302
    assert user(world, WRITER).name == "李华"

"""The people screens, through HTTP: a unit's administrator manages the unit's people and nobody else's."""

import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from gongkai.accounts.models import Membership, User
from gongkai.accounts.permissions import Role
from gongkai.accounts.tasks import tidy
from gongkai.core.models import AuditEvent
from tests.accounts.browsing import (
    NEW_PASSWORD,
    change_user,
    knock,
    send,
    signed_in_as,
    text_of,
    user,
)
from tests.conftest import AdjustableClock
from tests.factories.world import PASSWORD, World, add_person

ADMIN = "hx-mzj-unit_admin"
WRITER = "hx-mzj-contributor"
NEWCOMER = {"name": "赵晓明", "mobile": "13812345678", "username": "", "email": "", "section": "办公室"}


@pytest.fixture
def admin(world: World, client: FlaskClient) -> FlaskClient:
    """The bureau's administrator, signed in."""
    return world.sign_in(client, ADMIN)


def path(world: World, login: str, action: str = "") -> str:
    """Address of a person's page, or of something done to them."""
    return f"/work/people/{world.people[login]}" + (f"/{action}" if action else "")


def do(admin: FlaskClient, world: World, login: str, action: str, **data: Any) -> TestResponse:
    """Send a form of a person's page."""
    return send(admin, path(world, login, action), data, page="/work/people/")


def roles_of(world: World, login: str, unit: str = "hx-mzj") -> set[str]:
    """The posts a person holds in a unit now."""
    with world.services.database.system_scope("test") as uow:
        query = select(Membership.role).where(
            Membership.user_id == world.people[login],
            Membership.tenant_id == world.units[unit],
            Membership.active,
            Membership.ended_date.is_(None),
        )
        return set(uow.session.scalars(query))


def temporary(answer: TestResponse) -> str:
    """The temporary password on a page."""
    found = re.search(r'id="temporary-password"[^>]*>([^<]+)<', text_of(answer))
    assert found is not None, text_of(answer)
    return found[1]


def test_the_list_shows_who_does_what_and_when_they_were_last_here(
    world: World, admin: FlaskClient, app: Flask
) -> None:
    change_user(world, WRITER, name="李华", mobile="13800138000")
    change_user(world, "hx-mzj-approver", active=False)
    for _ in range(5):
        knock(app.test_client(), "hx-mzj-confidentiality_reviewer", "not-the-password")
    page = text_of(admin.get("/work/people/"))
    assert "和溪县民政局人员" in page
    rows = re.findall(r"<tr>\s*<th scope=\"row\">.*?</tr>", page, re.DOTALL)
    assert len(rows) == 4
    writer, reviewer, approver, me = rows
    assert all(words in writer for words in ("李华", "信息员", "办公室", "13800138000", "正常", "从未登录"))
    assert "已锁定" in reviewer
    assert "已停用" in approver
    assert "2026-03-23 09:30" in me
    assert "尚无分管领导（审批人）" in page.replace("(", "（").replace(")", "）")
    assert "青石县" not in page


def test_a_new_person_gets_an_account_and_a_password_shown_once(world: World, admin: FlaskClient, app: Flask) -> None:
    answer = send(admin, "/work/people/new", NEWCOMER | {"roles": ["contributor", "approver"]})
    assert answer.headers["Cache-Control"] == "no-store"
    page, password = text_of(answer), temporary(answer)
    assert "zhaoxiaoming" in page
    assert password not in text_of(admin.get("/work/people/"))
    newcomer = app.test_client()
    assert knock(newcomer, "13812345678", password).location == "/account/password"
    send(newcomer, "/account/password", {"password": password, "new_password": NEW_PASSWORD, "again": NEW_PASSWORD})
    shown = text_of(newcomer.get("/account/password"))
    assert "信息员、分管领导" in shown


def test_the_second_person_of_a_name_gets_a_login_of_their_own(world: World, admin: FlaskClient) -> None:
    send(admin, "/work/people/new", NEWCOMER | {"roles": "contributor"})
    answer = send(admin, "/work/people/new", NEWCOMER | {"mobile": "13812345679", "roles": "contributor"})
    assert "zhaoxiaoming2" in text_of(answer)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "姓名为空"),
        ({"name": "<b>x</b>"}, "姓名为空或者含有不能使用的字符"),
        ({"mobile": "12345"}, "手机号的格式不正确"),
        ({"mobile": "138123456780"}, "手机号的格式不正确"),
        ({"email": "nobody"}, "电子邮箱的格式不正确"),
        ({"email": "a@b@c.cn"}, "电子邮箱的格式不正确"),
        ({"username": "13812345678"}, "登录名的格式不正确"),
        ({"section": "长" * 41}, "科室名称超过40个字"),
        ({"roles": []}, "没有选择岗位"),
        ({"roles": ["supervisor"]}, "不能在此授予"),
        ({"roles": ["contributor", "prefecture_admin"]}, "不能在此授予"),
        ({"roles": ["emperor"]}, "没有选择岗位"),
        ({"username": "hx-mzj-contributor"}, "登录名已被其他账号使用"),
        ({"mobile": "13900139000"}, "手机号已被其他账号使用"),
        ({"email": "taken@hx.example.cn"}, "电子邮箱已被其他账号使用"),
    ],
)
def test_bad_entries_are_named_and_nothing_is_written(
    world: World, admin: FlaskClient, changes: dict[str, Any], words: str
) -> None:
    change_user(world, "qs-mzj-contributor", mobile="13900139000", email="taken@hx.example.cn", name="钱伟")
    with world.services.database.unit_of_work() as uow:
        before = uow.session.query(User).count()
    answer = send(admin, "/work/people/new", {**NEWCOMER, "roles": ["contributor"], **changes})
    page = text_of(answer)
    assert (answer.status_code, words in page) == (400, True), page[:3000]
    assert "钱伟" not in page
    if changes.get("name") is None:
        assert 'value="赵晓明"' in page
    with world.services.database.unit_of_work() as uow:
        assert uow.session.query(User).count() == before


def test_an_account_of_another_unit_is_found_by_mobile_and_name(world: World, admin: FlaskClient, app: Flask) -> None:
    change_user(world, "qs-mzj-contributor", name="赵晓明", mobile="13812345678")
    answer = send(admin, "/work/people/new", NEWCOMER | {"roles": "approver"})
    assert answer.status_code == 302
    assert "请用原有账号" not in text_of(admin.get(answer.location))
    assert roles_of(world, "qs-mzj-contributor") == {"approver"}
    person = world.sign_in(app.test_client(), "qs-mzj-contributor")
    page = text_of(person.get("/account/password"))
    assert "青石县民政局" in page
    assert "和溪县民政局" in page
    again = send(admin, "/work/people/new", NEWCOMER | {"roles": "contributor"})
    assert (again.status_code, "已在和溪县民政局的人员名单中" in text_of(again)) == (400, True)


def test_a_person_of_two_units_switches_between_them(world: World, app: Flask) -> None:
    with world.services.database.system_scope("test") as uow:
        add_membership_of(uow, world, "qs-mzj-contributor", "hx-gs", Role.UNIT_ADMIN)
    person = world.sign_in(app.test_client(), "qs-mzj-contributor")
    page = text_of(person.get("/account/password"))
    assert re.search(r'<option value="\d+" selected>和溪供水公司|<option value="\d+" selected>青石县民政局', page)
    for unit, status in (("hx-gs", 200), ("qs-mzj", 403), ("yl", 403)):
        send(person, "/work/act", {"unit": world.units[unit]}, page="/account/password")
        assert person.get("/work/people/").status_code == status, unit


def add_membership_of(uow: Any, world: World, login: str, unit: str, role: Role) -> None:
    from gongkai.accounts.services import add_membership

    add_membership(uow, user_id=world.people[login], tenant_id=world.units[unit], roles=[role])


def test_posts_are_given_and_taken(world: World, admin: FlaskClient, app: Flask) -> None:
    answer = do(admin, world, WRITER, "roles", roles=["approver", "unit_admin"], section="法规科")
    assert answer.status_code == 302
    assert roles_of(world, WRITER) == {"approver", "unit_admin"}
    assert "法规科" in text_of(admin.get("/work/people/"))
    person = world.sign_in(app.test_client(), WRITER)
    assert person.get("/work/people/").status_code == 200
    do(admin, world, WRITER, "roles", roles=["contributor"])
    assert roles_of(world, WRITER) == {"contributor"}
    assert person.get("/work/people/").status_code == 403


def test_a_post_taken_and_given_again_is_one_post(world: World, admin: FlaskClient) -> None:
    for roles in (["approver"], ["contributor"], ["contributor", "approver"]):
        assert do(admin, world, WRITER, "roles", roles=roles).status_code == 302
    assert roles_of(world, WRITER) == {"contributor", "approver"}


@pytest.mark.parametrize("roles", [["supervisor"], ["prefecture_admin"], ["contributor", "supervisor"], []])
def test_posts_beyond_the_unit_or_none_at_all_are_refused(world: World, admin: FlaskClient, roles: list[str]) -> None:
    answer = do(admin, world, WRITER, "roles", roles=roles)
    assert answer.status_code == 400
    assert roles_of(world, WRITER) == {"contributor"}


def test_the_last_administrator_cannot_leave_by_their_own_hand(world: World, admin: FlaskClient) -> None:
    refused = do(admin, world, ADMIN, "roles", roles=["contributor"])
    assert (refused.status_code, "没有其他单位管理员" in text_of(refused)) == (400, True)
    assert do(admin, world, ADMIN, "end", ended_date="2026-03-23").status_code == 400
    do(admin, world, WRITER, "roles", roles=["unit_admin"])
    change_user(world, WRITER, active=False)
    assert do(admin, world, ADMIN, "roles", roles=["contributor"]).status_code == 400
    change_user(world, WRITER, active=True)
    assert do(admin, world, ADMIN, "roles", roles=["contributor"]).status_code == 302
    assert admin.get("/work/people/").status_code == 403


def test_leaving_ends_work_for_the_unit_at_once(world: World, admin: FlaskClient, app: Flask) -> None:
    person = world.sign_in(app.test_client(), "hx-mzj-approver")
    answer = do(admin, world, "hx-mzj-approver", "end", ended_date="2026-03-23")
    assert "自2026年3月23日起不能再以本单位名义办理" in text_of(admin.get(answer.location))
    assert person.get("/work/people/").status_code == 403
    page = text_of(admin.get("/work/people/"))
    assert "已离任人员（1人）" in page
    assert admin.get(path(world, "hx-mzj-approver")).status_code == 404


def test_leaving_later_counts_from_that_day_and_can_be_taken_back(
    world: World, admin: FlaskClient, app: Flask, clock: AdjustableClock
) -> None:
    do(admin, world, "hx-mzj-approver", "end", ended_date="2026-04-01")
    assert "2026-04-01离任" in text_of(admin.get("/work/people/"))
    do(admin, world, "hx-mzj-approver", "end", keep="1")
    assert "2026-04-01" not in text_of(admin.get("/work/people/"))
    do(admin, world, "hx-mzj-approver", "end", ended_date="2026-04-01")
    clock.advance(days=8, hours=14)  # 31 March, 23:30
    tidy(world.services)
    admin = world.sign_in(app.test_client(), ADMIN)
    assert admin.get(path(world, "hx-mzj-approver")).status_code == 200
    clock.advance(hours=1)
    assert admin.get(path(world, "hx-mzj-approver")).status_code == 404
    tidy(world.services)
    with world.services.database.system_scope("test") as uow:
        post = uow.session.query(Membership).filter_by(user_id=world.people["hx-mzj-approver"]).one()
        assert (post.active, post.ended_date) == (False, date(2026, 4, 1))


@pytest.mark.parametrize("day", ["", "2026-02-30", "morgen", "2019-12-31", "2099-01-01", "0001-01-01"])
def test_impossible_days_of_leaving_are_refused(world: World, admin: FlaskClient, day: str) -> None:
    answer = do(admin, world, WRITER, "end", ended_date=day)
    assert (answer.status_code, "离任日期" in text_of(answer)) == (400, True)
    assert roles_of(world, WRITER) == {"contributor"}


def test_a_forgotten_password_is_reset_by_the_administrator(world: World, admin: FlaskClient, app: Flask) -> None:
    person = world.sign_in(app.test_client(), WRITER)
    password = temporary(do(admin, world, WRITER, "password"))
    assert signed_in_as(person) == ""
    assert knock(person, WRITER, PASSWORD).status_code == 400
    assert knock(person, WRITER, password).location == "/account/password"
    assert person.get("/work/people/").location == "/account/password"
    again = {"password": password, "new_password": password, "again": password}
    assert "新密码与原密码相同" in text_of(send(person, "/account/password", again))
    assert user(world, WRITER).must_change_password is True


def test_a_lock_is_opened_by_the_administrator(world: World, admin: FlaskClient, app: Flask) -> None:
    person = app.test_client()
    for _ in range(5):
        knock(person, WRITER, "not-the-password")
    assert "账号锁定至2026-03-23 09:45" in text_of(admin.get(path(world, WRITER)))
    assert do(admin, world, WRITER, "unlock").status_code == 302
    assert knock(person, WRITER).status_code == 302


def test_an_account_is_closed_and_opened(world: World, admin: FlaskClient, app: Flask) -> None:
    person = world.sign_in(app.test_client(), WRITER)
    do(admin, world, WRITER, "active", active="0")
    assert signed_in_as(person) == ""
    assert "启用账号" in text_of(admin.get(path(world, WRITER)))
    do(admin, world, WRITER, "active", active="1")
    assert knock(person, WRITER).status_code == 302


def test_details_are_corrected(world: World, admin: FlaskClient) -> None:
    new = {"name": "李华", "username": "lihua", "mobile": "138 0013 8000", "email": "Li@hx.example.cn"}
    assert do(admin, world, WRITER, "details", **new).status_code == 302
    found = user(world, WRITER)
    assert (found.name, found.username, found.mobile, found.email) == (
        "李华", "lihua", "13800138000", "li@hx.example.cn",
    )  # fmt: skip
    taken = do(admin, world, "hx-mzj-approver", "details", **new)
    page = text_of(taken)
    assert taken.status_code == 400
    assert all(words in page for words in ("登录名已被", "手机号已被", "电子邮箱已被"))


def test_one_cannot_reset_or_close_oneself_here(world: World, admin: FlaskClient) -> None:
    assert do(admin, world, ADMIN, "password").status_code == 409
    assert do(admin, world, ADMIN, "active", active="0").status_code == 409
    assert signed_in_as(admin) == ADMIN


ACTIONS = [
    ("roles", {"roles": "approver"}),
    ("details", {"name": "某人", "username": "someone"}),
    ("end", {"ended_date": "2026-03-23"}),
    ("password", {}),
    ("unlock", {}),
    ("active", {"active": "0"}),
]


@pytest.mark.parametrize(("action", "data"), ACTIONS)
def test_a_person_of_a_foreign_unit_is_as_missing_as_nobody(
    world: World, admin: FlaskClient, action: str, data: dict[str, str]
) -> None:
    foreign, nobody = path(world, "qs-mzj-contributor"), "/work/people/999999999"
    before = user(world, "qs-mzj-contributor")
    answers = [send(admin, f"{base}/{action}", data, page="/work/people/") for base in (foreign, nobody)]
    pages = [re.sub(r"[0-9a-f]{16}", "", text_of(answer)) for answer in answers]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert pages[0] == pages[1]
    assert admin.get(foreign).status_code == 404
    after = user(world, "qs-mzj-contributor")
    assert (after.password, after.name, after.active) == (before.password, before.name, before.active)
    assert roles_of(world, "qs-mzj-contributor", "qs-mzj") == {"contributor"}


@pytest.mark.parametrize("login", ["hx-mzj-contributor", "hx-mzj-approver", "hx-supervisor"])
def test_people_screens_are_closed_to_others(world: World, client: FlaskClient, login: str) -> None:
    world.sign_in(client, login)
    for page in ("/work/people/", "/work/people/new", path(world, WRITER), "/work/people/units"):
        assert client.get(page).status_code == 403
    for action, data in ACTIONS:
        answer = send(client, path(world, WRITER, action), data, page="/account/password")
        assert answer.status_code == 403, action
    assert roles_of(world, WRITER) == {"contributor"}


@pytest.mark.parametrize(("action", "data"), [*ACTIONS, ("", {})])
def test_a_form_without_its_token_changes_nothing(
    world: World, admin: FlaskClient, action: str, data: dict[str, str]
) -> None:
    target = path(world, WRITER, action) if action else "/work/people/new"
    assert admin.post(target, data=data).status_code == 400


def test_every_change_is_audited_for_the_unit(world: World, admin: FlaskClient, owner_engine: Engine) -> None:
    do(admin, world, WRITER, "roles", roles=["approver"])
    do(admin, world, WRITER, "details", name="李华", username="lihua")
    do(admin, world, WRITER, "password")
    do(admin, world, WRITER, "unlock")
    do(admin, world, WRITER, "active", active="0")
    do(admin, world, WRITER, "active", active="1")
    do(admin, world, WRITER, "end", ended_date="2026-03-23")
    query = select(AuditEvent.action).where(
        AuditEvent.tenant_id == world.units["hx-mzj"],
        AuditEvent.user_id == world.people[ADMIN],
        AuditEvent.object_id == world.people[WRITER],
    )
    with owner_engine.connect() as connection:
        found = list(connection.scalars(query.order_by(AuditEvent.id)))
    assert found == [
        "membership.give", "membership.change", "user.change", "user.password_reset", "user.unlock",
        "user.disable", "user.enable", "membership.end",
    ]  # fmt: skip


def test_the_number_of_queries_does_not_grow_with_the_people(world: World, admin: FlaskClient) -> None:
    from sqlalchemy import event

    counted: list[str] = []
    engine = world.services.database.engine

    def count(*args: Any) -> None:
        counted.append(args[2])

    event.listen(engine, "before_cursor_execute", count)
    try:
        admin.get("/work/people/")
        few = len(counted)
        with world.services.database.system_scope("test") as uow:
            for number in range(30):
                add_person(uow, world, f"extra{number}", "hx-mzj", Role.CONTRIBUTOR)
        counted.clear()
        admin.get("/work/people/")
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert len(counted) == few
    assert few <= 22

"""The door, through HTTP: who gets in, how, and where to."""

from threading import Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from gongkai.accounts.models import User
from gongkai.core.models import AuditEvent
from gongkai.core.uow import UnitOfWork
from tests.accounts.browsing import NEW_PASSWORD, at, change_user, knock, send, signed_in_as, text_of, user
from tests.conftest import AdjustableClock
from tests.factories.world import PASSWORD, World

LOGIN = "hx-mzj-contributor"


@pytest.mark.parametrize(
    "typed",
    [
        LOGIN,
        " HX-MZJ-Contributor ",
        "13800138000",
        "+86 138-0013-8000",
        "１３８００１３８０００",
        "Li.Hua@hx.example.cn",
    ],
)
def test_login_name_mobile_and_email_all_open_the_door(world: World, client: FlaskClient, typed: str) -> None:
    change_user(world, LOGIN, mobile="13800138000", email="li.hua@hx.example.cn")
    answer = knock(client, typed)
    assert (answer.status_code, answer.location) == (302, "/work/")
    assert signed_in_as(client) == LOGIN


@pytest.mark.parametrize("login", [LOGIN, "nobody", "13900000000", "x" * 5000, "' OR 1=1 --"])
def test_a_wrong_password_and_an_unknown_account_read_alike(world: World, client: FlaskClient, login: str) -> None:
    answer = knock(client, login, "not-the-password")
    assert answer.status_code == 400
    assert "账号或密码不正确。连续5次不正确，账号将暂时锁定。" in text_of(answer)
    assert signed_in_as(client) == ""


@pytest.mark.parametrize("password", ["x" * 100_000, "密码" * 30])
def test_odd_passwords_are_refused_and_not_an_error(world: World, client: FlaskClient, password: str) -> None:
    assert knock(client, LOGIN, password).status_code == 400


def test_empty_fields_are_named_and_not_counted(world: World, client: FlaskClient) -> None:
    page = text_of(knock(client, "", ""))
    assert "请填写账号" in page
    assert "请填写密码" in page
    assert user(world, LOGIN).failed_logins == 0


def test_a_password_typed_in_full_width_is_the_same_password(world: World, client: FlaskClient) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) if char.isalnum() else char for char in PASSWORD)
    assert knock(client, LOGIN, wide).status_code == 302


def test_a_page_for_officials_leads_to_the_door_and_back(world: World, client: FlaskClient) -> None:
    away = client.get("/account/password?from=link")
    assert (away.status_code, away.location) == (302, "/sign-in?next=/account/password?from%3Dlink")
    assert "登录后将回到您刚才的页面" in text_of(client.get(away.location))
    answer = knock(client, LOGIN, next="/account/password?from=link")
    assert answer.location == "/account/password?from=link"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example",
        "///evil.example",
        "https://evil.example/",
        "http:evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        " //evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/a\r\nLocation: https://evil.example",
        "/sign-out",
        "/" + "a" * 5000,
    ],
)
def test_the_way_back_never_leaves_the_site(world: World, client: FlaskClient, elsewhere: str) -> None:
    assert knock(client, LOGIN, next=elsewhere).location == "/work/"
    assert client.get("/sign-in", query_string={"next": elsewhere}).location == "/work/"


def test_a_form_without_its_token_is_refused(world: World, client: FlaskClient) -> None:
    client.get("/sign-in")
    answer = client.post("/sign-in", data={"username": LOGIN, "password": PASSWORD})
    assert answer.status_code == 400
    assert "刷新后重新提交" in text_of(answer)
    knock(client, LOGIN)
    assert client.post("/sign-out").status_code == 400
    assert signed_in_as(client) == LOGIN


def test_signing_in_leaves_nothing_of_the_session_before(world: World, client: FlaskClient) -> None:
    client.get("/sign-in")
    with client.session_transaction() as session:
        session["planted"] = "by an attacker"
        planted = session["csrf_token"]
    knock(client, LOGIN)
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session.get("csrf_token") != planted
        assert session["_user_id"] == user(world, LOGIN).fs_uniquifier


def test_the_cookie_is_for_this_site_only_and_unreadable_for_scripts(world: World, client: FlaskClient) -> None:
    cookie = knock(client, LOGIN).headers["Set-Cookie"]
    assert cookie.startswith("gongkai=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Expires" not in cookie  # ends with the browser


def test_cookies_are_secure_unless_told_otherwise(app: Flask, world: World) -> None:
    from gongkai.accounts.security import configuration

    safe = world.services.settings.model_copy(update={"secure_cookies": True})
    assert configuration(safe)["SESSION_COOKIE_SECURE"] is True
    assert app.config["SESSION_COOKIE_SECURE"] is False


def test_the_last_login_is_shown(world: World, client: FlaskClient, clock: AdjustableClock) -> None:
    knock(client, LOGIN)
    assert "上次登录时间" not in text_of(client.get("/account/password"))
    send(client, "/sign-out", {}, page="/account/password")
    clock.advance(days=1)
    knock(client, LOGIN, "not-the-password")
    knock(client, LOGIN)
    page = text_of(client.get("/account/password"))
    assert "上次登录时间：2026年3月23日 09:30。此后有1次登录失败" in page
    assert user(world, LOGIN).last_login_at == at("2026-03-24T09:30")


def test_signing_out_takes_a_post(world: World, client: FlaskClient) -> None:
    knock(client, LOGIN)
    assert client.get("/sign-out").status_code == 405
    assert signed_in_as(client) == LOGIN
    answer = send(client, "/sign-out", {}, page="/account/password")
    assert "您已退出登录" in text_of(client.get(answer.location))
    assert signed_in_as(client) == ""


def test_an_idle_session_ends_and_a_busy_one_does_not(
    world: World, client: FlaskClient, clock: AdjustableClock
) -> None:
    knock(client, LOGIN)
    for _ in range(4):
        clock.advance(minutes=60)
        assert signed_in_as(client) == LOGIN
    clock.advance(minutes=119)
    assert signed_in_as(client) == LOGIN
    clock.advance(minutes=121)
    assert client.get("/account/password").location == "/sign-in?next=/account/password"


def test_a_form_sent_with_a_lost_session_comes_back_to_its_page(
    world: World, client: FlaskClient, clock: AdjustableClock
) -> None:
    knock(client, LOGIN)
    here = {"Referer": "http://localhost/account/password?x=1"}
    clock.advance(hours=3)
    data = {"unit": "1"}
    stale = send(client, "/work/act", data, page="/sign-in", headers=here)
    assert stale.location == "/sign-in?next=/account/password?x%3D1"
    client.delete_cookie("gongkai")
    gone = client.post("/work/act", data=data, headers=here)
    assert gone.location == stale.location
    foreign = client.post("/work/act", data=data, headers={"Referer": "http://evil.example/page"})
    assert foreign.location == "/sign-in?next=/work/"


def test_a_closed_account_learns_so_only_with_the_right_password(world: World, client: FlaskClient) -> None:
    change_user(world, LOGIN, active=False)
    assert "账号或密码不正确" in text_of(knock(client, LOGIN, "not-the-password"))
    assert "该账号已停用" in text_of(knock(client, LOGIN))
    assert signed_in_as(client) == ""


def test_signing_in_and_refusals_are_audited(world: World, client: FlaskClient, owner_engine: Engine) -> None:
    knock(client, LOGIN, "not-the-password")
    knock(client, LOGIN)
    query = select(AuditEvent.action, AuditEvent.object_id).where(AuditEvent.action.like("account.%"))
    with owner_engine.connect() as connection:
        found = connection.execute(query.order_by(AuditEvent.id)).all()
    me = world.people[LOGIN]
    assert [tuple(row) for row in found] == [("account.refuse", me), ("account.sign_in", me)]


def test_a_person_without_a_post_is_told_whom_to_ask(world: World, client: FlaskClient) -> None:
    from gongkai.accounts.passwords import hash_password, make_hasher
    from gongkai.accounts.services import create_user

    with world.services.database.transaction() as uow:
        create_user(
            uow,
            username="newcomer",
            name="赵新",
            mobile=None,
            email=None,
            password_hash=hash_password(make_hasher("low"), NEW_PASSWORD),
            must_change_password=False,
        )
    knock(client, "newcomer", NEW_PASSWORD)
    answer = client.get("/work/people/")
    assert answer.status_code == 403
    assert "尚未分配到任何单位" in text_of(answer)


def test_two_who_take_the_same_number_at_once_get_a_sentence_and_one_account(world: World) -> None:
    from gongkai.accounts.services import change_details
    from gongkai.core.errors import Invalid

    def take(uow: UnitOfWork, login: str) -> None:
        found = uow.session.get_one(User, world.people[login])
        change_details(uow, user=found, username=login, name="李华", mobile="13800138000", email=None)

    outcome: list[str] = []
    with world.services.database.transaction() as first:
        take(first, "hx-mzj-contributor")

        def second() -> None:
            try:
                with world.services.database.transaction() as uow:
                    take(uow, "qs-mzj-contributor")
            except Invalid as refusal:
                outcome.append(refusal.message)

        thread = Thread(target=second)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()  # it waits for the first to commit
    thread.join(10)
    assert len(outcome) == 1
    assert "手机号已被其他账号使用" in outcome[0]

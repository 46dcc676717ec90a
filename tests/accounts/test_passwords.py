"""Passwords: what is refused, the forced first change, and what a change ends."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gongkai.accounts.passwords import check_password, hash_password, make_hasher, matches, temporary_password
from gongkai.core.errors import Invalid
from tests.accounts.browsing import NEW_PASSWORD, change_user, knock, send, signed_in_as, text_of, token, user
from tests.conftest import AdjustableClock
from tests.factories.world import PASSWORD, World

LOGIN = "hx-mzj-contributor"
PERSONAL = ("li.hua", "13800138000", "李华", "和溪县民政局", "hx-mzj")


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short-9", "不足10位"),
        ("x" * 129, "超过128位"),
        ("1234567890", "过于常见"),
        ("aaaaaaaaaaaa", "过于常见"),
        ("Password123!", "过于常见"),
        ("Woaini1314520", "过于常见"),
        ("qwertyuiop", "过于常见"),
        ("Admin@2026!!", "过于常见"),
        ("my.13800138000", "本人账号、手机号"),
        ("xx-LI.HUA-2026", "本人账号、手机号"),
        ("hexixianminzhengju1", "单位名称"),
        ("我是李华我是李华我", "不足10位"),
        ("今天李华来上班了真早", "姓名"),
        ("line\nbreak-in-it", "控制字符"),
    ],
)
def test_weak_passwords_are_refused_with_the_reason(password: str, words: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_password(password, field="new_password", personal=PERSONAL)
    assert words in refusal.value.by_field()["new_password"]


@pytest.mark.parametrize("password", [NEW_PASSWORD, "春眠不觉晓处处闻啼鸟夜来", "kX9#pl2vQz", PASSWORD])
def test_good_passwords_pass(password: str) -> None:
    check_password(password, field="new_password", personal=PERSONAL)


def test_temporary_passwords_pass_the_rules_and_never_repeat() -> None:
    made = {temporary_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        check_password(password, field="new_password", personal=PERSONAL)


def test_hashes_are_argon2_and_cheap_ones_are_replaced_at_the_next_login() -> None:
    cheap, full = make_hasher("low"), make_hasher("full")
    stored = hash_password(cheap, NEW_PASSWORD)
    assert stored.startswith("$argon2id$")
    assert matches(full, NEW_PASSWORD, stored)
    assert not matches(full, NEW_PASSWORD + "x", stored)
    assert not matches(full, NEW_PASSWORD, "not a hash")
    assert full.check_needs_rehash(stored)


def change(client: FlaskClient, **fields: str) -> TestResponse:
    data = {"password": PASSWORD, "new_password": NEW_PASSWORD, "again": NEW_PASSWORD, **fields}
    return send(client, "/account/password", data)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"password": "not-the-password"}, "原密码不正确"),
        ({"again": "something-else-1"}, "两次填写的新密码不一致"),
        ({"new_password": PASSWORD, "again": PASSWORD}, "新密码与原密码相同"),
        ({"new_password": "1234567890", "again": "1234567890"}, "过于常见"),
        ({"new_password": "hexixianminzhengju-77", "again": "hexixianminzhengju-77"}, "单位名称"),
        ({"new_password": "HX-MZJ-contributor-9", "again": "HX-MZJ-contributor-9"}, "本人账号"),
        ({"new_password": "", "again": ""}, "不足10位"),
    ],
)
def test_a_refused_change_says_why_and_changes_nothing(
    world: World, client: FlaskClient, fields: dict[str, str], words: str
) -> None:
    knock(client, LOGIN)
    before = user(world, LOGIN).password
    answer = change(client, **fields)
    assert answer.status_code == 400
    assert words in text_of(answer)
    assert user(world, LOGIN).password == before


def test_a_change_ends_the_other_sessions_and_keeps_this_one(world: World, app: Flask) -> None:
    here, there = app.test_client(), app.test_client()
    knock(here, LOGIN)
    knock(there, LOGIN)
    change(here)
    assert signed_in_as(here) == LOGIN
    assert signed_in_as(there) == ""
    assert knock(there, LOGIN, PASSWORD).status_code == 400
    assert knock(there, LOGIN, NEW_PASSWORD).status_code == 302


def test_guessing_the_password_of_an_open_session_locks_too(
    world: World, client: FlaskClient, clock: AdjustableClock
) -> None:
    knock(client, LOGIN)
    answers = [change(client, password="not-the-password") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 400, 429]
    assert change(client).status_code == 429
    clock.advance(minutes=16)
    assert change(client).status_code == 302


def test_a_temporary_password_opens_one_page_only(world: World, app: Flask, client: FlaskClient) -> None:
    change_user(world, LOGIN, must_change_password=True)
    answer = knock(client, LOGIN, next="/work/people/")
    assert answer.location == "/account/password"
    page = text_of(client.get("/account/password"))
    assert "设置新密码后方可继续办理" in page
    tried = 0
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if getattr(view, "permission", "public:pages:read") == "public:pages:read":
            continue
        if rule.endpoint == "security.change_password":
            continue
        arguments: dict[str, Any] = dict.fromkeys(rule.arguments, 1)
        with app.test_request_context():
            path = app.url_for(rule.endpoint, **arguments)
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        data = {"csrf_token": token(client, "/account/password")} if method == "POST" else {}
        answer = client.open(path, method=method, data=data)
        assert (answer.status_code, answer.location) == (302, "/account/password"), path
        tried += 1
    assert tried > 10
    assert send(client, "/sign-out", {}, page="/account/password").status_code == 302


def test_after_the_first_change_one_comes_to_the_page_one_wanted(world: World, client: FlaskClient) -> None:
    change_user(world, LOGIN, must_change_password=True)
    knock(client, LOGIN, next="/account/password?wanted=1")
    answer = change(client)
    assert answer.location == "/account/password?wanted=1"
    assert user(world, LOGIN).must_change_password is False
    assert "账号与密码" in text_of(client.get("/account/password"))

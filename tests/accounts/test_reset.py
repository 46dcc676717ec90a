"""Forgotten passwords by e-mail: one answer for everybody, one use of each link."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from gongkai.core.models import OutboxEvent
from tests.accounts.browsing import NEW_PASSWORD, change_user, knock, mails, send, signed_in_as, text_of, user
from tests.conftest import AdjustableClock
from tests.factories.items import work_off
from tests.factories.world import PASSWORD, World

LOGIN = "hx-mzj-contributor"
MAIL = "li.hua@hx.example.cn"


def ask(client: FlaskClient, login: str, address: str = "10.0.0.1") -> str:
    answer = send(client, "/reset-password", {"username": login}, environ_overrides={"REMOTE_ADDR": address})
    assert answer.status_code == 200
    return text_of(answer)


def requested(world: World) -> int:
    """How many links wait to be sent."""
    with world.services.database.unit_of_work() as uow:
        query = select(func.count()).where(OutboxEvent.kind == "account.reset_requested")
        return uow.session.execute(query).scalar_one()


def link(world: World, client: FlaskClient) -> str:
    """Ask for a link and return its path."""
    change_user(world, LOGIN, email=MAIL)
    before = len(mails(world.services))
    ask(client, LOGIN)
    work_off(world.services)
    ((to, subject, body),) = mails(world.services, before)
    assert (to, subject) == (MAIL, "重置密码")
    found = re.search(r"http://localhost(/reset-password/\S+)", body)
    assert found is not None
    return found[1]


def test_the_answer_tells_nobody_who_has_an_account(world: World, client: FlaskClient) -> None:
    change_user(world, LOGIN, email=MAIL)
    pages = {re.sub(r'value="[^"]+"', "", ask(client, login)) for login in (LOGIN, MAIL, "nobody", "hx-gs-approver")}
    assert len(pages) == 1
    assert "如果该账号已登记邮箱" in pages.pop()
    assert requested(world) == 2


def test_a_link_sets_a_new_password_once(world: World, app: Flask, client: FlaskClient) -> None:
    elsewhere = app.test_client()
    knock(elsewhere, LOGIN)
    path = link(world, client)
    answer = send(client, path, {"new_password": NEW_PASSWORD, "again": NEW_PASSWORD})
    assert answer.location == "/sign-in"
    assert "新密码已设置" in text_of(client.get("/sign-in"))
    assert signed_in_as(elsewhere) == ""
    assert signed_in_as(client) == ""
    assert knock(client, LOGIN, PASSWORD).status_code == 400
    assert knock(client, LOGIN, NEW_PASSWORD).status_code == 302
    again = client.get(path)
    assert (again.status_code, "链接已失效" in text_of(again)) == (410, True)


def test_a_link_dies_after_half_an_hour(world: World, client: FlaskClient, clock: AdjustableClock) -> None:
    path = link(world, client)
    clock.advance(minutes=29)
    assert client.get(path).status_code == 200
    clock.advance(minutes=2)
    assert client.get(path).status_code == 410


@pytest.mark.parametrize("bad", ["x", "WzEsMSwieCJd.aaaa", "%00", "W10.x" * 200])
def test_made_up_links_are_dead(world: World, client: FlaskClient, bad: str) -> None:
    assert client.get(f"/reset-password/{bad}").status_code in {404, 410}


def test_weak_passwords_are_refused_here_too_and_the_link_stays_good(world: World, client: FlaskClient) -> None:
    path = link(world, client)
    answer = send(client, path, {"new_password": "hexixianminzhengju1", "again": "hexixianminzhengju1"})
    assert (answer.status_code, "单位名称" in text_of(answer)) == (400, True)
    assert client.get(path).status_code == 200


def test_a_reset_opens_the_lock(world: World, client: FlaskClient) -> None:
    for _ in range(5):
        knock(client, LOGIN, "not-the-password")
    send(client, link(world, client), {"new_password": NEW_PASSWORD, "again": NEW_PASSWORD})
    assert user(world, LOGIN).locked_until is None
    assert knock(client, LOGIN, NEW_PASSWORD).status_code == 302


def test_nobody_can_fill_a_mailbox(world: World, client: FlaskClient) -> None:
    change_user(world, LOGIN, email=MAIL)
    for number in range(8):
        ask(client, LOGIN, address=f"10.0.1.{number}")
    assert requested(world) == 5


def test_a_closed_account_gets_no_link(world: World, client: FlaskClient) -> None:
    change_user(world, LOGIN, email=MAIL, active=False)
    ask(client, LOGIN)
    assert requested(world) == 0

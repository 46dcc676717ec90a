"""Guessing is slow: lock after five failures, growing; the same for accounts that do not exist."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from gongkai.accounts.models import SignInThrottle
from gongkai.accounts.sign_in import ADDRESS_LIMIT, LONGEST_LOCK, lock_length
from gongkai.accounts.tasks import tidy
from tests.accounts.browsing import at, knock, signed_in_as, text_of, user
from tests.conftest import AdjustableClock
from tests.factories.world import World

LOGIN = "hx-mzj-contributor"


@pytest.mark.parametrize("login", [LOGIN, "nobody"])
def test_five_failures_lock_for_a_quarter_of_an_hour_known_or_not(
    world: World, client: FlaskClient, clock: AdjustableClock, login: str
) -> None:
    for _ in range(4):
        assert knock(client, login, "not-the-password").status_code == 400
    fifth = knock(client, login, "not-the-password")
    assert fifth.status_code == 429
    assert "账号已暂时锁定，2026年3月23日 09:45后可以再试" in text_of(fifth)
    assert knock(client, login).status_code == 429  # the right password too
    clock.advance(minutes=14, seconds=59)
    assert knock(client, login).status_code == 429
    clock.advance(seconds=2)
    again = knock(client, login, "not-the-password")
    assert (again.status_code, "账号或密码不正确" in text_of(again)) == (400, True)


def test_the_answer_is_word_for_word_the_same_for_an_unknown_account(
    world: World, client: FlaskClient, clock: AdjustableClock
) -> None:
    def seen(login: str, address: str) -> list[tuple[int, str]]:
        answers = [knock(client, login, "not-the-password", address=address) for _ in range(6)]
        return [(answer.status_code, text_of(answer).split("door-sheet")[1].split("<form")[0]) for answer in answers]

    assert seen(LOGIN, "10.0.0.1") == seen("nobody", "10.0.0.2")


def test_after_the_lock_the_right_password_opens_and_clears(
    world: World, client: FlaskClient, clock: AdjustableClock
) -> None:
    for _ in range(5):
        knock(client, LOGIN, "not-the-password")
    assert user(world, LOGIN).locked_until == at("2026-03-23T09:45")
    clock.advance(minutes=16)
    assert knock(client, LOGIN).status_code == 302
    assert (user(world, LOGIN).failed_logins, user(world, LOGIN).locked_until) == (0, None)


@pytest.mark.parametrize("login", [LOGIN, "nobody"])
def test_each_further_lock_is_twice_as_long(
    world: World, client: FlaskClient, clock: AdjustableClock, login: str
) -> None:
    for minutes in (15, 30, 60):
        for number in range(5):
            answer = knock(client, login, "not-the-password", address=f"10.0.{minutes}.1")
            assert answer.status_code == (429 if number == 4 else 400)
        clock.advance(minutes=minutes, seconds=-1)
        assert knock(client, login, address=f"10.0.{minutes}.1").status_code == 429
        clock.advance(seconds=2)


@given(st.integers(min_value=0, max_value=10_000))
def test_locks_grow_and_stay_bounded(failures: int) -> None:
    length = lock_length(failures)
    assert (length is None) == (failures == 0 or failures % 5 != 0)
    if length is not None:
        assert timedelta(minutes=15) <= length <= LONGEST_LOCK
        following = lock_length(failures + 5)
        assert following is not None
        assert following == min(length * 2, LONGEST_LOCK)


def test_an_address_that_fails_at_many_accounts_must_wait(
    world: World, client: FlaskClient, clock: AdjustableClock
) -> None:
    for number in range(ADDRESS_LIMIT):
        assert knock(client, f"guess{number}", "x", address="10.9.9.9").status_code == 400
    answer = knock(client, LOGIN, address="10.9.9.9")
    assert answer.status_code == 429
    assert "您所在网络登录失败次数过多，2026年3月23日 09:45后可以再试" in text_of(answer)
    assert knock(client, LOGIN, address="10.9.9.8").status_code == 302


def test_failures_of_an_address_are_forgotten_after_the_window(
    world: World, client: FlaskClient, clock: AdjustableClock
) -> None:
    for number in range(ADDRESS_LIMIT - 1):
        knock(client, f"guess{number}", "x", address="10.9.9.9")
    clock.advance(minutes=16)
    knock(client, "another", "x", address="10.9.9.9")
    assert knock(client, LOGIN, address="10.9.9.9").status_code == 302


def test_neighbours_in_one_ipv6_subscription_are_one_address(world: World, client: FlaskClient) -> None:
    for number in range(ADDRESS_LIMIT):
        knock(client, f"guess{number}", "x", address=f"2001:db8:1:2::{number:x}")
    assert knock(client, LOGIN, address="2001:db8:1:2:ffff::1").status_code == 429
    assert knock(client, LOGIN, address="2001:db8:1:3::1").status_code == 302


def test_what_was_typed_is_not_kept(world: World, client: FlaskClient) -> None:
    knock(client, "my-secret-password", "x")
    with world.services.database.unit_of_work() as uow:
        keys = [row.key for row in uow.session.query(SignInThrottle)]
    assert len(keys) == 2
    assert not any("secret" in key or "10.0.0.1" in key for key in keys)


def test_old_counters_are_deleted_by_the_daily_job(world: World, client: FlaskClient, clock: AdjustableClock) -> None:
    knock(client, "nobody", "x")
    clock.advance(days=20)
    knock(client, "another", "x", address="10.0.0.2")
    clock.advance(days=20)
    tidy(world.services)
    with world.services.database.unit_of_work() as uow:
        assert uow.session.query(SignInThrottle).count() == 2
    assert signed_in_as(client) == ""

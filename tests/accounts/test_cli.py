"""`gongkai people`: commands over the same services."""

import json
import re

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from gongkai.accounts.cli import people
from gongkai.accounts.module import MODULE
from gongkai.core.errors import Invalid, NotFound
from tests.accounts.browsing import knock
from tests.factories.world import World


def run(world: World, *arguments: str) -> Result:
    return CliRunner().invoke(people, list(arguments), obj=world.services, catch_exceptions=False)


def test_the_first_administrator_is_made_with_a_temporary_password(world: World, app: Flask) -> None:
    result = run(world, "create-admin", "--username", "Boss", "--name", "王建国", "--mobile", "13800138000")
    assert result.exit_code == 0
    assert "已新建云岭州的市级管理员：王建国" in result.output
    password = re.search(r"临时密码：(\S+?)（", result.output)
    assert password is not None
    assert knock(app.test_client(), "boss", password[1]).location == "/account/password"


def test_a_taken_login_name_stops_the_command(world: World) -> None:
    with pytest.raises(Invalid) as refusal:
        run(world, "create-admin", "--username", "yl-supervisor", "--name", "王建国")
    assert "登录名已被其他账号使用" in refusal.value.message


def test_people_are_listed_for_the_eye_and_as_json(world: World) -> None:
    assert (
        "hx-mzj-contributor\thx-mzj-contributor\t信息员\t正常\t从未登录"
        in run(world, "list", "--tenant", "hx-mzj").output
    )
    listed = json.loads(run(world, "list", "--tenant", "hx-mzj", "--json").output)
    assert len(listed) == 4
    assert listed[0] == {
        "username": "hx-mzj-contributor", "name": "hx-mzj-contributor", "mobile": "", "email": "",
        "section": "办公室", "roles": ["contributor"], "state": "normal", "last_login_at": None,
    }  # fmt: skip
    with pytest.raises(NotFound):
        run(world, "list", "--tenant", "nowhere")


def test_a_password_is_reset(world: World, app: Flask) -> None:
    output = run(world, "reset-password", "hx-mzj-approver").output
    password = re.search(r"临时密码：(\S+?)（", output)
    assert password is not None
    assert knock(app.test_client(), "hx-mzj-approver", password[1]).location == "/account/password"
    with pytest.raises(NotFound):
        run(world, "reset-password", "nobody")


def test_the_module_offers_the_commands_and_jobs() -> None:
    assert [command.name for command in MODULE.commands] == ["people"]
    assert set(MODULE.handlers) == {"account.reset_requested"}

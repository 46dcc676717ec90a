"""`gongkai people`: the first administrator, who is there, and a way back in."""

import json

import click

from gongkai.accounts.passwords import hash_password, make_hasher, temporary_password
from gongkai.accounts.permissions import Role
from gongkai.accounts.queries import members
from gongkai.accounts.services import add_membership, create_user, get_user, give_temporary_password
from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.errors import NotFound
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.services import get_tenant

STATES = {"normal": "正常", "locked": "已锁定", "disabled": "已停用"}


@click.group("people")
def people() -> None:
    """人员与账号。"""


@people.command("create-admin")
@click.option("--username", required=True, help="登录名。")
@click.option("--name", required=True, help="姓名。")
@click.option("--mobile", default="", help="手机号。")
@click.option("--email", default="", help="电子邮箱。")
@click.option("--tenant", "code", default="", help="单位代码，默认为市（州）人民政府。")
@click.pass_obj
def create_admin(services: Services, username: str, name: str, mobile: str, email: str, code: str) -> None:
    """新建市级管理员，显示一次性临时密码。"""
    password = temporary_password()
    with services.database.system_scope("people create-admin") as uow:
        unit = _unit(uow, code)
        hasher = make_hasher(services.settings.password_hash_cost)
        user = create_user(
            uow,
            username=username,
            name=name,
            mobile=mobile,
            email=email,
            password_hash=hash_password(hasher, password),
        )
        add_membership(uow, user_id=user.id, tenant_id=unit.id, roles=[Role.PREFECTURE_ADMIN])
        login, unit_name = user.username, unit.short_name
    click.echo(f"已新建{unit_name}的市级管理员：{name}")
    _show(login, password)


@people.command("list")
@click.option("--tenant", "code", required=True, help="单位代码。")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
@click.pass_obj
def list_people(services: Services, code: str, as_json: bool) -> None:
    """列出一个单位的人员。

    JSON 为数组，每人一项：username、name、mobile、email、section、roles（岗位代码）、state（normal、locked、
    disabled）、last_login_at（ISO 8601 或者 null）。
    """
    with services.database.system_scope("people list") as uow:
        found = members(uow, tenant_id=get_tenant(uow, code=code).id)
    if as_json:
        rows = [
            {
                "username": member.username,
                "name": member.name,
                "mobile": member.mobile,
                "email": member.email,
                "section": member.section,
                "roles": sorted(member.roles),
                "state": member.state,
                "last_login_at": member.last_login_at.isoformat() if member.last_login_at else None,
            }
            for member in found
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not found:
        click.echo("该单位尚无人员。")
    for member in found:
        last = f"{member.last_login_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if member.last_login_at else "从未登录"
        click.echo("\t".join((member.username, member.name, member.role_labels, STATES[member.state], last)))


@people.command("reset-password")
@click.argument("login")
@click.pass_obj
def reset_password(services: Services, login: str) -> None:
    """为登录名、手机号或者邮箱为 LOGIN 的账号重置密码，显示一次性临时密码。"""
    with services.database.system_scope("people reset-password") as uow:
        user = get_user(uow, login=login)
        hasher = make_hasher(services.settings.password_hash_cost)
        made = give_temporary_password(uow, hasher=hasher, user=user)
        uow.audit("user.password_reset", object_type="user", object_id=user.id, detail={"by": "command"})
    click.echo(f"已重置{made.name}的密码，其已登录的设备全部退出。")
    _show(made.username, made.password)


def _unit(uow: UnitOfWork, code: str) -> Tenant:
    if code:
        return get_tenant(uow, code=code)
    root = uow.session.get(Tenant, uow.scope.tenant_ids[0]) if uow.scope.tenant_ids else None
    if root is None:
        raise NotFound("尚未建立单位，请先用“gongkai tenants import”导入单位名单。")
    return root


def _show(login: str, password: str) -> None:
    click.echo(f"登录名：{login}")
    click.echo(f"临时密码：{password}（只显示这一次，首次登录时须修改）")


COMMANDS: tuple[click.Command, ...] = (people,)

"""The command line: `run` for one machine, `migrate`, `worker`, `scheduler` for operators, and the modules' own."""

import os
import sys
from contextlib import ExitStack
from typing import Any

import click
import fakeredis
from psycopg.errors import UndefinedColumn, UndefinedTable
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from werkzeug.local import LocalProxy

from gongkai.core import migrate as migrations
from gongkai.core.errors import DomainError, Invalid
from gongkai.core.ports import Services
from gongkai.core.settings import ConfigurationError
from gongkai.embedded.errors import EmbeddedPostgresError
from gongkai.run.compose import make_services
from gongkai.run.local import command_settings
from gongkai.run.logs import configure_logs
from gongkai.run.modules import MODULES
from gongkai.run.processes import run_scheduler, run_worker
from gongkai.run.serve import run_embedded

HELP = """政府信息公开平台。

常用命令：run 在本机启动；tenants、items、counts、circulars 查看和导入数据，均可加 --json 输出；
每条命令加 --help 查看用法。
"""


REFUSED, NOT_STARTED = 1, 3
"""Exit codes; 2 is click's own, for a command line that cannot be read."""


class Commands(click.Group):
    """The group: modules' commands get the services as `ctx.obj`, started when one is really run."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; refusals become sentences and exit codes."""
        try:
            return super().invoke(ctx)
        except DomainError as error:
            raise _exit(_refusal(error), REFUSED) from error
        except (EmbeddedPostgresError, ConfigurationError) as error:
            raise _exit(str(error), NOT_STARTED) from error
        except ArgumentError as error:
            raise _exit(
                f"数据库连接地址无法识别：{error}。请核对 DATABASE_URL 或 MIGRATION_DATABASE_URL。", NOT_STARTED
            ) from error
        except DBAPIError as error:
            sentence = _database_problem(error)
            if sentence is None:
                raise
            raise _exit(sentence, NOT_STARTED) from error


def _refusal(error: DomainError) -> str:
    """What was refused; of an input with faults each in a line of its own, with what to do about it."""
    if isinstance(error, Invalid):
        return "\n".join(f"{fault.message.rstrip('。')}。" for fault in error.faults)
    return error.message


def _database_problem(error: DBAPIError) -> str | None:
    """What an operator can do about a database error; None when it is none of theirs."""
    if isinstance(error.orig, UndefinedTable | UndefinedColumn):
        return "数据库结构与程序版本不一致，请先运行 gongkai migrate。"
    if isinstance(error, OperationalError):
        return f"无法使用数据库：{str(error.orig).strip()}。请检查数据库是否运行、连接地址和口令是否正确。"
    return None


def _exit(message: str, code: int) -> click.exceptions.Exit:
    click.echo(message, err=True)
    return click.exceptions.Exit(code)


@click.group(cls=Commands, help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(ctx: click.Context) -> None:
    """Entry point."""
    configure_logs("console", level="WARNING")
    if ctx.obj is None:
        started: list[Services] = []

        def services() -> Services:
            if not started:
                started.append(_services(ctx))
            return started[0]

        ctx.obj = LocalProxy(services)


@main.command("run")
@click.option("--no-demo", is_flag=True, help="数据库为空时不载入演示数据。")
def run_command(*, no_demo: bool) -> None:
    """在本机启动（内置数据库和任务线程），首次启动载入演示数据。"""
    sys.exit(run_embedded(os.environ, demonstration=not no_demo))


@main.command("migrate")
@click.option("--to", "revision", default="head", show_default=True, help="目标版本。")
def migrate_command(*, revision: str) -> None:
    """升级数据库结构（环境变量 MIGRATION_DATABASE_URL，所有者角色）。"""
    url = os.environ.get("MIGRATION_DATABASE_URL")
    if not url:
        raise ConfigurationError("请设置环境变量 MIGRATION_DATABASE_URL（数据库所有者角色的连接地址）。")
    migrations.upgrade(url, revision)
    click.echo(f"数据库结构已升级到 {migrations.head() if revision == 'head' else revision}。")


@main.command("worker")
def worker_command() -> None:
    """运行任务进程（生产环境，需 REDIS_URL）。"""
    run_worker(os.environ)


@main.command("scheduler")
def scheduler_command() -> None:
    """运行定时进程（生产环境，需 REDIS_URL，只运行一个）。"""
    run_scheduler(os.environ)


def _services(ctx: click.Context) -> Services:
    """The services of this command, started when it first asks for them and ended with it."""
    stack = ctx.with_resource(ExitStack())
    settings = stack.enter_context(command_settings(os.environ, lambda message: click.echo(message, err=True)))
    services = make_services(settings, redis=fakeredis.FakeRedis())
    stack.callback(services.database.engine.dispose)
    return services


for _module in MODULES:
    for _command in _module.commands:
        main.add_command(_command)

"""Commands of old pages. 0: all pages are whole; 1: pages wait to be looked at, or the command was refused."""

import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from gongkai.accounts.permissions import Permission
from gongkai.core.errors import Fault, Forbidden, Invalid
from gongkai.core.ports import Services
from gongkai.publishing.cli import FOUND_PROBLEMS, print_json, read_day, read_file
from gongkai.publishing.imports.tasks import is_above, posts_with
from gongkai.publishing.oldpages.arrival import Arrival, Terms, receive, unpacked
from gongkai.tenancy.services import get_tenant

_MOST = 5_000
_SHOWN = 20


@click.group()
def oldpages() -> None:
    """旧网页：收取原网站保存的网页，核对后迁移。"""


@oldpages.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--unit", "unit_code", required=True, help="网页所属单位的代码。")
@click.option(
    "--column",
    required=True,
    help="栏目的代码、名称或“上级栏目/栏目”；网页的位置导航中有同名栏目的，归入该栏目。",
)
@click.option("--cutoff", required=True, help="迁移截止日期，如 2023-12-31；之后发布的网页不迁移。")
@click.option("--responsible", required=True, help="对本批次内容负责的人员姓名。")
@click.option("--allowed-by", required=True, help="批准迁移的政务公开办人员的登录名。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出结果。")
@click.pass_obj
def import_pages(services: Services, /, files: tuple[Path, ...], *, as_json: bool, **given: Any) -> None:
    """收取 FILES（.html、.htm、.txt，或装有这些文件的 .zip）；重复执行不会重复收取。

    完好的转入历史信息迁移，有损坏的留待核对。JSON：clean、quarantined、known，refused（file、problem）。
    """
    pages = unpacked(((path.name, read_file(path)) for path in files), most=_MOST)
    terms = Terms(given["column"], read_day(given["cutoff"], "--cutoff"), given["responsible"])
    arrival = _receive(services, pages, terms, unit_code=given["unit_code"], login=given["allowed_by"])
    if as_json:
        refused = [{"file": name, "problem": words} for name, words in arrival.refused]
        counts = {"clean": arrival.clean, "quarantined": arrival.quarantined, "known": arrival.known}
        print_json({**counts, "refused": refused})
    else:
        click.echo(arrival.words)
        for name, words in arrival.refused[:_SHOWN]:
            click.echo(f"{name}：{words}")
    sys.exit(FOUND_PROBLEMS if arrival.quarantined or arrival.refused else 0)


def _receive(
    services: Services, pages: list[tuple[str, bytes]], terms: Terms, *, unit_code: str, login: str
) -> Arrival:
    with services.database.system_scope("old pages import") as uow:
        user_id, posts = posts_with(uow, login, Permission.MIGRATIONS_ALLOW)
        unit = get_tenant(uow, code=unit_code)
        if not any(post.id == unit.id or is_above(post, unit) for post in posts):
            raise Forbidden(f"“{login}”没有批准该单位历史信息迁移的权限，请换用有权限人员的登录名。")
        if terms.cutoff_date is None or terms.cutoff_date < date(1949, 10, 1):
            raise Invalid([Fault("--cutoff", "没有有效的截止日期", "请填写原网站停止更新的日期，如 2023-12-31")])
        return receive(uow, files=services.files, unit=unit, pages=pages, terms=terms, allowed_by=user_id)

"""`gongkai links`: find the links of what is published, and check them without waiting for the night."""

import click

from gongkai.core.errors import Refused
from gongkai.core.ports import Services
from gongkai.publishing.linkcheck.checking import run
from gongkai.publishing.linkcheck.services import refresh_all
from gongkai.tenancy.services import get_tenant


@click.group()
def links() -> None:
    """已发布信息中的链接。"""


@links.command("refresh")
@click.option("--tenant", "unit_code", default="", help="单位代码；不填为全部单位。")
@click.pass_obj
def refresh_links(services: Services, *, unit_code: str) -> None:
    """重新提取已发布信息中的链接；重复执行结果相同，中断后可以再次执行。"""
    tenant_id = None
    if unit_code:
        with services.database.system_scope("links command") as uow:
            tenant_id = get_tenant(uow, code=unit_code).id
    items, found = refresh_all(services, tenant_id=tenant_id)
    click.echo(f"已核对{items}条信息，共有{found}个链接。")


@links.command("check")
@click.option("--minutes", type=click.IntRange(1, 600), default=60, show_default=True, help="最多运行多少分钟。")
@click.pass_obj
def check_now(services: Services, *, minutes: int) -> None:
    """立即检测到期的链接，不等到夜间；没有开通链接检测时，退出码为 1。"""
    if not services.settings.linkcheck:
        raise Refused("没有开通链接检测；需要开通的，请设置 GONGKAI_LINKCHECK=true。")
    click.echo(f"已检测{run(services, seconds=minutes * 60, whole=True)}个网址。")

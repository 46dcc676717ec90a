"""`gongkai search`: fill the index anew, compare it with the database."""

import json
from dataclasses import asdict

import click

from gongkai.core.errors import Refused
from gongkai.core.ports import Services
from gongkai.search.evaluation.commands import evaluate_command
from gongkai.search.services import reindex_all

SHOWN_IDS = 20


@click.group("search")
def group() -> None:
    """检索：重建索引、核对索引。"""


@group.command("reindex")
@click.option("--batch", default=500, show_default=True, type=click.IntRange(1, 5000), help="每批处理的条数。")
@click.pass_obj
def reindex(services: Services, batch: int) -> None:
    """按数据库当前内容重建全部检索文档；检索照常可用，中断后可以重新运行。"""
    for done, total in reindex_all(services, batch=batch):
        click.echo(f"已处理{done}条，共{total}条。")
    click.echo("检索索引已重建。")


@group.command("verify")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
@click.pass_obj
def verify(services: Services, as_json: bool) -> None:
    """核对检索索引与数据库：缺少的、过期的、多余的文档，词频是否正确；有出入时以非零状态退出。"""
    with services.database.system_scope("search verify") as uow:
        state = services.search.verify(uow)
    if as_json:
        click.echo(json.dumps({**asdict(state), "sound": state.is_sound}, ensure_ascii=False, indent=2))
    else:
        click.echo(f"检索文档{state.documents}条。")
        for words, ids in (("缺少", state.missing), ("过期", state.stale), ("多余", state.extra)):
            if ids:
                listed = "、".join(map(str, ids[:SHOWN_IDS])) + ("等" if len(ids) > SHOWN_IDS else "")
                click.echo(f"{words}{len(ids)}条，信息编号：{listed}。")
        for fault in state.faults:
            click.echo(f"{fault}。")
    if not state.is_sound:
        raise Refused("检索索引与数据库不一致，请运行 gongkai search reindex 重建。")


group.add_command(evaluate_command)

"""`gongkai search meaning`."""

import json
from collections.abc import Sequence
from dataclasses import asdict

import click

from gongkai.core.errors import OutOfReach, Refused
from gongkai.core.ports import Services
from gongkai.search.meaning.filling import ModelState, asking_of, filled, states
from gongkai.search.meaning.near import is_possible


@click.command("meaning")
@click.option("--fill", is_flag=True, help="现在就补齐缺少的语义向量，不等后台任务。")
@click.option("--json", "as_json", is_flag=True, help="以JSON输出。")
@click.pass_obj
def meaning_command(services: Services, *, fill: bool, as_json: bool) -> None:
    """查看按意思检索的情况：语义向量补到哪里、检索用的是哪个模型；中断后可以重新运行，从中断处继续。"""
    asking = asking_of(services)
    if fill:
        if asking is None:
            raise Refused("没有配置向量模型（GONGKAI_EMBEDDER），没有可以补齐的向量。")
        try:
            for done, total in filled(services, asking):
                if not as_json:
                    click.echo(f"已处理{done}条，共{total}条。")
        except OutOfReach as error:
            raise Refused(f"向量模型没有应答，已补的向量照常使用；请检查后重新运行（{error}）。") from error
    with services.database.unit_of_work() as uow:
        found, possible = states(uow, asking), is_possible(uow)
    if as_json:
        shown = {"models": [asdict(state) for state in found], "database": possible}
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        _say(found, configured=asking is not None, possible=possible)


def _say(found: Sequence[ModelState], *, configured: bool, possible: bool) -> None:
    if not configured:
        click.echo("没有配置向量模型（GONGKAI_EMBEDDER），检索只按词语进行。")
    elif not found:
        click.echo("还没有语义向量，后台任务会自动补齐；也可以运行 gongkai search meaning --fill。")
    for state in found:
        use = "检索正在使用" if state.answers else "尚未使用"
        click.echo(
            f"{state.name}（{state.source}，{state.dimensions}维）：已处理{state.filled}条，共{state.documents}条，"
            f"有向量的{state.vectors}条，{use}。"
        )
    if configured and not possible:
        click.echo("数据库没有vector扩展（0.8或更高版本），由数据库检索时不能按意思查找。")

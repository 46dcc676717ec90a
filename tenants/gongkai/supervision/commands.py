"""Commands of supervision."""

import json

import click

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Refused
from gongkai.core.ports import Services
from gongkai.supervision.catalogue import rule_label
from gongkai.supervision.tasks import evaluate_all


@click.group("supervision")
def group() -> None:
    """督查：任务完成情况评估。"""


@group.command("evaluate")
@click.option("--period", required=True, metavar="YYYY-MM", help="统计月份，如 2023-03。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
@click.pass_obj
def evaluate(services: Services, period: str, as_json: bool) -> None:
    """按当前数据评估一个已结束的月份，生成或更新各督查机关的问题清单；重复执行结果不变。"""
    month = parse_period(period)
    with services.database.system_scope("supervision evaluate") as uow:
        if month >= Period.of(shanghai_date(uow.now)):
            raise Refused(f"{month.label}尚未结束，不能评估。请指定已结束的月份。")
        done = evaluate_all(uow, period=month)
    if as_json:
        shown = {
            code: {"opened": one.opened, "changed": one.changed, "closed": one.closed, "standing": one.standing}
            for code, one in done.items()
        }
        click.echo(json.dumps({"period": str(month), "offices": shown}, ensure_ascii=False, indent=2))
        return
    for code, one in done.items():
        standing = "，".join(f"{rule_label(rule)}{number}项" for rule, number in one.standing.items())
        click.echo(f"{code}：{standing}（新增{one.opened}，变化{one.changed}，消除{one.closed}）")
    if not done:
        click.echo("没有需要评估的督查机关。")


def parse_period(text: str) -> Period:
    """The month of a command's option.

    Raises:
        Refused: when it is not written as `2023-03`.
    """
    try:
        return Period.parse(text)
    except ValueError as error:
        raise Refused(str(error)) from error

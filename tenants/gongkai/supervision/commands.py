"""Commands of supervision."""

import json
from collections.abc import Mapping
from typing import Any

import click

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.spans import Span
from gongkai.core.errors import Refused
from gongkai.core.ports import Services
from gongkai.supervision.catalogue import rule_label
from gongkai.supervision.evaluation.engine import Evaluation
from gongkai.supervision.evaluation.families import FAMILIES
from gongkai.supervision.tasks import evaluate_all, evaluate_changed, evaluate_today


@click.group("supervision")
def group() -> None:
    """督查：评估任务完成情况和公开质量。"""


@group.command("evaluate")
@click.option("--period", metavar="YYYY-MM", help="统计月份，如 2023-03；不指定时评估全部单位和信息的当前情况。")
@click.option("--changed", is_flag=True, help="只评估上次评估后有变化和到期的信息，与每日自动评估相同。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
@click.pass_obj
def evaluate(services: Services, period: str | None, *, changed: bool, as_json: bool) -> None:
    """按当前数据评估各单位，生成或更新问题清单；重复执行结果不变。

    指定 --period 的，评估一个已结束的月份的任务完成情况；不指定的，评估栏目更新、公开规范、安全保密等当前情况。
    """
    if period is not None:
        if changed:
            raise click.UsageError("--period 和 --changed 不能同时使用，请只指定其中一个。")
        _evaluate_month(services, parse_period(period), as_json=as_json)
        return
    with services.database.system_scope("supervision evaluate") as uow:
        done = evaluate_changed(uow) if changed else evaluate_today(uow)
    if as_json:
        click.echo(json.dumps({"families": _as_data(done)}, ensure_ascii=False, indent=2))
        return
    labels = {family.name: family.label for family in FAMILIES}
    for name, one in done.items():
        click.echo(f"{labels[name]}：{_words(one)}")


def _evaluate_month(services: Services, month: Period, *, as_json: bool) -> None:
    with services.database.system_scope("supervision evaluate") as uow:
        if month >= Period.of(shanghai_date(uow.now)):
            raise Refused(f"{month.label}尚未结束，不能评估。请指定已结束的月份。")
        done = evaluate_all(uow, period=month)
    if as_json:
        click.echo(json.dumps({"period": str(month), "offices": _as_data(done)}, ensure_ascii=False, indent=2))
        return
    for code, one in done.items():
        click.echo(f"{code}：{_words(one)}")
    if not done:
        click.echo("没有需要评估的督查机关。")


def _as_data(done: Mapping[str, Evaluation]) -> dict[str, Any]:
    return {
        name: {"opened": one.opened, "changed": one.changed, "closed": one.closed, "standing": one.standing}
        for name, one in done.items()
    }


def _words(one: Evaluation) -> str:
    standing = "，".join(f"{rule_label(rule)}{number}项" for rule, number in one.standing.items())
    return f"{standing or '没有问题'}（新增{one.opened}，变化{one.changed}，消除{one.closed}）"


def parse_period(text: str) -> Period:
    """The month of a command's option.

    Raises:
        Refused: when it is not written as `2023-03`.
    """
    try:
        return Period.parse(text)
    except ValueError as error:
        raise Refused(str(error)) from error


def parse_span(text: str) -> Span:
    """The month, quarter or year of a command's option.

    Raises:
        Refused: when it is not written as `2023-03`, `2023-Q1` or `2023`.
    """
    try:
        return Span.parse(text)
    except ValueError as error:
        raise Refused(str(error)) from error

"""Commands of an office: facts are imported, circulars shown and exported."""

import json
from contextlib import AbstractContextManager
from pathlib import Path

import click

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.spans import Span
from gongkai.core.calendar.store import load_calendar
from gongkai.core.errors import Refused
from gongkai.core.officialdoc.docx import render_docx
from gongkai.core.ports import Services
from gongkai.core.tables.reading import read_table
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.circulars.access import circular_for, circulate
from gongkai.supervision.circulars.collect import collect
from gongkai.supervision.circulars.details import first_details
from gongkai.supervision.circulars.document import Circulate, body_text, build, table_1
from gongkai.supervision.circulars.export import as_data
from gongkai.supervision.circulars.prose import Prose
from gongkai.supervision.commands import parse_period, parse_span
from gongkai.supervision.facts.importing import COLUMNS, import_facts
from gongkai.supervision.models import CIRCULAR_STATES
from gongkai.tenancy.services import get_tenant

_TENANT = click.option("--tenant", "code", required=True, metavar="CODE", help="督查机关的单位代码。")
_PERIOD = click.option("--period", required=True, metavar="YYYY-MM", help="统计月份，如 2023-03。")
_SPAN = click.option(
    "--period", required=True, metavar="PERIOD", help="统计期：月份如 2023-03，季度如 2023-Q1，年度如 2023。"
)
_FAULTS = 1


@click.group("circulars")
def circulars() -> None:
    """通报：查看、导出。"""


@click.group("facts")
def facts() -> None:
    """登记事项：整改不实、工作较好。"""


@circulars.command("show")
@_TENANT
@_SPAN
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出数据、单位和正文。")
@click.option("--text", "only_text", is_flag=True, help="只输出正文。")
@click.pass_obj
def show(services: Services, code: str, period: str, *, as_json: bool, only_text: bool) -> None:
    """查看一期通报；尚未编制的，按当前数据起草并注明。

    JSON：office、period、coverage、stored（是否已编制）、state、locked_at（数据锁定时间，未锁定为 null）、title；
    figures 和 classes（units、assessed、attained、below、blank、excused、published、last_month、change、key_areas、
    key_area_groups，attainment 和 key_area_share 各为 numerator、denominator），last_month 和 change 与上一统计期比较；
    months（季度、年度的各月）；problems（问题类别及单位、具体表现）；last_problems（上期问题及结果）；blank、below_task、training_absent、
    report_missing、false_rectification、commended（各为单位数组，含 code、name）；hints（校核提示）；
    notes（更正说明、撤回说明，印在正文之前）；text（正文）。
    """
    span = parse_span(period)
    with _reading(services) as uow:
        given, state = _found(services, uow, code, span)
        if as_json:
            data = as_data(given, stored=bool(state), state=state)
            click.echo(json.dumps(data, ensure_ascii=False, indent=2))
            return
        if not only_text:
            click.echo(_source(given, state))
        click.echo(build(given).title)
        click.echo(body_text(given))
        if not only_text:
            _print_table(given)
            for hint in as_data(given, stored=bool(state), state=state)["hints"]:
                click.echo(f"校核提示：{hint['text']}")


@circulars.command("export")
@_TENANT
@_SPAN
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="写入的 .docx 文件。")
@click.option("--public", is_flag=True, help="不点名的公开版，不带附件。")
@click.pass_obj
def export(services: Services, code: str, period: str, out: Path, *, public: bool) -> None:
    """把一期通报写成 .docx 公文文件；尚未编制的，按当前数据起草并注明。"""
    span = parse_span(period)
    with _reading(services) as uow:
        given, state = _found(services, uow, code, span, public=public)
        content = render_docx(build(given))
    try:
        out.write_bytes(content)
    except OSError as error:
        raise Refused(f"无法写入“{out}”：{error.strerror}。请检查文件夹是否存在、是否可写。") from error
    click.echo(_source(given, state))
    click.echo(f"已写入：{out}")


@facts.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@_TENANT
@_PERIOD
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出结果。")
@click.pass_context
def import_command(ctx: click.Context, file: Path, code: str, period: str, *, as_json: bool) -> None:
    """从 FILE（.xlsx 或 .csv）导入登记事项：单位、事项、说明、日期；有一处错误即全部不导入，重复执行结果不变。

    JSON：recorded（登记项数），faults（row、column、value、problem、remedy）。退出码 1：有需要修改的内容。
    """
    month = parse_period(period)
    services: Services = ctx.obj
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Refused(f"无法读取“{file}”：{error.strerror}。请检查文件路径。") from error
    table = read_table(content, file.name, columns=COLUMNS)
    with services.database.system_scope("facts import") as uow:
        office = get_tenant(uow, code=code)
        recorded, faults = import_facts(uow, office_id=office.id, entered_by=None, period=month, table=table)
    if as_json:
        listed = [
            {"row": f.row, "column": f.column_title, "value": f.value, "problem": f.problem, "remedy": f.remedy}
            for f in faults
        ]
        click.echo(json.dumps({"recorded": recorded, "faults": listed}, ensure_ascii=False, indent=2))
    elif faults:
        for fault in faults:
            value = f"“{fault.value}”" if fault.value else ""
            click.echo(f"第{fault.row}行 {fault.column_title}{value}：{fault.problem}；{fault.remedy}", err=True)
        click.echo(f"共{len(faults)}处需要修改，未登记任何内容。", err=True)
    else:
        click.echo(f"已登记{recorded}项（{month.label}）。")
    if faults:
        ctx.exit(_FAULTS)


def _reading(services: Services) -> AbstractContextManager[UnitOfWork]:
    """Circulars and facts are the office's own, so reading them from outside is an audited matter too."""
    return services.database.system_scope("circulars show")


def _found(
    services: Services, uow: UnitOfWork, code: str, span: Span, *, public: bool = False
) -> tuple[Circulate, str]:
    """The stored circular, or one drafted from the live figures; with its state, empty for a draft."""
    office = get_tenant(uow, code=code)
    base_url = "" if public else services.settings.base_url
    circular = circular_for(uow, tenant_id=office.id, span=span)
    if circular is not None:
        return circulate(uow, circular, base_url=base_url, public=public), circular.state
    snapshot = collect(uow, office_id=office.id, span=span)
    details = first_details(
        snapshot.office,
        calendar=load_calendar(uow, tenant_id=office.id),
        today=shanghai_date(uow.now),
        contact=office.contact,
    )
    return Circulate(snapshot, details, Prose(), base_url=base_url, public=public), ""


def _source(given: Circulate, state: str) -> str:
    if not state:
        return "尚未编制本期通报，以下按当前数据起草。"
    at = given.snapshot.locked_at
    words = f"数据锁定时间{at[:16].replace('T', ' ')}" if at else "数据尚未锁定，为当前数据"
    return f"通报状态：{CIRCULAR_STATES[state]}；{words}。"


def _print_table(given: Circulate) -> None:
    table = table_1(given.snapshot)
    click.echo(table.caption)
    for row in ([column.title for column in table.columns], *table.rows):
        click.echo("\t".join(str(cell) for cell in row))


COMMANDS = (circulars, facts)

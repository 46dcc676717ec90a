"""Commands of publishing: items, counts, audit. 0: all is well; 1: problems were found, or the command was refused."""

import json
import sys
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Any

import click
from sqlalchemy import select

from gongkai.catalog.models import KEY_AREA_GROUPS
from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Fault, Invalid
from gongkai.core.ports import Services
from gongkai.publishing import counts as counting
from gongkai.publishing.archive.cli import export_items
from gongkai.publishing.imports.files import opened_files
from gongkai.publishing.imports.results import ImportResult
from gongkai.publishing.imports.tasks import import_file
from gongkai.publishing.ledger import verify_chain
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.services import get_tenant

FOUND_PROBLEMS = 1
_SHOWN_FAULTS = 20


@click.group()
def items() -> None:
    """信息：导入、列出。"""


@click.group()
def counts() -> None:
    """统计数：查看、核对。"""


@click.group()
def audit() -> None:
    """版本链：核验。"""


@items.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--tenant", "unit_code", default="", help="单位代码；表中没有填写单位的行归入该单位。")
@click.option("--dry-run", is_flag=True, help="只检查，不写入。")
@click.option("--migrate", is_flag=True, help="历史信息迁移：直接发布，保留原时间和原编号。")
@click.option("--cutoff", default="", help="迁移截止日期，如 2023-12-31；之后发布的行不导入。")
@click.option("--responsible", default="", help="对本批次迁移内容负责的人员姓名。")
@click.option("--allowed-by", default="", help="批准迁移的政务公开办人员的登录名。")
@click.option("--confirm-issued", is_flag=True, help="确认迁移的信息计入已印发通报的月份；通报中的数字不变。")
@click.option("--by", default="", help="导入草稿的信息员的登录名，即草稿的撰稿人。")
@click.option(
    "--files",
    "attached",
    type=click.Path(path_type=Path),
    help="表中“附件”列所列文件所在的文件夹，或装有这些文件的 .zip。",
)
@click.option("--report", type=click.Path(path_type=Path), help="把未导入的行和原因写入这个 .xlsx 文件。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出结果。")
@click.pass_obj
def import_items(services: Services, /, file: Path, *, report: Path | None, as_json: bool, **given: Any) -> None:
    """从 FILE（.xlsx 或 .csv）导入信息；重复执行不会重复导入。

    JSON：total、created、changed（补入附件）、unchanged、held（附件待核对）、refused，faults（row、column、value、problem、remedy），notes。
    """
    migrating = given["migrate"]
    by = given["allowed_by"] if migrating else given["by"]
    if not by:
        option, words = ("--allowed-by", "批准迁移的人员") if migrating else ("--by", "撰稿的信息员")
        raise Invalid([Fault(option, f"没有指明{words}", f"请用 {option} 写明其登录名")])
    attached: Path | None = given["attached"]
    with opened_files(attached) if attached else nullcontext() as package:
        result = import_file(
            services,
            kind="migration" if migrating else "drafts",
            data=read_file(file),
            filename=file.name,
            unit_code=given["unit_code"],
            by=by,
            dry_run=given["dry_run"],
            cutoff=read_day(given["cutoff"], "--cutoff"),
            responsible=given["responsible"],
            confirm_issued=given["confirm_issued"],
            files=(attached.name, package) if attached and package else None,
            on_progress=_progress(),
        )
    if report is not None:
        _write(report, result.report())
    if as_json:
        print_json(_result_json(result))
    else:
        _print_result(result, dry_run=given["dry_run"])
    sys.exit(FOUND_PROBLEMS if result.refused or result.held else 0)


@items.command("list")
@click.option("--tenant", "unit_code", required=True, help="单位代码。")
@click.option("--period", default="", help="统计月份，如 2023-03；不填为全部。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
@click.pass_obj
def list_items(services: Services, unit_code: str, period: str, *, as_json: bool) -> None:
    """列出单位已公开的信息，新的在前。

    JSON 数组：id、published_at、period、column_code、column、title、document_number、index_number、entry_route、
    counts_to_quota、counted_out_reason、is_news、key_area_group。
    """
    month = str(_month(period)) if period else None
    with services.database.unit_of_work() as uow:
        tenant = get_tenant(uow, code=unit_code)
        rows = [row._asdict() for row in counting.published_items(uow, tenant_id=tenant.id, period=month)]
    if as_json:
        print_json([row | {"published_at": row["published_at"].isoformat()} for row in rows])
        return
    for row in rows:
        moment = row["published_at"].astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        apart = "" if row["counts_to_quota"] else f"（不计入：{row['counted_out_reason']}）"
        click.echo(f"{row['id']}\t{moment}\t{row['column']}\t{row['title']}{apart}")
    click.echo(f"共{len(rows)}条。")


@counts.command("show")
@click.option("--tenant", "unit_code", required=True, help="单位代码。")
@click.option("--period", required=True, help="统计月份，如 2023-03。")
@click.option(
    "--structure",
    type=click.Choice(["then", "now"]),
    default="then",
    help="then 按当时机构（默认）；now 按现机构，并入单位的数据加到承接单位。",
)
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
@click.pass_obj
def show_counts(services: Services, unit_code: str, period: str, structure: str, *, as_json: bool) -> None:
    """显示单位某月的发布数；有下级单位的，同时显示含下级的合计。

    JSON：tenant、name、period、structure、included（计入的原单位代码）、apart（已分设、未计入的原单位代码）、total、counted、news，groups（重点领域代码→计入数），columns（code、name、total、counted），
    subtree（total、counted、news、groups；没有下级单位为 null）。
    """
    month = _month(period)
    with services.database.unit_of_work() as uow:
        tenant = get_tenant(uow, code=unit_code)
        found = counting.unit_counts(uow, tenant=tenant, period=str(month), now=structure == "now")
        name = tenant.official_name
    if as_json:
        head = {"tenant": unit_code, "name": name, "period": str(month), "structure": structure}
        print_json(head | {"included": found.included, "apart": found.apart} | _counts_json(found))
        return
    click.echo(f"{name} {month.label}{'（按现机构）' if structure == 'now' else ''}")
    if found.included:
        click.echo(f"含并入的原单位：{'、'.join(found.included)}")
    if found.apart:
        click.echo(f"原单位{'、'.join(found.apart)}已分设，数据无法分摊，没有计入。")
    _print_figures("本单位", found.own, found.groups)
    for code, column, total, counted in found.columns:
        click.echo(f"  {column}（{code}）：{total}条，计入{counted}条")
    if found.subtree is not None:
        _print_figures("含下级单位", found.subtree, found.subtree_groups)


@counts.command("verify")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
@click.pass_obj
def verify_counts(services: Services, *, as_json: bool) -> None:
    """按已公开的信息重新计数，与保存的统计数逐一比较；有差异时退出码为 1。

    JSON 数组：table、unit_code、period、place，kept 和 found（各含 total、counted、news）。
    """
    with services.database.system_scope("counts verify") as uow:
        found = counting.differences(uow)
    if as_json:
        print_json([difference.as_json() for difference in found])
    for difference in () if as_json else found:
        kept, real = difference.kept, difference.found
        click.echo(
            f"{difference.unit_code} {difference.period} {difference.place}（{difference.table}）："
            f"保存为{kept.total}/{kept.counted}/{kept.news}，实际为{real.total}/{real.counted}/{real.news}"
            "（总数/计入/动态）"
        )
    if not as_json:
        click.echo(f"发现{len(found)}处差异。" if found else "统计数与信息一致。")
    sys.exit(FOUND_PROBLEMS if found else 0)


@audit.command("verify")
@click.option("--tenant", "unit_code", default="", help="单位代码；不填为全部单位。")
@click.pass_obj
def verify_audit(services: Services, unit_code: str) -> None:
    """核验单位已发布版本的哈希链和附件，指出第一处断开的环节；有断开时退出码为 1。"""
    broken = 0
    with services.database.system_scope("audit verify") as uow:
        units = uow.session.execute(select(Tenant.id, Tenant.code, Tenant.official_name).order_by(Tenant.code)).all()
        if unit_code:
            wanted = get_tenant(uow, code=unit_code)
            units = [unit for unit in units if unit.id == wanted.id]
        for unit in units:
            link = verify_chain(uow, tenant_id=unit.id, files=services.files)
            if link is None:
                continue
            broken += 1
            what = f"，信息{link.item_id}第{link.version}版" if link.item_id else ""
            click.echo(f"{unit.code} {unit.official_name}：第{link.position}个环节{what}：{link.problem}")
    click.echo(f"{broken}个单位的版本链有断开。" if broken else f"{len(units)}个单位的版本链完整。")
    sys.exit(FOUND_PROBLEMS if broken else 0)


def read_file(file: Path) -> bytes:
    """The bytes of a file that a command names; raises `Invalid`."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise Invalid([Fault("file", f"无法读取文件“{file}”（{error.strerror}）", "请核对路径和权限")]) from error


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise Invalid([Fault("report", f"无法写入“{file}”（{error.strerror}）", "请换一个位置")]) from error


def read_day(text: str, option: str) -> date | None:
    """The day that an option gives, None for an empty one; raises `Invalid`."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid([Fault(option, f"“{text}”不是有效日期", "请按 2023-12-31 的格式填写")]) from error


def _month(text: str) -> Period:
    try:
        return Period.parse(text)
    except ValueError as error:
        raise Invalid([Fault("period", str(error).rstrip("。"))]) from error


def _progress() -> Callable[[int, int], None]:
    """Progress on stderr: one line that is written over on a terminal, a line for each step elsewhere."""
    started = monotonic()

    def show(done: int, total: int) -> None:
        click.echo(
            f"\r已处理 {done} / {total} 行，用时 {monotonic() - started:.0f} 秒", err=True, nl=not sys.stderr.isatty()
        )

    return show


def print_json(value: Any) -> None:
    """Write a result for programs."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _print_result(result: ImportResult, *, dry_run: bool) -> None:
    verb = "可导入" if dry_run else "新导入"
    added = f"补入附件{result.changed}行，" if result.changed else ""
    held = f"附件待核对{result.held}行，" if result.held else ""
    known = f"已存在未变化{result.unchanged}行"
    click.echo(f"共{result.total}行：{verb}{result.created}行，{added}{held}{known}，未导入{result.refused}行。")
    for note in result.notes:
        click.echo(note)
    for fault in result.faults[:_SHOWN_FAULTS]:
        click.echo(fault.message)
    if len(result.faults) > _SHOWN_FAULTS:
        click.echo(f"另有{len(result.faults) - _SHOWN_FAULTS}处问题，请用 --report 导出全部。")


def _result_json(result: ImportResult) -> dict[str, Any]:
    faults = [
        {"row": f.row, "column": f.column_title, "value": f.value, "problem": f.problem, "remedy": f.remedy}
        for f in result.faults
    ]
    return {
        "total": result.total,
        "created": result.created,
        "changed": result.changed,
        "unchanged": result.unchanged,
        "held": result.held,
        "refused": result.refused,
        "faults": faults,
        "notes": result.notes,
    }


def _counts_json(found: counting.UnitCounts) -> dict[str, Any]:
    columns = [dict(zip(("code", "name", "total", "counted"), row, strict=True)) for row in found.columns]
    subtree = None if found.subtree is None else _figures(found.subtree) | {"groups": found.subtree_groups}
    return _figures(found.own) | {"groups": found.groups, "columns": columns, "subtree": subtree}


def _figures(figures: counting.Figures) -> dict[str, int]:
    return {"total": figures.total, "counted": figures.counted, "news": figures.news}


def _print_figures(head: str, figures: counting.Figures, groups: dict[str, int]) -> None:
    click.echo(f"{head}：共发布{figures.total}条，计入月度发布任务{figures.counted}条，工作动态{figures.news}条")
    named = [f"{KEY_AREA_GROUPS[group]}{number}条" for group, number in groups.items() if number]
    if named:
        click.echo(f"  重点领域{sum(groups.values())}条：{'、'.join(named)}")


items.add_command(export_items)
COMMANDS = (items, counts, audit)

"""Commands on units: `gongkai tenants import`, `gongkai tenants list`."""

import json
from pathlib import Path

import click
from sqlalchemy import select

from gongkai.core.ports import Services
from gongkai.core.tables.cells import CellFault
from gongkai.tenancy.imports import UnitImport, import_units
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import units_in_use
from gongkai.tenancy.services import get_tenant


@click.group("tenants")
def tenants() -> None:
    """单位：导入名录、查看。"""


@tenants.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="只检查，不写入。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出结果。")
@click.pass_obj
def import_command(services: Services, *, file: Path, dry_run: bool, as_json: bool) -> None:
    """从 .xlsx 或 .csv 导入单位名录：有一处错误即全部不导入。"""
    with services.database.system_scope("tenants import") as uow:
        result = import_units(uow, data=file.read_bytes(), filename=file.name, dry_run=dry_run)
    click.echo(json.dumps(_as_json(result), ensure_ascii=False, indent=1) if as_json else _as_text(result, dry_run))
    if result.faults:
        raise click.exceptions.Exit(1)


@tenants.command("list")
@click.option("--under", default="", help="只列出此单位及其下级（单位代码）。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
@click.pass_obj
def list_command(services: Services, *, under: str, as_json: bool) -> None:
    """按名录的次序列出在用的单位：代码、名称、类型、上级。"""
    with services.database.unit_of_work() as uow:
        if under:
            path: str | None = get_tenant(uow, code=under).path
        else:
            path = uow.session.scalar(select(Tenant.path).where(Tenant.parent_id.is_(None)))
        rows = [placed.unit for placed in units_in_use(uow, path=path)] if path else []
    codes = {row.id: row.code for row in rows}
    units = [
        {
            "code": row.code,
            "official_name": row.official_name,
            "short_name": row.short_name,
            "tenant_type": row.tenant_type,
            "level": row.level,
            "parent_code": codes.get(row.parent_id),
            "sort_order": row.sort_order,
        }
        for row in rows
    ]
    if as_json:
        click.echo(json.dumps(units, ensure_ascii=False, indent=1))
        return
    for unit in units:
        click.echo(f"{unit['code']}\t{unit['official_name']}\t{unit['tenant_type']}\t{unit['parent_code'] or '—'}")


def _fault(fault: CellFault) -> dict[str, object]:
    return {
        "row": fault.row,
        "column": fault.column_title,
        "value": fault.value,
        "problem": fault.problem,
        "remedy": fault.remedy,
    }


def _as_json(result: UnitImport) -> dict[str, object]:
    return {
        "created": result.created,
        "unchanged": result.unchanged,
        "faults": [_fault(fault) for fault in result.faults],
        "warnings": [_fault(fault) for fault in result.warnings],
        "notes": result.notes,
    }


def _as_text(result: UnitImport, dry_run: bool) -> str:
    lines = [*result.notes, *(f"提醒：{fault.message}" for fault in result.warnings)]
    lines += [fault.message for fault in result.faults]
    if result.faults:
        lines.append(f"共有{len(result.faults)}处需要改正，没有导入任何单位。")
    else:
        verb = "可以新增" if dry_run else "已新增"
        lines.append(f"{verb}{len(result.created)}家单位，{len(result.unchanged)}家已存在且无变化。")
    return "\n".join(lines)


COMMANDS = (tenants,)

"""`gongkai items export`: packages of one item's version, or of all that a unit published in a month."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from gongkai.core.calendar.periods import Period
from gongkai.core.db import AnyRow
from gongkai.core.errors import DomainError, Fault, Invalid
from gongkai.core.ports import Services
from gongkai.publishing.archive.bag import bag_name, write_bag
from gongkai.publishing.archive.queries import published_version, version_by_id, version_ids
from gongkai.tenancy.services import get_tenant

FOUND_PROBLEMS = 1


@click.command("export")
@click.option("--item", "item_id", type=int, help="信息的编号。")
@click.option("--version", type=int, help="第几版；不填为现行版本。")
@click.option("--tenant", "unit_code", default="", help="单位代码，与 --period 一起使用。")
@click.option("--period", default="", help="发布月份，如 2026-03：导出单位该月发布的全部版本。")
@click.option("--to", "folder", type=click.Path(path_type=Path), required=True, help="存放归档包的目录。")
@click.pass_obj
def export_items(
    services: Services, *, item_id: int | None, version: int | None, unit_code: str, period: str, folder: Path
) -> None:
    """把已发布的版本导出为带校验值的归档包（BagIt，zip）。

    每个版本一个文件：单位代码-信息编号-v版本号.zip。导出前核验版本链；有不能导出的版本时退出码为 1。
    """
    whole_month = bool(unit_code and period)
    if (item_id is None) != whole_month or ((unit_code or period) and not whole_month):
        raise Invalid([Fault("--item", "没有指明导出什么", "请用 --item，或同时用 --tenant 和 --period")])
    _make(folder)
    with services.database.system_scope("archive export") as uow:
        if item_id is not None:
            _export(services, published_version(uow, item_id=item_id, version=version), folder)
            click.echo("已导出1个归档包。")
            return
        unit = get_tenant(uow, code=unit_code)
        refused: list[str] = []
        ids: Sequence[int] = version_ids(uow, tenant_id=unit.id, month=_month(period))
        for version_id in ids:
            try:
                _export(services, version_by_id(uow, version_id=version_id), folder)
            except DomainError as error:
                refused.append(error.message)
    for message in refused:
        click.echo(message, err=True)
    click.echo(f"已导出{len(ids) - len(refused)}个归档包{f'，{len(refused)}个未导出' if refused else ''}。")
    sys.exit(FOUND_PROBLEMS if refused else 0)


def _export(services: Services, row: AnyRow, folder: Path) -> None:
    final = folder / f"{bag_name(row)}.zip"
    begun = final.with_suffix(".part")
    try:
        with begun.open("wb") as target:
            write_bag(row, files=services.files, target=target, now=services.database.clock())
            target.flush()
            os.fsync(target.fileno())
        begun.replace(final)
    except OSError as error:
        raise _unwritable(final, error) from error
    finally:
        begun.unlink(missing_ok=True)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(path: Path, error: OSError) -> Invalid:
    return Invalid([Fault("--to", f"无法写入“{path}”（{error.strerror}）", "请换一个位置")])


def _month(written: str) -> Period:
    try:
        return Period.parse(written)
    except ValueError as error:
        raise Invalid([Fault("--period", str(error).rstrip("。"))]) from error

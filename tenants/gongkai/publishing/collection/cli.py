"""The command of collection. 0: all runs succeeded whole; 1: one failed, or rows were left out."""

import json
import sys
from typing import Any

import click
from sqlalchemy import select

from gongkai.core.errors import Refused
from gongkai.core.ports import Services
from gongkai.publishing.collection.models import CollectionSource
from gongkai.publishing.collection.tasks import run_source
from gongkai.publishing.imports.models import ImportBatch


@click.command("collect")
@click.option("--source", "source_id", type=int, default=None, help="来源编号，即来源页面网址末尾的数字；不填为全部。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出结果。")
@click.pass_obj
def collect(services: Services, source_id: int | None, *, as_json: bool) -> None:
    """立即从已批准的来源采集信息；重复执行不会重复采集。有失败或未采集的内容时，退出码为 1。

    JSON 数组：source、name、state（done 或 failed）、total、created、changed、unchanged、refused、missing、note。
    """
    with services.database.system_scope("collect command") as uow:
        query = select(CollectionSource.id, CollectionSource.name)
        usable = query.where(CollectionSource.state == "allowed", CollectionSource.active)
        rows = uow.session.execute(
            (usable if source_id is None else usable.where(CollectionSource.id == source_id)).order_by(
                CollectionSource.id
            )
        ).all()
    if source_id is not None and not rows:
        raise Refused(f"没有编号为{source_id}的在用来源；来源须经批准，且没有暂停。")
    done = [
        _as_json(row.id, run) | {"name": row.name}
        for row in rows
        if (run := run_source(services, source_id=row.id)) is not None
    ]
    if as_json:
        click.echo(json.dumps(done, ensure_ascii=False, indent=2))
    for found in () if as_json else done:
        words = (
            f"取得{found['total']}条，新采集{found['created']}条，更新{found['changed']}条，"
            f"未变化{found['unchanged']}条，未采集{found['refused']}条"
        )
        click.echo(
            f"{found['source']} {found['name']}：{words if found['state'] == 'done' else '失败'}。{found['note']}"
        )
    if not as_json and not done:
        click.echo("没有可以采集的来源。")
    sys.exit(1 if any(found["state"] != "done" or found["refused"] for found in done) else 0)


def _as_json(source_id: int, run: ImportBatch) -> dict[str, Any]:
    return {
        "source": source_id,
        "state": run.state,
        "total": run.rows_total,
        "created": run.rows_created,
        "changed": run.rows_changed,
        "unchanged": run.rows_unchanged,
        "refused": run.rows_refused,
        "missing": run.rows_missing,
        "note": run.note,
    }

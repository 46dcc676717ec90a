"""`gongkai search`: fill the index anew, compare it with the database, mend it."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TextIO

import click

from gongkai.core.errors import OutOfReach, Refused
from gongkai.core.ports import SearchState, Services
from gongkai.search.asked.services import most_frequent
from gongkai.search.elastic.backend import SearchWithElastic
from gongkai.search.elastic.rebuild import Built, Shift, newest_titles, rebuilt
from gongkai.search.evaluation.commands import evaluate_command
from gongkai.search.meaning.commands import meaning_command
from gongkai.search.services import reindex_all, repair

SHOWN_IDS = 20
FREQUENT = 100
"""Frequent queries that a new index is compared on."""
SHOWN_QUERIES = 20


@click.group("search")
def group() -> None:
    """检索：重建索引、核对索引。"""


@group.command("reindex")
@click.option("--batch", default=500, show_default=True, type=click.IntRange(1, 5000), help="每批处理的条数。")
@click.option("--server-only", is_flag=True, help="只重建检索服务器上的索引，数据库中的检索文档不动。")
@click.option(
    "--queries",
    type=click.File(encoding="utf8"),
    help="切换前用来比较新旧索引的检索词，每行一条，也可以是评测用的检索词文件；默认用最新发布的信息名称。",
)
@click.option("--yes", is_flag=True, help="比较出差别时不再询问，直接切换。")
@click.pass_obj
def reindex(services: Services, batch: int, server_only: bool, queries: TextIO | None, yes: bool) -> None:
    """按数据库当前内容重建全部检索文档；检索照常可用，中断后可以重新运行。

    配置了检索服务器的，再在旧索引旁边建立新索引，比较检索结果后一次切换；中断或者不切换的，新索引随即删除。
    """
    if not isinstance(services.search, SearchWithElastic):
        if server_only:
            raise Refused("没有配置检索服务器（GONGKAI_ELASTICSEARCH_URL），没有可以重建的索引。")
        _reindex_documents(services, batch)
        click.echo("检索索引已重建。")
        return
    try:
        _reindex_server(services, services.search, batch, server_only, queries, yes)
    except OutOfReach as error:
        raise Refused(
            f"检索服务器没有应答，索引没有重建，原有索引照常使用；请检查服务器后重新运行（{error}）。"
        ) from error


@group.command("verify")
@click.option("--repair", "mend", is_flag=True, help="把有出入的文档按数据库改正。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
@click.pass_obj
def verify(services: Services, mend: bool, as_json: bool) -> None:
    """核对检索索引与数据库：缺少的、过期的、多余的文档，词频是否正确；有出入时以非零状态退出。

    配置了检索服务器的，服务器上的索引也一并核对。
    """
    with services.database.system_scope("search verify") as uow:
        state = services.search.verify(uow)
    if mend and not state.is_sound:
        if not as_json:
            _say(state)
        try:
            state = repair(services, state)
        except OutOfReach as error:
            raise Refused(f"检索服务器没有应答，没有改正完；请检查服务器后重新运行（{error}）。") from error
    if as_json:
        click.echo(json.dumps({**asdict(state), "sound": state.is_sound}, ensure_ascii=False, indent=2))
    else:
        _say(state)
    if not state.is_sound:
        again = "gongkai search reindex 重建。"
        if mend:
            raise Refused(f"改正后仍有不一致之处，请稍后再核对；仍不一致的，运行 {again}")
        raise Refused(f"检索索引与数据库不一致，请运行 gongkai search verify --repair 改正，或者运行 {again}")


def _reindex_documents(services: Services, batch: int) -> None:
    search = services.search.inside if isinstance(services.search, SearchWithElastic) else services.search
    for done, total in reindex_all(services, search, batch=batch):
        click.echo(f"已处理{done}条，共{total}条。")


def _reindex_server(
    services: Services, search: SearchWithElastic, batch: int, server_only: bool, queries: TextIO | None, yes: bool
) -> None:
    """A new index is there before the documents are written anew, so what changes meanwhile reaches it."""
    asked = _queries_in(queries) if queries else _usual(services)

    def prepare() -> None:
        if not server_only:
            _reindex_documents(services, batch)

    def progress(done: int, total: int) -> None:
        click.echo(f"新索引已写入{done}条，共{total}条。")

    with rebuilt(services, search.engine, prepare=prepare, batch=batch, queries=asked, progress=progress) as (
        built,
        put_into_use,
    ):
        _report(built)
        if built.shifts and not yes and not click.confirm("是否切换到新索引？"):
            raise Refused("没有切换，新索引已删除，原有索引照常使用。")
        put_into_use()
    click.echo(f"检索索引已重建，现在使用{built.name}。")


def _usual(services: Services) -> list[str]:
    """What to compare with when nobody says: the most frequent queries, and the titles of what was published last."""
    with services.database.system_scope("most frequent queries") as uow:
        frequent = most_frequent(uow, limit=FREQUENT)
    return list(dict.fromkeys((*frequent, *newest_titles(services))))


def _queries_in(lines: TextIO) -> list[str]:
    """A query a line, or those of a file of judged queries, whose lines are objects."""
    try:
        asked = [str(json.loads(line)["query"]) if line.startswith("{") else line.strip() for line in lines]
    except (ValueError, KeyError) as error:
        raise Refused(
            "检索词文件无法识别：应当每行一条检索词，或者是评测用的检索词文件（每行一个JSON对象，含“query”）。"
        ) from error
    return [text for text in asked if text]


def _report(built: Built) -> None:
    """What the comparison of the old and the new index says."""
    if not built.shifts:
        click.echo(f"比较了{built.compared}条检索词，结果没有变化。")
        return
    click.echo(f"比较了{built.compared}条检索词，其中{len(built.shifts)}条的前几条结果有变化：")
    for shift in built.shifts[:SHOWN_QUERIES]:
        click.echo(f"“{shift.text}”：{_changes(shift)}。")
    if len(built.shifts) > SHOWN_QUERIES:
        click.echo(f"其余{len(built.shifts) - SHOWN_QUERIES}条从略。")


def _changes(shift: Shift) -> str:
    """What vanished, what is new, what moved, by item ids."""
    parts = [f"{item_id}由第{before}位变为第{now}位" for item_id, before, now in shift.moved]
    for words, ids in (("不再出现", shift.vanished), ("新出现", [i for i in shift.after if i not in shift.before])):
        if ids:
            parts.insert(0, f"{words}{_listed(ids)}")
    return "；".join(parts)


def _say(state: SearchState) -> None:
    click.echo(f"检索文档{state.documents}条。")
    _say_wrong(state)
    if state.beside is not None:
        click.echo(f"检索服务器上的文档{state.beside.documents}条。")
        _say_wrong(state.beside)


def _say_wrong(state: SearchState) -> None:
    for words, ids in (("缺少", state.missing), ("过期", state.stale), ("多余", state.extra)):
        if ids:
            click.echo(f"{words}{len(ids)}条，信息编号：{_listed(ids)}。")
    for fault in state.faults:
        click.echo(f"{fault}。")


def _listed(ids: Sequence[int]) -> str:
    return "、".join(map(str, ids[:SHOWN_IDS])) + ("等" if len(ids) > SHOWN_IDS else "")


group.add_command(evaluate_command)
group.add_command(meaning_command)

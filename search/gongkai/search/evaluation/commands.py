"""`gongkai search evaluate`."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from gongkai.core.errors import OutOfReach, Refused
from gongkai.core.ports import Services
from gongkai.search.evaluation.judgements import read_corpus, read_queries
from gongkai.search.evaluation.measures import Measures
from gongkai.search.evaluation.services import Answer, Report, engines, evaluate

SHOWN_FAILURES = 30
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("evaluate")
@click.option("--corpus", required=True, type=_FILE, help="语料文件，每行一个JSON对象。")
@click.option("--queries", required=True, type=_FILE, help="检索词及其相关信息，每行一个JSON对象。")
@click.option(
    "--backend",
    default="all",
    show_default=True,
    type=click.Choice(["elasticsearch", "postgresql", "all"]),
    help="评测哪个检索后端，all为全部已配置的后端。",
)
@click.option("--json", "as_json", is_flag=True, help="以JSON输出。")
@click.pass_obj
def evaluate_command(services: Services, corpus: Path, queries: Path, backend: str, *, as_json: bool) -> None:
    """用标注好的检索词评测检索质量：语料装入临时索引，结束后不留痕迹，不影响正式数据。"""
    papers = read_corpus(corpus)
    judged = read_queries(queries, {paper.id for paper in papers})
    backends = list(engines(services)) if backend == "all" else [backend]
    try:
        reports = evaluate(services, backends=backends, papers=papers, queries=judged)
    except OutOfReach as error:
        raise Refused(f"检索服务器没有应答，评测没有完成；请检查服务器后重新运行（{error}）。") from error
    if as_json:
        click.echo(json.dumps({report.backend: _as_json(report) for report in reports}, ensure_ascii=False, indent=2))
    else:
        for report in reports:
            _print(report)


def _as_json(report: Report) -> dict[str, Any]:
    return {
        "documents": report.documents,
        "overall": _figures(report.overall),
        "kinds": {kind: _figures(measures) for kind, measures in report.kinds.items()},
        "failures": [_failure(answer) for answer in report.failures],
    }


def _figures(measures: Measures) -> dict[str, Any]:
    return {name: round(value, 4) for name, value in asdict(measures).items()}


def _failure(answer: Answer) -> dict[str, Any]:
    figures = {"recall": round(answer.recall, 4), "mrr": round(answer.mrr, 4), "ndcg": round(answer.ndcg, 4)}
    judged = answer.judged
    row = {"qid": judged.qid, "query": judged.query, "kind": judged.kind, "relevant": list(judged.relevant)}
    return row | {"found": list(answer.found)} | figures


def _print(report: Report) -> None:
    click.echo(f"{report.backend}：语料{report.documents}条，检索词{report.overall.queries}条。")
    width = max(map(len, report.kinds), default=0)
    for name, measures in (("全部", report.overall), *report.kinds.items()):
        padded = name + "\u3000" * (max(width, 2) - len(name))
        click.echo(
            f"{padded}  {measures.queries:4d}条  recall@10 {measures.recall:.3f}  MRR@10 {measures.mrr:.3f}"
            f"  nDCG@10 {measures.ndcg:.3f}"
        )
    _print_failures(report.failures)


def _print_failures(failures: Sequence[Answer]) -> None:
    if failures:
        click.echo(f"未排在首位或者未找全的{len(failures)}条：")
    for answer in failures[:SHOWN_FAILURES]:
        wanted, found = "、".join(answer.judged.relevant), "、".join(answer.found[:3])
        click.echo(f"  {answer.judged.qid}“{answer.judged.query}”：应有{wanted}，前三条为{found or '无'}。")
    if len(failures) > SHOWN_FAILURES:
        click.echo(f"  其余{len(failures) - SHOWN_FAILURES}条见--json的输出。")

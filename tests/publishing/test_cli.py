"""Commands of publishing that look: items list, counts show and verify, audit verify."""

import json
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from gongkai.publishing.imports.tasks import migrate_rows
from tests.factories.items import published
from tests.factories.world import World
from tests.publishing.imports.lists import gongkai, migration_row


@pytest.fixture
def filled(world: World) -> World:
    """Two units of a county with items of March 2023."""
    rows = [
        migration_row(1),
        migration_row(2, column_code="czys"),
        migration_row(3, column_code="gzdt"),
        migration_row(4, unit_code="hx-qsz"),
    ]
    result = migrate_rows(
        world.services, rows=rows, unit_code="yl", cutoff=date(2025, 12, 31), responsible="李四",
        allowed_by="yl-supervisor",
    )  # fmt: skip
    assert result.created == 4, result.faults
    return world


def test_counts_show_a_unit_and_the_units_below_it(filled: World) -> None:
    answer = gongkai(filled.services, "counts", "show", "--tenant", "hx-mzj", "--period", "2023-03", "--json")
    found = json.loads(answer.stdout)
    assert answer.exit_code == 0
    assert (found["name"], found["total"], found["counted"], found["news"]) == ("和溪县民政局", 3, 2, 1)
    assert found["groups"]["fiscal_funds"] == 1
    assert {column["code"]: (column["total"], column["counted"]) for column in found["columns"]} == {
        "czys": (1, 1),
        "gsgg": (1, 1),
        "gzdt": (1, 0),
    }
    assert found["subtree"] is None
    county = gongkai(filled.services, "counts", "show", "--tenant", "hx", "--period", "2023-03", "--json")
    summed = json.loads(county.stdout)
    assert (summed["total"], summed["subtree"]["total"], summed["subtree"]["counted"]) == (0, 4, 3)
    words = gongkai(filled.services, "counts", "show", "--tenant", "hx", "--period", "2023-03").stdout
    assert "含下级单位：共发布4条，计入月度发布任务3条，工作动态1条" in words


def test_items_are_listed_with_why_they_do_not_count(filled: World) -> None:
    answer = gongkai(filled.services, "items", "list", "--tenant", "hx-mzj", "--period", "2023-03", "--json")
    found = json.loads(answer.stdout)
    assert [(item["title"], item["column_code"], item["counts_to_quota"]) for item in found] == [
        ("关于第3号事项的公告", "gzdt", False),
        ("关于第2号事项的公告", "czys", True),
        ("关于第1号事项的公告", "gsgg", True),
    ]
    assert found[0]["published_at"].startswith("2023-03-10T")
    plain = gongkai(filled.services, "items", "list", "--tenant", "hx-mzj").stdout
    assert "（不计入：工作动态类信息）" in plain
    assert "共3条。" in plain


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("items", "list", "--tenant", "nowhere"), "没有代码为“nowhere”的单位"),
        (("counts", "show", "--tenant", "hx", "--period", "2023-13"), "月份应写成"),
        (("audit", "verify", "--tenant", "nowhere"), "没有代码为“nowhere”的单位"),
    ],
)
def test_bad_input_is_refused_in_words(world: World, arguments: tuple[str, ...], words: str) -> None:
    answer = gongkai(world.services, *arguments)
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert words in answer.stderr


def test_each_fault_is_a_line_with_its_remedy(world: World, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("栏目,标题,发布时间\n", "utf8")
    answer = gongkai(world.services, "items", "import", str(file), "--migrate", "--allowed-by", "yl-supervisor")
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert answer.stderr.splitlines() == [
        "未填写截止日期；请填写原网站停止更新的日期。",
        "未填写责任人；请填写对本批次内容负责的人员姓名。",
    ]
    assert gongkai(world.services, "items", "import", "--nonsense").exit_code == 2


def test_an_index_that_differs_ends_as_every_other_refusal(world: World, owner_engine: Engine) -> None:
    published(world)
    assert gongkai(world.services, "search", "verify").exit_code == 0
    with owner_engine.begin() as connection:
        connection.execute(text("DELETE FROM search_document"))
    answer = gongkai(world.services, "search", "verify")
    assert (answer.exit_code, "请运行 gongkai search verify --repair 改正" in answer.stderr) == (1, True)


def test_right_counts_and_whole_chains_pass(filled: World) -> None:
    published(filled)
    assert gongkai(filled.services, "counts", "verify").exit_code == 0
    answer = gongkai(filled.services, "audit", "verify")
    assert (answer.exit_code, "8个单位的版本链完整" in answer.stdout) == (0, True)


def test_the_chain_names_the_first_version_that_was_tampered_with(filled: World, owner_engine: Engine) -> None:
    with owner_engine.begin() as connection:
        changed = connection.execute(
            text(
                "UPDATE item_version SET content = jsonb_set(content, '{title}', '\"改过的标题\"') WHERE position = 2"
                " AND tenant_id = :unit RETURNING item_id"
            ),
            {"unit": filled.units["hx-mzj"]},
        ).scalar_one()
    answer = gongkai(filled.services, "audit", "verify")
    assert answer.exit_code == 1
    assert f"hx-mzj 和溪县民政局：第2个环节，信息{changed}第1版：版本内容或其前一环节被改动" in answer.stdout
    assert gongkai(filled.services, "audit", "verify", "--tenant", "hx-qsz").exit_code == 0


def test_a_changed_text_and_a_deleted_version_break_the_chain(filled: World, owner_engine: Engine) -> None:
    with owner_engine.begin() as connection:
        connection.execute(
            text("UPDATE version_text SET body_html = '<p>改过。</p>' WHERE tenant_id = :unit"),
            {"unit": filled.units["hx-qsz"]},
        )
    assert "第1个环节" in gongkai(filled.services, "audit", "verify", "--tenant", "hx-qsz").stdout
    with owner_engine.begin() as connection:
        chosen = "SELECT id FROM item_version WHERE tenant_id = :unit AND position = 3"
        connection.execute(
            text(f"DELETE FROM version_text WHERE version_id = ({chosen})"), {"unit": filled.units["hx-mzj"]}
        )
        connection.execute(
            text("DELETE FROM item_version WHERE tenant_id = :unit AND position = 3"), {"unit": filled.units["hx-mzj"]}
        )
    assert "可能有版本被删除" in gongkai(filled.services, "audit", "verify", "--tenant", "hx-mzj").stdout

"""Commands: a circular shown and exported, facts imported."""

import json
from typing import Any

from click.testing import CliRunner
from flask import Flask
from sqlalchemy import Engine

from gongkai.core.tables.writing import Sheet, write_csv
from gongkai.run.cli import main
from tests.factories.world import World
from tests.supervision.months import publish_month
from tests.supervision.office import Office, drafted


def run(world: World, *arguments: str) -> tuple[int, str]:
    """A command with its output."""
    done = CliRunner().invoke(main, list(arguments), obj=world.services)
    return done.exit_code, done.output


def test_the_command_shows_the_live_figures_and_later_the_locked_ones(
    city: World, app: Flask, owner_engine: Engine, tmp_path: Any
) -> None:
    code, shown = run(city, "circulars", "show", "--tenant", "hx", "--period", "2023-03")
    assert code == 0
    assert "尚未编制本期通报，以下按当前数据起草。" in shown
    assert "供电公司本月未发布信息，已连续2个月空白。" in shown
    office = Office(app, city, "hx-supervisor")
    drafted(city, office)
    publish_month(owner_engine, city, "fgw", "2023-03", 5, key_area_group="fiscal_funds")
    code, shown = run(city, "circulars", "show", "--tenant", "hx", "--period", "2023-03", "--json")
    data = json.loads(shown)
    assert (data["stored"], data["state"], data["figures"]["published"]) == (True, "draft", 186)
    assert data["figures"]["attainment"] == {"numerator": 5, "denominator": 10}
    assert data["blank"] == [{"code": "gongdian", "name": "供电公司", "repeated": True, "months": 2}]
    assert [(unit["name"], unit["published"]) for unit in data["below_task"]] == [
        ("残联", 1), ("宗教局", 5), ("泊岗乡", 2), ("石坝镇", 5),
    ]  # fmt: skip
    assert data["false_rectification"][0]["manner"] == "listed_only"
    assert [unit["name"] for unit in data["commended"]] == ["发改委", "柳巷镇"]
    out = tmp_path / "march.docx"
    code, shown = run(city, "circulars", "export", "--tenant", "hx", "--period", "2023-03", "--out", str(out))
    assert (code, out.read_bytes()[:2]) == (0, b"PK")
    assert run(city, "circulars", "show", "--tenant", "hx", "--period", "三月")[0] == 1
    assert run(city, "circulars", "show", "--tenant", "nobody", "--period", "2023-03")[0] == 1
    code, shown = run(city, "circulars", "show", "--tenant", "hx", "--period", "2023-03", "--text")
    assert shown.startswith("关于2023年3月份全县政府信息公开工作情况的通报\n现将3月份")


def test_facts_come_by_the_command_line_too(march: World, tmp_path: Any) -> None:
    rows = (
        ("宗教局", "整改不实", "仅处理通知所列栏目、未全面排查", ""),
        ("柳巷镇", "工作较好", "", ""),
    )
    good = tmp_path / "facts.csv"
    good.write_bytes(write_csv(Sheet("登记", ("单位", "事项", "说明", "日期"), rows)))
    arguments = ("facts", "import", str(good), "--tenant", "hx", "--period", "2023-03", "--json")
    for _ in range(2):
        code, shown = run(march, *arguments)
        assert (code, json.loads(shown)) == (0, {"recorded": 2, "faults": []})
    code, shown = run(march, "circulars", "show", "--tenant", "hx", "--period", "2023-03", "--text")
    assert "仅处理通知所列栏目、未全面排查的1家：宗教局" in shown
    bad = tmp_path / "bad.csv"
    bad.write_bytes(write_csv(Sheet("登记", ("单位", "事项"), (("某某局", "迟到"), ("残联", "整改不实")))))
    code, shown = run(march, "facts", "import", str(bad), "--tenant", "hx", "--period", "2023-03", "--json")
    assert code == 1
    faults = json.loads(shown)["faults"]
    assert {(fault["row"], fault["column"]) for fault in faults} == {(2, "单位"), (2, "事项"), (3, "说明")}

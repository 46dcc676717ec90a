"""A count that the items do not bear out is found, wherever it stands."""

import json

import pytest
from sqlalchemy import Engine, text

from tests.factories.items import published
from tests.factories.world import World
from tests.publishing.imports.lists import gongkai

CORRUPTIONS = {
    "a total": ("UPDATE period_count SET total = total + 1", "period_count", {"kept": 2, "found": 1}),
    "a column's total": ("UPDATE column_count SET total = 0", "column_count", {"kept": 0, "found": 1}),
    "a missing row": ("DELETE FROM column_count", "column_count", {"kept": 0, "found": 1}),
    "a row for nothing": (
        "INSERT INTO period_count SELECT tenant_id, '2020-01', '', 5, 5, 0 FROM period_count",
        "period_count",
        {"kept": 5, "found": 0},
    ),
}


@pytest.mark.parametrize("case", CORRUPTIONS)
def test_a_corrupted_count_is_told(world: World, owner_engine: Engine, case: str) -> None:
    published(world)
    assert gongkai(world.services, "counts", "verify", "--json").stdout.strip() == "[]"
    statement, table, totals = CORRUPTIONS[case]
    with owner_engine.begin() as connection:
        connection.execute(text(statement))
    answer = gongkai(world.services, "counts", "verify", "--json")
    assert answer.exit_code == 1
    (difference,) = json.loads(answer.stdout)
    assert (difference["table"], difference["unit_code"]) == (table, "hx-mzj")
    assert {key: difference[key]["total"] for key in ("kept", "found")} == totals
    assert "发现1处差异。" in gongkai(world.services, "counts", "verify").stdout


def test_a_count_without_counting_is_told(world: World, owner_engine: Engine) -> None:
    published(world)
    with owner_engine.begin() as connection:
        connection.execute(text("UPDATE period_count SET news = 1, counted = 0"))
    answer = gongkai(world.services, "counts", "verify")
    assert "保存为1/0/1，实际为1/1/0" in answer.stdout

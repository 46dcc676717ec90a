"""Columns as an office looks into them, and as the evaluation judges them."""

from datetime import date
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import update

from gongkai.catalog.models import ContentColumn
from gongkai.supervision.models import Finding
from gongkai.supervision.outlook.columns import Column, UnitColumns, headline_of_columns, headline_of_units
from gongkai.supervision.tasks import evaluate_day
from tests.conftest import AdjustableClock
from tests.factories.items import published
from tests.factories.world import World
from tests.supervision.agenda.test_agenda import keep_columns
from tests.supervision.test_dashboard import words
from tests.supervision.test_ledger import stale

__all__ = ["stale"]
PAGE = "/office/units/hx-mzj/columns"


def test_a_column_goes_from_fresh_to_overdue_with_its_finding(
    world: World, client: FlaskClient, clock: AdjustableClock
) -> None:
    keep_columns(world, gsgg="days:20", tgxx="event")
    published(world, formed_date=date(2026, 3, 20))

    def shown() -> str:
        return words(world.sign_in(client.application.test_client(), "hx-supervisor").get(PAGE))

    assert "公示公告每20日更新2026-03-232026-04-12未到期限" in shown()
    clock.advance(days=16)
    assert "公示公告每20日更新2026-03-232026-04-12即将到期" in shown()
    clock.advance(days=9)
    page = shown()
    assert "1个逾期未更新" in page
    assert "公示公告每20日更新2026-03-232026-04-12逾期未更新—" in page
    evaluate_day(world.services)
    assert "（待整改，时限" in shown()


def test_the_table_of_units_counts_what_stands_against_all_columns(
    world: World, client: FlaskClient, stale: list[int]
) -> None:
    world.sign_in(client, "hx-supervisor")
    assert "和溪县民政局303100.0%（3/3）" in words(client.get("/office/columns"))
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(update(Finding).where(Finding.id == stale[0]).values(state="dismissed"))
        town = Finding.tenant_id == world.units["hx-qsz"]
        uow.session.execute(update(Finding).where(town).values(state="closed", closed_at=uow.now))
    page = words(client.get("/office/columns"))
    assert "和溪县民政局30266.7%（2/3）" in page
    assert "清水镇" not in page
    assert "清水镇1000.0%（0/1）" in words(client.get("/office/columns?all=1"))
    own = words(client.get(PAGE))
    assert "经核实不成立" in own
    assert "3个空白栏目" in own


def test_the_spreadsheets_hold_what_the_pages_show(world: World, client: FlaskClient, stale: list[int]) -> None:
    world.sign_in(client, "hx-supervisor")
    for path, row in (
        ("/office/columns.xlsx", ("和溪县民政局", 0, 3)),
        (f"{PAGE}.xlsx", ("空白栏目", 1)),
    ):
        book = load_workbook(BytesIO(client.get(path).get_data()))
        _, first, *_ = book.active.iter_rows(values_only=True)  # type: ignore[union-attr]
        assert set(row) <= set(first), path


@pytest.mark.parametrize("path", ["/office/units/{}/columns", "/office/units/{}/columns.xlsx"])
def test_a_foreign_unit_is_as_missing_as_a_missing_one(world: World, client: FlaskClient, path: str) -> None:
    world.sign_in(client, "hx-supervisor")
    assert client.get(path.format("hx-mzj")).status_code == 200
    for code in ("qs-mzj", "yl-czj", "nowhere"):
        assert client.get(path.format(code)).status_code == 404


def test_closed_columns_are_not_asked_for(world: World, client: FlaskClient, stale: list[int]) -> None:
    world.sign_in(client, "hx-supervisor")
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(update(ContentColumn).values(active=False))
    assert "没有需要更新的栏目。" in words(client.get(PAGE))


def test_sentences() -> None:
    unit = UnitColumns("a", "甲", "甲", 10, 0, 0)
    assert headline_of_units([unit]) == ("1家单位10个栏目中没有逾期未更新的栏目和空白栏目。", "good")
    bad = UnitColumns("b", "乙", "乙", 10, 2, 1)
    assert headline_of_units([unit, bad])[0] == "2家单位20个栏目中，1家单位有2个栏目逾期未更新、1个空白栏目。"
    assert bad.share == "30.0%"
    columns = [Column(1, "甲", "每年更新", None, None, state) for state in ("soon", "fine", "event")]
    assert headline_of_columns(columns) == ("3个栏目，1个即将到期。", "warn")
    assert headline_of_columns(columns[1:]) == ("2个栏目，都没有到期。", "good")
    assert headline_of_columns([]) == ("没有需要更新的栏目。", "plain")

"""Whether it is getting better: twelve months with numerators and denominators."""

import re
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import Engine, update

from gongkai.core.calendar.periods import Period
from gongkai.supervision.models import Finding
from gongkai.supervision.outlook.trend import Month, Problems, headline, trend_of
from gongkai.supervision.standings import Totals
from gongkai.supervision.tasks import evaluate_all
from tests.factories.world import World
from tests.supervision.test_dashboard import words


def month(period: str, attained: int, assessed: int, blank: int, *, ended: bool = True) -> Month:
    """A month with these numbers."""
    sums = Totals(
        units=assessed, assessed=assessed, attained=attained, blank=blank, counted=0, total=0, news=0, key_areas={},
        last_counted=None,
    )  # fmt: skip
    return Month(Period.parse(period), ended, sums, Problems())


@pytest.mark.parametrize(
    ("months", "said", "tone"),
    [
        ([], "还没有结束的考核月份，月份结束后显示变化情况。", "plain"),
        ([month("2026-03", 1, 9, 8, ended=False)], "还没有结束的考核月份，月份结束后显示变化情况。", "plain"),
        (
            [month("2026-03", 0, 9, 9, ended=False), month("2026-02", 37, 40, 2), month("2026-01", 36, 40, 3)],
            "2026年2月37家单位完成月度任务，完成率92.5%（37/40），比上月提高2.5个百分点；空白月单位2家，比上月减少1家。",
            "good",
        ),
        (
            [month("2026-02", 30, 40, 4), month("2026-01", 36, 40, 3)],
            "2026年2月30家单位完成月度任务，完成率75.0%（30/40），比上月下降15.0个百分点；空白月单位4家，比上月增加1家。",
            "warn",
        ),
        (
            [month("2026-02", 36, 40, 3), month("2026-01", 36, 40, 3)],
            "2026年2月36家单位完成月度任务，完成率90.0%（36/40），与上月持平；空白月单位3家，与上月持平。",
            "plain",
        ),
        (
            [month("2026-02", 36, 40, 3), month("2026-01", 0, 0, 0)],
            "2026年2月36家单位完成月度任务，完成率90.0%（36/40）；空白月单位3家。",
            "plain",
        ),
    ],
)
def test_the_sentence_compares_months_that_have_ended(months: list[Month], said: str, tone: str) -> None:
    assert headline(months) == (said, tone)


def test_a_month_has_the_numbers_of_its_dashboard(march: World, client: FlaskClient) -> None:
    march.sign_in(client, "hx-supervisor")
    page = words(client.get("/office/trend?period=2023-03"))
    for period in ("2023-03", "2023-02", "2023-01"):
        own = words(client.get(f"/office/?period={period}"))
        (rate,) = re.findall(r"完成任务\d+家(\d+\.\d%（\d+/\d+）)", own)
        assert f"{Period.parse(period).label}{rate}" in page
    assert "2022年12月" not in page


def test_problems_are_counted_in_their_month_with_what_became_of_them(
    world: World, client: FlaskClient, owner_engine: Engine
) -> None:
    with world.services.database.system_scope("test") as uow:
        evaluate_all(uow, period=Period.parse("2026-02"))
        found = uow.session.query(Finding.id).filter(
            Finding.office_id == world.units["hx"], Finding.period == "2026-02"
        )
        ids = [row.id for row in found.order_by(Finding.id)]
        uow.session.execute(
            update(Finding).where(Finding.id == ids[0]).values(state="closed", closed_at=uow.now, false_claim=True)
        )
        uow.session.execute(update(Finding).where(Finding.id == ids[1]).values(state="candidate"))
        uow.session.execute(update(Finding).where(Finding.id == ids[2]).values(due_date=uow.now.date().replace(day=1)))
    with world.services.database.transaction() as uow:
        world.actor(uow, "hx-supervisor")
        months = trend_of(uow, office_id=world.units["hx"], last=Period.parse("2026-03"))
    (february,) = [one for one in months if str(one.period) == "2026-02"]
    number = len(ids) - 1
    assert february.problems == Problems(number, 1, 1, 1)
    assert february.problems.settled.endswith(f"（1/{number}）")


def test_the_spreadsheet_says_what_the_page_says(march: World, client: FlaskClient) -> None:
    march.sign_in(client, "hx-supervisor")
    book = load_workbook(BytesIO(client.get("/office/trend.xlsx?period=2023-03").get_data()))
    header, *rows = book.active.iter_rows(values_only=True)  # type: ignore[union-attr]
    assert header[:4] == ("月份", "考核单位数", "完成任务", "完成率")
    page = words(client.get("/office/trend?period=2023-03"))
    assert len(rows) == 3
    assert all(f"{row[0]}{row[3]}" in page for row in rows)


def test_odd_months_get_a_sentence(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    assert client.get("/office/trend?period=2030-01").status_code == 400
    assert client.get("/office/trend?period=x").status_code == 400
    unit = world.sign_in(client.application.test_client(), "hx-mzj-contributor")
    assert unit.get("/office/trend").status_code == 403

"""The standings: the March case in miniature, blank months in a row, bodies that come and go, whose name when."""

from datetime import date
from io import BytesIO

from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import Engine

from gongkai.core.calendar.periods import Period
from gongkai.supervision.judging import blank_streak
from gongkai.supervision.queries import standings
from gongkai.supervision.standings import Standing, Standings
from gongkai.tenancy.kinds import TenantType
from gongkai.tenancy.services import abolish_tenant, rename_tenant
from tests.factories.world import World
from tests.supervision.months import add_unit, publish_month, publish_months


def of(world: World, office: str, month: str, since: str | None = None) -> Standings:
    """The standings of an office."""
    with world.services.database.unit_of_work() as uow:
        opened = Period.parse(since) if since else None
        return standings(uow, office_id=world.units[office], period=Period.parse(month), since=opened)


def row(found: Standings, code: str) -> Standing:
    """A unit's standing."""
    return next(one for one in (*found.rows, *found.untasked, *found.former) if one.code == code)


def test_the_march_case_says_what_the_circular_says(march: World) -> None:
    found = of(march, "hx", "2023-03")
    assert [(one.name, one.blank_months) for one in found.blank] == [("供电公司", 2)]
    assert {one.name: one.counts.counted for one in found.below} == {"残联": 1, "宗教局": 5, "石坝镇": 5, "泊岗乡": 2}
    sums = found.totals
    assert (sums.units, sums.assessed, sums.attained, sums.below, sums.blank) == (10, 10, 5, 5, 1)
    assert sums.counted == 132 + 1 + 5 + 25 + 5 + 2 + 0 + 16
    assert sums.last_counted == 101 + 3 + 3 + 22 + 6 + 6 + 0 + 16
    assert sums.attainment == "50.0%（5/10）"
    assert [heading for heading, _ in found.classes()] == ["县直部门", "乡镇（街道）", "公共企事业单位"]
    assert [one.code for one in found.untasked] == ["hx"]


def test_the_first_month_of_the_statistics_has_nothing_to_compare_with(march: World) -> None:
    found = of(march, "hx", "2023-01")
    assert found.totals.last_counted is None
    assert found.totals.change is None
    assert of(march, "hx", "2022-12").totals.assessed == 0


def test_the_prefecture_sums_its_counties(march: World) -> None:
    found = of(march, "yl", "2023-03")
    county = next(area for area in found.areas if area.unit.code == "hx")
    assert not county.is_office
    assert county.totals.counted == of(march, "hx", "2023-03").totals.counted
    assert found.areas[0].is_office


def test_news_reprints_and_key_areas_are_told_apart(world: World, owner_engine: Engine) -> None:
    publish_month(owner_engine, world, "hx-mzj", "2026-03", 3, key_area_group="fiscal_funds")
    publish_month(
        owner_engine, world, "hx-mzj", "2026-03", 5, column="gzdt", is_news=True, counts_to_quota=False
    )  # fmt: skip
    found = row(of(world, "hx", "2026-03"), "hx-mzj")
    assert (found.counts.counted, found.counts.total, found.counts.news, found.key_total) == (3, 8, 5, 3)
    assert found.counts.key_areas["fiscal_funds"] == 3


def test_blank_months_in_a_row_stop_at_the_last_month_with_items(world: World, owner_engine: Engine) -> None:
    publish_months(owner_engine, world, {"hx-mzj": {"2025-11": 2}, "hx-qsz": {"2025-06": 1, "2026-03": 1}})
    found = of(world, "hx", "2026-03")
    assert row(found, "hx-mzj").blank_months == 4
    assert row(found, "hx-qsz").blank_months == 0
    assert row(found, "hx-gs").blank_months == 10, "counted from the first month of the statistics"
    assert [one.code for one in found.blank] == ["hx", "hx-gs", "hx-mzj"], "longest first, then official order"


def test_months_before_the_establishment_are_nobodys_blank_months(world: World, owner_engine: Engine) -> None:
    publish_month(owner_engine, world, "hx-mzj", "2025-01", 1)
    with world.services.database.system_scope("test") as uow:
        add_unit(uow, world, "new", "数据局", TenantType.BUREAU, established=date(2026, 1, 15))
        add_unit(uow, world, "newest", "低空办", TenantType.BUREAU, established=date(2026, 3, 10))
    found = of(world, "hx", "2026-03")
    assert row(found, "new").blank_months == 2, "February and March; January was not whole"
    newest = row(found, "newest")
    assert (newest.attained, newest.blank, newest.remark) == (None, False, "2026年3月10日设立，本月不计考核")
    assert newest not in found.blank
    assert found.totals.units == found.totals.assessed + 1
    assert "new" not in {one.code for one in of(world, "hx", "2025-12").rows}


def test_an_abolished_body_keeps_its_counts_until_its_date(world: World, owner_engine: Engine) -> None:
    publish_months(owner_engine, world, {"hx-mzj": {"2026-01": 25, "2026-02": 3}})
    with world.services.database.system_scope("test") as uow:
        abolish_tenant(
            uow, tenant_id=world.units["hx-mzj"], successor_id=world.units["hx"], effective_date=date(2026, 2, 16),
            basis="机构改革",
        )  # fmt: skip
    january, february, march = (of(world, "hx", month) for month in ("2026-01", "2026-02", "2026-03"))
    assert row(january, "hx-mzj").attained is True
    gone = row(february, "hx-mzj")
    assert (gone.counts.counted, gone.attained, gone.remark) == (3, None, "2026年2月16日撤销，职能由和溪县承接")
    assert "hx-mzj" not in {one.code for one in march.rows}
    assert [one.code for one in of(world, "hx", "2026-03", "2026-01").former] == ["hx-mzj"]


def test_a_body_stands_under_the_name_it_had(world: World, owner_engine: Engine) -> None:
    publish_month(owner_engine, world, "hx-mzj", "2026-01", 1)
    with world.services.database.system_scope("test") as uow:
        rename_tenant(
            uow, tenant_id=world.units["hx-mzj"], official_name="和溪县民政和社会工作局", short_name="民政社工局",
            effective_date=date(2026, 3, 5), basis="机构改革",
        )  # fmt: skip
    assert row(of(world, "hx", "2026-02"), "hx-mzj").name == "和溪县民政局"
    renamed = row(of(world, "hx", "2026-03"), "hx-mzj")
    assert (renamed.name, renamed.attained) == ("民政社工局", False), "renamed is not new"
    assert row(of(world, "hx", "2026-02"), "hx-mzj").remark == ""


@given(counts=st.lists(st.integers(0, 2), min_size=1, max_size=30), first=st.integers(0, 29))
def test_the_streak_is_what_counting_backwards_gives(counts: list[int], first: int) -> None:
    counts[-1] = 0
    first = min(first, len(counts) - 1)
    start = Period(2024, 1)
    active = [start.minus(-place) for place, count in enumerate(counts[:-1]) if count]
    wanted = 0
    for count in reversed(counts[first:]):
        if count:
            break
        wanted += 1
    found = blank_streak(
        period=start.minus(1 - len(counts)), first=start.minus(-first), last_active=max(active, default=None)
    )
    assert found == wanted


def test_the_export_reads_back_as_annex_1(march: World, client: FlaskClient) -> None:
    march.sign_in(client, "hx-supervisor")
    answer = client.get("/office/export.xlsx?period=2023-03")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    book = load_workbook(BytesIO(answer.data))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert rows[0] == ("序号", "单位", "月度任务", "本月发布", "完成率", "重点领域", "上月发布", "连续空白月", "备注")
    by_name = {line[1]: line for line in rows[1:]}
    assert len(by_name) == 10
    assert by_name["泊岗乡"][2:7] == (6, 2, "33.3%", 0, 6)
    assert by_name["供电公司"][3:8] == (0, "0.0%", 0, 0, 2)
    sums = {line[0]: line for line in book.worksheets[1].iter_rows(values_only=True)}
    assert sums["合计"][1:4] == (10, 186, 29)

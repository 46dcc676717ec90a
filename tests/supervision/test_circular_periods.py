"""Circulars of a quarter and of a year: months added up, compared with the period before, through the front door."""

import json
import re
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import Engine, func, select

from gongkai.core.calendar.spans import Span
from gongkai.publishing.models import Item
from gongkai.run.cli import main
from gongkai.supervision.circulars.access import circulate, snapshot_of
from gongkai.supervision.circulars.collect import collect
from gongkai.supervision.circulars.document import build
from gongkai.supervision.circulars.snapshot import Snapshot
from gongkai.supervision.models import Circular
from gongkai.tenancy.kinds import TenantType
from tests.factories.world import World
from tests.supervision.months import add_unit, publish_month, publish_months
from tests.supervision.office import REQUIREMENTS, Office, stored

SECOND_QUARTER = {
    "fgw": (10, 10, 10),
    "cl": (9, 9, 9),
    "zjj": (9, 8, 9),
    "liuxiang": (6, 6, 6),
    "shiba": (6, 6, 0),
    "bogang": (0, 0, 0),
    "gongdian": (1, 1, 1),
    "hx-mzj": (9, 9, 9),
    "hx-qsz": (6, 6, 6),
    "hx-gs": (1, 1, 1),
}
"""Code → items of April, May, June 2023; those of the first quarter are the March case."""


def new(world: World, office: Office, period: str) -> int:
    """Open and lock the circular of a period; its id."""
    office.send("/office/circulars/new", period=period, coverage="all")
    with world.services.database.system_scope("test") as uow:
        circular_id = uow.session.scalars(select(Circular.id).where(Circular.period == period)).one()
    office.send(f"/office/circulars/{circular_id}/lock")
    return circular_id


def words(page: str) -> str:
    """A page without its tags."""
    return re.sub("<[^>]+>", "", page)


def collected(world: World, period: str, office: str = "hx") -> Snapshot:
    """An office's period as the data are."""
    with world.services.database.system_scope("test") as uow:
        return collect(uow, office_id=world.units[office], span=Span.parse(period))


@pytest.fixture
def half(city: World, owner_engine: Engine) -> World:
    """The city with the second quarter of 2023 too."""
    months = ("2023-04", "2023-05", "2023-06")
    numbers = {code: dict(zip(months, found, strict=True)) for code, found in SECOND_QUARTER.items()}
    publish_months(owner_engine, city, numbers)
    return city


def test_a_quarter_adds_up_its_months_and_says_who_missed_which(city: World, app: Flask) -> None:
    office = Office(app, city, "hx-supervisor")
    circular_id = new(city, office, "2023-Q1")
    base = f"/office/circulars/{circular_id}"
    assert stored(city, circular_id).title == "关于2023年第一季度全县政府信息公开工作情况的通报"
    office.send(f"{base}/requirements", **REQUIREMENTS)
    assert "2023年第一季度通报" in office.page(f"{base}/text")
    body = words(office.page(base))
    assert "现将第一季度全县政府信息公开工作情况通报如下（统计时段为1月1日至3月31日，" in body
    assert "第一季度，纳入统计的10家单位共发布政府信息514条。" in body, "no quarter before to compare with"
    assert (
        "各月均完成月度任务的5家，占50.0%（5/10）；有月份未完成的5家，其中出现空白月的1家，共2个空白月。"
        "按月计算，应完成月度任务30家次，完成20家次，占66.7%（20/30）。"
    ) in body
    assert "出现空白月的有：供电公司（2月、3月）。" in body
    assert "除空白月单位外，还有4家单位有月份未完成月度任务。县直部门：残联、宗教局各3个月；" in body
    assert "乡镇、街道：泊岗乡、石坝镇各1个月。" in body or "乡镇、街道：石坝镇、泊岗乡各1个月。" in body
    assert "3月23日组织的3场培训，应参训3家，未参加1家：残联。" in body, "the registers of the whole quarter"
    assert "仅处理通知所列栏目、未全面排查的1家：宗教局。" in body
    assert "出现空白月的单位要于4月28日前补充公开" in body
    document = document_of(city, circular_id)
    tables = [block for block in document.blocks if hasattr(block, "caption")]
    assert [table.caption for table in tables] == ["表1　各类单位第一季度信息发布情况", "表2　第一季度各月信息发布情况"]
    assert [row[:3] for row in tables[1].rows] == [
        ("1月", "10", "171"), ("2月", "10", "157"), ("3月", "10", "186"), ("合计", "—", "514"),
    ]  # fmt: skip
    annex = document.annexes[0].blocks[0]
    assert [column.title for column in annex.columns] == [
        "序号", "单位", "任务合计", "本季度发布", "完成率", "完成月数", "重点领域", "上季度发布", "空白月数", "备注",
    ]  # fmt: skip
    utility = next(row for row in annex.rows if getattr(row[1], "text", row[1]) == "供电公司")
    assert utility[2:9] == ("3", "3", "100.0%", "1/3", "0", "—", "2"), "what is published in one month fills no other"
    listed = document.annexes[1].blocks[0].rows
    problems = {getattr(row[1], "text", row[1]): row for row in listed if row[2] == "空白月"}
    assert problems["供电公司"][3] == "2月、3月未发布信息"
    assert "/office/units/gongdian?period=2023-03" in problems["供电公司"][1].href


def document_of(world: World, circular_id: int) -> Any:
    """The circular as an official document with links."""
    with world.services.database.system_scope("test") as uow:
        return build(circulate(uow, uow.session.get_one(Circular, circular_id), base_url="https://gk.example"))


def test_a_quarter_is_compared_with_the_quarter_before(half: World, app: Flask) -> None:
    second = collected(half, "2023-Q2")
    assert (second.figures.counted, second.figures.last_counted) == (164, 514)
    office = Office(app, half, "hx-supervisor")
    office.send("/office/circulars/new", period="2023-Q2", coverage="all")
    with half.services.database.system_scope("test") as uow:
        circular_id = uow.session.scalars(select(Circular.id).where(Circular.period == "2023-Q2")).one()
    body = words(office.page(f"/office/circulars/{circular_id}"))
    assert "第二季度，纳入统计的10家单位共发布政府信息164条，环比减少350条。" in body
    assert "出现空白月的有：泊岗乡（各月均空白），石坝镇（6月）。" in body
    assert "县直部门：宗教局1个月。上述单位上季度也未完成月度任务。" in body, "named twice running"


def test_a_year_is_the_sum_of_its_months_recomputed_from_the_items(half: World, owner_engine: Engine) -> None:
    year = collected(half, "2023")
    with owner_engine.connect() as connection:
        rows = connection.execute(
            select(Item.tenant_id, Item.period, func.count())
            .where(Item.period.like("2023-%"), Item.counts_to_quota)
            .group_by(Item.tenant_id, Item.period)
        ).all()
    codes = {unit_id: code for code, unit_id in half.units.items()}
    raw: dict[str, dict[str, int]] = {}
    for unit_id, month, number in rows:
        assert month is not None
        raw.setdefault(codes[unit_id], {})[month] = number
    assert year.figures.counted == sum(number for months in raw.values() for number in months.values()) == 678
    assert [month.figures.counted for month in year.months] == [
        sum(found.get(f"2023-{month:02d}", 0) for found in raw.values()) for month in range(1, 13)
    ]
    for unit in year.units:
        published = raw.get(unit.code, {})
        months = [f"2023-{month:02d}" for month in range(1, 13)]
        task = (unit.task or 0) // 12
        assert unit.missed == tuple(month for month in months if published.get(month, 0) < task), unit.code
        assert unit.blanks == tuple(month for month in months if not published.get(month)), unit.code
        assert (unit.judged, unit.attained, unit.blank_months) == (12, not unit.missed, len(unit.blanks))
    assert year.figures.last_counted is None, "no statistics of 2022"
    quarters = [collected(half, f"2023-Q{number}").figures.counted for number in range(1, 5)]
    assert sum(quarters) == year.figures.counted


def test_a_year_is_compared_with_the_same_of_the_year_before(half: World, app: Flask) -> None:
    year = collected(half, "2024")
    assert (year.figures.counted, year.figures.last_counted) == (0, 678)
    office = Office(app, half, "hx-supervisor")
    circular_id = new(half, office, "2024")
    assert stored(half, circular_id).title == "关于2024年度全县政府信息公开工作情况的通报"
    body = words(office.page(f"/office/circulars/{circular_id}"))
    assert "2024年，纳入统计的10家单位共发布政府信息0条，同比减少678条。" in body
    locked = snapshot_of(stored(half, circular_id))
    assert locked is not None
    assert locked.period == "2024"
    assert len(locked.months) == 12


def test_what_changed_in_a_longer_period_is_added_up_when_it_is_asked_for(
    city: World, app: Flask, owner_engine: Engine
) -> None:
    office = Office(app, city, "hx-supervisor")
    circular_id = new(city, office, "2023-Q1")
    publish_months(owner_engine, city, {"gongdian": {"2023-04": 2}})
    path = f"/office/circulars/{circular_id}/figures"
    page = office.page(path)
    assert "查看锁定后的变化" in page
    assert "data-busy" in page, "locking anew says that it takes a while"
    assert "锁定后数据没有变化" in office.page(f"{path}?changes=1")
    publish_month(owner_engine, city, "gongdian", "2023-02", 4, key_area_group="fiscal_funds")
    changed = re.sub(r"<[^>]+>|\s", " ", office.page(f"{path}?changes=1"))
    assert re.search(r"发布总数 +514条 +518条", changed)
    assert re.search(r"供电公司 +本季度发布 +3 +7", changed)
    assert "未填写重新锁定的原因" in office.send(f"/office/circulars/{circular_id}/lock", 400, reason="")
    office.send(f"/office/circulars/{circular_id}/lock", reason="供电公司补报")
    assert "出现空白月的有：供电公司（3月）。" in words(office.page(f"/office/circulars/{circular_id}"))


def test_bodies_that_came_and_went_stand_with_the_months_in_which_they_existed(
    city: World, owner_engine: Engine
) -> None:
    with city.services.database.system_scope("test") as uow:
        add_unit(uow, city, "dsj", "大数据局", TenantType.BUREAU, established=date(2023, 3, 1))
        add_unit(uow, city, "xfj", "信访局", TenantType.BUREAU, established=date(2023, 2, 10))
    publish_months(owner_engine, city, {"dsj": {"2023-03": 9}, "xfj": {"2023-02": 1, "2023-03": 9}})
    found = {unit.code: unit for unit in collected(city, "2023-Q1").units}
    assert (found["dsj"].judged, found["dsj"].attained, found["dsj"].counted) == (1, True, 9)
    assert (found["xfj"].judged, found["xfj"].attained, found["xfj"].counted) == (1, True, 10)
    assert "2023年2月10日设立，当月不计考核" in found["xfj"].remark
    assert found["dsj"].last_counted is None


def test_a_period_is_locked_only_when_all_its_months_have_ended(city: World, app: Flask) -> None:
    office = Office(app, city, "hx-supervisor")
    for period, day in (("2026-Q1", "2026年3月31日"), ("2026", "2026年12月31日")):
        office.send("/office/circulars/new", period=period, coverage="all")
        with city.services.database.system_scope("test") as uow:
            circular_id = uow.session.scalars(select(Circular.id).where(Circular.period == period)).one()
        refused = office.send(f"/office/circulars/{circular_id}/lock", 409)
        assert f"统计时段到{day}为止" in refused
        assert "锁定本期数据</button>" not in office.page(f"/office/circulars/{circular_id}/figures")
    assert "尚未开始" in office.send("/office/circulars/new", 400, period="2026-Q2")
    assert "统计期无效" in office.send("/office/circulars/new", 400, period="2026-Q5")
    assert "已有一份" in office.send("/office/circulars/new", 409, period="2026-Q1")


def test_month_quarter_and_year_are_offered_and_stand_in_one_list(city: World, app: Flask) -> None:
    office = Office(app, city, "hx-supervisor")
    form = office.page("/office/circulars/new")
    for value in ("2026-02", "2025-Q4", "2025", "2024-Q1"):
        assert f'value="{value}"' in form
    assert 'value="2026-02" selected' in form
    for period in ("2023-03", "2023", "2023-Q1", "2023-12"):
        office.send("/office/circulars/new", period=period, coverage="all")
    rows = re.findall(r"关于(2023年[^全]+)全县", office.page("/office/circulars/"))
    assert list(dict.fromkeys(rows)) == ["2023年度", "2023年12月份", "2023年第一季度", "2023年3月份"]


def test_the_command_line_speaks_of_quarters_too(city: World) -> None:
    def run(*arguments: str) -> Any:
        return CliRunner().invoke(main, list(arguments), obj=city.services, catch_exceptions=False)

    shown = run("circulars", "show", "--tenant", "hx", "--period", "2023-Q1", "--json")
    data = json.loads(shown.stdout)
    assert data["figures"]["published"] == 514
    assert [month["published"] for month in data["months"]] == [171, 157, 186]
    assert [unit["code"] for group in data["problems"] if group["class"] == "PB-BLANKMONTH" for unit in group["units"]]
    wrong = run("circulars", "show", "--tenant", "hx", "--period", "2023-Q5")
    assert wrong.exit_code == 1
    assert "统计期应写成" in wrong.stderr


def test_the_office_decides_whether_it_usually_reports_by_month_or_by_quarter(city: World, app: Flask) -> None:
    office = Office(app, city, "hx-supervisor")
    assert 'value="2026-02" selected' in office.page("/office/circulars/new")
    wrong = {"months": "2", "circulars_from": "2026-03", "circulars_reason": "减轻基层负担"}
    assert "未选择通报周期" in office.send("/office/rules/circulars", 400, **wrong)
    assert "未填写调整理由" in office.send(
        "/office/rules/circulars", 400, **wrong | {"months": "3", "circulars_reason": ""}
    )
    office.send("/office/rules/circulars", **wrong | {"months": "3"})
    page = office.page("/office/rules")
    assert "现为按季度通报" in page
    assert "减轻基层负担" in page
    assert 'value="2025-Q4" selected' in office.page("/office/circulars/new")
    assert "2025年第四季度通报尚未编制。" in office.page("/office/circulars/")
    neighbour = Office(app, city, "qs-supervisor")
    assert 'value="2026-02" selected' in neighbour.page("/office/circulars/new"), "each office for itself"

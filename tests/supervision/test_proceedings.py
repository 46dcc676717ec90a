"""Meetings, commendations, talks and accountability: one register, the year's figures, the circular's facts."""

from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from gongkai.core.tables.columns import Column
from gongkai.core.tables.reading import read_table
from gongkai.supervision.models import OfficeFact
from gongkai.supervision.proceedings.queries import ProceedingFigures, figures_of
from tests.factories.world import World
from tests.supervision.slips.desk import Desk

ENTRY = {
    "kind": "talk",
    "held_date": "2026-03-20",
    "subject": "连续两个月未发布信息",
    "led_by": "县政府办公室副主任王明",
    "document_number": "",
    "outcome": "请于3月底前补充公开。",
    "persons": "",
}


@pytest.fixture
def office(app: Flask, world: World) -> Desk:
    return Desk(app, world, "hx-supervisor")


def entered(office: Desk, world: World, *units: str, **changes: Any) -> str:
    """Where an entry about these units is shown."""
    return office.send("/office/proceedings/new", units=[str(world.units[unit]) for unit in units], **ENTRY | changes)


def figures(world: World, year: int = 2026) -> ProceedingFigures:
    with world.services.database.system_scope("test") as uow:
        return figures_of(uow, office_id=world.units["hx"], year=year)


def commended(world: World) -> dict[str, str]:
    """Unit → source of the facts by which a circular commends."""
    codes = {unit_id: code for code, unit_id in world.units.items()}
    with world.services.database.system_scope("test") as uow:
        rows = uow.session.scalars(select(OfficeFact).where(OfficeFact.kind == "commended"))
        return {codes[row.unit_id]: row.source for row in rows}


def test_the_year_counts_times_units_and_persons(world: World, office: Desk) -> None:
    entered(office, world, kind="meeting", subject="全县政务公开工作会议", outcome="")
    entered(office, world, "hx-mzj", kind="meeting", subject="专题会议", outcome="")
    entered(office, world, "hx-mzj", "hx-qsz", kind="commendation", subject="公开及时")
    entered(office, world, "hx-mzj", "hx-qsz")
    entered(office, world, "hx-gs", held_date="2025-12-30")
    entered(office, world, "hx-mzj", kind="accountability", persons="3", outcome="责令书面检查")
    assert figures(world) == ProceedingFigures(2, 1, 2, 1, 2, 1, 3)
    assert figures(world, 2025) == ProceedingFigures(talks=1, talked=1)
    words = "2026年召开会议2次，表扬2家次，约谈1次（2家次），责任追究1件（3人次）。"
    assert words in office.page("/office/proceedings/")
    book = office.file("/office/proceedings/register.xlsx?kind=talk")
    wanted = (Column("subject", "事由"), Column("units", "单位"))
    table = read_table(book, filename="a.xlsx", columns=wanted)
    assert [(row.text("subject"), set(row.text("units").split("、"))) for row in table.rows] == [
        (ENTRY["subject"], {"和溪县民政局", "清水镇"})
    ]


def test_a_commendation_is_what_the_circular_reads_and_void_takes_it_back(world: World, office: Desk) -> None:
    first = entered(office, world, "hx-mzj", kind="commendation", document_number="和政办函〔2026〕3号")
    number = first.rsplit("/", 1)[1]
    second = entered(office, world, "hx-mzj", "hx-qsz", kind="commendation", subject="培训认真")
    said = f"表扬登记第{number}号（和政办函〔2026〕3号）"
    assert commended(world) == {"hx-mzj": said, "hx-qsz": f"表扬登记第{second.rsplit('/', 1)[1]}号"}
    assert "作废的原因没有填写" in office.send(f"/office/proceedings/{number}/void", 400, reason=" ")
    office.send(f"/office/proceedings/{number}/void", reason="登记有误")
    assert commended(world).keys() == {"hx-qsz"}
    assert figures(world).commendations == 1
    assert "已经作废" in office.send(f"/office/proceedings/{number}/void", 409, reason="登记有误")
    assert "已作废，不计入年度数字：登记有误" in office.page(f"/office/proceedings/{number}")


def test_an_entry_keeps_its_document(world: World, office: Desk) -> None:
    place = entered(office, world, "hx-mzj", attachment=(BytesIO(b"%PDF-1.4 minutes"), "约谈记录.pdf"))
    assert "约谈记录.pdf" in office.page(place)
    assert office.file(f"{place}/file") == b"%PDF-1.4 minutes"
    without = entered(office, world, "hx-mzj")
    office.page(f"{without}/file", 409)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"kind": "party"}, "事项没有选择"),
        ({"held_date": "2026-03-24"}, "日期晚于今天"),
        ({"held_date": "上周"}, "日期没有填写或者无效"),
        ({"subject": ""}, "事由没有填写"),
        ({"led_by": " "}, "主持或者决定的机关、人员没有填写"),
        ({"outcome": ""}, "结果没有填写"),
        ({"kind": "accountability"}, "追究人数没有填写或者无效"),
        ({"kind": "accountability", "persons": "-1"}, "追究人数没有填写或者无效"),
        ({"names": "", "units": ""}, "未选择单位"),
        ({"names": "青石县民政局", "units": ""}, "不是本机关督查范围内的单位"),
    ],
)
def test_a_wrong_entry_is_refused(world: World, office: Desk, changes: dict[str, str], problem: str) -> None:
    form = {"units": str(world.units["hx-mzj"])} | ENTRY | changes
    assert problem in office.send("/office/proceedings/new", 400, **form)
    assert figures(world) == ProceedingFigures()

"""The circular of a county office over exactly its own subtree: 56 bodies, 33 departments, 18 townships, 5 public
institutions, as a county counts its bodies."""

import re

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from gongkai.core.calendar.spans import Span
from gongkai.core.officialdoc.model import Run, Table
from gongkai.supervision.circulars.access import circulate
from gongkai.supervision.circulars.collect import collect
from gongkai.supervision.circulars.document import build, table_1
from gongkai.supervision.models import Circular
from gongkai.tenancy.kinds import TenantType
from tests.factories.world import World
from tests.supervision.months import add_unit, publish_months
from tests.supervision.office import Office

KINDS = {TenantType.BUREAU: ("局", 32), TenantType.TOWNSHIP: ("镇", 18), TenantType.PUBLIC_UTILITY: ("公司", 5)}


@pytest.fixture
def county(world: World, owner_engine: Engine) -> World:
    """The county `qs` with 56 bodies that owe a task, brought in class by class about, and a village that owes none."""
    with world.services.database.system_scope("test") as uow:
        for number in range(32):
            for kind, (word, many) in KINDS.items():
                if number < many:
                    add_unit(uow, world, f"{kind.value}{number}", f"第{number}{word}", kind, parent="qs")
        add_unit(uow, world, "village", "某村", TenantType.VILLAGE_COMMITTEE, parent="township0")
    months = {"2026-01": 20, "2026-02": 20}
    publish_months(owner_engine, world, {"qs-mzj": months, "hx-mzj": months, "bureau1": months, "township3": months})
    return world


def opened(world: World, app: Flask, login: str, office: str, period: str) -> tuple[Office, int]:
    """A circular locked by a person of an office."""
    person = Office(app, world, login)
    person.send("/office/circulars/new", period=period, coverage="all")
    with world.services.database.system_scope("test") as uow:
        own = select(Circular.id).where(Circular.tenant_id == world.units[office])
        circular_id = uow.session.execute(own).scalar_one()
    person.send(f"/office/circulars/{circular_id}/lock")
    return person, circular_id


def test_a_county_counts_its_own_bodies_by_class_in_official_order(county: World, app: Flask) -> None:
    person, circular_id = opened(county, app, "qs-supervisor", "qs", "2026-02")
    body = re.sub("<[^>]+>", "", person.page(f"/office/circulars/{circular_id}"))
    assert "关于2026年2月份全县政府信息公开工作情况的通报" in body
    assert "纳入统计的56家单位共发布政府信息60条" in body
    assert "完成月度任务的3家，占5.4%（3/56）；未完成的53家" in body
    with county.services.database.system_scope("test") as uow:
        given = circulate(uow, uow.session.get_one(Circular, circular_id))
        document = build(given)
        assert "和溪" not in str(document.blocks) + str(document.annexes), "nothing of the neighbour"
    rows = [(row[0], row[1], row[2]) for row in table_1(given.snapshot).rows]
    assert rows == [
        ("县直部门", "33", "40"), ("乡镇（街道）", "18", "20"), ("公共企事业单位", "5", "0"), ("合计", "56", "60"),
    ]  # fmt: skip
    (annex,) = document.annexes[0].blocks
    assert isinstance(annex, Table)
    names = [cell.text if isinstance(cell, Run) else cell for cell in (row[1] for row in annex.rows)]
    assert names == [
        "青石县民政局",
        *(f"第{number}局" for number in range(32)),
        *(f"第{number}镇" for number in range(18)),
        *(f"第{number}公司" for number in range(5)),
    ]


def test_a_quarter_of_the_county_is_its_own_too(county: World) -> None:
    with county.services.database.system_scope("test") as uow:
        span = Span.parse("2026-Q1")
        own = collect(uow, office_id=county.units["qs"], span=span)
        whole = collect(uow, office_id=county.units["yl"], span=span)
        neighbour = collect(uow, office_id=county.units["hx"], span=span)
    assert (len(own.units), own.figures.counted) == (56, 120)
    assert not {unit.code for unit in own.units} & {unit.code for unit in neighbour.units}
    assert {unit.code for unit in own.units} < {unit.code for unit in whole.units}
    assert (neighbour.figures.counted, whole.figures.counted) == (40, 160)
    assert {unit.area for unit in whole.units} == {"", "和溪县", "青石县"}
    assert not {"village", "qs", "hx"} & {unit.code for unit in (*own.units, *neighbour.units)}


def test_a_neighbours_circular_is_not_there(county: World, app: Flask) -> None:
    _, circular_id = opened(county, app, "qs-supervisor", "qs", "2025-Q4")
    for login in ("hx-supervisor", "yl-supervisor"):
        person = Office(app, county, login)
        for path in ("", "/figures", "/problems", "/circular.docx"):
            person.page(f"/office/circulars/{circular_id}{path}", 404)
        person.send(f"/office/circulars/{circular_id}/lock", 404)

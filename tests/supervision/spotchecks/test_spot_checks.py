"""Spot checks from the draw to the finding, through the pages."""

import pytest
from flask import Flask
from sqlalchemy import select

from gongkai.core.tables.columns import Column
from gongkai.core.tables.reading import read_table
from gongkai.supervision.models import Finding
from gongkai.supervision.spotchecks.drawing import draw, rank
from tests.factories.items import published
from tests.factories.world import World
from tests.supervision.slips.desk import Desk
from tests.supervision.spotchecks.desk import DRAW, SOUND, WRONG, check_of, drawn, records_of


@pytest.fixture
def office(app: Flask, world: World) -> Desk:
    return Desk(app, world, "hx-supervisor")


@pytest.fixture
def items(world: World) -> list[int]:
    """Items of the bureau and the town."""
    bureau = [published(world, title=f"第{number}号通知") for number in range(3)]
    return [*bureau, *(published(world, "hx-qsz", title=f"第{number}号公告") for number in range(2))]


def findings(world: World) -> list[Finding]:
    with world.services.database.system_scope("test") as uow:
        return list(uow.session.scalars(select(Finding).where(Finding.found_by == "inspector")))


def test_a_sample_can_be_drawn_again_from_what_is_on_record(world: World, office: Desk, items: list[int]) -> None:
    check_id = drawn(office, world, "hx-mzj", "hx-qsz", size="3")
    check, records = check_of(world, check_id), records_of(world, check_id)
    assert check.population == sorted(items)
    again = draw([(one, 0) for one in check.population], seed=check.seed, size=3, each_unit=False)
    assert [record.item_id for record in records] == again
    assert check.seed in office.page(f"/office/checks/{check_id}")
    assert "抽取3条，已检查0条，其中存在问题0条。" in office.page(f"/office/checks/{check_id}")
    wanted = (Column("item", "信息编号"), Column("lot", "抽签值（SHA-256）"), Column("drawn", "是否抽中"))
    book = read_table(office.file(f"/office/checks/{check_id}/draw.xlsx"), filename="a.xlsx", columns=wanted)
    lots = [(int(row.text("item")), row.text("lot"), row.text("drawn")) for row in book.rows]
    assert [one for one, _, chosen in lots if chosen] == again
    assert sorted(one for one, _, _ in lots) == check.population
    assert all(lot == rank(check.seed, one) for one, lot, _ in lots)


def test_of_each_unit_as_many_and_of_the_columns_named_only(world: World, office: Desk, items: list[int]) -> None:
    check_id = drawn(office, world, "hx-mzj", "hx-qsz", size="1", manner="each")
    assert {record.unit_id for record in records_of(world, check_id)} == {
        world.units["hx-mzj"], world.units["hx-qsz"]
    }  # fmt: skip
    name = records_of(world, check_id)[0].column_name
    assert len(records_of(world, drawn(office, world, "hx-mzj", columns=name))) == 3
    other = {"columns": "没有的栏目"}
    page = office.send("/office/checks/new", 400, units=[str(world.units["hx-mzj"])], **DRAW | other)
    assert "所选单位没有“没有的栏目”栏目" in page


def test_a_problem_enters_the_ledger_once(world: World, office: Desk, items: list[int]) -> None:
    check_id = drawn(office, world, "hx-mzj", size="2")
    first, second = records_of(world, check_id)
    place = office.send(f"/office/checks/records/{first.id}", **SOUND)
    assert place.endswith(f"/office/checks/records/{second.id}"), "the next that waits"
    assert findings(world) == []
    refused = office.send(f"/office/checks/records/{second.id}", 400, **WRONG | {"rule": "", "text": ""})
    assert "未选择规则" in refused
    assert "未填写具体表现" in refused
    assert office.send(f"/office/checks/records/{second.id}", **WRONG).endswith(f"/office/checks/{check_id}")
    (finding,) = findings(world)
    assert (finding.tenant_id, finding.rule_code, finding.problem_class) == (world.units["hx-mzj"], "SR-O1", "PB-META")
    assert finding.object_url == f"/items/{second.item_id}"
    assert records_of(world, check_id)[1].finding_id == finding.id
    assert "问题已经登记" in office.send(f"/office/checks/records/{second.id}", 409, **SOUND)
    office.send(f"/office/checks/records/{first.id}", **WRONG)
    assert len(findings(world)) == 2, "what was recorded as sound can turn out otherwise"
    page = office.page(f"/office/checks/{check_id}")
    assert "抽取2条，已检查2条，其中存在问题2条。" in page
    assert f"/office/findings/{finding.id}" in page
    assert "没有成文日期" in office.page(f"/office/checks/{check_id}/print")
    assert "抽到的信息均已检查。" in office.page("/office/checks/")
    wanted = (Column("result", "检查结果"),)
    book = read_table(office.file(f"/office/checks/{check_id}/records.xlsx"), filename="a.xlsx", columns=wanted)
    assert [row.text("result") for row in book.rows] == ["存在问题"] * 2


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"title": " "}, "抽查名称没有填写"),
        ({"first": "三月"}, "起始日期没有填写或者无效"),
        ({"last": "2026-02-28"}, "截止日期早于起始日期或者晚于今天"),
        ({"last": "2026-03-24"}, "截止日期早于起始日期或者晚于今天"),
        ({"size": "0"}, "抽取条数没有填写或者无效"),
        ({"first": "2026-03-22", "last": "2026-03-22"}, "所选范围内没有已公开的信息"),
        ({"units": ""}, "未选择单位"),
    ],
)
def test_a_wrong_draw_is_refused(
    world: World, office: Desk, items: list[int], changes: dict[str, str], problem: str
) -> None:
    form = {"units": str(world.units["hx-mzj"])} | DRAW | changes
    assert problem in office.send("/office/checks/new", 400, **form)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"result": ""}, "检查结果没有选择"),
        ({"looked_at": ""}, "检查内容没有填写"),
        ({"result": "ok"}, "填写了具体表现，检查结果却不是存在问题"),
        ({"class": ""}, "未选择问题类别"),
        ({"due": "2026-03-01"}, "整改时限早于发现日期"),
        ({"due": "下周"}, "整改时限没有填写或者无效"),
    ],
)
def test_a_wrong_record_is_refused(
    world: World, office: Desk, items: list[int], changes: dict[str, str], problem: str
) -> None:
    (one,) = records_of(world, drawn(office, world, "hx-mzj", size="1"))
    assert problem in office.send(f"/office/checks/records/{one.id}", 400, **WRONG | changes)
    assert findings(world) == []
    assert records_of(world, one.check_id)[0].result == ""

"""Where a unit stands, on its own page: score with reasons and the way to contest, tasks by date, what was asked."""

import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from gongkai.core.calendar.periods import Period
from gongkai.supervision.models import Finding
from gongkai.supervision.scores.services import compute_scores
from gongkai.supervision.tasks import evaluate_all
from tests.factories.world import World
from tests.scene import WRITER, set_scene
from tests.supervision.slips.desk import SLIP, Desk, delivery, issued
from tests.supervision.test_dashboard import words

FEBRUARY = Period.parse("2026-02")


def scored(world: World) -> list[Finding]:
    """February is evaluated and scored; returns the bureau's findings of it that its people see."""
    with world.services.database.system_scope("test") as uow:
        evaluate_all(uow, period=FEBRUARY)
        compute_scores(uow, period=FEBRUARY)
        own = (Finding.tenant_id == world.units["hx-mzj"], Finding.state != "noted")
        return list(uow.session.scalars(select(Finding).where(*own).order_by(Finding.id)))


def test_without_a_score_it_says_so(world: World, client: FlaskClient) -> None:
    page = words(world.sign_in(client, WRITER).get("/work/standing"))
    assert "本月已计入任务0条，月度任务20条；没有逾期和今天到期的事项。" in page
    assert "还没有评分，月份结束、评估完成后生成。" in page
    assert "没有等待本单位办理的要求。" in page


def test_each_point_opens_its_finding_and_can_be_contested_there(app: Flask, world: World) -> None:
    findings = scored(world)
    assert findings
    unit = Desk(app, world, WRITER)
    page = unit.page("/work/standing")
    assert re.search(r"2026年2月得[\d.]+分", page)
    addresses = re.findall(r'<a href="(/work/findings/(\d+)#dispute)"', page)
    assert addresses
    for address, finding_id in addresses:
        assert 'id="dispute"' in unit.page(address.split("#")[0])
        unit.send(f"/work/findings/{finding_id}/dispute", reason="本单位当月有发布记录")
    page = unit.page("/work/standing")
    assert "#dispute" not in page
    assert page.count("有异议") >= len(addresses)
    own = words(unit.client.get("/work/score?period=2026-02"))
    assert "有异议" in own


def test_who_cannot_answer_is_not_invited_to_contest(world: World, client: FlaskClient) -> None:
    scored(world)
    page = world.sign_in(client, "hx-mzj-confidentiality_reviewer").get("/work/standing").get_data(as_text=True)
    assert "/work/findings/" in page
    assert "#dispute" not in page


def test_what_was_asked_stands_with_who_asked_and_why(app: Flask, world: World) -> None:
    office, unit = Desk(app, world, "hx-supervisor"), Desk(app, world, WRITER)
    slip = issued(office, world, "hx-mzj")
    page = unit.page("/work/standing")
    assert f'href="/work/slips/{delivery(world, slip, "hx-mzj").id}"' in page
    assert SLIP["basis"] in page
    assert "和溪县" in page
    scored(world)
    page = words(unit.client.get("/work/standing"))
    assert "整改：" in page
    office.send(f"/office/slips/deliveries/{delivery(world, slip, 'hx-mzj').id}", deed="withdraw", reason="已电话提示")
    assert SLIP["basis"] not in unit.page("/work/standing")


def test_every_kind_of_demand_is_listed_and_none_of_another_unit(app: Flask, world: World) -> None:
    set_scene(app, world)
    page = Desk(app, world, WRITER).page("/work/standing")
    rows = page.split('id="demands"')[1].split("</table>")[0]
    found = words_of_rows(rows)
    for beginning in ("整改：", "回复工作提示单", "办结", "反馈核实情况：", "阅知通报："):
        if not any(title.startswith(beginning) for title in found):
            raise AssertionError((beginning, found))
    for address in re.findall(r'href="(/work/[^"]+)"', rows):
        Desk(app, world, WRITER).page(address)
    assert "位次" not in page
    assert "排名" not in page


def words_of_rows(table: str) -> list[str]:
    """Heads of the rows of a table."""
    return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', table)

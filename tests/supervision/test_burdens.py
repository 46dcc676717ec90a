"""What is asked of townships again and again: all of it on one page, with its basis and how often."""

import re

from flask import Flask

from gongkai.core.calendar.periods import Period
from gongkai.supervision.burdens.demands import DEMANDS
from gongkai.supervision.burdens.queries import Asked, asked_in
from tests.factories.world import World
from tests.supervision.assignments.desk import YEARLY, handed_out
from tests.supervision.slips.desk import Desk, issued


def test_each_demand_stands_with_its_basis_and_how_often_it_was_made(app: Flask, world: World) -> None:
    office = Desk(app, world, "hx-supervisor")
    before = office.page("/office/burdens/")
    assert "本机关向1家乡镇、街道提出要求0家次，平均每家0.0次" in before
    issued(office, world, "hx-qsz", "hx-mzj")
    withdrawn = handed_out(office, world, YEARLY, "hx-qsz", title="撤回的任务")
    office.send(f"/office/assignments/{withdrawn}/withdraw", reason="任务取消")
    handed_out(office, world, YEARLY, "hx-qsz", "hx-mzj")
    page = re.sub("<[^>]+>", " ", office.page("/office/burdens/"))
    assert "提出要求2家次，平均每家2.0次" in page, "of the town alone, and without what was withdrawn"
    for demand in DEMANDS:
        assert demand.title in page
        assert demand.basis in page


def test_only_the_office_s_own_demands_of_the_year_count(app: Flask, world: World) -> None:
    handed_out(Desk(app, world, "hx-supervisor"), world, YEARLY, "hx-qsz")
    with world.services.database.system_scope("test") as uow:
        year = Period.parse("2026-03").year
        assert asked_in(uow, office_id=world.units["hx"], year=year) == {"assignments": Asked(1, 1)}
        assert asked_in(uow, office_id=world.units["hx"], year=year + 1) == {}
        assert asked_in(uow, office_id=world.units["yl"], year=year) == {}


def test_others_than_the_office_do_not_see_it(app: Flask, world: World) -> None:
    for login in ("hx-mzj-contributor", "hx-mzj-unit_admin"):
        assert world.sign_in(app.test_client(), login).get("/office/burdens/").status_code == 403

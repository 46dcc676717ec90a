"""What the people of a unit learn when a document comes in."""

from flask import Flask

from tests.factories.items import work_off
from tests.factories.world import World
from tests.publishing.conftest import SignIn
from tests.publishing.intake.office import system


def test_contributors_are_told_what_came_in_and_by_when(app: Flask, world: World, sign_in: SignIn) -> None:
    office = system(app, world)
    office.sent()
    office.sent(id="2", title="关于内部事项的请示", disclosure_mode="withheld", withheld_reason="内部事务信息")
    work_off(world.services)
    work_off(world.services)
    clerk = sign_in("hx-mzj-contributor")
    clerk.get("/work/notices/")
    assert (
        "公文系统送来《关于做好2026年春季森林草原防火工作的通知》，公开属性为主动公开，"
        "最迟2026年4月14日（含当日）前公开。请归类、核对后送审。"
    ) in clerk.words
    assert "《关于内部事项的请示》，公开属性为不予公开。请归类" in clerk.words
    assert clerk.words.count("公文系统来文待办理") == 2
    other = sign_in("qs-mzj-contributor")
    other.get("/work/notices/")
    assert "公文系统来文待办理" not in other.words
    assert clerk.get("/work/").count("公文系统来文") >= 1

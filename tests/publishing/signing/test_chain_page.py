"""The screen of a unit's chain."""

import re

from sqlalchemy import update

from gongkai.accounts.models import Membership
from gongkai.publishing.models import Item
from gongkai.publishing.steps import StepKind, steps_for
from tests.factories.items import draft, submitted
from tests.factories.world import World
from tests.publishing.conftest import SignIn
from tests.publishing.pages import Person
from tests.publishing.signing.paper import CLERK, HEAD, REVIEWER, item_of, staffed

ADMIN = "hx-mzj-unit_admin"


def chain_of(world: World, item_id: int) -> tuple[StepKind, ...]:
    """The steps that an item takes when it is submitted now."""
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, CLERK)
        item: Item = item_of(uow, item_id)
        return steps_for(uow, item)


def column(world: World, code: str, unit: str = "hx-mzj") -> str:
    """Id of a unit's column as a form sends it."""
    with world.services.database.unit_of_work() as uow:
        return str(world.column(uow, unit, code))


def ticked(person: Person, name: str) -> list[str]:
    """The chosen values of a group of checkboxes on the last page."""
    return re.findall(rf'name="{name}" value="(\w+)" checked', person.page)


def test_the_unit_adds_steps_and_goes_back_and_what_is_under_way_keeps_its_own(world: World, sign_in: SignIn) -> None:
    under_way, later = submitted(world), draft(world, title="后来送审的信息")
    admin = sign_in(ADMIN)
    page = admin.get("/work/chain/")
    assert "本单位信息送审后经2个环节发布：保密审查 → 终审。" in page
    assert REVIEWER in page
    assert "现有1条信息正在办理" in page
    assert ticked(admin, "steps") == []

    page = admin.post("/work/chain/", {"steps": ["legality_review", "section_review"]})
    assert "审批流程已保存：科室初审 → 合法性审查 → 保密审查 → 终审。" in page
    assert "科室初审须由科室负责人办理，本单位尚未设置这个岗位" in page
    assert ticked(admin, "steps") == ["section_review", "legality_review"]
    assert len(chain_of(world, later)) == 4
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, CLERK)
        assert item_of(uow, under_way).chain_steps == ["confidentiality_review", "final_approval"]

    page = admin.post("/work/chain/reset")
    assert "已恢复为通用流程" in page
    assert chain_of(world, later) == (StepKind.CONFIDENTIALITY, StepKind.FINAL)


def test_a_column_and_those_below_it_have_a_chain_of_their_own(world: World, sign_in: SignIn) -> None:
    inside, outside = draft(world, column="gsgg"), draft(world, column="gfxwj")
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, CLERK)
        item = item_of(uow, inside)
        admin = sign_in(ADMIN)
        page = admin.post("/work/chain/", {"column_id": str(item.column_id), "column_steps": "legality_review"})
    assert "合法性审查 → 保密审查 → 终审" in page
    assert "及其下级栏目" in page
    assert StepKind.LEGALITY in chain_of(world, inside)
    assert StepKind.LEGALITY not in chain_of(world, outside)
    assert ticked(admin, "steps") == []
    page = admin.post("/work/chain/reset", {"column_id": column(world, "gsgg")})
    assert "已恢复为单位流程" in page
    assert StepKind.LEGALITY not in chain_of(world, inside)


def test_what_no_chain_can_be_is_refused(world: World, sign_in: SignIn) -> None:
    admin = sign_in(ADMIN)
    assert "流程环节无效或重复" in admin.post("/work/chain/", {"steps": "nonsense"}, 400)
    assert "未选择栏目" in admin.post("/work/chain/", {"column_id": "", "column_steps": "legality_review"}, 400)
    assert ticked(admin, "column_steps") == ["legality_review"]
    assert "未选择栏目" in admin.post("/work/chain/reset", {"column_id": "x"}, 400)
    admin.post("/work/chain/", {"column_id": column(world, "gsgg", "qs-mzj")}, 404)
    sign_in(CLERK).get("/work/chain/", 403)


def test_who_left_the_post_no_longer_holds_it(world: World, sign_in: SignIn) -> None:
    staffed(world)
    admin = sign_in(ADMIN)
    assert f"{HEAD}（办公室）" in admin.get("/work/chain/")
    with world.services.database.system_scope("test") as uow:
        left = update(Membership).where(Membership.user_id == world.people[HEAD])
        uow.session.execute(left.values(ended_date=uow.now.date()))
    page = admin.get("/work/chain/")
    assert HEAD not in page
    assert "本单位尚未设置这个岗位" in page

"""What waits in the chain of a body that ends: it goes to its receiver with links and history, and nothing waits on."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from gongkai.accounts.models import Membership
from gongkai.catalog.models import ContentColumn
from gongkai.core.models import AuditEvent
from gongkai.publishing.chain import decide
from gongkai.publishing.drafts import save_draft, start_revision
from gongkai.publishing.links.models import InterpretationPlan, ItemLink
from gongkai.publishing.links.plans import PlanForm, save_plan
from gongkai.publishing.models import Item, ItemStep
from gongkai.publishing.signing.models import PaperSignature
from gongkai.publishing.tasks import publish_due
from gongkai.supervision.models import Notice
from tests.accounts.browsing import text_of
from tests.admin.reorganising import answer_page, begun, press, unit
from tests.conftest import AdjustableClock
from tests.factories.items import draft, item_form, published, reviewed, submitted, work_off
from tests.factories.world import World
from tests.publishing.conftest import SignIn, sign_in
from tests.publishing.links.partners import pair, send
from tests.publishing.signing.paper import APPROVER, CLERK, bring

__all__ = ["sign_in"]
ADMIN, FORMER = "yl-prefecture_admin", "/work/items/drafts"


@pytest.fixture
def admin(world: World, client: FlaskClient) -> FlaskClient:
    """The prefecture's administrator at work."""
    return world.sign_in(client, ADMIN)


def revision(world: World, item_id: int, *, at: bool = False) -> int:
    """A revision at the approver, or waiting for its time."""
    with world.services.database.transaction() as uow:
        writer = world.actor(uow, CLERK)
        made = start_revision(uow, actor=writer, item_id=item_id, change_kind="content", reason="更正")
        form = item_form(world, uow, "hx-mzj", "gsgg", title="改过的公告", body_html=f"<p>第{item_id}次改。</p>")
        save_draft(uow, actor=writer, item_id=made.id, form=form)
        revision_id = made.id
    send(world, revision_id)
    if at:
        with world.services.database.transaction() as uow:
            moment = uow.now + timedelta(hours=1)
            decide(uow, actor=world.actor(uow, APPROVER), item_id=revision_id, publish_at=moment)
    return revision_id


def end(admin: FlaskClient, *, passes: bool = True) -> str:
    """The bureau of 和溪 ends in favour of that of 青石 today; what the preview said."""
    plan = begun(admin, "abolish", "hx-mzj", "qs-mzj")
    if passes:
        answer_page(admin, f"{plan}/work", {"passes_decided": "1"})
    preview = text_of(admin.get(plan))
    assert "方案已执行" in press(admin, plan, "confirm")
    return preview


def states(world: World, *item_ids: int) -> list[str]:
    with world.services.database.system_scope("test") as uow:
        return [uow.session.get_one(Item, item_id).state for item_id in item_ids]


def taken(world: World, title: str, code: str = "qs-mzj") -> Item:
    """The item of this title in a unit."""
    with world.services.database.system_scope("test") as uow:
        query = select(Item).where(Item.tenant_id == world.units[code], Item.title == title)
        return uow.session.scalars(query).one()


def waiting_in(world: World, code: str) -> list[str]:
    """Titles of what is on its way in a unit."""
    with world.services.database.system_scope("test") as uow:
        states = ("in_review", "in_approval", "approved", "scheduled")
        query = select(Item.title).where(Item.tenant_id == world.units[code], Item.state.in_(states))
        return list(uow.session.scalars(query))


def personal(world: World, login: str) -> list[str]:
    with world.services.database.system_scope("test") as uow:
        query = select(Notice.body).where(Notice.user_id == world.people[login], Notice.kind == "reorganisation")
        return list(uow.session.scalars(query))


def test_what_waits_goes_to_the_receiver_with_its_history_and_its_writer_is_told(
    world: World, admin: FlaskClient, sign_in: SignIn
) -> None:
    kept = draft(world, title="没送审的")
    first, last = submitted(world, title="待审查的"), reviewed(world, title="待审批的")
    with world.services.database.transaction() as uow:
        signature_id = bring(world, uow, last, APPROVER).id
    preview = end(admin)
    assert (
        "审查、审批中的2条转为承接单位的草稿（青石县民政局2条），须重新送审；原审查记录保留，承办人收到通知" in preview
    )
    work_off(world.services)
    assert waiting_in(world, "hx-mzj") == []
    assert states(world, first, last) == ["draft", "draft"]
    new = taken(world, "待审批的")
    assert (new.state, new.author_ids, new.handler_id or new.created_by) == (
        "draft",
        [world.people[CLERK]],
        world.people[CLERK],
    )
    (words,) = personal(world, CLERK)
    assert "尚未发布的2条信息：《待审查的》、《待审批的》，已转为青石县民政局的草稿" in words
    assert "没送审的" not in words
    with world.services.database.system_scope("test") as uow:
        assert uow.session.get_one(PaperSignature, signature_id).state == "lapsed"
        assert uow.session.get(Item, kept) is None
        closing = uow.session.execute(
            select(ItemStep.action, ItemStep.actor_id, ItemStep.opinion)
            .where(ItemStep.item_id == last)
            .order_by(ItemStep.id.desc())
            .limit(1)
        ).one()
    assert (closing.action, closing.actor_id) == ("recall", world.people[ADMIN])
    assert "和溪县民政局撤销，自2026年3月20日起由青石县民政局承接" in closing.opinion
    writer = sign_in(CLERK)
    page = writer.get(f"/work/items/{new.id}")
    assert "原单位：保密审查通过" in page, "what was decided there stays with it"
    assert "由和溪县民政局转入" in page
    assert "您送审的信息已转入承接单位" in writer.get("/work/notices/")
    assert "原单位：" not in sign_in("hx-qsz-contributor").get("/work/items/")


def test_what_belongs_together_stays_together(world: World, admin: FlaskClient) -> None:
    document, interpretation = pair(world)
    with world.services.database.transaction() as uow:
        world.actor(uow, CLERK)
        form = PlanForm(None, "", "", "本次不需要其他解读")
        save_plan(uow, item=uow.session.get_one(Item, document), form=form)
    send(world, document, interpretation)
    with world.services.database.system_scope("test") as uow:
        titles = [uow.session.get_one(Item, one).title for one in (document, interpretation)]
    end(admin)
    new, about = (taken(world, title) for title in titles)
    with world.services.database.system_scope("test") as uow:
        link = uow.session.scalars(select(ItemLink).where(ItemLink.tenant_id == world.units["qs-mzj"])).one()
        assert (link.item_id, link.target_id) == (about.id, new.id)
        plan = uow.session.scalars(select(InterpretationPlan).where(InterpretationPlan.item_id == new.id)).one()
        assert (plan.tenant_id, plan.reason) == (world.units["qs-mzj"], "本次不需要其他解读")


def test_revisions_stop_and_are_shown_to_the_receiver(
    world: World, admin: FlaskClient, sign_in: SignIn, clock: AdjustableClock
) -> None:
    public = published(world, title="公告甲"), published(world, title="公告乙", body_html="<p>乙。</p>")
    at_approver, timed = revision(world, public[0]), revision(world, public[1], at=True)
    blocked = begun(admin, "abolish", "hx-mzj", "qs-mzj")
    assert "还有1条信息已批准或者已定时" in text_of(admin.get(blocked)), "as with everything approved"
    preview = end(admin)
    assert "有2条已公开信息的修改稿不能转入，其中审查、审批中和已批准的2条停止办理，作为草稿保留在原单位名下" in preview
    assert (waiting_in(world, "hx-mzj"), states(world, at_approver, timed)) == ([], ["draft", "draft"])
    clock.advance(hours=2)
    publish_due(world.services)
    assert states(world, *public) == ["published", "published"]
    with world.services.database.system_scope("test") as uow:
        steps = uow.session.execute(
            select(ItemStep.item_id, ItemStep.action).where(ItemStep.opinion.contains("承接")).order_by(ItemStep.id)
        ).all()
        stops = uow.session.scalars(select(AuditEvent.object_id).where(AuditEvent.action == "item.stop")).all()
        bodies = uow.session.scalars(select(Notice.body).where(Notice.tenant_id == world.units["qs-mzj"])).all()
    assert [tuple(row) for row in steps] == [(at_approver, "recall"), (timed, "unschedule"), (timed, "return")]
    assert {*stops} == {at_approver, timed}
    assert any("原单位2条信息不能转入，已停止办理：《改过的公告》、《改过的公告》" in body for body in bodies)
    writer = sign_in("qs-mzj-contributor")
    page = writer.get(FORMER)
    assert page.count("切换到原单位继续办理") == 2
    assert "/work/former-drafts/" not in page
    for deed in ("take-over", "delete"):
        writer.post(f"/work/former-drafts/{timed}/{deed}", status=409)


def test_a_column_that_was_divided_takes_what_comes_in_one_below(world: World, admin: FlaskClient) -> None:
    with world.services.database.system_scope("test") as uow:
        above = uow.session.get_one(ContentColumn, world.column(uow, "qs-mzj", "gsgg"))
        names = ("name", "part", "update_period", "rule_type", "owner_role")
        below = ContentColumn(
            tenant_id=above.tenant_id, parent_id=above.id, code="gsgg-1", level=above.level + 1, sort_order=10,
            accepts_items=True, created_at=uow.now, required=False, key_area_group="", statutory_item="",
            description="", **{name: getattr(above, name) for name in names},
        )  # fmt: skip
        above.accepts_items = False
        uow.session.add(below)
        uow.session.flush()
        below_id = below.id
    submitted(world, title="待审查的")
    end(admin)
    assert taken(world, "待审查的").column_id == below_id
    assert waiting_in(world, "hx-mzj") == []


def test_what_finds_no_column_stops_and_is_taken_over_later(world: World, admin: FlaskClient, sign_in: SignIn) -> None:
    item_id = reviewed(world, title="待审批的")
    with world.services.database.system_scope("test") as uow:
        own = ContentColumn.tenant_id == world.units["hx-mzj"]
        uow.session.execute(update(ContentColumn).where(own, ContentColumn.code == "gsgg").values(code="own"))
        uow.session.execute(update(ContentColumn).where(own, ContentColumn.code == "own").values(template_code=None))
    end(admin)
    assert (unit(world, "hx-mzj").status, waiting_in(world, "hx-mzj")) == ("abolished", [])
    writer = sign_in("qs-mzj-contributor")
    assert f"/work/former-drafts/{item_id}/take-over" in writer.get(FORMER)
    assert f"/work/former-drafts/{item_id}/delete" not in writer.page, "it has a history"
    writer.post(f"/work/former-drafts/{item_id}/take-over", status=409)
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(
            update(ContentColumn)
            .where(ContentColumn.tenant_id == world.units["hx-mzj"], ContentColumn.code == "own")
            .values(template_code="gsgg")
        )
    writer.get(FORMER)
    writer.post(f"/work/former-drafts/{item_id}/take-over")
    assert "草稿已转入本单位" in writer.page
    new = taken(world, "待审批的")
    assert world.people[CLERK] in new.author_ids
    assert states(world, item_id) == ["draft"], "its steps stay"
    assert "待审批的" not in writer.get(FORMER).partition("原单位留下的草稿")[2]
    writer.post(f"/work/former-drafts/{item_id}/take-over", status=409)


def test_who_has_left_is_no_obstacle(world: World, admin: FlaskClient) -> None:
    submitted(world, title="待审查的")
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(delete(Membership).where(Membership.user_id == world.people[CLERK]))
    end(admin)
    assert taken(world, "待审查的").state == "draft"

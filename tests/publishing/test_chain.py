"""The chain of decision 12, through the services and the database that holds it."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from gongkai.core.errors import Conflict, Forbidden, Invalid, NotFound
from gongkai.publishing.chain import decide, publish_scheduled, recall, send_back, submit
from gongkai.publishing.drafts import override_warnings, save_draft, start_revision
from gongkai.publishing.ledger import verify_chain
from gongkai.publishing.models import Item, ItemStep, PeriodCount
from gongkai.publishing.publication import take_down
from gongkai.publishing.tasks import publish_due
from tests.conftest import AdjustableClock
from tests.factories.items import draft, item_form, published, reviewed, submitted
from tests.factories.world import World


def test_an_item_travels_from_draft_to_published_with_number_version_and_count(world: World) -> None:
    item_id = published(world, "yl-czj")
    with world.services.database.unit_of_work() as uow:
        item = uow.session.execute(select(Item).where(Item.id == item_id)).scalar_one()
        assert (item.state, item.period, item.index_number) == (
            "published",
            "2026-03",
            "113708280043326001/2026-00001",
        )
        count = uow.session.execute(select(PeriodCount)).scalar_one()
        assert (count.total, count.counted, count.news) == (1, 1, 0)
        assert verify_chain(uow, tenant_id=item.tenant_id) is None
        world.actor(uow, "yl-czj-approver")
        steps = uow.session.scalars(select(ItemStep.action).order_by(ItemStep.id)).all()
    assert steps == ["submit", "pass_review", "approve", "publish"]


def test_a_submission_with_missing_metadata_is_refused_naming_each_field(world: World) -> None:
    item_id = draft(world, summary="", responsible_unit="", body_html="")
    with world.services.database.unit_of_work() as uow, pytest.raises(Invalid) as refusal:
        submit(uow, actor=world.actor(uow, "hx-mzj-contributor"), item_id=item_id)
    assert set(refusal.value.by_field()) == {"summary", "responsible_unit", "body_html"}


def test_a_reviewer_who_also_wrote_cannot_decide(world: World) -> None:
    item_id = draft(world)
    with world.services.database.transaction() as uow:
        reviewer = world.actor(uow, "hx-mzj-confidentiality_reviewer")
        save_draft(uow, actor=reviewer, item_id=item_id, form=item_form(world, uow, "hx-mzj", "gsgg"))
        submit(uow, actor=world.actor(uow, "hx-mzj-contributor"), item_id=item_id)
    with world.services.database.unit_of_work() as uow, pytest.raises(Forbidden):
        decide(uow, actor=world.actor(uow, "hx-mzj-confidentiality_reviewer"), item_id=item_id)


def test_the_database_itself_refuses_a_decider_among_the_authors(world: World) -> None:
    item_id = submitted(world)
    with world.services.database.unit_of_work() as uow:
        actor = world.actor(uow, "hx-mzj-contributor")
        uow.session.add(
            ItemStep(
                tenant_id=actor.tenant_id, item_id=item_id, action="approve", from_state="in_approval",
                to_state="approved", actor_id=actor.user_id, actor_name="x", author_ids=[actor.user_id], at=uow.now,
            )
        )  # fmt: skip
        with pytest.raises(IntegrityError, match="decider_is_no_author"):
            uow.session.flush()


def test_a_return_needs_an_opinion_and_starts_new_authors(world: World) -> None:
    item_id = reviewed(world)
    with world.services.database.unit_of_work() as uow:
        approver = world.actor(uow, "hx-mzj-approver")
        with pytest.raises(Invalid):
            send_back(uow, actor=approver, item_id=item_id, opinion=" ")
        item = send_back(uow, actor=approver, item_id=item_id, opinion="标题不规范，请修改。")
        assert (item.state, item.author_ids) == ("draft", [])


def test_steps_out_of_order_are_conflicts(world: World) -> None:
    item_id = draft(world)
    with world.services.database.unit_of_work() as uow:
        approver = world.actor(uow, "hx-mzj-approver")
        with pytest.raises(Conflict):
            decide(uow, actor=approver, item_id=item_id)


def test_a_foreign_item_answers_as_a_missing_one(world: World) -> None:
    item_id = submitted(world)
    with world.services.database.unit_of_work() as uow:
        stranger = world.actor(uow, "qs-mzj-confidentiality_reviewer")
        refusals = []
        for wanted in (item_id, 10**9):
            with pytest.raises(NotFound) as refusal:
                decide(uow, actor=stranger, item_id=wanted)
            refusals.append(refusal.value.message)
    assert refusals[0] == refusals[1]


def test_recall_is_for_authors_before_the_review(world: World) -> None:
    item_id = submitted(world)
    with world.services.database.unit_of_work() as uow:
        assert recall(uow, actor=world.actor(uow, "hx-mzj-contributor"), item_id=item_id).state == "draft"


def test_a_scheduled_item_is_published_when_its_time_has_come(world: World, clock: AdjustableClock) -> None:
    item_id = reviewed(world)
    with world.services.database.transaction() as uow:
        approver = world.actor(uow, "hx-mzj-approver")
        at = uow.now.replace(hour=8)
        assert decide(uow, actor=approver, item_id=item_id, publish_at=at).state == "scheduled"
    publish_due(world.services)
    with world.services.database.unit_of_work() as uow:
        assert uow.session.scalar(select(Item.id).where(Item.id == item_id)) is None
    clock.advance(hours=8)
    publish_due(world.services)
    with world.services.database.unit_of_work() as uow:
        assert uow.session.scalar(select(Item.id).where(Item.id == item_id)) == item_id
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, "hx-mzj-approver")
        with pytest.raises(Conflict):
            publish_scheduled(uow, tenant_id=world.units["hx-mzj"], item_id=item_id)


def test_a_revision_goes_through_the_chain_and_becomes_the_next_version(world: World) -> None:
    item_id = published(world)
    with world.services.database.transaction() as uow:
        writer = world.actor(uow, "hx-mzj-contributor")
        revision = start_revision(uow, actor=writer, item_id=item_id, change_kind="content", reason="补充联系电话")
        form = item_form(world, uow, "hx-mzj", "gsgg", body_html="<p>新的正文。</p>")
        save_draft(uow, actor=writer, item_id=revision.id, form=form)
        submit(uow, actor=writer, item_id=revision.id)
        decide(uow, actor=world.actor(uow, "hx-mzj-confidentiality_reviewer"), item_id=revision.id)
        decide(uow, actor=world.actor(uow, "hx-mzj-approver"), item_id=revision.id)
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, "hx-mzj-approver")
        item = uow.session.get_one(Item, item_id)
        assert item.change_reason == "补充联系电话"
        assert uow.session.execute(select(PeriodCount.total)).scalar_one() == 1
        assert verify_chain(uow, tenant_id=item.tenant_id) is None


def test_a_takedown_subtracts_in_the_period_of_publication(world: World, clock: AdjustableClock) -> None:
    item_id = published(world)
    clock.advance(days=20)
    with world.services.database.transaction() as uow:
        approver = world.actor(uow, "hx-mzj-approver")
        take_down(uow, tenant_id=approver.tenant_id, item_id=item_id, reason="含有个人信息，依据条例第十五条撤下")
    with world.services.database.unit_of_work() as uow:
        count = uow.session.execute(select(PeriodCount)).scalar_one()
        assert (count.period, count.total, count.counted) == ("2026-03", 0, 0)


def test_a_second_item_with_the_same_text_is_published_but_not_counted(world: World) -> None:
    published(world)
    second = draft(world)
    with world.services.database.transaction() as uow:
        writer = world.actor(uow, "hx-mzj-contributor")
        with pytest.raises(Invalid, match="完全相同"):
            submit(uow, actor=writer, item_id=second)
        override_warnings(uow, actor=writer, item_id=second, reasons={"duplicate": "更正上一条的栏目"})
        submit(uow, actor=writer, item_id=second)
        decide(uow, actor=world.actor(uow, "hx-mzj-confidentiality_reviewer"), item_id=second)
        item = decide(uow, actor=world.actor(uow, "hx-mzj-approver"), item_id=second)
        assert (item.counts_to_quota, item.counted_out_reason) == (False, "与本单位十二个月内已发布信息重复")
    with world.services.database.unit_of_work() as uow:
        count = uow.session.execute(select(PeriodCount)).scalar_one()
        assert (count.total, count.counted) == (2, 1)

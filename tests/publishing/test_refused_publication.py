"""What may not be published: the clock leaves it alone after one attempt and says so; pages say why and what to do."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from gongkai.accounts.permissions import Role
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.chain import decide, schedule, take_down
from gongkai.publishing.drafts import save_draft, start_revision
from gongkai.publishing.models import Item, ItemStep
from gongkai.publishing.tasks import publish_due
from gongkai.supervision.models import Notice
from tests.conftest import AdjustableClock
from tests.factories.items import draft, item_form, published, reviewed, work_off
from tests.factories.world import World, add_person
from tests.publishing.conftest import SignIn
from tests.publishing.emergencies import removed
from tests.publishing.links.partners import approve, join, pair, send
from tests.publishing.pages import Person, version_of
from tests.publishing.signing.paper import CLERK, bring

APPROVER, LOCKED = "hx-mzj-approver", "正文与已紧急撤下的信息相同"


@pytest.fixture
def duty(world: World, sign_in: SignIn) -> Person:
    """The officer on duty of 和溪县."""
    with world.services.database.system_scope("test") as uow:
        add_person(uow, world, "hx-duty_officer", "hx", Role.DUTY_OFFICER)
    return sign_in("hx-duty_officer")


def item_of(uow: UnitOfWork, item_id: int) -> Item:
    return uow.session.get_one(Item, item_id)


def locked(world: World, duty: Person) -> int:
    """An approved item that says what was taken down after it had been approved."""
    same = {"title": "关于公示名单的公告", "body_html": "<p>名单如下。</p>"}
    first = published(world, **same)
    copy = reviewed(world, title="另一条", body_html="<p>另一条。</p>")
    with world.services.database.transaction() as uow:
        decide(uow, actor=world.actor(uow, APPROVER), item_id=copy, publish_at=uow.now + timedelta(hours=1))
    removed(duty, str(first))
    with world.services.database.system_scope("test") as uow:
        copied = item_of(uow, copy)
        copied.text_digest = item_of(uow, first).text_digest
    return copy


def notices(world: World) -> list[tuple[str, str, str]]:
    with world.services.database.system_scope("test") as uow:
        query = select(Notice.subject, Notice.body, Notice.link).where(Notice.kind == "publication_stopped")
        rows = uow.session.execute(query.where(Notice.tenant_id == world.units["hx-mzj"]))
        return [(row.subject, row.body, row.link) for row in rows]


def stops(world: World, item_id: int) -> list[tuple[int | None, str, str]]:
    with world.services.database.system_scope("test") as uow:
        query = select(ItemStep.actor_id, ItemStep.actor_name, ItemStep.opinion).where(ItemStep.item_id == item_id)
        rows = uow.session.execute(query.where(ItemStep.action == "unschedule"))
        return [(row.actor_id, row.actor_name, row.opinion) for row in rows]


def run_clock(world: World, clock: AdjustableClock, times: int = 3) -> None:
    clock.advance(hours=2)
    for _ in range(times):
        publish_due(world.services)
        work_off(world.services)
        clock.advance(minutes=1)


def test_the_clock_stops_at_what_is_locked_once_and_tells_the_unit(
    world: World, duty: Person, sign_in: SignIn, clock: AdjustableClock
) -> None:
    item_id = locked(world, duty)
    other = reviewed(world, title="不相干的一条", body_html="<p>不相干。</p>")
    with world.services.database.transaction() as uow:
        decide(uow, actor=world.actor(uow, APPROVER), item_id=other, publish_at=uow.now + timedelta(hours=1))
    run_clock(world, clock)
    with world.services.database.system_scope("test") as uow:
        stopped, went = item_of(uow, item_id), item_of(uow, other)
        assert (stopped.state, stopped.scheduled_at, went.state) == ("approved", None, "published")
    ((actor, name, opinion),) = stops(world, item_id)
    assert (actor, name) == (None, "定时发布")
    assert opinion.startswith(f"到时未能发布：{LOCKED}，")
    ((subject, body, link),) = notices(world)
    assert (subject, link) == ("定时发布没有执行", f"/work/items/{item_id}")
    assert "《另一条》2026年3月23日" in body
    assert LOCKED in body
    approver = sign_in(APPROVER)
    page = approver.get(link)
    assert "到时未能发布" in page
    assert "另一条" in approver.get("/work/approval/"), "it waits where approved items wait"
    assert "定时发布没有执行" in sign_in(CLERK).get("/work/notices/")


def test_the_clock_stops_at_a_revision_whose_original_is_gone(world: World, clock: AdjustableClock) -> None:
    original = published(world)
    with world.services.database.transaction() as uow:
        writer = world.actor(uow, CLERK)
        revision = start_revision(uow, actor=writer, item_id=original, change_kind="content", reason="更正")
        form = item_form(world, uow, "hx-mzj", "gsgg", body_html="<p>改后的内容。</p>")
        save_draft(uow, actor=writer, item_id=revision.id, form=form)
        revision_id = revision.id
    send(world, revision_id)
    with world.services.database.transaction() as uow:
        approver = world.actor(uow, APPROVER)
        decide(uow, actor=approver, item_id=revision_id, publish_at=uow.now + timedelta(hours=1))
        take_down(uow, actor=approver, item_id=original, reason="内容有误")
    run_clock(world, clock)
    ((_, _, opinion),) = stops(world, revision_id)
    assert "原信息已撤下，这份修改稿不能发布" in opinion
    assert len(notices(world)) == 1


def test_what_was_put_right_is_published_at_its_new_time(world: World, duty: Person, clock: AdjustableClock) -> None:
    item_id = locked(world, duty)
    run_clock(world, clock, 1)
    with world.services.database.system_scope("test") as uow:
        item_of(uow, item_id).text_digest = "other"
    with world.services.database.transaction() as uow:
        schedule(uow, actor=world.actor(uow, APPROVER), item_id=item_id, publish_at=uow.now + timedelta(hours=1))
    run_clock(world, clock, 1)
    with world.services.database.system_scope("test") as uow:
        assert item_of(uow, item_id).state == "published"
    assert len(stops(world, item_id)) == len(notices(world)) == 1


def headings(person: Person) -> Iterator[bool]:
    """Whether the page speaks of a rule, of a change, of somebody else."""
    for words in ("现在不能发布或者登记，请按说明处理", "情况已有变化", "须由其他同志办理"):
        yield words in person.page


def test_a_lock_is_explained_where_it_is_met(
    world: World, duty: Person, sign_in: SignIn, clock: AdjustableClock
) -> None:
    item_id = locked(world, duty)
    run_clock(world, clock, 1)
    approver, path = sign_in(APPROVER), f"/work/items/{item_id}"
    for deed, data in (("publish", {}), ("schedule", {"publish_at": "2026-03-30T09:00"})):
        approver.post(f"{path}/{deed}", data, 409)
        assert (LOCKED in approver.page, [*headings(approver)]) == (True, [True, False, False]), deed
        assert "另一条" in approver.page, "the item stands below"
    approver.post(f"{path}/unschedule", status=409)
    assert [*headings(approver)] == [False, True, False]


def test_an_interpretation_that_waits_is_no_change_of_state(world: World, sign_in: SignIn) -> None:
    document, interpretation = pair(world)
    join(world, interpretation, document)
    send(world, interpretation)
    approve(world, interpretation)
    approver = sign_in(APPROVER)
    approver.post(f"/work/items/{interpretation}/publish", status=409)
    assert ("不单独发布" in approver.page, [*headings(approver)]) == (True, [True, False, False])


def test_a_decision_on_what_moved_on_or_is_ones_own_has_its_heading(world: World, sign_in: SignIn) -> None:
    item_id = reviewed(world)
    approver = sign_in(APPROVER)
    seen = {"version": version_of(approver.get(f"/work/items/{item_id}")), "decision": "agree"}
    with world.services.database.system_scope("test") as uow:
        item_of(uow, item_id).author_ids = [world.people[APPROVER]]
    approver.post(f"/work/items/{item_id}/approve", seen, 403)
    assert [*headings(approver)] == [False, False, True]
    with world.services.database.system_scope("test") as uow:
        item = item_of(uow, item_id)
        item.author_ids, item.lock_version = [], item.lock_version + 1
    approver.post(f"/work/items/{item_id}/approve", seen, 409)
    assert [*headings(approver)] == [False, True, False]


def test_paper_that_may_not_be_published_keeps_its_page(world: World, duty: Person, sign_in: SignIn) -> None:
    first = published(world, title="关于公示名单的公告", body_html="<p>名单如下。</p>")
    item_id = reviewed(world, title="另一条", body_html="<p>另一条。</p>")
    with world.services.database.transaction() as uow:
        signature_id = bring(world, uow, item_id, APPROVER).id
    removed(duty, str(first))
    with world.services.database.system_scope("test") as uow:
        item_of(uow, item_id).text_digest = item_of(uow, first).text_digest
    reviewer = sign_in("hx-mzj-confidentiality_reviewer")
    reviewer.get(f"/work/signatures/{signature_id}")
    reviewer.post(f"/work/signatures/{signature_id}/confirm", status=409)
    assert (LOCKED in reviewer.page, [*headings(reviewer)]) == (True, [True, False, False])
    assert "不予登记" in reviewer.page, "the check can still be refused here"


def test_a_deed_that_came_too_late_has_the_page_of_changes(world: World, sign_in: SignIn) -> None:
    item_id = draft(world)
    writer = sign_in(CLERK)
    writer.get(f"/work/items/{item_id}")
    writer.post(f"/work/items/{item_id}/recall", status=409)
    assert ("情况已有变化，没有办理" in writer.page, "现在不能办理" in writer.page) == (True, False)

"""An emergency takedown against publications at the same moment, on real connections: it wins, whoever comes first."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from gongkai.core.errors import DomainError
from gongkai.core.uow import Scope
from gongkai.publishing.chain import decide, decide_many, publish_scheduled, submit
from gongkai.publishing.drafts import override_warnings, save_draft, start_revision
from gongkai.publishing.emergency.services import Call, Picks, take_down
from gongkai.publishing.models import Item
from gongkai.publishing.steps import StepKind
from tests.conftest import AdjustableClock
from tests.factories.items import draft, item_form, published
from tests.factories.world import World
from tests.portal.pages import Seen
from tests.publishing.emergencies import counts

TITLE, BODY = "关于公示救助名单的公告", "<p>名单如下：张三丰。</p>"
ROUNDS = 4
Work = Callable[[], object]


def remove(world: World, **picked: frozenset[int]) -> None:
    """What the officer does."""
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, "hx-supervisor")
        take_down(uow, actor=actor, picks=Picks(**picked), call=Call("网信办", "条例第十四条"))  # type: ignore[arg-type]


def waiting(world: World, item_id: int, *, publish_at: bool, clock: AdjustableClock) -> None:
    """Bring a draft to the approver, and set its time."""
    with world.services.database.transaction() as uow:
        writer = world.actor(uow, "hx-mzj-contributor")
        override_warnings(uow, actor=writer, item_id=item_id, reasons={"duplicate": "重新发布"})
        submit(uow, actor=writer, item_id=item_id)
        decide(uow, actor=world.actor(uow, "hx-mzj-confidentiality_reviewer"), item_id=item_id)
        if publish_at:
            at = clock.now + timedelta(hours=1)
            decide(uow, actor=world.actor(uow, "hx-mzj-approver"), item_id=item_id, publish_at=at)


def revision_of(world: World, item_id: int, *, publish_at: bool, clock: AdjustableClock) -> int:
    """A revision on its way."""
    with world.services.database.transaction() as uow:
        writer = world.actor(uow, "hx-mzj-contributor")
        revision = start_revision(uow, actor=writer, item_id=item_id, change_kind="content", reason="更正")
        form = item_form(world, uow, "hx-mzj", "gsgg", title=TITLE, body_html="<p>名单如下：张三丰，李四。</p>")
        save_draft(uow, actor=writer, item_id=revision.id, form=form)
    waiting(world, revision.id, publish_at=publish_at, clock=clock)
    return revision.id


def publish(world: World, item_id: int) -> None:
    """What the clock does; a refusal is an answer."""
    scope = Scope(tenant_ids=(world.units["hx-mzj"],), acting_tenant_id=world.units["hx-mzj"])
    try:
        with world.services.database.transaction(scope) as uow:
            publish_scheduled(uow, tenant_id=world.units["hx-mzj"], item_id=item_id)
    except DomainError:
        pass


def together(*works: Work) -> None:
    """Run these at the same moment; whatever one raises fails the test."""
    start = threading.Barrier(len(works))

    def run(work: Work) -> None:
        start.wait(timeout=10)
        work()

    with ThreadPoolExecutor(len(works)) as pool:
        for future in [pool.submit(run, work) for work in works]:
            future.result(timeout=60)


def states(world: World, *item_ids: int) -> list[str]:
    """States of items."""
    with world.services.database.system_scope("test") as uow:
        return [uow.session.get_one(Item, item_id).state for item_id in item_ids]


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_against_a_scheduled_revision(world: World, client: FlaskClient, clock: AdjustableClock, round_: int) -> None:
    item_id = published(world, title=TITLE, body_html=BODY)
    revision_id = revision_of(world, item_id, publish_at=True, clock=clock)
    clock.advance(hours=2)
    together(lambda: remove(world, items=frozenset({item_id})), lambda: publish(world, revision_id))
    assert states(world, item_id) == ["taken_down"]
    assert Seen(client, f"/items/{item_id}").status == 410
    assert counts(world) == (0, 1)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_against_a_newcomer_in_a_column_that_goes(
    world: World, client: FlaskClient, clock: AdjustableClock, round_: int
) -> None:
    newcomer = draft(world, title=TITLE, body_html=BODY)
    waiting(world, newcomer, publish_at=True, clock=clock)
    with world.services.database.system_scope("test") as uow:
        column_id = world.column(uow, "hx-mzj", "gsgg")
    clock.advance(hours=2)
    together(lambda: remove(world, columns=frozenset({column_id})), lambda: publish(world, newcomer))
    assert states(world, newcomer)[0] in ("taken_down", "approved", "scheduled")
    assert Seen(client, f"/items/{newcomer}").status in (404, 410)
    assert counts(world)[0] == 0


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_against_several_approvals_in_one_transaction(
    world: World, client: FlaskClient, clock: AdjustableClock, round_: int
) -> None:
    """The approver holds the ledger after the first and wants the item of the second: no circle with the takedown."""
    item_id = published(world, title=TITLE, body_html=BODY)
    other = draft(world, title="关于另一件事的公告", body_html="<p>另一件事。</p>")
    waiting(world, other, publish_at=False, clock=clock)
    revision_id = revision_of(world, item_id, publish_at=False, clock=clock)

    def approve() -> None:
        with world.services.database.transaction() as uow:
            actor = world.actor(uow, "hx-mzj-approver")
            decide_many(uow, actor=actor, item_ids=[other, revision_id], kinds=[StepKind.FINAL])

    together(lambda: remove(world, items=frozenset({item_id})), approve)
    assert states(world, item_id, other) == ["taken_down", "published"]
    assert Seen(client, f"/items/{item_id}").status == 410


def test_a_copy_published_while_the_takedown_runs_is_refused(world: World, clock: AdjustableClock) -> None:
    """The copy waits at the ledger that the takedown holds, and then finds the lock."""
    item_id = published(world, title=TITLE, body_html=BODY)
    copy = draft(world, title=TITLE, body_html=BODY)
    waiting(world, copy, publish_at=False, clock=clock)
    begun, refused = threading.Event(), []

    def approve() -> None:
        begun.wait(timeout=10)
        try:
            with world.services.database.transaction() as uow:
                decide(uow, actor=world.actor(uow, "hx-mzj-approver"), item_id=copy)
        except DomainError as error:
            refused.append(error.message)

    thread = threading.Thread(target=approve)
    thread.start()
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, "hx-supervisor")
        take_down(uow, actor=actor, picks=Picks(items=frozenset({item_id})), call=Call("网信办", "条例第十四条"))
        begun.set()
        wait_for_a_waiter(world)
    thread.join(timeout=10)
    assert refused
    assert "正文与已紧急撤下的信息相同" in refused[0]
    assert states(world, copy) == ["in_approval"]


def wait_for_a_waiter(world: World) -> None:
    """Until another connection waits for a lock."""
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    for _try in range(100):
        with world.services.database.engine.connect() as connection:
            if connection.exec_driver_sql(waits).scalar_one():
                return
        threading.Event().wait(0.05)
    raise AssertionError("nobody waits")

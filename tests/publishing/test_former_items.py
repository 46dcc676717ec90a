"""What an abolished unit published is looked after by the unit that received it, and by nobody else."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from gongkai.catalog.models import ColumnSuccession
from gongkai.core.models import AuditEvent
from gongkai.publishing.drafts import start_revision
from gongkai.publishing.models import Item, ItemStep, PeriodCount
from gongkai.tenancy.models import TenantSuccession
from gongkai.tenancy.services import abolish_tenant
from tests.factories.items import draft, published, reviewed
from tests.factories.world import World
from tests.publishing.conftest import SignIn
from tests.publishing.pages import Person, version_of
from tests.publishing.terms.lists import hits, term

ENDED = date(2026, 3, 20)
WRITER, REVIEWER, APPROVER = "qs-mzj-contributor", "qs-mzj-confidentiality_reviewer", "qs-mzj-approver"


def abolish(world: World, successor: str = "qs-mzj", body: str = "hx-mzj") -> None:
    """和溪县民政局 passes to another unit."""
    with world.services.database.system_scope("test") as uow:
        abolish_tenant(
            uow, tenant_id=world.units[body], successor_id=world.units[successor], effective_date=ENDED,
            basis="云编发〔2026〕7号",
        )  # fmt: skip


def divide(world: World, **columns: str) -> None:
    """和溪县民政局 is divided: column → the unit that it passes to."""
    first, *others = dict.fromkeys(columns.values())
    abolish(world, first)
    with world.services.database.system_scope("test") as uow:
        for unit in others:
            row = TenantSuccession(
                tenant_id=world.units["hx-mzj"], successor_id=world.units[unit], effective_date=ENDED, basis=""
            )
            uow.session.add(row)
        for code, unit in columns.items():
            row_of_column = ColumnSuccession(
                tenant_id=world.units["hx-mzj"], successor_id=world.units[unit], column_code=code,
                effective_date=ENDED, basis="",
            )  # fmt: skip
            uow.session.add(row_of_column)


@pytest.fixture
def for_former(world: World, sign_in: SignIn) -> Callable[..., Person]:
    """Signs a person in who then chooses to act for a former body."""

    def signed_in(login: str, body: str = "hx-mzj") -> Person:
        person = sign_in(login)
        person.post("/work/act", {"unit": world.units[body]})
        return person

    return signed_in


def item_of(world: World, item_id: int) -> Item:
    with world.services.database.system_scope("test") as uow:
        return uow.session.get_one(Item, item_id)


def figures(world: World) -> dict[tuple[int, str], tuple[int, int]]:
    """(unit, month) → published, counted."""
    with world.services.database.system_scope("test") as uow:
        found: dict[tuple[int, str], tuple[int, int]] = {}
        for row in uow.session.scalars(select(PeriodCount)):
            total, counted = found.get((row.tenant_id, row.period), (0, 0))
            found[row.tenant_id, row.period] = total + row.total, counted + row.counted
        return {place: numbers for place, numbers in found.items() if any(numbers)}


def correct(world: World, for_former: Callable[..., Person], item_id: int, **changes: str) -> int:
    """Carry an erratum through: written, reviewed, public; the id of the revision."""
    writer = for_former(WRITER)
    writer.post(f"/work/items/{item_id}/revise", {"change_kind": "erratum", "change_reason": "更正错别字"})
    revision = int(re.findall(r"/work/items/(\d+)/edit", writer.location)[0])
    writer.post(f"/work/items/{revision}/edit", writer.edit(revision, **changes))
    writer.get(f"/work/items/{revision}/submit")
    reasons = dict.fromkeys(re.findall(r'name="(reason-[^"]+)"', writer.page), "原单位名称，保留")
    writer.post(f"/work/items/{revision}/submit", reasons)
    reviewer = for_former(REVIEWER)
    version = version_of(reviewer.get(f"/work/items/{revision}"))
    reviewer.post(f"/work/items/{revision}/review", {"version": version, "decision": "agree"})
    return revision


def test_the_receiver_corrects_what_the_former_body_published(
    world: World, sign_in: SignIn, for_former: Callable[..., Person], client: FlaskClient
) -> None:
    item_id = published(world)
    before, counted = item_of(world, item_id), figures(world)
    abolish(world)
    writer = sign_in(WRITER)
    assert "由本单位承接的原单位" in writer.page
    assert "原和溪县民政局已公开1条" in writer.words
    revision = correct(world, for_former, item_id, summary="部署春季防火工作，明确责任和时限要求。")
    after = item_of(world, item_id)
    assert after.summary == "部署春季防火工作，明确责任和时限要求。"
    assert (after.index_number, after.tenant_id, after.period, after.published_at, after.column_id) == (
        before.index_number, before.tenant_id, before.period, before.published_at, before.column_id,
    )  # fmt: skip
    assert figures(world) == counted
    assert "明确责任和时限要求" in client.get(f"/items/{item_id}").get_data(as_text=True)
    with world.services.database.system_scope("test") as uow:
        names = uow.session.scalars(select(ItemStep.actor_name).where(ItemStep.item_id == revision))
        assert set(names) == {f"{WRITER}（青石县民政局）", f"{REVIEWER}（青石县民政局）"}
        event = uow.session.scalars(
            select(AuditEvent).where(AuditEvent.action == "item.change", AuditEvent.object_id == item_id)
        ).one()
        assert (event.tenant_id, event.acting_tenant_id, event.user_id) == (
            world.units["hx-mzj"], world.units["qs-mzj"], world.people[REVIEWER],
        )  # fmt: skip


def test_a_revision_that_was_stopped_at_the_end_is_carried_on(
    world: World, for_former: Callable[..., Person], sign_in: SignIn
) -> None:
    item_id = published(world)
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, "hx-mzj-contributor")
        revision = start_revision(uow, actor=actor, item_id=item_id, change_kind="erratum", reason="更正日期").id
    abolish(world)
    home = sign_in(WRITER)
    assert "原和溪县民政局的信息1项" in home.words
    assert "修改稿1条正在办理" in home.words
    writer = for_former(WRITER)
    writer.post(f"/work/items/{revision}/edit", writer.edit(revision, summary="部署春季防火工作，明确责任。"))
    assert "草稿已保存" in writer.page


def test_the_receiver_takes_down_and_marks_what_the_former_body_published(
    world: World, for_former: Callable[..., Person], client: FlaskClient
) -> None:
    leaked, outdated = published(world, title="关于公示名单的公告"), published(world)
    month = (world.units["hx-mzj"], "2026-03")
    assert figures(world)[month] == (2, 2)
    abolish(world)
    leader = for_former(APPROVER)
    leader.post(f"/work/items/{leaked}/takedown", {"reason": "含有个人信息"})
    leader.post(f"/work/items/{outdated}/validity", {"validity": "lapsed", "reason": "和政发〔2026〕3号"})
    assert client.get(f"/items/{leaked}").status_code == 410
    assert "失效" in client.get(f"/items/{outdated}").get_data(as_text=True)
    assert figures(world) == {month: (1, 1)}, "taken from the month and the body where it was counted"


def test_the_receiver_answers_hits_of_the_term_lists(
    world: World, sign_in: SignIn, for_former: Callable[..., Person]
) -> None:
    item_id = published(world, body_html="<p>请到老年活动室办理。</p>")
    abolish(world)
    term(world, "老年活动室", "养老服务中心", login="yl-supervisor", level="warn")
    assert [row[0] for row in hits(world)] == [item_id]
    home = sign_in(WRITER)
    assert "原和溪县民政局的信息1项" in home.words
    home.get("/work/notices/")
    assert "原和溪县民政局：已公开信息中新发现1处表述问题" in home.words
    writer = for_former(WRITER)
    writer.get("/work/term-hits/")
    assert "老年活动室" in writer.page
    number = re.findall(r'name="reason-(\d+)"', writer.page)[0]
    writer.post(f"/work/term-hits/{number}/justify", {f"reason-{number}": "历史文件原文"})
    assert [row[3] for row in hits(world)] == ["justified"]


def test_nothing_new_is_published_for_a_former_body(world: World, for_former: Callable[..., Person]) -> None:
    left, approving = draft(world, title="未办结的通知"), reviewed(world, title="待审批的通知")
    abolish(world)
    writer = for_former(WRITER)
    writer.get("/work/items/new", status=403)
    assert "原单位已撤销，只能更正、撤下已公开的信息" in writer.page
    for path in ("/work/imports/", "/work/people/"):
        writer.get(path, status=403)
    writer.get(f"/work/items/{left}")
    assert f"/work/items/{left}/submit" not in writer.page
    writer.post(f"/work/items/{left}/submit", status=409)
    leader = for_former(APPROVER)
    version = version_of(leader.get(f"/work/items/{approving}"))
    leader.post(f"/work/items/{approving}/approve", {"version": version, "decision": "agree", "when": "now"}, 409)
    assert "发布单位已撤销，不能再发布新的信息" in leader.page
    assert [item_of(world, one).state for one in (left, approving)] == ["draft", "in_approval"]


def test_nobody_else_reaches_it(world: World, sign_in: SignIn, for_former: Callable[..., Person]) -> None:
    item_id = published(world)
    abolish(world, "hx-qsz")
    for login in (WRITER, "yl-contributor"):
        assert "原和溪县民政局" not in for_former(login).words
    for login in (WRITER, "yl-contributor", "hx-qsz-contributor"):
        sign_in(login).get(f"/work/items/{item_id}", status=404)
    for_former("hx-qsz-contributor").get(f"/work/items/{item_id}")


def test_not_before_the_day_and_not_after_it_passed_on_again(world: World, for_former: Callable[..., Person]) -> None:
    item_id = published(world)
    abolish(world, "hx-qsz")
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(update(TenantSuccession).values(effective_date=date(2026, 3, 24)))
    for_former("hx-qsz-contributor").get(f"/work/items/{item_id}", status=404)
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(update(TenantSuccession).values(effective_date=ENDED))
    abolish(world, "qs-mzj", body="hx-qsz")
    for_former(WRITER).get(f"/work/items/{item_id}")


def test_of_a_divided_body_each_receiver_has_its_columns(world: World, for_former: Callable[..., Person]) -> None:
    notice, plan = published(world, column="gsgg"), published(world, column="ghjh", title="和溪县养老规划")
    revisions = []
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, "hx-mzj-contributor")
        for one in (notice, plan):
            made = start_revision(uow, actor=actor, item_id=one, change_kind="content", reason="修改")
            revisions.append(made.id)
    divide(world, gsgg="qs-mzj", ghjh="hx-qsz")
    for login, mine, others in ((WRITER, 0, 1), ("hx-qsz-contributor", 1, 0)):
        person = for_former(login)
        person.get(f"/work/items/{(notice, plan)[mine]}")
        person.get(f"/work/items/{revisions[mine]}/edit")
        for theirs in ((notice, plan)[others], revisions[others]):
            person.get(f"/work/items/{theirs}", status=404)
            person.get(f"/work/items/{theirs}/edit", status=404)
        person.get("/work/items/")
        listed = {int(found) for found in re.findall(r'href="/work/items/(\d+)"', person.page)}
        assert listed == {(notice, plan)[mine], revisions[mine]}

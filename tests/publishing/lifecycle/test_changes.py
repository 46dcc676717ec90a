"""The three ways in which published information changes: path, limit, count, note, age of the column."""

import re
from datetime import date

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from gongkai.catalog.queries import catalogue
from gongkai.publishing.chain import decide, submit
from gongkai.publishing.counts import differences, unit_counts
from gongkai.publishing.drafts import start_revision
from gongkai.publishing.lifecycle.errata import changed_characters
from gongkai.publishing.publication import Decision, mark_validity
from tests.conftest import AdjustableClock
from tests.factories.items import published
from tests.factories.world import World, tenant_of
from tests.portal.pages import Seen
from tests.publishing.conftest import SignIn
from tests.publishing.lifecycle.deeds import UNIT, change, stored

TEXT = "<p>各村（社区）：</p><p>现就做好春季防火工作通知如下。</p>"
SLIP = "<p>各村（社区）：</p><p>现就做好春季放火工作通知如下。</p>"


def updated(world: World, code: str) -> date | None:
    """When a column of the unit was last updated, as its catalogue says."""
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, f"{UNIT}-unit_admin")
        column_id = world.column(uow, UNIT, code)
        return next(e.updated for e in catalogue(uow, tenant_id=world.units[UNIT]) if e.id == column_id)


def test_an_erratum_takes_one_reviewer_and_is_noted_with_its_day(
    world: World, client: FlaskClient, clock: AdjustableClock
) -> None:
    item_id = published(world, body_html=SLIP)
    clock.advance(days=3)
    revision_id = change(world, item_id, "erratum", "“放火”更正为“防火”。", body_html=TEXT)
    revision = stored(world, revision_id)
    assert (revision.chain_steps, revision.publish_due_date) == (["confidentiality_review"], None)
    page = Seen(client, f"/items/{item_id}")
    assert "勘误：“放火”更正为“防火”，2026年3月26日" in page.text
    assert "勘误：“放火”更正为“防火”，2026年3月26日" in Seen(client, f"/items/{item_id}/print").text
    assert "勘误：" not in Seen(client, f"/items/{item_id}/versions/1").text
    assert "现就做好春季防火工作" in page.text


@pytest.mark.parametrize(("kind", "column", "day"), [
    ("erratum", "jgzn", date(2026, 3, 23)), ("content", "jgzn", date(2026, 4, 2)), ("static", "jgzn", date(2026, 4, 2)),
])  # fmt: skip
def test_only_changes_of_content_and_static_information_make_a_column_younger(
    world: World, client: FlaskClient, clock: AdjustableClock, kind: str, column: str, day: date
) -> None:
    item_id = published(world, column=column, title="和溪县民政局机构职能", body_html=SLIP)
    clock.advance(days=10)
    change(world, item_id, kind, "更新", column=column, title="和溪县民政局机构职能", body_html=TEXT)
    assert updated(world, column) == day
    page = Seen(client, f"/units/{UNIT}/columns/{column}/")
    assert page.value("最近更新") == day.isoformat()
    tree = Seen(client, f"/units/{UNIT}/").html
    assert re.search(rf"columns/{column}/\".*?{day.isoformat()}", tree, re.DOTALL)


def test_a_later_erratum_leaves_the_age_that_a_change_of_content_gave(world: World, clock: AdjustableClock) -> None:
    item_id = published(world, body_html=SLIP)
    clock.advance(days=10)
    change(world, item_id, "content", "补充", body_html=SLIP)
    clock.advance(days=10)
    change(world, item_id, "erratum", "更正", body_html=TEXT)
    assert updated(world, "gsgg") == date(2026, 4, 2)


def test_a_mark_of_validity_is_no_change_of_content(world: World, client: FlaskClient, clock: AdjustableClock) -> None:
    item_id = published(world)
    clock.advance(days=10)
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, f"{UNIT}-approver")
        mark_validity(
            uow, tenant_id=actor.tenant_id, item_id=item_id, validity="lapsed", reason="依据", changed_by=actor.user_id
        )
    assert updated(world, "gsgg") == date(2026, 3, 23)
    page = Seen(client, f"/items/{item_id}")
    assert "标注为失效" in page.text
    assert "内容变更" not in page.text


def test_no_change_counts_again(world: World, clock: AdjustableClock) -> None:
    item_id = published(world, column="jgzn", title="机构职能", body_html=SLIP)
    clock.advance(days=20)
    for kind in ("erratum", "content", "static"):
        change(world, item_id, kind, "更新", column="jgzn", title="机构职能", body_html=TEXT)
    with world.services.database.system_scope("test") as uow:
        tenant = tenant_of(uow, UNIT)
        assert unit_counts(uow, tenant=tenant, period="2026-03").own.total == 1
        assert unit_counts(uow, tenant=tenant, period="2026-04").own.total == 0
        assert differences(uow) == []


def test_a_limit_runs_from_the_day_of_the_change(world: World, sign_in: SignIn, clock: AdjustableClock) -> None:
    item_id = published(world)
    clock.advance(days=60)
    writer = sign_in(f"{UNIT}-contributor")
    form = {"change_kind": "content", "change_reason": "补充电话"}
    page = writer.post(f"/work/items/{item_id}/revise", form | {"change_date": "2026-05-23"}, 400)
    assert "变更发生日期不能晚于今天" in page
    page = writer.post(f"/work/items/{item_id}/revise", form | {"change_date": "五月"}, 400)
    assert "变更发生日期“五月”不是有效日期" in page
    writer.post(f"/work/items/{item_id}/revise", form | {"change_date": "2026-05-11"})
    revision = stored(world, int(writer.location.split("/")[3]))
    assert (revision.change_date, revision.publish_due_date) == (date(2026, 5, 11), date(2026, 6, 8))


def test_static_updates_are_for_static_columns_and_the_page_explains_the_ways(world: World, sign_in: SignIn) -> None:
    notice = published(world)
    organisation = published(world, column="jgzn", title="机构职能", body_html="<p>职能。</p>")
    writer = sign_in(f"{UNIT}-contributor")
    page = writer.get(f"/work/items/{organisation}/revise")
    for words in ("保密审查员一人审核", "不重复计入月度发布任务", "静态信息更新：更新内容，日期"):
        assert words in page
    assert "静态信息更新" not in writer.get(f"/work/items/{notice}/revise")
    form = {"change_kind": "static", "change_reason": "更新"}
    page = writer.post(f"/work/items/{notice}/revise", form, 400)
    assert "“公示公告”不是静态信息栏目" in page
    writer.post(f"/work/items/{organisation}/revise", form)
    assert writer.location.endswith("/edit")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"body_html": "<p>完全不同的另一段正文，讲的是另外一件事情，一共有很多个字。</p>"}, "正文改动约"),
        ({"document_number": "和民发〔2026〕9号"}, "文号有改动"),
        ({"effective_date": "2026-04-01"}, "生效日期有改动"),
        ({"formed_date": "2026-03-17"}, "成文日期有改动"),
        ({"validity_period": "3年"}, "有效期有改动"),
    ],
)
def test_a_large_erratum_is_asked_about_and_can_become_a_change_of_content(
    world: World, sign_in: SignIn, changes: dict[str, str], words: str
) -> None:
    item_id = published(world, body_html=TEXT, document_number="和民发〔2026〕3号")
    writer = sign_in(f"{UNIT}-contributor")
    writer.post(f"/work/items/{item_id}/revise", {"change_kind": "erratum", "change_reason": "更正"})
    revision_id = int(writer.location.split("/")[3])
    writer.post(f"/work/items/{revision_id}/edit", writer.edit(revision_id, **changes))
    page = writer.get(f"/work/items/{revision_id}/submit")
    assert "是否应按内容变更办理" in page
    assert words in page
    writer.post(f"/work/items/{revision_id}/submit", status=400)
    writer.post(f"/work/items/{revision_id}/as-content")
    assert "这是修改稿（内容变更）" in writer.page
    found = stored(world, revision_id)
    assert (found.change_kind, found.publish_due_date) == ("content", date(2026, 4, 21))
    writer.post(f"/work/items/{revision_id}/as-content", status=409)
    writer.post(f"/work/items/{revision_id}/submit")
    assert stored(world, revision_id).chain_steps == ["confidentiality_review", "final_approval"]


def test_a_small_erratum_is_not_asked_about(world: World, sign_in: SignIn) -> None:
    item_id = published(world, body_html=SLIP)
    writer = sign_in(f"{UNIT}-contributor")
    writer.post(f"/work/items/{item_id}/revise", {"change_kind": "erratum", "change_reason": "更正"})
    revision_id = int(writer.location.split("/")[3])
    writer.post(f"/work/items/{revision_id}/edit", writer.edit(revision_id, body_html=TEXT))
    assert "是否应按内容变更办理" not in writer.get(f"/work/items/{revision_id}/submit")
    writer.post(f"/work/items/{revision_id}/submit")
    assert stored(world, revision_id).state == "in_approval"


def test_a_revision_begun_before_a_mark_does_not_undo_it(world: World, clock: AdjustableClock) -> None:
    item_id = published(world, optional={"validity_period": "1年"})
    with world.services.database.transaction() as uow:
        writer = world.actor(uow, f"{UNIT}-contributor")
        revision = start_revision(uow, actor=writer, item_id=item_id, change_kind="content", reason="更正")
    clock.advance(days=10)
    with world.services.database.transaction() as uow:
        approver = world.actor(uow, f"{UNIT}-approver")
        mark_validity(
            uow, tenant_id=approver.tenant_id, item_id=item_id, validity="amended", reason="依据", changed_by=None,
            decision=Decision(term="3年"),
        )  # fmt: skip
        submit(uow, actor=world.actor(uow, f"{UNIT}-contributor"), item_id=revision.id)
        for role in ("confidentiality_reviewer", "approver"):
            decide(uow, actor=world.actor(uow, f"{UNIT}-{role}"), item_id=revision.id)
    found = stored(world, item_id)
    assert (found.validity, found.change_kind) == ("amended", "content")
    assert (found.valid_until, found.optional["validity_period"]) == (date(2029, 4, 1), "2029-04-01")


@given(st.text(max_size=200), st.text(min_size=1, max_size=50))
def test_changed_characters_are_those_that_came_in_or_went(old: str, more: str) -> None:
    assert changed_characters(old, old) == 0
    assert changed_characters(old, old + more) <= len(old) + len(more)
    plain = "".join(old.split()) + "。"
    added = "增" * len(more)
    assert changed_characters(plain, plain + added) == changed_characters(plain + added, plain) == len(more)

"""After the damage: what is published is looked through, worked off by its unit, and closes when it is gone."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from gongkai.core.errors import NotFound
from gongkai.core.models import OutboxEvent
from gongkai.publishing.chain import decide, submit
from gongkai.publishing.models import Item
from gongkai.publishing.publication import take_down
from gongkai.publishing.terms import sweep as sweeping
from gongkai.publishing.terms.hits import justify_hit
from gongkai.publishing.terms.models import TermHit, TermSweep
from gongkai.publishing.terms.services import remove_term, request_sweep
from gongkai.publishing.terms.tasks import read_backlog, sweep_daily
from gongkai.supervision.models import Notice
from tests.core.extraction.samples import word
from tests.factories.items import draft, published, work_off
from tests.factories.world import World
from tests.publishing.pages import Person
from tests.publishing.terms.lists import APPROVER, OFFICE, REVIEWER, WRITER, hits, term
from tests.publishing.terms.test_submission import attach

OLD = "<p>落实旧提法的要求。</p>"


def approve(world: World, item_id: int, deciders: tuple[str, ...] = (REVIEWER, APPROVER)) -> None:
    """Carry a draft through the chain."""
    with world.services.database.transaction() as uow:
        submit(uow, actor=world.actor(uow, WRITER), item_id=item_id)
    for login in deciders:
        with world.services.database.transaction() as uow:
            decide(uow, actor=world.actor(uow, login), item_id=item_id)


def correct(app: Flask, world: World, item_id: int, body_html: str) -> None:
    """Publish an erratum through the pages, from the hit's link on."""
    writer = Person(app, world, WRITER)
    writer.get("/work/term-hits/")
    assert f'href="/work/items/{item_id}/revise"' in writer.page
    writer.post(f"/work/items/{item_id}/revise", {"change_kind": "erratum", "change_reason": "更正表述"})
    revision = int(writer.location.split("/")[3])
    with world.services.database.transaction() as uow:
        world.actor(uow, WRITER)
        uow.session.execute(update(Item).where(Item.id == revision).values(body_html=body_html))
    approve(world, revision, (REVIEWER,))


def test_a_new_entry_finds_what_is_published_in_its_subtree_only(world: World) -> None:
    mine = published(world, body_html=OLD)
    published(world, title="没有问题的通知")
    published(world, unit="qs-mzj", body_html=OLD)
    term(world, "旧提法")
    assert hits(world) == [(mine, "正文", "落实旧提法的要求。", "open")]


def test_running_again_changes_nothing(world: World) -> None:
    published(world, body_html=OLD)
    term(world, "旧提法")
    before = hits(world)
    with world.services.database.system_scope("test") as uow:
        rows = uow.session.execute(select(TermHit.__table__)).all()
        request_sweep(uow, tenant_id=world.units["hx"])
    world.services.database.clock.advance(seconds=2)  # type: ignore[attr-defined]
    assert hits(world) == before
    with world.services.database.system_scope("test") as uow:
        assert uow.session.execute(select(TermHit.__table__)).all() == rows


def test_an_erratum_closes_the_hit_and_the_same_words_open_it_again(app: Flask, world: World) -> None:
    item_id = published(world, body_html=OLD)
    term(world, "旧提法", level="warn")
    assert [hit[3] for hit in hits(world)] == ["open"]
    correct(app, world, item_id, "<p>落实新提法的要求。</p>")
    assert [hit[3] for hit in hits(world)] == ["corrected"]
    with world.services.database.system_scope("test") as uow:
        # As if the words had come back by another way than the chain, which would have stopped them.
        uow.session.execute(update(Item).where(Item.id == item_id).values(summary="旧提法"))
        uow.session.execute(update(TermHit).values(place="内容概述"))
        request_sweep(uow, tenant_id=world.units["hx"])
    assert [hit[1::2] for hit in hits(world)] == [("内容概述", "open")]


def test_a_hit_that_is_explained_stays_closed(app: Flask, world: World) -> None:
    published(world, body_html=OLD)
    term(world, "旧提法")
    hits(world)
    writer = Person(app, world, WRITER)
    page = writer.get("/work/term-hits/")
    assert "已发布的信息中有1处表述待处理" in page
    with world.services.database.system_scope("test") as uow:
        hit_id = uow.session.execute(select(TermHit.id)).scalar_one()
    writer.post(f"/work/term-hits/{hit_id}/justify", {}, 400)
    assert "未填写理由" in writer.page
    writer.post(f"/work/term-hits/{hit_id}/justify", {f"reason-{hit_id}": "引用历史文件"})
    assert "没有待处理的表述问题" in writer.page
    with world.services.database.system_scope("test") as uow:
        request_sweep(uow, tenant_id=world.units["hx"])
    assert [hit[3] for hit in hits(world)] == ["justified"]
    assert "引用历史文件" in writer.get("/work/term-hits/?state=justified")
    writer.post(f"/work/term-hits/{hit_id}/justify", {f"reason-{hit_id}": "再说一次"}, 409)


def test_what_was_explained_at_submission_need_not_be_explained_again(app: Flask, world: World) -> None:
    entry = term(world, "旧提法", level="warn")
    item_id = draft(world, body_html=OLD)
    Person(app, world, WRITER).post(f"/work/items/{item_id}/submit", {f"reason-term_{entry}": "引用原文"})
    for login in (REVIEWER, APPROVER):
        with world.services.database.transaction() as uow:
            decide(uow, actor=world.actor(uow, login), item_id=item_id)
    assert hits(world) == [(item_id, "正文", "落实旧提法的要求。", "justified")]


def test_an_entry_that_is_removed_takes_its_hits_along(world: World) -> None:
    published(world, body_html=OLD)
    entry = term(world, "旧提法")
    hits(world)
    with world.services.database.transaction() as uow:
        remove_term(uow, actor=world.actor(uow, OFFICE), term_id=entry, reason="停用")
    assert [hit[3] for hit in hits(world)] == ["withdrawn"]


def test_what_is_taken_down_is_no_longer_worked_off(world: World) -> None:
    item_id = published(world, body_html=OLD)
    term(world, "旧提法")
    hits(world)
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, APPROVER)
        take_down(uow, tenant_id=actor.tenant_id, item_id=item_id, reason="内容有误")
    assert [hit[3] for hit in hits(world)] == ["corrected"]


def test_attachments_are_looked_through_and_migrated_ones_read_by_and_by(world: World) -> None:
    item_id = draft(world)
    attach(world, item_id, "通知.docx", word("落实旧提法。"))
    work_off(world.services)
    approve(world, item_id)
    term(world, "旧提法")
    assert hits(world) == [(item_id, "附件《通知.docx》", "落实旧提法。", "open")]


def test_files_without_an_event_are_read_by_the_backlog_and_looked_through(world: World) -> None:
    term(world, "旧提法")
    item_id = draft(world)
    attach(world, item_id, "旧件.docx", word("落实旧提法。"))
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(delete(OutboxEvent))
        uow.session.execute(update(Item).where(Item.id == item_id).values(check_overrides={"attachment_waiting": "是"}))
    approve(world, item_id)
    assert hits(world) == []
    read_backlog(world.services)
    assert hits(world) == [(item_id, "附件《旧件.docx》", "落实旧提法。", "open")]


def test_a_sweep_goes_on_where_it_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [published(world, body_html=OLD, title=f"通知{number}") for number in range(3)]
    monkeypatch.setattr(sweeping, "BATCH", 1)
    monkeypatch.setattr(sweeping, "SLICE_SECONDS", 0.0)
    term(world, "旧提法")
    assert [hit[0] for hit in hits(world)] == made[:1]
    for number in (2, 3, 3):
        world.services.database.clock.advance(seconds=2)  # type: ignore[attr-defined]
        assert [hit[0] for hit in hits(world)] == made[:number]
    with world.services.database.system_scope("test") as uow:
        done = uow.session.execute(select(TermSweep)).scalar_one()
        assert (done.items_done, done.finished_at is not None) == (3, True)


def test_once_a_day_everything_is_looked_through(world: World) -> None:
    day = date(2026, 3, 24)
    published(world, body_html=OLD, title="此前成文的通知")
    term(world, "旧提法", valid_from=day, login="yl-supervisor")
    late = published(world, body_html=OLD)
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(update(Item).where(Item.id == late).values(formed_date=day))
    sweep_daily(world.services)
    assert hits(world) == []
    world.services.database.clock.advance(hours=24)  # type: ignore[attr-defined]
    sweep_daily(world.services)
    # What was formed before the entry came into force was right then.
    assert [hit[0] for hit in hits(world)] == [late]


def test_the_office_sees_the_sums_and_the_unit_of_another_county_nothing(app: Flask, world: World) -> None:
    item_id = published(world, body_html=OLD)
    term(world, "旧提法")
    hits(world)
    office = Person(app, world, OFFICE)
    page = office.get("/office/terms/hits")
    assert "1家单位已发布的信息中有1处表述待处理" in page
    assert "共检查1条信息" in page
    page = office.get(f"/office/terms/hits/{world.units['hx-mzj']}")
    assert f'href="/items/{item_id}"' in page
    assert "落实旧提法的要求。" in page
    other = Person(app, world, "qs-supervisor")
    assert "没有待处理的表述问题" in other.get("/office/terms/hits")
    other.get(f"/office/terms/hits/{world.units['hx-mzj']}", 404)
    assert "没有待处理的表述问题" in Person(app, world, "qs-mzj-contributor").get("/work/term-hits/")
    office.post("/office/terms/sweep")
    assert "已开始检查" in office.page


def test_nothing_is_called_sound_while_it_is_still_looked_through(app: Flask, world: World) -> None:
    published(world, body_html=OLD)
    office = Person(app, world, OFFICE)
    office.post("/office/terms/sweep")
    assert "正在检查已发布的信息" in office.get("/office/terms/hits")
    assert "正在检查本级及所属单位已发布的信息" in office.get("/office/terms/")
    hits(world)
    assert "没有待处理的表述问题" in office.get("/office/terms/hits")


def test_a_unit_cannot_explain_another_units_hit(world: World) -> None:
    published(world, body_html=OLD)
    term(world, "旧提法")
    hits(world)
    with world.services.database.system_scope("test") as uow:
        hit_id = uow.session.execute(select(TermHit.id)).scalar_one()
    with world.services.database.transaction() as uow, pytest.raises(NotFound):
        justify_hit(uow, actor=world.actor(uow, "qs-mzj-contributor"), hit_id=hit_id, reason="x")


def told(world: World, unit: str) -> list[tuple[str, str]]:
    """Subject and link of a unit's notices about hits, after the events were worked off."""
    work_off(world.services)
    with world.services.database.system_scope("test") as uow:
        rows = uow.session.scalars(
            select(Notice).where(Notice.tenant_id == world.units[unit], Notice.kind == "term_hits").order_by(Notice.id)
        )
        return [(row.subject, row.link) for row in rows]


def test_a_unit_is_told_once_for_each_sweep_that_finds_something(world: World) -> None:
    published(world, body_html=OLD)
    published(world, title="关于旧提法的通知", body_html="<p>落实要求。</p>")
    published(world, unit="qs-mzj", body_html=OLD)
    published(world, unit="hx-qsz", title="没有问题的通知")
    term(world, "旧提法")
    assert told(world, "hx-mzj") == [("已公开信息中新发现2处表述问题", "/work/term-hits/")]
    assert told(world, "qs-mzj") == told(world, "hx-qsz") == []
    world.services.database.clock.advance(seconds=2)  # type: ignore[attr-defined]
    with world.services.database.system_scope("test") as uow:
        request_sweep(uow, tenant_id=world.units["hx"])
    assert len(told(world, "hx-mzj")) == 1
    world.services.database.clock.advance(seconds=2)  # type: ignore[attr-defined]
    term(world, "落实")
    assert told(world, "hx-mzj")[1:] == [("已公开信息中新发现2处表述问题", "/work/term-hits/")]

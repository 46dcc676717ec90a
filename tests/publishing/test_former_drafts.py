"""What an abolished unit left unsubmitted: its successor sees it, deletes it or takes it over; nobody else does."""

from datetime import date
from io import BytesIO

import pytest
from sqlalchemy import delete, select

from gongkai.catalog.models import ContentColumn
from gongkai.core.models import AuditEvent
from gongkai.publishing.attachments import add_attachment
from gongkai.publishing.drafts import start_revision
from gongkai.publishing.models import Attachment, Item
from gongkai.tenancy.services import abolish_tenant
from tests.factories.items import draft, published, reviewed
from tests.factories.world import World
from tests.publishing.conftest import SignIn

LIST = "/work/items/drafts"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


def abolish(world: World) -> None:
    """和溪县民政局 passes to 青石县民政局."""
    with world.services.database.system_scope("test") as uow:
        abolish_tenant(
            uow, tenant_id=world.units["hx-mzj"], successor_id=world.units["qs-mzj"],
            effective_date=date(2026, 3, 20), basis="云编发〔2026〕7号",
        )  # fmt: skip


def items(world: World) -> dict[int, str]:
    """Unpublished items: id → code of their unit."""
    codes = {number: code for code, number in world.units.items()}
    with world.services.database.system_scope("test") as uow:
        rows = uow.session.execute(select(Item.id, Item.tenant_id).where(~Item.is_public))
        return {row.id: codes[row.tenant_id] for row in rows}


def attach(world: World, item_id: int) -> None:
    with world.services.database.transaction() as uow:
        add_attachment(
            uow, actor=world.actor(uow, "hx-mzj-contributor"), item_id=item_id, files=world.services.files,
            filename="责任分工表.pdf", stream=BytesIO(PDF), limit_bytes=10_000,
        )  # fmt: skip


def test_a_draft_is_taken_over_with_its_files_and_the_old_one_is_gone(world: World, sign_in: SignIn) -> None:
    old = draft(world, title="未办结的通知", optional={"keywords": "防火"})
    attach(world, old)
    submitted = reviewed(world, title="待审批的通知")
    abolish(world)
    writer = sign_in("qs-mzj-contributor")
    writer.get(LIST)
    assert "原单位留下的草稿" in writer.words
    assert "未办结的通知和溪县民政局公示公告" in writer.words
    assert "待审批的通知" not in writer.words
    writer.post(f"/work/former-drafts/{old}/take-over")
    assert "草稿已转入本单位" in writer.page
    (new,) = set(items(world)) - {old, submitted}
    assert items(world) == {new: "qs-mzj", submitted: "hx-mzj"}
    with world.services.database.system_scope("test") as uow:
        item = uow.session.get_one(Item, new)
        assert (item.title, item.optional, item.created_by) == (
            "未办结的通知",
            {"keywords": "防火"},
            world.people["qs-mzj-contributor"],
        )
        assert item.column_id == world.column(uow, "qs-mzj", "gsgg")
        files = uow.session.execute(select(Attachment.item_id, Attachment.tenant_id, Attachment.filename)).all()
        assert [tuple(row) for row in files] == [(new, world.units["qs-mzj"], "责任分工表.pdf")]
        actions = ("item.take_over", "item.delete")
        events = uow.session.execute(
            select(AuditEvent.action, AuditEvent.tenant_id, AuditEvent.user_id)
            .where(AuditEvent.action.in_(actions))
            .order_by(AuditEvent.id)
        )
        person = world.people["qs-mzj-contributor"]
        assert [tuple(row) for row in events] == [
            ("item.take_over", world.units["qs-mzj"], person),
            ("item.delete", world.units["hx-mzj"], person),
        ]


def test_a_draft_is_deleted(world: World, sign_in: SignIn) -> None:
    old = draft(world, title="未办结的通知")
    attach(world, old)
    abolish(world)
    writer = sign_in("qs-mzj-contributor")
    writer.post(f"/work/former-drafts/{old}/delete")
    assert "原单位的草稿《未办结的通知》已删除。" in writer.page
    assert items(world) == {}
    writer.post(f"/work/former-drafts/{old}/delete", status=404)


def test_a_draft_in_a_column_of_the_units_own_goes_into_the_one_above(world: World, sign_in: SignIn) -> None:
    old = draft(world)
    with world.services.database.system_scope("test") as uow:
        above = uow.session.get_one(ContentColumn, world.column(uow, "hx-mzj", "gsgg"))
        values = {key: getattr(above, key) for key in ("name", "part", "update_period", "rule_type", "owner_role")}
        own = ContentColumn(
            tenant_id=above.tenant_id, parent_id=above.id, code="gsgg-1", level=above.level + 1, sort_order=10,
            accepts_items=True, created_at=uow.now, required=False, key_area_group="", statutory_item="",
            description="", **values,
        )  # fmt: skip
        uow.session.add(own)
        uow.session.flush()
        uow.session.get_one(Item, old).column_id = own.id
    abolish(world)
    sign_in("qs-mzj-contributor").post(f"/work/former-drafts/{old}/take-over")
    (new,) = items(world)
    with world.services.database.system_scope("test") as uow:
        assert uow.session.get_one(Item, new).column_id == world.column(uow, "qs-mzj", "gsgg")


def test_without_a_column_for_it_nothing_changes(world: World, sign_in: SignIn) -> None:
    old = draft(world)
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(
            delete(ContentColumn).where(ContentColumn.tenant_id == world.units["qs-mzj"], ContentColumn.code == "gsgg")
        )
    abolish(world)
    writer = sign_in("qs-mzj-contributor")
    writer.post(f"/work/former-drafts/{old}/take-over", status=409)
    assert "没有与“公示公告”对应的在用栏目" in writer.page
    assert ("现在不能办理" in writer.page, "情况已有变化" in writer.page) == (True, False), "a rule, not a change"
    assert items(world) == {old: "hx-mzj"}


def test_a_revision_can_only_be_deleted(world: World, sign_in: SignIn) -> None:
    item_id = published(world)
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, "hx-mzj-contributor")
        revision = start_revision(uow, actor=actor, item_id=item_id, change_kind="erratum", reason="更正日期").id
    abolish(world)
    writer = sign_in("qs-mzj-contributor")
    writer.get(LIST)
    assert f"/work/former-drafts/{revision}/delete" in writer.page
    assert f"/work/former-drafts/{revision}/take-over" not in writer.page
    writer.post(f"/work/former-drafts/{revision}/take-over", status=409)
    assert items(world) == {revision: "hx-mzj"}


@pytest.mark.parametrize("deed", ["delete", "take-over"])
def test_what_was_submitted_and_what_is_not_a_predecessors_stays(world: World, sign_in: SignIn, deed: str) -> None:
    submitted, foreign, own = reviewed(world), draft(world, "hx-qsz"), draft(world, "qs-mzj")
    abolish(world)
    writer = sign_in("qs-mzj-contributor")
    writer.post(f"/work/former-drafts/{submitted}/{deed}", status=409)
    for other in (foreign, own, 987654321):
        writer.post(f"/work/former-drafts/{other}/{deed}", status=404)
    assert set(items(world)) == {submitted, foreign, own}
    sign_in("qs-mzj-approver").post(f"/work/former-drafts/{foreign}/{deed}", status=403)


def test_another_unit_sees_nothing_of_it(world: World, sign_in: SignIn) -> None:
    draft(world, title="未办结的通知")
    abolish(world)
    for login in ("hx-qsz-contributor", "yl-contributor"):
        writer = sign_in(login)
        writer.get(LIST)
        assert "原单位留下的草稿" not in writer.words
        assert "未办结的通知" not in writer.words

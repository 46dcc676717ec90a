"""Names of units and columns in search: they follow a change, and can be told apart."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from gongkai.catalog.models import ContentColumn
from gongkai.catalog.schemas import ColumnForm
from gongkai.catalog.services import add_column, edit_column
from gongkai.core.models import OutboxEvent
from gongkai.core.ports import SearchQuery, SearchResult
from gongkai.search import services as search_services
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.services import rename_tenant
from tests.conftest import AdjustableClock
from tests.factories.items import published, work_off
from tests.factories.world import World

pytestmark = pytest.mark.usefixtures("backend")


def results(world: World, typed: str = "春季防火", unit: str = "") -> SearchResult:
    with world.services.database.unit_of_work() as uow:
        return world.services.search.search(uow, SearchQuery(typed, filters={"unit": unit} if unit else {}))


def column_below(world: World, name: str) -> int:
    """A column of 和溪县民政局 below its notices."""
    with world.services.database.transaction() as uow:
        admin = world.actor(uow, "hx-mzj-unit_admin")
        parent = world.column(uow, "hx-mzj", "gsgg")
        uow.session.get_one(ContentColumn, parent).accepts_items = False
        return add_column(
            uow, tenant_id=admin.tenant_id, parent_id=parent, form=ColumnForm(name=name, update_period="monthly")
        ).id


def waiting(world: World) -> int:
    with world.services.database.unit_of_work() as uow:
        return uow.session.scalar(select(func.count()).select_from(OutboxEvent)) or 0


def test_a_renamed_column_shows_its_new_name(world: World) -> None:
    column_id = column_below(world, "防火公告")
    published(world, column_id=column_id)
    assert [hit.column_name for hit in results(world).hits] == ["防火公告"]
    with world.services.database.transaction() as uow:
        admin = world.actor(uow, "hx-mzj-unit_admin")
        edit_column(
            uow,
            tenant_id=admin.tenant_id,
            column_id=column_id,
            form=ColumnForm(name="森林防火公告", update_period="monthly"),
        )
    work_off(world.services)
    assert [hit.column_name for hit in results(world).hits] == ["森林防火公告"]
    assert waiting(world) == 0


def test_what_a_renamed_unit_published_is_written_anew_batch_by_batch(
    world: World, clock: AdjustableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_services, "STEP", 2)
    for number in range(5):
        published(world, title=f"关于做好第{number}次春季防火工作的通知")
    published(world, "qs-mzj")
    with world.services.database.system_scope("test") as uow:
        rename_tenant(
            uow, tenant_id=world.units["hx-mzj"], official_name="和溪县民政和社会工作局", short_name="民政社工局",
            effective_date=uow.now.date(), basis="和编发〔2026〕3号",
        )  # fmt: skip
    left = []
    for _ in range(3):
        work_off(world.services)
        left.append(waiting(world))
        clock.advance(seconds=1)
    assert left == [3, 1, 0]
    assert {hit.unit_name for hit in results(world, unit="hx-mzj").hits} == {"和溪县民政和社会工作局"}
    with world.services.database.system_scope("test") as uow:
        assert world.services.search.verify(uow).is_sound


def test_units_of_one_short_name_are_told_apart(world: World, client: FlaskClient) -> None:
    with world.services.database.system_scope("test") as uow:
        for code in ("hx-mzj", "qs-mzj"):
            uow.session.get_one(Tenant, world.units[code]).short_name = "民政局"
    published(world)
    published(world, "qs-mzj")
    assert [facet.label for facet in results(world).facets["unit"]] == ["和溪县民政局", "青石县民政局"]
    page = client.get("/search?q=春季防火&unit=qs-mzj").get_data(as_text=True)
    assert "单位：青石县民政局" in page
    assert "<span>青石县民政局</span>" in page
    page = client.get("/search?q=没有这样的词&unit=qs-mzj").get_data(as_text=True)
    assert "取消“单位：青石县民政局”的限制" in page

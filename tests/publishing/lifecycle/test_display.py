"""The end of a display: a stub from its day on, whatever the jobs do; search and feeds follow."""

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from gongkai.publishing.counts import differences, unit_counts
from gongkai.publishing.lifecycle.tasks import end_displays
from gongkai.publishing.publication import CHANGED
from tests.conftest import AdjustableClock
from tests.factories.items import draft, published, work_off
from tests.factories.world import World, tenant_of
from tests.portal.pages import TITLE, Seen, with_files
from tests.publishing.conftest import SignIn
from tests.publishing.lifecycle.deeds import UNIT, change, events, stored

DISPLAY: dict[str, Any] = {"display_until": date(2026, 3, 30), "optional": {"display_basis": "《公示办法》第五条"}}
BODY = "现就做好春季防火工作通知如下"


def test_the_page_is_a_stub_from_the_day_on_in_shanghai(
    world: World, client: FlaskClient, clock: AdjustableClock
) -> None:
    item_id = with_files(world, [("名单.csv", "姓名,金额\n张三,1\n".encode())], **DISPLAY)
    page = Seen(client, f"/items/{item_id}")
    assert page.value("公示截止") == "2026-03-30（依据：《公示办法》第五条）"
    clock.advance(days=6, hours=14, minutes=29)
    assert BODY in Seen(client, f"/items/{item_id}").text
    clock.advance(minutes=1)
    page = Seen(client, f"/items/{item_id}")
    assert page.status == 200
    assert "公示已结束" in page.text
    assert TITLE in page.text
    assert page.value("公示期") == "2026年3月23日至2026年3月30日"
    assert page.value("索引号") == stored(world, item_id).index_number
    assert page.value("发布单位") == "和溪县民政局"
    assert BODY not in page.html
    assert "名单" not in page.html
    assert "部署春季防火" not in page.html
    assert 'content="noindex"' in page.html
    for path in ("print", "versions/1", "files/1/名单.csv"):
        gone = Seen(client, f"/items/{item_id}/{path}")
        assert gone.status == 410
        assert "公示已结束（截止2026年3月30日）" in gone.text


def test_lists_and_counts_keep_it_and_search_and_feeds_leave_it(
    world: World, client: FlaskClient, clock: AdjustableClock
) -> None:
    item_id = published(world, **DISPLAY)
    found = f"/items/{item_id}"
    assert found in Seen(client, "/search?q=春季防火").links
    assert found in Seen(client, f"/units/{UNIT}/feed.atom").html
    clock.advance(days=7)
    assert found not in Seen(client, f"/units/{UNIT}/feed.atom").html
    assert found not in Seen(client, f"/units/{UNIT}/columns/gsgg/feed.atom").html
    for path in (f"/units/{UNIT}/", f"/units/{UNIT}/columns/gsgg/", "/items/"):
        page = Seen(client, path)
        assert found in page.links
        assert "公示已结束" in page.text
    end_displays(world.services)
    work_off(world.services)
    assert found not in Seen(client, "/search?q=春季防火").links
    with world.services.database.system_scope("test") as uow:
        assert unit_counts(uow, tenant=tenant_of(uow, UNIT), period="2026-03").own.counted == 1
        assert differences(uow) == []
        state = world.services.search.verify(uow)
        assert (state.missing, state.extra) == ([], [])


def test_the_job_tells_once_and_again_when_the_day_is_set_anew(world: World, clock: AdjustableClock) -> None:
    item_id = published(world, **DISPLAY)
    published(world, title="没有公示期的", body_html="<p>另一条。</p>")
    end_displays(world.services)
    assert events(world, CHANGED) == []
    clock.advance(days=7)
    end_displays(world.services)
    end_displays(world.services)
    assert events(world, CHANGED) == [item_id]
    work_off(world.services)
    change(world, item_id, "content", "延长公示期", **DISPLAY | {"display_until": date(2026, 4, 5)})
    clock.advance(days=7)
    end_displays(world.services)
    assert events(world, CHANGED) == [item_id]


def test_a_display_that_is_prolonged_is_shown_and_found_again(
    world: World, client: FlaskClient, clock: AdjustableClock
) -> None:
    item_id = published(world, **DISPLAY)
    clock.advance(days=8)
    end_displays(world.services)
    work_off(world.services)
    change(world, item_id, "content", "延长公示期", **DISPLAY | {"display_until": date(2026, 5, 1)})
    assert BODY in Seen(client, f"/items/{item_id}").text
    assert f"/items/{item_id}" in Seen(client, "/search?q=春季防火").links


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"display_until": "2026-03-10", "display_basis": "规定"}, "公示截止早于或等于成文日期"),
        ({"display_until": "2026-03-16", "display_basis": "规定"}, "公示截止早于或等于成文日期"),
        ({"display_until": "2026-04-10"}, "填写了公示截止，未填写依据"),
        ({"display_until": "2026-03-20", "display_basis": "规定"}, "公示截止日期（2026年3月20日）已到"),
        ({"validity_period": "若干年"}, "有效期“若干年”无法识别"),
    ],
)
def test_the_checks_ask_for_a_day_that_fits_and_its_basis(
    world: World, sign_in: SignIn, values: dict[str, str], words: str
) -> None:
    item_id = draft(world)
    writer = sign_in(f"{UNIT}-contributor")
    writer.post(f"/work/items/{item_id}/edit", writer.edit(item_id, **values))
    assert words in writer.get(f"/work/items/{item_id}/submit")
    assert "不是有效日期" in writer.post(f"/work/items/{item_id}/edit", writer.edit(item_id, display_until="下月"), 400)

"""Sources on the screen: proposed by the unit, permitted by the office, changed, paused, run by hand."""

import pytest
from sqlalchemy import select

from gongkai.core.models import AuditEvent
from gongkai.publishing.collection.models import CollectionSource
from gongkai.publishing.imports.views import SPREADSHEET
from tests.conftest import AdjustableClock
from tests.factories.items import work_off
from tests.factories.world import World
from tests.publishing.collection.elsewhere import FORM, Site, entry, items_of, lines, runs_of, set_up, source_of
from tests.publishing.conftest import SignIn


def proposed(sign_in: SignIn, address: str, **changes: str) -> int:
    """A source that waits for permission; returns its id."""
    unit = sign_in("hx-mzj-unit_admin")
    unit.post("/work/collection/new", {**FORM, "address": address, **changes})
    assert "等待政务公开办批准后开始采集。" in unit.page
    return int(unit.location.rpartition("/")[2])


def test_nothing_is_collected_before_the_office_permits_it(near: World, site: Site, sign_in: SignIn) -> None:
    source_id = proposed(sign_in, site.put(lines(entry(1))))
    unit, office = sign_in("hx-mzj-unit_admin"), sign_in("hx-supervisor")
    unit.post(f"/work/collection/{source_id}/run", status=409)
    work_off(near.services)
    assert (runs_of(near, source_id), site.asked) == ([], [])
    assert "1个来源等待批准" in office.get("/office/collection/")
    assert "李四" in office.get(f"/office/collection/{source_id}")
    office.post(f"/office/collection/{source_id}/allow")
    work_off(near.services)
    office.post(f"/office/collection/{source_id}/allow", status=409)
    assert len(items_of(near)) == 1
    kept = source_of(near, source_id)
    assert (kept.office_id, kept.decided_by) == (near.units["hx"], near.people["hx-supervisor"])
    page = unit.get(f"/work/collection/{source_id}")
    assert "最近一次成功采集：2026-03-23 09:30。" in page
    with near.services.database.system_scope("test") as uow:
        deeds = uow.session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("collection.%"))).all()
    assert sorted(deeds) == ["collection.allow", "collection.propose"]
    unit.post(f"/work/collection/{source_id}/run")
    work_off(near.services)
    assert len(runs_of(near, source_id)) == 2
    with unit.client.get(f"/work/collection/{source_id}/runs/{runs_of(near, source_id)[1].id}/report") as download:
        assert download.mimetype == SPREADSHEET
    unit.get(f"/work/collection/{source_id}/runs/{runs_of(near, source_id)[1].id + 1}/report", 404)


def test_the_office_turns_a_source_down_with_a_reason(near: World, site: Site, sign_in: SignIn) -> None:
    source_id = proposed(sign_in, site.put(""))
    office = sign_in("yl-supervisor")
    assert "未填写不予批准的原因" in office.post(f"/office/collection/{source_id}/refuse", {"reason": " "}, 400)
    office.post(f"/office/collection/{source_id}/refuse", {"reason": "请先完成网站备案"})
    assert "请先完成网站备案" in sign_in("hx-mzj-unit_admin").get(f"/work/collection/{source_id}")


def test_what_was_permitted_cannot_be_changed_behind_the_offices_back(
    near: World, site: Site, sign_in: SignIn, clock: AdjustableClock
) -> None:
    source_id = set_up(near, sign_in, site.put(lines(entry(1))))
    unit, at = sign_in("hx-mzj-unit_admin"), f"/work/collection/{source_id}/edit"
    assert 'value="门户网站公告"' in unit.get(at)
    same = {**FORM, "address": site.at("/feed")}
    unit.post(at, {**same, "hour": "8", "name": "公告"})
    assert (source_of(near, source_id).state, source_of(near, source_id).hour) == ("allowed", 8)
    unit.post(at, {**same, "address": site.put(lines(entry(2)), "/other")})
    assert "已重新报送政务公开办审批" in unit.page
    clock.advance(days=2)
    sign_in("hx-mzj-unit_admin").post(f"/work/collection/{source_id}/run", status=409)
    work_off(near.services)
    assert len(items_of(near)) == 1


def test_a_source_is_paused_and_resumed(near: World, site: Site, sign_in: SignIn, clock: AdjustableClock) -> None:
    source_id = set_up(near, sign_in, site.put(lines(entry(1))))
    unit = sign_in("hx-mzj-unit_admin")
    unit.post(f"/work/collection/{source_id}/pause")
    assert "已暂停采集" in unit.page
    unit.post(f"/work/collection/{source_id}/run", status=409)
    clock.advance(days=3)
    sign_in("hx-mzj-unit_admin").post(f"/work/collection/{source_id}/resume")
    work_off(near.services)
    assert len(runs_of(near, source_id)) == 2
    assert source_of(near, source_id).began_at == clock()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "未填写名称"),
        ({"kind": "rss"}, "未选择类型"),
        ({"responsible_person": ""}, "未填写责任人"),
        ({"responsible_person": "李" * 51}, "责任人超过50字"),
        ({"address": ""}, "未填写来源地址"),
        ({"address": "file:///etc/passwd"}, "来源地址不是有效的网址"),
        ({"address": "https://user:secret@a.example/"}, "不能带用户名和密码"),
        ({"address": "inbox/../qs-mzj/a.csv"}, "收件文件夹中的文件名无效"),
        ({"address": "https://a.example/" + "x" * 1000}, "来源地址超过1000字"),
        ({"hour": "24"}, "采集时间无效"),
        ({"hour": "６"}, "采集时间无效"),
        ({"stale_hours": "24"}, "未同步的时限无效"),
        ({"mapping": "标题"}, "“标题”无法识别"),
        ({"mapping": "天气=weather"}, "“天气=weather”无法识别"),
        ({"mapping": "标题=a\n名称=b"}, "“标题”填写了两次"),
    ],
)
def test_a_faulty_form_is_shown_again_and_nothing_is_kept(
    world: World, sign_in: SignIn, changes: dict[str, str], words: str
) -> None:
    unit = sign_in("hx-mzj-unit_admin")
    given = {**FORM, "address": "https://a.example/feed", **changes}
    assert words in unit.post("/work/collection/new", given, 400)
    if changes.get("name") is None:
        assert 'value="门户网站公告"' in unit.page
    with world.services.database.system_scope("test") as uow:
        assert uow.session.scalars(select(CollectionSource)).all() == []


def test_the_units_people_do_not_touch_an_offices_source(near: World, site: Site, sign_in: SignIn) -> None:
    office = sign_in("hx-supervisor")
    office.post("/office/collection/new", {**FORM, "address": site.put(lines(entry(1, unit="hx-mzj")))})
    source_id = int(office.location.rpartition("/")[2])
    office.post(f"/office/collection/{source_id}/run")
    work_off(near.services)
    assert source_of(near, source_id).unit_ids == [near.units["hx-mzj"]]
    sign_in("hx-mzj-unit_admin").get(f"/work/collection/{source_id}", 404)
    # The prefecture's office sees it, and leaves it to the county's.
    above = sign_in("yl-supervisor")
    above.get(f"/office/collection/{source_id}")
    above.post(f"/office/collection/{source_id}/pause", status=409)
    above.get(f"/office/collection/{source_id}/edit", 409)

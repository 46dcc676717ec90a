"""What is published elsewhere is brought here: once, with its own time, anew when it changes there."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from gongkai.core.calendar.instants import SHANGHAI
from gongkai.publishing.chain import decide, submit
from gongkai.publishing.collection.models import CollectedEntry
from gongkai.publishing.collection.tasks import collect_due
from gongkai.publishing.counts import differences
from gongkai.publishing.drafts import form_of, save_draft, start_revision
from gongkai.publishing.ledger import verify_chain
from gongkai.publishing.models import Item, ItemVersion, VersionText
from gongkai.publishing.publication import take_down
from tests.conftest import AdjustableClock
from tests.factories.items import work_off
from tests.factories.world import World
from tests.publishing.collection.elsewhere import (
    FORM,
    Answer,
    Site,
    counts_of,
    entry,
    items_of,
    lines,
    runs_of,
    set_up,
    source_of,
)
from tests.publishing.conftest import SignIn
from tests.publishing.imports.lists import gongkai, issue, workbook


def run(world: World, source_id: int, clock: AdjustableClock) -> tuple[str, int, int, int, int, int]:
    """Collect again, an hour later; what became of it."""
    clock.advance(hours=1)
    gongkai(world.services, "collect", "--source", str(source_id))
    work_off(world.services)
    return counts_of(runs_of(world, source_id)[-1])


def test_items_come_once_with_their_own_time(near: World, site: Site, sign_in: SignIn, clock: AdjustableClock) -> None:
    address = site.put(lines(entry(1), entry(2), entry(3, title="关于3月活动的通知", is_reprint=True)))
    source_id = set_up(near, sign_in, address)
    assert counts_of(runs_of(near, source_id)[0]) == ("done", 3, 0, 0, 0, 0)
    first, _, reprint = items_of(near)
    assert (first.state, first.entry_route, first.period) == ("published", "collected", "2026-03")
    assert first.published_at == datetime(2026, 3, 10, 9, 1, tzinfo=SHANGHAI)
    assert first.recorded_at == clock()
    assert (first.counts_to_quota, reprint.counts_to_quota) == (True, False)
    assert run(near, source_id, clock) == ("done", 0, 0, 3, 0, 0)
    with near.services.database.system_scope("test") as uow:
        assert verify_chain(uow, tenant_id=near.units["hx-mzj"]) is None
        assert differences(uow) == []
    page = sign_in("hx-mzj-contributor").get(f"/work/items/{first.id}")
    assert ("采集入库" in page, "采集" in page) == (True, True)


def test_a_changed_text_is_a_new_version_and_keeps_number_time_and_count(
    near: World, site: Site, sign_in: SignIn, clock: AdjustableClock
) -> None:
    source_id = set_up(near, sign_in, site.put(lines(entry(1), entry(2))))
    before = items_of(near)[0]
    site.put(lines(entry(1, body="更正后的正文。", published_at="2026-02-01T01:00:00Z", is_reprint=True), entry(2)))
    assert run(near, source_id, clock) == ("done", 0, 1, 1, 0, 0)
    after = items_of(near)[0]
    kept = ("published_at", "period", "index_number", "counts_to_quota", "column_id")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert (after.change_kind, after.changed_at, after.body_html) == ("content", clock(), "<p>更正后的正文。</p>")
    with near.services.database.system_scope("test") as uow:
        versions = uow.session.scalars(select(ItemVersion).where(ItemVersion.item_id == after.id)).all()
        text = uow.session.get_one(VersionText, after.current_version_id)
        assert verify_chain(uow, tenant_id=near.units["hx-mzj"]) is None
    assert sorted(version.version for version in versions) == [1, 2]
    assert text.body_html == "<p>更正后的正文。</p>"
    assert "仍按首次采集的2026年3月10日 09:01统计" in report(near, source_id)["提示"][0][3]
    assert run(near, source_id, clock) == ("done", 0, 0, 2, 0, 0)


def report(world: World, source_id: int) -> dict[str, list[list[str]]]:
    """The sheets of the last run's report, without their headers."""
    digest = runs_of(world, source_id)[-1].report_digest
    assert digest is not None
    with world.services.files.open(digest) as stored:
        book = load_workbook(stored)
        return {
            name: [[str(cell.value) for cell in line] for line in book[name].iter_rows(min_row=2)]
            for name in book.sheetnames
        }  # fmt: skip


def test_what_vanishes_is_listed_and_not_taken_down(
    near: World, site: Site, sign_in: SignIn, clock: AdjustableClock
) -> None:
    source_id = set_up(near, sign_in, site.put(lines(*(entry(number) for number in range(4)))))
    # A row that is faulty today is there all the same.
    site.put(lines(entry(0), entry(1, title=""), entry(2)))
    assert run(near, source_id, clock) == ("done", 0, 0, 2, 1, 1)
    assert {item.state for item in items_of(near)} == {"published"}
    unit = sign_in("hx-mzj-unit_admin")
    page = unit.get(f"/work/collection/{source_id}")
    assert page.split('id="missing"')[1].split("</table>")[0].count("<tr>") == 2
    assert "有1条已采集的信息，来源中已经没有" in page
    assert report(near, source_id)["来源中已没有的信息"][0][1] == "关于第3号事项的公告"
    site.put(lines(*(entry(number) for number in range(4))))
    assert run(near, source_id, clock) == ("done", 0, 0, 4, 0, 0)
    site.put("")
    assert run(near, source_id, clock)[0] == "failed"
    assert "清单是空的" in runs_of(near, source_id)[-1].note


def test_an_item_taken_down_here_does_not_come_back(
    near: World, site: Site, sign_in: SignIn, clock: AdjustableClock
) -> None:
    source_id = set_up(near, sign_in, site.put(lines(entry(1))))
    with near.services.database.transaction() as uow:
        actor = near.actor(uow, "hx-mzj-approver")
        take_down(uow, tenant_id=actor.tenant_id, item_id=items_of(near)[0].id, reason="含个人信息")
    site.put(lines(entry(1, body="新的正文。")))
    assert run(near, source_id, clock) == ("done", 0, 0, 1, 0, 0)
    assert [(item.state, item.body_html) for item in items_of(near)] == [
        ("taken_down", "<p>现将第1号事项公告如下。</p>")
    ]
    assert "平台已撤下" in report(near, source_id)["提示"][0][3]


def test_a_correction_made_here_is_not_undone(near: World, site: Site, sign_in: SignIn, clock: AdjustableClock) -> None:
    source_id = set_up(near, sign_in, site.put(lines(entry(1, summary="公布事项。", formed_date="2026-03-09"))))
    item = items_of(near)[0]
    with near.services.database.transaction() as uow:
        actor = near.actor(uow, "hx-mzj-contributor")
        revision = start_revision(uow, actor=actor, item_id=item.id, change_kind="erratum", reason="错字")
        changes = {"title": "更正的标题", "responsible_unit": "办公室", "secrecy_cleared": True}
        form = form_of(revision)
        for name, value in changes.items():
            object.__setattr__(form, name, value)
        save_draft(uow, actor=actor, item_id=revision.id, form=form)
    # While it is revised here, a change there waits.
    site.put(lines(entry(1, summary="公布事项。", formed_date="2026-03-09", body="来源的新正文。")))
    assert run(near, source_id, clock)[0] == "failed"
    assert "平台上的修改稿正在办理" in runs_of(near, source_id)[-1].note
    site.put(lines(entry(1, summary="公布事项。", formed_date="2026-03-09")))
    with near.services.database.transaction() as uow:
        submit(uow, actor=near.actor(uow, "hx-mzj-contributor"), item_id=revision.id)
    with near.services.database.transaction() as uow:
        decide(uow, actor=near.actor(uow, "hx-mzj-confidentiality_reviewer"), item_id=revision.id)
    assert run(near, source_id, clock) == ("done", 0, 0, 1, 0, 0)
    assert items_of(near)[0].title == "更正的标题"


def test_a_draft_with_the_same_address_is_left_alone(
    near: World, site: Site, sign_in: SignIn, clock: AdjustableClock
) -> None:
    source_id = set_up(near, sign_in, site.put(lines(entry(1), entry(2))))
    with near.services.database.system_scope("test") as uow:
        item = uow.session.get_one(Item, items_of(near)[0].id)
        item.state, item.step = "in_review", "confidentiality_review"
    site.put(lines(entry(1, body="新的正文。"), entry(2)))
    assert run(near, source_id, clock) == ("done", 0, 0, 1, 1, 0)


def test_an_office_collects_for_the_units_that_its_rows_name(
    near: World, site: Site, sign_in: SignIn, clock: AdjustableClock
) -> None:
    rows = [entry(1, unit="hx-mzj"), entry(2, 单位="清水镇"), entry(3, unit="qs-mzj"), entry(4)]
    office = sign_in("hx-supervisor")
    office.post("/office/collection/new", {**FORM, "address": site.put(lines(*rows))})
    source_id = int(office.location.rpartition("/")[2])
    assert "每日采集" in office.page
    assert run(near, source_id, clock)[:5] == ("done", 3, 0, 0, 1)
    assert [len(items_of(near, unit)) for unit in ("hx-mzj", "hx-qsz", "qs-mzj", "hx")] == [1, 1, 0, 1]
    assert sorted(source_of(near, source_id).unit_ids) == sorted(
        near.units[unit] for unit in ("hx-mzj", "hx-qsz", "hx")
    )
    with near.services.database.unit_of_work() as uow:
        near.actor(uow, "hx-qsz-unit_admin")
        assert len(uow.session.scalars(select(CollectedEntry)).all()) == 1


def test_two_sources_of_one_address_do_not_take_it_from_each_other(
    near: World, site: Site, sign_in: SignIn, clock: AdjustableClock
) -> None:
    first = set_up(near, sign_in, site.put(lines(entry(1))))
    office = sign_in("hx-supervisor")
    office.post(
        "/office/collection/new", {**FORM, "address": site.put(lines(entry(1, unit="hx-mzj", body="另一正文。")), "/b")}
    )
    second = int(office.location.rpartition("/")[2])
    assert run(near, second, clock) == ("done", 0, 0, 1, 0, 0)
    assert items_of(near)[0].body_html == "<p>现将第1号事项公告如下。</p>"
    sign_in("hx-mzj-unit_admin").post(f"/work/collection/{first}/pause")
    assert run(near, second, clock) == ("done", 0, 1, 0, 0, 0)


def test_what_comes_into_an_issued_month_is_counted_there_and_said(
    near: World, site: Site, sign_in: SignIn, clock: AdjustableClock
) -> None:
    issue(near, "hx", "2026-02")
    source_id = set_up(near, sign_in, site.put(lines(entry(1, published_at="2026-02-10T01:00:00Z"), entry(2))))
    assert [item.period for item in items_of(near)] == ["2026-02", "2026-03"]
    assert "2026年2月的通报已由和溪县印发：本次导入有1条计入该月统计" in runs_of(near, source_id)[0].note
    assert "采集的信息计入已印发通报的月份：门户网站公告" in sign_in("hx-supervisor").get("/work/notices")
    assert run(near, source_id, clock) == ("done", 0, 0, 2, 0, 0)
    assert runs_of(near, source_id)[1].late == []


def test_a_table_from_the_inbox_is_read_by_its_mapping(near: World, sign_in: SignIn, clock: AdjustableClock) -> None:
    folder = near.services.settings.data_directory / "inbox" / "hx-mzj"
    folder.mkdir(parents=True, exist_ok=True)
    header = ("catalog", "docTitle", "发布日期", "链接", "内容")
    data = workbook([("gsgg", "关于低保的公告", "2026-03-10 09:30", "https://a.example/1", "公告如下。")], header)
    (folder / "gongkai.xlsx").write_bytes(data)
    source_id = set_up(
        near, sign_in, "inbox/gongkai.xlsx", kind="table", column_code="", mapping="栏目=catalog\n标题＝docTitle"
    )
    assert counts_of(runs_of(near, source_id)[0]) == ("done", 1, 0, 0, 0, 0)
    assert items_of(near)[0].title == "关于低保的公告"
    (folder / "gongkai.xlsx").unlink()
    assert run(near, source_id, clock)[0] == "failed"
    assert "收件文件夹中没有文件“gongkai.xlsx”" in runs_of(near, source_id)[-1].note


def test_a_source_is_collected_once_a_day_from_its_hour_on(
    near: World, site: Site, sign_in: SignIn, clock: AdjustableClock
) -> None:
    source_id = set_up(near, sign_in, site.put(lines(entry(1))), hour="14")

    def ran(**by: float) -> int:
        clock.advance(**by)
        collect_due(near.services)
        work_off(near.services)
        return len(runs_of(near, source_id))

    assert [ran(), ran(hours=4), ran(minutes=40), ran(hours=5), ran(hours=18), ran(hours=1)] == [1, 1, 2, 2, 2, 3]
    site.pages["/feed"] = Answer(status=503)
    assert [ran(hours=24), ran(minutes=30), ran(minutes=30), ran(minutes=59)] == [4, 4, 5, 5]
    assert "状态码503" in runs_of(near, source_id)[-1].note
    site.put(lines(entry(1)))
    assert [ran(minutes=1), ran(hours=2)] == [6, 6]


def test_the_command_tells_what_it_did(near: World, site: Site, sign_in: SignIn, clock: AdjustableClock) -> None:
    nothing = gongkai(near.services, "collect")
    assert (nothing.exit_code, nothing.stdout) == (0, "没有可以采集的来源。\n")
    source_id = set_up(near, sign_in, site.put(lines(entry(1))))
    clock.advance(hours=1)
    site.put(lines(entry(1), entry(2), entry(3, published_at="昨天")))
    done = gongkai(near.services, "collect", "--json")
    (found,) = json.loads(done.stdout)
    assert (done.exit_code, found["source"], found["total"]) == (1, source_id, 3)
    assert [found[name] for name in ("created", "changed", "unchanged", "refused", "missing")] == [1, 0, 1, 1, 0]
    unknown = gongkai(near.services, "collect", "--source", "999")
    assert (unknown.exit_code, "没有编号为999的在用来源" in unknown.stderr) == (1, True)


def test_a_run_that_is_under_way_is_not_begun_again(
    near: World, site: Site, sign_in: SignIn, clock: AdjustableClock
) -> None:
    source_id = set_up(near, sign_in, site.put(lines(entry(1))))
    with near.services.database.system_scope("test") as uow:
        last = uow.session.get_one(type(runs_of(near, source_id)[0]), runs_of(near, source_id)[0].id)
        last.state, last.finished_at = "running", uow.now
    gongkai(near.services, "collect")
    assert len(runs_of(near, source_id)) == 1
    clock.advance(minutes=11)
    gongkai(near.services, "collect")
    assert [found.state for found in runs_of(near, source_id)] == ["failed", "done"]


@pytest.mark.parametrize("count", [1200])
def test_a_long_list_arrives_complete(near: World, site: Site, sign_in: SignIn, count: int) -> None:
    start = datetime(2026, 3, 1, tzinfo=SHANGHAI)
    rows = [entry(n, published_at=(start + timedelta(minutes=n)).isoformat()) for n in range(count)]
    source_id = set_up(near, sign_in, site.put(lines(*rows)))
    assert counts_of(runs_of(near, source_id)[0]) == ("done", count, 0, 0, 0, 0)
    assert Path(site.asked[0]) == Path("/feed")

"""Tasks from above, from the preview to the link that is checked, through the pages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from gongkai.core.tables.columns import Column
from gongkai.core.tables.reading import read_table
from gongkai.publishing.models import Item
from gongkai.supervision.assignments.notices import remind_units
from gongkai.supervision.assignments.standing import Stand, TaskFigures
from tests.conftest import AdjustableClock
from tests.factories.items import draft, published, work_off
from tests.factories.world import World
from tests.supervision.assignments.desk import ORIGINAL, REPOST, TITLE, YEARLY, facts, handed_out, removed, share, tasks
from tests.supervision.slips.desk import Desk, notices


@pytest.fixture
def office(app: Flask, world: World) -> Desk:
    return Desk(app, world, "hx-supervisor")


@pytest.fixture
def unit(app: Flask, world: World) -> Desk:
    return Desk(app, world, "hx-mzj-contributor")


def number_of(world: World, item_id: int) -> str:
    """An item's index number."""
    with world.services.database.system_scope("test") as uow:
        return uow.session.get_one(Item, item_id).index_number or ""


def test_the_preview_says_who_gets_it_and_hands_nothing_out(world: World, office: Desk) -> None:
    fields = REPOST | {"classes": ["部门", "乡镇（街道）"], "names": "和溪供水公司"}
    page = office.send("/office/assignments/new", 200, **fields)
    assert "3家单位将收到这项任务，应于2026年3月24日 09:00前办结。" in page
    assert "和溪县民政局、清水镇、和溪供水公司" in page
    assert f'name="source_url" value="{ORIGINAL}"' in page
    assert 'name="received_at" value="2026-03-23T09:00:00"' in page, "the hours run from what was seen"
    assert tasks(world) == []
    back = office.send("/office/assignments/new", 200, deed="edit", **fields)
    assert f'value="{TITLE}"' in back
    place = office.send("/office/assignments/new", deed="hand_out", **fields)
    assert tasks(world)[0].due_at == datetime(2026, 3, 24, 1, tzinfo=UTC)
    assert "3家单位中已办结0家，尚有3家应于2026年3月24日 09:00前办结" in office.page(place)


def test_units_without_the_column_are_left_out(world: World, office: Desk) -> None:
    fields = YEARLY | {"column_code": "qtwj", "names": "和溪县民政局、和溪供水公司"}
    page = office.send("/office/assignments/new", 200, **fields)
    assert "1家单位将收到这项任务" in page
    assert "栏目，不列入（1家）" in page
    place = office.send("/office/assignments/new", deed="hand_out", **fields)
    assert "和溪供水公司" not in office.page(place)
    alone = office.send("/office/assignments/new", 400, deed="hand_out", **fields | {"names": "和溪供水公司"})
    assert "栏目；请另选单位，或者不限定栏目" in alone


@pytest.mark.parametrize(
    ("task", "changes", "problem"),
    [
        (REPOST, {"names": ""}, "未选择单位"),
        (REPOST, {"names": "青石县民政局"}, "“青石县民政局”不是本机关督查范围内的单位"),
        (REPOST, {"kind": "other"}, "未选择任务类型"),
        (REPOST, {"title": ""}, "任务名称没有填写"),
        (REPOST, {"source": " "}, "任务来源没有填写"),
        (REPOST, {"source_url": ""}, "原文网址没有填写"),
        (REPOST, {"source_url": "gov.cn"}, "原文网址不是有效的网址"),
        (REPOST, {"hours": "0"}, "完成时限没有填写或者无效"),
        (REPOST, {"hours": "two"}, "完成时限没有填写或者无效"),
        (REPOST, {"received_at": "2026-03-24T09:00"}, "收到时间晚于现在"),
        (REPOST, {"received_at": "9999-12-31T23:59"}, "收到时间晚于现在"),
        (REPOST, {"received_at": "2026-01-20T09:00"}, "收到时间早于一个月以前"),
        (REPOST, {"received_at": "2026-03-20T09:00"}, "完成时限已经过去"),
        (YEARLY, {"due_date": ""}, "完成日期没有填写"),
        (YEARLY, {"due_date": "六月"}, "完成日期“六月”不是有效日期"),
        (YEARLY, {"due_date": "2026-03-22"}, "完成时限已经过去"),
        (YEARLY, {"column_code": "none"}, "没有这个栏目"),
    ],
)
def test_a_wrong_task_names_the_field(
    world: World, office: Desk, task: dict[str, str], changes: dict[str, str], problem: str
) -> None:
    page = office.send("/office/assignments/new", 400, **{"names": "民政局", **task, **changes})
    assert problem in page
    assert tasks(world) == []


def test_a_repost_is_received_done_and_undone_when_it_is_taken_down(world: World, office: Desk, unit: Desk) -> None:
    task_id = handed_out(office, world, REPOST, "hx-mzj", "hx-qsz")
    work_off(world.services)
    assert notices(world, "hx-mzj", "assignment") == ["新的转载任务"]
    own = share(world, task_id, "hx-mzj").id
    assert "有1项任务待办结，最早应于2026年3月24日 09:00前办结。" in unit.page("/work/assignments/")
    unit.send(f"/work/assignments/{own}/receipt")
    assert share(world, task_id, "hx-mzj").receipt_name == "hx-mzj-contributor"
    item_id = published(world, title="国务院办公厅 关于做好防汛工作的通知")
    unit.send(f"/work/assignments/{own}", link=number_of(world, item_id))
    assert share(world, task_id, "hx-mzj").item_id == item_id
    assert "按时办结。" in unit.page(f"/work/assignments/{own}")
    assert "没有待办结的任务。" in unit.page("/work/assignments/")
    assert facts(world).reposts == TaskFigures(handed_out=2, on_time=1, pending=1)
    removed(world, item_id)
    assert "填报的信息现未公开，任务重新计为未办结" in unit.page(f"/work/assignments/{own}")
    assert "现未公开" in office.page(f"/office/assignments/{task_id}")
    assert facts(world).reposts == TaskFigures(handed_out=2, pending=2)


@pytest.mark.parametrize(
    "form", ["{number}", "http://localhost/items/{id}", "/items/{id}", "http://localhost/index/{number}"]
)
def test_an_own_item_is_found_by_number_and_by_address(world: World, office: Desk, unit: Desk, form: str) -> None:
    task_id = handed_out(office, world, YEARLY, "hx-mzj")
    item_id = published(world)
    link = form.format(id=item_id, number=number_of(world, item_id))
    unit.send(f"/work/assignments/{share(world, task_id, 'hx-mzj').id}", link=link)
    assert share(world, task_id, "hx-mzj").item_id == item_id
    (fact,) = facts(world).shares
    assert (fact.checked, fact.stand, fact.unit) == (True, Stand.ON_TIME, "和溪县民政局")


def test_what_is_no_public_item_of_the_unit_is_refused(world: World, office: Desk, unit: Desk) -> None:
    task_id = handed_out(office, world, REPOST, "hx-mzj")
    place = f"/work/assignments/{share(world, task_id, 'hx-mzj').id}"
    hidden, foreign = draft(world, title=TITLE), published(world, "qs-mzj", title=TITLE)
    other = published(world, title="关于做好抗旱工作的通知")
    for link, problem in (
        ("", "办结信息没有填写"),
        (f"http://localhost/items/{hidden}?{'9' * 500}", "办结信息超过500字"),
        (f"/items/{hidden}", "没有找到这条已公开的信息"),
        ("00000000/2026-00001", "没有找到这条已公开的信息"),
        (f"/items/{foreign}", "这条信息不是本单位公开的"),
        (f"/items/{other}", "这条信息的标题与转载任务不同"),
        ("ftp://example.cn/1", "办结信息不是有效的索引号或者网址"),
        ("http://localhost/units/hx-mzj/", "没有找到这条已公开的信息"),
    ):
        assert problem in unit.send(place, 400, link=link), link
    assert share(world, task_id, "hx-mzj").done_at is None


def test_a_reprint_marked_with_its_original_counts_under_another_title(world: World, office: Desk, unit: Desk) -> None:
    task_id = handed_out(office, world, REPOST, "hx-mzj")
    item_id = published(world, title="转载：防汛通知", is_reprint=True)
    own = share(world, task_id, "hx-mzj").id
    refused = unit.send(f"/work/assignments/{own}", 400, link=f"/items/{item_id}")
    assert "没有标明转载并附原文网址" in refused
    with world.services.database.system_scope("test") as uow:
        uow.session.get_one(Item, item_id).source_url = f"{ORIGINAL.replace('https', 'http')}/"
    unit.send(f"/work/assignments/{own}", link=f"/items/{item_id}")
    assert share(world, task_id, "hx-mzj").item_id == item_id
    for is_reprint, status in ((False, 400), (True, 302)):
        body = f"<p>全文转载。原文网址：{ORIGINAL}</p>"
        named = published(world, title=f"防汛{is_reprint}", is_reprint=is_reprint, body_html=body)
        unit.send(f"/work/assignments/{own}", status, link=f"/items/{named}")


def test_the_result_stands_in_the_column_that_was_asked_for(world: World, office: Desk, unit: Desk) -> None:
    task_id = handed_out(office, world, YEARLY, "hx-mzj", column_code="qtwj")
    own = share(world, task_id, "hx-mzj").id
    assert "栏目；请将信息发布到任务要求的栏目后再填写" in unit.send(
        f"/work/assignments/{own}", 400, link=f"/items/{published(world)}"
    )
    unit.send(f"/work/assignments/{own}", link=f"/items/{published(world, column='qtwj', title='要点进展')}")


def test_a_page_elsewhere_is_kept_as_said_and_can_be_returned(world: World, office: Desk, unit: Desk) -> None:
    task_id = handed_out(office, world, YEARLY, "hx-mzj")
    own = share(world, task_id, "hx-mzj").id
    unit.send(f"/work/assignments/{own}", link="https://media.example.cn/1", note="微信公众号转载")
    assert (share(world, task_id, "hx-mzj").item_id, facts(world).shares[0].checked) == (None, False)
    assert "不在本平台，未核对" in office.page(f"/office/assignments/{task_id}")
    assert facts(world).tasks == TaskFigures(handed_out=1, on_time=1)
    place = f"/office/assignments/{task_id}/shares/{own}"
    assert "退回的原因没有填写" in office.send(place, 400)
    office.send(place, reason="网址打不开")
    work_off(world.services)
    assert notices(world, "hx-mzj", "assignment") == ["新的年度要点", "年度要点的办结被退回"]
    assert facts(world).tasks == TaskFigures(handed_out=1, pending=1)
    assert "还没有报告办结" in office.send(place, 409, reason="再退一次")
    assert "退回：网址打不开" in unit.page(f"/work/assignments/{own}")


def test_reminders_come_a_day_before_and_when_the_time_is_over_once_each(
    world: World, office: Desk, clock: AdjustableClock
) -> None:
    handed_out(office, world, YEARLY, "hx-mzj")
    handed_out(office, world, REPOST, "hx-qsz", hours="6")
    work_off(world.services)
    begin = clock.now
    seen = {"hx-mzj": ["新的年度要点"], "hx-qsz": ["新的转载任务"]}
    for hours, unit, more in (
        (1, "hx-qsz", []),
        (6, "hx-qsz", ["转载任务逾期未办结"]),
        (7 * 24, "hx-mzj", []),
        (8 * 24, "hx-mzj", ["年度要点即将到期"]),
        (9 * 24, "hx-mzj", ["年度要点逾期未办结"]),
        (10 * 24, "hx-mzj", []),
    ):
        clock.now = begin + timedelta(hours=hours)
        remind_units(world.services)
        remind_units(world.services)
        seen[unit] += more
        for code, expected in seen.items():
            assert notices(world, code, "assignment") == expected, hours
    assert facts(world).reposts.overdue == facts(world).tasks.overdue == 1
    assert {fact.unit for fact in facts(world).overdue} == {"和溪县民政局", "清水镇"}


def test_late_is_told_by_the_publication_not_by_the_report(
    world: World, office: Desk, unit: Desk, clock: AdjustableClock
) -> None:
    first, second = (handed_out(office, world, YEARLY, "hx-mzj", title=title) for title in ("甲", "乙"))
    early = published(world, title="按时发布")
    clock.advance(days=10)
    remind_units(world.services)
    late = published(world, title="逾期发布")
    unit.send(f"/work/assignments/{share(world, first, 'hx-mzj').id}", link=f"/items/{early}")
    unit.send(f"/work/assignments/{share(world, second, 'hx-mzj').id}", link=f"/items/{late}")
    assert facts(world).tasks == TaskFigures(handed_out=2, on_time=1, late=1)
    page = office.page("/office/assignments/")
    assert "2026年应办结2家次，没有逾期未办结的。" in page
    assert "逾期办结" in office.page(f"/office/assignments/{second}")


def test_a_withdrawn_task_counts_nowhere(world: World, office: Desk, unit: Desk) -> None:
    task_id = handed_out(office, world, YEARLY, "hx-mzj")
    own = share(world, task_id, "hx-mzj").id
    assert "撤回的原因没有填写" in office.send(f"/office/assignments/{task_id}/withdraw", 400)
    office.send(f"/office/assignments/{task_id}/withdraw", reason="上级取消")
    work_off(world.services)
    assert notices(world, "hx-mzj", "assignment")[-1] == "年度要点已撤回"
    assert facts(world).shares == ()
    assert "任务已撤回：上级取消" in unit.page(f"/work/assignments/{own}")
    assert "无需办理" in unit.send(f"/work/assignments/{own}", 409, link="https://media.example.cn/1")
    assert "无需办理" in unit.send(f"/work/assignments/{own}/receipt", 409)
    assert "已经撤回" in office.send(f"/office/assignments/{task_id}/withdraw", 409, reason="再次")


def test_the_list_is_filtered_and_exported(world: World, office: Desk, unit: Desk) -> None:
    first = handed_out(office, world, YEARLY, "hx-mzj", "hx-qsz", title="甲事项")
    handed_out(office, world, REPOST, "hx-gs", title="乙事项")
    unit.send(f"/work/assignments/{share(world, first, 'hx-mzj').id}", link="https://media.example.cn/1")
    for query, found in (
        ("q=甲", {"甲事项"}),
        ("q=供水", {"乙事项"}),
        ("kind=repost", {"乙事项"}),
        ("state=on_time", {"甲事项"}),
        ("state=pending", {"甲事项", "乙事项"}),
        ("state=withdrawn", set()),
        ("year=2025", set()),
    ):
        page = office.page(f"/office/assignments/?{query}")
        assert {name for name in ("甲事项", "乙事项") if name in page} == found, query
    columns = (Column("unit", "单位"), Column("state", "完成情况"), Column("checked", "是否核对"))
    table = read_table(office.file("/office/assignments/tasks.xlsx?q=甲"), "任务.xlsx", columns=columns)
    assert [(row.text("unit"), row.text("state"), row.text("checked")) for row in table.rows] == [
        ("和溪县民政局", "按时办结", "未核对"), ("和溪县清水镇人民政府", "待办结", ""),
    ]  # fmt: skip


def test_facts_are_of_the_month_of_the_due_day_and_of_one_office(app: Flask, world: World, office: Desk) -> None:
    handed_out(office, world, YEARLY, "hx-mzj")
    handed_out(office, world, YEARLY | {"due_date": "2026-04-01"}, "hx-mzj")
    handed_out(Desk(app, world, "yl-supervisor"), world, YEARLY, "hx-mzj", "qs")
    assert len(facts(world).shares) == len(facts(world, "2026-04").shares) == 1
    assert len(facts(world, office="yl").shares) == 2
    assert isinstance(facts(world, "2027-01"), type(facts(world)))


def test_somebody_who_only_reviews_reads_and_reports_nothing(app: Flask, world: World, office: Desk) -> None:
    own = share(world, handed_out(office, world, YEARLY, "hx-mzj"), "hx-mzj").id
    reviewer = Desk(app, world, "hx-mzj-confidentiality_reviewer")
    assert "填报办结" not in reviewer.page(f"/work/assignments/{own}")
    fields: dict[str, Any] = {"link": "https://media.example.cn/1"}
    reviewer.send(f"/work/assignments/{own}", 403, **fields)

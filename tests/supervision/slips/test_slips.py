"""Reminder slips from their number to their closure, through the pages."""

from datetime import date, timedelta
from io import BytesIO
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask

from gongkai.core.errors import Conflict
from gongkai.core.tables.columns import Column
from gongkai.core.tables.reading import read_table
from gongkai.supervision.slips.notices import remind_units
from gongkai.supervision.slips.schemas import SlipForm
from gongkai.supervision.slips.services import close, issue
from tests.conftest import AdjustableClock
from tests.factories.items import work_off
from tests.factories.world import World
from tests.supervision.slips.desk import ANSWER, SLIP, Desk, delivery, figures, issued, notices, slips

FORM = SlipForm("提示", "依据", "内容", 5, "王明", "0550-1")


@pytest.fixture
def office(app: Flask, world: World) -> Desk:
    return Desk(app, world, "hx-supervisor")


@pytest.fixture
def unit(app: Flask, world: World) -> Desk:
    return Desk(app, world, "hx-mzj-contributor")


def test_a_slip_goes_to_several_units_each_with_its_own_state(world: World, office: Desk, unit: Desk) -> None:
    slip_id = issued(office, world, "hx-mzj", names="清水、和溪供水公司")
    assert [slip.number for slip in slips(world)] == ["提示〔2026〕1号"]
    assert slips(world)[0].due_date == date(2026, 3, 30), "five working days after Monday 23"
    page = office.page(f"/office/slips/{slip_id}")
    assert "印发3家单位，已办结0家，请各单位于2026-03-30前回复。" in page
    own = delivery(world, slip_id, "hx-mzj").id
    assert "有1份提示单待回复，最早应于2026-03-30前回复。" in unit.page("/work/slips/")
    assert SLIP["basis"] in unit.page(f"/work/slips/{own}")
    assert delivery(world, slip_id, "hx-mzj").state == "read"
    assert delivery(world, slip_id, "hx-qsz").state == "issued"


def test_a_long_slip_is_paged_and_begins_with_what_waits_for_the_office(
    app: Flask, world: World, office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gongkai.supervision.slips.views.SHOWN_UNITS", 1)
    slip_id = issued(office, world, "hx-mzj", "hx-qsz", "hx-gs")
    Desk(app, world, "hx-gs-contributor").send(f"/work/slips/{delivery(world, slip_id, 'hx-gs').id}", **ANSWER)
    pages = [office.page(f"/office/slips/{slip_id}?page={number}") for number in (1, 2, 3, 9)]
    for page, unit in zip(pages, ("hx-gs", "hx-mzj", "hx-qsz", "hx-qsz"), strict=True):
        assert f'id="unit-{delivery(world, slip_id, unit).id}"' in page
        assert page.count('id="unit-') == 2, "a section and its heading"
        assert "1家单位已回复，待审核；3家中已办结0家。" in page


def test_a_class_of_units_is_addressed_at_once(world: World, office: Desk) -> None:
    slip_id = int(office.send("/office/slips/new", classes="部门", **SLIP).rsplit("/", 1)[1])
    assert delivery(world, slip_id, "hx-mzj").state == "issued"
    assert figures(world).issued == 1


def test_reading_by_somebody_who_cannot_reply_is_not_a_receipt(app: Flask, world: World, office: Desk) -> None:
    slip_id = issued(office, world, "hx-mzj")
    Desk(app, world, "hx-mzj-confidentiality_reviewer").page(f"/work/slips/{delivery(world, slip_id, 'hx-mzj').id}")
    assert delivery(world, slip_id, "hx-mzj").state == "issued"


def test_reply_return_reply_and_closure(
    world: World, office: Desk, unit: Desk, clock: AdjustableClock
) -> None:  # fmt: skip
    slip_id = issued(office, world, "hx-mzj")
    own = delivery(world, slip_id, "hx-mzj").id
    file = (BytesIO(b"%PDF-1.4 evidence"), "佐证.pdf")
    unit.send(f"/work/slips/{own}", attachment=file, **ANSWER)
    work_off(world.services)
    assert notices(world, "hx") == ["工作提示单已回复"]
    shown = office.page(f"/office/slips/{slip_id}")
    assert "1家单位已回复，待审核" in shown
    assert ANSWER["link"] in shown
    answer = shown.split("/office/slips/answers/")[1].split('"')[0]
    assert office.file(f"/office/slips/answers/{answer}") == b"%PDF-1.4 evidence"
    assert unit.file(f"/work/slips/answers/{answer}") == b"%PDF-1.4 evidence"
    refused = office.send(f"/office/slips/deliveries/{own}", 400, deed="return", reason="", working_days="0")
    assert "退回的原因没有填写" in refused
    assert "回复时限没有填写或者无效" in refused
    clock.advance(days=4)
    office.send(f"/office/slips/deliveries/{own}", deed="return", reason="页面打不开", working_days="2")
    work_off(world.services)
    assert notices(world, "hx-mzj") == ["收到工作提示单", "工作提示单的回复被退回"]
    returned = delivery(world, slip_id, "hx-mzj")
    assert (returned.state, returned.returns, returned.due_date) == ("returned", 1, date(2026, 3, 31))
    assert "页面打不开" in unit.page(f"/work/slips/{own}")
    unit.send(f"/work/slips/{own}", **ANSWER)
    office.send(f"/office/slips/deliveries/{own}", deed="close")
    settled = delivery(world, slip_id, "hx-mzj")
    assert (settled.state, settled.late) == ("closed", False)
    assert "已办结。" in unit.page(f"/work/slips/{own}")
    assert "没有待回复的提示单。" in unit.page("/work/slips/")
    assert figures(world).closure == (1, 1)
    assert "已办结1家次，办结率100.0%（1/1）" in office.page("/office/slips/")


@pytest.mark.parametrize("deed", ["close", "return"])
def test_nothing_is_decided_without_a_reply(world: World, office: Desk, deed: str) -> None:
    slip_id = issued(office, world, "hx-mzj")
    own = delivery(world, slip_id, "hx-mzj").id
    page = office.send(f"/office/slips/deliveries/{own}", 409, deed=deed, reason="不实", working_days="2")
    assert "这份提示单现在是“未阅”" in page
    assert delivery(world, slip_id, "hx-mzj").state == "issued"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"text": " "}, "回复内容没有填写"),
        ({"link": "www.example.cn"}, "办理结果网址不是有效的网址"),
        ({"link": "javascript:alert(1)"}, "办理结果网址不是有效的网址"),
        ({"attachment": (BytesIO(b"MZ program"), "a.exe")}, "不能"),
    ],
)
def test_a_wrong_reply_is_refused_and_kept_on_the_page(
    world: World, office: Desk, unit: Desk, changes: dict[str, Any], problem: str
) -> None:
    slip_id = issued(office, world, "hx-mzj")
    own = delivery(world, slip_id, "hx-mzj").id
    page = unit.send(f"/work/slips/{own}", 400, **ANSWER | changes)
    assert problem in page
    if "text" not in changes:
        assert ANSWER["text"] in page
    assert delivery(world, slip_id, "hx-mzj").replied_at is None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"units": []}, "未选择单位"),
        ({"names": "青石县民政局"}, "“青石县民政局”不是本机关督查范围内的单位"),
        ({"matter": ""}, "提示事项没有填写"),
        ({"matter": "长" * 101}, "提示事项过长（101字）"),
        ({"body": "\n"}, "提示内容没有填写"),
        ({"working_days": "0"}, "回复时限没有填写或者无效"),
        ({"working_days": "61"}, "回复时限没有填写或者无效"),
        ({"about_url": "ftp://a"}, "涉及页面的网址不是有效的网址"),
    ],
)
def test_a_wrong_slip_is_refused_and_takes_no_number(
    world: World, office: Desk, changes: dict[str, Any], problem: str
) -> None:
    fields = {"units": [str(world.units["hx-mzj"])], **SLIP, **changes}
    assert problem in office.send("/office/slips/new", 400, **fields)
    issued(office, world, "hx-mzj")
    assert [slip.sequence for slip in slips(world)] == [1]


def test_a_foreign_unit_cannot_be_addressed_by_its_id(world: World, office: Desk) -> None:
    page = office.send("/office/slips/new", 400, units=[str(world.units["qs-mzj"])], **SLIP)
    assert "未选择单位" in page
    assert slips(world) == []


def test_withdrawn_slips_keep_their_number_and_count_nowhere(world: World, office: Desk, unit: Desk) -> None:
    first = issued(office, world, "hx-mzj", "hx-qsz")
    own = delivery(world, first, "hx-mzj").id
    unit.send(f"/work/slips/{own}", **ANSWER)
    office.send(f"/office/slips/deliveries/{own}", deed="close")
    assert "撤回的原因没有填写" in office.send(f"/office/slips/{first}/withdraw", 400)
    office.send(f"/office/slips/{first}/withdraw", reason="情况已核实")
    assert delivery(world, first, "hx-mzj").state == "closed", "what is settled stays settled"
    assert delivery(world, first, "hx-qsz").state == "withdrawn"
    work_off(world.services)
    assert notices(world, "hx-qsz") == ["收到工作提示单", "工作提示单已撤回"]
    second = issued(office, world, "hx-qsz")
    assert [slip.number for slip in slips(world)] == ["提示〔2026〕1号", "提示〔2026〕2号"]
    found = figures(world)
    assert (found.slips, found.issued, found.closed, found.withdrawn) == (2, 2, 1, 1)
    one = delivery(world, second, "hx-qsz").id
    office.send(f"/office/slips/deliveries/{one}", deed="withdraw", reason="重复印发")
    assert figures(world).rate == "100.0%"
    assert "已经办结或者撤回" in office.send(f"/office/slips/{second}/withdraw", 409, reason="再次撤回")


def test_reminders_come_the_working_day_before_and_after_the_day_once_each(
    world: World, office: Desk, unit: Desk, clock: AdjustableClock
) -> None:
    slip_id = issued(office, world, "hx-mzj")
    work_off(world.services)
    expected = ["收到工作提示单"]
    for day, more in ((3, []), (4, ["工作提示单即将到期"]), (5, []), (7, []), (8, ["工作提示单逾期未回复"]), (9, [])):
        clock.now += timedelta(days=day) - (clock.now - slips(world)[0].issued_at)
        remind_units(world.services)
        remind_units(world.services)
        expected += more
        assert notices(world, "hx-mzj") == expected, f"{day} days after Monday; it is due on the Monday after"
    own = delivery(world, slip_id, "hx-mzj").id
    assert "应于2026-03-30前回复和溪县，现已逾期。" in unit.page(f"/work/slips/{own}")
    assert "1家单位逾期未回复" in office.page(f"/office/slips/{slip_id}")
    assert figures(world).overdue == 1
    unit.send(f"/work/slips/{own}", **ANSWER)
    assert (figures(world).overdue, figures(world).late) == (0, 1)
    office.send(f"/office/slips/deliveries/{own}", deed="return", reason="未附网址", working_days="1")
    clock.advance(days=2)
    remind_units(world.services)
    assert notices(world, "hx-mzj")[-1] == "工作提示单逾期未回复", "the new day is reminded of anew"


def test_the_register_is_filtered_and_exported(world: World, office: Desk, unit: Desk) -> None:
    first = issued(office, world, "hx-mzj", "hx-qsz", matter="甲事项")
    issued(office, world, "hx-gs", matter="乙事项")
    unit.send(f"/work/slips/{delivery(world, first, 'hx-mzj').id}", **ANSWER)
    for query, found in (
        ("q=甲", {"甲事项"}),
        ("q=供水", {"乙事项"}),
        ("q=2号", {"乙事项"}),
        ("state=replied", {"甲事项"}),
        ("state=issued", {"甲事项", "乙事项"}),
        ("state=overdue", set()),
        ("year=2025", set()),
    ):
        page = office.page(f"/office/slips/?{query}")
        assert {name for name in ("甲事项", "乙事项") if name in page} == found, query
    data = office.file("/office/slips/register.xlsx?q=甲")
    table = read_table(data, "登记簿.xlsx", columns=(Column("unit", "单位"), Column("state", "办理情况")))
    assert [(row.text("unit"), row.text("state")) for row in table.rows] == [
        ("和溪县民政局", "已回复待审核"), ("和溪县清水镇人民政府", "未阅"),
    ]  # fmt: skip


def test_the_printed_slip_names_its_units_and_its_number(world: World, office: Desk, unit: Desk) -> None:
    slip_id = issued(office, world, "hx-mzj", "hx-qsz")
    page = office.page(f"/office/slips/{slip_id}/print")
    for words in ("工作提示单", "提示〔2026〕1号", "和溪县民政局、和溪县清水镇人民政府：", "请于2026年3月30日前"):
        assert words in page, words
    own = unit.page(f"/work/slips/{delivery(world, slip_id, 'hx-mzj').id}/print")
    assert "和溪县民政局：" in own
    assert "清水镇" not in own, "a unit sees no other addressee"
    assert office.file(f"/office/slips/{slip_id}/slip.docx").startswith(b"PK")


def test_the_prefecture_numbers_its_own_register(app: Flask, world: World, office: Desk) -> None:
    above = Desk(app, world, "yl-supervisor")
    issued(office, world, "hx-mzj")
    issued(above, world, "hx-mzj", "qs")
    assert [slip.number for slip in slips(world)] == ["提示〔2026〕1号", "提示〔2026〕1号"]
    assert figures(world, "yl").issued == 2
    assert "提示〔2026〕" in above.page("/office/slips/")
    above.page(f"/office/slips/{slips(world)[0].id}", 404)


def test_numbers_have_no_gap_and_no_repeat_when_issued_at_once(world: World) -> None:
    start = Barrier(2)

    def hand_out() -> None:
        start.wait()
        for _ in range(5):
            with world.services.database.transaction() as uow:
                actor = world.actor(uow, "hx-supervisor")
                issue(uow, actor=actor, form=FORM, unit_ids=[world.units["hx-mzj"]])
            with world.services.database.unit_of_work() as uow:
                actor = world.actor(uow, "hx-supervisor")
                issue(uow, actor=actor, form=FORM, unit_ids=[world.units["hx-mzj"]])

    threads = [Thread(target=hand_out) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(slip.sequence for slip in slips(world)) == list(range(1, 11))


def test_one_reply_is_decided_once(world: World, office: Desk, unit: Desk) -> None:
    slip_id = issued(office, world, "hx-mzj")
    own = delivery(world, slip_id, "hx-mzj").id
    unit.send(f"/work/slips/{own}", **ANSWER)
    for refused in (False, True):
        with world.services.database.transaction() as uow:
            actor = world.actor(uow, "hx-supervisor")
            if refused:
                with pytest.raises(Conflict, match="已办结"):
                    close(uow, actor=actor, delivery_id=own)
            else:
                close(uow, actor=actor, delivery_id=own)

"""Transfers from the list that the product makes to what the archive confirms, through the pages and the job."""

import zipfile
from datetime import date
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select

from gongkai.accounts.permissions import Role
from gongkai.core.tables.columns import Column
from gongkai.core.tables.reading import read_table
from gongkai.publishing.chain import decide, submit, take_down
from gongkai.publishing.drafts import start_revision
from gongkai.supervision.models import Notice
from gongkai.supervision.transfers.models import TransferList
from gongkai.supervision.transfers.tasks import run
from tests.conftest import AdjustableClock
from tests.factories.items import published, work_off
from tests.factories.world import World, add_person
from tests.supervision.slips.desk import Desk, notices
from tests.supervision.transfers.desk import ARCHIVE, SENDING, archive, list_of, prepared, rows_of

UNIT = "hx-mzj"


@pytest.fixture
def county(world: World) -> World:
    """The county with its archive."""
    with world.services.database.system_scope("test") as uow:
        archive(world, uow)
    return world


@pytest.fixture
def office(app: Flask, county: World) -> Desk:
    return Desk(app, county, "hx-supervisor")


@pytest.fixture
def unit(app: Flask, county: World) -> Desk:
    return Desk(app, county, f"{UNIT}-contributor")


@pytest.fixture
def hall(app: Flask, county: World) -> Desk:
    return Desk(app, county, f"{ARCHIVE}-receiver")


def appointed(office: Desk, kind: str = "archive") -> None:
    """Have the office appoint the archive from March on."""
    office.send("/office/transfers/halls", hall="县档案馆", kind=kind, from_period="2026-03")


def made(world: World) -> dict[str, tuple[str, date]]:
    """Unit → month and day of the first lists."""
    codes = {unit_id: code for code, unit_id in world.units.items()}
    with world.services.database.system_scope("test") as uow:
        rows = uow.session.scalars(select(TransferList).where(TransferList.version == 1))
        return {codes[row.tenant_id]: (row.period, row.due_date) for row in rows}


def test_the_month_makes_a_list_for_each_organ_of_the_level_once(
    county: World, office: Desk, clock: AdjustableClock
) -> None:
    appointed(office)
    run(county.services)
    assert made(county) == {}, "the hall receives from March on, and March is not over"
    clock.advance(days=10)
    run(county.services)
    run(county.services)
    due = ("2026-03", date(2026, 4, 7))
    assert made(county) == {"hx": due, "hx-mzj": due, "hx-qsz": due}, "5 April is a holiday"
    assert notices(county, UNIT, "transfer") == ["2026年3月政府信息送交清单待送交"]
    clock.advance(days=10)
    run(county.services)
    run(county.services)
    assert notices(county, UNIT, "transfer")[1:] == ["2026年3月政府信息送交清单逾期未送交"]
    assert made(county) == {"hx": due, "hx-mzj": due, "hx-qsz": due}


def test_a_list_made_after_its_day_leaves_some_days(county: World, office: Desk, clock: AdjustableClock) -> None:
    office.send("/office/transfers/halls", hall="县档案馆", kind="archive", from_period="2026-02")
    run(county.services)
    assert made(county)[UNIT] == ("2026-02", date(2026, 3, 26)), "three working days after Monday 23 March"


def test_an_ended_hall_has_no_further_lists(county: World, office: Desk, clock: AdjustableClock) -> None:
    appointed(office)
    page = office.page("/office/transfers/halls")
    number = page.split("/office/transfers/halls/")[1].split("/")[0]
    office.send(f"/office/transfers/halls/{number}/end")
    office.send(f"/office/transfers/halls/{number}/end", 404)
    clock.advance(days=10)
    run(county.services)
    assert made(county) == {}
    appointed(office)
    run(county.services)
    assert UNIT in made(county)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"hall": "县民政局"}, "不是本机关督查范围内的单位"),
        ({"hall": "和溪县民政局"}, "所选单位不能作为查阅场所"),
        ({"hall": ""}, "单位没有填写"),
        ({"kind": "museum"}, "查阅场所类型没有选择"),
        ({"from_period": "2025-12"}, "起始月份应在上月至一年以内"),
        ({"from_period": "三月"}, "起始月份没有填写或者无效"),
    ],
)
def test_a_wrong_appointment_is_refused(office: Desk, changes: dict[str, str], problem: str) -> None:
    form = {"hall": "县档案馆", "kind": "archive", "from_period": "2026-03"} | changes
    assert problem in office.send("/office/transfers/halls", 400, **form)


def test_a_hall_is_appointed_once(office: Desk) -> None:
    appointed(office)
    form = {"hall": "县档案馆", "kind": "library", "from_period": "2026-03"}
    assert "已经是查阅场所" in office.send("/office/transfers/halls", 400, **form)


def test_what_was_published_is_sent_and_received(county: World, office: Desk, unit: Desk, hall: Desk) -> None:
    item_id = published(county, title="关于春季防火的通知", document_number="和民发〔2026〕3号")
    gone = published(county, title="关于错误内容的通知")
    transfer_id = prepared(county, UNIT, "2026-03")
    shown = unit.page(f"/work/transfers/{transfer_id}")
    assert "请于2026-04-07前送交县档案馆（2条信息）。" in shown
    hall.page(f"/work/receiving/{transfer_id}", 404)
    with county.services.database.transaction() as uow:
        actor = county.actor(uow, f"{UNIT}-approver")
        take_down(uow, actor=actor, item_id=gone, reason="内容有误")
    unit.send(f"/work/transfers/{transfer_id}/send", **SENDING)
    (row,) = rows_of(county, transfer_id)
    assert (row.item_id, row.title, row.document_number) == (item_id, "关于春季防火的通知", "和民发〔2026〕3号")
    assert (row.published_date, row.version, len(row.digest)) == (date(2026, 3, 23), 1, 64)
    assert "待接收2026年3月1份。" in hall.page("/work/receiving/")
    assert "待核对接收（1条信息）。" in hall.page(f"/work/receiving/{transfer_id}")
    with zipfile.ZipFile(BytesIO(hall.file(f"/work/receiving/rows/{row.id}/archive.zip"))) as bag:
        assert any(name.endswith("manifest-sha256.txt") for name in bag.namelist())
    printed = hall.page(f"/work/receiving/{transfer_id}/print")
    assert "和溪县民政局2026年3月政府信息送交目录" in printed.replace('</span><span class="doc-title-line">', "")
    assert "移交人（签章）" in unit.page(f"/work/transfers/{transfer_id}/print")
    hall.send(f"/work/receiving/{transfer_id}/confirm")
    assert list_of(county, UNIT, "2026-03").received_by_name == f"{ARCHIVE}-receiver"
    assert "县档案馆已确认接收（1条信息）。" in unit.page(f"/work/transfers/{transfer_id}")
    words = "2026年3月1家单位应送交1份，已送交1份（其中零报告0份），已接收1份；有出入0份，逾期0份。"
    assert words in office.page("/office/transfers/?period=2026-03")
    assert "关于春季防火的通知" in office.page(f"/office/transfers/{transfer_id}")
    assert "现在是“已接收”" in hall.send(f"/work/receiving/{transfer_id}/confirm", 409)
    assert "现在是“已接收”" in unit.send(f"/work/transfers/{transfer_id}/send", 409, **SENDING)


def test_of_an_item_changed_within_the_month_the_last_version_is_sent(county: World, unit: Desk) -> None:
    item_id = published(county, title="关于春季防火的通知")
    with county.services.database.transaction() as uow:
        writer = county.actor(uow, f"{UNIT}-contributor")
        revision = start_revision(uow, actor=writer, item_id=item_id, change_kind="content", reason="补充联系电话")
        submit(uow, actor=writer, item_id=revision.id)
        for step in ("confidentiality_reviewer", "approver"):
            decide(uow, actor=county.actor(uow, f"{UNIT}-{step}"), item_id=revision.id)
    transfer_id = prepared(county, UNIT, "2026-03")
    unit.send(f"/work/transfers/{transfer_id}/send", **SENDING)
    assert [row.version for row in rows_of(county, transfer_id)] == [2]


def test_nothing_published_is_a_nil_return_that_has_to_be_sent(
    county: World, office: Desk, unit: Desk, hall: Desk
) -> None:
    transfer_id = prepared(county, UNIT, "2026-02")
    assert "（零报告）" in unit.page(f"/work/transfers/{transfer_id}")
    assert "没有新公开的政府信息，作零报告" in unit.page(f"/work/transfers/{transfer_id}/print")
    unit.send(f"/work/transfers/{transfer_id}/send", **SENDING)
    assert list_of(county, UNIT, "2026-02").items == 0
    assert "其中零报告1份" in office.page("/office/transfers/?period=2026-02")
    hall.send(f"/work/receiving/{transfer_id}/confirm")
    assert list_of(county, UNIT, "2026-02").state == "confirmed"


def test_a_mismatch_is_answered_by_a_corrected_list(
    county: World, office: Desk, unit: Desk, hall: Desk, clock: AdjustableClock
) -> None:
    for number in (1, 2, 3):
        published(county, title=f"第{number}号通知")
    transfer_id = prepared(county, UNIT, "2026-03")
    unit.send(f"/work/transfers/{transfer_id}/send", **SENDING)
    first, second, third = rows_of(county, transfer_id)
    marks = {f"problem-{first.id}": "missing", f"problem-{second.id}": "damaged", f"note-{second.id}": "附件打不开"}
    assert "没有标注任何出入" in hall.send(f"/work/receiving/{transfer_id}/dispute", 400, text="")
    hall.send(f"/work/receiving/{transfer_id}/dispute", **marks)
    work_off(county.services)
    assert notices(county, UNIT, "transfer") == ["2026年3月送交的政府信息有出入"]
    assert list_of(county, UNIT, "2026-03").due_date == date(2026, 3, 30), "five working days"
    shown = unit.page(f"/work/transfers/{transfer_id}")
    assert "未收到" in shown
    assert "附件打不开" in shown
    assert third.title in shown
    assert "有出入1份" in office.page("/office/transfers/?period=2026-03")
    answers = {f"answer-{first.id}": "resend", f"answer-{second.id}": "strike"}
    refused = unit.send(f"/work/transfers/{transfer_id}/correct", 400, text="已核对。", **answers)
    assert "撤销的信息没有写明原因" in refused
    half = {f"answer-{first.id}": "resend"}
    assert "第2条没有答复" in unit.send(f"/work/transfers/{transfer_id}/correct", 400, text="已核对。", **half)
    answers[f"note-{second.id}"] = "重复列入"
    place = unit.send(f"/work/transfers/{transfer_id}/correct", text="已核对。", **answers)
    assert [row.answer for row in rows_of(county, transfer_id)] == ["resend", "strike", ""]
    new = list_of(county, UNIT, "2026-03", version=2)
    assert place.endswith(f"/work/transfers/{new.id}")
    assert (new.state, new.items, list_of(county, UNIT, "2026-03").state) == ("sent", 2, "superseded")
    assert [row.title for row in rows_of(county, new.id)] == [first.title, third.title]
    assert "已由更正清单替代" in hall.page(f"/work/receiving/{transfer_id}")
    hall.send(f"/work/receiving/{new.id}/confirm")
    words = "2026年3月1家单位应送交1份，已送交1份（其中零报告0份），已接收1份；有出入0份，逾期0份。"
    assert words in office.page("/office/transfers/?period=2026-03"), "versions are counted once"


def test_a_hall_that_finds_the_copies_after_all_confirms(county: World, unit: Desk, hall: Desk) -> None:
    transfer_id = prepared(county, UNIT, "2026-02")
    unit.send(f"/work/transfers/{transfer_id}/send", **SENDING)
    hall.send(f"/work/receiving/{transfer_id}/dispute", text="未收到零报告。")
    hall.send(f"/work/receiving/{transfer_id}/confirm")
    assert list_of(county, UNIT, "2026-02").state == "confirmed"


def test_a_row_of_another_list_cannot_be_objected_to(app: Flask, county: World, unit: Desk, hall: Desk) -> None:
    published(county, "hx-qsz")
    other = prepared(county, "hx-qsz", "2026-03")
    Desk(app, county, "hx-qsz-contributor").send(f"/work/transfers/{other}/send", **SENDING)
    transfer_id = prepared(county, UNIT, "2026-03")
    unit.send(f"/work/transfers/{transfer_id}/send", **SENDING)
    (row,) = rows_of(county, other)
    marks = {f"problem-{row.id}": "missing"}
    assert "没有标注清单中的信息" in hall.send(f"/work/receiving/{transfer_id}/dispute", 400, **marks)
    assert rows_of(county, other)[0].problem == ""


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"medium": "fax"}, "送交形式没有选择"),
        ({"contact": " "}, "联系人没有填写"),
        ({"phone": "1" * 41}, "联系电话过长（41字）"),
        ({"note": "一" * 1001}, "说明过长（1001字）"),
    ],
)
def test_a_wrong_form_is_refused_and_kept(county: World, unit: Desk, changes: dict[str, str], problem: str) -> None:
    transfer_id = prepared(county, UNIT, "2026-02")
    assert problem in unit.send(f"/work/transfers/{transfer_id}/send", 400, **SENDING | changes)
    assert list_of(county, UNIT, "2026-02").state == "prepared"


def test_the_office_sees_who_is_late(county: World, office: Desk, clock: AdjustableClock) -> None:
    prepared(county, UNIT, "2026-03")
    prepared(county, "hx-qsz", "2026-02")
    clock.advance(days=16)
    page = office.page("/office/transfers/?period=2026-03&state=overdue")
    assert "逾期1份。" in page
    assert "逾期未送交" in page
    book = office.file("/office/transfers/register.xlsx?period=2026-03&state=overdue")
    wanted = (Column("unit", "单位"), Column("period", "月份"), Column("state", "办理情况"))
    table = read_table(book, filename="送交情况.xlsx", columns=wanted)
    late = [(row.text("unit"), row.text("period"), row.text("state")) for row in table.rows]
    assert late == [("和溪县民政局", "2026-03", "逾期未送交"), ("清水镇", "2026-02", "逾期未送交")]


def test_the_lists_of_a_unit_and_a_hall_are_spreadsheets(county: World, unit: Desk, hall: Desk) -> None:
    published(county, title="关于春季防火的通知")
    transfer_id = prepared(county, UNIT, "2026-03")
    before = unit.file(f"/work/transfers/{transfer_id}/list.xlsx")
    unit.send(f"/work/transfers/{transfer_id}/send", **SENDING)
    for book in (before, hall.file(f"/work/receiving/{transfer_id}/list.xlsx")):
        table = read_table(book, filename="送交目录.xlsx", columns=(Column("title", "信息名称"),))
        assert [row.text("title") for row in table.rows] == ["关于春季防火的通知"]


def test_the_post_of_receiver_is_given_in_a_public_institution_only(app: Flask, county: World) -> None:
    with county.services.database.system_scope("test") as uow:
        add_person(uow, county, f"{ARCHIVE}-{Role.UNIT_ADMIN}", ARCHIVE, Role.UNIT_ADMIN)
    assert "查阅场所接收员" in Desk(app, county, f"{ARCHIVE}-unit_admin").page("/work/people/new")
    assert "查阅场所接收员" not in Desk(app, county, f"{UNIT}-unit_admin").page("/work/people/new")


def test_a_receiver_sees_nothing_else(county: World, hall: Desk) -> None:
    hall.page("/work/")
    hall.page("/work/items/", 403)
    hall.page("/office/transfers/", 403)
    with county.services.database.system_scope("test") as uow:
        assert uow.session.scalars(select(Notice.id).where(Notice.tenant_id == county.units[ARCHIVE])).all() == []

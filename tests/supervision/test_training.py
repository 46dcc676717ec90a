"""The training register: sessions entered on screen, lists ticked and imported, absences that follow by themselves."""

import re
from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO
from itertools import combinations_with_replacement
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import Engine, select, text

from gongkai.core.calendar.periods import Period
from gongkai.core.tables.writing import Sheet, write_xlsx
from gongkai.supervision.models import Notice
from gongkai.supervision.training.models import TrainingAttendance, TrainingSession, TrainingUnit
from gongkai.supervision.training.queries import absences_of_month, office_year, own_people, sessions_of, units_year
from gongkai.supervision.training.schemas import Person, namesakes, read_hours, read_persons
from gongkai.supervision.training.services import close_session, excuse
from tests.factories.items import work_off
from tests.factories.world import World
from tests.supervision.office import Office, opened
from tests.supervision.trainings import held

FORM = {
    "topic": "政府信息公开业务培训", "held_date": "2026-03-12", "organiser": "和溪县人民政府", "hours": "3",
    "times": "1", "form": "place", "place": "县政府三楼会议室", "source": "和政办发〔2026〕8号",
}  # fmt: skip
MARCH = Period.parse("2026-03")


class Register:
    """An official of an office at the register."""

    def __init__(self, app: Flask, world: World, login: str = "hx-supervisor") -> None:
        self.client: FlaskClient = world.sign_in(app.test_client(), login)
        self.world = world

    def page(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        shown: str = answer.get_data(as_text=True)
        assert answer.status_code == status, shown[:1500]
        return shown

    def post(self, path: str, status: int = 302, **fields: Any) -> str:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.page("/office/training/new"))
        assert token is not None
        answer = self.client.post(path, data={"csrf_token": token[1], **fields})
        shown: str = answer.get_data(as_text=True)
        assert answer.status_code == status, (answer.status_code, shown[:3000])
        return str(answer.headers.get("Location", "")) if status == 302 else shown

    def enter(self, **fields: Any) -> str:
        """Record a session; returns its address."""
        return self.post("/office/training/new", **(FORM | fields))

    def upload(self, path: str, rows: Sequence[tuple[str, ...]], status: int = 302, **fields: Any) -> str:
        header = ("单位", "姓名", "科室", "学时")
        file = BytesIO(write_xlsx([Sheet("签到", header, rows)]))
        return self.post(f"{path}/import", status, file=(file, "签到.xlsx"), **fields)


@pytest.fixture
def register(app: Flask, world: World) -> Register:
    """The county's official at the register."""
    return Register(app, world)


def stored(world: World, table: type[Any]) -> list[Any]:
    with world.services.database.system_scope("test") as uow:
        return list(uow.session.scalars(select(table).order_by(table.id)))


def notices(world: World, unit: str) -> list[str]:
    work_off(world.services)
    with world.services.database.system_scope("test") as uow:
        query = select(Notice.kind).where(Notice.tenant_id == world.units[unit], Notice.kind.startswith("training"))
        return list(uow.session.scalars(query.order_by(Notice.id)))


def test_a_session_from_its_invitation_to_the_absentees(register: Register, world: World) -> None:
    path = register.enter(kinds=["bureau", "township"], names="和溪供水公司")
    assert stored(world, TrainingSession)[0].period == "2026-03"
    assert {row.unit_id for row in stored(world, TrainingUnit)} == {
        world.units[code] for code in ("hx-mzj", "hx-qsz", "hx-gs")
    }
    assert "还有3家没有签到或者请假" in register.page(path)
    register.upload(path, [("和溪县民政局", "张　三", "救助科", ""), ("hx-mzj", "李四", "", "2.5")])
    register.post(f"{path}/units/{world.units['hx-gs']}", excuse="抢修供水管网")
    assert "还有1家没有签到或者请假" in register.page(path)
    register.post(f"{path}/close")
    shown = register.page(path)
    assert "应参训3家，未参加1家，写入2026年3月的通报。" in shown
    assert "抢修供水管网" in shown
    assert "张三（救助科）、李四2.5学时" in re.sub(r"\s+", "", shown)
    assert [notices(world, unit) for unit in ("hx-qsz", "hx-gs", "hx-mzj")] == [["training_absent"], [], []]
    absent = register.page("/office/training/absent?period=2026-03")
    assert 'id="unit-hx-qsz"' in absent
    assert "应参训3家，未参加1家" in absent
    year = register.page("/office/training/?year=2026")
    assert "2026年举办各类培训班1次，接受培训人员2人次，共5.5学时。" in year
    body = register.page("/office/units/hx-qsz?period=2026-03")
    assert "应参训1次，已到0次，请假0次，未参加1次；参训0人次，共0学时。" in body


def test_a_whole_class_all_with_a_task_ticked_and_listed_units_are_invited_together(
    register: Register, world: World
) -> None:
    file = BytesIO(write_xlsx([Sheet("名单", ("单位名称",), [("清水镇",), ("hx-gs",)])]))
    path = register.enter(units=[str(world.units["hx-mzj"])], file=(file, "名单.xlsx"))
    assert {row.unit_id for row in stored(world, TrainingUnit)} == {
        world.units[code] for code in ("hx-mzj", "hx-qsz", "hx-gs")
    }
    wrong = BytesIO(write_xlsx([Sheet("名单", ("单位名称",), [("清水镇",), ("某某局",)])]))
    shown = register.post("/office/training/new", 400, **FORM, file=(wrong, "名单.xlsx"))
    assert "第3行“某某局”不是本机关督查范围内的单位" in shown
    assert "所选单位都已在名单中" in register.page(register.post(f"{path}/invite", tasked="1"))
    register.enter(tasked="1", topic="第二次培训")
    last = stored(world, TrainingSession)[-1].id
    assert {row.unit_id for row in stored(world, TrainingUnit) if row.session_id == last} == {
        world.units[code] for code in ("hx-mzj", "hx-qsz", "hx-gs")
    }


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"names": ""}, "未选择应参训单位"),
        ({"names": "青石县民政局"}, "“青石县民政局”不是本机关督查范围内的单位"),
        ({"held_date": ""}, "培训日期没有填写"),
        ({"held_date": "三月"}, "培训日期“三月”不是有效日期"),
        ({"held_date": "2028-03-12"}, "培训日期过早，或者在一年以后"),
        ({"topic": " "}, "培训主题没有填写"),
        ({"hours": "0"}, "学时没有填写或者无效"),
        ({"hours": "2.55"}, "学时没有填写或者无效"),
        ({"times": "0"}, "场次“0”无效"),
        ({"times": "00991"}, "场次“00991”无效"),
        ({"place": ""}, "培训地点没有填写"),
        ({"source": "长" * 301}, "依据过长（301字）"),
    ],
)
def test_a_wrong_form_names_the_field_and_records_nothing(
    register: Register, world: World, changes: dict[str, str], problem: str
) -> None:
    shown = register.post("/office/training/new", 400, **(FORM | {"names": "清水镇"} | changes))
    assert problem in shown
    assert stored(world, TrainingSession) == []


def test_persons_are_ticked_from_the_accounts_of_their_unit_or_written(register: Register, world: World) -> None:
    path = register.enter(names="和溪县民政局、清水镇")
    unit = world.units["hx-mzj"]
    page = register.page(f"{path}/attendance")
    key = f"{unit}|hx-mzj-contributor|办公室"
    assert f'value="{key}"' in page
    fields: dict[str, Any] = {"shown": [str(unit), str(world.units["hx-qsz"])], "person": [key]}
    others = f"others-{unit}"
    shown = register.post(f"{path}/attendance", 400, **fields | {others: "张三张三张三（（"})
    assert "无法识别" in shown
    assert f'value="{key}" checked' in shown
    register.post(f"{path}/attendance", **fields | {others: "张三、李四（法规科）1.5学时"})
    rows = {row.name: row for row in stored(world, TrainingAttendance)}
    assert set(rows) == {"hx-mzj-contributor", "张三", "李四"}
    assert rows["hx-mzj-contributor"].user_id == world.people["hx-mzj-contributor"]
    assert (rows["李四"].section, rows["李四"].hours, rows["张三"].user_id) == ("法规科", Decimal("1.5"), None)
    register.post(f"{path}/units/{unit}", person=[f"{unit}|李四|法规科"])
    assert [row.name for row in stored(world, TrainingAttendance)] == ["李四"]


def test_a_list_is_imported_all_or_none_and_a_second_run_changes_nothing(register: Register, world: World) -> None:
    path = register.enter(names="和溪县民政局")
    good = [("和溪县民政局", "张三", "救助科", ""), ("和溪县民政局", "张三", "法规科", "2"), ("清水镇", "王五", "", "")]
    for faulty, problem in (
        (("某某局", "赵六", "", ""), "“某某局”不是本机关督查范围内的单位"),
        (("清水镇", "王五", "", ""), "同一单位的同一人员出现了两次"),
        (("和溪县民政局", "张三", "", ""), "同一单位有同名人员，无法区分"),
        (("清水镇", "赵六、钱七", "", ""), "不是一个姓名"),
        (("清水镇", "赵六", "", "三"), "不是有效的学时"),
        (("清水镇", "", "", ""), "必填项没有填写"),
    ):
        assert problem in register.upload(path, [*good, faulty], 400)
        assert stored(world, TrainingAttendance) == []
    for _ in range(2):
        register.upload(path, good)
        assert len(stored(world, TrainingAttendance)) == 3
    walked_in = [row for row in stored(world, TrainingUnit) if not row.invited]
    assert [row.unit_id for row in walked_in] == [world.units["hx-qsz"]]
    assert "另有1家未通知到会" in register.page(path)
    shown = register.upload(path, [("清水镇", "王五", "办公室", "")], 400)
    assert "是同一人的，科室应与已登记的一致" in shown
    assert "不是表格" in register.post(f"{path}/import", 400, file=(BytesIO(b"%PDF-1.4 x"), "签到.pdf"))


def test_a_closed_list_is_corrected_with_a_reason_that_stays_on_record(register: Register, world: World) -> None:
    path = register.enter(names="和溪县民政局、清水镇")
    register.upload(path, [("和溪县民政局", "张三", "", "")])
    register.post(f"{path}/close")
    unit = world.units["hx-qsz"]
    assert notices(world, "hx-qsz") == ["training_absent"]
    for refused in (
        register.upload(path, [("清水镇", "王五", "", "")], 400),
        register.post(f"{path}/units/{unit}", 400, excuse="防汛"),
        register.post(f"{path}/change", 400, **FORM | {"hours": "2"}),
        register.post(f"{path}/invite", 400, names="和溪供水公司"),
    ):
        assert "没有填写更正原因" in refused
    assert "没有填写更正原因" in register.post(f"{path}/units/{unit}/withdraw", 400)
    register.upload(path, [("清水镇", "王五", "", "")], reason="签到表漏录")
    gone = world.units["hx-mzj"]
    register.post(f"{path}/units/{gone}", reason="张三代签，本人未到")
    shown = register.page(path)
    assert "更正原因：签到表漏录" in shown
    assert "和溪县民政局由张三改为无；更正原因：张三代签，本人未到" in shown
    assert notices(world, "hx-mzj") == ["training_absent"]
    assert notices(world, "hx-qsz") == ["training_absent"], "told once"
    with world.services.database.system_scope("test") as uow:
        found = absences_of_month(uow, office_id=world.units["hx"], period=MARCH)
    assert [row.unit_id for row in found.absences] == [gone]
    assert "名单已确认，不能删除" in register.page(register.post(f"{path}/remove"))


def test_what_lies_in_the_future_cannot_be_closed_and_an_empty_one_can_be_removed(
    register: Register, world: World
) -> None:
    path = register.enter(names="清水镇", held_date="2026-04-02", form="online", place="")
    assert "培训将于2026年4月2日举办，已通知1家单位。" in register.page(path)
    for _ in range(2):
        assert notices(world, "hx-qsz") == ["training_invited"]
        register.post(f"{path}/invite", names="清水镇、和溪供水公司")
    register.post(f"{path}/units/{world.units['hx-gs']}/withdraw")
    assert "尚未举办的不能确认参训名单" in register.page(register.post(f"{path}/close"))
    assert stored(world, TrainingSession)[0].closed_at is None
    register.post(f"{path}/units/{world.units['hx-qsz']}/withdraw")
    assert stored(world, TrainingUnit) == []
    register.post(f"{path}/remove")
    assert stored(world, TrainingSession) == []


def test_another_office_finds_nothing_and_a_unit_sees_its_own_sessions_only(
    register: Register, app: Flask, world: World
) -> None:
    path = register.enter(names="和溪县民政局")
    register.upload(path, [("和溪县民政局", "张三", "救助科", "")])
    other = Register(app, world, "qs-supervisor")
    for address in (path, f"{path}/attendance", f"{path}/units/{world.units['hx-mzj']}"):
        other.page(address, 404)
    own = Register.__new__(Register)
    own.client = world.sign_in(app.test_client(), "hx-mzj-contributor")
    assert own.client.get(path).status_code == 403
    before = own.page("/work/training/")
    assert "政府信息公开业务培训" in before
    assert "没有名单已确认的参训记录" in before
    register.post(f"{path}/close")
    assert re.search(r"张三</th><td[^>]*>救助科</td><td[^>]*>1</td><td[^>]*>3</td>", own.page("/work/training/"))
    other.client = world.sign_in(app.test_client(), "qs-mzj-contributor")
    assert "本年没有通知本单位参加的培训" in other.page("/work/training/")


def test_the_year_is_exported_with_sessions_units_and_persons(register: Register, world: World) -> None:
    with world.services.database.system_scope("test") as uow:
        held(uow, world, "2026-02-05", invited=["hx-mzj"], came={"hx-mzj": ["张三"]}, times=2)
        held(uow, world, "2026-03-12", invited=["hx-mzj", "hx-qsz"], came={"hx-mzj": ["张三", "李四"]})
        held(uow, world, "2026-03-20", invited=["hx-mzj"], came={"hx-mzj": ["张三"]}, closed=False)
        held(uow, world, "2025-12-30", invited=["hx-mzj"], came={"hx-mzj": ["张三"]})
        total = office_year(uow, office_id=world.units["hx"], year=2026)
        people = own_people(uow, unit_id=world.units["hx-mzj"], year=2026)
    assert (total.sessions, total.person_times, total.hours) == (3, 3, Decimal(9))
    assert [(row.name, row.times, row.hours) for row in people] == [("张三", 2, Decimal(6)), ("李四", 1, Decimal(3))]
    book = load_workbook(BytesIO(register.client.get("/office/training/year.xlsx?year=2026").data))
    rows = {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] for sheet in book}
    assert [row[-1] for row in rows["培训登记"]] == ["已确认", "已确认", "未确认"]
    assert [row[1:7] for row in rows["各单位参训情况"]] == [
        ["和溪县民政局", 2, 2, 0, 0, 3],
        ["清水镇", 1, 0, 0, 1, 0],
    ]
    assert [row[2] for row in rows["人员学时"]] == ["张三", "李四"]


def test_a_unit_absent_from_any_session_of_the_month_is_named_once(world: World) -> None:
    with world.services.database.system_scope("test") as uow:
        held(uow, world, "2026-03-05", invited=["hx-mzj", "hx-qsz"], came={"hx-qsz": ["张三"]})
        held(uow, world, "2026-03-12", invited=["hx-mzj", "hx-gs"], came={"hx-gs": ["李四"]}, times=2)
        held(uow, world, "2026-03-19", invited=["hx-qsz"], came={}, closed=False)
        found = absences_of_month(uow, office_id=world.units["hx"], period=MARCH)
        nothing = absences_of_month(uow, office_id=world.units["qs"], period=MARCH)
    assert (found.sessions, found.invited, str(found.first), str(found.last)) == (3, 3, "2026-03-05", "2026-03-12")
    assert {unit: len(missed) for unit, missed in found.by_unit().items()} == {world.units["hx-mzj"]: 2}
    assert (nothing.sessions, nothing.absences) == (0, ())


def test_the_circular_says_which_lists_are_open_and_names_the_absent_once_they_are_closed(
    app: Flask, city: World
) -> None:
    with city.services.database.system_scope("test") as uow:
        held(uow, city, "2023-03-24", invited=["zjj"], came={}, closed=False)
    office = Office(app, city, "hx-supervisor")
    circular_id = opened(city, office)
    shown = office.page(f"/office/circulars/{circular_id}/figures")
    assert "本月有1次培训的参训名单尚未确认" in shown
    assert re.search(r"未参加培训</th><td[^>]*>1</td>", shown)
    found = office.page(f"/office/circulars/{circular_id}/problems")
    assert "未参加2023年3月23日组织的培训" in found
    assert "/office/training/absent?period=2023-03#unit-cl" in found


def test_row_security_shows_a_unit_no_other_units_persons(world: World) -> None:
    with world.services.database.system_scope("test") as uow:
        held(uow, world, "2026-03-05", invited=["hx-mzj", "hx-qsz"], came={"hx-qsz": ["张三"], "hx-mzj": ["李四"]})
        held(uow, world, "2026-03-06", invited=["hx-qsz"], came={})
    with world.services.database.transaction() as uow:
        world.actor(uow, "hx-mzj-contributor")
        assert list(uow.session.scalars(select(TrainingAttendance.name))) == ["李四"]
        assert len(list(uow.session.scalars(select(TrainingSession.id)))) == 1
        assert list(uow.session.scalars(select(TrainingUnit.unit_id))) == [world.units["hx-mzj"]]


PEOPLE = st.sets(st.tuples(st.sampled_from("甲乙丙"), st.sampled_from(["", "一科", "二科"])), max_size=6).map(
    lambda found: [Person(name, section) for name, section in sorted(found)]
)


@given(PEOPLE)
def test_namesakes_are_those_that_no_section_tells_apart(persons: list[Person]) -> None:
    for name in {person.name for person in persons}:
        sections = [person.section for person in persons if person.name == name]
        assert (name in namesakes(persons)) == (len(sections) > 1 and "" in sections)


@given(st.decimals(min_value=0, max_value=300, places=1))
def test_class_hours_have_one_decimal_and_lie_above_nothing(hours: Decimal) -> None:
    assert read_hours(str(hours)) == (hours if 0 < hours <= 200 else None)


@given(PEOPLE)
def test_persons_read_back_as_they_are_written(persons: list[Person]) -> None:
    line = "、".join(f"{p.name}（{p.section}）" if p.section else p.name for p in persons)
    assert read_persons(line) == (persons, [])


STATES = ("attended", "excused", "missing", "walked_in")


def test_figures_of_a_session_add_up_whatever_happened(world: World) -> None:
    codes = ("hx-mzj", "hx-qsz", "hx-gs")
    for outcomes in combinations_with_replacement(STATES, len(codes)):
        how = dict(zip(codes, outcomes, strict=True))
        invited = [code for code in codes if how[code] != "walked_in"]
        if not invited:
            continue
        came = {code: ["某人"] for code in codes if how[code] in ("attended", "walked_in")}
        with world.services.database.unit_of_work() as uow:
            world.actor(uow, "hx-supervisor")
            session_id = held(uow, world, "2026-03-05", invited=invited, came=came, closed=False)
            for code in codes:
                if how[code] == "excused":
                    unit_id = world.units[code]
                    excuse(uow, office_id=world.units["hx"], session_id=session_id, unit_id=unit_id, excuse="公务")
            close_session(uow, office_id=world.units["hx"], session_id=session_id)
            uow.session.flush()
            (found,) = sessions_of(uow, office_id=world.units["hx"], first=MARCH, last=MARCH)
            units = units_year(uow, office_id=world.units["hx"], year=2026)
        assert found.invited == len(invited) == found.attended + found.excused + found.absent
        counted = (found.attended, found.excused, found.absent, found.walked_in)
        assert counted == tuple(outcomes.count(state) for state in STATES)
        assert found.person_hours == 3 * found.persons
        assert sum(row.absent for row in units) == found.absent
        assert sum(row.hours for row in units) == found.person_hours


CARRIED = """
INSERT INTO office_fact (tenant_id, unit_id, period, kind, detail, source, entered_at)
SELECT :office, id, '2023-03', 'training_absent', CAST(:detail AS jsonb), '培训通知', now()
FROM tenant WHERE code IN ('hx-mzj', 'hx-qsz')
"""


def test_what_older_versions_recorded_becomes_a_session(world: World, owner_engine: Engine) -> None:
    migration = __import__("gongkai.core.migrations.versions.0042_training", fromlist=["CARRY_OVER"])
    detail = '{"held_on": "2023-03-23", "sessions": 3, "invited": 46, "note": "未请假"}'
    with owner_engine.begin() as owner:
        owner.execute(text("ALTER TABLE office_fact DROP CONSTRAINT ck_office_fact_kind"))
        owner.execute(text(CARRIED), {"office": world.units["hx"], "detail": detail})
        owner.exec_driver_sql(migration.CARRY_OVER)
        owner.exec_driver_sql(
            "ALTER TABLE office_fact ADD CONSTRAINT ck_office_fact_kind"
            " CHECK (kind IN ('report_missing', 'false_rectification', 'commended'))"
        )
    with world.services.database.system_scope("test") as uow:
        march = Period.parse("2023-03")
        (row,) = sessions_of(uow, office_id=world.units["hx"], first=march, last=march)
        found = absences_of_month(uow, office_id=world.units["hx"], period=march)
    assert (row.topic, row.times, row.invited, row.attended, row.absent) == ("（由登记事项转入）", 3, 46, 44, 2)
    assert "清水镇：未请假" in row.note
    assert (found.sessions, found.invited, len(found.absences)) == (3, 46, 2)
    with owner_engine.begin() as owner:
        owner.execute(text("ALTER TABLE office_fact DROP CONSTRAINT ck_office_fact_kind"))
        owner.exec_driver_sql(migration.CARRY_BACK)
        back = owner.execute(text("SELECT DISTINCT detail FROM office_fact WHERE kind = 'training_absent'")).scalars()
        assert list(back) == [{"held_on": "2023-03-23", "sessions": 3, "invited": 46}]
        owner.exec_driver_sql("DELETE FROM office_fact WHERE kind = 'training_absent'")
        owner.exec_driver_sql(
            "ALTER TABLE office_fact ADD CONSTRAINT ck_office_fact_kind"
            " CHECK (kind IN ('report_missing', 'false_rectification', 'commended'))"
        )

"""What is already public elsewhere, brought by command and by program."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select

from gongkai.catalog.models import IndexCounter, IndexNumber
from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.errors import Forbidden
from gongkai.core.models import AuditEvent, OutboxEvent
from gongkai.publishing.counts import differences
from gongkai.publishing.imports.late import NeedsConfirmation
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.imports.results import ImportResult
from gongkai.publishing.imports.rows import MigrationRow
from gongkai.publishing.imports.tasks import migrate_rows
from gongkai.publishing.ledger import verify_chain
from gongkai.publishing.models import Item, ItemVersion, PeriodCount, VersionText
from tests.factories.items import published, work_off
from tests.factories.world import World
from tests.publishing.imports.lists import gongkai, issue, migrate, migration_row, row, text_list, workbook

OWN_NUMBER = "113708280043326001/2023-00041"


def bring(world: World, rows: list[MigrationRow], **changes: object) -> ImportResult:
    """Migrate rows by program, allowed by the prefecture's office."""
    terms = {
        "unit_code": "yl",
        "cutoff": date(2025, 12, 31),
        "responsible": "李四",
        "allowed_by": "yl-supervisor",
    }
    return migrate_rows(world.services, rows=rows, **(terms | changes))  # type: ignore[arg-type]


def totals(world: World, period: str = "2023-03") -> tuple[int, ...]:
    """Total, counted and news of all units in a period, from the table that the trigger keeps."""
    with world.services.database.unit_of_work() as uow:
        sums = func.sum(PeriodCount.total), func.sum(PeriodCount.counted), func.sum(PeriodCount.news)
        found = uow.session.execute(select(*sums).where(PeriodCount.period == period)).one()
    return tuple(int(value or 0) for value in found)


def items_of(world: World, unit: str = "hx-mzj") -> list[Item]:
    """The public items of a unit in the order in which they were written."""
    with world.services.database.unit_of_work() as uow:
        query = select(Item).where(Item.tenant_id == world.units[unit]).order_by(Item.id)
        return list(uow.session.scalars(query))


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_list_in_either_encoding_is_published_with_its_own_times(world: World, tmp_path: Path, encoding: str) -> None:
    rows = [row(1), row(2, day="2022-11-01"), row(3, unit="和溪县供水公司", column="tgxx")]
    answer = migrate(world.services, tmp_path, text_list(rows, encoding=encoding), "--json")
    assert (answer.exit_code, json.loads(answer.stdout)["created"]) == (0, 3), answer.output
    assert "已处理 3 / 3 行" in answer.stderr
    shown = [(item.title, item.published_at, item.period, item.entry_route) for item in items_of(world)]
    assert shown == [
        ("关于第2号事项的公告", datetime(2022, 11, 1, 1, 2, tzinfo=UTC), "2022-11", "migrated"),
        ("关于第1号事项的公告", datetime(2023, 3, 10, 1, 1, tzinfo=UTC), "2023-03", "migrated"),
    ]
    assert totals(world) == (2, 2, 0)
    with world.services.database.unit_of_work() as uow:
        assert verify_chain(uow, tenant_id=world.units["hx-mzj"], files=world.services.files) is None
        assert differences(uow) == []
        events = uow.session.scalar(
            select(func.count()).select_from(OutboxEvent).where(OutboxEvent.kind == "item.changed")
        )
    assert events == 3


def test_refused_rows_go_to_the_report_and_the_others_are_brought(world: World, tmp_path: Path) -> None:
    bad = [
        row(2, unit="qs-不存在"),
        row(3, column="没有的栏目"),
        row(4, day="2023年13月1日"),
        ("hx-mzj", "gsgg", "", "2023-03-10", "A5", "正文"),
        row(6, day="2026-03-30"),
        ("hx-mzj", "gsgg", "含身份证号的公告", "2023-03-10", "A7", "张三，身份证号11010519491231002X。"),
        row(1),
    ]
    report = tmp_path / "report.xlsx"
    answer = migrate(
        world.services, tmp_path, workbook([row(1), *bad]), "--json", "--report", str(report), name="list.xlsx"
    )
    assert answer.exit_code == 1, answer.output
    found = json.loads(answer.stdout)
    assert (found["total"], found["created"], found["refused"]) == (8, 1, 7)
    places = [(fault["row"], fault["column"]) for fault in sorted(found["faults"], key=lambda fault: fault["row"])]
    assert places == [
        (3, "单位"), (4, "栏目"), (5, "发布时间"), (6, "标题"), (7, "发布时间"), (8, "正文"), (9, "外部编号"),
    ]  # fmt: skip
    assert all(fault["problem"] and fault["remedy"] for fault in found["faults"])
    sheet = load_workbook(report)["需要修改的内容"]
    cells = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert cells[0] == ["行号", "栏目", "填写的内容", "问题", "处理办法"]
    assert [line[0] for line in cells[1:]] == [3, 4, 5, 6, 7, 8, 9]
    again = migrate(world.services, tmp_path, workbook([row(1), row(3)]), "--json", name="list.xlsx")
    assert {key: json.loads(again.stdout)[key] for key in ("created", "unchanged", "refused")} == {
        "created": 1,
        "unchanged": 1,
        "refused": 0,
    }


def test_a_list_with_a_faulty_header_writes_nothing(world: World, tmp_path: Path) -> None:
    data = text_list([row(1)], header=("单位", "栏目", "题目", "发布时间", "外部编号", "正文"))
    answer = migrate(world.services, tmp_path, data)
    assert (answer.exit_code, "缺少必填的列" in answer.stderr) == (1, True)
    with world.services.database.system_scope("test") as uow:
        assert uow.session.scalar(select(func.count()).select_from(ImportBatch)) == 0


def test_a_second_run_changes_nothing_and_tells_what_differs(world: World) -> None:
    assert bring(world, [migration_row(1), migration_row(2)]).created == 2
    before = [(item.id, item.title, item.body_html) for item in items_of(world)]
    changed = migration_row(2, body_html="<p>另一段正文。</p>")
    result = bring(world, [migration_row(1), changed, migration_row(3)])
    assert (result.created, result.unchanged, result.refused) == (1, 1, 1)
    assert "已存在（已发布），内容不同：正文" in result.faults[0].problem
    assert [(item.id, item.title, item.body_html) for item in items_of(world)][:2] == before
    assert totals(world) == (3, 3, 0)


def test_each_kind_of_key_finds_the_row_again(world: World) -> None:
    rows = [
        migration_row(1),
        migration_row(2, external_id="", index_number="QSHQ--2023-0756"),
        migration_row(3, external_id="", source_url="http://www.example.gov.cn/a/3.html"),
        migration_row(4, external_id=""),
    ]
    assert bring(world, rows).created == 4
    keys = [item.external_key or "" for item in items_of(world)]
    assert [key.partition(":")[0] for key in keys] == ["id", "no", "url", "sha"]
    assert bring(world, rows).unchanged == 4
    # The same text published on another day is another item.
    later = migration_row(4, external_id="", published_at=datetime(2023, 5, 1, 9, tzinfo=SHANGHAI))
    assert bring(world, [later]).created == 1


def test_a_run_killed_in_the_middle_is_finished_by_the_next_and_doubles_nothing(world: World) -> None:
    rows = [migration_row(number) for number in range(1200)]

    def kill(done: int, _: int) -> None:
        if done >= 1000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring(world, rows, on_progress=kill)
    assert len(items_of(world)) == 1000
    result = bring(world, rows)
    assert (result.created, result.unchanged, result.refused) == (200, 1000, 0)
    items = items_of(world)
    assert len({item.external_key for item in items}) == len(items) == 1200
    assert sorted(item.index_number_seq or 0 for item in items) == list(range(1, 1201))
    with world.services.database.unit_of_work() as uow:
        assert verify_chain(uow, tenant_id=world.units["hx-mzj"]) is None
        assert differences(uow) == []


def test_a_page_found_elsewhere_keeps_labels_number_and_time(world: World, tmp_path: Path) -> None:
    header = ("栏目", "名称", "索引号", "公开形式", "文号", "公开时限", "发布机构", "生成日期", "发布日期", "正文")
    values = (
        "公示公告", "应急管理局2013年政府信息公开工作报告", "11330727775738086F/2022-56162", "主动公开", "",
        "长期公开", "应急管理局", date(2014, 10, 29), datetime(2014, 10, 29, 16, 5, tzinfo=SHANGHAI),
        "我局认真推进政府信息公开工作。",
    )  # fmt: skip
    data = workbook([values], header)
    answer = migrate(world.services, tmp_path, data, "--tenant", "yl-czj", "--json", name="page.xlsx")
    assert json.loads(answer.stdout)["created"] == 1, answer.output
    (item,) = items_of(world, "yl-czj")
    assert item.original_labels == [
        ["索引号", "11330727775738086F/2022-56162"],
        ["公开形式", "主动公开"],
        ["文号", ""],
        ["公开时限", "长期公开"],
        ["发布机构", "应急管理局"],
        ["生成日期", "2014-10-29"],
        ["发布日期", "2014-10-29 16:05"],
    ]
    assert (item.index_number, item.index_number_seq) == ("11330727775738086F/2022-56162", None)
    assert item.published_at == datetime(2014, 10, 29, 8, 5, tzinfo=UTC)
    assert (item.period, item.formed_date, item.disclosure_mode) == ("2014-10", date(2014, 10, 29), "proactive")
    assert item.recorded_at == world.services.database.clock()
    with world.services.database.unit_of_work() as uow:
        version = uow.session.execute(select(ItemVersion)).scalar_one()
        assert version.content["original_labels"] == item.original_labels
        text = uow.session.scalar(select(VersionText.body_html).where(VersionText.version_id == version.id))
    assert text == "<p>我局认真推进政府信息公开工作。</p>"


def test_numbers_of_the_own_pattern_raise_the_counter_before_any_is_made(world: World) -> None:
    rows = [
        migration_row(1, unit_code="yl-czj"),
        migration_row(2, unit_code="yl-czj", index_number=OWN_NUMBER),
        migration_row(3, unit_code="yl-czj", index_number="shg58/2021-402"),
    ]
    assert bring(world, rows).created == 3
    with world.services.database.unit_of_work() as uow:
        numbers = uow.session.execute(
            select(IndexNumber.number, IndexNumber.generated, IndexNumber.sequence).order_by(IndexNumber.item_id)
        ).all()
    assert [tuple(number) for number in numbers] == [
        ("113708280043326001/2023-00042", True, 42),
        (OWN_NUMBER, False, 41),
        ("shg58/2021-402", False, None),
    ]
    with world.services.database.system_scope("test") as uow:
        assert uow.session.scalar(select(IndexCounter.last_sequence).where(IndexCounter.year == 2023)) == 42
    again = bring(world, [migration_row(9, unit_code="yl-czj", index_number=OWN_NUMBER)])
    assert (again.refused, again.faults[0].problem) == (1, "索引号已用于本单位另一条信息")


def test_news_reprints_and_duplicates_are_published_but_not_counted(world: World) -> None:
    same = {"title": "关于停水的公告", "body_html": "<p>停水。</p>"}
    day = datetime(2023, 3, 1, 9, tzinfo=SHANGHAI)
    rows = [
        migration_row(1, **same, published_at=day + timedelta(days=5)),
        migration_row(2, **same, published_at=day),
        migration_row(3, **same, published_at=day + timedelta(days=400)),
        migration_row(4, is_reprint=True),
        migration_row(5, column_code="gzdt"),
        migration_row(6, document_number="和民发〔2023〕6号"),
        migration_row(7, document_number="和民发[2023]6号"),
        migration_row(8, column_code="czys"),
    ]
    result = bring(world, rows)
    assert result.refused == 0, result.faults
    reasons = {item.external_key: item.counted_out_reason for item in items_of(world)}
    repeated = "与本单位十二个月内已发布信息重复"
    assert reasons == {
        "id:A1": repeated, "id:A2": "", "id:A3": "", "id:A4": "转载信息", "id:A5": "工作动态类信息",
        "id:A6": "", "id:A7": repeated, "id:A8": "",
    }  # fmt: skip
    assert totals(world) == (7, 3, 1)
    assert totals(world, "2024-04") == (1, 1, 0)
    # A later run knows what an earlier one brought.
    assert bring(world, [migration_row(9, **same, published_at=day + timedelta(days=9))]).created == 1
    assert items_of(world)[-1].counted_out_reason == repeated


def test_an_office_brings_history_for_its_subtree_only_and_is_audited(world: World) -> None:
    foreign = migration_row(1, unit_code="qs-mzj")
    result = bring(world, [foreign, migration_row(2)], unit_code="hx", allowed_by="hx-supervisor")
    assert (result.created, result.refused) == (1, 1)
    assert result.faults[0].problem == "没有这个单位，或不在本次导入的单位范围内"
    missing = bring(world, [migration_row(1, unit_code="没有")], unit_code="hx", allowed_by="hx-supervisor")
    assert missing.faults[0].problem == result.faults[0].problem
    assert items_of(world, "qs-mzj") == []
    with world.services.database.system_scope("test") as uow:
        acting = uow.session.execute(
            select(AuditEvent.user_id, AuditEvent.acting_tenant_id).where(
                AuditEvent.action == "scope.acting_for", AuditEvent.tenant_id == world.units["hx-mzj"]
            )
        ).all()
    assert [tuple(entry) for entry in acting] == [(world.people["hx-supervisor"], world.units["hx"])]


@pytest.mark.parametrize("login", ["qs-supervisor", "hx-mzj-unit_admin", "nobody"])
def test_nobody_but_the_office_above_allows_a_migration(world: World, tmp_path: Path, login: str) -> None:
    answer = migrate(world.services, tmp_path, text_list([row(1)]), "--tenant", "hx-mzj", "--allowed-by", login)
    assert answer.exit_code == 1
    assert login in answer.stderr
    with pytest.raises(Forbidden):
        bring(world, [migration_row(1)], unit_code="hx-mzj", allowed_by="qs-supervisor")
    assert items_of(world) == []


def test_a_migration_names_its_cut_off_date_and_the_person_who_answers(world: World, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(text_list([row(1)]))
    answer = gongkai(world.services, "items", "import", str(file), "--migrate", "--allowed-by", "yl-supervisor")
    assert answer.exit_code == 1
    assert "未填写截止日期" in answer.stderr
    assert "未填写责任人" in answer.stderr
    result = bring(world, [migration_row(1)], cutoff=date(2023, 3, 9))
    assert (result.refused, result.faults[0].problem) == (1, "发布时间晚于本批次的截止日期（2023-03-09）")


def test_a_dry_run_says_the_same_and_writes_nothing(world: World, tmp_path: Path) -> None:
    rows = [row(1), row(2), row(3, column="没有的栏目")]
    dry = migrate(world.services, tmp_path, text_list(rows), "--dry-run", "--json")
    assert items_of(world) == []
    real = migrate(world.services, tmp_path, text_list(rows), "--json")
    assert json.loads(dry.stdout) == json.loads(real.stdout)
    assert len(items_of(world)) == 2


def test_what_required_fields_are_missing_is_listed(world: World) -> None:
    result = bring(world, [migration_row(1, summary="", issuing_agency="", responsible_unit="")])
    assert result.created == 1
    assert result.incomplete == [(1, "和溪县民政局", "关于第1号事项的公告", "发布机构、内容概述、责任科室")]


def test_an_import_into_a_month_with_an_issued_circular_waits_for_confirmation(world: World, tmp_path: Path) -> None:
    issue(world, "hx", "2023-03")
    rows = text_list([row(1), row(2), row(3, day="2023-04-01"), row(4, unit="qs-mzj")])
    dry = migrate(world.services, tmp_path, rows, "--dry-run", "--json")
    said = "2023年3月的通报已由和溪县印发：本次导入将有2条计入该月统计，已印发通报中的数字不变，差额在通报页面列出。"
    assert json.loads(dry.stdout)["notes"] == [said]
    refused = migrate(world.services, tmp_path, rows)
    assert (refused.exit_code, items_of(world)) == (1, [])
    assert said in refused.output
    done = migrate(world.services, tmp_path, rows, "--confirm-issued", "--json")
    assert json.loads(done.stdout)["created"] == 4
    assert json.loads(done.stdout)["notes"] == [said.replace("将有", "有")]
    with world.services.database.system_scope("test") as uow:
        batches = uow.session.scalars(select(ImportBatch).order_by(ImportBatch.id)).all()
    assert [(batch.state, (batch.late or [{}])[0].get("items")) for batch in batches] == [
        ("done", 2), ("failed", 2), ("done", 2)
    ]  # fmt: skip
    assert [batch.late_confirmed_by for batch in batches] == [None, None, world.people["yl-supervisor"]]


@pytest.mark.parametrize(("period", "label"), [("2023-Q1", "2023年第一季度"), ("2023", "2023年度")])
def test_an_issued_quarter_or_year_is_closed_in_each_of_its_months(world: World, period: str, label: str) -> None:
    issue(world, "hx", period)
    rows = [migration_row(number, published_at=datetime(2023, number, 5, 9, tzinfo=SHANGHAI)) for number in (1, 3)]
    with pytest.raises(NeedsConfirmation, match=f"{label}的通报已由和溪县印发：本次导入将有2条计入该期统计"):
        bring(world, rows)
    assert items_of(world) == []
    other = migration_row(5, published_at=datetime(2022, 12, 31, 9, tzinfo=SHANGHAI))
    assert "通报" not in bring(world, [other]).note
    assert bring(world, rows, confirm_issued=True).created == 2


def test_a_program_confirms_issued_months_too(world: World) -> None:
    issue(world, "hx", "2023-03")
    with pytest.raises(NeedsConfirmation, match="2023年3月的通报已由和溪县印发"):
        bring(world, [migration_row(1)])
    other = migration_row(2, published_at=datetime(2023, 4, 1, 9, tzinfo=SHANGHAI))
    assert "通报" not in bring(world, [other]).note
    assert bring(world, [migration_row(1)], confirm_issued=True).created == 1


def test_a_circular_of_direct_units_covers_no_unit_further_down(world: World) -> None:
    issue(world, "yl", "2023-03", coverage="direct")
    assert bring(world, [migration_row(1)]).note == ""
    with pytest.raises(NeedsConfirmation):
        bring(world, [migration_row(2, unit_code="yl-czj")])


def test_a_number_given_afterwards_follows_the_migrated_ones(world: World) -> None:
    moment = datetime(2026, 1, 5, 9, tzinfo=SHANGHAI)
    old = migration_row(1, unit_code="yl-czj", index_number="113708280043326001/2026-00700", published_at=moment)
    assert bring(world, [old], cutoff=date(2026, 2, 1)).created == 1
    item_id = published(world, "yl-czj")
    work_off(world.services)
    with world.services.database.unit_of_work() as uow:
        assert uow.session.get_one(Item, item_id).index_number == "113708280043326001/2026-00701"


def test_two_thousand_rows_arrive_complete(world: World, tmp_path: Path) -> None:
    rows = [row(number, unit="hx-mzj" if number % 2 else "青石县民政局") for number in range(2000)]
    answer = migrate(world.services, tmp_path, workbook(rows), "--json", name="list.xlsx")
    assert json.loads(answer.stdout)["created"] == 2000, answer.output[:500]
    assert totals(world) == (2000, 2000, 0)
    with world.services.database.unit_of_work() as uow:
        assert verify_chain(uow, tenant_id=world.units["qs-mzj"]) is None


LIFE = ("标题", "栏目", "发布时间", "外部编号", "成文日期", "实施日期", "有效期", "效力状况", "废止日期", "正文")


def test_a_list_brings_the_life_of_its_documents(world: World, tmp_path: Path, client: FlaskClient) -> None:
    def line(number: int, *life: str) -> tuple[str, ...]:
        return (f"第{number}号办法", "qtwj", "2023-03-10", f"A{number}", "2023-03-01", *life, f"第{number}号正文。")

    rows = [
        line(1, "2023-04-01", "5年", "有效", ""),
        line(2, "", "长期", "废止", "2024-06-01"),
        line(3, "", "另行通知", "", ""),
        line(4, "", "", "有效", "2024-06-01"),
        line(5, "", "", "废止", "2030-01-01"),
    ]
    report = tmp_path / "report.xlsx"
    more = ("--tenant", "hx-mzj", "--report", str(report), "--json")
    found = json.loads(migrate(world.services, tmp_path, text_list(rows, LIFE), *more).stdout)
    assert found["created"] == 3
    assert sorted((fault["row"], fault["column"], fault["problem"]) for fault in found["faults"]) == [
        (5, "废止日期", "有效性是有效，却有废止日期"),
        (6, "废止日期", "废止日期不能晚于今天"),
    ]
    hints = [[cell.value for cell in line] for line in load_workbook(report)["提示"].iter_rows(min_row=2)]
    assert [(hint[0], "“另行通知”不能换算为日期" in str(hint[3])) for hint in hints] == [(4, True)]
    first, second, third = sorted(items_of(world), key=lambda item: item.title)
    assert (first.effective_date, first.valid_until, first.validity) == (
        date(2023, 4, 1), date(2028, 3, 31), "in_force",
    )  # fmt: skip
    assert (second.validity, second.repealed_date, second.valid_until) == ("repealed", date(2024, 6, 1), None)
    assert (third.optional["validity_period"], third.valid_until) == ("另行通知", None)
    work_off(world.services)
    page = client.get(f"/items/{second.id}").get_data(as_text=True)
    assert "自2024年6月1日起废止。" in page
    assert "长期" in page
    again = [line(1, "2023-04-01", "3年", "有效", ""), rows[1]]
    found = json.loads(migrate(world.services, tmp_path, text_list(again, LIFE), *more).stdout)
    assert (found["unchanged"], found["faults"][0]["problem"]) == (1, "已存在（已发布），内容不同：有效期")


def test_a_list_of_drafts_brings_the_term_as_the_form_does(world: World, tmp_path: Path) -> None:
    file = tmp_path / "drafts.csv"
    rows = [("第1号办法", "qtwj", "B1", "2026-03-01", "", "2年", "", "", "正文。")]
    file.write_bytes(text_list(rows, tuple(name for name in LIFE if name != "发布时间")))
    answer = gongkai(world.services, "items", "import", str(file), "--by", "hx-mzj-contributor")
    assert answer.exit_code == 0, answer.output
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, "hx-mzj-contributor")
        (item,) = uow.session.scalars(select(Item))
    assert (item.valid_until, item.optional["validity_period"]) == (date(2028, 2, 29), "2年")

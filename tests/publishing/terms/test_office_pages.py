"""The office keeps its lists: by form, by spreadsheet, each change with its reason and its version."""

import re
from io import BytesIO

import pytest
from flask import Flask

from gongkai.core.tables.reading import read_table
from gongkai.publishing.terms.importing import COLUMNS
from tests.core.extraction.samples import workbook
from tests.factories.world import World
from tests.publishing.pages import Person, file
from tests.publishing.terms.lists import OFFICE, PREFECTURE, WRITER, entries, term

HEADER = ["类别", "词条", "规范表述", "级别", "排序", "起始日期", "截止日期", "说明"]
ENTRY = {"kind": "typo", "wrong": "帐号", "right": "账号", "level": "warn", "reason": "常见错误"}


@pytest.fixture
def office(app: Flask, world: World) -> Person:
    return Person(app, world, OFFICE)


def test_an_entry_is_added_changed_and_removed_with_its_history(office: Person, world: World) -> None:
    office.post("/office/terms/new", ENTRY)
    assert "已新增词条“帐号”" in office.page
    assert entries(world) == [("typo", "帐号", 1, True)]
    path = re.search(r"/office/terms/\d+", office.page)
    assert path is not None
    office.post(path[0], ENTRY | {"level": "block", "reason": "办公室通知第3号"})
    assert entries(world) == [("typo", "帐号", 2, True)]
    assert "办公室通知第3号" in office.page
    assert "常见错误" in office.page
    assert "第2版" in office.words
    office.post(f"{path[0]}/remove", {"reason": "不再使用"})
    assert entries(world) == [("typo", "帐号", 3, False)]
    office.get(path[0], 404)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"reason": " "}, "未填写修改原因"),
        ({"wrong": "帐"}, "词条为空或只有一个字"),
        ({"right": "帳號"}, "系统不能区分"),
        ({"level": ""}, "未选择级别"),
        ({"kind": "other"}, "未选择类别"),
        ({"valid_from": "2026-02-30"}, "“2026-02-30”不是有效日期"),
        ({"valid_from": "2026-02-02", "valid_to": "2026-02-01"}, "截止日期早于起始日期"),
        ({"kind": "leader", "rank": "第一"}, "不是1至9999的整数"),
    ],
)
def test_a_faulty_entry_is_refused_and_its_form_kept(
    office: Person, world: World, changes: dict[str, str], told: str
) -> None:
    office.post("/office/terms/new", ENTRY | changes, 400)
    assert told in office.page
    assert 'value="账号"' in office.page or "right" in changes
    assert entries(world) == []


def test_the_same_entry_twice_is_refused(office: Person, world: World) -> None:
    office.post("/office/terms/new", ENTRY)
    office.post("/office/terms/new", ENTRY, 400)
    assert "词条“帐号”已在名单中" in office.page
    assert len(entries(world)) == 1


def test_a_list_comes_as_a_spreadsheet_first_dry_then_for_good(office: Person, world: World) -> None:
    term(world, "帐号", "账号", kind="typo", level="warn")
    rows: list[list[object]] = [
        [*HEADER],
        ["常见错别字", "帐号", "账号", "提示", None, None, None, None],
        ["领导人姓名职务及排序", "张甲", "县长", "提示", 2, "2023-01-10", None, None],
        ["过时表述", "旧提法", "新提法", "禁止", None, None, None, "见通知"],
    ]
    upload = workbook({"词条": rows})
    office.post("/office/terms/import", {"file": file(upload, "词条.xlsx"), "reason": "年度更新", "dry_run": "1"})
    assert "导入后将新增2条，修改0条，1条没有变化" in office.page
    assert len(entries(world)) == 1
    office.post("/office/terms/import", {"file": file(upload, "词条.xlsx"), "reason": "年度更新"})
    assert "已导入：新增2条，修改0条，1条没有变化" in office.page
    assert [row[1:] for row in entries(world)] == [("帐号", 1, True), ("张甲", 1, True), ("旧提法", 1, True)]
    office.post("/office/terms/import", {"file": file(upload, "词条.xlsx"), "reason": "再导一次"})
    assert "新增0条，修改0条，3条没有变化" in office.page


def test_a_faulty_list_brings_nothing_and_names_each_fault(office: Person, world: World) -> None:
    rows: list[list[object]] = [
        [*HEADER],
        ["过时表述", "旧提法", "新提法", "禁止", None, None, None, None],
        ["过时表述", "旧提法", "新提法", "提示", None, None, None, None],
        ["别的", "词语", "", "很重", None, "昨天", None, None],
    ]
    office.post("/office/terms/import", {"file": file(workbook({"词条": rows}), "词条.xlsx"), "reason": "更新"}, 400)
    for told in ("同一词条出现了两次", "未选择类别", "未选择级别"):
        assert told in office.page
    assert "文件中有4处需要修改，未导入任何内容" in office.page
    assert entries(world) == []


def test_the_export_can_be_imported_again(office: Person, world: World) -> None:
    term(world, "张甲", "县委副书记、县长", kind="leader", level="warn", rank=2)
    term(world, "=旧提法", "新提法")
    exported = office.client.get("/office/terms/export.xlsx").data
    table = read_table(exported, "词条名单.xlsx", columns=COLUMNS)
    assert [row.text("wrong") for row in table.rows] == ["张甲", "=旧提法"]
    office.post("/office/terms/import", {"file": (BytesIO(exported), "a.xlsx"), "reason": "原样导入"})
    assert "新增0条，修改0条，2条没有变化" in office.page
    template = office.client.get("/office/terms/template.xlsx").data
    office.post("/office/terms/import", {"file": (BytesIO(template), "a.xlsx"), "reason": "模板", "dry_run": "1"})
    assert "新增5条" in office.page


def test_the_list_is_narrowed_and_paged(office: Person, world: World) -> None:
    for number in range(60):
        term(world, f"词语{number:02d}", kind="forbidden" if number % 2 else "typo", level="warn")
    assert "共60条" in office.get("/office/terms/").replace(" ", "").replace('<spanclass="figure">', "").replace(
        "</span>", ""
    )
    assert "词语59" in office.get("/office/terms/?page=2") or "词语58" in office.page
    office.get("/office/terms/?q=词语07")
    assert "词语07" in office.page
    assert "词语08" not in office.page
    office.get("/office/terms/?kind=typo")
    assert "词语07" not in office.page


def test_offices_keep_apart_and_units_have_no_screen(app: Flask, world: World) -> None:
    entry = term(world, "旧提法", login=PREFECTURE)
    county = Person(app, world, OFFICE)
    county.get(f"/office/terms/{entry}", 404)
    assert "旧提法" not in county.get("/office/terms/")
    Person(app, world, WRITER).get("/office/terms/", 403)

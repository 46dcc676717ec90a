# ruff: noqa: DTZ001 - cells hold wall time without a zone
import contextlib
import io
import tracemalloc
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongkai.core.tables.columns import Column
from gongkai.core.tables.reading import read_table
from gongkai.core.tables.rows import Table, TableLimits, UnreadableTable
from gongkai.core.tables.writing import Sheet, write_csv, write_xlsx
from tests.core.storage.test_sniff import ole_of
from tests.core.tables.files import MAIN, text, workbook

COLUMNS = (
    Column("title", "标题", required=True, aliases=("文件名称",), help="与文件首页一致"),
    Column("day", "成文日期", aliases=("发文日期",)),
    Column("count", "件数"),
)
HEAD = f"<row>{text('标题')}{text('成文日期')}{text('件数')}</row>"
CODES = '<numFmts><numFmt numFmtId="170" formatCode="000000"/></numFmts>'
STYLES = CODES + "<cellXfs>" + "".join(f'<xf numFmtId="{n}"/>' for n in (0, 14, 22, 31, 46, 170, 20)) + "</cellXfs>"


def saved(rows: Sequence[Sequence[object]], title: str = "清单") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def read(data: bytes, columns: Sequence[Column] = COLUMNS, **limits: int) -> Table:
    return read_table(data, "清单.xlsx", columns=columns, limits=TableLimits(**limits))


def values(data: bytes) -> list[dict[str, object]]:
    return [dict(row.values) for row in read(data).rows]


def cell_faults(data: bytes) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.column_title, fault.problem) for row in read(data).rows for fault in row.faults]


def test_a_usual_file_with_titles_above_and_noisy_headers() -> None:
    data = saved(
        [
            ["某市某局政府信息公开清单"],
            ["标题"],
            ["填报单位:某局", None, "2023年"],
            [None],
            ["序号", "* 标 题(必填)", "发文\n日期", "件数:", "备注"],
            [1, "关于印发方案的通知", date(2023, 3, 23), 3, "x"],
            [2, None, None, None, "预先编号的空行"],
            [3, "另一个通知", datetime(2023, 3, 24, 9, 30), 4.5, None],
        ]
    )
    table = read(data)
    rows = list(table.rows)

    assert (table.header_row, table.sheet, table.faults) == (5, "清单", [])
    assert table.notes == ["第 1 列“序号”不是本表的栏目，已忽略。", "第 5 列“备注”不是本表的栏目，已忽略。"]
    assert [row.number for row in rows] == [6, 8]
    assert rows[0].values == {"title": "关于印发方案的通知", "day": date(2023, 3, 23), "count": 3}
    assert rows[1].values["day"] == datetime(2023, 3, 24, 9, 30)
    assert rows[1].text("count") == "4.5"
    assert rows[1].date("day") == date(2023, 3, 24)
    assert rows[1].faults == []
    assert rows[1].integer("count") is None
    assert [fault.message for fault in rows[1].faults] == ["第 8 行“件数”：不是整数；请只填写阿拉伯数字，不带单位。"]


def test_missing_and_repeated_headers_are_faults_and_stop_the_reading() -> None:
    table = read(saved([["发文日期", "成文日期", "件数"], [1, 2, 3]]))
    assert [(fault.row, fault.column_title, fault.problem) for fault in table.faults] == [
        (1, "标题", "缺少必填的列"),
        (1, "成文日期", "表头重复，无法确定以哪一列为准"),
    ]
    assert "“发文日期”、“成文日期”" in table.faults[1].value
    assert list(table.rows) == []


def test_a_file_without_a_header_row_says_which_headers_it_expects() -> None:
    table = read(saved([["甲"]] * 10 + [["标题", "件数"]]))
    assert "“标题”、“成文日期”、“件数”" in table.faults[0].message
    assert list(table.rows) == []


def test_headers_that_differ_in_brackets_only_are_kept_apart() -> None:
    columns = (Column("yuan", "金额(元)"), Column("wan", "金额（万元）"))
    rows = list(read(saved([["金额(万元)", "金额 (元)"], [1, 2]]), columns).rows)
    assert rows[0].values == {"wan": 1, "yuan": 2}


def test_the_first_visible_sheet_with_a_header_is_read() -> None:
    book = openpyxl.Workbook()
    assert book.active
    book.active.title = "填表说明"
    book.active.append(["请先阅读"])
    for title, state in (("旧", "hidden"), ("数据", "visible"), ("其他", "visible")):
        sheet = book.create_sheet(title)
        sheet.sheet_state = state
        sheet.append(["标题", "件数"])
        sheet.append([title, 1])
    buffer = io.BytesIO()
    book.save(buffer)
    table = read(buffer.getvalue())
    assert [row.text("title") for row in table.rows] == ["数据"]
    assert table.sheet == "数据"
    assert table.notes[0] == "文件中有 3 个工作表，本次只读取“数据”。"


def test_required_cells_and_unreadable_cells_are_reported_once() -> None:
    data = saved([["标题", "件数"], [None, 1], ["公\u202e告", 1], ["好", None]])
    rows = list(read(data).rows)
    assert [fault.message for row in rows for fault in row.faults] == [
        "第 2 行“标题”：必填项没有填写；请填写标题（与文件首页一致）。",
        (
            "第 3 行“标题”：含有改变文字方向的特殊字符（编码 202E）；"
            "请清空该单元格，先将文字粘贴到记事本中，再复制回来。"
        ),
    ]
    assert rows[1].text("title") == ""
    assert rows[0].fault("count", "不对", "请改").value == "1"


def test_cells_of_every_type() -> None:
    data = workbook(
        HEAD
        + '<row r="5"><c r="A5" t="s"><v>0</v></c><c r="B5" s="1"><v>45008</v></c>'
        + '<c r="C5"><v>7.0</v></c></row>'
        + '<row><c t="s"><v>1</v></c><c s="2"><v>45008.395833333336</v></c><c t="b"><v>1</v></c></row>'
        + '<row><c t="str"><f>A1</f><v>公式_x000D_\n结果</v></c><c s="3"><v>45008</v></c>'
        + "<c><f>1+1</f><v>2</v></c></row>"
        + '<row><c s="5"><v>1234</v></c><c t="d"><v>2023-03-23T09:30:00Z</v></c><c s="6"><v>0.5</v></c></row>'
        + '<row><c><v>3.10</v></c><c t="str"><f>""</f><v></v></c><c s="4"><v>1.5</v></c></row>',
        strings="<si><t>纯文本</t><rPh><t>ping</t></rPh></si><si><r><t>富</t></r><r><t>文本</t></r></si>",
        styles=STYLES,
    )
    rows = list(read(data).rows)
    assert [row.number for row in rows] == [5, 6, 7, 8, 9]
    assert [row.text("title") for row in rows] == ["纯文本", "富文本", "公式\n结果", "001234", "3.1"]
    day = date(2023, 3, 23)
    moment = datetime(2023, 3, 23, 9, 30)
    assert [row.values.get("day") for row in rows] == [day, moment, day, moment, None]
    assert [row.values["count"] for row in rows] == [7, "TRUE", 2, "12:00", "36:00:00"]
    assert rows[4].values["title"] == Decimal("3.1")


def test_the_calendar_of_1904_is_understood() -> None:
    row = '<row><c t="str"><v>甲</v></c><c s="1"><v>43546</v></c></row>'
    data = workbook(HEAD + row, styles=STYLES, workbook_pr='<workbookPr date1904="1"/>')
    assert values(data) == [{"title": "甲", "day": date(2023, 3, 23)}]


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("<c><f>SUM(A1)</f></c>", "公式没有计算结果"),
        ("<c><f>SUM(A1)</f><v></v></c>", "公式没有计算结果"),
        ('<c t="e"><f>1/0</f><v>#DIV/0!</v></c>', "单元格的计算结果是错误值 #DIV/0!"),
        ("<c><v>1.2345678901234501E+17</v></c>", "超过 15 位的数字按“数值”保存，末尾几位已被 Excel 改成 0"),
        ('<c s="1"><v>99999999999</v></c>', "不是有效的日期或数字"),
        ("<c><v>x</v></c>", "不是有效的日期或数字"),
        (text("_x0007_"), "含有看不见的控制字符（编码 0007）"),
        (text("一二三四五六七八九十" * 2), "内容有 20 字，超过上限 12 字"),
    ],
)
def test_cells_that_cannot_be_read_say_why(cell: str, problem: str) -> None:
    data = workbook(f"{HEAD}<row>{cell}</row>", styles=STYLES)
    rows = list(read(data, cell_chars=12).rows)
    assert [(fault.row, fault.column_title, fault.problem) for row in rows for fault in row.faults] == [
        (2, "标题", problem)
    ]


def test_strict_workbooks_are_read_too() -> None:
    usual = workbook(HEAD + f"<row>{text('甲')}</row>")
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(usual)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            content = old.read(name).decode()
            content = content.replace(
                "http://schemas.openxmlformats.org/officeDocument/2006",
                "http://purl.oclc.org/ooxml/officeDocument",
            )
            new.writestr(name, content.replace(MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main"))
    assert values(buffer.getvalue()) == [{"title": "甲"}]


def test_a_wide_and_sparse_sheet_costs_nothing() -> None:
    rows = f'{HEAD}<row r="1048576"><c r="A1048576" t="str"><v>末行</v></c><c r="XFD1048576"><v>1</v></c></row>'
    assert [(row.number, row.text("title")) for row in read(workbook(rows)).rows] == [(1048576, "末行")]


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE x [<!ENTITY a "' + "甲" * 1000 + '"><!ENTITY b "' + "&a;" * 1000 + '">]>',
    ],
)
@pytest.mark.parametrize("part", ["sheet", "strings", "workbook"])
def test_entities_are_refused_before_they_are_expanded(prolog: str, part: str) -> None:
    row = f"{HEAD}<row>{text('&a;')}</row>"
    if part == "sheet":
        data = workbook(row, prolog=prolog)
    elif part == "strings":
        comment = f'<?xml version="1.0"?>\n<!-- {"x" * 9000} -->'
        strings = f'{comment}{prolog}<sst xmlns="{MAIN}"><si><t>&a;</t></si></sst>'
        data = workbook(row, **{"xl/sharedStrings.xml": strings})
    else:
        data = workbook(row, **{"xl/workbook.xml": f"{prolog}<workbook>&a;</workbook>"})
    with pytest.raises(UnreadableTable, match="文档类型声明"):
        list(read(data).rows)


@pytest.mark.parametrize("limits", [TableLimits(), TableLimits(ratio=100_000, unpacked_bytes=20_000_000)])
def test_a_zip_bomb_is_refused_from_its_directory(limits: TableLimits) -> None:
    bomb = workbook(HEAD, **{"xl/media/image1.png": "0" * 30_000_000})
    assert len(bomb) < 100_000
    tracemalloc.start()
    with pytest.raises(UnreadableTable, match="解压后的内容过大"):
        read_table(bomb, "清单.xlsx", columns=COLUMNS, limits=limits)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_a_directory_that_lies_about_sizes_is_damaged() -> None:
    data = bytearray(workbook(HEAD + f"<row>{text('甲' * 100_000)}</row>"))
    at = data.index(b"xl/worksheets/sheet1.xml", data.index(b"PK\x01\x02")) - 46
    data[at + 24 : at + 28] = (900).to_bytes(4, "little")
    with pytest.raises(UnreadableTable, match="已损坏"):
        list(read(bytes(data)).rows)


@pytest.mark.parametrize(
    "data",
    [
        workbook("<row><c r='A1' t='s'><v>9</v></c></row>"),
        workbook("<row><c>"),
        workbook("<row r='x'><c/></row>"),
        workbook(HEAD, **{"xl/workbook.xml": "<workbook"}),
        workbook(HEAD, **{"_rels/.rels": "<Relationships/>"}),
        workbook(HEAD, **{"XL/Workbook.xml": "<workbook/>"}),
    ],
)
def test_damaged_workbooks_are_said_to_be_damaged(data: bytes) -> None:
    with pytest.raises(UnreadableTable, match="已损坏"):
        list(read(data).rows)


@settings(max_examples=150)
@given(st.data())
def test_no_damage_escapes_as_another_error(data: st.DataObject) -> None:
    content = bytearray(workbook(HEAD + f"<row>{text('甲')}<c s='1'><v>45008</v></c></row>", styles=STYLES))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(UnreadableTable):
        for row in read(bytes(content)).rows:
            row.date("day")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "空文件"),
        (b"%PDF-1.7\n", "PDF 文档，不是表格"),
        (b"<html><table><tr><td>x", "网页格式"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "不是表格"),
        (b"\x89PNG\r\n\x1a\n\0\0", "PNG 图片"),
        (b"\0\1\2\3", "无法识别"),
    ],
)
def test_other_kinds_are_told_by_content(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableTable, match=message):
        read(data)


@pytest.mark.parametrize(("member", "message"), [("Workbook", "另存为 .xlsx"), ("EncryptedPackage", "打开密码")])
def test_old_and_encrypted_workbooks_say_what_to_do(member: str, message: str) -> None:
    with pytest.raises(UnreadableTable, match=message):
        read(ole_of(member))


def test_limits_on_bytes_and_rows() -> None:
    data = write_xlsx([Sheet("表", ["标题", "件数"], [["甲", 1]] * 5)])
    with pytest.raises(UnreadableTable, match="超过上限 1 KB"):
        read(data, bytes=1024)
    assert len(list(read(data, rows=5).rows)) == 5
    with pytest.raises(UnreadableTable, match="超过 4 行"):
        list(read(data, rows=4).rows)


def test_a_hundred_thousand_rows_stream() -> None:
    count = 100_000
    rows = "".join(f'<row><c t="s"><v>0</v></c><c s="1"><v>45008</v></c><c><v>{n}</v></c></row>' for n in range(count))
    data = workbook(HEAD + rows, strings="<si><t>标题</t></si>", styles=STYLES)
    del rows
    tracemalloc.start(1)
    try:
        total = 0
        for row in read(data).rows:
            total += row.number == row.values["count"] + 2  # type: ignore[operator]
            if total == 2000:
                break
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000
    assert sum(1 for _ in read(data).rows) == count


def test_long_texts_stay_out_of_memory() -> None:
    count, length = 1500, 10_000
    strings = "".join(f"<si><t>{n}{'文' * length}</t></si>" for n in range(count))
    rows = "".join(f'<row><c t="s"><v>{n}</v></c></row>' for n in range(count))
    data = workbook(HEAD + rows, strings=strings)
    del strings
    tracemalloc.start(1)
    try:
        for number, row in enumerate(read(data, ratio=10_000).rows):
            assert row.text("title") == f"{number}{'文' * length}"
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 24_000_000  # the texts are 45 MB of UTF-8; the spool keeps 16 MB at most


XML_TEXT = st.text(
    st.characters(
        codec="utf-8",
        exclude_categories=("Cc", "Cs"),
        exclude_characters="\ufffd\ufffe\uffff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    )
)


def trimmed(value: str) -> str:
    value = value.strip(" \u00a0\u3000\u200b\u200e\u200f\ufeff").replace("\u00a0", " ")
    return value[1:] if value[:1] == "'" and value[1:].isdecimal() else value


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        XML_TEXT | st.sampled_from(["=1+1", "#N/A", "'=x", "_x000D_", "_x005F_", "-1", "@a", "TRUE"]),
        max_size=6,
    )
)
def test_any_text_survives_both_formats(texts: list[str]) -> None:
    sheet = Sheet("往返", ["标题", "件数"], [[value, 1] for value in texts])
    expected = [trimmed(value) for value in texts]
    for data in (write_xlsx([sheet]), write_csv(sheet)):
        assert [row.text("title") for row in read(data).rows] == expected

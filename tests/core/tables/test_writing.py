import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import cast

import openpyxl
import pytest
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from gongkai.core.tables.cells import CellFault
from gongkai.core.tables.writing import Sheet, Value, fault_report, save_xlsx, write_csv, write_xlsx


def opened(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def first(data: bytes) -> Worksheet:
    return cast("Worksheet", opened(data).worksheets[0])


def column(*values: Value) -> list[Cell]:
    sheet = first(write_xlsx([Sheet("表", ["栏目"], [[value] for value in values])]))
    return [cast("Cell", row[0]) for row in sheet.iter_rows(min_row=2)]


def test_numbers_dates_and_texts_keep_their_kind() -> None:
    cells = column(3, Decimal("1.5"), date(2023, 3, 23), datetime(2023, 3, 23, 1, 30, tzinfo=UTC), "文字", True)
    assert [cell.value for cell in cells] == [
        3,
        1.5,
        datetime(2023, 3, 23),  # noqa: DTZ001 - Excel knows no zone
        datetime(2023, 3, 23, 9, 30),  # noqa: DTZ001 - Beijing time
        "文字",
        "是",
    ]
    assert [cell.number_format for cell in cells[2:4]] == ["yyyy-mm-dd", "yyyy-mm-dd hh:mm"]


def test_what_excel_would_change_is_written_as_text() -> None:
    long, fine = 110101199001010011, Decimal("0.1234567890123456")
    assert [cell.value for cell in column(long, fine, date(1900, 2, 28), date(1900, 3, 1))][:3] == [
        "110101199001010011",
        "0.1234567890123456",
        "1900-02-28",
    ]
    assert column(date(1900, 3, 1))[0].is_date


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "#N/A", "=", "＝1"])
def test_no_text_becomes_a_formula(text: str) -> None:
    (cell,) = column(text)
    assert (cell.value, cell.data_type) == (text, "s")
    assert cell.quotePrefix


def test_ordinary_text_has_no_quote_prefix() -> None:
    assert not column("文字")[0].quotePrefix


def test_illegal_characters_go_and_escapes_stay_text() -> None:
    cells = column("a\x00b\x0bc\ud800d\uffffe", "一\r\n二")
    assert [cell.value for cell in cells] == ["abcde", "一\n二"]
    data = write_xlsx([Sheet("表", ["栏目"], [["_x000D_"]])])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"_x005F_x000D_" in archive.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("char", ["文", "𬭎"])
def test_text_longer_than_a_cell_is_cut_and_says_so(char: str) -> None:
    fits = char * (32_767 // (len(char.encode("utf-16-le")) // 2))
    cells = column(fits, fits + "文文")
    assert cells[0].value == fits
    assert str(cells[1].value).endswith("已截断）")
    assert len(str(cells[1].value).encode("utf-16-le")) // 2 <= 32_767


def test_the_header_is_frozen_and_columns_fit_chinese() -> None:
    rows = [["1", "关于印发某某实施方案的通知"], ["2", "文" * 500]]
    sheet = first(write_xlsx([Sheet("表", ["序号", "标题"], rows)]))
    assert sheet.freeze_panes == "A2"
    assert sheet["A1"].font.bold
    assert sheet.column_dimensions["A"].width == 9
    assert sheet.column_dimensions["B"].width == 60
    narrow = first(write_xlsx([Sheet("表", ["标题"], rows[:1] and [[rows[0][1]]])]))
    assert narrow.column_dimensions["A"].width == 29


def test_sheet_names_are_made_legal_and_distinct() -> None:
    titles = ["单位[1]/清单:*?", "", "单" * 40, "单" * 40, "Sheet"]
    book = opened(write_xlsx([Sheet(title, ["甲"], []) for title in titles]))
    assert book.sheetnames == ["单位 1  清单", "Sheet", "单" * 31, "单" * 28 + "(2)", "Sheet(2)"]


def test_rows_may_be_a_generator_and_the_target_a_path(tmp_path: Path) -> None:
    target = tmp_path / "清单.xlsx"
    save_xlsx([Sheet("表", ["序号", "标题"], ([number, f"第{number}件"] for number in range(1000)))], target)
    sheet = first(target.read_bytes())
    assert sheet.max_row == 1001
    assert [cell.value for cell in sheet[1001]] == [999, "第999件"]


def test_csv_opens_in_excel_and_runs_nothing() -> None:
    rows: list[list[Value]] = [
        ["=1+1", "+1", "-1", "@a", "\ta", "\ra", "'=a", "'a", "＝a"],
        [-1, Decimal("-1.50"), date(2023, 3, 23), None, 'a"b', "a,b", "一\n二", True, "a\x00\ud800b"],
    ]
    data = write_csv(Sheet("表", ["甲"], rows))
    assert data.startswith(b"\xef\xbb\xbf")
    text = data.decode("utf-8-sig")
    assert text.split("\r\n")[:2] == ["甲", "'=1+1,'+1,'-1,'@a,'\ta,\"'\ra\",''=a,'a,'＝a"]
    assert text.endswith('\r\n-1,-1.50,2023-03-23,,"a""b","a,b","一\n二",是,ab\r\n')


def test_a_report_of_faults_is_a_sheet() -> None:
    faults = [
        CellFault(0, "表头", "", "没有找到表头", "请用模板"),
        CellFault(7, "标题", "=1", "空", "请填写"),
    ]
    sheet = first(write_xlsx([fault_report(faults)]))
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["行号", "栏目", "填写的内容", "问题", "处理办法"],
        [None, "表头", None, "没有找到表头", "请用模板"],
        [7, "标题", "=1", "空", "请填写"],
    ]

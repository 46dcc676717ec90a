"""Writing lists: workbooks and delimited text in which no text can run as a formula."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from itertools import chain, islice
from pathlib import Path
from typing import IO, TypeAlias
from unicodedata import east_asian_width
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from gongkai.core.tables.cells import CellFault, to_text
from gongkai.core.tables.delimited import GUARDED

Value: TypeAlias = str | int | Decimal | date | datetime | None

_BEIJING = ZoneInfo("Asia/Shanghai")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_TITLE_ILLEGAL = re.compile(r"[\[\]:*?/\\]")
_CELL_UNITS = 32_767
_CUT = "……（内容超过 Excel 单元格长度，已截断）"
# Excel's calendar takes 1900 for a leap year; dates before March 1900 shift or cannot be shown.
_FIRST_DATE = date(1900, 3, 1)
_LARGEST = 10**15
_SAMPLE_ROWS = 200
_EDGE = Side(style="thin", color="BFBFBF")
_HEADER_STYLE = {
    "font": Font(name="宋体", bold=True),
    "fill": PatternFill("solid", fgColor="DDEBF7"),
    "alignment": Alignment(horizontal="center", vertical="center", wrap_text=True),
    "border": Border(left=_EDGE, right=_EDGE, top=_EDGE, bottom=_EDGE),
}
_TEXT_ALIGNMENT = Alignment(vertical="top", wrap_text=True)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worksheet: its name, the header, and rows of as many values. `rows` may be a generator; it runs
    once.

    Instants with a time zone are written in Beijing time.
    """

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[Value]]


def write_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """Give the bytes of a workbook; see `save_xlsx`."""
    buffer = BytesIO()
    save_xlsx(sheets, buffer)
    return buffer.getvalue()


def save_xlsx(sheets: Sequence[Sheet], target: Path | IO[bytes]) -> None:
    """Write a workbook, row by row, with a frozen header and widths that fit Chinese text.

    Numbers and dates stay such. Text is always text: what looks like a formula or an error is marked as
    typed text (quote prefix). Numbers of more than 15 digits and dates before March 1900 become text,
    since Excel would change them; characters that XML cannot hold are dropped; text longer than a cell
    (32,767) is cut, and says so.
    """
    book = Workbook(write_only=True)
    book.properties.creator = ""
    used: set[str] = set()
    for sheet in sheets:
        worksheet = book.create_sheet(_sheet_title(sheet.title, used))
        assert isinstance(worksheet, WriteOnlyWorksheet)
        _write_sheet(worksheet, sheet)
    book.save(target)


def write_csv(sheet: Sheet) -> bytes:
    """Give UTF-8 with a byte order mark (Excel would otherwise take it for GBK), lines ending in CR LF.

    A text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets an apostrophe in front, or
    Excel would run it as a formula; so does a text with an apostrophe before these, and `read_table` takes
    exactly one off again.
    """
    buffer = StringIO(newline="")
    writer = csv.writer(buffer)
    for row in chain([sheet.header], sheet.rows):
        writer.writerow([_csv_text(value) for value in row])
    return buffer.getvalue().encode("utf-8-sig", "replace")


def fault_report(faults: Iterable[CellFault]) -> Sheet:
    """Make the worksheet that people get back with what they have to correct."""
    rows = ((fault.row or None, fault.column_title, fault.value, fault.problem, fault.remedy) for fault in faults)
    return Sheet("需要修改的内容", ("行号", "栏目", "填写的内容", "问题", "处理办法"), rows)


def _write_sheet(worksheet: WriteOnlyWorksheet, sheet: Sheet) -> None:
    rows = iter(sheet.rows)
    sample = list(islice(rows, _SAMPLE_ROWS))
    for index, width in enumerate(_widths(sheet.header, sample), 1):
        # The stubs leave this attribute out.
        worksheet.column_dimensions[get_column_letter(index)].width = width  # type: ignore[attr-defined]
    worksheet.freeze_panes = "A2"
    worksheet.append([_header_cell(worksheet, title) for title in sheet.header])
    for row in chain(sample, rows):
        worksheet.append([_cell(worksheet, value) for value in row])


def _header_cell(worksheet: WriteOnlyWorksheet, title: str) -> Cell:
    cell = _text_cell(worksheet, title)
    for name, style in _HEADER_STYLE.items():
        setattr(cell, name, style)
    return cell


def _cell(worksheet: WriteOnlyWorksheet, value: Value) -> Cell | None:
    value = _native(value)
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return _text_cell(worksheet, value)
    cell = WriteOnlyCell(worksheet)
    cell.value = value
    if isinstance(value, datetime):
        cell.number_format = "yyyy-mm-dd hh:mm"
    elif isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"
    return cell


def _native(value: Value) -> Value:
    """What Excel can hold as it is; the rest becomes text."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime) and value.tzinfo:
        value = value.astimezone(_BEIJING).replace(tzinfo=None)
    if isinstance(value, date) and (value.year, value.month) < (_FIRST_DATE.year, _FIRST_DATE.month):
        return to_text(value)
    if isinstance(value, int | Decimal) and _loses_digits(value):
        return to_text(value)
    return value


def _loses_digits(value: int | Decimal) -> bool:
    number = Decimal(value)
    return not number.is_finite() or abs(number) >= _LARGEST or len(number.normalize().as_tuple().digits) > 15


def _text_cell(worksheet: WriteOnlyWorksheet, text: str) -> Cell:
    text = _fit(_LOOKS_ESCAPED.sub("_x005F_", _ILLEGAL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))))
    cell = WriteOnlyCell(worksheet, text)
    if cell.data_type != "s" or text.startswith(tuple(GUARDED)):
        cell.data_type = "s"
        cell.quotePrefix = True
    cell.alignment = _TEXT_ALIGNMENT
    return cell


def _fit(text: str) -> str:
    # Excel counts UTF-16 units; a text that short in characters, at most two units each, fits for certain.
    if len(text) * 2 <= _CELL_UNITS:
        return text
    raw = text.encode("utf-16-le")
    if len(raw) // 2 <= _CELL_UNITS:
        return text
    return raw[: (_CELL_UNITS - len(_CUT)) * 2].decode("utf-16-le", "ignore") + _CUT


def _csv_text(value: Value) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime) and value.tzinfo:
        value = value.astimezone(_BEIJING).replace(tzinfo=None)
    if not isinstance(value, str):
        return "" if value is None else to_text(value)
    text = _ILLEGAL.sub("", value)
    guarded = text.startswith(tuple(GUARDED)) or re.match(f"'[{re.escape(GUARDED)}']", text)
    return f"'{text}" if guarded else text


def _sheet_title(title: str, used: set[str]) -> str:
    # Excel: at most 31 characters, unique whatever the case, no apostrophe at the ends.
    plain = _TITLE_ILLEGAL.sub(" ", _ILLEGAL.sub("", title)).strip(" '")[:31].strip(" '") or "Sheet"
    name, number = plain, 2
    while name.casefold() in used:
        mark = f"({number})"
        name, number = plain[: 31 - len(mark)] + mark, number + 1
    used.add(name.casefold())
    return name


def _widths(header: Sequence[str], rows: Sequence[Sequence[Value]]) -> Iterator[float]:
    """Width of each column in Excel's unit (one digit): its longest line, Chinese characters counting two."""
    for index, title in enumerate(header):
        values = [row[index] for row in rows if index < len(row)]
        texts = [title, *(to_text(value)[:200] for value in values if value is not None)]
        longest = max(_display_width(line) for text in texts for line in (text.splitlines() or [""]))
        yield min(max(longest + 3, 9), 60)


def _display_width(line: str) -> int:
    return sum(2 if east_asian_width(char) in "WFA" else 1 for char in line)

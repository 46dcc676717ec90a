"""Reading a list that somebody uploads: `read_table`."""

import codecs
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import TypeAlias

from gongkai.core.storage.names import size_label
from gongkai.core.storage.sniff import sniff
from gongkai.core.tables.cells import BadCell, CellFault, CellValue, clean_text, shorten, to_text
from gongkai.core.tables.columns import Column, Header, HeaderMatcher
from gongkai.core.tables.delimited import find_delimiter, find_encoding, records
from gongkai.core.tables.rows import Table, TableLimits, TableRow, UnreadableTable
from gongkai.core.tables.xlsx import open_workbook

_Cells: TypeAlias = Mapping[int, CellValue | BadCell]
_Rows: TypeAlias = Iterator[tuple[int, _Cells]]

_DEFAULT_LIMITS = TableLimits()
_HEADER_ROWS = 10
_SAVE_AS = "请用 Excel 或 WPS 打开，另存为 .xlsx 文件后再上传"
_REFUSALS = {
    "empty": "是空文件，请检查后重新上传",
    "xls": f"是旧版 .xls 格式，{_SAVE_AS}",
    "xlsb": f"是 Excel 二进制工作簿（.xlsb），{_SAVE_AS}",
    "macro": f"带有宏，不能导入，{_SAVE_AS}",
    "encrypted": "设置了打开密码，无法读取，请取消密码后再上传",
    "html": f"实际是网页格式（有些系统导出的 .xls 就是网页），{_SAVE_AS}",
    "xml": f"实际是 XML 格式，{_SAVE_AS}",
    "odf": f"是 OpenDocument 格式，{_SAVE_AS}",
}


def read_table(
    data: bytes, filename: str, *, columns: Sequence[Column], limits: TableLimits = _DEFAULT_LIMITS
) -> Table:
    """Open a list: .xlsx, or delimited text in UTF-8, UTF-16 with mark or GB18030, told apart by content.

    Of a workbook, the first visible worksheet with a header row is read. `filename` serves messages only.
    Raises
    `UnreadableTable` when the file is of another kind, damaged, encrypted or over the limits.
    """
    if len(data) > limits.bytes:
        raise UnreadableTable(
            f"“{filename}”大小为 {size_label(len(data))}，超过上限 {size_label(limits.bytes)}；请拆分后分次上传。"
        )
    matcher = HeaderMatcher(columns)
    kind = sniff(data)
    if kind.extension == "xlsx":
        return _read_workbook(data, columns, matcher, limits)
    # A text with control characters or broken bytes is `bin` to the sniffer; here people must find the
    # cell or line.
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if kind.extension in ("txt", "csv") or (kind.extension == "bin" and (wide or b"\0" not in data)):
        encoding = find_encoding(data)
        delimiter = find_delimiter(data, encoding, matcher, limits)
        rows = records(data, encoding, delimiter, limits)
        return _read_rows(rows, columns, matcher, limits) or _without_header(columns)
    refusal = _REFUSALS.get(kind.extension, f"是{kind.label_zh}，不是表格，请上传 .xlsx 或 .csv 文件")
    raise UnreadableTable(f"“{filename}”{refusal}。")


def _read_workbook(data: bytes, columns: Sequence[Column], matcher: HeaderMatcher, limits: TableLimits) -> Table:
    book = open_workbook(data, limits)
    for name, part in book.sheets:
        if table := _read_rows(book.rows(part), columns, matcher, limits):
            table.sheet = name
            if len(book.sheets) > 1:
                table.notes.insert(0, f"文件中有 {len(book.sheets)} 个工作表，本次只读取“{name}”。")
            return table
    return _without_header(columns)


def _read_rows(
    rows: Iterable[tuple[int, _Cells]], columns: Sequence[Column], matcher: HeaderMatcher, limits: TableLimits
) -> Table | None:
    rows = iter(rows)
    head = list(islice(rows, _HEADER_ROWS))
    titles = [{index: _title(value) for index, value in cells.items()} for _, cells in head]
    scores = [matcher.score(row) for row in titles]
    best = max(scores, default=0)
    if best < matcher.enough:
        return None
    at = scores.index(best)
    header = matcher.read(titles[at], head[at][0])
    body = _body(chain(head[at + 1 :], rows), header, columns, limits) if not header.faults else iter(())
    found = {column.key: titles[at][index] for index, column in sorted(header.places.items())}
    return Table(body, head[at][0], notes=header.notes, faults=header.faults, titles=found)


def _without_header(columns: Sequence[Column]) -> Table:
    names = "、".join(f"“{column.title}”" for column in columns[:5])
    fault = CellFault(
        0, "表头", "", f"前 {_HEADER_ROWS} 行中没有找到表头", f"表头应包含{names}等栏目，请使用下载的模板填写"
    )
    return Table(iter(()), 0, faults=[fault])


def _title(value: CellValue | BadCell) -> str:
    return "" if isinstance(value, BadCell) else to_text(value).strip()


def _body(rows: _Rows, header: Header, columns: Sequence[Column], limits: TableLimits) -> Iterator[TableRow]:
    by_key = {column.key: column for column in columns}
    count = 0
    for number, cells in rows:
        row = TableRow(number, {}, by_key)
        for index, column in header.places.items():
            if index in cells:
                _take(row, column, cells[index], limits)
        if not row.values and not row.faults:
            continue
        count += 1
        if count > limits.rows:
            raise UnreadableTable(f"表格超过 {limits.rows} 行；请拆分成多个文件分次上传。")
        _require(row, columns)
        yield row


def _take(row: TableRow, column: Column, raw: CellValue | BadCell, limits: TableLimits) -> None:
    try:
        value = _clean(raw, limits)
    except BadCell as bad:
        shown = shorten(to_text(raw)) if not isinstance(raw, BadCell) else ""
        row.faults.append(CellFault(row.number, column.title, shown, bad.problem, bad.remedy))
    else:
        if value != "":
            row.values[column.key] = value


def _clean(raw: CellValue | BadCell, limits: TableLimits) -> CellValue:
    if isinstance(raw, BadCell):
        raise raw
    if not isinstance(raw, str):
        return raw
    text = clean_text(raw)
    if len(text) > limits.cell_chars:
        raise BadCell(f"内容有 {len(text)} 字，超过上限 {limits.cell_chars} 字", "请删减，或改为附件上传")
    return text


def _require(row: TableRow, columns: Sequence[Column]) -> None:
    faulty = {fault.column_title for fault in row.faults}
    for column in columns:
        if column.required and column.key not in row.values and column.title not in faulty:
            remedy = f"请填写{column.title}" + (f"（{column.help}）" if column.help else "")
            row.faults.append(CellFault(row.number, column.title, "", "必填项没有填写", remedy))

"""Reading what a source offers: a table, JSON lines, or an Atom feed (RFC 4287) become rows of an import.

Strict about types, tolerant of fields that are not ours. An XML document with a document type is refused: it could
name entities that expand without end or read files.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urljoin
from xml.etree import ElementTree as ET
from xml.parsers import expat

from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.errors import Refused
from gongkai.core.richtext.plain import to_text
from gongkai.core.richtext.sanitising import sanitise
from gongkai.core.storage.untrusted import UnsafeXml, check_xml
from gongkai.core.tables.cells import BadCell, CellFault, CellValue, clean_text, shorten
from gongkai.core.tables.columns import Column, HeaderMatcher
from gongkai.core.tables.reading import read_table
from gongkai.core.tables.rows import Table, TableRow, UnreadableTable
from gongkai.publishing.imports.columns import COLUMNS
from gongkai.publishing.imports.rows import LIMITS, NumberedRow, read_rows

WHOLE_ROW = "整行"
_ATOM = "{http://www.w3.org/2005/Atom}"
_XHTML = "{http://www.w3.org/1999/xhtml}"
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_MOST_ELEMENTS = 2_000_000
_LONGEST_LINE = 16 * 1024 * 1024
_UNSAFE = {
    "doctype": "来源内容带有文档类型声明，可能有害，已拒绝读取；请联系来源网站去掉。",
    "depth": "来源内容的层次过深，可能有害，已拒绝读取。",
    "elements": "来源内容的标记过多，已拒绝读取；请由来源网站只提供新增内容，或分为几个来源。",
}
_SUMMARY_LIMIT = 100
_LISTS = frozenset({"attachments", "publication_channels"})
_WORDS = {True: "是", False: "否"}


@dataclass(frozen=True, slots=True)
class Layout:
    """How the fields of a source are named: `mapping` is our key → its name; `fixed_column` takes all rows."""

    mapping: Mapping[str, str]
    fixed_column: str = ""

    def columns(self) -> list[Column]:
        """The columns of a migration under the names of this source; each row needs its address."""
        required = {"title", "published_at", "source_url"} | (set() if self.fixed_column else {"column"})
        return [
            replace(
                column,
                required=column.key in required,
                aliases=(*self._named(column), *column.aliases, column.key),
            )
            for column in COLUMNS["migration"]
        ]

    def _named(self, column: Column) -> tuple[str, ...]:
        name = self.mapping.get(column.key, "")
        return (name,) if name else ()


def read_feed(kind: str, data: bytes, *, address: str, layout: Layout) -> list[NumberedRow]:
    """The rows of a source, in its order; one that is no record at all has its only fault under `WHOLE_ROW`.

    Raises:
        Refused: in words, when the whole cannot be read.
    """
    table = _READERS[kind](data, address, layout)
    if table.faults:
        raise Refused("".join(fault.message for fault in table.faults))
    rows = list(read_rows(table))
    if layout.fixed_column:
        rows = [NumberedRow(row.number, replace(row.row, column_code=layout.fixed_column), row.faults) for row in rows]
    return rows


def is_broken(row: NumberedRow) -> bool:
    """Whether there is no record in the row."""
    return any(fault.column_title == WHOLE_ROW for fault in row.faults)


def _table(data: bytes, address: str, layout: Layout) -> Table:
    name = address.rpartition("/")[2] or address
    return read_table(data, name, columns=layout.columns(), limits=LIMITS["migration"])


def _jsonl(data: bytes, _: str, layout: Layout) -> Table:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableTable("来源内容不是 UTF-8 编码，请联系来源系统改为 UTF-8。") from error
    columns = layout.columns()
    lines = enumerate(text.split("\n"), start=1)
    rows = (_json_row(number, line, columns) for number, line in lines if line.strip())
    return Table(_limited(rows), 0, titles={column.key: column.title for column in columns})


def _json_row(number: int, line: str, columns: Sequence[Column]) -> TableRow:
    row = TableRow(number, {}, {column.key: column for column in columns})
    try:
        record = json.loads(line, parse_constant=_no_constant) if len(line) <= _LONGEST_LINE else None
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        remedy = "每行应是一个完整的 JSON 对象"
        row.faults.append(CellFault(number, WHOLE_ROW, shorten(line), "不是有效的 JSON 记录", remedy))
        return row
    matcher = HeaderMatcher(columns)
    for name, value in record.items():
        column = matcher.find(name)
        if column is not None and value is not None:
            _take(row, column, lambda value=value, column=column: _plain(column.key, value))  # type: ignore[misc]
    return row


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _plain(key: str, value: Any) -> CellValue:
    """A JSON value as a cell; raises `BadCell` for another type than the field has."""
    if isinstance(value, bool) and key == "is_reprint":
        return _WORDS[value]
    if isinstance(value, list) and key in _LISTS and all(isinstance(part, str) for part in value):
        return clean_text("；".join(value))
    if not isinstance(value, str):
        raise BadCell("数据类型不对，应为文字", "请联系来源系统按字符串提供")
    return _instant(value) if key == "published_at" else clean_text(value)


def _instant(text: str) -> CellValue:
    """A time as Shanghai's clocks show it; one without an offset is of Shanghai already."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return clean_text(text)
    return found.replace(tzinfo=None) if found.tzinfo is None else found.astimezone(SHANGHAI).replace(tzinfo=None)


def _take(row: TableRow, column: Column, read: Callable[[], CellValue]) -> None:
    try:
        value = read()
    except BadCell as bad:
        row.faults.append(CellFault(row.number, column.title, "", bad.problem, bad.remedy))
        return
    if row.values.get(column.key, value) != value:
        row.fault(column.key, "同一内容给出了两次，且不一致", "请联系来源系统只保留一项")
    elif value != "":
        row.values[column.key] = value


def _atom(data: bytes, address: str, layout: Layout) -> Table:
    _refuse_hostile(data)
    root = ET.fromstring(data)  # noqa: S314 - no document type, no depth: looked at just now
    if root.tag != f"{_ATOM}feed":
        raise UnreadableTable("来源内容不是 Atom 订阅源，请核对地址和类型。")
    columns = layout.columns()
    base = urljoin(address, root.get(_BASE, ""))
    entries = enumerate(root.findall(f"{_ATOM}entry"), start=1)
    rows = (_atom_row(number, entry, base, columns) for number, entry in entries)
    return Table(_limited(rows), 0, titles={column.key: column.title for column in columns})


def _refuse_hostile(data: bytes) -> None:
    try:
        check_xml(data, elements=_MOST_ELEMENTS)
    except UnsafeXml as unsafe:
        raise UnreadableTable(_UNSAFE[unsafe.what]) from unsafe
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise UnreadableTable("来源内容不是完整的 XML，请核对地址，或联系来源网站。") from error


def _atom_row(number: int, entry: ET.Element, base: str, columns: Sequence[Column]) -> TableRow:
    by_key = {column.key: column for column in columns}
    row = TableRow(number, {}, by_key)
    base = urljoin(base, entry.get(_BASE, ""))
    summary = to_text(sanitise(_text(entry, "summary"))).strip()
    short = summary if len(summary) <= _SUMMARY_LIMIT else ""
    category = entry.find(f"{_ATOM}category")
    found = {
        "title": to_text(sanitise(_text(entry, "title"))),
        "source_url": _address(entry, base),
        "published_at": _text(entry, "published") or _text(entry, "updated"),
        "summary": short,
        "body": _text(entry, "content") or _text(entry, "summary"),
        "issuing_agency": _text(entry.find(f"{_ATOM}author"), "name"),
        "column": "" if category is None else category.get("label") or category.get("term") or "",
    }
    for key, text in found.items():
        _take(row, by_key[key], lambda key=key, text=text: _plain(key, text.strip()))  # type: ignore[misc]
    return row


def _text(element: ET.Element | None, name: str) -> str:
    """A text construct: as it stands, escaped HTML, or XHTML in a `div`."""
    found = None if element is None else element.find(f"{_ATOM}{name}")
    if found is None or found.get("src"):
        return ""
    if found.get("type") != "xhtml":
        return found.text or ""
    for inner in found.iter():
        inner.tag = inner.tag.removeprefix(_XHTML)
    return "".join(ET.tostring(inner, encoding="unicode", method="html") for inner in found)


def _address(entry: ET.Element, base: str) -> str:
    links = (link for link in entry.findall(f"{_ATOM}link") if link.get("rel", "alternate") == "alternate")
    href = next((link.get("href", "") for link in links), "") or (entry.findtext(f"{_ATOM}id") or "").strip()
    return urljoin(base, href) if href else ""


def _limited(rows: Iterator[TableRow]) -> Iterator[TableRow]:
    limit = LIMITS["migration"].rows
    for count, row in enumerate(rows, start=1):
        if count > limit:
            raise UnreadableTable(f"来源内容超过{limit}条，请由来源系统只提供新增内容，或分为几个来源。")
        yield row


_READERS: Mapping[str, Callable[[bytes, str, Layout], Table]] = {"table": _table, "jsonl": _jsonl, "atom": _atom}

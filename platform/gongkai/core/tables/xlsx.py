"""Worksheets of an .xlsx file (ECMA-376, transitional and strict), row by row from the bytes of the file.

Read from the XML rather than through openpyxl's worksheets, for what those lose: the digits of numbers,
formulas without a stored result, characters written as `_x000D_`, the date formats of Chinese Excel
(18.8.30, zh-cn), and the right to stop before long texts fill the memory. Formulas are never evaluated. A
document type declaration, which the standard forbids (part 2, 8.2.5.2), is refused before any entity could
be expanded.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from posixpath import join, normpath
from typing import IO, cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser
from xml.parsers import expat

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

from gongkai.core.storage.untrusted import open_zip
from gongkai.core.tables.cells import BadCell, CellValue, to_number
from gongkai.core.tables.rows import TableLimits, UnreadableTable
from gongkai.core.tables.strings import SharedStrings

RawRow = tuple[int, dict[int, "CellValue | BadCell"]]

_SMALL_PART = 10 * 1024**2
_HELD_BYTES = 8 * 1024**2
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_CHUNK = 64 * 1024
_MOST_STRINGS = 1_000_000
_TOO_LARGE = "文件解压后的内容过大，疑似异常文件，已停止读取；请将需要导入的内容复制到新建的工作簿中再上传。"
_BROKEN = "文件已损坏，无法读取；请用 Excel 或 WPS 打开后另存为 .xlsx 文件，再重新上传。"
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_ZH_DATES = frozenset((*range(27, 37), *range(50, 59)))


@dataclass(frozen=True, slots=True)
class _Format:
    date: bool = False
    duration: bool = False
    zeros: int = 0


@dataclass(slots=True)
class Workbook:
    """An open file: the visible worksheets (name, part), and what their cells refer to."""

    parts: "_Parts"
    sheets: list[tuple[str, str]]
    strings: SharedStrings
    formats: list[_Format]
    epoch: datetime

    def rows(self, part: str) -> Iterator[RawRow]:
        """Yield row number and column index (0-based) → value, or why there is none; empty rows are left out.

        Raises `UnreadableTable` where the file is damaged.
        """
        number = 0
        with _readable(), self.parts.open(part) as stream:
            data: Element | None = None
            tree = _Tree(stream)
            for event, element in tree.events():
                name = _local(element)
                if event == "start":
                    data = element if name == "sheetData" else data
                elif name == "row" and data is not None:
                    number = _within(int(element.get("r") or number + 1), _LAST_ROW)
                    cells = self._cells(element)
                    tree.release(data)
                    if cells:
                        yield number, cells
                elif name == "sheetData":
                    return

    def _cells(self, row: Element) -> dict[int, CellValue | BadCell]:
        cells: dict[int, CellValue | BadCell] = {}
        index = -1
        for cell in row:
            place = cell.get("r")
            index = _within(coordinate_to_tuple(place)[1] if place else index + 2, _LAST_COLUMN) - 1
            try:
                value = self._value(cell)
            except BadCell as bad:
                cells[index] = bad
            else:
                if value is not None and value != "":
                    cells[index] = value
        return cells

    def _value(self, cell: Element) -> CellValue | None:
        kind = cell.get("t", "n")
        children = {_local(child): child for child in cell}
        if kind == "inlineStr":
            return _string(children["is"]) if "is" in children else None
        raw = (children["v"].text or "") if "v" in children else ""
        if not raw:
            if "f" in children and kind != "str":
                raise BadCell(
                    "公式没有计算结果",
                    "请用 Excel 或 WPS 打开并保存一次，或将公式“选择性粘贴”为数值后再上传",
                )
            return None
        return self._typed(kind, raw, int(cell.get("s", 0)))

    def _typed(self, kind: str, raw: str, style: int) -> CellValue:
        match kind:
            case "s":
                return self.strings[int(raw)]
            case "str":
                return _unescape(raw)
            case "b":
                return "TRUE" if raw.strip() in ("1", "true") else "FALSE"
            case "e":
                raise BadCell(f"单元格的计算结果是错误值 {raw}", "请改正公式，或直接填写内容")
            case "d":
                return _midnight(datetime.fromisoformat(raw))
        return self._number(raw, self.formats[style] if style < len(self.formats) else _Format())

    def _number(self, raw: str, form: _Format) -> CellValue:
        try:
            if form.date:
                return _moment(from_excel(float(raw), self.epoch, timedelta=form.duration))
            number = to_number(raw)
        except (ValueError, OverflowError):
            raise BadCell("不是有效的日期或数字", "请重新填写该单元格") from None
        if form.zeros and isinstance(number, int):
            return f"{number:0{form.zeros}d}"
        return number


class _Parts:
    """The parts of the package by name; the sizes in the directory, checked here, bound the unpacking."""

    def __init__(self, data: bytes, limits: TableLimits) -> None:
        self._archive = open_zip(data)
        self._members: dict[str, zipfile.ZipInfo] = {}
        total = 0
        for member in self._archive.infolist():
            total += member.file_size
            squeezed = member.file_size > _SMALL_PART and member.file_size > limits.ratio * member.compress_size
            if squeezed or total > limits.unpacked_bytes:
                raise UnreadableTable(_TOO_LARGE)
            # Part names are not case-sensitive (part 2, 6.2.2.3), and some programs write backslashes.
            name = member.filename.replace("\\", "/").lower()
            if name in self._members:
                raise UnreadableTable(_BROKEN)
            self._members[name] = member

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._members

    def open(self, name: str) -> IO[bytes]:
        """Open a part for reading, having made sure that it declares no document type."""
        member = self._members[name.lower()]
        with self._archive.open(member) as stream:
            _refuse_doctype(stream)
        return self._archive.open(member)

    def root(self, name: str) -> Element:
        """Parse a whole (small) part."""
        with self.open(name) as stream:
            for _, element in _Tree(stream).events():
                root = element
        return root


class _Tree:
    """A part as a growing tree: what is held of it at a time is bounded, whatever the part holds in all.

    An element takes about sixteen times the bytes of the shortest tag, so that `_HELD_BYTES` bounds the memory.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._parser: XMLPullParser[Element] = XMLPullParser(("start", "end"))
        self._held = 0

    def events(self) -> Iterator[tuple[str, Element]]:
        """Yield `start` and `end` with their element.

        Raises:
            UnreadableTable: when more than `_HELD_BYTES` were read since the last `release`.
        """
        while chunk := self._stream.read(_CHUNK):
            self._held += len(chunk)
            if self._held > _HELD_BYTES:
                raise UnreadableTable(_TOO_LARGE)
            self._parser.feed(chunk)
            yield from self._read()
        self._parser.close()
        yield from self._read()

    def release(self, element: Element) -> None:
        """Forget the content of an element, which holds all that is of any size."""
        element.clear()
        self._held = 0

    def _read(self) -> Iterator[tuple[str, Element]]:
        # The stubs tell of other events, which were not asked for.
        return cast("Iterator[tuple[str, Element]]", self._parser.read_events())


def open_workbook(data: bytes, limits: TableLimits) -> Workbook:
    """Open the bytes of an .xlsx file; raises `UnreadableTable` for damaged files and for bombs."""
    with _readable():
        parts = _Parts(data, limits)
        main = next(iter(_targets(parts, "", "officeDocument").values()))
        book = parts.root(main)
        worksheets = _targets(parts, main, "worksheet")
        sheets = []
        for sheet in _all(book, "sheet"):
            identity = sheet.get(_RELATION) or sheet.get(_STRICT_RELATION) or ""
            if sheet.get("state", "visible") == "visible" and identity in worksheets:
                sheets.append((sheet.get("name", ""), worksheets[identity]))
        strings = SharedStrings()
        for part in _targets(parts, main, "sharedStrings").values():
            _read_strings(parts, part, strings)
        formats = [form for part in _targets(parts, main, "styles").values() for form in _formats(parts, part)]
        properties = next(_all(book, "workbookPr"), Element("workbookPr"))
        mac = properties.get("date1904", "0") in ("1", "true")
        return Workbook(parts, sheets, strings, formats, MAC_EPOCH if mac else WINDOWS_EPOCH)


def _targets(parts: _Parts, source: str, kind: str) -> dict[str, str]:
    """Relationship id → part, for the relationships of one kind from one part (`""` is the package)."""
    folder, _, name = source.rpartition("/")
    relations = join(folder, "_rels", f"{name}.rels")
    if relations not in parts:
        return {}
    found = {}
    for relation in parts.root(relations):
        if relation.get("Type", "").endswith(f"/{kind}") and relation.get("TargetMode") != "External":
            target = normpath(join("/", folder, relation.get("Target", "").replace("\\", "/"))).lstrip("/")
            if target in parts:
                found[relation.get("Id", "")] = target
    return found


def _formats(parts: _Parts, part: str) -> Iterator[_Format]:
    styles = parts.root(part)
    codes: dict[int, str] = dict(BUILTIN_FORMATS) | dict.fromkeys(_ZH_DATES, "yyyy-m-d")
    codes |= {int(form.get("numFmtId", 0)): form.get("formatCode", "") for form in _all(styles, "numFmt")}
    for group in _all(styles, "cellXfs"):
        for style in group:
            code = codes.get(int(style.get("numFmtId", 0)), "General")
            zeros = len(code) if re.fullmatch("0{2,30}", code) else 0
            yield _Format(is_date_format(code), is_timedelta_format(code), zeros)


def _read_strings(parts: _Parts, part: str, strings: SharedStrings) -> None:
    with parts.open(part) as stream:
        root: Element | None = None
        tree = _Tree(stream)
        for event, element in tree.events():
            if root is None:
                root = element
            elif event == "end" and _local(element) == "si":
                if len(strings) >= _MOST_STRINGS:
                    raise UnreadableTable(f"表格中不同的文字超过 {_MOST_STRINGS} 处；请拆分成多个文件分次上传。")
                strings.append(_string(element))
                tree.release(root)


def _string(item: Element) -> str:
    """The text of `si` or `is`: plain or in runs; the phonetic guide (`rPh`) is not part of it."""
    texts: list[str] = []
    for child in item:
        name = _local(child)
        if name == "t":
            texts.append(child.text or "")
        elif name == "r":
            texts += [part.text or "" for part in child if _local(part) == "t"]
    return _unescape("".join(texts))


def _unescape(text: str) -> str:
    """Resolve `_xHHHH_` (ST_Xstring, part 1, 22.9.2.19)."""
    if "_x" not in text:
        return text
    wide = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return wide.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _moment(found: datetime | time | timedelta | None) -> CellValue:
    match found:
        case datetime():
            return _midnight(found)
        case time():
            return found.isoformat("seconds").removesuffix(":00")
        case timedelta():
            minutes, seconds = divmod(round(found.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
    raise ValueError(found)


def _within(number: int, most: int) -> int:
    if not 1 <= number <= most:
        raise ValueError(number)
    return number


def _midnight(moment: datetime) -> CellValue:
    moment = moment.replace(tzinfo=None)
    return moment.date() if moment.time() == time() else moment


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _all(root: Element, name: str) -> Iterator[Element]:
    return (element for element in root.iter() if _local(element) == name)


def _refuse_doctype(stream: IO[bytes]) -> None:
    started: list[str] = []

    def refuse(*_: object) -> None:
        raise UnreadableTable(
            "文件中含有不允许的内容（文档类型声明），已拒绝读取；请将内容复制到新建的工作簿中再上传。"
        )

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, _: started.append(name)
    while not started and (chunk := stream.read(4096)):
        parser.Parse(chunk)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (
        *(ParseError, expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError),
        *(LookupError, ValueError, StopIteration, NotImplementedError, RuntimeError),
    ) as error:
        raise UnreadableTable(_BROKEN) from error

"""Cells of Excel 97-2003 workbooks ([MS-XLS]), which WPS writes as .et too; part of the child process."""

import io
import struct
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from gongkai.core.extraction.biff import Record, Strings, records
from gongkai.core.extraction.collecting import Collected
from gongkai.core.extraction.reasons import DAMAGED, ENCRYPTED, Unreadable, unsupported
from gongkai.core.storage.ole import BrokenContainer, read_streams

_BEGIN, _END = 0x809, 0x0A
_BIFF8 = 0x600
_OBJECT, _TEXT = 0x5D, 0x1B6
_NOTE = 0x19
_TEXT_RESULT, _BOOLEAN_RESULT = 0, 1
# Dates that Excel in Chinese and Japanese gives numbers of their own, without writing their formats into the file.
_EASTERN_DATES = frozenset({*range(27, 37), *range(50, 59)})


@dataclass(slots=True)
class _Book:
    """What the first part of a workbook says of all sheets: `sheets` are (place, title, hidden)."""

    strings: Sequence[str] = ()
    sheets: list[tuple[int, str, bool]] = field(default_factory=list)
    formats: dict[int, str] = field(default_factory=dict)
    styles: list[int] = field(default_factory=list)
    since_1904: bool = False

    def number(self, value: float, style: int) -> str:
        """A number as its cell means it: a date, or digits without a needless fraction."""
        key = self.styles[style] if style < len(self.styles) else 0
        form = self.formats.get(key) or BUILTIN_FORMATS.get(key)
        if key in _EASTERN_DATES or (form and is_date_format(form)):
            try:
                return str(from_excel(value, CALENDAR_MAC_1904 if self.since_1904 else CALENDAR_WINDOWS_1900))
            except (ValueError, OverflowError):
                return str(value)
        return str(int(value)) if value.is_integer() else str(value)


@dataclass(slots=True)
class _Sheet:
    """Cells by row and column; `left` is how many signs may still be taken."""

    book: _Book
    left: int
    rows: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    boxes: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    awaited: tuple[int, int] | None = None
    object_kind: int = 0

    def put(self, row: int, column: int, text: str) -> None:
        """Keep what a cell says."""
        if text:
            self.rows[row][column] = text.replace("\t", " ")
            self.left -= len(text) + 1


def read_xls(data: bytes, file: str, found: Collected) -> None:
    """Every sheet, hidden ones too, a line a row with tabs between filled cells, then its text boxes and comments.

    Raises:
        Unreadable: when the workbook is encrypted, older than Excel 97, or damaged.
    """
    try:
        streams = read_streams(io.BytesIO(data), {"Workbook", "Book"})
        if "Workbook" not in streams and "Book" in streams:
            raise Unreadable(unsupported("Excel 95 及更早的工作簿"))
        _read(streams["Workbook"], file, found)
    except (BrokenContainer, struct.error, IndexError, KeyError):
        raise Unreadable(DAMAGED) from None


def _read(data: bytes, file: str, found: Collected) -> None:
    book = _Book()
    stream = records(data, 0)
    if next(stream).unpack("<H")[0] != _BIFF8:
        raise Unreadable(DAMAGED)
    for record in stream:
        if record.kind == _END:
            break
        if record.kind in _OF_BOOK:
            _OF_BOOK[record.kind](book, record)
    # Each sheet has its own place; entries that share one would have it read again and again.
    for place, (title, hidden) in {place: rest for place, *rest in book.sheets}.items():
        sheet = _read_sheet(data, place, book, found.budget.characters)
        name = f"{'隐藏的' if hidden else ''}工作表“{title}”"
        rows = ("\t".join(cells[column] for column in sorted(cells)) for _, cells in sorted(sheet.rows.items()))
        found.add_lines(file, name, rows)
        found.add_lines(file, f"{name}的文本框", sheet.boxes)
        found.add_lines(file, "批注", sheet.notes)


def _read_sheet(data: bytes, place: int, book: _Book, most: int) -> _Sheet:
    sheet = _Sheet(book, most)
    depth = 0
    for record in records(data, place):
        # A chart within the sheet is a part of its own between its beginning and its end.
        depth += (record.kind == _BEGIN) - (record.kind == _END)
        if depth == 0 or sheet.left < 0:
            break
        if depth == 1 and record.kind in _OF_SHEET:
            _OF_SHEET[record.kind](sheet, record)
    return sheet


def _encrypted(_: _Book, __: Record) -> None:
    raise Unreadable(ENCRYPTED)


def _calendar(book: _Book, record: Record) -> None:
    book.since_1904 = record.unpack("<H")[0] == 1


def _format(book: _Book, record: Record) -> None:
    book.formats[record.unpack("<H")[0]] = Strings(record.parts, 2).text()


def _style(book: _Book, record: Record) -> None:
    book.styles.append(record.unpack("<H", 2)[0])


def _sheet(book: _Book, record: Record) -> None:
    place, state, kind = record.unpack("<IBB")
    if kind <= 1:
        book.sheets.append((place, Strings(record.parts, 6).text("<B"), state & 3 != 0))


def _shared_strings(book: _Book, record: Record) -> None:
    strings = Strings(record.parts, 8)
    count = record.unpack("<I", 4)[0]
    said: list[str] = []
    while len(said) < count and not strings.is_at_end:
        said.append(strings.text())
    book.strings = said


def _shared(sheet: _Sheet, record: Record) -> None:
    row, column, _, number = record.unpack("<HHHI")
    sheet.put(row, column, sheet.book.strings[number])


def _label(sheet: _Sheet, record: Record) -> None:
    row, column = record.unpack("<HH")
    sheet.put(row, column, Strings(record.parts, 6).text())


def _number(sheet: _Sheet, record: Record) -> None:
    row, column, style = record.unpack("<HHH")
    sheet.put(row, column, sheet.book.number(record.unpack("<d", 6)[0], style))


def _packed(sheet: _Sheet, record: Record) -> None:
    row, column, style, value = record.unpack("<HHHI")
    sheet.put(row, column, sheet.book.number(_unpacked(value), style))


def _many_packed(sheet: _Sheet, record: Record) -> None:
    row, column = record.unpack("<HH")
    for number in range((len(record.parts[0]) - 6) // 6):
        style, value = record.unpack("<HI", 4 + 6 * number)
        sheet.put(row, column + number, sheet.book.number(_unpacked(value), style))


def _unpacked(value: int) -> float:
    """A number of 30 bits, whole or the upper half of a double, of which two digits may be decimals (RkNumber)."""
    if value & 2:
        (whole,) = struct.unpack("<i", struct.pack("<I", value))
        number = float(whole >> 2)
    else:
        (number,) = struct.unpack("<d", struct.pack("<II", 0, value & 0xFFFFFFFC))
    return number / 100 if value & 1 else number


def _boolean(sheet: _Sheet, record: Record) -> None:
    row, column, _, value, is_error = record.unpack("<HHHBB")
    sheet.put(row, column, "" if is_error else "TRUE" if value else "FALSE")


def _formula(sheet: _Sheet, record: Record) -> None:
    row, column, style, kind = record.unpack("<HHHB")
    if record.parts[0][12:14] != b"\xff\xff":
        sheet.put(row, column, sheet.book.number(record.unpack("<d", 6)[0], style))
    elif kind == _TEXT_RESULT:
        sheet.awaited = (row, column)
    elif kind == _BOOLEAN_RESULT:
        sheet.put(row, column, "TRUE" if record.parts[0][8] else "FALSE")


def _text_result(sheet: _Sheet, record: Record) -> None:
    if sheet.awaited:
        sheet.put(*sheet.awaited, Strings(record.parts).text())
        sheet.awaited = None


def _object(sheet: _Sheet, record: Record) -> None:
    sheet.object_kind = record.unpack("<H", 4)[0]


def _text_object(sheet: _Sheet, record: Record) -> None:
    count = record.unpack("<H", 10)[0]
    if count:
        parts = record.parts[1:]
        said = Strings(parts, 1).signs(count, wide=bool(parts[0][0] & 1))
        (sheet.notes if sheet.object_kind == _NOTE else sheet.boxes).append(said.replace("\r", "\n"))


_OF_BOOK: Mapping[int, Callable[[_Book, Record], None]] = {
    0x2F: _encrypted,
    0x22: _calendar,
    0x41E: _format,
    0xE0: _style,
    0x85: _sheet,
    0xFC: _shared_strings,
}
_OF_SHEET: Mapping[int, Callable[[_Sheet, Record], None]] = {
    0xFD: _shared,
    0x204: _label,
    0xD6: _label,
    0x203: _number,
    0x27E: _packed,
    0xBD: _many_packed,
    0x205: _boolean,
    0x06: _formula,
    0x207: _text_result,
    _OBJECT: _object,
    _TEXT: _text_object,
}

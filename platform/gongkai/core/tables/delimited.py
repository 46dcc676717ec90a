"""Delimited text (.csv, .txt): its encoding and delimiter, and its records."""

import csv
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from itertools import islice

from gongkai.core.tables.columns import HeaderMatcher
from gongkai.core.tables.rows import TableLimits, UnreadableTable

LAST_COLUMN = 16_384
"""Of a worksheet of Excel; a text of delimiters alone would have millions."""
TextRow = tuple[int, dict[int, str]]

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DELIMITERS = ",\t;"
# What `write_csv` sets an apostrophe before; see there.
GUARDED = "=+-@\t\r＝＋－＠"


def find_encoding(data: bytes) -> str:
    """Tell UTF-8, UTF-16 (with its mark) and GB18030 apart; raises `UnreadableTable` naming the first bad
    line.

    Almost any bytes are valid GB18030, so a text that is UTF-8 but for a few bytes counts as damaged UTF-8.
    """
    marked = next((encoding for mark, encoding in _BOMS if data.startswith(mark)), None)
    if marked:
        if (bad := _first_error(data, marked)) is not None:
            raise _damaged(data, bad, marked)
        return marked
    bad = _first_error(data, "utf-8")
    if bad is None:
        return "utf-8"
    lenient = data.decode("utf-8", "replace")
    lost = lenient.count("\ufffd")
    if lost * 10 < sum(1 for char in lenient if char > "\x7f"):
        raise _damaged(data, bad, "utf-8")
    bad = _first_error(data, "gb18030")
    if bad is not None:
        raise _damaged(data, bad, "gb18030")
    return "gb18030"


def find_delimiter(data: bytes, encoding: str, matcher: HeaderMatcher, limits: TableLimits) -> str:
    """Give the delimiter under which the first rows name the most columns; a comma where none does."""

    def score(delimiter: str) -> int:
        try:
            head = list(islice(records(data, encoding, delimiter, limits), 10))
        except UnreadableTable:
            return 0
        return max((matcher.score(cells) for _, cells in head), default=0)

    return max(_DELIMITERS, key=score)


def records(data: bytes, encoding: str, delimiter: str, limits: TableLimits) -> Iterator[TextRow]:
    """Yield record number (the row number that Excel shows) and column index → text; empty records are
    left out.

    An apostrophe that guards a text against being taken for a formula is removed. Raises `UnreadableTable`
    for quotes that do not pair, which would otherwise swallow the rows after them.
    """
    # The limit belongs to the process; it is only ever raised, and a cell within it is checked against
    # ours later.
    csv.field_size_limit(max(csv.field_size_limit(), limits.bytes))
    with TextIOWrapper(BytesIO(data), encoding, newline="") as text:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        number = 0
        while True:
            start = reader.line_num + 1
            try:
                record = next(reader, None)
            except csv.Error as error:
                raise UnreadableTable(
                    f"文件第 {start} 行起双引号不成对，无法分清各列；"
                    "请检查该行内容（文字中的英文双引号应写成两个），或另存为 .xlsx 后再上传。"
                ) from error
            if record is None:
                return
            number += 1
            if len(record) > LAST_COLUMN:
                raise UnreadableTable(
                    f"文件第 {start} 行超过 {LAST_COLUMN} 列，不是正常的表格；请核对分隔符，或另存为 .xlsx 后再上传。"
                )
            cells = {index: _unguard(text) for index, text in enumerate(record) if text}
            if cells:
                yield number, cells


def _unguard(text: str) -> str:
    return text[1:] if text[0] == "'" and len(text) > 1 and text[1] in GUARDED + "'" else text


def _first_error(data: bytes, encoding: str) -> int | None:
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        return error.start
    return None


def _damaged(data: bytes, at: int, encoding: str) -> UnreadableTable:
    before = data[:at].decode(encoding, "replace")
    line = before.count("\n" if "\n" in before else "\r") + 1
    return UnreadableTable(
        f"文件第 {line} 行含有无法识别的字节，可能已损坏或混用了不同编码；"
        "请用 Excel 或 WPS 打开核对该行，另存为 .xlsx 后再上传。"
    )

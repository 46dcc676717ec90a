"""From the content of a cell to text, dates and numbers, or to a sentence that says what to correct."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Context, Decimal
from typing import TypeAlias

CellValue: TypeAlias = str | int | Decimal | date | datetime

# Excel keeps fifteen significant digits and fills longer numbers with zeros.
_DIGITS = Context(prec=15)
_LARGEST = 10**15
_SHOWN_CHARS = 60
_EDGES = " \t\r\n\u00a0\u3000\u200b\u200e\u200f\ufeff"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_DATE = re.compile(
    r"(?P<year>\d{4})(?:-(?P<m1>\d{1,2})-(?P<d1>\d{1,2})|/(?P<m2>\d{1,2})/(?P<d2>\d{1,2})"
    r"|\.(?P<m3>\d{1,2})\.(?P<d3>\d{1,2})|年(?P<m4>\d{1,2})月(?P<d4>\d{1,2})日|(?P<m5>\d{2})(?P<d5>\d{2}))"
    r"(?:(?:[T\s]+|(?<=日))(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?"
)
_INTEGER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.0+)?")
DATE_REMEDY = "请填写为 2023-03-23 或 2023年3月23日 的形式"
_RETYPE = "请清空该单元格，先将文字粘贴到记事本中，再复制回来"


@dataclass(frozen=True, slots=True)
class CellFault:
    """One cell to correct: row number as in Excel, header, what stands there, what is wrong, what to do."""

    row: int
    column_title: str
    value: str
    problem: str
    remedy: str

    @property
    def message(self) -> str:
        """The whole as one sentence."""
        where = f"第 {self.row} 行“{self.column_title}”" if self.row else f"“{self.column_title}”"
        return f"{where}：{self.problem}；{self.remedy}。"


class BadCell(Exception):
    """Why a cell cannot be read: `problem` and `remedy` of the fault to report."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


def clean_text(text: str) -> str:
    """Trim all kinds of spaces at the ends, turn no-break spaces inside into spaces and line ends into `\\n`.

    An apostrophe typed before a number to keep it as text goes too. Raises `BadCell` for control characters,
    bidirectional overrides and replacement characters.
    """
    text = text.strip(_EDGES).replace("\u00a0", " ")
    if text.startswith("'") and text[1:].isdecimal():
        text = text[1:]
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii() and text.isprintable():
        return text
    if found := _CONTROL.search(text):
        raise BadCell(f"含有看不见的控制字符（编码 {ord(found[0]):04X}）", _RETYPE)
    if found := _BIDI.search(text):
        raise BadCell(f"含有改变文字方向的特殊字符（编码 {ord(found[0]):04X}）", _RETYPE)
    if "\ufffd" in text:
        raise BadCell("含有乱码字符“\ufffd”，原来的文字已经丢失", "请对照原件重新录入")
    return text


def to_text(value: CellValue) -> str:
    """Write a value as Excel shows it: `1` and not `1.0`, `2023-03-23`, `2023-03-23 09:30`."""
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds" if value.second else "minutes")
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


def to_number(raw: str) -> int | Decimal:
    """Read a number of a spreadsheet (`12`, `0.1`, `1.5E3`) to the fifteen digits that Excel shows.

    Raises `BadCell` for longer ones (codes that lost their tail), `ValueError` for anything else.
    """
    try:
        exact = Decimal(raw)
    except ArithmeticError as error:
        raise ValueError(raw) from error
    if not exact.is_finite():
        raise ValueError(raw)
    if abs(exact) >= _LARGEST:
        raise BadCell(
            "超过 15 位的数字按“数值”保存，末尾几位已被 Excel 改成 0",
            "请将该列设置为“文本”格式，再重新填写完整的号码",
        )
    number = exact.normalize(_DIGITS)
    return int(number) if number == number.to_integral_value() else number


def to_date(value: CellValue) -> date:
    """Read a day; a time of day is dropped. Raises `BadCell`."""
    return to_datetime(value).date()


def to_datetime(value: CellValue) -> datetime:
    """Read a day with an optional time, as written (no time zone). Raises `BadCell`.

    Accepted: dates of Excel, `2023-03-23`, `2023/3/23`, `2023.3.23`, `2023年3月23日`, `20230323`, each with
    an optional `09:30` or `09:30:15`.
    """
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - wall time as written in the cell
    text = unicodedata.normalize("NFKC", to_text(value))
    found = _DATE.fullmatch(text)
    if not found:
        if re.fullmatch(r"\d{5}(\.\d+)?", text):
            raise BadCell(
                "是数字，不是日期（Excel 的日期变成了序号）", f"请将该列设置为“日期”格式，或{DATE_REMEDY[1:]}"
            )
        raise BadCell("不是可以识别的日期", DATE_REMEDY)
    parts = {name.rstrip("0123456789"): int(part) for name, part in found.groupdict().items() if part}
    try:
        return datetime(  # noqa: DTZ001 - wall time as written in the cell
            parts["year"],
            parts["m"],
            parts["d"],
            parts.get("hour", 0),
            parts.get("minute", 0),
            parts.get("second", 0),
        )
    except ValueError:
        raise BadCell("日期或时间不存在", f"请核对年、月、日；{DATE_REMEDY}") from None


def to_int(value: CellValue) -> int:
    """Read a whole number, with or without thousands separators. Raises `BadCell`."""
    if isinstance(value, int):
        return value
    text = unicodedata.normalize("NFKC", to_text(value))
    if not _INTEGER.fullmatch(text):
        raise BadCell("不是整数", "请只填写阿拉伯数字，不带单位")
    return int(text.replace(",", "").partition(".")[0])


def shorten(text: str) -> str:
    """Cut a cell for a report to its first 60 characters."""
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}……"

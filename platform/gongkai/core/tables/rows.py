"""The result of reading: a table, its rows, and getters that collect what is wrong."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from gongkai.core.errors import Refused
from gongkai.core.tables.cells import (
    BadCell,
    CellFault,
    CellValue,
    shorten,
    to_date,
    to_datetime,
    to_int,
    to_text,
)
from gongkai.core.tables.columns import Column

_T = TypeVar("_T")


class UnreadableTable(Refused):
    """The file cannot be read as a table at all, or no further; the message says what to do."""


@dataclass(frozen=True, slots=True)
class TableLimits:
    """What a file may hold: bytes as they are and unpacked, rows with content, characters a cell.

    `ratio`: a part of an .xlsx compressed further than this is taken for a bomb (parts under 10 MB never).
    """

    bytes: int = 50 * 1024**2
    unpacked_bytes: int = 256 * 1024**2
    ratio: int = 200
    rows: int = 200_000
    cell_chars: int = 2_000_000


@dataclass(slots=True)
class TableRow:
    """One row with content. `number` is the row number that Excel shows (1-based).

    `values`: column key → cleaned value; empty and unreadable cells are absent. `faults` starts with the
    unreadable and the missing required cells, and grows with each getter that cannot read its cell; a
    getter then gives `""` or `None`, so that one pass over the row finds all its faults.
    """

    number: int
    values: dict[str, CellValue]
    columns: Mapping[str, Column]
    faults: list[CellFault] = field(default_factory=list)

    def text(self, key: str) -> str:
        """The cell as text, `""` where it is empty."""
        return to_text(self.values[key]) if key in self.values else ""

    def date(self, key: str) -> date | None:
        """The cell as a day; see `cells.to_datetime` for the forms accepted."""
        return self._read(key, to_date)

    def datetime(self, key: str) -> datetime | None:
        """The cell as day and time without time zone; midnight where only the day is written."""
        return self._read(key, to_datetime)

    def integer(self, key: str) -> int | None:
        """The cell as a whole number."""
        return self._read(key, to_int)

    def fault(self, key: str, problem: str, remedy: str) -> CellFault:
        """Add a fault that the caller has found in a cell."""
        found = CellFault(self.number, self.columns[key].title, shorten(self.text(key)), problem, remedy)
        self.faults.append(found)
        return found

    def _read(self, key: str, convert: Callable[[CellValue], _T]) -> _T | None:
        if key not in self.values:
            return None
        try:
            return convert(self.values[key])
        except BadCell as bad:
            self.fault(key, bad.problem, bad.remedy)
            return None


@dataclass(slots=True)
class Table:
    """A table being read. `rows` runs once; it raises `UnreadableTable` where the file breaks off.

    With `faults` (missing or repeated headers) there are no rows. `notes` are sentences for the uploader.
    `sheet` is the name of the worksheet read, `""` for text files. `titles` is column key → header as written,
    in the order of the file.
    """

    rows: Iterator[TableRow]
    header_row: int
    sheet: str = ""
    notes: list[str] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)

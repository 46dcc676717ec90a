"""Rows of an import: read from a list into typed values, each unreadable cell with its fault."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.richtext.writer import escape
from gongkai.core.tables.cells import CellFault, shorten
from gongkai.core.tables.reading import read_table
from gongkai.core.tables.rows import Table, TableLimits, TableRow
from gongkai.publishing.imports.columns import COLUMNS, EMPTY_LABELS, PAGE_LABELS, TITLES
from gongkai.publishing.models import MODES, VALIDITIES

_T = TypeVar("_T")
LIMITS = {
    "drafts": TableLimits(rows=2_000, unpacked_bytes=256 * 1024**2),
    "migration": TableLimits(rows=50_000, unpacked_bytes=512 * 1024**2),
}
_MARKUP = re.compile(
    r"</?(p|br|div|span|table|tbody|tr|td|h[1-6]|ul|ol|li|a|img|b|strong|em|font|section)\b", re.IGNORECASE
)
_SEPARATORS = re.compile(r"[；;\n|]+")
_MODE_CODES = {label: code for code, label in MODES.items()}
_VALIDITY_CODES = {label: code for code, label in VALIDITIES.items()} | {
    "现行有效": "in_force", "有效文件": "in_force", "修改": "amended", "部分失效": "amended",
    "已失效": "lapsed", "已废止": "repealed",
}  # fmt: skip
_YES_NO = {"是": True, "否": False, "转载": True, "原创": False, "1": True, "0": False, "TRUE": True, "FALSE": False}


@dataclass(frozen=True, slots=True)
class MigrationRow:
    """One item as its source has it.

    Attributes:
        unit_code: code or a name of the unit, empty for the unit that imports.
        column_code: code, name or path （上级栏目/栏目） of a column of that unit.
        published_at: instant of first publication; None only for drafts.
        body_html: HTML of any kind; it is sanitised.
        disclosure_mode, validity: codes of `MODES` and `VALIDITIES`.
        original_labels: [label, value] pairs of the source's metadata table, shown as found; None for none.
        optional: values of the optional metadata （`schemas.OPTIONAL_KEYS`）.
        attachment_names: as the cell parts them by ； or lines; a 、 within may part names too （`files.resolved`）.
    """

    unit_code: str
    column_code: str
    title: str
    document_number: str = ""
    index_number: str = ""
    issuing_agency: str = ""
    formed_date: date | None = None
    effective_date: date | None = None
    published_at: datetime | None = None
    summary: str = ""
    body_html: str = ""
    subject_class: str = ""
    genre_class: str = ""
    disclosure_mode: str = "proactive"
    validity: str = "in_force"
    repealed_date: date | None = None
    source_url: str = ""
    external_id: str = ""
    responsible_unit: str = ""
    is_reprint: bool = False
    original_labels: list[list[str]] | None = None
    optional: dict[str, Any] = field(default_factory=dict)
    attachment_names: tuple[str, ...] = ()


@dataclass(slots=True)
class NumberedRow:
    """A row with its number in the list and what is wrong with it so far."""

    number: int
    row: MigrationRow
    faults: list[CellFault] = field(default_factory=list)

    def fault(self, key: str, problem: str, remedy: str, value: str = "") -> None:
        """Add a fault of the column `key`."""
        self.faults.append(CellFault(self.number, TITLES[key], shorten(value), problem, remedy))

    def require(self, key: str, remedy: str) -> None:
        """Add the fault of a missing value, unless the reading has found one in that cell."""
        if all(fault.column_title != TITLES[key] for fault in self.faults):
            self.fault(key, "必填项没有填写", remedy)


def open_list(data: bytes, filename: str, *, kind: str) -> Table:
    """The list of an import （`drafts` or `migration`）.

    Raises:
        UnreadableTable: when the file is no list at all; faults of the header stand in the table.
    """
    return read_table(data, filename, columns=COLUMNS[kind], limits=LIMITS[kind])


def read_rows(table: Table) -> Iterator[NumberedRow]:
    """The rows of a list, in its order."""
    for row in table.rows:
        yield NumberedRow(row.number, _read(row, table.titles), row.faults)


def _read(row: TableRow, titles: Mapping[str, str]) -> MigrationRow:
    published = row.datetime("published_at") if "published_at" in row.columns else None
    channels = row.text("publication_channels")
    # Pages of older sites show the way of disclosure （主动公开） under the label 公开形式.
    mode = row.text("disclosure_mode") or (channels if channels in _MODE_CODES else "")
    limit = row.text("disclosure_time_limit")
    optional = {
        "publication_channels": channels if channels not in _MODE_CODES else "",
        "disclosure_time_limit": limit,
        "validity_period": row.text("validity_period"),
    }
    return MigrationRow(
        unit_code=row.text("unit"),
        column_code=row.text("column"),
        title=" ".join(row.text("title").split()),
        document_number=row.text("document_number"),
        index_number=row.text("index_number"),
        issuing_agency=row.text("issuing_agency"),
        formed_date=row.date("formed_date"),
        effective_date=row.date("effective_date"),
        published_at=published.replace(tzinfo=SHANGHAI) if published else None,
        summary=row.text("summary"),
        body_html=_body(row.text("body")),
        subject_class=row.text("subject_class"),
        genre_class=row.text("genre_class"),
        disclosure_mode=_choice(row, "disclosure_mode", mode, _MODE_CODES, "proactive"),
        validity=_choice(row, "validity", row.text("validity"), _VALIDITY_CODES, "in_force"),
        repealed_date=row.date("repealed_date"),
        source_url=row.text("source_url"),
        external_id=row.text("external_id"),
        responsible_unit=row.text("responsible_unit"),
        is_reprint=_choice(row, "is_reprint", row.text("is_reprint").upper(), _YES_NO, False),
        original_labels=_labels(row, titles),
        optional={key: value[:300] for key, value in optional.items() if value},
        attachment_names=tuple(filter(None, map(str.strip, _SEPARATORS.split(row.text("attachments"))))),
    )


def _body(text: str) -> str:
    return (
        text
        if _MARKUP.search(text)
        else "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip())
    )


def _choice(row: TableRow, key: str, text: str, allowed: Mapping[str, _T], default: _T) -> _T:
    if text and text not in allowed:
        listed = "、".join(list(allowed)[:4])
        row.fault(key, f"“{shorten(text)}”不是可以识别的选项", f"请填写{listed}中的一项")
    return allowed.get(text, default)


def _labels(row: TableRow, titles: Mapping[str, str]) -> list[list[str]]:
    return [
        [title, row.text(key)]
        for key, title in titles.items()
        if key in PAGE_LABELS and (row.text(key) or key in EMPTY_LABELS)
    ]

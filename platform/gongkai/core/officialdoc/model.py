"""What an official document holds, free of any output format.

The parts and their names follow GB/T 9704-2012, chapter 7. Texts carry no numerals, closing colons or
brackets of their own: the renderers add what the standard prescribes.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

Align: TypeAlias = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text, linked to what stands behind it when `href` is given.

    `href` is an absolute http(s) address, because the .docx is read away from the site.

    Raises:
        ValueError: the address is not absolute, or not http(s).
    """

    text: str
    href: str | None = None

    def __post_init__(self) -> None:
        if self.href is not None and not self.href.startswith(("https://", "http://")):
            raise ValueError(f"链接应为以 http:// 或 https:// 开头的完整网址：{self.href}")


Cell: TypeAlias = str | Run


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 (一、), 2 (（一）), 3 (1.) or 4 (（1）), without its numeral (7.3.3).

    Raises:
        ValueError: the level is not 1 to 4.
    """

    level: int
    text: str

    def __post_init__(self) -> None:
        if self.level not in range(1, 5):
            raise ValueError(f"公文结构层次为一至四级，不能为第{self.level}级")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of body text; a line break inside a run stays a line break."""

    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A table column; `width` is its share of the table, relative to the other columns."""

    title: str
    width: int
    align: Align = "left"

    def __post_init__(self) -> None:
        if self.width <= 0:
            raise ValueError(f"“{self.title}”列的宽度应大于零")


@dataclass(frozen=True, slots=True)
class Table:
    """A table over the whole type area; its header row is repeated on each page.

    Raises:
        ValueError: there is no column, or a row has more or fewer cells than there are columns.
    """

    caption: str | None
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        if not self.columns:
            raise ValueError("表格至少应有一列")
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise ValueError(f"表格第{number}行有{len(row)}个单元格，应为{len(self.columns)}个")


Block: TypeAlias = Heading | Paragraph | Table


@dataclass(frozen=True, slots=True)
class Annex:
    """An annex on pages of its own; `landscape` turns them for wide tables."""

    title: str
    blocks: tuple[Block, ...]
    landscape: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialDocument:
    """A document as it is issued: head (版头), body (主体) and imprint (版记).

    `title` may hold line breaks; without them the lines are balanced. `document_number` and
    `formed_date` may be None while the number and the date are not yet given: their places stay open.
    `attachment_note` names the annexes (附件说明); where `annexes` are bound in, it repeats their titles
    (7.3.4). `red_head` False leaves out the banner and the red line, for paper that already bears them.

    Raises:
        ValueError: a part that no document lacks is empty, or the annexes differ from their note.
    """

    agency_banner: str
    title: str
    main_addressees: str | None
    blocks: tuple[Block, ...]
    signature_agency: str
    document_number: str | None = None
    formed_date: date | None = None
    attachment_note: tuple[str, ...] = ()
    disclosure_note: str | None = None
    copied_to: str | None = None
    printed_by: str | None = None
    printed_date: date | None = None
    annexes: tuple[Annex, ...] = ()
    red_head: bool = True

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise ValueError("公文标题不能为空")
        if self.red_head and not self.agency_banner.strip():
            raise ValueError("套红头的公文应有发文机关标志")
        if self.annexes and tuple(annex.title for annex in self.annexes) != self.attachment_note:
            raise ValueError("附件说明应与各附件的顺序和标题一致")


def paragraph(*parts: str | Run) -> Paragraph:
    """Return a paragraph of plain texts and linked runs, in the given order."""
    return Paragraph(tuple(Run(part) if isinstance(part, str) else part for part in parts))

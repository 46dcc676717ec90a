"""Text of Word documents and workbooks, what they hide among it; part of the child process."""

import io
import re
import zipfile
from xml.etree import ElementTree as ET

from openpyxl import load_workbook

from gongkai.core.extraction.collecting import Budget, Collected
from gongkai.core.extraction.reasons import DAMAGED, Unreadable
from gongkai.core.storage.untrusted import open_zip

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_WORD_PARTS = (
    (re.compile(r"word/document\.xml"), ""),
    (re.compile(r"word/header\d*\.xml"), "页眉"),
    (re.compile(r"word/footer\d*\.xml"), "页脚"),
    (re.compile(r"word/(footnotes|endnotes)\.xml"), "脚注尾注"),
    (re.compile(r"word/comments\.xml"), "批注"),
)
_COMMENTS = re.compile(r"xl/comments\d*\.xml|xl/comments/.*\.xml|xl/threadedComments/.*\.xml")
_PARAGRAPH = f"{_W}p"
_TEXT_OF = {f"{_W}t", f"{_W}delText"}
_SAID_TWICE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BREAKS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}


def open_archive(data: bytes) -> zipfile.ZipFile:
    """The zip that an office file or an archive is.

    Raises:
        Unreadable: when it is none.
    """
    try:
        return open_zip(data)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise Unreadable(DAMAGED) from None


def read_docx(data: bytes, file: str, found: Collected) -> None:
    """Text, headers, notes, comments and what tracked changes deleted: all of it leaves the house with the file."""
    with open_archive(data) as archive:
        charge(archive, found.budget)
        for pattern, place in _WORD_PARTS:
            for name in archive.namelist():
                if pattern.fullmatch(name):
                    found.add(file, place, "\n".join(_paragraphs(archive.read(name))))


def read_xlsx(data: bytes, file: str, found: Collected) -> None:
    """Every sheet, hidden ones too, a line a row with tabs between cells; then the comments."""
    with open_archive(data) as archive:
        charge(archive, found.budget)
        comments = [_words(archive.read(name)) for name in archive.namelist() if _COMMENTS.fullmatch(name)]
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    for sheet in book.worksheets:
        # Programs write a wrong extent, behind which cells would be lost.
        sheet.reset_dimensions()
        rows = ("\t".join(_cell(value) for value in row).strip("\t") for row in sheet.iter_rows(values_only=True))
        hidden = "" if sheet.sheet_state == "visible" else "隐藏的"
        found.add(file, f"{hidden}工作表“{sheet.title}”", "\n".join(row for row in rows if row))
    found.add(file, "批注", "\n".join(comments))


def charge(archive: zipfile.ZipFile, budget: Budget) -> None:
    """Count all members of an office file before any is read."""
    for member in archive.infolist():
        budget.unpack(member.file_size, member.compress_size)


def _paragraphs(xml: bytes) -> list[str]:
    lines: list[str] = []
    _gather(_parse(xml), [], lines)
    return lines


def _gather(node: ET.Element, line: list[str], lines: list[str]) -> None:
    """The words below a node; a paragraph within another （in a text box） is a line of its own."""
    for child in node:
        if child.tag == _PARAGRAPH:
            own: list[str] = []
            _gather(child, own, lines)
            lines += filter(None, ["".join(own).strip()])
        elif child.tag in _TEXT_OF:
            line.append(child.text or "")
        elif child.tag in _BREAKS:
            line.append(_BREAKS[child.tag])
        elif child.tag != _SAID_TWICE:
            _gather(child, line, lines)


def _words(xml: bytes) -> str:
    return " ".join(text.strip() for text in _parse(xml).itertext() if text.strip())


def _parse(xml: bytes) -> ET.Element:
    return ET.fromstring(xml)  # noqa: S314 - expat limits entities; the process is confined besides


def _cell(value: object) -> str:
    return "" if value is None else str(value).replace("\t", " ")

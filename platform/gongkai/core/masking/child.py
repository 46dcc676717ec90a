"""The process that masks one file: `python -m gongkai.core.masking.child <limits and options>`, file in, copy out.

The answer begins with a line of JSON: `{"reason": …}`, or `{"counts": {kind: number}}` with the copy behind it. A copy
in which a personal number is still readable, wherever it stands, is not given out.
"""

import csv
import io
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import docx
import openpyxl
from docx.opc.part import XmlPart
from docx.oxml.ns import qn

from gongkai.core.extraction.child import decode, read_file
from gongkai.core.extraction.collecting import Budget, Collected
from gongkai.core.extraction.confining import confine
from gongkai.core.extraction.office import charge, open_archive
from gongkai.core.extraction.reasons import DAMAGED, LIMIT, Unreadable, unsupported
from gongkai.core.storage.sniff import sniff
from gongkai.core.text.masking import TableMask, mask_text
from gongkai.core.text.personal_data import find_personal_data

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?[0-9][0-9,. -]*%?")
_TEXTS = (qn("w:t"), qn("w:delText"))
Masker = Callable[[bytes, Counter[str], bool], bytes]


def mask_xlsx(data: bytes, counts: Counter[str], names: bool) -> bytes:
    """Every sheet, hidden ones too; formulas become their values, comments and links go."""
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True, keep_links=False)
    for sheet in book.worksheets:
        table = TableMask(counts, names=names)
        for row in sheet.iter_rows():
            texts = ["" if cell.value is None else str(cell.value) for cell in row]
            for cell, text, masked in zip(row, texts, table.row(texts), strict=True):
                if masked != text:
                    cell.value = masked
                    cell.number_format = "@"
                if cell.data_type == "f" or (cell.data_type == "s" and text.startswith(FORMULA)):
                    # A text that looks like a formula stays a text, in this program and in people's.
                    cell.data_type, cell.quotePrefix = "s", True
                if cell.comment is not None:
                    cell.comment = None
                if cell.hyperlink is not None:
                    cell.hyperlink = None
    book.properties.creator = book.properties.lastModifiedBy = ""
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def mask_docx(data: bytes, counts: Counter[str], names: bool) -> bytes:
    """Text, tables, headers and comments; each run keeps its format, as what is hidden is as long as before."""
    document = docx.Document(io.BytesIO(data))
    for part in document.part.package.iter_parts():
        if isinstance(part, XmlPart):
            for table in part.element.iter(qn("w:tbl")):
                _mask_table(table, TableMask(counts, names=names))
            for paragraph in part.element.iter(qn("w:p")):
                nodes = _nodes(paragraph)
                _rewrite(nodes, mask_text("".join(node.text or "" for node in nodes), counts))
    document.core_properties.author = document.core_properties.last_modified_by = ""
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _mask_table(table: Any, mask: TableMask) -> None:
    for row in table.findall(qn("w:tr")):
        cells = [_nodes(cell) for cell in row.findall(qn("w:tc"))]
        texts = ["".join(node.text or "" for node in nodes) for nodes in cells]
        for nodes, masked in zip(cells, mask.row(texts), strict=True):
            _rewrite(nodes, masked)


def _nodes(element: Any) -> list[Any]:
    return list(element.iter(*_TEXTS))


def _rewrite(nodes: Sequence[Any], text: str) -> None:
    """Give each node its piece of a text that is as long as theirs together."""
    at = 0
    for node in nodes:
        before = node.text or ""
        piece = text[at : at + len(before)]
        if piece != before:
            node.text = piece
        at += len(before)


def mask_delimited(data: bytes, counts: Counter[str], names: bool) -> bytes:
    """Text, row by row where its first line has several cells; in UTF-8 with a mark, so that Excel reads it."""
    text = decode(data)
    first = text.partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    if delimiter not in first:
        return mask_text(text, counts).encode("utf-8-sig")
    table = TableMask(counts, names=names)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter)
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        writer.writerow([_inert(text) for text in table.row(row)])
    return buffer.getvalue().encode("utf-8-sig")


def _inert(text: str) -> str:
    """A cell that Excel does not run: with an apostrophe before what begins like a formula and is no number."""
    return f"'{text}" if text.startswith(FORMULA) and not _NUMBER.fullmatch(text) else text


MASKERS: Mapping[str, Masker] = {
    "xlsx": mask_xlsx,
    "docx": mask_docx,
    "csv": mask_delimited,
    "txt": mask_delimited,
}


def _mask(data: bytes, names: bool, budget: Callable[[], Budget]) -> tuple[bytes, Counter[str]]:
    kind = sniff(data)
    if kind.extension not in MASKERS:
        raise Unreadable(unsupported(kind.label_zh))
    if kind.extension in ("xlsx", "docx"):
        with open_archive(data) as archive:
            charge(archive, budget())
    counts: Counter[str] = Counter()
    copy = MASKERS[kind.extension](data, counts, names)
    found = Collected(budget())
    read_file(copy, "", found)
    if found.unread:
        raise Unreadable(found.unread[0][1])
    places = [place or "正文" for _, place, text in found.parts if find_personal_data(text)]
    if places:
        raise Unreadable(f"{'、'.join(places)}中的号码不能自动隐去，请在原文件中处理后重新上传")
    return copy, counts


def _answer(data: bytes, names: bool, budget: Callable[[], Budget]) -> Iterator[bytes]:
    copy = b""
    head: dict[str, object]
    try:
        copy, counts = _mask(data, names, budget)
        head = {"counts": dict(counts)}
    except Unreadable as refusal:
        head = {"reason": refusal.reason}
    except MemoryError:
        head = {"reason": LIMIT}
    except Exception:  # noqa: BLE001 - whatever a broken file makes a parser raise says the same: it is broken
        head = {"reason": DAMAGED}
    yield json.dumps(head, ensure_ascii=False).encode() + b"\n"
    yield copy


def main() -> None:
    """Read standard input and write the answer."""
    given = json.loads(sys.argv[1])
    confine(given)

    def budget() -> Budget:
        return Budget(given["characters"], given["unpacked_bytes"], given["members"], given["ratio"])

    for piece in _answer(sys.stdin.buffer.read(), given["names"], budget):
        sys.stdout.buffer.write(piece)


if __name__ == "__main__":
    main()

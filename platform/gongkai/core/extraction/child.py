"""The process that reads one file: `python -m gongkai.core.extraction.child <limits>`, file in, JSON out.

It imports readers only, never settings or database, and limits itself before it looks at the first byte: what a
hostile file can take over is a process without rights, secrets or time.
"""

import json
import re
import sys
import zipfile
from collections.abc import Callable, Mapping
from html.parser import HTMLParser

import pypdfium2  # type: ignore[import-untyped]

from gongkai.core.extraction.collecting import Budget, Collected
from gongkai.core.extraction.confining import confine
from gongkai.core.extraction.excel97 import read_xls
from gongkai.core.extraction.lines import join_lines
from gongkai.core.extraction.ofd import read_ofd
from gongkai.core.extraction.office import open_archive, read_docx, read_xlsx
from gongkai.core.extraction.reasons import DAMAGED, ENCRYPTED, LIMIT, OVERRUN, SCANNED, Unreadable, unsupported
from gongkai.core.extraction.slides import read_pptx
from gongkai.core.extraction.word97 import read_doc
from gongkai.core.storage.names import member_name
from gongkai.core.storage.sniff import sniff

DEPTH = 1
"""An archive within the archive is read, one within that is not."""
_META = re.compile(rb"""charset=["']?([\w-]+)""", re.IGNORECASE)
_SILENT = frozenset({"script", "style"})
_BLOCKS = frozenset({"p", "br", "tr", "li", "div", "h1", "h2", "h3", "h4", "title", "table"})
Reader = Callable[[bytes, str, Collected], None]


def read_text(data: bytes, file: str, found: Collected) -> None:
    """Plain text and delimited text."""
    found.add(file, "", decode(data))


class _Words(HTMLParser):
    """The words of a page, a line each block, without scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._silent += tag in _SILENT
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT and self._silent > 0
        if tag in _BLOCKS:
            self.pieces.append("\t" if tag in ("td", "th") else "\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(" ".join(data.split()))


def read_html(data: bytes, file: str, found: Collected) -> None:
    """The words of a web page."""
    named = _META.search(data[:2048])
    words = _Words()
    words.feed(decode(data, *([named[1].decode("ascii")] if named else [])))
    words.close()
    lines = (line.strip() for line in "".join(words.pieces).split("\n"))
    found.add(file, "", "\n".join(line for line in lines if line))


def read_pdf(data: bytes, file: str, found: Collected) -> None:
    """Page by page; lines that only the paper's width broke are joined."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(ENCRYPTED if "password" in str(error).casefold() else DAMAGED) from None
    any_text = False
    for number in range(len(document)):
        page = document[number]
        text = page.get_textpage().get_text_bounded()
        any_text = any_text or bool(text.strip())
        found.add(file, f"第{number + 1}页", join_lines(text))
        page.close()
    if not any_text:
        raise Unreadable(SCANNED)


def read_zip(data: bytes, file: str, found: Collected, depth: int = 0) -> None:
    """The members of an archive, each under its name; one that cannot be read does not hide the others.

    Raises:
        Unreadable: when the archive exceeds the limits, or is one within another's archive.
    """
    if depth > DEPTH:
        raise Unreadable(LIMIT)
    with open_archive(data) as archive:
        for member in archive.infolist():
            if member.is_dir() or member.filename.startswith("__MACOSX/"):
                continue
            found.budget.unpack(member.file_size, member.compress_size)
            name = f"{file}/{member_name(member)}" if file else member_name(member)
            try:
                content = _unpack(archive, member)
            except Unreadable as refusal:
                found.unread.append((name, refusal.reason))
            else:
                read_file(content, name, found, depth + 1)


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    if member.flag_bits & 1:
        raise Unreadable(ENCRYPTED)
    try:
        return archive.read(member)
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, ValueError):
        raise Unreadable(DAMAGED) from None


READERS: Mapping[str, Reader] = {
    "docx": read_docx,
    "xlsx": read_xlsx,
    "pptx": read_pptx,
    "doc": read_doc,
    "xls": read_xls,
    "ofd": read_ofd,
    "pdf": read_pdf,
    "txt": read_text,
    "csv": read_text,
    "html": read_html,
}


def read_file(data: bytes, file: str, found: Collected, depth: int = 0) -> None:
    """Read a file by what it is, whatever its name; a reason stands in `found.unread` when that fails."""
    try:
        _read(data, file, found, depth)
    except Unreadable as refusal:
        found.unread.append((file, refusal.reason))
    except MemoryError:
        found.unread.append((file, OVERRUN))
    except Exception:  # noqa: BLE001 - whatever a broken file makes a parser raise says the same: it is broken
        found.unread.append((file, DAMAGED))


def _read(data: bytes, file: str, found: Collected, depth: int) -> None:
    kind = sniff(data)
    if kind.extension == "zip":
        read_zip(data, file, found, depth)
    elif kind.extension in READERS:
        READERS[kind.extension](data, file, found)
    elif kind.extension == "encrypted":
        raise Unreadable(ENCRYPTED)
    elif kind.extension != "empty":
        raise Unreadable(unsupported(kind.label_zh))


def decode(data: bytes, *named: str) -> str:
    """Text in the first encoding that fits: those `named`, UTF-8, GB18030, or UTF-16 with its mark.

    Raises:
        Unreadable: when none fits.
    """
    encodings = ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else (*named, "utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    raise Unreadable(DAMAGED)


def main() -> None:
    """Read standard input and write `{"parts": [[file, place, text]], "unread": [[file, reason]]}`."""
    limits = json.loads(sys.argv[1])
    confine(limits)
    budget = Budget(limits["characters"], limits["unpacked_bytes"], limits["members"], limits["ratio"])
    found = Collected(budget)
    read_file(sys.stdin.buffer.read(), "", found)
    answer = json.dumps({"parts": found.parts, "unread": found.unread}, ensure_ascii=False)
    sys.stdout.buffer.write(answer.encode("utf-8", "replace"))


if __name__ == "__main__":
    main()

"""What a file really is, from its content; its name counts for nothing here.

The container of Founder Apabi (`ceb`) has no published specification; all its files start with `Founder CEB`.
"""

import io
import re
import zipfile
from dataclasses import dataclass
from typing import BinaryIO

from gongkai.core.storage import ole
from gongkai.core.storage.untrusted import open_zip

_HEAD = 64 * 1024
# Longest zip comment plus the end record (APPNOTE 4.3.16).
_ZIP_TAIL = 65_535 + 22


@dataclass(frozen=True, slots=True)
class FileKind:
    """A type of file: media type for the header, usual extension without dot, Chinese name.

    `allowed_inline`: a browser may show it in place of saving it; only types that cannot
    run scripts in our origin.
    """

    media_type: str
    extension: str
    label_zh: str
    allowed_inline: bool = False


_OFFICE = "application/vnd.openxmlformats-officedocument"
_KINDS = (
    FileKind("application/pdf", "pdf", "PDF 文档", allowed_inline=True),
    FileKind(f"{_OFFICE}.wordprocessingml.document", "docx", "Word 文档"),
    FileKind(f"{_OFFICE}.spreadsheetml.sheet", "xlsx", "Excel 工作簿"),
    FileKind(f"{_OFFICE}.presentationml.presentation", "pptx", "PowerPoint 演示文稿"),
    FileKind("application/msword", "doc", "Word 97-2003 文档"),
    FileKind("application/vnd.ms-excel", "xls", "Excel 97-2003 工作簿"),
    FileKind("application/vnd.ms-powerpoint", "ppt", "PowerPoint 97-2003 演示文稿"),
    FileKind("application/vnd.ms-works", "wps", "WPS 文字文档"),
    FileKind("application/ofd", "ofd", "OFD 版式文档"),
    FileKind("application/x-ceb", "ceb", "CEB 版式文档"),
    FileKind("text/plain", "txt", "文本文件"),
    FileKind("text/csv", "csv", "CSV 表格"),
    FileKind("text/rtf", "rtf", "RTF 文档"),
    FileKind("application/zip", "zip", "ZIP 压缩包"),
    FileKind("application/vnd.rar", "rar", "RAR 压缩包"),
    FileKind("application/x-7z-compressed", "7z", "7-Zip 压缩包"),
    FileKind("image/png", "png", "PNG 图片", allowed_inline=True),
    FileKind("image/jpeg", "jpg", "JPEG 图片", allowed_inline=True),
    FileKind("image/gif", "gif", "GIF 图片", allowed_inline=True),
    FileKind("image/tiff", "tiff", "TIFF 图片"),
    FileKind("video/mp4", "mp4", "MP4 视频", allowed_inline=True),
    FileKind("audio/mpeg", "mp3", "MP3 音频", allowed_inline=True),
    FileKind("text/html", "html", "网页文件"),
    FileKind("image/svg+xml", "svg", "SVG 图片"),
    FileKind("application/xml", "xml", "XML 文件"),
    FileKind("application/vnd.ms-office.macro", "macro", "带宏的 Office 文档"),
    FileKind("application/x-ole-encrypted", "encrypted", "设置了打开密码的 Office 文档"),
    FileKind("application/vnd.ms-excel.sheet.binary", "xlsb", "Excel 二进制工作簿"),
    FileKind("application/vnd.oasis.opendocument", "odf", "OpenDocument 文档"),
    FileKind("application/x-executable", "exe", "可执行程序"),
    FileKind("text/x-script", "script", "脚本文件"),
    FileKind("application/x-polyglot", "polyglot", "同时伪装成多种格式的文件"),
    FileKind("application/x-empty", "empty", "空文件"),
    FileKind("application/octet-stream", "bin", "无法识别的文件"),
)
KINDS = {kind.extension: kind for kind in _KINDS}

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf'\x1c", "7z"),
    (b"Founder CEB", "ceb"),
    (b"{\\rtf", "rtf"),
    (b"ID3", "mp3"),
    (b"MZ", "exe"),
    (b"\x7fELF", "exe"),
    (b"\xca\xfe\xba\xbe", "exe"),
    (b"\xce\xfa\xed\xfe", "exe"),
    (b"\xcf\xfa\xed\xfe", "exe"),
    (b"dex\n", "exe"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "exe"),
    (b"ITSF", "exe"),
    (b"#!", "script"),
    (b"<?php", "script"),
)
_HTML = re.compile(
    rb"(?i)<(!doctype\s+html|html|head|body|script|iframe|table|title|style|meta|div|form|frameset|svg)[\s/>]"
)
_HTML_START = re.compile(rb"(?s)\s*(<!--.*?-->\s*)*" + _HTML.pattern.removeprefix(b"(?i)"), re.IGNORECASE)
_GIF_AND_SCRIPT = re.compile(rb"GIF8[79]a(/[*/]|[=(][ -~])")
"""A picture 8,000 pixels wide, or the beginning of a program: an assignment, a call, a comment."""
_MP4_BRANDS = (b"isom", b"iso", b"mp4", b"avc1", b"M4V", b"MSNV", b"dash", b"3gp")
_OLE_NAMES = (
    ("EncryptedPackage", "encrypted"),
    ("WordDocument", "doc"),
    ("PowerPoint Document", "ppt"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("CONTENTS", "wps"),
)
_ZIP_MEMBERS = (
    ("OFD.xml", "ofd"),
    ("xl/workbook.bin", "xlsb"),
    ("word/document.xml", "docx"),
    ("xl/workbook.xml", "xlsx"),
    ("ppt/presentation.xml", "pptx"),
    ("AndroidManifest.xml", "exe"),
    ("META-INF/MANIFEST.MF", "exe"),
    ("content.xml", "odf"),
)


def sniff(source: bytes | BinaryIO) -> FileKind:
    """Tell the kind of a whole file, given as bytes or as a seekable binary file (left at its start).

    Office files are told apart by the directory of their container, which stands at the end of a zip:
    given only the head of one, the answer is `zip`. Files that two readers would open as different formats
    are `polyglot`.
    """
    file: BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source
    file.seek(0)
    head = file.read(_HEAD)
    try:
        return KINDS[_name(file, head)]
    finally:
        file.seek(0)


def _name(file: BinaryIO, head: bytes) -> str:
    if not head:
        return "empty"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(file)
    if head.startswith(ole.MAGIC):
        names = ole.root_names(file)
        return next((kind for name, kind in _OLE_NAMES if name in names), "bin")
    name = "pdf" if head[:1024].lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"%PDF-") else _magic(head)
    if name in ("", "script"):
        return _text_kind(head) or name or "bin"
    return "polyglot" if _is_polyglot(file, head, name) else name


def _magic(head: bytes) -> str:
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head[4:8] == b"ftyp" and head[8:12].startswith(_MP4_BRANDS):
        return "mp4"
    # An MPEG audio frame without ID3: eleven bits of sync, layer III, an existing bit rate and sampling rate.
    if (
        len(head) > 3
        and head[0] == 0xFF
        and head[1] & 0xE6 == 0xE2
        and head[2] >> 4 not in (0, 15)
        and head[2] & 12 != 12
    ):
        return "mp3"
    return ""


def _is_polyglot(file: BinaryIO, head: bytes, name: str) -> bool:
    if name in ("exe", "rtf", "ceb"):
        return False
    if (name in ("pdf", "gif") and _HTML.search(head[:1024])) or _GIF_AND_SCRIPT.match(head):
        return True
    # Another format may embed a zip; it is a second face only when the record closes the file.
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _ZIP_TAIL))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    return 0 <= at <= len(tail) - 22 and at + 22 + int.from_bytes(tail[at + 20 : at + 22], "little") == len(tail)


def _zip_kind(file: BinaryIO) -> str:
    try:
        with open_zip(file) as archive:
            names = {name.lstrip("/") for name in archive.namelist()}
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return "zip"
    office = "[Content_Types].xml" in names
    if office and any(name.endswith("vbaProject.bin") for name in names):
        return "macro"
    kind = next((kind for member, kind in _ZIP_MEMBERS if member in names), "zip")
    return kind if office or kind not in ("docx", "xlsx", "pptx", "xlsb") else "zip"


def _text_kind(head: bytes) -> str:
    text = _decode(head)
    if text is None:
        return ""
    start = text[:4096].lstrip("\ufeff").encode()
    if b"%PDF-" in start[:1024]:
        return "polyglot" if _HTML.search(start) else ""
    if start.startswith((b"#!", b"<?php")):
        return "script"
    if re.search(rb"(?i)<svg[\s>]", start) and start.lstrip().startswith(b"<"):
        return "svg"
    if _HTML_START.match(start):
        return "html"
    if start.lstrip().startswith(b"<?xml"):
        return "html" if _HTML.search(start) else "xml"
    return "csv" if _is_csv(text) else "txt"


def _decode(head: bytes) -> str | None:
    """The head as text, `None` where it is binary; the last character may be cut in two."""
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if wide else ("utf-8", "gb18030"):
        try:
            text = head.decode(encoding)
        except UnicodeDecodeError as error:
            if len(head) < _HEAD or error.start < len(head) - 4:
                continue
            text = head[: error.start].decode(encoding)
        return None if re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]", text) else text
    return None


def _is_csv(text: str) -> bool:
    lines = [line for line in text.splitlines()[:10] if line.strip()]
    if len(lines) < 2:
        return False
    return any(len({line.count(mark) for line in lines}) == 1 and mark in lines[0] for mark in ",;\t")

import io
import struct
import zipfile

import docx
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.storage.attachments import attachment_problem
from gongkai.core.storage.sniff import KINDS, sniff

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + bytes(20)


def zip_of(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), "内容")
    return buffer.getvalue()


def real_docx() -> bytes:
    buffer = io.BytesIO()
    docx.Document().save(buffer)
    return buffer.getvalue()


def real_xlsx() -> bytes:
    buffer = io.BytesIO()
    openpyxl.Workbook().save(buffer)
    return buffer.getvalue()


def ole_of(*root: str, embedded: str = "") -> bytes:
    """A compound file of version 3: directory in sectors 0 and on, its chain in the last sector's table."""
    names = ["Root Entry", *root, *([embedded] if embedded else [])]
    entries = []
    for index, name in enumerate(names):
        raw = name.encode("utf-16-le")
        right = index + 1 if 1 <= index < len(root) else 0xFFFFFFFF
        child = 1 if index == 0 else len(root) + 1 if embedded and index == len(root) else 0xFFFFFFFF
        entry = raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw) + 2, 2, 1, 0xFFFFFFFF, right, child)
        entries.append(entry.ljust(128, b"\0"))
    directory = b"".join(entries)
    directory = directory.ljust(-(-len(directory) // 512) * 512, b"\0")
    count = len(directory) // 512
    chain = [*range(1, count), 0xFFFFFFFE, 0xFFFFFFFD]
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(512, b"\xff")
    header = bytearray(512)
    header[:8] = bytes.fromhex("d0cf11e0a1b11ae1")
    struct.pack_into("<HHHH", header, 26, 3, 0xFFFE, 9, 6)
    struct.pack_into("<I", header, 48, 0)
    struct.pack_into("<II", header, 68, 0xFFFFFFFE, 0)
    struct.pack_into("<109I", header, 76, count, *[0xFFFFFFFF] * 108)
    return bytes(header) + directory + table


CASES = [
    (PDF, "pdf"),
    (b"\xef\xbb\xbf\r\n" + PDF, "pdf"),
    (real_docx(), "docx"),
    (real_xlsx(), "xlsx"),
    (zip_of("[Content_Types].xml", "ppt/presentation.xml"), "pptx"),
    (zip_of("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "macro"),
    (zip_of("[Content_Types].xml", "xl/workbook.bin"), "xlsb"),
    (zip_of("OFD.xml", "Doc_0/Document.xml"), "ofd"),
    (zip_of("通知.docx"), "zip"),
    (zip_of("META-INF/MANIFEST.MF", "A.class"), "exe"),
    (zip_of("mimetype", "content.xml"), "odf"),
    (zip_of("a")[:20], "zip"),
    (ole_of("WordDocument", "1Table"), "doc"),
    (ole_of("1Table", "\x05SummaryInformation", "ObjectPool", "Data", "WordDocument"), "doc"),
    (ole_of("Workbook"), "xls"),
    (ole_of("Workbook", "MBD0001", embedded="WordDocument"), "xls"),
    (ole_of("PowerPoint Document"), "ppt"),
    (ole_of("CONTENTS"), "wps"),
    (ole_of("EncryptedPackage", "EncryptionInfo"), "encrypted"),
    (ole_of("!_Columns", "Property"), "bin"),
    (ole_of("WordDocument")[:600], "bin"),
    (b"Founder CEB\x00" + bytes(40), "ceb"),
    ("各县(市、区)人民政府:\r\n现将有关事项通知如下。".encode(), "txt"),
    ("各县(市、区)人民政府:\r\n“十四五”规划。".encode("gb18030"), "txt"),
    ("各县(市、区)人民政府".encode("utf-16"), "txt"),
    ("单位,事项\n某局,许可\n".encode("gb18030"), "csv"),
    (("a" + "字" * 40_000).encode(), "txt"),
    (("a" + "字" * 40_000).encode("gb18030"), "txt"),
    (b"{\\rtf1\\ansi}", "rtf"),
    (b"Rar!\x1a\x07\x01\x00", "rar"),
    (b"7z\xbc\xaf'\x1c\x00\x04", "7z"),
    (PNG, "png"),
    (b"\xff\xd8\xff\xe0\x00\x10JFIF", "jpg"),
    (b"GIF89a\x01\x00\x01\x00", "gif"),
    (b"II*\x00\x08\x00\x00\x00", "tiff"),
    (b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00", "mp4"),
    (b"ID3\x04\x00\x00", "mp3"),
    (b"\xff\xfb\x90\x64" + bytes(100), "mp3"),
    (b"MZ\x90\x00", "exe"),
    (b"\x7fELF\x02", "exe"),
    (b"#!/bin/sh\necho\n", "script"),
    (b"<?php phpinfo();", "script"),
    (b"\xef\xbb\xbf<?php phpinfo();", "script"),
    (b"  <!-- x -->\n<!DOCTYPE html><p>", "html"),
    (b"<script>alert(1)</script>", "html"),
    ("<TABLE border=1><tr><td>单位".encode("gbk"), "html"),
    (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', "html"),
    (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "svg"),
    (b'<?xml version="1.0"?><Workbook/>', "xml"),
    (bytes(range(256)), "bin"),
    (b"", "empty"),
]


@pytest.mark.parametrize(("content", "extension"), CASES, ids=range(len(CASES)))
def test_the_kind_comes_from_the_content(content: bytes, extension: str) -> None:
    file = io.BytesIO(content)
    assert sniff(file).extension == extension
    assert file.tell() == 0
    assert sniff(content) is KINDS[extension]


@pytest.mark.parametrize(
    "content",
    [
        PDF + zip_of("evil.js"),
        PNG + zip_of("A.class"),
        b"%PDF-1.4\n<html><script>alert(1)</script>",
        b"GIF89a/*<script>*/",
        b"<html><!--\n%PDF-1.4\n--><script>",
    ],
)
def test_a_file_with_two_faces_is_refused(content: bytes) -> None:
    kind = sniff(content)
    assert kind.extension == "polyglot"
    assert "伪装成多种格式" in (attachment_problem("年报.pdf", kind, len(content), 10_000_000) or "")


def test_a_pdf_that_merely_embeds_a_zip_is_a_pdf() -> None:
    assert sniff(PDF + zip_of("附件.docx") + b"\nendstream\n%%EOF\n").extension == "pdf"


@given(st.binary(max_size=2000), st.sampled_from([content for content, _ in CASES]), st.integers(0, 700))
def test_no_content_breaks_it(noise: bytes, content: bytes, at: int) -> None:
    assert sniff(noise) in KINDS.values()
    assert sniff(content[:at] + noise + content[at + len(noise) :]) in KINDS.values()


def test_only_harmless_kinds_are_shown_by_the_browser() -> None:
    inline = {kind.extension for kind in KINDS.values() if kind.allowed_inline}
    assert inline == {"pdf", "png", "jpg", "gif", "mp4", "mp3"}


@pytest.mark.parametrize(
    ("name", "extension"),
    [("通知.pdf", "pdf"), ("年报.WPS", "doc"), ("报表.et", "xls"), ("照片.JPEG", "jpg"), ("名单.csv", "txt")],
)
def test_matching_files_may_be_attached(name: str, extension: str) -> None:
    assert attachment_problem(name, KINDS[extension], 100, 100) is None


@pytest.mark.parametrize(
    ("name", "extension", "size", "parts"),
    [
        ("通知.pdf", "docx", 9, ("“.pdf”", "Word 文档", "“.docx”")),
        ("通知.pdf.exe", "pdf", 9, ("“.exe”", "PDF 文档")),
        ("通知.js", "txt", 9, ("“.js”", "文本文件")),
        ("通知", "pdf", 9, ("没有扩展名", "“.pdf”")),
        ("通知.pdf", "exe", 9, ("可执行程序", "不能上传程序")),
        ("图标.svg", "svg", 9, ("SVG 图片", "PNG")),
        ("通知.html", "html", 9, ("网页文件", "PDF")),
        ("通知.docx", "macro", 9, ("带宏", "不带宏")),
        ("通知.docx", "encrypted", 9, ("打开密码",)),
        ("通知.xyz", "bin", 9, ("无法识别",)),
        ("通知.pdf", "pdf", 2048, ("2 KB", "1 KB")),
        ("通知.pdf", "empty", 0, ("空文件",)),
    ],
)
def test_refusals_say_what_and_what_to_do(name: str, extension: str, size: int, parts: tuple[str, ...]) -> None:
    problem = attachment_problem(name, KINDS[extension], size, 1024)
    assert problem
    assert problem.endswith("。")
    assert "；" in problem
    for part in parts:
        assert part in problem


def test_every_kind_is_either_accepted_or_refused_with_a_remedy() -> None:
    for kind in KINDS.values():
        problem = attachment_problem(f"文件.{kind.extension}", kind, 1, 1)
        assert problem is None or "不能作为附件" in problem

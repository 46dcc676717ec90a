"""Files that nobody makes by accident: bombs, entities, polyglots, formulas, other encodings; each small as it is sent.

`FILES` is name → (content, file name); `gigabyte` and the other makers give single ones for the readers' own tests.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

from tests.core.extraction.old_samples import excel97, record, shared_cell, string, word97
from tests.core.extraction.page_samples import drawn, ofd, paragraph, slides
from tests.core.tables.files import text, workbook

ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
LAUGHS = f'<!DOCTYPE x [<!ENTITY e0 "ha">{ENTITIES}]>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY e9 SYSTEM "file:///etc/passwd">]>'
FORMULAS = ("=cmd|' /C calc'!A0", "+1+cmd|' /C calc'!A0", "-1+1", "@SUM(1)", "\t=1+1", "＝1+1")
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
HEADER = "单位,栏目,标题,发布时间,正文\n"


def archive(members: Mapping[str, bytes]) -> bytes:
    """A zip of members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return buffer.getvalue()


def gigabyte(name: str) -> bytes:
    """A zip of a megabyte with one member of 1 GiB of zeros: a flushed block of Deflate may be repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block, check = bytes(2**20), 0
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(2**10):
        check = zlib.crc32(block, check)
    data, raw = packed * 2**10 + packer.flush(), name.encode()
    common = struct.pack("<HHHHIIIHH", 0x800, 8, 0, 0x21, check, len(data), 2**30, len(raw), 0)
    local = b"PK\x03\x04\x14\x00" + common + raw + data
    entry = b"PK\x01\x02\x14\x00\x14\x00" + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + raw
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, len(entry), len(local), 0)
    return local + entry + end


def nested(levels: int = 5, copies: int = 10) -> bytes:
    """A zip of zips of zips, as 42.zip is."""
    data = archive({"0.txt": bytes(10**6)})
    for level in range(levels):
        data = archive({f"{level}-{copy}.zip": data for copy in range(copies)})
    return data


def crowded(members: int = 100_000, name: str = "{}.html") -> bytes:
    """A zip with very many empty members."""
    local, directory, at = [], [], 0
    for number in range(members):
        raw = name.format(number).encode()
        common = struct.pack("<HHHHIIIHH", 0x800, 0, 0, 0x21, 0, 0, 0, len(raw), 0)
        local.append(b"PK\x03\x04\x14\x00" + common + raw)
        directory.append(b"PK\x01\x02\x14\x00\x14\x00" + common + struct.pack("<HHHII", 0, 0, 0, 0, at) + raw)
        at += len(local[-1])
    listed = b"".join(directory)
    count = min(members, 0xFFFF)
    return b"".join(local) + listed + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, len(listed), at, 0)


def strings(number: int) -> bytes:
    """A workbook with so many shared strings, each of its own."""
    return workbook(f"<row>{text('标题')}</row>", strings="".join(f"<si><t>{n}</t></si>" for n in range(number)))


def one_row(cells: int) -> bytes:
    """A workbook whose only row has so many cells."""
    return workbook(f"<row>{''.join(f'<c><v>{n}</v></c>' for n in range(cells))}</row>")


def document(body: str, prolog: str = "") -> bytes:
    """A .docx with a body of Word's XML."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    return archive(
        {
            "[Content_Types].xml": f'<Types xmlns="{types}"><Default Extension="rels" ContentType="application/vnd.'
            f'openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="{kind}"/>'
            "</Types>".encode(),
            "_rels/.rels": f'<Relationships xmlns="{relations}"><Relationship Id="r1" Type="{office}" '
            'Target="word/document.xml"/></Relationships>'.encode(),
            "word/document.xml": f'{prolog}<w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>'.encode(),
        }
    )


def _sheet(prolog: str) -> bytes:
    return workbook(f"<row>{text('&e9;')}</row>", prolog=prolog)


def _table(*cells: str) -> bytes:
    return f"{HEADER}{''.join(f'{cell},{cell},{cell},{cell},{cell}{chr(10)}' for cell in cells)}".encode()


FILES: dict[str, tuple[bytes, str]] = {
    "web page": (b"<!doctype html><script>alert(1)</script>", "公告.html"),
    "picture of a program": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "公告.png"),
    "page and PDF": (b"%PDF-1.7\n<html><script>alert(1)</script></html>\n%%EOF", "公告.pdf"),
    "picture and script": (b"GIF89a/*" + b"\x00" * 30 + b"*/=1;alert(1)//", "图.gif"),
    "picture and archive": (b"\xff\xd8\xff\xe0" + b"\x00" * 100 + archive({"a.html": b"<script>"}), "图.jpg"),
    "nested archives": (nested(), "网页.zip"),
    "crowded archive": (crowded(), "网页.zip"),
    "climbing names": (archive({"../../etc/a.html": b"a", "/etc/b.html": b"b", "C:\\c.html": b"c"}), "网页.zip"),
    "names of every kind": (archive({"\u202elmth.a": b"a", "con": b"b", "x" * 300: b"c"}), "网页.zip"),
    "endless row": (one_row(500_000), "清单.xlsx"),
    "far corner": (workbook('<row r="99999999999999999999"><c r="ZZZ9"><v>1</v></c></row>'), "清单.xlsx"),
    "dimensions": (workbook("<row/>", workbook_pr='<dimension ref="A1:XFD1048576"/>'), "清单.xlsx"),
    "laughing workbook": (_sheet(LAUGHS), "清单.xlsx"),
    "reaching workbook": (_sheet(EXTERNAL), "清单.xlsx"),
    "laughing document": (document("<w:p><w:r><w:t>&e9;</w:t></w:r></w:p>", LAUGHS), "正文.docx"),
    "reaching document": (document("<w:p><w:r><w:t>&e9;</w:t></w:r></w:p>", EXTERNAL), "正文.docx"),
    "deep document": (document("<w:sdt><w:sdtContent>" * 5_000 + "</w:sdtContent></w:sdt>" * 5_000), "正文.docx"),
    "endless document": (document("<w:r/>" * 3_000_000), "正文.docx"),
    "laughing OFD": (archive({"OFD.xml": f"{LAUGHS}<OFD>&e9;</OFD>".encode()}), "文件.ofd"),
    "OFD of one page without end": (ofd(drawn("页" * 5_000, 1), listed=[0] * 5_000), "文件.ofd"),
    "slides without end": (slides([paragraph("页" * 5_000)], listed=[1] * 5_000), "汇报.pptx"),
    "pieces of one text": (
        word97("重" * 5_000, ends=range(0, 5_000 * 2_001, 5_000), places=[1536] * 2_000, counts=[10_000_000]),
        "文件.doc",
    ),
    "cells of one text": (
        excel97(
            {"表": b"".join(shared_cell(row, 0, 0) for row in range(20_000))},
            shared=record(0xFC, struct.pack("<II", 1, 1) + string("复" * 4_000)),
        ),
        "清单.xls",
    ),
    "formulas": (_table(*FORMULAS), "清单.csv"),
    "GBK": (f"{HEADER}民政局,公告,镕基,2023-01-01,甲\n".encode("gbk"), "清单.csv"),
    "four bytes": (f"{HEADER}民政局,公告,\U00020000㐀䶮,2023-01-01,甲\n".encode("gb18030"), "清单.csv"),
    "UTF-16": (f"{HEADER}民政局,公告,春灌,2023-01-01,甲\n".encode("utf-16"), "清单.csv"),
    "half a mark": (b"\xff\xfea", "清单.csv"),
    "long line": (b"a," * 500_000, "清单.csv"),
    "open comments": (b"<html><body>" + b"<!--" * 400_000, "网页.html"),
    "open tags": (b"<html><body>" + b"<a " * 300_000, "网页.html"),
    "digits": (b"<html><title>a</title><body><p>" + b"1" * 300_000, "网页.html"),
    "name with a line end": (b"a", "公告\r\nX-Evil: 1.pdf"),
    "name with a control": (b"a", "公告\x1b[31m.pdf"),
    "name of a device": (PDF, "con.pdf"),
    "name with a path": (PDF, "..\\..\\windows\\公告.pdf"),
    "name of spaces": (PDF, "\u3000\u200b.pdf"),
}

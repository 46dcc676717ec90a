"""Import of .docx files, made with python-docx, and of files that are none."""

import struct
import zipfile
from base64 import b64decode
from contextlib import suppress
from io import BytesIO

import docx
import pytest
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt
from hypothesis import given, settings
from hypothesis import strategies as st

from gongkai.core.richtext.errors import UnreadableDocument
from gongkai.core.richtext.word import from_docx, image_placeholder

PNG = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")


def saved(document: Document) -> bytes:
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def official() -> Document:
    document = docx.Document()
    document.add_paragraph("关于开展检查的通知").alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_heading("一、检查范围", 1)
    body = document.add_paragraph("全市各")
    body.paragraph_format.first_line_indent = Pt(32)
    body.add_run("公共机构").bold = True
    body.add_run("下划").underline = True
    document.add_paragraph("第一项", style="List Number")
    table = document.add_table(2, 2)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "合并"
    table.cell(1, 0).text = "左"
    table.cell(1, 1).text = "右"
    document.add_picture(BytesIO(PNG))
    document.add_paragraph("某某局").alignment = WD_ALIGN_PARAGRAPH.RIGHT
    return document


def repacked(data: bytes, **changes: bytes) -> bytes:
    """The archive with some of its parts exchanged; keys are the last part of the name."""
    stream = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            key = name.rpartition("/")[2].partition(".")[0]
            new.writestr(name, changes.get(key) or old.read(name))
    return stream.getvalue()


def test_a_document_keeps_its_structure() -> None:
    imported = from_docx(saved(official()))
    assert imported.html == (
        '<p class="align-center">关于开展检查的通知</p><h2>一、检查范围</h2>'
        '<p class="indent-2">全市各<strong>公共机构</strong><u>下划</u></p>'
        "<ol><li>第一项</li></ol>"
        '<table><tbody><tr><td colspan="2"><p>合并</p></td></tr>'
        "<tr><td><p>左</p></td><td><p>右</p></td></tr></tbody></table>"
        f'<p><img src="{image_placeholder(0)}"></p><p class="align-right">某某局</p>'
    )
    assert imported.images == [PNG]
    assert imported.messages == ["原文使用了自动编号，请逐项核对编号是否与原文一致。"]


def test_hidden_text_is_left_out() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("公开")
    paragraph.add_run("内部掌握").font.hidden = True
    paragraph.add_run("内容").font.hidden = False
    imported = from_docx(saved(document))
    assert imported.html == "<p>公开内容</p>"
    assert imported.messages == ["已去除原文中的隐藏文字，请核对正文。"]


def test_tracked_deletions_and_unknown_styles() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("金额", style="Intense Quote")
    deletion, run, text = OxmlElement("w:del"), OxmlElement("w:r"), OxmlElement("w:delText")
    text.text = "三百"
    run.append(text)
    deletion.append(run)
    deletion.set(qn("w:id"), "1")
    paragraph._p.append(deletion)
    imported = from_docx(saved(document))
    assert imported.html == "<p>金额</p>"
    assert imported.messages == ["以下样式未识别，已按正文处理，请核对格式：Intense Quote。"]


def test_an_image_outside_of_the_file_is_not_fetched() -> None:
    document = official()
    part = document.part
    relation = part.relate_to("file:///etc/passwd", "http://x/image", is_external=True)
    for blip in document.element.body.xpath(".//a:blip"):
        del blip.attrib[qn("r:embed")]
        blip.set(qn("r:link"), relation)
    imported = from_docx(saved(document))
    assert imported.images == []
    assert "<img" not in imported.html
    assert "个别内容（如公式、图表、外部链接的图片）未能导入，请与原文核对。" in imported.messages


ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
LAUGHS = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY e0 "ha">{ENTITIES}]><w>&e11;</w>'.encode()
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DEEP = (
    f'<w:document xmlns:w="{W}"><w:body>' + "<w:sdt><w:sdtContent>" * 5000 + "</w:sdtContent></w:sdt>" * 5000
).encode() + b"</w:body></w:document>"


def encrypted_entry() -> bytes:
    data = bytearray(saved(docx.Document()))
    at = data.rindex(b"PK\x01\x02")
    struct.pack_into("<H", data, at + 8, 1)
    return bytes(data)


def other_archive() -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "已损坏"),
        (b"%PDF-1.7", "已损坏"),
        (saved(docx.Document())[:2000], "已损坏"),
        (other_archive(), "已损坏"),
        (repacked(saved(docx.Document()), document=b"<w:document"), "已损坏"),
        (repacked(saved(docx.Document()), document=b"<x/>"), "已损坏"),
        (repacked(saved(docx.Document()), document=LAUGHS), "已损坏"),
        (repacked(saved(docx.Document()), document=DEEP), "已损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "旧版"),
        (encrypted_entry(), "已加密"),
        (repacked(saved(docx.Document()), document=b" " * 6_000_000), "过大"),
        (repacked(saved(docx.Document()), settings=b"<!-- " + b"ab1" * 14_000_000), "过大"),
    ],
    ids=["empty", "pdf", "cut", "xlsx", "xml", "root", "laughs", "deep", "doc", "locked", "bomb", "large"],
)
def test_what_is_no_safe_document_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(UnreadableDocument, match=words):
        from_docx(data)


GOOD = saved(official())


@settings(max_examples=15, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_damaged_file_is_read_or_refused(place: int, change: int) -> None:
    data = bytearray(GOOD)
    data[place] ^= change
    with suppress(UnreadableDocument):
        from_docx(bytes(data))

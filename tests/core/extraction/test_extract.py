"""Every kind of file gives its text by place or a reason, and no file can do harm: the front door is `extract`."""

import io
import os
import time
import zipfile
from pathlib import Path

import pytest

from gongkai.core.extraction import reasons
from gongkai.core.extraction.extract import Extraction, Part, Unread, extract
from gongkai.core.extraction.lines import join_lines
from gongkai.core.extraction.process import Limits
from tests.core.extraction.samples import archive, pdf, word, workbook


def read(data: bytes, **limits: int) -> Extraction:
    return extract(io.BytesIO(data), limits=Limits(**limits))


def test_word_gives_text_tables_and_headers() -> None:
    found = read(word("各村（社区）：", "请遵照执行。", table=[["姓名", "证号"], ["张三", "1"]], header="内部资料"))
    assert found.unread == ()
    assert found.parts == (
        Part("", "", "各村（社区）：\n请遵照执行。\n姓名\n证号\n张三\n1"),
        Part("", "页眉", "内部资料"),
    )


def test_word_gives_what_tracked_changes_deleted_and_text_boxes_once() -> None:
    original = word("正文")
    marked = (
        "<w:p><w:r><w:t>留下</w:t></w:r><w:del w:id='1'><w:r><w:delText>删去的号码</w:delText></w:r>"
        "</w:del>"
        "<w:r><mc:AlternateContent xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'>"
        "<mc:Choice Requires='wps'><w:txbxContent><w:p><w:r><w:t>框中文字</w:t></w:r></w:p></w:txbxContent></mc:Choice>"
        "<mc:Fallback><w:txbxContent><w:p><w:r><w:t>框中文字</w:t></w:r></w:p></w:txbxContent></mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p><w:sectPr"
    ).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(original)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data.replace(b"<w:sectPr", marked, 1) if name == "word/document.xml" else data)
    text = read(buffer.getvalue()).text
    assert text.splitlines() == ["正文", "框中文字", "留下删去的号码"]


def test_a_workbook_gives_every_sheet_also_hidden_ones() -> None:
    book = workbook(
        {"一月": [["姓名", "电话"], ["张三", 13812345678]], "底稿": [["李四", "330106199001011234"]]}, hidden=["底稿"]
    )
    assert read(book).parts == (
        Part("", "工作表“一月”", "姓名\t电话\n张三\t13812345678"),
        Part("", "隐藏的工作表“底稿”", "李四\t330106199001011234"),
    )


def test_pdf_gives_pages_in_chinese_and_joins_broken_lines() -> None:
    found = read(pdf("关于做好春季防火\n工作的通知。\n各村：", "第二页的内容"))
    assert [(part.place, part.text) for part in found.parts] == [
        ("第1页", "关于做好春季防火工作的通知。\n各村："),
        ("第2页", "第二页的内容"),
    ]


def test_lines_are_joined_within_sentences_only() -> None:
    assert join_lines("开展检\n查\nabc\ndef\n（一）总则。\n下一段") == "开展检查\nabc\ndef\n（一）总则。\n下一段"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_in_every_usual_encoding(encoding: str) -> None:
    assert read("低保名单公示，共三户。\n".encode(encoding)).text == "低保名单公示，共三户。"


def test_an_archive_gives_its_members_and_those_of_an_archive_within_but_no_deeper() -> None:
    page = "<html><head><style>p{}</style></head><body><p>网页<b>文字</b></p><script>x</script></body></html>"
    inner = archive({"里层.txt": "里层文字".encode(), "更里.zip": archive({"a.txt": b"x"})})
    found = read(archive({"公告/网页.html": page.encode("gbk"), "里.zip": inner, "图.png": b"\x89PNG\r\n\x1a\n"}))
    assert found.parts == (
        Part("公告/网页.html", "", "网页文字"),
        Part("里.zip/里层.txt", "", "里层文字"),
    )
    assert found.unread == (
        Unread("里.zip/更里.zip", reasons.LIMIT),
        Unread("图.png", reasons.unsupported("PNG 图片")),
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (pdf("密", encrypted=True), reasons.ENCRYPTED),
        (pdf(""), reasons.SCANNED),
        (b"%PDF-1.4 broken", reasons.DAMAGED),
        (word("x")[:-200], reasons.DAMAGED),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 100, reasons.unsupported("PNG 图片")),
    ],
    ids=("encrypted", "scan", "broken pdf", "broken word", "picture"),
)
def test_what_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    assert read(data).unread == (Unread("", reason),)


def test_an_encrypted_member_is_named() -> None:
    data = bytearray(archive({"名单.txt": b"secret"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert read(bytes(data)).unread == (Unread("名单.txt", reasons.ENCRYPTED),)


def test_bombs_are_not_unpacked() -> None:
    bomb = archive({"bomb.txt": b"0" * 30 * 1024**2})
    assert read(bomb).unread == (Unread("", reasons.LIMIT),)
    many = archive({f"{number}.txt": b"x" for number in range(30)})
    assert Unread("", reasons.LIMIT) in read(many, members=20).unread


def test_too_much_text_keeps_what_fits_and_says_so() -> None:
    found = read("字".encode() * 5000, characters=1000)
    assert [len(part.text) for part in found.parts] == [1000]
    assert found.unread == (Unread("", reasons.LIMIT),)
    assert read(b"x" * 5000, input_bytes=1000) == Extraction(unread=(Unread("", reasons.LIMIT),))


def test_a_hostile_file_is_killed_at_its_limits() -> None:
    rows = workbook({"大": [["x" * 20] * 50 for _ in range(4000)]})
    started = time.monotonic()
    assert read(rows, seconds=1).unread == (Unread("", reasons.OVERRUN),)
    assert time.monotonic() - started < 5
    laughs = b'<!DOCTYPE x [<!ENTITY a "%s">' % (b"l" * 1000)
    for name, before in zip(b"bcdefg", b"abcdef", strict=True):
        laughs += b'<!ENTITY %c "%s">' % (name, b"&%c;" % before * 10)
    laughs += b"]><x>&g;</x>"
    bomb = archive({"[Content_Types].xml": b"<x/>", "word/document.xml": laughs})
    assert [one.reason for one in read(bomb).unread] == [reasons.DAMAGED]


def test_the_child_gets_no_secrets_and_imports_no_application(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    spy = tmp_path / "sitecustomize.py"
    told = tmp_path / "told"
    # The child tells at its end what it had; the file is opened before it limits itself.
    spy.write_text(
        "import atexit, os, sys\n"
        f"out = os.open({str(told)!r}, os.O_WRONLY | os.O_CREAT)\n"
        "atexit.register(lambda: os.write(out, '\\n'.join([*os.environ, '--', *sys.modules]).encode()))\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert read("文字".encode()).text == "文字"
    names, _, modules = told.read_text().partition("\n--\n")
    assert "DATABASE_URL" not in names.splitlines()
    assert not {name for name in names.splitlines() if name in os.environ} - {
        "PYTHONPATH", "PYTHONUTF8", "PYTHONDONTWRITEBYTECODE", "LC_CTYPE",
    }  # fmt: skip
    assert "gongkai.core.extraction.child" in modules or "gongkai.core.extraction.office" in modules
    ours = {name for name in modules.splitlines() if name.startswith("gongkai.")}
    assert all(name.startswith(("gongkai.core.extraction", "gongkai.core.storage")) for name in ours - {"gongkai.core"})
    assert not {"sqlalchemy", "flask", "psycopg"} & set(modules.splitlines())

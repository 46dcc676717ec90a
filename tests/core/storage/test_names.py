import re
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gongkai.core.storage.names import content_disposition, extension_of, safe_filename, size_label


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("关于印发《实施方案》的通知.docx", "关于印发《实施方案》的通知.docx"),
        (r"C:\Users\张三\桌面\年报(终稿).pdf", "年报(终稿).pdf"),
        ("../../etc/passwd", "passwd"),
        ("公告\u202efdp.exe", "公告fdp.exe"),
        ("公\x00告\r\n.pdf", "公告.pdf"),
        ("  .htaccess", "htaccess"),
        ("年报.pdf . .", "年报.pdf"),
        ('a<b>:"c|?*.txt', "a_b___c___.txt"),
        ("CON.txt", "_CON.txt"),
        ("", "未命名文件"),
        ("///", "未命名文件"),
        ("字" * 200 + ".docx", "字" * 115 + ".docx"),
        ("字" * 200, "字" * 120),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_filename(name) == safe


@given(st.text(max_size=200))
@example("con" + "." * 130)
@example("a" * 119 + " b")
@example("\u0958" * 100)
def test_safe_names_stay_safe(name: str) -> None:
    safe = safe_filename(name)
    assert 0 < len(safe) <= 120
    assert not re.search(r'[/\\<>:"|?*\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]', safe)
    assert safe.strip(". ") == safe
    assert safe_filename(safe) == safe


@given(st.text(max_size=60), st.booleans())
def test_the_header_gives_the_name_back_and_holds_no_control(name: str, inline: bool) -> None:
    value = content_disposition(name, inline=inline)
    found = re.fullmatch(r"(inline|attachment); filename=\"([^\"\\%]+)\"; filename\*=UTF-8''(\S+)", value)
    assert found
    assert value.isascii()
    assert value.isprintable()
    assert (found[1] == "inline") is inline
    assert unquote(found[3]) == safe_filename(name)


def test_the_fallback_keeps_what_is_ascii() -> None:
    value = "attachment; filename=\"2023___ a.pdf\"; filename*=UTF-8''2023%E5%B9%B4%E6%8A%A5%25%20a.pdf"
    assert content_disposition("2023年报% a.pdf") == value
    assert 'filename="download.docx"' in content_disposition("通知.docx")
    assert 'filename="download"' in content_disposition("通知")


@pytest.mark.parametrize(
    ("name", "extension"), [("a.PDF", "pdf"), ("a.tar.gz", "gz"), ("a", ""), (".pdf", ""), ("a.", "")]
)
def test_extensions(name: str, extension: str) -> None:
    assert extension_of(name) == extension


@pytest.mark.parametrize(
    ("size", "label"),
    [
        (0, "0 字节"),
        (1023, "1023 字节"),
        (1536, "1.5 KB"),
        (20 * 1024**2, "20 MB"),
        (3 * 1024**3, "3 GB"),
        (5000 * 1024**3, "5000 GB"),
    ],
)
def test_sizes_are_written_for_people(size: int, label: str) -> None:
    assert size_label(size) == label

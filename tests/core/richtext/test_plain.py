"""Plain text from rich text and back; digests of exact duplicates."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.richtext.digest import text_digest
from gongkai.core.richtext.errors import TextTooLong
from gongkai.core.richtext.plain import from_plain_text, is_empty, to_text
from gongkai.core.richtext.sanitising import sanitise


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            "<h2>题</h2><p>第一段<br>第二行</p><p>&nbsp;</p><p>　　尾 <strong>部</strong></p>",
            "题\n第一段\n第二行\n尾 部",
        ),
        ("<ul><li>一<ol><li>二</li></ol></li><li>三</li></ul>", "一\n二\n三"),
        (
            "<table><caption>表</caption><tr><th>名</th><th>数</th></tr><tr><td><p>甲</p><p>乙</p></td><td></td></tr></table>后",
            "表\n名\t数\n甲 乙\t\n后",
        ),
        ("<table><tr><td></td><td>a</td></tr><tr><td></td><td></td></tr></table>", "\ta"),
        ("<table><tr><td><table><tr><td>1</td><td>2</td></tr></table></td><td>3</td></tr></table>", "1 2\t3"),
        ("前<figure><img src='/attachments/1' alt='图'><figcaption>图1</figcaption></figure>", "前\n图1"),
        ("<p>a &lt; b &amp; c</p>", "a < b & c"),
        ("", ""),
    ],
)
def test_to_text(html: str, text: str) -> None:
    assert to_text(sanitise(html)) == text


def test_is_empty() -> None:
    assert is_empty("")
    assert is_empty("<p><br></p><p>&nbsp;　</p><table><tbody><tr><td></td><td></td></tr></tbody></table>")
    assert not is_empty("<p>。</p>")
    assert not is_empty('<p><img src="/attachments/1"></p>')


def test_from_plain_text() -> None:
    assert from_plain_text("　　一 < 二\r\n\r\n \n<b>三</b>&amp;\n") == (
        "<p>　　一 &lt; 二</p><p>&lt;b&gt;三&lt;/b&gt;&amp;amp;</p>"
    )
    assert from_plain_text(" \n\n") == ""
    with pytest.raises(TextTooLong):
        from_plain_text("字" * 1_000_000)


@given(st.lists(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1), max_size=6))
def test_lines_come_back(lines: list[str]) -> None:
    assert to_text(from_plain_text("\n".join(lines))) == "\n".join(lines)


def test_a_digest_ignores_layout_only() -> None:
    one = text_digest("关于低保的通知", "各乡镇：请于3月1日前报送。")
    assert re.fullmatch("[0-9a-f]{64}", one)
    assert one == text_digest("《关于低保的通知》", "各乡镇:\n　请于 ３月１日 前报送")
    assert one != text_digest("关于低保的通知", "各乡镇：请于3月2日前报送。")
    assert one != text_digest("关于低保的通知各乡镇", "请于3月1日前报送。")

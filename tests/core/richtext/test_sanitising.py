"""Pasted text becomes official text: Word, WPS, editors, broken markup."""

from pathlib import Path

import pytest

from gongkai.core.richtext.errors import TextTooLong
from gongkai.core.richtext.sanitising import clean, sanitise
from gongkai.core.richtext.writer import MAX_HTML_BYTES

HERE = Path(__file__).parent


def same_as_file(html: str, name: str) -> bool:
    """Line ends in the expected file are for the reader only: no element of it holds any."""
    return html == (HERE / name).read_text(encoding="utf-8").replace("\n", "")


@pytest.mark.parametrize("program", ["word", "wps"])
def test_clipboard(program: str) -> None:
    pasted = (HERE / f"{program}_clipboard.html").read_text(encoding="utf-8")
    html = sanitise(pasted)
    assert same_as_file(html, f"{program}_clipboard.expected.html"), html
    assert sanitise(html) == html


def test_what_word_hides_is_not_published_and_the_writer_is_told() -> None:
    cleaned = clean((HERE / "word_clipboard.html").read_text(encoding="utf-8"))
    for secret in ("暂不公开", "300", "[A1]", "再核实"):
        assert secret not in cleaned.html
    assert cleaned.notices == (
        "有1张图片未能随文字带入，请用“插入图片”逐张上传。",
        "已去除原文中的隐藏文字、批注或修订时删除的文字，请核对正文。",
    )
    assert clean("<p>正文<o:p style='display:none'></o:p></p>").notices == ()


@pytest.mark.parametrize(
    ("pasted", "official"),
    [
        # inline formats
        ("<b>粗</b><i>斜</i>", "<p><strong>粗</strong><em>斜</em></p>"),
        ("<b>一<p>二</b>三", "<p><strong>一</strong></p><p><strong>二</strong>三</p>"),
        ("<b style='font-weight:normal'>常</b>", "<p>常</p>"),
        ("<span style='font-weight:700'>粗</span>", "<p><strong>粗</strong></p>"),
        ("<span style='vertical-align:super'>2</span>", "<p><sup>2</sup></p>"),
        ("<b>一<b>二</b>三</b>四", "<p><strong>一二三</strong>四</p>"),
        ("<p><b>甲<i>乙</b>丙</i>丁</p>", "<p><strong>甲<em>乙</em></strong>丙丁</p>"),
        ("<del>废</del><s>止</s>", "<p><s>废止</s></p>"),
        (
            "<b>一<p>二</p></b><span>三</span>",
            "<p><strong>一</strong></p><p><strong>二</strong></p><p>三</p>",
        ),
        # blocks
        ("第一段<p>第二段", "<p>第一段</p><p>第二段</p>"),
        ("<div>一</div><div><div>二</div>三</div>", "<p>一</p><p>二</p><p>三</p>"),
        ("<h1>题</h1><h6>小题</h6>", "<h2>题</h2><h4>小题</h4>"),
        ("<center>题</center>尾", '<p class="align-center">题</p><p>尾</p>'),
        ("<div align=center><p>a</p><p align=left>b</p></div>", '<p class="align-center">a</p><p>b</p>'),
        ("<p class='align-right lead'>名</p>", '<p class="align-right">名</p>'),
        ("<p style='text-align:justify'>文</p>", "<p>文</p>"),
        ("<p style='text-indent:0cm'>文</p>", "<p>文</p>"),
        ("<p class='indent-2'>文</p>", '<p class="indent-2">文</p>'),
        ("一<br>二<br/>三", "<p>一<br>二<br>三</p>"),
        ("<p>&nbsp;</p><p>　</p><p><br></p><h2> </h2><ul></ul><blockquote><p></p></blockquote>", ""),
        ("<blockquote>引<p>文</blockquote>", "<blockquote><p>引</p><p>文</p></blockquote>"),
        ("一<hr>二", "<p>一</p><hr><p>二</p>"),
        ("<dl><dt>名</dt><dd>释</dd></dl>", "<p>名</p><p>释</p>"),
        # lists
        ("<ul><li>a<li>b<ol><li>c</ol></ul>", "<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>"),
        ("<ul><li>a</li><ul><li>b</li></ul></ul>", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
        ("<ol>散</ol><li>单", "<ol><li>散</li></ol><p>单</p>"),
        ("<ul><li>a<div>b</ul>c", "<ul><li>a<p>b</p></li></ul><p>c</p>"),
        # tables
        (
            "<table><tr><td>a<td>b<tr><td>c</table>d",
            "<table><tbody><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></tbody></table><p>d</p>",
        ),
        (
            "<table><caption>表</caption><colgroup><col></colgroup><tfoot><tr><td colspan=1>z</table>",
            "<table><caption>表</caption><tfoot><tr><td>z</td></tr></tfoot></table>",
        ),
        (
            "<table><tr><td><table><tr><td>内</table>外</table>",
            "<table><tbody><tr><td><table><tbody><tr><td>内</td></tr></tbody></table>外</td></tr></tbody></table>",
        ),
        ("<b>一<ul></style><h3>", "<p><strong>一</strong></p>"),
        ("<td>一<div>二</div></td><tr>三", "<p>一</p><p>二</p><p>三</p>"),
        (
            "<table>散<form><tr><td>a</form></table>",
            "<table><tbody><tr><td>散</td></tr><tr><td>a</td></tr></tbody></table>",
        ),
        (
            "<table><tr><td colspan=0 rowspan=9999>a</table>",
            "<table><tbody><tr><td>a</td></tr></tbody></table>",
        ),
        (
            "<table><tr><td>&nbsp;<td><p>&nbsp;</table>",
            "<table><tbody><tr><td>&nbsp;</td><td></td></tr></tbody></table>",
        ),
        (
            "<table width=48%><tr><td width=12%>a</table>",
            '<table class="w-50"><tbody><tr><td>a</td></tr></tbody></table>',
        ),
        # white space
        ("<p> 中文\n换行 <b> a </b> b\tc </p>", "<p>中文换行 <strong>a</strong> b c</p>"),
        ("<p>中\n<b>文</b> <i>字</i></p>", "<p>中<strong>文</strong> <em>字</em></p>"),
        ("<p>한국\n조선</p>", "<p>한국 조선</p>"),
        ("<p>　　首行\ufeff\u200b\x00缩进</p>", "<p>　　首行缩进</p>"),
        # characters
        ("a < b &amp;&lt; c > d", "<p>a &lt; b &amp;&lt; c &gt; d</p>"),
        ("&#20013;&#x6587;&hellip;&nosuch;", "<p>中文…&amp;nosuch;</p>"),
        ("<![endif]><?xml:namespace prefix=o />文<!-- 注 -->字", "<p>文字</p>"),
        ("文<xml><w:x>岛</w:x></xml><v:stroke hidden/>字<!--未完", "<p>文字</p>"),
    ],
)
def test_structure(pasted: str, official: str) -> None:
    assert sanitise(pasted) == official
    assert sanitise(official) == official


@pytest.mark.parametrize(
    "pasted",
    [
        "<p style='display: none'>密</p>",
        "<p>公<span style='mso-hide:all'>密<b>密</b></span>开</p>",
        "<span hidden><p>密</p><table><tr><td>密</table></span>",
        "<table><div style='display:none'>密</div><tr><td>开</td></tr></table>",
        "<table><tr style='display:none'><td>密<tr><td>开</table>",
        "<div hidden>" + "<div>" * 60 + "</div>" * 60 + "密</div>",
        "<div>" * 60 + "<div hidden>密</div>" + "</div>" * 60,
        "<b>" * 120 + "<span hidden>密</span>",
        "<i>" * 120 + "<p hidden>密<ul hidden><li>密</ul>",
        "<img hidden src='/attachments/1'><del cite=x>密</del><p class=msoDel>密</p>",
    ],
)
def test_hidden_text_stays_hidden(pasted: str) -> None:
    assert sanitise(pasted + "<p>后</p>").count("密") == 0
    assert "后" in sanitise(pasted + "</i></b><p>后</p>")


@pytest.mark.parametrize(
    ("tag", "official"),
    [
        ("<a href='/items/7?a=1&copy=2'>", '<a href="/items/7?a=1&amp;copy=2">'),
        ("<a href=' mailto:zfb@gov.cn '>", '<a href="mailto:zfb@gov.cn">'),
        (
            "<a href='HTTP://x.cn/' rel=opener target=_top>",
            '<a href="HTTP://x.cn/" rel="noopener noreferrer">',
        ),
        ("<a href='//x.cn/y'>", '<a href="https://x.cn/y" rel="noopener noreferrer">'),
        ("<a href='附件 1.pdf' title='说明'>", '<a href="附件%201.pdf" title="说明">'),
        ("<a name=_Toc1>", ""),
        ("<a href='#_ftn1'>", ""),
        ("<a href='file:///C:/a.doc'>", ""),
        ("<a href='ftp://x.cn'>", ""),
        ("<a href='http://[x'>", ""),
        ("<a href='/\\x.cn'>", ""),
    ],
)
def test_links(tag: str, official: str) -> None:
    expected = f"<p>{official}文{'</a>' if official else ''}</p>"
    assert sanitise(f"<p>{tag}文</a></p>") == expected
    assert sanitise(expected) == expected


def test_a_link_ends_where_the_next_begins() -> None:
    assert sanitise("<a href=/1>一<a href=/2>二</a>三") == '<p><a href="/1">一</a><a href="/2">二</a>三</p>'


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("/attachments/1.png", True),
        ("https://x.cn/a.png", True),
        ("http://x.cn/a.png", False),
        ("data:image/png;base64,AAAA", False),
        ("/attachments/../admin", False),
        ("//x.cn/a.png", False),
        ("/logout", False),
        ("", False),
    ],
)
def test_images(source: str, kept: bool) -> None:
    cleaned = clean(f"<p>图<img src='{source}' alt='示意' width='66%' height=9 srcset=x></p>")
    assert ("<img" in cleaned.html) == kept
    assert bool(cleaned.notices) != kept
    if kept:
        assert cleaned.html == f'<p>图<img src="{source}" alt="示意" class="w-66"></p>'


def test_a_figure() -> None:
    html = '<figure class="align-center w-75"><img src="/attachments/1"><figcaption>图1</figcaption></figure>'
    assert sanitise(html) == html


def test_limits() -> None:
    assert len(sanitise("<p>" + "字" * 500_000)) == 500_007
    with pytest.raises(TextTooLong, match="正文过长"):
        sanitise("字" * (MAX_HTML_BYTES // 3 + 1))
    with pytest.raises(TextTooLong):
        sanitise("<p>" + "a" * MAX_HTML_BYTES)
    with pytest.raises(TextTooLong):
        sanitise("<b><i><u><s>" + "<p>x" * 100_000)

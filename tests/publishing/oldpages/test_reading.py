"""What is read of a saved page: title, table, time, address, text; nothing is changed on the way."""

import pytest

from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.errors import Refused
from gongkai.core.richtext.plain import to_text
from gongkai.publishing.oldpages.document import document
from gongkai.publishing.oldpages.labels import label_pairs, trail_of
from gongkai.publishing.oldpages.reading import read_page
from tests.publishing.oldpages.pages import FOLDER


@pytest.mark.parametrize("encoding", ["utf8", "utf-8-sig", "gbk", "utf-16"])
def test_a_page_is_read_in_any_of_its_encodings(encoding: str) -> None:
    source = (FOLDER / "whole.html").read_text("utf8")
    page = read_page(source.encode(encoding), "7.html")
    assert page.title == "关于公布2014年春季救助安排的通知"
    assert page.trail == ["政务公开", "公示公告"]
    assert page.labels == [
        ["索引号", "HX-MZJ/2014-0007"], ["公开形式", "主动公开"], ["发布机构", "县民政局"], ["生成日期", "2014-03-11"],
        ["文号", ""], ["公开时限", "长期公开"], ["发布时间", "2014-03-12 09:30"],
    ]  # fmt: skip
    assert page.published_at is not None
    assert page.published_at.astimezone(SHANGHAI).isoformat() == "2014-03-12T09:30:00+08:00"
    assert page.source_url == "http://old.example.gov.cn/mzj/2014/0312/7.html"
    text = to_text(page.body_html)
    assert text.startswith("各村（社区）：")
    assert text.endswith("2014年3月11日")
    assert "<table>" in page.body_html
    assert page.notes == []


def test_a_page_that_claims_another_charset_is_read_all_the_same() -> None:
    source = (FOLDER / "torn.html").read_text("utf8")
    assert read_page(source.encode(), "a.html").title == read_page(source.encode("gb18030"), "a.html").title


def test_advertising_around_the_text_is_noted_and_not_taken_over() -> None:
    page = read_page((FOLDER / "hijacked.html").read_bytes(), "1.html")
    (hidden, outside) = page.notes
    assert "隐藏文字" in hidden
    assert "另有4处广告类文字" in outside
    assert "官网" not in page.body_html


def test_text_files_have_a_title_a_time_and_paragraphs() -> None:
    page = read_page((FOLDER / "traditional.txt").read_bytes(), "3.txt")
    assert page.title == "關於開展節約用水宣傳的通知"
    assert page.published_at is not None
    assert page.published_at.date().isoformat() == "2015-03-20"
    assert page.body_html.count("<p>") == 4


def test_what_the_sanitiser_would_drop_in_silence_is_still_there_to_be_found() -> None:
    page = read_page("<h1>一份完整的标题</h1><div><p>低\u200b保\x85标\x81准。</p></div>".encode(), "a.html")
    assert to_text(page.body_html) == "低\u2060保…标\ufffd准。"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.pdf", b"%PDF-1.4", "不是网页文件"),
        ("a.html", b"\x89PNG\r\n", "不是网页文字"),
        ("a.txt", b" \n\t", "文件是空的"),
        ("a.txt", "字".encode() * 800_000, "超过2 MB"),
    ],
)
def test_what_is_no_page_is_refused_in_words(name: str, data: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        read_page(data, name)


def test_labels_are_told_from_sentences() -> None:
    assert label_pairs("索 引 号：|113/2014-1|公开形式：||") == [["索 引 号", "113/2014-1"], ["公开形式", ""]]
    assert label_pairs("发文字号：和民发〔2014〕3号") == [["发文字号", "和民发〔2014〕3号"]]
    assert label_pairs("现将有关事项通知如下：请认真执行") == []
    assert label_pairs("發布機構：縣民政局") == [["發布機構", "縣民政局"]]
    assert label_pairs("项目\t标准") == []
    assert trail_of(">> 政务公开 | >> 目录 | >> 年报 |") == ["政务公开", "目录", "年报"]
    assert trail_of("首页/ 公开 / 年报 / 正文") == ["公开", "年报"]
    assert trail_of("2014/3/12") == []


def test_repairs_go_back_to_the_part_that_they_are_of() -> None:
    whole = document("甲县", [["发布机构", "乙局"], ["文号", ""]], "<p>丙<strong>丁</strong></p>")
    assert whole.text == "甲县\n发布机构\n乙局\n文号\n\n丙丁\n"
    edits = [(0, 1, "和溪"), (5, 7, ""), (8, 9, "民政"), (whole.text.index("丁"), whole.text.index("丁") + 1, "戊")]
    parts = whole.edited(edits)
    assert parts.title == "和溪县"
    assert parts.labels == [["发布", "民政局"], ["文号", ""]]
    assert parts.body_html == "<p>丙<strong>戊</strong></p>"

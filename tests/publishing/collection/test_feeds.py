"""Reading feeds: strict about types, tolerant of fields that are not ours, safe with what is hostile."""

import json
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.errors import DomainError, Refused
from gongkai.publishing.collection.feeds import Layout, is_broken, read_feed
from gongkai.publishing.imports.rows import NumberedRow

BASE = "https://www.example.gov.cn/feed/atom.xml"
GOOD = {"title": "关于低保的公告", "published_at": "2026-03-10", "source_url": "https://a.example/1"}
FEED = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:x="urn:other" xml:base="/news/">
  <title>公告</title><id>urn:1</id><updated>2026-03-12T00:00:00Z</updated><x:unknown>1</x:unknown>
  <entry>
    <title type="html">关于&lt;b&gt;低保&lt;/b&gt;的公告</title><id>urn:2</id>
    <link rel="enclosure" href="/a.pdf"/><link href="../art/1.html"/>
    <published>2026-03-10T23:30:00Z</published><updated>2026-03-12T00:00:00Z</updated>
    <author><name>和溪县民政局</name></author><category term="gsgg" label="公示公告"/>
    <summary>公布低保名单。</summary>
    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>名单<strong>如下</strong>。</p></div></content>
    <x:rating>5</x:rating>
  </entry>
  <entry>
    <title>关于救助的公告</title><id>https://a.example/2</id><updated>2026-03-11T08:00:00+08:00</updated>
    <content type="html">&lt;p&gt;公告如下。&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;</content>
  </entry>
</feed>"""


def read(kind: str, data: str | bytes, **layout: Any) -> list[NumberedRow]:
    """The rows of a feed."""
    raw = data.encode() if isinstance(data, str) else data
    return read_feed(kind, raw, address=BASE, layout=Layout(**{"mapping": {}, **layout}))


def one(**fields: Any) -> NumberedRow:
    """One JSON line on top of what a row needs."""
    (row,) = read("jsonl", json.dumps(GOOD | fields), fixed_column="gsgg")
    return row


def test_an_atom_feed_is_read_with_its_kinds_of_text_and_relative_addresses() -> None:
    first, second = read("atom", FEED)
    row = first.row
    assert (row.title, row.column_code, row.issuing_agency) == ("关于低保的公告", "公示公告", "和溪县民政局")
    assert row.source_url == "https://www.example.gov.cn/art/1.html"
    assert row.published_at == datetime(2026, 3, 11, 7, 30, tzinfo=SHANGHAI)
    assert (row.summary, row.body_html) == ("公布低保名单。", "<div><p>名单<strong>如下</strong>。</p></div>")
    assert second.row.source_url == "https://a.example/2"
    assert second.row.published_at == datetime(2026, 3, 11, 8, tzinfo=SHANGHAI)
    assert first.faults == second.faults == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ('<!DOCTYPE feed [<!ENTITY a "aaaa">]><feed xmlns="http://www.w3.org/2005/Atom">&a;</feed>', "文档类型声明"),
        ('<!DOCTYPE feed SYSTEM "file:///etc/passwd"><feed/>', "文档类型声明"),
        ("<feed>" + "<a>" * 200 + "</a>" * 200 + "</feed>", "层次过深"),
        ("<feed><entry>", "不是完整的 XML"),
        ('<?xml version="1.0" encoding="utf-7"?><feed/>', "不是完整的 XML"),
        ("<rss><channel/></rss>", "不是 Atom 订阅源"),
        ("", "不是完整的 XML"),
    ],
)
def test_a_hostile_or_foreign_document_is_refused_in_words(data: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        read("atom", data)


def test_json_lines_take_our_keys_chinese_titles_and_mapped_names() -> None:
    lines = [
        json.dumps({"标题": "甲", "发布时间": "2026-03-10T01:00:00Z", "网址": "https://a.example/1", "栏目": "gsgg"}),
        "",
        json.dumps({"t": "乙", "published_at": "2026年3月10日", "source_url": "https://a.example/2", "column": "gsgg"}),
    ]
    first, second = read("jsonl", "\ufeff" + "\r\n".join(lines), mapping={"title": "t"})
    assert (first.row.title, second.row.title, second.number) == ("甲", "乙", 3)
    assert first.row.published_at == datetime(2026, 3, 10, 9, tzinfo=SHANGHAI)
    assert second.row.published_at == datetime(2026, 3, 10, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"title": 5}, "数据类型不对，应为文字"),
        ({"title": ["甲"]}, "数据类型不对，应为文字"),
        ({"published_at": 1773100800}, "数据类型不对，应为文字"),
        ({"is_reprint": "也许"}, "不是可以识别的选项"),
        ({"attachments": ["甲.pdf", 5]}, "数据类型不对，应为文字"),
        ({"body": "看不见\u0007"}, "看不见的控制字符"),
        ({"标题": "另一个标题"}, "同一内容给出了两次"),
        ({"published_at": "昨天"}, "不是可以识别的日期"),
    ],
)
def test_a_value_of_another_type_is_a_fault_of_its_row(fields: dict[str, Any], problem: str) -> None:
    assert problem in one(**fields).faults[0].problem


def test_what_is_allowed_beside_text_is_taken() -> None:
    row = one(is_reprint=True, attachments=["甲.pdf", "乙.docx"], summary=None, views=7, nested={"a": []}).row
    assert (row.is_reprint, row.attachment_names, row.column_code) == (True, ("甲.pdf", "乙.docx"), "gsgg")


@pytest.mark.parametrize("line", ["{", "[1]", '"text"', "NaN", '{"title": NaN}', "[" * 100_000])
def test_a_line_that_is_no_record_spoils_only_itself(line: str) -> None:
    broken, good = read("jsonl", line + "\n" + json.dumps(GOOD), fixed_column="gsgg")
    assert (is_broken(broken), is_broken(good)) == (True, False)
    assert broken.faults[0].problem == "不是有效的 JSON 记录"


def test_another_encoding_than_utf_8_is_refused() -> None:
    with pytest.raises(Refused, match="UTF-8"):
        read("jsonl", '{"title": "公告"}'.encode("gbk"))


def test_a_table_without_addresses_is_refused() -> None:
    with pytest.raises(Refused, match="网址"):
        read("table", "标题,发布时间\n甲,2026-03-10\n", fixed_column="gsgg")


@given(st.sampled_from(["table", "jsonl", "atom"]), st.binary(max_size=300))
def test_no_bytes_break_the_reader(kind: str, data: bytes) -> None:
    with suppress(DomainError):
        read(kind, data, fixed_column="gsgg")


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=9), st.lists, max_leaves=5))
def test_no_json_value_breaks_the_reader(value: Any) -> None:
    assert one(title=value, summary=value, is_reprint=value, published_at=value).number == 1

"""The HTML fragment holds the document's words, escaped, with classes and without inline style."""

import re
from collections.abc import Iterable
from dataclasses import replace
from importlib.resources import files
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.officialdoc.html import render_html
from gongkai.core.officialdoc.model import Column, Heading, Run, Table, paragraph
from tests.core.officialdoc.samples import CIRCULAR, UNIT_URL


def _tree(markup: str) -> ET.Element:
    """Parse strictly: every element but the two void ones is closed, every text escaped."""
    return ET.fromstring(re.sub(r"<(br|col)\b([^>]*)>", r"<\1\2/>", str(markup)))


def _by_class(name: str, markup: str) -> list[ET.Element]:
    return [e for e in _tree(markup).iter() if name in e.get("class", "").split()]


def _texts(elements: Iterable[ET.Element]) -> list[str]:
    return ["".join(element.itertext()).replace("\n", "") for element in elements]


def test_parts_have_their_classes_and_words() -> None:
    markup = render_html(CIRCULAR)
    expected = {
        "doc-banner": ["临江市人民政府办公室文件"],
        "doc-number": ["临政办函〔2023〕21号"],
        "doc-heading-2": ["（一）空白月仍未消除", "（二）“整改不实”仍有发生"],
        "doc-heading-3": ["1.按期整改"],
        "doc-signature-agency": ["临江市人民政府办公室"],
        "doc-date": ["2023年4月3日"],
        "doc-note": ["（此件公开发布）"],
        "doc-annex-label": ["附件1", "附件2"],
        "doc-printed": ["临江市人民政府办公室2023年4月4日印发"],
    }
    for name, texts in expected.items():
        assert _texts(_by_class(name, markup)) == texts
    assert _texts(_by_class("doc-title", markup))[0] == "关于2023年3月份全市政府信息公开工作情况的通报"
    assert _texts(_tree(markup).iter("li")) == list(CIRCULAR.attachment_note)
    assert _texts(_by_class("doc-addressees", markup))[0].endswith("单位：")
    assert _texts(_by_class("doc-copied", markup))[0].startswith("抄送：市委办公室")


def test_tables_name_their_columns_and_align_figures() -> None:
    markup = render_html(CIRCULAR)
    table = next(_tree(markup).iter("table"))
    assert _texts(table.iter("caption")) == ["表1　各类单位3月份信息发布情况"]
    assert _texts(table.findall("thead/tr/th[@scope='col']"))[:2] == ["类别", "单位数"]
    assert _texts(table.findall("tbody/tr[last()]/td[@class='doc-align-right']"))[1] == "1511"
    regions = [e.get("aria-label") for e in _tree(markup).iterfind(".//*[@role='region']")]
    assert regions == ["表1　各类单位3月份信息发布情况", "附件1 各单位3月份信息发布情况表", "附件2 问题清单"]


def test_links_are_kept() -> None:
    links = list(_tree(render_html(CIRCULAR)).iter("a"))
    assert (links[0].text, links[0].get("href")) == ("供电公司", UNIT_URL)
    assert len(links) == 31


def test_optional_parts_leave_nothing_behind() -> None:
    bare = replace(
        CIRCULAR,
        main_addressees=None,
        annexes=(),
        attachment_note=(),
        disclosure_note=None,
        copied_to=None,
        printed_by=None,
        printed_date=None,
        red_head=False,
    )
    markup = render_html(bare)
    for name in ("banner", "addressees", "annex", "attachments", "note", "imprint"):
        assert f'"doc-{name}' not in markup
    assert _texts(_by_class("doc-number", markup)) == ["临政办函〔2023〕21号"]


def test_markup_in_texts_is_escaped() -> None:
    attack = '<script>alert("1")</script>&'
    document = replace(
        CIRCULAR,
        agency_banner=attack,
        title=attack,
        blocks=(
            Heading(1, attack),
            paragraph(Run(attack, f"https://example.cn/{attack}")),
            Table(attack, (Column(attack, 1),), ((attack,),)),
        ),
        copied_to=attack,
        signature_agency=attack,
        annexes=(),
    )
    markup = render_html(document)
    assert "<script" not in markup
    assert _texts(_tree(markup).iter("td")) == [attack]
    assert [link.get("href") for link in _tree(markup).iter("a")] == [f"https://example.cn/{attack}"]


@given(st.text(max_size=40))
def test_no_text_brings_in_elements_or_styles(text: str) -> None:
    document = replace(CIRCULAR, blocks=(paragraph(text),), annexes=(), attachment_note=())
    markup = render_html(document)
    body = _by_class("doc-paragraph", markup)
    assert len(body) == 1
    assert all(child.tag == "br" for child in body[0])
    assert not any("style" in element.attrib for element in _tree(markup).iter())


def test_line_breaks_in_cells_stay() -> None:
    assert "未更新<br>https://" in render_html(CIRCULAR)


def test_stylesheet_knows_every_class() -> None:
    path = files("gongkai.web") / "static" / "css" / "officialdoc.css"
    styled = set(re.findall(r"\.(doc[\w-]*)", path.read_text(encoding="utf-8")))
    used = {name for names in re.findall(r'class="([^"]+)"', render_html(CIRCULAR)) for name in names.split()}
    unstyled = {"doc-signature-agency", "doc-date", "doc-heading-3", "doc-heading-4"}
    assert used - unstyled <= styled
    other_sizes = {"doc-banner-medium", "doc-banner-long"}
    assert styled - used - other_sizes <= {f"doc-w-{n}" for n in range(5, 101, 5)}


def test_column_widths_follow_their_shares() -> None:
    columns = tuple(Column("甲", width) for width in (1, 20, 40, 40))
    document = replace(CIRCULAR, blocks=(Table(None, columns, (("",) * 4,)),), annexes=(), attachment_note=())
    widths = [col.get("class") for col in _tree(render_html(document)).iter("col")]
    assert widths == ["doc-w-5", "doc-w-20", "doc-w-40", "doc-w-40"]

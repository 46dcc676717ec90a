"""The circular as an official document: its .docx read back, its annexes, its page."""

import re
from datetime import date

import pytest

from gongkai.core.officialdoc.docx import render_docx
from gongkai.core.officialdoc.html import render_html
from gongkai.supervision.circulars.document import Circulate, Issue, build
from gongkai.supervision.circulars.prose import Prose
from tests.core.officialdoc.measures import Measures, read_measures
from tests.supervision.march import DETAILS, march

BASE = "https://gk.example.gov.cn"
ISSUE = Issue("示政办公开〔2023〕3号", date(2023, 4, 3), date(2023, 4, 3))


def circulate(issue: Issue = ISSUE) -> Circulate:
    """The March circular as issued."""
    return Circulate(march(), DETAILS, Prose(), issue, BASE)


@pytest.fixture(scope="module")
def measures() -> Measures:
    """The .docx as a word processor reads it."""
    return read_measures(render_docx(build(circulate())))


def test_page_and_margins_are_those_of_the_standard(measures: Measures) -> None:
    first = measures.sections[0]
    millimetre = 1440 / 25.4
    assert (round(first.width / millimetre), round(first.height / millimetre)) == (210, 297)
    margins = (first.top, first.left, first.right, first.bottom)
    assert [round(value / millimetre) for value in margins] == [37, 28, 26, 35]


def test_title_body_and_headings_have_their_fonts_and_sizes(measures: Measures) -> None:
    title = [p for p in measures.paragraphs if "政府信息公开" in p.text and p.half_points == 44]
    assert title
    assert {p.font for p in title} == {"方正小标宋简体"}
    assert {p.align for p in title} == {"center"}
    body = measures.paragraph("供电公司本月未发布信息，已连续2个月空白。")
    assert (body.font, body.half_points) == ("仿宋_GB2312", 32)
    assert measures.paragraph("三、存在的主要问题").font == "黑体"
    assert measures.paragraph("（一）空白月仍未消除").font == "楷体_GB2312"
    assert measures.paragraph("示政办公开〔2023〕3号").align == "center"


def test_named_units_are_links_to_what_stands_behind_them(measures: Measures) -> None:
    assert measures.links["供电公司"].startswith(f"{BASE}/office/units/")
    assert measures.links["林业局"].startswith(f"{BASE}/office/training/absent?period=2023-03#unit-")


def test_wide_annexes_lie_across_and_the_names_follow_the_text(measures: Measures) -> None:
    document = build(circulate())
    assert document.attachment_note == ("各单位3月份信息发布情况表", "问题清单", "上期问题整改复查情况表")
    assert [annex.landscape for annex in document.annexes] == [False, True, True]
    assert [section.orient for section in measures.sections].count("landscape") == 1
    figures, found, claims = (annex.blocks[0] for annex in document.annexes)
    assert len(figures.rows) == 72  # type: ignore[union-attr]
    assert len(found.rows) == 1 + 10 + 4 + 7 + 4  # type: ignore[union-attr]
    assert [row[5] for row in claims.rows] == ["整改不实"] * 4  # type: ignore[union-attr]
    assert [column.title for column in figures.columns] == [  # type: ignore[union-attr]
        "序号", "单位", "月度任务", "本月发布", "完成率", "重点领域", "上月发布", "连续空白月", "备注",
    ]  # fmt: skip
    blank = next(row for row in figures.rows if getattr(row[1], "text", "") == "供电公司")  # type: ignore[union-attr]
    assert blank[2:8] == ("1", "0", "0.0%", "0", "0", "2")


def test_equal_circulars_give_equal_files() -> None:
    assert render_docx(build(circulate())) == render_docx(build(circulate()))


def test_number_and_date_stay_open_until_it_is_issued() -> None:
    open_document = build(circulate(Issue()))
    assert open_document.document_number is None
    assert open_document.formed_date is None
    assert open_document.printed_by is None
    issued = build(circulate())
    assert (issued.document_number, issued.printed_by) == ("示政办公开〔2023〕3号", "示范市人民政府办公室")


def test_the_page_says_the_same_words_as_the_file(measures: Measures) -> None:
    page = re.sub("<[^>]+>", "", str(render_html(build(circulate()))))
    for paragraph in measures.paragraphs:
        if paragraph.style == "Body Text" or "条" in paragraph.text:
            assert paragraph.text.replace("\n", "") in page, paragraph.text

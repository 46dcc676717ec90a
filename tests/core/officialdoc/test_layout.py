"""Numerals, widths and line breaks of official documents."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gongkai.core.officialdoc.layout import (
    TITLE_POINTS,
    TYPE_AREA_POINTS,
    addressee_line,
    banner_size,
    chinese_number,
    clean,
    copied_to_text,
    date_text,
    numbered,
    shares,
    signature,
    text_width,
    title_lines,
)
from gongkai.core.officialdoc.model import Annex, Block, Column, Heading, Paragraph, Run, Table, paragraph
from tests.core.officialdoc.samples import CIRCULAR

CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=70)


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (21, "二十一"), (99, "九十九")],
)
def test_chinese_numbers(number: int, text: str) -> None:
    assert chinese_number(number) == text


def test_chinese_numbers_end_at_99() -> None:
    assert len({chinese_number(n) for n in range(1, 100)}) == 99
    for number in (0, 100):
        with pytest.raises(ValueError, match=str(number)):
            chinese_number(number)


def test_a_higher_heading_restarts_the_lower_levels() -> None:
    levels = [1, 2, 3, 4, 4, 3, 2, 3, 1, 3, 2]
    texts = [block.text for block in numbered([Heading(n, "") for n in levels]) if isinstance(block, Heading)]
    assert texts == [
        *("一、", "（一）", "1.", "（1）", "（2）", "2.", "（二）", "1."),
        *("二、", "1.", "（一）"),
    ]


def test_other_blocks_pass_unnumbered() -> None:
    blocks: list[Block] = [Heading(1, "甲"), paragraph("乙"), Heading(1, "丙")]
    assert list(numbered(blocks)) == [Heading(1, "一、甲"), Paragraph((Run("乙"),)), Heading(1, "二、丙")]


@given(CHINESE)
def test_banner_always_fits_one_line(name: str) -> None:
    size = banner_size(name)
    assert text_width(name) * size.points * size.width_percent / 100 <= TYPE_AREA_POINTS
    assert size.points <= 48
    assert 50 <= size.width_percent <= 100


def test_banner_shrinks_first_and_narrows_then() -> None:
    assert banner_size("县政府文件") == (48, 100)
    assert banner_size("临江市人民政府办公室文件") == (36, 100)
    assert banner_size("一" * 20) == (34, 65)
    assert banner_size("一" * 40) == (22, 50)


@given(CHINESE)
def test_title_lines_fit_and_keep_the_text(title: str) -> None:
    lines = title_lines(title)
    assert "".join(lines) == title
    assert all(text_width(line) * TITLE_POINTS <= TYPE_AREA_POINTS for line in lines)


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("关于开展政务公开培训的通知", ("关于开展政务公开培训的通知",)),
        (
            "关于2023年3月份全市政府信息公开工作情况的通报",
            ("关于2023年3月份全市", "政府信息公开工作情况的通报"),
        ),
        (
            "关于2023年第一季度全市政府网站与政务新媒体检查情况的通报",
            ("关于2023年第一季度全市", "政府网站与政务新媒体检查情况的通报"),
        ),
        ("关于甲的\n 通报 ", ("关于甲的", "通报")),
    ],
)
def test_title_breaks_between_phrases(title: str, lines: tuple[str, ...]) -> None:
    assert title_lines(title) == lines


@given(st.dates(date(1949, 10, 1), date(2099, 12, 31)))
def test_dates_have_no_leading_zeros(day: date) -> None:
    assert date_text(day) == f"{day.year}年{day.month}月{day.day}日"
    assert "年0" not in date_text(day)


@given(CHINESE.filter(lambda name: len(name) <= 26))
def test_signature_lines_have_one_middle_and_stay_inside(agency: str) -> None:
    lines = signature(replace(CIRCULAR, signature_agency=agency))
    middle = lines.date_indent + text_width(lines.date) / 2
    assert lines.agency_indent + text_width(agency) / 2 == pytest.approx(middle)
    assert lines.agency_indent >= 0
    assert lines.date_indent >= 4


@given(st.lists(st.integers(1, 60), min_size=1, max_size=12), st.integers(1, 20000))
def test_shares_add_up_and_keep_the_ratio(widths: list[int], total: int) -> None:
    parts = shares(widths, total)
    assert sum(parts) == total
    assert all(abs(p - total * w / sum(widths)) <= 1 for p, w in zip(parts, widths, strict=True))


@given(st.text())
def test_cleaned_text_is_fit_for_xml(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert not set(cleaned) & {chr(n) for n in range(32) if n not in (9, 10)}
    assume(text.isprintable())
    assert cleaned == text


def test_closing_marks_are_added_once() -> None:
    assert addressee_line("市政府各部门") == addressee_line("市政府各部门：") == "市政府各部门："
    assert copied_to_text("市委办公室") == copied_to_text("市委办公室。") == "市委办公室。"


def test_faulty_documents_are_refused() -> None:
    with pytest.raises(ValueError, match="javascript"):
        Run("甲", "javascript:alert(1)")
    with pytest.raises(ValueError, match="第5级"):
        Heading(5, "甲")
    with pytest.raises(ValueError, match="第2行有1个单元格，应为2个"):
        Table(None, (Column("甲", 1), Column("乙", 1)), (("1", "2"), ("1",)))
    with pytest.raises(ValueError, match="大于零"):
        Column("甲", 0)
    with pytest.raises(ValueError, match="至少应有一列"):
        Table(None, (), ())
    with pytest.raises(ValueError, match="附件说明"):
        replace(CIRCULAR, annexes=(Annex("另一附件", ()),))
    with pytest.raises(ValueError, match="标题不能为空"):
        replace(CIRCULAR, title=" ")
    with pytest.raises(ValueError, match="发文机关标志"):
        replace(CIRCULAR, agency_banner="")

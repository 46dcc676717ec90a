"""The .docx has the measures of GB/T 9704-2012, read back from the file."""

import io
import zipfile
from dataclasses import replace
from datetime import date
from itertools import pairwise

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongkai.core.officialdoc.docx import render_docx
from gongkai.core.officialdoc.model import Annex, Column, Heading, Run, Table, paragraph
from tests.core.officialdoc.measures import (
    WP,
    Measures,
    W,
    paragraph_measures,
    read_measures,
    text_of,
)
from tests.core.officialdoc.samples import ANNEX_1, ANNEX_2, CIRCULAR, TABLE_1, UNIT_URL

MM = 1440 / 25.4
BODY = "复查结果列入下期通报。"


@pytest.fixture(scope="module")
def measures() -> Measures:
    return read_measures(render_docx(CIRCULAR))


def test_page_is_a4_with_the_margins_of_the_standard(measures: Measures) -> None:
    page = measures.sections[0]
    assert (page.width, page.height, page.orient) == (11906, 16838, "portrait")
    sides = {"top": 37, "right": 26, "bottom": 35, "left": 28}
    for side, millimetres in sides.items():
        assert getattr(page, side) == pytest.approx(millimetres * MM, abs=1)


def test_22_lines_of_28_characters_fill_the_type_area(measures: Measures) -> None:
    page, body = measures.sections[0], measures.paragraph(BODY)
    width, height = page.width - page.left - page.right, page.height - page.top - page.bottom
    assert (body.line, body.line_rule) == (page.grid_pitch, "exact")
    assert 28.95 <= body.line / 20 <= 29
    assert height // body.line == 22
    assert width // (body.half_points * 10 + body.character_spacing) == 28


def test_body_is_fangsong_16_with_two_characters_indent(measures: Measures) -> None:
    body = measures.paragraph(BODY)
    assert (body.font, body.latin, body.half_points) == ("仿宋_GB2312", "Times New Roman", 32)
    assert body.first_line == pytest.approx(2 * 315, abs=1)
    assert body.align == "both"


@pytest.mark.parametrize(
    ("text", "font"),
    [
        ("一、总体情况", "黑体"),
        ("四、下一步工作要求", "黑体"),
        ("（一）空白月仍未消除", "楷体_GB2312"),
        ("（二）“整改不实”仍有发生", "楷体_GB2312"),
        ("1.按期整改", "仿宋_GB2312"),
        ("（1）复查安排", "仿宋_GB2312"),
    ],
)
def test_headings_have_numerals_and_fonts_of_their_level(measures: Measures, text: str, font: str) -> None:
    heading = measures.paragraph(text)
    assert (heading.font, heading.half_points) == (font, 32)
    assert heading.first_line == pytest.approx(2 * 315, abs=1)


def test_head_stands_where_the_standard_puts_it(measures: Measures) -> None:
    banner = measures.paragraph("临江市人民政府办公室文件")
    assert (banner.font, banner.color, banner.align) == ("方正小标宋简体", "FF0000", "center")
    above_characters = (banner.line - banner.half_points * 10) / 2
    assert (banner.before + above_characters) / MM == pytest.approx(35, abs=0.1)
    number = measures.paragraph("临政办函〔2023〕21号")
    assert (number.font, number.half_points, number.align) == ("仿宋_GB2312", 32, "center")
    assert number.before == 2 * 579
    below_characters = (number.line - number.half_points * 10) / 2
    assert (below_characters + number.border_gap * 20) / MM == pytest.approx(4, abs=0.2)
    assert number.left == number.right == 0, "the red line is as wide as the type area"


def test_title_is_22_points_two_lines_below_the_red_line(measures: Measures) -> None:
    title = measures.paragraph("关于2023年3月份全市\n政府信息公开工作情况的通报")
    assert (title.font, title.half_points, title.align) == ("方正小标宋简体", 44, "center")
    assert title.before == 2 * 579


def test_addressees_are_flush_left_and_end_with_a_colon(measures: Measures) -> None:
    line = next(p for p in measures.paragraphs if p.style == "公文主送机关")
    assert line.text.endswith("有关公共企事业单位：")
    assert (line.before, line.first_line, line.left) == (579, 0, 0)


def test_attachment_note_hangs_on_the_first_character_of_the_name(measures: Measures) -> None:
    first = measures.paragraph("附件：1.\t各单位3月份信息发布情况表")
    second = measures.paragraph("2.\t问题清单")
    assert first.before == 579
    assert first.left == second.left
    assert first.left - first.hanging == pytest.approx(2 * 315, abs=1)
    assert second.left - second.hanging == pytest.approx(5 * 315, abs=1)


def test_date_stands_four_characters_in_and_the_agency_is_centred_on_it(measures: Measures) -> None:
    agency = next(p for p in measures.paragraphs if p.style == "公文署名")
    formed = measures.paragraph("2023年4月3日")
    assert agency.align == formed.align == "right"
    assert formed.right == pytest.approx(4 * 315, abs=1)
    # 10 em of the agency's name and 6 em of the date have the same middle.
    assert agency.right + 10 * 315 / 2 == pytest.approx(formed.right + 6 * 315 / 2, abs=2)


def test_disclosure_note_is_in_brackets_below_the_date(measures: Measures) -> None:
    note = measures.paragraph("（此件公开发布）")
    assert note.first_line == pytest.approx(2 * 315, abs=1)
    texts = [p.text for p in measures.paragraphs]
    assert texts.index("（此件公开发布）") == texts.index("2023年4月3日") + 1


def test_imprint_has_its_lines_sizes_and_indents(measures: Measures) -> None:
    box = [p for p in measures.paragraphs if p.in_box]
    assert [p.border_eighths for p in box if not p.text] == [8, 6, 8]
    copied, printed = (p for p in box if p.text)
    assert copied.text.startswith("抄送：市委办公室，")
    assert copied.text.endswith("市人民检察院。")
    assert printed.text == "临江市人民政府办公室\t2023年4月4日印发"
    assert copied.half_points == printed.half_points == 28
    assert copied.left - copied.hanging == copied.right == printed.left == 280
    bottom = measures.document.find(f".//{WP}positionV")
    assert bottom is not None
    assert bottom.attrib == {"relativeFrom": "margin"}
    assert [e.text for e in bottom] == ["bottom"]


def test_page_numbers_are_14_point_song_right_on_odd_and_left_on_even_pages(measures: Measures) -> None:
    page = measures.sections[0]
    odd, even = (
        paragraph_measures(measures.footers[page.footers[kind]][0], measures.styles) for kind in ("default", "even")
    )
    assert measures.settings.find(f"{W}evenAndOddHeaders") is not None
    assert odd.text == even.text == "— 1 —"
    assert (odd.font, odd.latin, odd.half_points) == ("宋体", "宋体", 28)
    assert (odd.align, odd.right, even.align, even.left) == ("right", 280, "left", 280)
    assert (page.bottom - page.footer - odd.line / 2) / MM == pytest.approx(7, abs=0.1)
    field = measures.footers[page.footers["default"]].find(f".//{W}fldSimple")
    assert field is not None
    assert field.attrib[f"{W}instr"].strip() == "PAGE"


def test_annexes_start_new_pages_under_their_label(measures: Measures) -> None:
    first, second = measures.paragraph("附件1"), measures.paragraph("附件2")
    assert (first.font, first.first_line, first.align) == ("黑体", 0, "left")
    assert first.page_break
    assert not second.page_break, "the landscape section begins the page"
    assert [s.orient for s in measures.sections] == ["portrait", "landscape", "portrait"]
    title = next(p for p in measures.paragraphs if p.text == "问题清单")
    assert (title.half_points, title.before) == (44, 579)


def test_landscape_page_is_the_portrait_page_turned(measures: Measures) -> None:
    page = measures.sections[1]
    assert (page.width, page.height) == (16838, 11906)
    assert page.start == "nextPage"
    assert page.top == pytest.approx(28 * MM, abs=1)
    assert page.left == pytest.approx(35 * MM, abs=1)
    turned = measures.footers[page.footers["default"]]
    assert 'vert="vert"' in [f'{k}="{v}"' for e in turned.iter() for k, v in e.attrib.items()]


def test_imprint_after_a_landscape_annex_has_an_even_page_without_number(measures: Measures) -> None:
    last = measures.sections[-1]
    assert last.start == "evenPage"
    assert {text_of(measures.footers[name]) for name in last.footers.values()} == {""}


def test_imprint_follows_the_text_where_no_annex_is_turned() -> None:
    document = replace(CIRCULAR, annexes=(), attachment_note=())
    assert [s.orient for s in read_measures(render_docx(document)).sections] == ["portrait"]
    bare = replace(document, copied_to=None, printed_by=None, printed_date=None)
    assert not any(p.in_box for p in read_measures(render_docx(bare)).paragraphs)


def test_long_banner_keeps_to_one_line() -> None:
    name = "临江市全面推进政府职能转变和放管服改革协调小组办公室文件"
    banner = read_measures(render_docx(replace(CIRCULAR, agency_banner=name))).paragraph(name)
    width = len(name) * banner.half_points / 2 * banner.character_width / 100
    assert width <= 156 / 25.4 * 72
    assert width >= 0.95 * 156 / 25.4 * 72, "it fills the line as far as it can"
    assert banner.half_points >= 60, "the name is set narrower rather than tiny"


def test_without_red_head_the_title_starts_the_page() -> None:
    plain = read_measures(render_docx(replace(CIRCULAR, red_head=False)))
    assert [p.style for p in plain.paragraphs[:2]] == ["公文标题", "公文标题下字号"]
    assert plain.paragraphs[0].before == 0
    assert plain.paragraphs[1].text == "临政办函〔2023〕21号"


def test_missing_number_and_date_leave_their_places_open() -> None:
    draft = read_measures(render_docx(replace(CIRCULAR, document_number=None, formed_date=None)))
    number = next(p for p in draft.paragraphs if p.style == "公文发文字号")
    assert (number.text, number.border_eighths) == ("", 12)
    formed = next(p for p in draft.paragraphs if p.style == "公文成文日期")
    assert formed.text.replace("\u3000", "") == "年月日"


def test_all_texts_are_there_in_order(measures: Measures) -> None:
    everything = "\n".join(p.text for p in measures.paragraphs)
    position = 0
    for text in _texts():
        position = everything.find(text, position)
        assert position >= 0, text
        position += len(text)


def _texts() -> list[str]:
    def of(blocks: tuple[object, ...]) -> list[str]:
        texts: list[str] = []
        for block in blocks:
            if isinstance(block, Heading):
                texts.append(block.text)
            elif isinstance(block, Table):
                cells = [cell.text if isinstance(cell, Run) else cell for row in block.rows for cell in row]
                texts += [block.caption or "", *(c.title for c in block.columns), *cells]
            else:
                texts += [run.text for run in block.runs]  # type: ignore[attr-defined]
        return texts

    head = [CIRCULAR.agency_banner, CIRCULAR.document_number or "", CIRCULAR.main_addressees or ""]
    closing = ["附件：", CIRCULAR.signature_agency, "2023年4月3日", "（此件公开发布）"]
    annexes = [
        text
        for number, annex in enumerate(CIRCULAR.annexes, start=1)
        for text in (f"附件{number}", annex.title, *of(annex.blocks))
    ]
    return [*head, *of(CIRCULAR.blocks), *closing, *annexes, "抄送：", "印发"]


def test_tables_span_the_type_area_and_repeat_their_header(measures: Measures) -> None:
    tables = list(measures.document.iter(f"{W}tbl"))
    assert len(tables) == 3
    for table, millimetres in zip(tables, (156, 156, 225), strict=True):
        columns = [int(e.attrib[f"{W}w"]) for e in table.iter(f"{W}gridCol")]
        assert sum(columns) / MM == pytest.approx(millimetres, abs=0.1)
        rows = table.findall(f"{W}tr")
        assert [r.find(f"{W}trPr/{W}tblHeader") is not None for r in rows] == [True] + [False] * (len(rows) - 1)
        borders = table.find(f"{W}tblPr/{W}tblBorders")
        assert borders is not None
        assert {(e.attrib[f"{W}sz"], e.attrib[f"{W}color"]) for e in borders} == {("4", "000000")}
    assert len(tables[2].findall(f"{W}tr")) == 31


def test_table_texts_have_size_and_alignment(measures: Measures) -> None:
    cells = [p for p in measures.paragraphs if p.in_table]
    total = next(p for p in cells if p.text == "1511")
    assert (total.align, total.half_points, total.latin) == ("right", 21, "Times New Roman")
    unit = next(p for p in cells if p.text == "市第3局")
    assert (unit.align, unit.half_points) == ("left", 24)
    head = next(p for p in cells if p.text == "责任单位")
    assert (head.align, head.font) == ("center", "黑体")


def test_links_lead_to_what_stands_behind_and_print_black(measures: Measures) -> None:
    assert measures.links["供电公司"] == UNIT_URL
    assert measures.links["市第30局"] == "https://gk.example.gov.cn/findings/30"
    for link in measures.document.iter(f"{W}hyperlink"):
        color, underline = link.find(f".//{W}color"), link.find(f".//{W}u")
        assert color is not None
        assert underline is not None
        assert (color.attrib[f"{W}val"], underline.attrib[f"{W}val"]) == ("000000", "none")


def test_link_targets_are_encoded() -> None:
    href = "https://gk.example.gov.cn/单位 甲?q=1%20&x"
    document = replace(CIRCULAR, blocks=(paragraph(Run("甲", href)),), annexes=(), attachment_note=())
    assert read_measures(render_docx(document)).links["甲"] == (
        "https://gk.example.gov.cn/%E5%8D%95%E4%BD%8D%20%E7%94%B2?q=1%20&x"
    )


def test_properties_name_title_and_language_but_no_time(measures: Measures) -> None:
    values = {e.tag.partition("}")[2]: e.text for e in measures.core}
    assert values == {
        "title": "关于2023年3月份全市政府信息公开工作情况的通报",
        "creator": "临江市人民政府办公室",
        "language": "zh-CN",
    }
    lang = measures.styles.find(f".//{W}lang")
    assert lang is not None
    assert lang.attrib[f"{W}eastAsia"] == "zh-CN"


def test_equal_documents_give_equal_bytes() -> None:
    first = render_docx(CIRCULAR)
    assert render_docx(replace(CIRCULAR)) == first
    assert render_docx(replace(CIRCULAR, formed_date=date(2023, 4, 4))) != first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.namelist()[0] == "[Content_Types].xml"


def test_word_library_opens_the_file() -> None:
    document = docx.Document(io.BytesIO(render_docx(CIRCULAR)))
    assert [s.orientation for s in document.sections] == [0, 1, 0]
    assert document.tables[0].cell(5, 2).text == "1511"
    assert document.core_properties.language == "zh-CN"


def test_consecutive_landscape_annexes_share_a_section() -> None:
    note = (ANNEX_2.title, ANNEX_2.title, ANNEX_1.title)
    document = replace(CIRCULAR, annexes=(ANNEX_2, ANNEX_2, ANNEX_1), attachment_note=note)
    measures = read_measures(render_docx(document))
    assert [s.orient for s in measures.sections] == ["portrait", "landscape", "portrait"]
    labels = {p.text: p.page_break for p in measures.paragraphs if p.style == "公文附件序号"}
    assert labels == {"附件1": False, "附件2": True, "附件3": False}


def test_only_annex_has_no_number() -> None:
    document = replace(CIRCULAR, annexes=(ANNEX_1,), attachment_note=(ANNEX_1.title,))
    texts = [p.text for p in read_measures(render_docx(document)).paragraphs]
    assert "附件：各单位3月份信息发布情况表" in texts
    assert "附件" in texts


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60))
def test_any_text_gives_a_readable_file(text: str) -> None:
    table = Table(text, (Column("甲", 1),), ((text,),))
    document = replace(
        CIRCULAR,
        blocks=(Heading(2, text), paragraph(text, Run(text, f"https://example.cn/{text}")), table),
        annexes=(Annex(text, (), landscape=True),),
        attachment_note=(text,),
        document_number=text,
        copied_to=text,
    )
    content = render_docx(document)
    assert docx.Document(io.BytesIO(content)).tables
    assert content == render_docx(document)


def test_tables_are_parted_by_a_paragraph() -> None:
    document = replace(CIRCULAR, blocks=(TABLE_1, TABLE_1), annexes=(), attachment_note=())
    body = read_measures(render_docx(document)).document[0]
    tags = [child.tag for child in body]
    assert f"{W}tbl" in tags
    assert all(after == f"{W}p" for tag, after in pairwise(tags) if tag == f"{W}tbl")

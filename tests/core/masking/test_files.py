"""A masked copy has the layout of its original and no readable number, wherever it stood."""

import io

import docx
import openpyxl
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from openpyxl.comments import Comment
from openpyxl.styles import Font

from gongkai.core.extraction.extract import extract
from gongkai.core.extraction.reasons import Unreadable, unsupported
from gongkai.core.masking.files import mask_file
from gongkai.core.text.personal_data import find_personal_data
from tests.core.extraction.samples import pdf, word, workbook

IDENTITY, MOBILE, BANK = "110101199003077432", "13812345678", "6222021234567890128"


def designed() -> bytes:
    """A workbook with merged title, widths, fonts, numbers, a formula, a comment and a hidden sheet."""
    rows: list[list[object]] = [
        ["低保名单"],
        ["姓名", "身份证号", "电话", "金额"],
        ["张三", IDENTITY, int(MOBILE), 500],
    ]
    made = workbook({"名单": rows, "底稿": [["李四", IDENTITY]]}, hidden=["底稿"])
    book = openpyxl.load_workbook(io.BytesIO(made))
    sheet = book["名单"]
    sheet.merge_cells("A1:D1")
    sheet.column_dimensions["B"].width = 33
    sheet["B3"].font = Font(name="宋体", bold=True)
    sheet["B3"].comment = Comment(f"核对{IDENTITY}", "王五")
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_a_workbook_keeps_its_layout() -> None:
    copy = mask_file(io.BytesIO(designed()), names=True)
    book = openpyxl.load_workbook(io.BytesIO(copy.data))
    sheet = book["名单"]
    assert [cell.value for cell in sheet[3]] == ["张*", "110101********7432", "138****5678", 500]
    assert [str(merged) for merged in sheet.merged_cells.ranges] == ["A1:D1"]
    assert sheet.column_dimensions["B"].width == 33
    assert (sheet["B3"].font.name, sheet["B3"].font.bold, sheet["B3"].comment) == ("宋体", True, None)
    assert book["底稿"].sheet_state == "hidden"
    assert book["底稿"]["B1"].value == "110101********7432"
    assert copy.counts == {"name": 1, "identity_number": 2, "mobile": 1}
    assert not find_personal_data(extract(io.BytesIO(copy.data)).text)


def test_a_word_document_keeps_its_runs_also_where_a_number_is_cut_by_them() -> None:
    document = docx.Document(
        io.BytesIO(word("名单如下：", table=[["姓名", "身份证号"], ["张三", IDENTITY]], header=f"电话{MOBILE}"))
    )
    paragraph = document.add_paragraph("账号")
    paragraph.add_run(BANK[:7]).bold = True
    paragraph.add_run(BANK[7:])
    buffer = io.BytesIO()
    document.save(buffer)
    copy = mask_file(io.BytesIO(buffer.getvalue()), names=False)
    masked = docx.Document(io.BytesIO(copy.data))
    assert [cell.text for cell in masked.tables[0].rows[1].cells] == ["张三", "110101********7432"]
    assert [(run.text, run.bold) for run in masked.paragraphs[-1].runs] == [
        ("账号", None), ("6222***", True), ("********0128", None),
    ]  # fmt: skip
    assert masked.sections[0].header.paragraphs[0].text == "电话138****5678"


def test_delimited_text_is_masked_in_its_encoding_and_form() -> None:
    text = f'姓名;证件号码;备注\n张三;{IDENTITY};"含;分号"\n'
    copy = mask_file(io.BytesIO(text.encode("gb18030")), names=True)
    assert copy.data.decode("utf-8-sig").splitlines() == ["姓名;证件号码;备注", '张*;110101********7432;"含;分号"']


def test_a_copy_in_which_a_number_stays_readable_is_not_given_out() -> None:
    document = docx.Document(io.BytesIO(word("正文")))
    notes = (
        '<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f"<w:footnote><w:p><w:r><w:t>{IDENTITY}</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    part = Part(PackURI("/word/footnotes.xml"), kind, notes.encode(), document.part.package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    buffer = io.BytesIO()
    document.save(buffer)
    with pytest.raises(Unreadable) as refusal:
        mask_file(io.BytesIO(buffer.getvalue()), names=False)
    assert refusal.value.reason == "脚注尾注中的号码不能自动隐去，请在原文件中处理后重新上传"


@pytest.mark.parametrize(
    ("data", "reason"),
    [(pdf("文字"), unsupported("PDF 文档")), (word("x")[:-100], unsupported("ZIP 压缩包"))],
    ids=("pdf", "broken word"),
)
def test_what_cannot_be_masked_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        mask_file(io.BytesIO(data), names=False)
    assert refusal.value.reason == reason


def test_no_text_of_a_copy_becomes_a_formula() -> None:
    formula = f'=HYPERLINK("http://a.cn/{MOBILE}")'
    copy = mask_file(
        io.BytesIO(f'姓名,说明,数\n张三,"{formula.replace(chr(34), chr(34) * 2)}",-3.5\n'.encode()), names=True
    )
    assert copy.data.decode("utf-8-sig").splitlines()[1].split(",", 1)[1] == (
        '"\'=HYPERLINK(""http://a.cn/138****5678"")",-3.5'
    )
    book = openpyxl.Workbook()
    assert book.active is not None
    for row, text in enumerate((formula, "=1+1", "-", "事项"), start=1):
        cell = book.active.cell(row, 1, text)
        cell.data_type = "s"
    buffer = io.BytesIO()
    book.save(buffer)
    buffer.seek(0)
    sheet = openpyxl.load_workbook(io.BytesIO(mask_file(buffer, names=True).data)).active
    assert sheet is not None
    assert [(cell.data_type, cell.quotePrefix) for (cell,) in sheet.iter_rows()] == [
        ("s", True), ("s", True), ("s", True), ("s", False),
    ]  # fmt: skip

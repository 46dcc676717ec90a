"""Word and Excel 97-2003, which WPS writes too: text by place, and nothing a broken or hostile file could do."""

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongkai.core.extraction import reasons
from gongkai.core.extraction.child import read_file
from gongkai.core.extraction.collecting import Budget, Collected
from gongkai.core.extraction.extract import Extraction, Part, extract
from tests.core.extraction.old_samples import (
    compound,
    excel97,
    note,
    number,
    record,
    shared_cell,
    string,
    word97,
)


def read(data: bytes) -> Extraction:
    return extract(io.BytesIO(data))


def read_here(data: bytes, characters: int = 10_000) -> Collected:
    """In this process, which many small cases do not burden."""
    found = Collected(Budget(characters, 10**6, 100, 200))
    read_file(data, "", found)
    return found


def test_word_gives_its_pieces_in_order_and_its_kinds_of_text_by_place() -> None:
    text = "关于春灌的通知\r姓名\x07张三\x07\x07" + "\x13 HYPERLINK \x14见附件\x15\r"
    data = word97(text, "Phone 13812345678\r", "注\r", "页眉\r", counts=[len(text) + 18, 2, 3])
    assert read(data) == Extraction(
        (
            Part("", "", "关于春灌的通知\n姓名\n张三\n见附件\nPhone 13812345678"),
            Part("", "脚注尾注", "注"),
            Part("", "页眉页脚", "页眉"),
        )
    )


def test_a_long_document_lies_in_sectors_of_its_own() -> None:
    text = "防汛抗旱工作" * 2_000
    assert read(word97(text)).text == text


def test_excel_gives_cells_of_every_kind_row_by_row() -> None:
    shared = record(
        0xFC,
        struct.pack("<II", 3, 3)
        + string("姓名")
        # A string with formats and a reading, in bytes.
        + struct.pack("<HBHI", 5, 0b1100, 1, 4)
        + b"Phone"
        + bytes(8)
        # The third goes on in the next record, where its signs have another width.
        + struct.pack("<HB", 4, 1)
        + "社区".encode("utf-16-le"),
    ) + record(0x3C, b"\x00AB")
    cells = (
        shared_cell(0, 0, 0)
        + shared_cell(0, 1, 1)
        + shared_cell(1, 0, 2)
        + number(1, 1, 13812345678.0)
        + record(0x27E, struct.pack("<HHHI", 1, 2, 0, (1234 << 2) | 3))
        + record(0xBD, struct.pack("<HHHIHIH", 1, 3, 0, (7 << 2) | 2, 1, (45356 << 2) | 2, 4))
        + number(1, 5, 45357.5, style=2)
        + record(0x06, struct.pack("<HHHBB4xH", 2, 0, 0, 0, 0, 0xFFFF) + bytes(8))
        + record(0x207, string("合计"))
        + record(0x06, struct.pack("<HHHd", 2, 1, 0, 0.5) + bytes(8))
        + record(0x205, struct.pack("<HHHBB", 2, 2, 0, 1, 0))
        + record(0x204, struct.pack("<HHH", 3, 0, 0) + string("旧式"))
        + record(0x809, struct.pack("<HHHHII", 0x600, 0x20, 0, 0, 0, 0)) + number(9, 9, 999.0) + record(0x0A)
        + note("内部意见") + note("图中文字", kind=0x06)
    )  # fmt: skip
    data = excel97({"一月": cells, "底稿": number(0, 0, 3.0)}, hidden=["底稿"], shared=shared)
    assert read(data) == Extraction(
        (
            Part(
                "",
                "工作表“一月”",
                "姓名\tPhone\n社区AB\t13812345678\t12.34\t7\t2024-03-05 00:00:00\t2024-03-06 12:00:00\n"
                "合计\t0.5\tTRUE\n旧式",
            ),
            Part("", "工作表“一月”的文本框", "图中文字"),
            Part("", "批注", "内部意见"),
            Part("", "隐藏的工作表“底稿”", "3"),
        )
    )


OLD_WORD = bytearray(1536)
struct.pack_into("<HH", OLD_WORD, 0, 0xA5DC, 0x65)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (word97("密", flags=0x0300), reasons.ENCRYPTED),
        (word97("旧", version=0x65), reasons.unsupported("Word 95 及更早的文档")),
        (compound({"WordDocument": bytes(OLD_WORD)}), reasons.unsupported("Word 95 及更早的文档")),
        (compound({"WordDocument": b"\xec\xa5\xc1"}), reasons.DAMAGED),
        (word97("缺少表").replace("1Table".encode("utf-16-le"), "2Table".encode("utf-16-le")), reasons.DAMAGED),
        (word97("倒退", ends=[5, 0]), reasons.DAMAGED),
        (word97("负数", counts=[-1]), reasons.DAMAGED),
        (word97("界外", places=[0x3FFFFFF0]), reasons.DAMAGED),
        (word97("长" * 3_000)[:-3_000], reasons.unsupported("无法识别的文件")),
        (excel97({"表": b""}, before=record(0x2F, bytes(6))), reasons.ENCRYPTED),
        (compound({"Book": bytes(600)}), reasons.unsupported("Excel 95 及更早的工作簿")),
        (compound({"Workbook": b""}), reasons.DAMAGED),
        (excel97({"表": shared_cell(0, 0, 5)}), reasons.DAMAGED),
        (excel97({"表": struct.pack("<HH", 0x203, 900)}), reasons.DAMAGED),
    ],
    ids=(
        "word encrypted", "word 95", "word 6", "word cut", "word without table", "word backwards", "word negative",
        "word out of bounds", "word truncated", "excel encrypted", "excel 95", "excel empty", "excel without string",
        "excel cut",
    ),
)  # fmt: skip
def test_what_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    assert read_here(data).unread == [("", reason)]


def test_a_chain_in_a_circle_ends() -> None:
    data = bytearray(word97("环" * 6_000))
    (table,) = struct.unpack_from("<I", data, 76)
    struct.pack_into("<I", data, (table + 1) * 512 + 4 * 5, 0)
    assert read_here(bytes(data)).unread == [("", reasons.DAMAGED)]


def test_pieces_and_strings_that_repeat_one_text_stay_within_the_limit() -> None:
    repeated = word97("重" * 1_000, ends=[1_000 * n for n in range(501)], places=[1536] * 500, counts=[500_000])
    found = read_here(repeated)
    assert found.unread == [("", reasons.LIMIT)]
    assert sum(len(text) for *_, text in found.parts) == 10_000
    shared = record(0xFC, struct.pack("<II", 1, 1) + string("复" * 4_000))
    cells = b"".join(shared_cell(row, 0, 0) for row in range(3_000))
    found = read_here(excel97({"表": cells}, shared=shared))
    assert found.unread == [("", reasons.LIMIT)]
    assert sum(len(text) for *_, text in found.parts) == 10_000


def test_sheets_that_share_one_place_are_read_once() -> None:
    once = excel97({"表0": number(0, 0, 1.0)})
    workbook = once.index(struct.pack("<HHHH", 0x809, 16, 0x600, 0x10)) - 512
    many = excel97({f"表{n}": number(0, 0, 1.0) for n in range(50)}, start=workbook)
    assert len(read_here(many).parts) <= 1


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["word", "excel"]), st.lists(st.tuples(st.integers(0, 8_000), st.integers(0, 255)), max_size=12))
def test_a_file_with_wrong_bytes_gives_text_or_a_reason(kind: str, wrong: list[tuple[int, int]]) -> None:
    cells = number(0, 0, 1.0) + record(0x204, struct.pack("<HHH", 1, 0, 0) + string("文字")) + note("注")
    data = bytearray(word97("正文" * 2_200, "abc") if kind == "word" else excel97({"表": cells}))
    for place, value in wrong:
        data[place % len(data)] = value
    found = read_here(bytes(data))
    assert found.parts or found.unread or bytes(data[:8]) != bytes.fromhex("d0cf11e0a1b11ae1")
    assert all(reason in (reasons.DAMAGED, reasons.LIMIT, reasons.ENCRYPTED) or reason.startswith(reasons.UNSUPPORTED)
               for _, reason in found.unread)  # fmt: skip

import codecs

import pytest

from gongkai.core.tables.columns import Column
from gongkai.core.tables.reading import read_table
from gongkai.core.tables.rows import Table, UnreadableTable

COLUMNS = (Column("title", "标题", required=True), Column("day", "成文日期"), Column("body", "正文"))
TEXT = "某局,信息公开清单\r\n\r\n标题,成文日期,正文\r\n《方案》——“试行”、（修订）…,2023年3月23日,=HYPERLINK(1)\r\n"
ENCODINGS = [
    ("utf-8", b""),
    ("utf-8", codecs.BOM_UTF8),
    ("gbk", b""),
    ("gb18030", b""),
    ("utf-16-le", codecs.BOM_UTF16_LE),
    ("utf-16-be", codecs.BOM_UTF16_BE),
]


def read(data: bytes) -> Table:
    return read_table(data, "清单.csv", columns=COLUMNS)


@pytest.mark.parametrize(("encoding", "mark"), ENCODINGS)
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_encodings_delimiters_and_line_ends(encoding: str, mark: bytes, delimiter: str, line_end: str) -> None:
    text = TEXT.replace(",", delimiter).replace("\r\n", line_end)
    table = read(mark + text.encode(encoding))
    rows = list(table.rows)
    assert (table.header_row, table.faults) == (3, [])
    assert [(row.number, row.text("title"), row.text("body")) for row in rows] == [
        (4, "《方案》——“试行”、（修订）…", "=HYPERLINK(1)")
    ]
    assert str(rows[0].date("day")) == "2023-03-23"


def test_characters_beyond_gbk_are_read_as_gb18030() -> None:
    table = read("标题,正文\n𬭎䶮㛃,正\n".encode("gb18030"))
    assert [row.text("title") for row in table.rows] == ["𬭎䶮㛃"]


def test_a_record_over_several_lines_is_one_row_as_in_excel() -> None:
    data = '标题,正文\n"甲","一,""引""\n二\n"\n\n乙,三\n'.encode()
    assert [(row.number, row.text("title"), row.text("body")) for row in read(data).rows] == [
        (2, "甲", '一,"引"\n二'),
        (4, "乙", "三"),
    ]


def test_guards_against_formulas_are_taken_off_and_long_codes_kept() -> None:
    data = "标题,正文\n'=1,''-1\n'甲',110101199001010011\n'110101199001010011,007\n".encode()
    assert [(row.text("title"), row.text("body")) for row in read(data).rows] == [
        ("=1", "'-1"),
        ("'甲'", "110101199001010011"),
        ("110101199001010011", "007"),
    ]


def test_a_long_body_fits_into_a_cell() -> None:
    body = "正文" * 500_000
    (row,) = read(f"标题,正文\n甲,{body}\n".encode()).rows
    assert row.text("body") == body


def test_a_cell_over_the_limit_is_a_fault_of_that_cell() -> None:
    rows = list(read(f"标题,正文\n甲,{'文' * 2_000_001}\n乙,二\n".encode()).rows)
    assert [fault.problem for fault in rows[0].faults] == ["内容有 2000001 字，超过上限 2000000 字"]
    assert len(rows[0].faults[0].value) < 100
    assert rows[1].faults == []


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (("标题,正文\n甲,公开的信息内容\n乙,".encode() + "公开".encode()[:-1] + ",公开\n".encode()), 3),
        (codecs.BOM_UTF8 + "标题,正文\n甲,".encode() + b"\xff\n", 2),
        ("标题,正文\n".encode("gbk") + b"\xff\xff,\xb9\n", 2),
        (codecs.BOM_UTF16_LE + "标题,正文\n上,乙".encode("utf-16-le") + b"\x00\xd8\x41\x00", 2),
    ],
)
def test_broken_bytes_name_their_line(data: bytes, line: int) -> None:
    with pytest.raises(UnreadableTable, match=f"第 {line} 行"):
        read(data)


def test_quotes_that_do_not_pair_name_their_line() -> None:
    with pytest.raises(UnreadableTable, match=r"第 3 行起双引号不成对.*请"):
        list(read('标题,正文\n甲,一\n乙,"二\n丙,三\n'.encode()).rows)


def test_control_characters_are_faults_of_their_cell() -> None:
    rows = list(read("标题,正文\n甲\x07,一\n乙,二\n".encode()).rows)
    assert [fault.problem for fault in rows[0].faults] == ["含有看不见的控制字符（编码 0007）"]
    assert rows[1].text("title") == "乙"

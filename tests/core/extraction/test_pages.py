"""Presentations and OFD documents: text by page, and nothing a broken or hostile file could do."""

import io

import pytest

from gongkai.core.extraction import reasons
from gongkai.core.extraction.child import read_file
from gongkai.core.extraction.collecting import Budget, Collected
from gongkai.core.extraction.extract import extract
from tests.core.extraction.page_samples import drawn, ofd, paragraph, slides
from tests.core.extraction.samples import archive
from tests.hostile_files import EXTERNAL, FILES, LAUGHS


def read(data: bytes) -> list[tuple[str, str]]:
    """(place, text) of a file that can be read."""
    found = extract(io.BytesIO(data))
    assert found.unread == ()
    return [(part.place, part.text) for part in found.parts]


def read_here(data: bytes, characters: int = 10_000) -> Collected:
    """In this process, which many small cases do not burden."""
    found = Collected(Budget(characters, 10**7, 100, 200))
    read_file(data, "", found)
    return found


def test_slides_give_text_and_notes_in_the_order_of_the_presentation() -> None:
    number = '<a:p><a:fld type="slidenum"><a:t>2</a:t></a:fld></a:p>'
    twice = (
        f"<mc:AlternateContent><mc:Choice>{paragraph('一次')}</mc:Choice><mc:Fallback>{paragraph('一次')}</mc:Fallback>"
        "</mc:AlternateContent>"
    )
    data = slides(
        [paragraph("后", "放的") + number, paragraph("先放的") + paragraph("第二段") + twice, paragraph("不放映")],
        notes={2: paragraph("讲稿") + number},
        hidden=[3],
        listed=[2, 1, 3, 1],
        more={"ppt/comments/comment1.xml": b"<c xmlns:p='p'><p:text>\xe6\x89\xb9\xe6\xb3\xa8</p:text></c>"},
    )
    assert read(data) == [
        ("第1页", "先放的\n第二段\n一次"),
        ("第1页备注", "讲稿"),
        ("第2页", "后放的"),
        ("隐藏的第3页", "不放映"),
        ("批注", "批注"),
    ]


def test_ofd_gives_its_pages_with_what_lies_on_one_baseline_as_one_line() -> None:
    scaled = ' CTM="0.5 0 0 0.5 0 0"'
    first = (
        drawn("关于202", 5, boundary=50)
        + drawn("6年春灌的", 5.5, boundary=50)
        + drawn("通知", 20, boundary=45, more=scaled)
        + drawn("各村：", 5, boundary=70)
        + drawn("No. 5", 5, boundary=80)
    )
    inherited = (
        '<ofd:TextObject Boundary="0 0 9 9" Size="5"><ofd:TextCode X="1" Y="3">第二</ofd:TextCode>'
        "<ofd:TextCode>页</ofd:TextCode></ofd:TextObject>"
    )
    assert read(ofd(first, inherited, template=drawn("内部资料", 5))) == [
        ("第1页", "内部资料关于2026年春灌的通知各村：\nNo. 5"),
        ("第2页", "内部资料第二页"),
    ]


def test_an_ofd_of_pictures_is_a_scan() -> None:
    assert read_here(ofd("<ofd:ImageObject/>", "")).unread == [("", reasons.SCANNED)]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (FILES["laughing OFD"][0], reasons.DAMAGED),
        (ofd(drawn("x", 1), prolog=EXTERNAL), reasons.DAMAGED),
        (ofd(drawn("x", 1), prolog=LAUGHS), reasons.DAMAGED),
        (ofd(drawn("x", 1), root="../../etc/passwd"), reasons.DAMAGED),
        (ofd(drawn("x", 1), root="OFD.xml"), reasons.DAMAGED),
        (ofd(drawn("x", 1), listed=[3]), reasons.DAMAGED),
        (ofd("<ofd:PageBlock>" * 5_000 + "</ofd:PageBlock>" * 5_000), reasons.DAMAGED),
        (ofd("<a/>" * 1_000_001), reasons.LIMIT),
        (ofd(drawn("x", 1), more={"Encryptions.xml": b"<x/>"}), reasons.ENCRYPTED),
        (ofd(drawn("x", 1))[:-300], reasons.DAMAGED),
        (slides([paragraph("x")], listed=[2]), reasons.DAMAGED),
        (slides([f"{LAUGHS}<x/>"]), reasons.DAMAGED),
        (archive({"[Content_Types].xml": b"<x/>", "ppt/presentation.xml": b"<x"}), reasons.DAMAGED),
    ],
    ids=(
        "laughing", "reaching", "laughing root", "climbing", "circle", "missing page", "deep", "endless", "encrypted",
        "truncated", "missing slide", "laughing slide", "no XML",
    ),
)  # fmt: skip
def test_what_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    assert read_here(data).unread == [("", reason)]


def test_a_page_that_is_named_again_and_a_template_on_each_stay_within_the_limit() -> None:
    assert len(read_here(ofd(drawn("页", 1), listed=[0] * 500)).parts) == 1
    found = read_here(ofd(*[drawn("页", 1)] * 90, template=drawn("复" * 5_000, 1)))
    assert found.unread == [("", reasons.LIMIT)]
    assert sum(len(text) for *_, text in found.parts) == 10_000


def test_coordinates_that_are_no_numbers_lose_no_text() -> None:
    piece = '<ofd:TextCode Y="inf">字</ofd:TextCode>'
    data = ofd(f'<ofd:TextObject Boundary="a b" Size="nan">{piece}</ofd:TextObject>')
    assert read(data) == [("第1页", "字")]

"""Hostile files at each reader, in the short form; `tests.test_hostile_input` sends them to every upload there is.

Each is refused in words, and within the time and the memory that a request has.
"""

import io
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gongkai.core.errors import DomainError, Invalid, Refused
from gongkai.core.extraction.extract import extract
from gongkai.core.richtext.errors import UnreadableDocument
from gongkai.core.richtext.word import from_docx
from gongkai.core.storage.attachments import attachment_problem
from gongkai.core.storage.sniff import sniff
from gongkai.core.tables.columns import Column
from gongkai.core.tables.reading import read_table
from gongkai.core.tables.rows import UnreadableTable
from gongkai.core.text.damage.detect import find_damage
from gongkai.core.text.damage.findings import Lexicon
from gongkai.publishing.collection.feeds import Layout, read_feed
from gongkai.publishing.intake.folder import opened, waiting
from gongkai.publishing.oldpages.arrival import unpacked
from gongkai.publishing.oldpages.reading import read_page
from tests.hostile_files import (
    FILES,
    FORMULAS,
    LAUGHS,
    archive,
    crowded,
    document,
    gigabyte,
    nested,
    one_row,
    strings,
)

SECONDS = 10.0
"""Of processor time; a request has more, but other people's are waiting."""
COLUMNS = (Column("title", "标题", required=True),)


@contextmanager
def in_time(seconds: float = SECONDS) -> Iterator[None]:
    """What happens within takes no longer."""
    began = time.process_time()
    yield
    assert time.process_time() - began < seconds


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_read_or_refused_in_words(name: str) -> None:
    """By each reader that an upload may meet, whatever the file claims to be."""
    data, filename = FILES[name]
    readers: list[Callable[[], object]] = [
        lambda: sniff(data),
        lambda: list(read_table(data, filename, columns=COLUMNS).rows),
        lambda: from_docx(data),
        lambda: [read_page(content, page) for page, content in unpacked([(filename, data)])],
        lambda: read_feed("atom", data, address="https://www.example.gov.cn/", layout=Layout({})),
        lambda: read_feed("jsonl", data, address="https://www.example.gov.cn/", layout=Layout({})),
    ]
    for read in readers:
        with in_time():
            try:
                read()
            except (DomainError, UnreadableDocument) as refusal:
                told = refusal.faults[0].message if isinstance(refusal, Invalid) else str(refusal)
                assert any("一" <= sign <= "鿿" for sign in told), told


@pytest.mark.parametrize(
    "name", ["web page", "picture of a program", "page and PDF", "picture and script", "picture and archive"]
)
def test_a_second_face_is_no_attachment(name: str) -> None:
    data, filename = FILES[name]
    assert attachment_problem(filename, sniff(data), len(data), 10**9)


@pytest.mark.parametrize(
    "data", [gigabyte("xl/workbook.xml"), nested(), crowded(), crowded(name="xl/{}.xml")],
    ids=["gigabyte", "nested", "crowded", "workbook"],
)  # fmt: skip
def test_text_of_an_archive_is_read_within_limits(data: bytes) -> None:
    found = extract(io.BytesIO(data))
    assert found.unread
    assert not found.text


def test_a_directory_of_any_size_is_refused_unread() -> None:
    data = crowded()
    with in_time(1), pytest.raises(Invalid, match="已损坏"):
        unpacked([("网页.zip", data)])
    assert sniff(data).extension == "zip"


def test_an_archive_of_a_gigabyte_gives_no_page() -> None:
    with in_time():
        ((_, page),) = unpacked([("网页.zip", gigabyte("a.html"))])
    with pytest.raises(Refused, match="超过2 MB"):
        read_page(page, "a.html")


def test_names_in_archives_lead_nowhere() -> None:
    names = [name for name, _ in unpacked([FILES["climbing names"][::-1]])]
    assert sorted(names) == ["a.html", "b.html", "c.html"]


@pytest.mark.parametrize(
    ("make", "number", "refusal"),
    [
        (one_row, 500_000, "解压后的内容过大"),
        pytest.param(strings, 1_000_001, "请拆分成多个文件", marks=pytest.mark.prove),
    ],
)
def test_a_workbook_takes_no_more_memory_than_a_list_may(
    make: Callable[[int], bytes], number: int, refusal: str, tmp_path: Path
) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(make(number))
    source = """if True:
        import re, sys
        from gongkai.core.tables.columns import Column
        from gongkai.core.tables.reading import read_table
        from gongkai.core.tables.rows import UnreadableTable
        try:
            list(read_table(open(sys.argv[1], "rb").read(), "a.xlsx", columns=(Column("title", "标题"),)).rows)
        except UnreadableTable as refusal:
            print(refusal, re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
    """
    told = subprocess.run(
        [sys.executable, "-c", source, path], capture_output=True, text=True, check=True, timeout=120
    ).stdout
    words, _, kilobytes = told.strip().rpartition(" ")
    assert refusal in words
    assert int(kilobytes) < 500 * 1024


def test_a_document_of_too_many_parts_is_refused_before_it_is_built() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with in_time(), pytest.raises(UnreadableDocument, match="过大"):
        from_docx(document("<w:r/>" * 3_000_000))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024


ATOM = 'xmlns="http://www.w3.org/2005/Atom"'


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (f"{LAUGHS}<feed {ATOM}>&e9;</feed>", "文档类型"),
        (f"<feed {ATOM}>{'<a>' * 200}{'</a>' * 200}</feed>", "层次过深"),
        (f"<feed {ATOM}>{'<a/>' * 2_000_001}</feed>", "标记过多"),
    ],
    ids=["laughs", "deep", "wide"],
)
def test_a_feed_that_would_grow_is_refused(source: str, words: str) -> None:
    with in_time(), pytest.raises(UnreadableTable, match=words):
        read_feed("atom", source.encode(), address="https://www.example.gov.cn/", layout=Layout({}))


def test_a_record_that_would_grow_is_a_fault_of_its_line() -> None:
    fields = {"title": "公告", "published_at": "2023-01-01", "source_url": "https://a.gov.cn/1", "column": "公告"}
    good = json.dumps(fields)
    lines = f'{good}\n{{"a":[{"{}," * 6_000_000}{{}}]}}\n{good.replace("公告", chr(92) + "ud800")}\n'
    with in_time():
        rows = read_feed("jsonl", lines.encode(), address="https://a.gov.cn/", layout=Layout({}))
    assert [bool(row.faults) for row in rows] == [False, True, False]


@pytest.mark.parametrize("piece", ["<!--", "<!-- >", "</", "<a ", '<a b="', "<?", "<!a", "<p 1", "1", "&#1"])
def test_a_page_takes_time_in_proportion_to_its_length(piece: str) -> None:
    page = f"<html><title>关于春灌的通知</title><body><p>甲</p>{piece * (300_000 // len(piece))}"
    with in_time():
        read = read_page(page.encode(), "a.html")
        find_damage(read.body_html, Lexicon())


@pytest.mark.parametrize(
    "data", [crowded(), gigabyte("document.json"), archive({"../document.json": b"{}", "/etc/passwd": b""})],
    ids=["crowded", "gigabyte", "climbing"],
)  # fmt: skip
def test_a_package_for_the_watched_folder_is_no_bomb(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "公文.zip"
    path.write_bytes(data)
    limit = 50 * 1024 * 1024
    with in_time():
        waiting(tmp_path, now=datetime(2026, 3, 23, tzinfo=UTC), limit_bytes=limit)
        with pytest.raises(Invalid), opened(path, today=date(2026, 3, 23), limit_bytes=limit):
            pass
    assert [found.name for found in tmp_path.rglob("*")] == ["公文.zip"]


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-16", "utf-8-sig"])
def test_a_list_is_read_in_its_encoding(encoding: str) -> None:
    title = "镕基" if encoding == "gbk" else "\U00020000㐀䶮"
    table = read_table(f"标题,说明\n{title},甲\n".encode(encoding), "清单.csv", columns=COLUMNS)
    assert [row.text("title") for row in table.rows] == [title]


def test_formulas_stay_texts_on_the_way_in() -> None:
    quoted = "".join('"' + formula.replace('"', '""') + '",甲\n' for formula in FORMULAS)
    table = read_table(f"标题,说明\n{quoted}".encode(), "清单.csv", columns=COLUMNS)
    assert [row.text("title") for row in table.rows] == [formula.strip() for formula in FORMULAS]

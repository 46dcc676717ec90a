"""LibreOffice sets the .docx as the standard wants it: pages, lines and characters counted in the PDF."""

import os
import re
import shutil
import subprocess
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from gongkai.core.officialdoc.docx import render_docx
from gongkai.core.officialdoc.model import paragraph
from tests.core.officialdoc.samples import ANNEX_2, CIRCULAR

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
FONTS = files("gongkai.core.conversion") / "fonts.conf"

pytestmark = [
    pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (soffice) is not installed"),
    pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed"),
]


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """PDF files of three documents, converted in one run: starting the converter is what takes time."""
    folder = tmp_path_factory.mktemp("officialdoc")
    short = replace(CIRCULAR, annexes=(), attachment_note=())
    documents = {
        "circular": CIRCULAR,
        "lines": replace(short, blocks=(paragraph("政" * 28 * 60),)),
        "plain": replace(short, blocks=(paragraph("政务公开。"),)),
        "landscape": replace(CIRCULAR, annexes=(ANNEX_2,), attachment_note=(ANNEX_2.title,)),
    }
    for name, document in documents.items():
        (folder / f"{name}.docx").write_bytes(render_docx(document))
    command = [SOFFICE or "", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless"]
    command += ["--convert-to", "pdf", "--outdir", str(folder)]
    command += [str(folder / f"{name}.docx") for name in documents]
    environment = {**os.environ, "FONTCONFIG_FILE": str(FONTS)}
    subprocess.run(command, check=True, capture_output=True, timeout=120, env=environment)
    return {name: folder / f"{name}.pdf" for name in documents}


def _tool(*arguments: str) -> str:
    return subprocess.run(arguments, check=True, capture_output=True, text=True, timeout=60).stdout


def _pages(pdf: Path) -> list[str]:
    return _tool("pdftotext", "-layout", str(pdf), "-").split("\f")[:-1]


def _sizes(pdf: Path) -> list[tuple[int, int]]:
    listing = _tool("pdfinfo", "-f", "1", "-l", "99", str(pdf))
    found = re.findall(r"size:\s+([\d.]+) x ([\d.]+)", listing)
    return [(round(float(width)), round(float(height))) for width, height in found]


def test_all_pages_are_a4_and_the_first_holds_the_title(converted: dict[str, Path]) -> None:
    sizes = _sizes(converted["circular"])
    assert set(sizes) == {(595, 842), (842, 595)}
    assert sizes[0] == sizes[-1] == (595, 842)
    first = re.sub(r"\s", "", _pages(converted["circular"])[0])
    assert first.startswith("临江市人民政府办公室文件临政办函〔2023〕21号关于2023年3月份全市政府信息公开")


def test_circular_has_ten_pages_and_ends_with_its_imprint(
    converted: dict[str, Path],
) -> None:
    pages = [re.sub(r"\s", "", page) for page in _pages(converted["circular"])]
    assert len(pages) == 10
    assert pages[-1].startswith("抄送：市委办公室")
    assert pages[-1].endswith("临江市人民政府办公室2023年4月4日印发")
    assert pages[2].endswith("—3—")
    headers = [page for page in pages if "责任单位问题类别具体表现" in page]
    assert len(headers) >= 3, "the header row is repeated on each page of the table"


def test_page_holds_22_lines_of_28_characters(converted: dict[str, Path]) -> None:
    page = _pages(converted["lines"])[1]
    lines = [line.strip() for line in page.splitlines() if "政政" in line]
    assert [len(line) for line in lines] == [28] * 22


def test_short_document_keeps_to_one_page_with_imprint_at_its_foot(converted: dict[str, Path]) -> None:
    pages = _pages(converted["plain"])
    assert len(pages) <= 2
    boxes = _tool("pdftotext", "-bbox", str(converted["plain"]), "-")
    printed = re.findall(r'yMax="([\d.]+)">[^<]*印发', boxes)
    assert len(printed) == 1
    assert float(printed[0]) == pytest.approx(842 - 35 / 25.4 * 72, abs=12)


def test_long_landscape_table_runs_over_turned_pages(converted: dict[str, Path]) -> None:
    sizes, pages = _sizes(converted["landscape"]), _pages(converted["landscape"])
    turned = [re.sub(r"\s", "", page) for page, size in zip(pages, sizes, strict=True) if size == (842, 595)]
    assert len(turned) >= 3
    text = "".join(turned)
    assert [n for n in range(1, 31) if f"市第{n}局" not in text] == []
    assert text.startswith("附件")

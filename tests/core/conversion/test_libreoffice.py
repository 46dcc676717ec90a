"""LibreOffice as converter: what its PDF looks like, and what becomes of a program that fails or does not end."""

import shutil
import time
from dataclasses import replace
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pytest

from gongkai.core.conversion.libreoffice import LibreOffice, Limits, NoConverter, make_converter
from gongkai.core.officialdoc.docx import render_docx
from gongkai.core.officialdoc.model import Annex, Column, Table, paragraph
from gongkai.core.ports import NotConverted
from gongkai.core.settings import ConfigurationError, Settings
from tests.core.officialdoc.samples import CIRCULAR

SOFFICE = shutil.which("soffice")
needs_soffice = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (soffice) is not installed")


def _units(number: int) -> list[str]:
    return [f"示范市第{n:03}号市政公用事业发展服务中心" for n in range(number)]


@pytest.fixture(scope="module")
def pages() -> list[str]:
    """Texts of the pages of a circular that names 200 units in a sentence and lists them in an annex across."""
    names = _units(200)
    columns = (
        Column("单位", 20), Column("问题类别", 14), Column("具体表现", 40), Column("整改时限", 13), Column("备注", 13)
    )  # fmt: skip
    told = "本月未发布信息，已连续2个月空白；网站“公示公告”栏目已超过规定期限未更新，经提醒后仍未改正。" * 2
    rows = tuple((name, "空白月", told, "2023年4月28日", "") for name in names)
    document = replace(
        CIRCULAR,
        blocks=(paragraph("、".join(names) + "等200家单位本月未发布信息。"),),
        annexes=(Annex("问题清单", (Table("", columns, rows),), landscape=True),),
        attachment_note=("问题清单",),
    )
    pdf = pypdfium2.PdfDocument(LibreOffice(Path(SOFFICE or "")).to_pdf(render_docx(document)))
    try:
        return ["".join(page.get_textpage().get_text_bounded().split()) for page in pdf]
    finally:
        pdf.close()


@needs_soffice
def test_a_sentence_of_200_units_wraps_without_losing_one(pages: list[str]) -> None:
    text = "".join(page for page in pages if "单位问题类别具体表现" not in page)
    text = "".join(part for part in text.split("—") if not part.isdigit())
    assert [name for name in _units(200) if name not in text] == []
    assert len([page for page in pages if "单位问题类别具体表现" not in page]) >= 6


@needs_soffice
def test_the_annex_repeats_its_head_and_no_row_is_divided(pages: list[str]) -> None:
    annex = [page for page in pages if "市政公用" in page and "问题类别" in page]
    assert len(annex) >= 10
    assert all("单位问题类别具体表现整改时限备注" in page for page in annex)
    for page in annex:
        rows = page.count("示范市第")
        assert rows == page.count("2023年4月28日") == page.count("经提醒后仍未改正。") // 2
    assert sum(page.count("示范市第") for page in annex) == 200


@needs_soffice
def test_fonts_that_are_missing_are_replaced_by_chinese_ones() -> None:
    pdf = LibreOffice(Path(SOFFICE or "")).to_pdf(render_docx(replace(CIRCULAR, annexes=(), attachment_note=())))
    assert b"CJK" in pdf or b"FangSong" in pdf
    assert b"DejaVu" not in pdf


def _program(folder: Path, lines: str) -> Path:
    program = folder / "office"
    program.write_text(f"#!/bin/sh\n{lines}\n")
    program.chmod(0o755)
    return program


def test_a_program_that_does_not_end_is_stopped_with_what_it_started(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    program = _program(tmp_path, f"(while sleep 0.1; do date +%s%N > {alive}; done) & sleep 60")
    with pytest.raises(NotConverted, match="转换超过1秒，已停止"):
        LibreOffice(program, Limits(seconds=1)).to_pdf(b"docx")
    last = alive.read_text()
    time.sleep(0.4)
    assert alive.read_text() == last


@pytest.mark.parametrize(
    "lines",
    ["exit 3", "exit 0", "echo no pdf > document.pdf", "head -c 9000000 /dev/zero > document.pdf"],
    ids=["fails", "writes nothing", "writes something else", "writes too much"],
)
def test_a_program_that_makes_no_pdf_is_a_refusal(tmp_path: Path, lines: str) -> None:
    with pytest.raises(NotConverted, match="转换程序未能生成PDF"):
        LibreOffice(_program(tmp_path, lines), Limits(output_bytes=1024 * 1024)).to_pdf(b"docx")


def test_the_program_gets_no_secret_and_its_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGKAI_SECRET_KEY", "a secret that is nobody's business")
    seen = tmp_path / "seen"
    program = _program(tmp_path, f"(env; ulimit -v; ulimit -t) > {seen}; printf '%%PDF-1.7' > document.pdf")
    limits = Limits(seconds=7, memory_bytes=512 * 1024**2)
    assert LibreOffice(program, limits).to_pdf(b"docx") == b"%PDF-1.7"
    assert "nobody's business" not in seen.read_text()
    assert seen.read_text().split()[-2:] == [str(512 * 1024), "7"]


def test_a_converter_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    given = {
        "database_url": "postgresql://", "secret_key": "x" * 32, "password_salt": "x" * 16, "data_directory": tmp_path
    }  # fmt: skip
    assert isinstance(make_converter(Settings(**given)), NoConverter)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=r"GONGKAI_PDF_CONVERTER.*完整路径"):
        make_converter(Settings(**given, pdf_converter=str(tmp_path / "soffice")))  # type: ignore[arg-type]
    assert LibreOffice(tmp_path / "soffice").problem()
    with pytest.raises(NotConverted):
        NoConverter().to_pdf(b"docx")

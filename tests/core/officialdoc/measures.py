"""Reads the measures of a .docx back as a word processor would resolve them, for the tests."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from xml.etree import ElementTree as ET

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"


class Section(NamedTuple):
    """Page of a section; lengths in twips."""

    width: int
    height: int
    orient: str
    top: int
    right: int
    bottom: int
    left: int
    footer: int
    start: str
    grid_pitch: int
    footers: dict[str, str]


@dataclass(frozen=True)
class ParagraphMeasures:
    """A paragraph with its style resolved; lengths in twips, sizes in half points."""

    text: str
    style: str
    font: str
    latin: str
    half_points: int
    color: str
    character_spacing: int
    character_width: int
    line: int
    line_rule: str
    before: int
    align: str
    first_line: int
    left: int
    right: int
    hanging: int
    page_break: bool
    border_eighths: int
    border_gap: int
    in_table: bool
    in_box: bool


@dataclass(frozen=True)
class Measures:
    """All that the tests look at."""

    sections: list[Section]
    paragraphs: list[ParagraphMeasures]
    footers: dict[str, ET.Element]
    settings: ET.Element
    styles: ET.Element
    document: ET.Element
    core: ET.Element
    links: dict[str, str]

    def paragraph(self, text: str) -> ParagraphMeasures:
        """Return the only paragraph of that text."""
        found = [p for p in self.paragraphs if p.text == text]
        assert len(found) == 1, (text, len(found))
        return found[0]


def read_measures(content: bytes) -> Measures:
    """Return the measures of a .docx file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: ET.fromstring(archive.read(name)) for name in archive.namelist()}
    relationships = {e.attrib["Id"]: e.attrib for e in parts["word/_rels/document.xml.rels"]}
    document, styles = parts["word/document.xml"], parts["word/styles.xml"]
    return Measures(
        sections=[_section(e, relationships) for e in document.iter(f"{W}sectPr")],
        paragraphs=list(_paragraphs(document, styles)),
        footers={name: root for name, root in parts.items() if name.startswith("word/footer")},
        settings=parts["word/settings.xml"],
        styles=styles,
        document=document,
        core=parts["docProps/core.xml"],
        links={text_of(e): relationships[e.attrib[f"{R}id"]]["Target"] for e in document.iter(f"{W}hyperlink")},
    )


def text_of(element: ET.Element) -> str:
    """Return the text of an element, line breaks and tabs included, without that of boxes inside it."""
    if element.tag == f"{W}drawing":
        return ""
    own = {f"{W}t": element.text or "", f"{W}br": "\n"}.get(element.tag, "")
    if element.tag == f"{W}tab" and not element.attrib:
        own = "\t"
    return own + "".join(text_of(child) for child in element)


def _section(element: ET.Element, relationships: dict[str, dict[str, str]]) -> Section:
    size, margins = element.find(f"{W}pgSz"), element.find(f"{W}pgMar")
    kind, grid = element.find(f"{W}type"), element.find(f"{W}docGrid")
    assert size is not None
    assert margins is not None
    assert kind is not None
    assert grid is not None
    assert grid.attrib[f"{W}type"] == "lines"
    return Section(
        width=int(size.attrib[f"{W}w"]),
        height=int(size.attrib[f"{W}h"]),
        orient=size.attrib.get(f"{W}orient", "portrait"),
        top=int(margins.attrib[f"{W}top"]),
        right=int(margins.attrib[f"{W}right"]),
        bottom=int(margins.attrib[f"{W}bottom"]),
        left=int(margins.attrib[f"{W}left"]),
        footer=int(margins.attrib[f"{W}footer"]),
        start=kind.attrib[f"{W}val"],
        grid_pitch=int(grid.attrib[f"{W}linePitch"]),
        footers={
            e.attrib[f"{W}type"]: "word/" + relationships[e.attrib[f"{R}id"]]["Target"]
            for e in element.findall(f"{W}footerReference")
        },
    )


def paragraph_measures(p: ET.Element, styles: ET.Element, place: str = "") -> ParagraphMeasures:
    """Return the measures of a paragraph, direct formats over those of its style."""
    style_id = p.find(f"{W}pPr/{W}pStyle")
    assert style_id is not None
    style = next(e for e in styles if e.get(f"{W}styleId") == style_id.attrib[f"{W}val"])
    run = p.find(f".//{W}rPr")
    paragraph_layers = [p.find(f"{W}pPr"), style.find(f"{W}pPr")]
    run_layers = [run, style.find(f"{W}rPr")]

    def value(layers: list[ET.Element | None], path: str, attribute: str = "val") -> str:
        for layer in layers:
            found = layer.find(W + path.replace("/", f"/{W}")) if layer is not None else None
            if found is not None and W + attribute in found.attrib:
                return found.attrib[W + attribute]
        return ""

    def number(layers: list[ET.Element | None], path: str, attribute: str = "val") -> int:
        return int(value(layers, path, attribute) or 0)

    name = style.find(f"{W}name")
    assert name is not None
    return ParagraphMeasures(
        text=text_of(p),
        style=name.attrib[f"{W}val"],
        font=value(run_layers, "rFonts", "eastAsia"),
        latin=value(run_layers, "rFonts", "ascii"),
        half_points=number(run_layers, "sz"),
        color=value(run_layers, "color"),
        character_spacing=number(run_layers, "spacing"),
        character_width=number(run_layers, "w") or 100,
        line=number(paragraph_layers, "spacing", "line"),
        line_rule=value(paragraph_layers, "spacing", "lineRule"),
        before=number(paragraph_layers, "spacing", "before"),
        align=value(paragraph_layers, "jc"),
        first_line=number(paragraph_layers, "ind", "firstLine"),
        left=number(paragraph_layers, "ind", "left"),
        right=number(paragraph_layers, "ind", "right"),
        hanging=number(paragraph_layers, "ind", "hanging"),
        page_break=p.find(f"{W}pPr/{W}pageBreakBefore") is not None,
        border_eighths=number(paragraph_layers, "pBdr/bottom", "sz"),
        border_gap=number(paragraph_layers, "pBdr/bottom", "space"),
        in_table=place == "table",
        in_box=place == "box",
    )


def _paragraphs(element: ET.Element, styles: ET.Element, place: str = "") -> Iterator[ParagraphMeasures]:
    for child in element:
        if child.tag == f"{W}p":
            yield paragraph_measures(child, styles, place)
        inner = {f"{W}tbl": "table", f"{W}txbxContent": "box"}.get(child.tag, place)
        yield from _paragraphs(child, styles, inner)

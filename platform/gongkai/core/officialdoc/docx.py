"""An official document as .docx in the layout of GB/T 9704-2012, ready to be edited, numbered and stamped."""

import math
from collections.abc import Iterable, Sequence
from urllib.parse import quote
from xml.etree import ElementTree as ET

from .layout import (
    LINE_CHARACTERS,
    addressee_line,
    annex_label,
    banner_size,
    cell_run,
    clean,
    copied_to_text,
    has_imprint,
    note_text,
    numbered,
    printed_date_text,
    shares,
    signature,
    text_width,
    title_lines,
)
from .model import Annex, Block, Heading, OfficialDocument, Paragraph, Run, Table
from .styles import (
    BREAK_LINE,
    FOOTER_DISTANCE,
    IMPRINT_LINE,
    LINE,
    PAGE_NUMBER_LINE,
    RED,
    SMALL_CHARACTER,
    TITLE_LINE,
    TYPE_AREA_HEIGHT,
    TYPE_AREA_WIDTH,
    characters,
    millimetres,
    section_properties,
    settings_root,
    styles_root,
)
from .textbox import Box, Position, text_box
from .wordml import Part, Relationship, W, el, indent, package, para, text_run

_CELL_MARGINS = {"top": 30, "left": 60, "bottom": 30, "right": 60}
_WIDE_TABLE_COLUMNS = 7
# 0.35 mm and 0.25 mm (7.4.1) in eighths of a point.
_THICK_LINE, _THIN_LINE = 8, 6
_FOOTERS = ("footer-odd", "footer-even", "footer-landscape-odd", "footer-landscape-even", "footer-blank")


class _Links:
    """Relationships of the hyperlinks, one for each address."""

    def __init__(self) -> None:
        self.relationships: list[Relationship] = []
        self._ids: dict[str, str] = {}

    def id_of(self, href: str) -> str:
        if href not in self._ids:
            self._ids[href] = f"rIdLink{len(self._ids) + 1}"
            # Word takes a file for damaged whose addresses hold spaces or Chinese characters.
            target = quote(href, safe="%/:?#[]@!$&'()*+,;=~")
            self.relationships.append(Relationship(self._ids[href], "hyperlink", target, external=True))
        return self._ids[href]


def render_docx(document: OfficialDocument) -> bytes:
    """Return the document as a .docx file; equal documents give equal bytes.

    Body, annexes and imprint follow each other as in chapter 7 of GB/T 9704-2012. The imprint lies at the
    foot of the last page; after a landscape annex it gets an even page of its own, without a page number.
    """
    links = _Links()
    body = el("body", *_sections(document, links))
    parts = [
        Part("document", "document.main", el("document", body)),
        Part("styles", "styles", styles_root()),
        Part("settings", "settings", settings_root()),
        *(Part(name, "footer", root) for name, root in zip(_FOOTERS, _footer_roots(), strict=True)),
    ]
    relationships = [
        Relationship("rIdStyles", "styles", "styles.xml"),
        Relationship("rIdSettings", "settings", "settings.xml"),
        *(Relationship(_footer_id(name), "footer", f"{name}.xml") for name in _FOOTERS),
        *links.relationships,
    ]
    title = "".join(title_lines(document.title))
    return package(parts, relationships, title=title, author=clean(document.signature_agency))


def _footer_id(name: str) -> str:
    return "rId-" + name


def _sections(document: OfficialDocument, links: _Links) -> list[ET.Element]:
    """Return all body elements; a section closes where the pages turn, and the last one at the end."""
    elements: list[ET.Element] = [*_head(document), *_main_part(document, links)]
    landscape = False
    for index, annex in enumerate(document.annexes):
        turns = annex.landscape != landscape
        if turns:
            _close_section(elements, _section(landscape=landscape))
            landscape = annex.landscape
        elements += _annex(document.annexes, index, links, new_page=not turns)
    last = _section(landscape=landscape)
    if has_imprint(document):
        if landscape:
            _close_section(elements, last)
            blank = _footer_id("footer-blank")
            footers = {"default": blank, "even": blank}
            last = section_properties(landscape=False, start="evenPage", footers=footers)
        elements.append(_imprint(document))
    return [*elements, last]


def _section(*, landscape: bool) -> ET.Element:
    turned = "landscape-" if landscape else ""
    footers = {"default": _footer_id(f"footer-{turned}odd"), "even": _footer_id(f"footer-{turned}even")}
    return section_properties(landscape=landscape, footers=footers)


def _close_section(elements: list[ET.Element], section: ET.Element) -> None:
    """Put the section's properties into its last paragraph, where they take no room."""
    formats = elements[-1].find(f"{{{W}}}pPr")
    if formats is None:
        raise AssertionError("a section ends with a paragraph")
    formats.append(section)


def _head(document: OfficialDocument) -> Iterable[ET.Element]:
    number = clean(document.document_number or "")
    if document.red_head:
        banner = clean(document.agency_banner)
        size = banner_size(banner)
        line = size.points * 24
        # The line is a fifth higher than its characters, half of that above them.
        before = millimetres(35) - size.points * 2
        formats = [el("w", val=size.width_percent), *_size(size.points * 2)]
        yield para(
            "Banner",
            text_run(banner, *formats),
            formats=[el("spacing", before=before, after=0, line=line, lineRule="exact")],
        )
        red_line = el("pBdr", el("bottom", val="single", sz=12, space=9, color=RED))
        yield para("Number", text_run(number), formats=[red_line])
    yield _title(document.title, before=2 * LINE if document.red_head else 0)
    if number and not document.red_head:
        yield para("PlainNumber", text_run(number))


def _title(title: str, *, before: int) -> ET.Element:
    spacing = el("spacing", before=before, after=0, line=TITLE_LINE, lineRule="exact")
    return para("Title", text_run("\n".join(title_lines(title))), formats=[spacing])


def _main_part(document: OfficialDocument, links: _Links) -> Iterable[ET.Element]:
    if document.main_addressees:
        yield para("Addressees", text_run(addressee_line(document.main_addressees)))
    blocks = list(_blocks(document.blocks, TYPE_AREA_WIDTH, links))
    closing = list(_attachment_note(document.attachment_note))
    # The seal must not stand on a page without text (7.3.5.5). LibreOffice moves a kept paragraph as a whole,
    # so a long one, which would leave a gap, may part from the signature.
    if blocks and not closing and text_width("".join(blocks[-1].itertext())) <= 3 * LINE_CHARACTERS:
        _keep_with_next(blocks[-1])
    yield from blocks
    yield from closing
    yield from _signature(document)
    if document.disclosure_note:
        yield para("Note", text_run(note_text(document.disclosure_note)))


def _keep_with_next(element: ET.Element) -> None:
    formats = element.find(f"{{{W}}}pPr")
    if formats is not None and formats.find(f"{{{W}}}keepNext") is None:
        formats.insert(1, el("keepNext"))


def _attachment_note(names: Sequence[str]) -> Iterable[ET.Element]:
    """Yield 附件: and the names, those of several numbered; a long name goes on below its first character."""
    number_width = 1.0 if len(names) < 10 else 1.5
    for index, name in enumerate(names):
        number = f"{index + 1}.\t" if len(names) > 1 else ""
        text = ("附件：" if index == 0 else "") + number + clean(name)
        hanging = (3 if index == 0 else 0) + (number_width if number else 0)
        left = 5 + (number_width if number else 0)
        formats = [indent(left=characters(left), hanging=characters(hanging))]
        if index == 0:
            formats.append(el("spacing", before=LINE, after=0, line=LINE, lineRule="exact"))
        yield para("AttachmentNote", text_run(text), formats=formats)


def _signature(document: OfficialDocument) -> Iterable[ET.Element]:
    lines = signature(document)
    for style, text, distance in (
        ("Signature", lines.agency, lines.agency_indent),
        ("FormedDate", lines.date, lines.date_indent),
    ):
        yield para(style, text_run(text), formats=[indent(right=characters(distance))])


def _annex(annexes: Sequence[Annex], index: int, links: _Links, *, new_page: bool) -> Iterable[ET.Element]:
    annex = annexes[index]
    breaks = [el("pageBreakBefore")] if new_page else []
    yield para("AnnexLabel", text_run(annex_label(annexes, index)), formats=breaks)
    # The title stands on the third line (7.3.7).
    yield _title(annex.title, before=LINE)
    width = TYPE_AREA_HEIGHT if annex.landscape else TYPE_AREA_WIDTH
    yield para("Spacer")
    yield from _blocks(annex.blocks, width, links)


def _blocks(blocks: Sequence[Block], width: int, links: _Links) -> Iterable[ET.Element]:
    """Yield the elements of the blocks; the last of them is always a paragraph."""
    for place, block in enumerate(numbered(blocks), start=1):
        match block:
            case Heading(level, text):
                yield para(f"Heading{level}", text_run(text))
            case Paragraph(runs):
                yield para("Body", *(_run(run, links) for run in runs))
            case Table():
                if block.caption:
                    yield para("Caption", text_run(clean(block.caption)))
                yield _table(block, width, links)
                yield para("Break" if place == len(blocks) else "Spacer")


def _run(run: Run, links: _Links) -> ET.Element:
    text = clean(run.text)
    if run.href is None:
        return text_run(text)
    # A link prints as the text around it: programs colour and underline links unless told not to.
    plain = text_run(text, el("color", val="000000"), el("u", val="none"))
    return el("hyperlink", plain, r_id=links.id_of(run.href))


def _size(half_points: int) -> list[ET.Element]:
    return [el("sz", val=half_points), el("szCs", val=half_points)]


def _table(table: Table, width: int, links: _Links) -> ET.Element:
    """Return a table over the type area in 小四, or 五号 with many columns; its header row is repeated."""
    small = "Small" if len(table.columns) >= _WIDE_TABLE_COLUMNS else ""
    widths = shares([column.width for column in table.columns], width)
    head = [para(f"TableHead{small}", text_run(clean(column.title))) for column in table.columns]
    rows = [_table_row(head, widths, el("tblHeader"))]
    for row in table.rows:
        cells = [
            para(f"TableText{small}", _run(cell_run(cell), links), formats=[el("jc", val=column.align)])
            for cell, column in zip(row, table.columns, strict=True)
        ]
        rows.append(_table_row(cells, widths))
    lines = ("top", "left", "bottom", "right", "insideH", "insideV")
    return el(
        "tbl",
        el(
            "tblPr",
            el("tblW", w=width, type="dxa"),
            el("jc", val="center"),
            el("tblBorders", *(el(side, val="single", sz=4, space=0, color="000000") for side in lines)),
            el("tblLayout", type="fixed"),
            el("tblCellMar", *(el(side, w=margin, type="dxa") for side, margin in _CELL_MARGINS.items())),
        ),
        el("tblGrid", *(el("gridCol", w=share) for share in widths)),
        *rows,
    )


def _table_row(cells: Sequence[ET.Element], widths: Sequence[int], *formats: ET.Element) -> ET.Element:
    height = el("trHeight", val=millimetres(8), hRule="atLeast")
    filled = (
        el("tc", el("tcPr", el("tcW", w=width, type="dxa"), el("vAlign", val="center")), cell)
        for cell, width in zip(cells, widths, strict=True)
    )
    return el("tr", el("trPr", el("cantSplit"), height, *formats), *filled)


def _imprint(document: OfficialDocument) -> ET.Element:
    """Return the imprint, whose last line lies on the lower edge of the last page's type area (7.4).

    Its box takes no room, so the paragraph that holds it is as high: where the text leaves less, both go
    to the next page.
    """
    content = [_imprint_line(_THICK_LINE)]
    lines = 0
    if document.copied_to:
        hanging = indent(left=4 * SMALL_CHARACTER, right=SMALL_CHARACTER, hanging=3 * SMALL_CHARACTER)
        text = copied_to_text(document.copied_to)
        formats = [hanging, el("jc", val="both")]
        content.append(para("Imprint", text_run(f"抄送：{text}"), formats=formats))
        # One em less than the line holds, for punctuation that moves to the next line.
        lines += math.ceil(text_width(text) / (TYPE_AREA_WIDTH // SMALL_CHARACTER - 6))
    if document.printed_by or document.printed_date:
        if document.copied_to:
            content.append(_imprint_line(_THIN_LINE))
        stop = el("tabs", el("tab", val="right", pos=TYPE_AREA_WIDTH - SMALL_CHARACTER))
        text = f"{clean(document.printed_by or '')}\t{printed_date_text(document)}"
        content.append(para("Imprint", text_run(text), formats=[stop, indent(left=SMALL_CHARACTER)]))
        lines += 1
    content.append(_imprint_line(_THICK_LINE))
    height = lines * IMPRINT_LINE + len(content) * BREAK_LINE
    left, bottom = Position("margin", 0), Position("margin", "bottom")
    box = Box("版记", TYPE_AREA_WIDTH, height, left, bottom)
    room = el("spacing", before=0, after=0, line=height, lineRule="exact")
    return para("Break", text_box(box, *content), formats=[room])


def _imprint_line(size: int) -> ET.Element:
    # A paragraph of its own: the border of an indented paragraph would be narrower than the type area.
    return para("Break", formats=[el("pBdr", el("bottom", val="single", sz=size, space=0, color="000000"))])


def _footer_roots() -> Iterable[ET.Element]:
    """Yield the footers in the order of `_FOOTERS`: odd pages right, even left, one character in (7.5)."""
    for turned in (False, True):
        for align in ("right", "left"):
            formats = [el("jc", val=align), indent(**{align: SMALL_CHARACTER})]
            number = para("PageNumber", *_page_number(), formats=formats)
            yield el("ftr", _turned_footer(number) if turned else number)
    yield el("ftr", para("Break"))


def _page_number() -> list[ET.Element]:
    return [text_run("— "), el("fldSimple", text_run("1"), instr=" PAGE "), text_run(" —")]


def _turned_footer(number: ET.Element) -> ET.Element:
    """Return a landscape page's number, where it stands once the page is turned upright (chapter 8)."""
    left = Position("page", FOOTER_DISTANCE)
    box = Box("页码", PAGE_NUMBER_LINE, TYPE_AREA_WIDTH, left, Position("margin", "top"), turned=True)
    return para("Break", text_box(box, number))

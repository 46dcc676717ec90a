"""Named styles and page geometry of GB/T 9704-2012 in WordprocessingML; lengths in twips (1/20 pt)."""

from typing import NamedTuple
from xml.etree import ElementTree as ET

from .wordml import el, properties

SONG, FANGSONG, KAITI, HEITI = "宋体", "仿宋_GB2312", "楷体_GB2312", "黑体"
TITLE_SONG = "方正小标宋简体"
LATIN = "Times New Roman"
RED = "FF0000"


def millimetres(value: float) -> int:
    """Return millimetres as whole twips."""
    return round(value / 25.4 * 1440)


# 22 lines in 225 mm and 28 characters in 156 mm (5.2.3), each rounded down so that the last still fits.
# The characters are drawn together rather than put on a character grid: LibreOffice gives a 16 pt character
# two cells of a grid that is finer than 16 pt.
LINE = 579
CHARACTER_SPACING = -5
CHARACTER_POINTS = 16 + CHARACTER_SPACING / 20
SMALL_CHARACTER = 280
# The dashes of the page number stand 7 mm below the type area (7.5), so 28 mm above the paper's edge; they
# lie in the middle of the footer's line, which is 20 pt high and measured from its lower edge.
PAGE_NUMBER_LINE = 400
TITLE_LINE = 700
IMPRINT_LINE = 520
BREAK_LINE = 20
FOOTER_DISTANCE = millimetres(35 - 7) - PAGE_NUMBER_LINE // 2
TYPE_AREA_WIDTH, TYPE_AREA_HEIGHT = millimetres(156), millimetres(225)


def characters(count: float) -> int:
    """Return the width of so many body characters on the grid."""
    return round(count * CHARACTER_POINTS * 20)


class Style(NamedTuple):
    """A paragraph style: fonts, half points, exact line pitch, space before, alignment, grid, outline level.

    `first` is the first-line indent in characters; a `line` of 0 leaves the pitch to the font.
    """

    id: str
    name: str
    font: str = FANGSONG
    latin: str = LATIN
    half_points: int = 32
    line: int = LINE
    before: int = 0
    align: str = "left"
    first: int = 0
    outline: int | None = None
    keep_next: bool = False
    grid: bool = False
    color: str | None = None


_BODY = Style("Body", "公文正文", align="both", first=2, grid=True)
STYLES = (
    Style("Banner", "公文发文机关标志", TITLE_SONG, TITLE_SONG, align="center", color=RED),
    # Two empty lines; the pitch of 20 pt leaves 2 pt under the characters, and the line stands 9 pt lower:
    # together the 4 mm of 7.2.7.
    Style("Number", "公文发文字号", line=400, before=2 * LINE, align="center"),
    Style(
        "Title",
        "公文标题",
        TITLE_SONG,
        TITLE_SONG,
        44,
        line=TITLE_LINE,
        align="center",
        outline=0,
        keep_next=True,
    ),
    Style("PlainNumber", "公文标题下字号", align="center", grid=True),
    Style("Addressees", "公文主送机关", align="both", before=LINE, grid=True),
    _BODY,
    Style("Heading1", "公文一级标题", HEITI, align="both", first=2, outline=1, keep_next=True, grid=True),
    Style("Heading2", "公文二级标题", KAITI, align="both", first=2, outline=2, keep_next=True, grid=True),
    Style("Heading3", "公文三级标题", align="both", first=2, outline=3, keep_next=True, grid=True),
    Style("Heading4", "公文四级标题", align="both", first=2, outline=4, keep_next=True, grid=True),
    Style("AttachmentNote", "公文附件说明", keep_next=True, grid=True),
    Style("Signature", "公文署名", before=2 * LINE, align="right", keep_next=True, grid=True),
    Style("FormedDate", "公文成文日期", align="right", grid=True),
    Style("Note", "公文附注", first=2, grid=True),
    Style("AnnexLabel", "公文附件序号", HEITI, outline=0, keep_next=True, grid=True),
    Style("Caption", "公文表题", HEITI, half_points=28, line=480, before=120, align="center", keep_next=True),
    Style("TableHead", "公文表头", HEITI, half_points=24, line=360, align="center"),
    Style("TableText", "公文表格", half_points=24, line=360),
    Style("TableHeadSmall", "公文表头小", HEITI, half_points=21, line=320, align="center"),
    Style("TableTextSmall", "公文表格小", half_points=21, line=320),
    Style("Imprint", "公文版记", half_points=28, line=IMPRINT_LINE),
    Style("PageNumber", "公文页码", SONG, SONG, half_points=28, line=PAGE_NUMBER_LINE),
    # Word wants a paragraph after each table and at each section's end; these take next to no room.
    Style("Spacer", "公文表后", half_points=2, line=240),
    Style("Break", "公文分节", half_points=2, line=BREAK_LINE),
)


def styles_root() -> ET.Element:
    """Return `w:styles`: the defaults, the four styles every file has, and those of the standard."""
    fonts = el("rFonts", ascii=LATIN, hAnsi=LATIN, eastAsia=FANGSONG, cs=LATIN)
    defaults = el(
        "docDefaults",
        el(
            "rPrDefault",
            el(
                "rPr",
                fonts,
                el("kern", val=0),
                el("sz", val=32),
                el("szCs", val=32),
                # Latin as English: LibreOffice breaks lines inside numbers that it takes for Chinese.
                el("lang", val="en-US", eastAsia="zh-CN", bidi="ar-SA"),
            ),
        ),
        el("pPrDefault"),
    )
    return el(
        "styles",
        defaults,
        el("style", el("name", val="Normal"), el("qFormat"), type="paragraph", default=1, styleId="Normal"),
        el(
            "style",
            el("name", val="Default Paragraph Font"),
            el("uiPriority", val=1),
            el("semiHidden"),
            type="character",
            default=1,
            styleId="DefaultParagraphFont",
        ),
        _table_normal(),
        el(
            "style",
            el("name", val="No List"),
            el("semiHidden"),
            type="numbering",
            default=1,
            styleId="NoList",
        ),
        *(_paragraph_style(style) for style in STYLES),
    )


def _table_normal() -> ET.Element:
    margins = el("tblCellMar", *(el(side, w=0, type="dxa") for side in ("top", "left", "bottom", "right")))
    return el(
        "style",
        el("name", val="Normal Table"),
        el("uiPriority", val=99),
        el("semiHidden"),
        el("tblPr", el("tblInd", w=0, type="dxa"), margins),
        type="table",
        default=1,
        styleId="TableNormal",
    )


def _paragraph_style(style: Style) -> ET.Element:
    flags = {
        "keepNext": int(style.keep_next),
        "widowControl": 0,
        # Extra space between Chinese and digits would push lines off the 28 characters.
        "autoSpaceDE": 0,
        "autoSpaceDN": 0,
        "snapToGrid": int(style.grid),
    }
    formats = [el(tag, val=value) for tag, value in flags.items() if tag != "keepNext" or value]
    formats.append(el("spacing", before=style.before, after=0, line=style.line, lineRule="exact"))
    if style.first:
        formats.append(el("ind", firstLineChars=style.first * 100, firstLine=characters(style.first)))
    formats.append(el("jc", val=style.align))
    if style.outline is not None:
        formats.append(el("outlineLvl", val=style.outline))
    run = [el("rFonts", ascii=style.latin, hAnsi=style.latin, eastAsia=style.font, cs=style.latin)]
    if style.color:
        run.append(el("color", val=style.color))
    if style.grid:
        run.append(el("spacing", val=CHARACTER_SPACING))
    run += [el("sz", val=style.half_points), el("szCs", val=style.half_points)]
    return el(
        "style",
        el("name", val=style.name),
        el("basedOn", val="Normal"),
        el("qFormat"),
        properties(None, *formats),
        el("rPr", *run),
        type="paragraph",
        customStyle=1,
        styleId=style.id,
    )


def settings_root() -> ET.Element:
    """Return `w:settings`: odd and even footers, Chinese punctuation, the layout rules of Word 2013 on."""
    mode = el(
        "compatSetting",
        name="compatibilityMode",
        uri="http://schemas.microsoft.com/office/word",
        val=15,
    )
    return el(
        "settings",
        el("zoom", percent=100),
        el("evenAndOddHeaders"),
        el("characterSpacingControl", val="compressPunctuation"),
        el("compat", el("doNotExpandShiftReturn"), el("useFELayout"), mode),
        el("themeFontLang", val="zh-CN", eastAsia="zh-CN"),
    )


def section_properties(*, landscape: bool, start: str = "nextPage", footers: dict[str, str]) -> ET.Element:
    """Return `w:sectPr` of A4 pages; `footers` maps `default` (odd) and `even` to relationship ids.

    A landscape page is a portrait page turned clockwise (chapter 8): its head lies at the binding edge.
    """
    short, long = millimetres(210), millimetres(297)
    margins = {"top": 37.0, "right": 26.0, "bottom": 35.0, "left": 28.0}
    size = el("pgSz", w=short, h=long)
    if landscape:
        margins = {"top": 28.0, "right": 37.0, "bottom": 26.0, "left": 35.0}
        size = el("pgSz", w=long, h=short, orient="landscape")
    return el(
        "sectPr",
        *(el("footerReference", type=kind, r_id=target) for kind, target in footers.items()),
        el("type", val=start),
        size,
        el(
            "pgMar",
            **{side: millimetres(value) for side, value in margins.items()},
            header=millimetres(15),
            footer=FOOTER_DISTANCE,
            gutter=0,
        ),
        el("docGrid", type="lines", linePitch=LINE),
    )

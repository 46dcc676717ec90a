"""A text box that stands at a fixed place of the page (DrawingML, ECMA-376 and Word 2010's shapes).

It is what Word, WPS and LibreOffice agree on: of full-width floating tables and frames LibreOffice makes
ordinary text.
"""

from typing import Literal, NamedTuple
from xml.etree import ElementTree as ET

from .wordml import el

_WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_WPS = "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
_EMU_PER_TWIP = 635

for _prefix, _uri in {"wp": _WP, "a": _A, "mc": _MC, "wps": _WPS}.items():
    ET.register_namespace(_prefix, _uri)


class Position(NamedTuple):
    """A place along one axis: what it is measured from, and an offset in twips or an alignment."""

    origin: Literal["margin", "page"]
    place: int | Literal["top", "bottom", "left", "right"]


class Box(NamedTuple):
    """Name, size in twips, and place of a text box; `turned` sets its lines from top to bottom."""

    name: str
    width: int
    height: int
    horizontal: Position
    vertical: Position
    turned: bool = False


def text_box(box: Box, *paragraphs: ET.Element) -> ET.Element:
    """Return a run with a box without border or inner margin; its text stands at the lower edge."""
    size = {"cx": box.width * _EMU_PER_TWIP, "cy": box.height * _EMU_PER_TWIP}
    anchor = _el(
        _WP,
        "anchor",
        _el(_WP, "simplePos", x=0, y=0),
        _position("positionH", box.horizontal),
        _position("positionV", box.vertical),
        _el(_WP, "extent", **size),
        _el(_WP, "effectExtent", l=0, t=0, r=0, b=0),
        _el(_WP, "wrapNone"),
        _el(_WP, "docPr", id=1, name=box.name),
        _el(_WP, "cNvGraphicFramePr"),
        _el(_A, "graphic", _el(_A, "graphicData", _shape(box, size, paragraphs), uri=_WPS)),
        **{f"dist{side}": 0 for side in "TBLR"},
        simplePos=0,
        relativeHeight=1,
        behindDoc=0,
        locked=0,
        layoutInCell=1,
        allowOverlap=1,
    )
    choice = _el(_MC, "Choice", el("drawing", anchor), Requires="wps")
    return el("r", _el(_MC, "AlternateContent", choice))


def _shape(box: Box, size: dict[str, int], paragraphs: tuple[ET.Element, ...]) -> ET.Element:
    geometry = _el(
        _WPS,
        "spPr",
        _el(_A, "xfrm", _el(_A, "off", x=0, y=0), _el(_A, "ext", **size)),
        _el(_A, "prstGeom", _el(_A, "avLst"), prst="rect"),
        _el(_A, "noFill"),
        _el(_A, "ln", _el(_A, "noFill")),
    )
    body = _el(
        _WPS,
        "bodyPr",
        _el(_A, "noAutofit"),
        vert="vert" if box.turned else "horz",
        wrap="square",
        **{f"{side}Ins": 0 for side in "ltrb"},
        anchor="b",
    )
    text = _el(_WPS, "txbx", el("txbxContent", *paragraphs))
    return _el(_WPS, "wsp", _el(_WPS, "cNvSpPr", txBox=1), geometry, text, body)


def _position(axis: str, position: Position) -> ET.Element:
    offset = isinstance(position.place, int)
    value = _el(_WP, "posOffset" if offset else "align")
    value.text = str(position.place * _EMU_PER_TWIP if isinstance(position.place, int) else position.place)
    return _el(_WP, axis, value, relativeFrom=position.origin)


def _el(namespace: str, tag: str, *children: ET.Element, **attributes: str | int) -> ET.Element:
    element = ET.Element(f"{{{namespace}}}{tag}", {name: str(value) for name, value in attributes.items()})
    element.extend(children)
    return element

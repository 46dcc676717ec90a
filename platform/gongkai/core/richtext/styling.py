"""What the attributes of pasted HTML mean: classes of ours, inline formats, addresses, hidden text."""

import re
from collections.abc import Mapping

ALIGNMENTS = ("align-center", "align-right")
INDENT = "indent-2"
WIDTHS = {25: "w-25", 33: "w-33", 50: "w-50", 66: "w-66", 75: "w-75", 100: "w-100"}

ALIGNED = frozenset({"p", "h2", "h3", "h4", "li", "td", "th", "caption", "figure", "figcaption", "blockquote"})
SIZED = frozenset({"table", "td", "th", "img", "figure"})

_ALIGN_VALUES = {
    "center": "align-center",
    "middle": "align-center",
    "-webkit-center": "align-center",
    "right": "align-right",
    "end": "align-right",
    "left": "",
    "start": "",
    "justify": "",
}
_TAG_FORMATS = {
    "b": "strong",
    "strong": "strong",
    "i": "em",
    "em": "em",
    "u": "u",
    "s": "s",
    "strike": "s",
    "del": "s",
    "sub": "sub",
    "sup": "sup",
}
_LENGTH = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)(em|rem|ch|pt|px|cm|mm|in)")
_PERCENT = re.compile(r"([0-9]{1,3})(?:\.[0-9]{1,6})?%")
# An indent of about one character and more is the two characters of official text; less is a matter of looks.
_SMALLEST_INDENT = {"em": 1.0, "rem": 1.0, "ch": 2.0, "pt": 15.0, "px": 20.0, "cm": 0.5, "mm": 5.0, "in": 0.2}
_WIDTH_TOLERANCE = 5
_BOLD_WEIGHT = 600
_SPAN_LIMIT = 100

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.\-]*):")
_LINE_BREAKS = re.compile("[\t\n\r\f]")
_ADDRESS_LIMIT = 2000


def parse_style(attributes: Mapping[str, str]) -> dict[str, str]:
    """The declarations of a `style` attribute, in lower case; the last of a property wins, as in CSS."""
    declarations: dict[str, str] = {}
    for declaration in attributes.get("style", "").lower().split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            declarations[name.strip()] = value.replace("!important", "").strip()
    return declarations


def alignment(name: str, attributes: Mapping[str, str], style: Mapping[str, str]) -> str | None:
    """The class for the alignment of a block, "" for the ordinary one, `None` where nothing is said of it."""
    for value in (style.get("text-align"), attributes.get("align", "").strip().lower()):
        if value in _ALIGN_VALUES:
            return _ALIGN_VALUES[value]
    if name == "center":
        return "align-center"
    return next((own for own in own_classes(attributes) if own in ALIGNMENTS), None)


def indent(attributes: Mapping[str, str], style: Mapping[str, str]) -> str:
    """The class of a paragraph whose first line is indented, or ""."""
    value = style.get("text-indent")
    if value is None:
        return INDENT if INDENT in own_classes(attributes) else ""
    length = _LENGTH.fullmatch(value)
    return INDENT if length and float(length[1]) >= _SMALLEST_INDENT[length[2]] else ""


def width(attributes: Mapping[str, str], style: Mapping[str, str]) -> str:
    """The class nearest to a width in per cent, or "": widths in points say nothing on another screen."""
    percent = _PERCENT.fullmatch(style.get("width") or attributes.get("width", "").strip())
    if percent:
        wanted = int(percent[1])
        nearest = min(WIDTHS, key=lambda known: abs(known - wanted))
        return WIDTHS[nearest] if abs(nearest - wanted) <= _WIDTH_TOLERANCE else ""
    return next((own for own in own_classes(attributes) if own in WIDTHS.values()), "")


def own_classes(attributes: Mapping[str, str]) -> list[str]:
    """The words of the `class` attribute, ours and foreign ones."""
    return attributes.get("class", "").split()


def inline_formats(name: str, style: Mapping[str, str]) -> tuple[str, ...]:
    """The inline elements that a tag and its style stand for: `<span style="font-weight:bold">` is strong."""
    found = dict.fromkeys([_TAG_FORMATS[name]] if name in _TAG_FORMATS else [])
    weight = style.get("font-weight", "")
    if weight in {"bold", "bolder"} or (weight.isdecimal() and int(weight[:4]) >= _BOLD_WEIGHT):
        found["strong"] = None
    elif weight:
        found.pop("strong", None)
    if style.get("font-style") == "italic":
        found["em"] = None
    decoration = f"{style.get('text-decoration', '')} {style.get('text-decoration-line', '')}".split()
    if "underline" in decoration:
        found["u"] = None
    if "line-through" in decoration:
        found["s"] = None
    raised = {"super": "sup", "sub": "sub"}.get(style.get("vertical-align", ""))
    if raised:
        found[raised] = None
    return tuple(found)


def is_hidden(name: str, attributes: Mapping[str, str], style: Mapping[str, str]) -> bool:
    """Whether the writer does not see the text: hidden text, tracked deletions and comments of Word and WPS.

    They would come to light, and be published, if only their formatting were dropped.
    """
    if style.get("display") == "none" or style.get("mso-hide") == "all" or "hidden" in attributes:
        return True
    if style.get("mso-element", "").startswith("comment"):
        return True
    classes = own_classes(attributes)
    if "MsoCommentReference" in classes or "msoDel" in classes:
        return True
    return name == "del" and ("datetime" in attributes or "cite" in attributes)


def link_address(value: str) -> str:
    """An address that a link may have, or "": http, https, mailto, or a path on this site."""
    address = _tidy(value)
    scheme = _SCHEME.match(address)
    if scheme:
        return address if scheme[1].lower() in {"http", "https", "mailto"} else ""
    if address.startswith("//"):
        return f"https:{address}"
    # A fragment points to an anchor that was not kept; a backslash is a slash to browsers.
    return "" if address.startswith("#") or "\\" in address else address


def image_address(value: str) -> str:
    """An address that an image may have, or "": an attachment of ours or https."""
    address = _tidy(value)
    if address.lower().startswith("https://"):
        return address
    own = address.startswith("/attachments/") and ".." not in address and "\\" not in address
    return address if own else ""


def is_foreign(address: str) -> bool:
    """Whether a link names a host, and so may leave this site."""
    return address.lower().startswith(("http:", "https:"))


def span_count(value: str) -> str:
    """A `colspan` or `rowspan` from 2 to 100 as its digits, or ""."""
    digits = value.strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= len(str(_SPAN_LIMIT))):
        return ""
    return str(int(digits)) if 1 < int(digits) <= _SPAN_LIMIT else ""


def _tidy(value: str) -> str:
    """As browsers read an address: without line breaks, trimmed, blanks encoded; "" if absurdly long."""
    address = _LINE_BREAKS.sub("", value).strip(" ").replace(" ", "%20")
    return address if len(address) <= _ADDRESS_LIMIT else ""

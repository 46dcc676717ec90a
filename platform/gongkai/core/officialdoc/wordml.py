"""WordprocessingML elements and the .docx package around them (ECMA-376).

The package is written here rather than from python-docx's template: that one brings 800 kB of styles, a
Japanese theme, a thumbnail and a creation time, none of which an official document has.
"""

import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from xml.etree import ElementTree as ET

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
_CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_CORE = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
_DC = "http://purl.org/dc/elements/1.1/"
_WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
# The earliest time a zip entry can bear: equal content gives equal bytes.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)

_PREFIXES = {"w": W, "r": R, "cp": _CORE, "dc": _DC}
for _prefix, _uri in _PREFIXES.items():
    ET.register_namespace(_prefix, _uri)

# Children in the order that the schema demands; Word refuses files that mix them.
_PARAGRAPH_ORDER = [
    "pStyle",
    "keepNext",
    "pageBreakBefore",
    "widowControl",
    "pBdr",
    "tabs",
    "autoSpaceDE",
    "autoSpaceDN",
    "snapToGrid",
    "spacing",
    "ind",
    "jc",
    "outlineLvl",
    "sectPr",
]


class Relationship(NamedTuple):
    """A relationship of a part: its id, the last word of its type, its target, whether that is outside."""

    id: str
    kind: str
    target: str
    external: bool = False


class Part(NamedTuple):
    """A part under word/: file name without suffix, last word of its content type, root element."""

    name: str
    kind: str
    root: ET.Element


def el(tag: str, *children: ET.Element, **attributes: str | int) -> ET.Element:
    """Return a `w:` element; an attribute named `r_id` is `r:id`, all others are `w:` attributes."""
    element = ET.Element(f"{{{W}}}{tag}")
    for name, value in attributes.items():
        element.set(f"{{{R}}}id" if name == "r_id" else f"{{{W}}}{name}", str(value))
    element.extend(children)
    return element


def properties(style: str | None = None, *children: ET.Element) -> ET.Element:
    """Return `w:pPr` with its children in schema order."""
    named = [el("pStyle", val=style)] if style else []
    order = {f"{{{W}}}{tag}": place for place, tag in enumerate(_PARAGRAPH_ORDER)}
    return el("pPr", *sorted([*named, *children], key=lambda child: order[child.tag]))


def indent(*, left: int = 0, right: int = 0, first: int = 0, hanging: int = 0) -> ET.Element:
    """Return `w:ind` with the given distances in twips; those of zero are left out."""
    values = {"left": left, "right": right, "firstLine": first, "hanging": hanging}
    return el("ind", **{name: value for name, value in values.items() if value})


def text_run(text: str, *formats: ET.Element) -> ET.Element:
    """Return a run; line breaks and tabs in the text become their elements.

    The eastAsia hint keeps “”‘’…— in the Chinese font: without it Word sets them in the Latin one.
    """
    run = el("r", el("rPr", el("rFonts", hint="eastAsia"), *formats))
    for line_number, line in enumerate(text.split("\n")):
        if line_number:
            run.append(el("br"))
        for piece_number, piece in enumerate(line.split("\t")):
            if piece_number:
                run.append(el("tab"))
            if piece:
                run.append(_text(piece))
    return run


def _text(text: str) -> ET.Element:
    element = el("t")
    element.text = text
    if text != text.strip():
        element.set(_XML_SPACE, "preserve")
    return element


def para(style: str, *content: ET.Element, formats: Iterable[ET.Element] = ()) -> ET.Element:
    """Return a paragraph of a style, with direct paragraph formats before its content."""
    return el("p", properties(style, *formats), *content)


def package(parts: Sequence[Part], relationships: Sequence[Relationship], *, title: str, author: str) -> bytes:
    """Return the .docx of the parts; the first is the main document, which owns the relationships.

    Equal arguments give equal bytes: no entry bears a time, and none is written into the properties.
    """
    entries = {
        "[Content_Types].xml": _content_types(parts),
        "_rels/.rels": _relationships(
            [
                Relationship("rId1", f"{R}/officeDocument", "word/document.xml"),
                Relationship("rId2", f"{_RELATIONSHIPS}/metadata/core-properties", "docProps/core.xml"),
            ]
        ),
        "docProps/core.xml": _core_properties(title, author),
        f"word/_rels/{parts[0].name}.xml.rels": _relationships(
            [link._replace(kind=f"{R}/{link.kind}") for link in relationships]
        ),
    }
    entries.update({f"word/{part.name}.xml": part.root for part in parts})
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, root in entries.items():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            # ZipInfo records the system that writes; a digest must not depend on it.
            entry.create_system = 0
            archive.writestr(entry, _bytes(root))
    return target.getvalue()


def _bytes(root: ET.Element) -> bytes:
    content: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return content


def _content_types(parts: Sequence[Part]) -> ET.Element:
    root = ET.Element("Types", xmlns=_CONTENT_TYPES)
    for extension, content_type in (
        ("rels", "application/vnd.openxmlformats-package.relationships+xml"),
        ("xml", "application/xml"),
    ):
        ET.SubElement(root, "Default", Extension=extension, ContentType=content_type)
    overrides = {f"/word/{part.name}.xml": f"{_WORD_TYPE}.{part.kind}+xml" for part in parts}
    overrides["/docProps/core.xml"] = "application/vnd.openxmlformats-package.core-properties+xml"
    for name, content_type in overrides.items():
        ET.SubElement(root, "Override", PartName=name, ContentType=content_type)
    return root


def _relationships(relationships: Iterable[Relationship]) -> ET.Element:
    root = ET.Element("Relationships", xmlns=_RELATIONSHIPS)
    for link in relationships:
        element = ET.SubElement(root, "Relationship", Id=link.id, Type=link.kind, Target=link.target)
        if link.external:
            element.set("TargetMode", "External")
    return root


def _core_properties(title: str, author: str) -> ET.Element:
    root = ET.Element(f"{{{_CORE}}}coreProperties")
    for name, value in (("title", title), ("creator", author), ("language", "zh-CN")):
        ET.SubElement(root, f"{{{_DC}}}{name}").text = value
    return root

"""Text of OFD documents (GB/T 33190), page by page; part of the child process."""

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from gongkai.core.extraction.collecting import Collected
from gongkai.core.extraction.lines import join_lines
from gongkai.core.extraction.markup import beside, local, member, parse_xml, within
from gongkai.core.extraction.office import charge, open_archive
from gongkai.core.extraction.reasons import DAMAGED, ENCRYPTED, SCANNED, Unreadable

_ROOT = "OFD.xml"
_ENCRYPTED = frozenset({"Encryptions.xml", "encryptinfo.dat"})
_SAME_LINE = 0.5
"""Of the height of a sign: baselines that lie no further apart are one line."""


@dataclass(slots=True)
class _Document:
    """The templates of a document that are read already, and where each is."""

    archive: zipfile.ZipFile
    templates: Mapping[str, str]
    read: dict[str, list[tuple[float, float, str]]] = field(default_factory=dict)


def read_ofd(data: bytes, file: str, found: Collected) -> None:
    """The pages in their order, numbered through when several documents share the file.

    Raises:
        Unreadable: when it has pages but no text, is encrypted or has no page at all.
    """
    with open_archive(data) as archive:
        charge(archive, found.budget)
        if any(name.rpartition("/")[2] in _ENCRYPTED for name in archive.namelist()):
            raise Unreadable(ENCRYPTED)
        number = 0
        before = len(found.parts)
        for document, page in _pages(archive):
            number += 1
            found.add(file, f"第{number}页", join_lines("\n".join(_lines(_words(document, page)))))
    if not number:
        raise Unreadable(DAMAGED)
    if len(found.parts) == before:
        raise Unreadable(SCANNED)


def _pages(archive: zipfile.ZipFile) -> Iterator[tuple[_Document, str]]:
    """Each page's document and member; one that is named again is no further page."""
    seen: set[str] = set()
    for root in within(parse_xml(member(archive, _ROOT)), "DocBody", "DocRoot"):
        name = beside("", (root.text or "").strip())
        if name in seen:
            continue
        seen.add(name)
        tree = parse_xml(member(archive, name))
        templates = within(tree, "CommonData", "TemplatePage")
        document = _Document(archive, {node.get("ID", ""): beside(name, node.get("BaseLoc", "")) for node in templates})
        for node in within(tree, "Pages", "Page"):
            page = beside(name, node.get("BaseLoc", ""))
            if page not in seen:
                seen.add(page)
                yield document, page


def _words(document: _Document, page: str) -> list[tuple[float, float, str]]:
    """(baseline, height, text) of a page in drawing order; its templates lie beneath it."""
    tree = parse_xml(member(document.archive, page))
    words: list[tuple[float, float, str]] = []
    for node in within(tree, "Template"):
        key = node.get("TemplateID", "")
        if key in document.templates:
            if key not in document.read:
                beneath = parse_xml(member(document.archive, document.templates[key]))
                document.read[key] = list(_drawn(beneath))
            words += document.read[key]
    return [*words, *_drawn(tree)]


def _drawn(tree: ET.Element) -> Iterator[tuple[float, float, str]]:
    for content in within(tree, "Content"):
        for node in content.iter():
            if local(node) == "TextObject":
                yield from _codes(node)


def _codes(node: ET.Element) -> Iterator[tuple[float, float, str]]:
    """The pieces of a text object; a piece that names no place lies where the one before it does."""
    top = _numbers(node, "Boundary", (0.0, 0.0, 0.0, 0.0))[1]
    matrix = _numbers(node, "CTM", (1.0, 0.0, 0.0, 1.0, 0.0, 0.0))
    height = _numbers(node, "Size", (1.0,))[0] * abs(matrix[3])
    x = y = 0.0
    for code in node:
        if local(code) == "TextCode":
            x, y = _numbers(code, "X", (x,))[0], _numbers(code, "Y", (y,))[0]
            yield top + matrix[1] * x + matrix[3] * y + matrix[5], height, code.text or ""


def _numbers(node: ET.Element, name: str, default: tuple[float, ...]) -> tuple[float, ...]:
    try:
        found = tuple(map(float, node.get(name, "").split()))
    except ValueError:
        return default
    return found if len(found) == len(default) else default


def _lines(words: list[tuple[float, float, str]]) -> Iterator[str]:
    """Programs draw a line in several pieces, often a sign each; what lies on one baseline is one line."""
    line: list[str] = []
    at = 0.0
    for baseline, height, text in words:
        if line and abs(baseline - at) > height * _SAME_LINE:
            yield "".join(line)
            line = []
        line.append(text)
        at = baseline
    if line:
        yield "".join(line)

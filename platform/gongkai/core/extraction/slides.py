"""Text of presentations (ECMA-376 part 1, PresentationML), slide by slide; part of the child process."""

import re
import zipfile
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree as ET

from gongkai.core.extraction.collecting import Collected
from gongkai.core.extraction.markup import beside, local, member, parse_xml, within
from gongkai.core.extraction.office import charge, open_archive

_MAIN = "ppt/presentation.xml"
_NOTES = "/notesSlide"
_COMMENTS = re.compile(r"ppt/comments/[^/]+\.xml")


def read_pptx(data: bytes, file: str, found: Collected) -> None:
    """The slides in their order, hidden ones too, each with its notes behind it; then the comments."""
    with open_archive(data) as archive:
        charge(archive, found.budget)
        related = _relations(archive, _MAIN)
        listed = within(parse_xml(member(archive, _MAIN)), "sldIdLst", "sldId")
        # A slide stands in the list once; one that is listed again is no further page.
        names = dict.fromkeys(related[_relation(entry)][1] for entry in listed)
        for number, name in enumerate(names, start=1):
            _read_slide(archive, name, f"第{number}页", file, found)
        comments = (line for name in archive.namelist() if _COMMENTS.fullmatch(name) for line in _said(archive, name))
        found.add_lines(file, "批注", comments)


def _read_slide(archive: zipfile.ZipFile, name: str, place: str, file: str, found: Collected) -> None:
    slide = parse_xml(member(archive, name))
    hidden = "隐藏的" if slide.get("show") in ("0", "false") else ""
    found.add_lines(file, f"{hidden}{place}", _paragraphs(slide))
    for kind, target in _relations(archive, name).values():
        if kind.endswith(_NOTES):
            notes = parse_xml(member(archive, target))
            found.add_lines(file, f"{hidden}{place}备注", _paragraphs(notes))


def _relation(entry: ET.Element) -> str:
    """The relation that an entry of the list names; its own `id` has no namespace, and that of this one has two."""
    return next(value for name, value in entry.attrib.items() if name.endswith("}id"))


def _relations(archive: zipfile.ZipFile, name: str) -> Mapping[str, tuple[str, str]]:
    """Relations of a part within the file: id → (kind, member)."""
    folder, _, last = name.rpartition("/")
    try:
        tree = parse_xml(member(archive, f"{folder}/_rels/{last}.rels"))
    except KeyError:
        return {}
    return {
        node.attrib["Id"]: (node.attrib["Type"], beside(name, node.attrib["Target"]))
        for node in tree
        if node.get("TargetMode") != "External"
    }


def _paragraphs(tree: ET.Element) -> Iterator[str]:
    for node in _each(tree):
        if local(node) == "p":
            words = "".join(_runs(node)).strip()
            if words:
                yield words


def _each(node: ET.Element) -> Iterator[ET.Element]:
    """All elements, of what is said in two ways the first."""
    yield node
    for child in node:
        if local(child) != "Fallback":
            yield from _each(child)


def _runs(paragraph: ET.Element) -> Iterator[str]:
    for run in paragraph:
        if local(run) == "br":
            yield "\n"
        elif not run.get("type", "").startswith("slidenum"):
            yield from (text.text or "" for text in run.iter() if local(text) == "t")


def _said(archive: zipfile.ZipFile, name: str) -> Iterator[str]:
    """Comments of old and new kind: `p:text` holds words, `a:t` too."""
    for node in parse_xml(archive.read(name)).iter():
        if local(node) in ("text", "t") and (node.text or "").strip():
            yield (node.text or "").strip()

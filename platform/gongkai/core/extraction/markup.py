"""XML of files that people bring, looked at before it is built up; part of the child process."""

import posixpath
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from gongkai.core.extraction.reasons import DAMAGED, LIMIT, Unreadable
from gongkai.core.storage.untrusted import UnsafeXml, check_xml

MOST_ELEMENTS = 1_000_000
"""Of one document; its tree takes some 150 bytes each."""


def parse_xml(data: bytes) -> ET.Element:
    """The tree of a document.

    Raises:
        Unreadable: when it names a document type, is nested as no program writes it, or has too many elements.
        SyntaxError, expat.ExpatError, LookupError, ValueError: when it is no XML.
    """
    try:
        check_xml(data, elements=MOST_ELEMENTS)
    except UnsafeXml as refusal:
        raise Unreadable(LIMIT if refusal.what == "elements" else DAMAGED) from None
    return ET.fromstring(data)  # noqa: S314 - without a document type there are no entities


def local(node: ET.Element) -> str:
    """The name of an element without its namespace: editions of a standard change it."""
    return node.tag.rpartition("}")[2]


def within(node: ET.Element, *path: str) -> Iterator[ET.Element]:
    """Elements at the end of a path of local names."""
    if not path:
        yield node
        return
    for child in node:
        if local(child) == path[0]:
            yield from within(child, *path[1:])


def beside(name: str, target: str) -> str:
    """The member of an archive that `target` means when it stands in the member `name`."""
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(name), target)).lstrip("/")


def member(archive: zipfile.ZipFile, name: str) -> bytes:
    """A member, also where a program wrote its name with a slash before it.

    Raises:
        KeyError: when it is not there.
    """
    try:
        return archive.read(name)
    except KeyError:
        return archive.read(f"/{name}")

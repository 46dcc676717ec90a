"""Containers that people bring, opened so that no byte of theirs decides what the opening costs.

A zip's directory and an XML document's tree take many times their own size in memory; both are looked at before they
are built up. `.docx` and `.xlsx` are zips of XML, feeds are XML.
"""

import zipfile
from io import BytesIO
from typing import BinaryIO
from xml.parsers import expat

LARGEST_DIRECTORY = 4 * 1024 * 1024
"""Bytes of a zip's directory; some 30,000 members with names of usual length."""
DEEPEST = 100
_CHUNK = 64 * 1024


class UnsafeXml(Exception):
    """An XML document that no honest program writes; `what` is `doctype`, `depth` or `elements`."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


def open_zip(source: BinaryIO | bytes, *, metadata_encoding: str | None = None) -> zipfile.ZipFile:
    """Open a zip archive for reading; see `zipfile.ZipFile`, which reads the whole directory of any size.

    Raises:
        zipfile.BadZipFile: when it is none, or its directory exceeds `LARGEST_DIRECTORY`.
        ValueError, OSError, NotImplementedError: when it is broken in other ways.
    """
    file = BytesIO(source) if isinstance(source, bytes) else source
    # What ZipFile itself asks: a reading of our own could be led to another end than the one that counts.
    end = zipfile._EndRecData(file)  # type: ignore[attr-defined]  # noqa: SLF001
    if end and end[zipfile._ECD_SIZE] > LARGEST_DIRECTORY:  # type: ignore[attr-defined]  # noqa: SLF001
        raise zipfile.BadZipFile("directory too large")
    file.seek(0)
    return zipfile.ZipFile(file, metadata_encoding=metadata_encoding)


def check_xml(source: BinaryIO | bytes, *, elements: int, depth: int = DEEPEST) -> int:
    """Read an XML document without building it; returns how many elements it has.

    Raises:
        UnsafeXml: for a document type (it could name entities that expand without end, or files), for elements within
            more than `depth` others, and for more than `elements` of them.
        expat.ExpatError: when it is no complete XML document.
        LookupError, ValueError: when its encoding is unknown or has several bytes a character.
    """
    stream = BytesIO(source) if isinstance(source, bytes) else source
    parser = expat.ParserCreate()
    open_now = count = 0

    def doctype(*_: object) -> None:
        raise UnsafeXml("doctype")

    def begin(*_: object) -> None:
        nonlocal open_now, count
        open_now, count = open_now + 1, count + 1
        if open_now > depth:
            raise UnsafeXml("depth")
        if count > elements:
            raise UnsafeXml("elements")

    def end(_: str) -> None:
        nonlocal open_now
        open_now -= 1

    parser.StartDoctypeDeclHandler, parser.StartElementHandler, parser.EndElementHandler = doctype, begin, end
    while chunk := stream.read(_CHUNK):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)
    return count

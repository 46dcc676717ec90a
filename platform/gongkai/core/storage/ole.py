"""OLE compound files ([MS-CFB]): the names at their top, which tell .doc, .xls and .ppt apart, and their streams."""

import struct
from collections.abc import Collection, Iterator, Sequence
from typing import BinaryIO

MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
_LAST_SECTOR = 0xFFFFFFFA
_ENTRY = 128
_SMALL_SECTOR = 64
# Directory sectors read at most: enough for thousands of embedded objects, and an end to circular chains.
_MAX_SECTORS = 4096


class BrokenContainer(Exception):
    """A compound file whose chains lead nowhere, in circles, or beyond its end."""


def root_names(file: BinaryIO) -> frozenset[str]:
    """Give the names of streams and storages directly under the root; empty where the file is damaged.

    Names of embedded objects deeper down do not count: a Word file holding a worksheet stays a Word file.
    """
    try:
        return frozenset(name for name, _ in _root_entries(_directory(file)))
    except (struct.error, IndexError, UnicodeDecodeError):
        return frozenset()


def read_streams(file: BinaryIO, names: Collection[str]) -> dict[str, bytes]:
    """The streams of these names directly under the root; names that are not there are absent.

    No stream is longer than the file, whatever its entry claims.

    Raises:
        BrokenContainer: when one cannot be read to its end.
    """
    try:
        directory = _directory(file)
        entries = {name: entry for name, entry in _root_entries(directory) if name in names}
        return dict(zip(entries, _contents(file, directory[:_ENTRY], list(entries.values())), strict=True))
    except (struct.error, IndexError, UnicodeDecodeError):
        raise BrokenContainer from None


def _contents(file: BinaryIO, root: bytes, entries: Sequence[bytes]) -> Iterator[bytes]:
    file.seek(0)
    header = file.read(512)
    (shift,) = struct.unpack_from("<H", header, 30)
    least, small_table = struct.unpack_from("<II", header, 56)
    large = _table(file, header, shift)
    small: tuple[bytes, Sequence[int]] | None = None
    for entry in entries:
        start, size = struct.unpack_from("<II", entry, 116)
        if size >= least:
            content = b"".join(_sector(file, sector, shift) for sector in _chain(start, large))
        else:
            small = small or _small(file, root, small_table, large, shift)
            stream, links = small
            at = (sector * _SMALL_SECTOR for sector in _chain(start, links)) if size else ()
            content = b"".join(stream[place : place + _SMALL_SECTOR] for place in at)
        if len(content) < size:
            raise BrokenContainer
        yield content[:size]


def _small(file: BinaryIO, root: bytes, first: int, large: Sequence[int], shift: int) -> tuple[bytes, Sequence[int]]:
    """The stream that the short streams share, and their links."""
    (start,) = struct.unpack_from("<I", root, 116)
    stream = b"".join(_sector(file, sector, shift) for sector in _chain(start, large))
    table = b"".join(_sector(file, sector, shift) for sector in _chain(first, large))
    return stream, struct.unpack(f"<{len(table) // 4}I", table)


def _chain(start: int, links: Sequence[int]) -> Iterator[int]:
    sector, left = start, len(links)
    while sector < _LAST_SECTOR:
        if left == 0:
            raise BrokenContainer
        left -= 1
        yield sector
        sector = links[sector]


def _table(file: BinaryIO, header: bytes, shift: int) -> list[int]:
    """Sector → the one that follows it, as far as the file reaches."""
    most = (file.seek(0, 2) >> shift) + 1
    links: list[int] = []
    for sector in _table_sectors(file, header, shift):
        if sector >= _LAST_SECTOR or len(links) >= most:
            break
        links += struct.unpack(f"<{(1 << shift) // 4}I", _sector(file, sector, shift))
    return links[:most]


def _root_entries(directory: bytes) -> Iterator[tuple[str, bytes]]:
    (child,) = struct.unpack_from("<I", directory, 76)
    todo, seen = [child], set()
    while todo:
        index = todo.pop()
        if index in seen or index >= len(directory) // _ENTRY:
            continue
        seen.add(index)
        entry = directory[index * _ENTRY : (index + 1) * _ENTRY]
        (length,) = struct.unpack_from("<H", entry, 64)
        yield entry[: max(0, min(length, 64) - 2)].decode("utf-16-le"), entry
        todo += struct.unpack_from("<II", entry, 68)  # the siblings on the left and on the right


def _directory(file: BinaryIO) -> bytes:
    file.seek(0)
    header = file.read(512)
    (shift,) = struct.unpack_from("<H", header, 30)
    if shift not in (9, 12):
        raise IndexError("sector size")
    (sector,) = struct.unpack_from("<I", header, 48)
    tables = _table_sectors(file, header, shift)
    per_sector = (1 << shift) // 4
    parts: list[bytes] = []
    while sector < _LAST_SECTOR and len(parts) < _MAX_SECTORS:
        parts.append(_sector(file, sector, shift))
        table = _sector(file, tables[sector // per_sector], shift)
        (sector,) = struct.unpack_from("<I", table, sector % per_sector * 4)
    return b"".join(parts)


def _table_sectors(file: BinaryIO, header: bytes, shift: int) -> list[int]:
    """Where the allocation table lies: 109 sectors in the header, further ones (above 7 MB) in a chain."""
    tables = list(struct.unpack_from("<109I", header, 76))
    (sector,) = struct.unpack_from("<I", header, 68)
    for _ in range(_MAX_SECTORS):
        if sector >= _LAST_SECTOR:
            break
        *more, sector = struct.unpack(f"<{(1 << shift) // 4}I", _sector(file, sector, shift))
        tables += more
    return tables


def _sector(file: BinaryIO, number: int, shift: int) -> bytes:
    if number >= _LAST_SECTOR:
        raise IndexError("sector number")
    file.seek((number + 1) << shift)
    return file.read(1 << shift)

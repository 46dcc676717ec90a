"""The names at the top of an OLE compound file ([MS-CFB]), which tell .doc, .xls and .ppt apart."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
_LAST_SECTOR = 0xFFFFFFFA
_ENTRY = 128
# Directory sectors read at most: enough for thousands of embedded objects, and an end to circular chains.
_MAX_SECTORS = 4096


def root_names(file: BinaryIO) -> frozenset[str]:
    """Give the names of streams and storages directly under the root; empty where the file is damaged.

    Names of embedded objects deeper down do not count: a Word file holding a worksheet stays a Word file.
    """
    try:
        return frozenset(_root_names(file))
    except (struct.error, IndexError, UnicodeDecodeError):
        return frozenset()


def _root_names(file: BinaryIO) -> Iterator[str]:
    directory = _directory(file)
    (child,) = struct.unpack_from("<I", directory, 76)
    todo, seen = [child], set()
    while todo:
        index = todo.pop()
        if index in seen or index >= len(directory) // _ENTRY:
            continue
        seen.add(index)
        start = index * _ENTRY
        (length,) = struct.unpack_from("<H", directory, start + 64)
        yield directory[start : start + max(0, min(length, 64) - 2)].decode("utf-16-le")
        todo += struct.unpack_from("<II", directory, start + 68)  # the siblings on the left and on the right


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

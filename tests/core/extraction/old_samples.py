"""Compound files as older programs write them, made small: Word 97 documents, Excel 97 workbooks ([MS-CFB] etc.)."""

import struct
from collections.abc import Mapping, Sequence

FREE, END, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
MAIN_COUNT = 8


def compound(streams: Mapping[str, bytes], *, least: int = 4096) -> bytes:
    """A compound file of version 3 with these streams at its top; those shorter than `least` share the small one."""
    small = b""
    links: list[int] = []
    placed: dict[str, tuple[int, int]] = {}
    for name, content in streams.items():
        if len(content) < least:
            placed[name] = (len(small) // 64 if content else END, len(content))
            count = -(-len(content) // 64)
            links += [*range(len(links) + 1, len(links) + count), END] if count else []
            small += content.ljust(count * 64, b"\0")
    sectors: list[bytes] = []
    chain: list[int] = []

    def keep(content: bytes) -> int:
        start, count = len(sectors), -(-len(content) // 512)
        sectors.extend(content[at : at + 512].ljust(512, b"\0") for at in range(0, len(content), 512))
        chain.extend([*range(start + 1, start + count), END] if count else [])
        return start if count else END

    for name, content in streams.items():
        if name not in placed:
            placed[name] = (keep(content), len(content))
    small_start = keep(small)
    small_table = keep(struct.pack(f"<{len(links)}I", *links).ljust(-(-len(links) // 128) * 512, b"\xff"))
    entries = [_entry("Root Entry", 5, child=1, start=small_start, size=len(small))]
    entries += [
        _entry(name, 2, right=index + 1 if index < len(placed) else FREE, start=start, size=size)
        for index, (name, (start, size)) in enumerate(placed.items(), 1)
    ]
    directory = keep(b"".join(entries))
    tables = -(-(len(sectors) + 1) // 127)
    first = len(sectors)
    chain += [TABLE] * tables
    packed = struct.pack(f"<{len(chain)}I", *chain).ljust(tables * 512, b"\xff")
    header = bytearray(512)
    header[:8] = bytes.fromhex("d0cf11e0a1b11ae1")
    struct.pack_into("<HHHH", header, 26, 3, 0xFFFE, 9, 6)
    struct.pack_into("<II", header, 44, tables, directory)
    struct.pack_into("<IIIII", header, 56, least, small_table, 1, END, 0)
    struct.pack_into("<109I", header, 76, *range(first, first + tables), *[FREE] * (109 - tables))
    return bytes(header) + b"".join(sectors) + packed


def _entry(name: str, kind: int, *, right: int = FREE, child: int = FREE, start: int, size: int) -> bytes:
    raw = name.encode("utf-16-le")
    head = raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw) + 2, kind, 1, FREE, right, child)
    return head.ljust(116, b"\0") + struct.pack("<IQ", start, size)


def word97(
    *pieces: str,
    counts: Sequence[int] = (),
    flags: int = 0x0200,
    version: int = 0xC1,
    places: Sequence[int] = (),
    ends: Sequence[int] = (),
) -> bytes:
    """A .doc of pieces; what Windows-1252 has is a byte a sign. `counts` are the lengths of the kinds of text."""
    main = bytearray(1536)
    stored: list[int] = []
    for piece in pieces:
        narrow = piece.isascii()
        stored.append(len(main) * 2 | 0x40000000 if narrow else len(main))
        main += piece.encode("cp1252" if narrow else "utf-16-le")
    struct.pack_into("<HH", main, 0, 0xA5EC, version)
    struct.pack_into("<H", main, 10, flags)
    counts = counts or [sum(map(len, pieces))]
    struct.pack_into("<8i", main, 0x4C, *counts, *[0] * (MAIN_COUNT - len(counts)))
    marks = list(ends) or [sum(map(len, pieces[:number])) for number in range(len(pieces) + 1)]
    table = struct.pack(f"<{len(marks)}I", *marks)
    table += b"".join(struct.pack("<HIH", 0, place, 0) for place in places or stored)
    # Quick saving leaves modifiers before the table of pieces.
    clx = b"\x01\x02\x00ab" + b"\x02" + struct.pack("<I", len(table)) + table
    struct.pack_into("<II", main, 0x1A2, 16, len(clx))
    return compound({"WordDocument": bytes(main), "1Table": bytes(16) + clx})


def record(kind: int, content: bytes = b"") -> bytes:
    """A record of a workbook."""
    return struct.pack("<HH", kind, len(content)) + content


def string(text: str, length: str = "<H") -> bytes:
    """A string as cells and formats have it."""
    return struct.pack(length, len(text)) + b"\x01" + text.encode("utf-16-le")


BEGIN_BOOK = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
BEGIN_SHEET = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
END_RECORD = record(0x0A)


def excel97(
    sheets: Mapping[str, bytes],
    *,
    hidden: Sequence[str] = (),
    shared: bytes = b"",
    before: bytes = b"",
    start: int | None = None,
) -> bytes:
    """An .xls of sheets given as their records; `shared` are the records of the shared strings.

    Cells of style 1 are dates, those of style 2 dates by a format of the file itself.
    """
    styles = record(0x41E, struct.pack("<H", 164) + string('yyyy"年"m"月"'))
    styles += b"".join(record(0xE0, struct.pack("<HH", 0, key).ljust(20, b"\0")) for key in (0, 14, 164))
    names = [string(name, "<B") for name in sheets]
    head = len(BEGIN_BOOK + before + styles + shared + END_RECORD) + sum(10 + len(name) for name in names)
    listed, body = b"", b""
    for name, (title, cells) in zip(names, sheets.items(), strict=True):
        place = head + len(body) if start is None else start
        listed += record(0x85, struct.pack("<IBB", place, title in hidden, 0) + name)
        body += BEGIN_SHEET + cells + END_RECORD
    return compound({"Workbook": BEGIN_BOOK + before + styles + shared + listed + END_RECORD + body})


def number(row: int, column: int, value: float, style: int = 0) -> bytes:
    """A cell with a number."""
    return record(0x203, struct.pack("<HHHd", row, column, style, value))


def shared_cell(row: int, column: int, index: int) -> bytes:
    """A cell with one of the shared strings."""
    return record(0xFD, struct.pack("<HHHI", row, column, 0, index))


def note(text: str, kind: int = 0x19) -> bytes:
    """A comment, or another object with text."""
    made = record(0x5D, struct.pack("<HHHH", 0x15, 0x12, kind, 1).ljust(26, b"\0"))
    made += record(0x1B6, struct.pack("<HH6xHHI", 0, 0, len(text), 16, 0))
    return made + record(0x3C, b"\x01" + text.encode("utf-16-le")) + record(0x3C, bytes(16))

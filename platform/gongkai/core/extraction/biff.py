"""Records and strings of Excel 97-2003 workbooks ([MS-XLS] 2.1.4, 2.5.293 f.); part of the child process."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_CONTINUE = 0x3C
_WIDE, _EXTENDED, _RICH = 1, 4, 8


@dataclass(slots=True)
class Record:
    """A record of a kind; `parts` are its own bytes and those of the records that continue it."""

    kind: int
    parts: list[bytes] = field(default_factory=list)

    def unpack(self, form: str, at: int = 0) -> tuple[int, ...]:
        """Numbers of the first part, in the manner of `struct`.

        Raises:
            struct.error: when it is too short.
        """
        return struct.unpack_from(form, self.parts[0], at)


def records(data: bytes, at: int) -> Iterator[Record]:
    """The records from a place to the end of the stream.

    Raises:
        struct.error: when the last one is cut off.
    """
    record: Record | None = None
    while at < len(data):
        kind, length = struct.unpack_from("<HH", data, at)
        content = data[at + 4 : at + 4 + length]
        if len(content) < length:
            raise struct.error("cut off")
        at += 4 + length
        if kind == _CONTINUE and record is not None:
            record.parts.append(content)
            continue
        if record is not None:
            yield record
        record = Record(kind, [content])
    if record is not None:
        yield record


class Strings:
    """Reads one string after the other out of a record and those that continue it."""

    def __init__(self, parts: Sequence[bytes], at: int = 0) -> None:
        self._parts = parts
        self._number = 0
        self._at = at

    @property
    def is_at_end(self) -> bool:
        """Whether there is nothing left."""
        return self._number == len(self._parts) - 1 and self._at >= len(self._parts[-1])

    def text(self, length: str = "<H") -> str:
        """A string with its length before it, which has the form `length`; its formats and readings are left out.

        Raises:
            struct.error, IndexError: when it is cut off.
        """
        (count,) = struct.unpack(length, self._raw(struct.calcsize(length)))
        flags = self._raw(1)[0]
        runs = struct.unpack("<H", self._raw(2))[0] if flags & _RICH else 0
        extension = struct.unpack("<I", self._raw(4))[0] if flags & _EXTENDED else 0
        said = self.signs(count, wide=bool(flags & _WIDE))
        self._skip(4 * runs + extension)
        return said

    def signs(self, count: int, *, wide: bool) -> str:
        """So many signs; where a record continues them, it says anew how wide they are.

        Raises:
            IndexError: when they are cut off.
        """
        pieces: list[str] = []
        while count:
            part = self._parts[self._number]
            width = 2 if wide else 1
            taken = min(count, (len(part) - self._at) // width)
            raw = part[self._at : self._at + taken * width]
            pieces.append(raw.decode("utf-16-le" if wide else "latin-1", "replace"))
            self._at += len(raw)
            count -= taken
            if count:
                self._number, self._at = self._number + 1, 1
                wide = bool(self._parts[self._number][0] & _WIDE)
        return "".join(pieces)

    def _raw(self, count: int) -> bytes:
        self._turn()
        raw = self._parts[self._number][self._at : self._at + count]
        self._at += count
        if len(raw) < count:
            raise IndexError("cut off")
        return raw

    def _skip(self, count: int) -> None:
        while count:
            self._turn()
            taken = min(count, len(self._parts[self._number]) - self._at)
            self._at += taken
            count -= taken

    def _turn(self) -> None:
        while self._at >= len(self._parts[self._number]):
            self._number, self._at = self._number + 1, 0

"""The shared strings of a workbook, the long ones out of memory."""

import tempfile
import weakref

_LONG = 256
_SPOOL_BYTES = 16 * 1024**2


class SharedStrings:
    """Strings by index. Those over 256 characters go to a temporary file once they exceed 16 MB together.

    Excel keeps all texts of a workbook in this one table, which a streaming reader still needs as a whole.
    """

    def __init__(self) -> None:
        self._items: list[str | tuple[int, int]] = []
        self._spool = tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES)  # noqa: SIM115 - lives with the table
        weakref.finalize(self, self._spool.close)
        self._end = 0

    def append(self, text: str) -> None:
        """Add the next string."""
        if len(text) <= _LONG:
            self._items.append(text)
            return
        raw = text.encode()
        self._spool.seek(self._end)
        self._spool.write(raw)
        self._items.append((self._end, len(raw)))
        self._end += len(raw)

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: int) -> str:
        """Give a string; raises `IndexError`."""
        if index < 0:
            raise IndexError(index)
        item = self._items[index]
        if isinstance(item, str):
            return item
        start, length = item
        self._spool.seek(start)
        return self._spool.read(length).decode()

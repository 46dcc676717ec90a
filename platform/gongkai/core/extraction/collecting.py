"""What the readers fill: texts by place, with a limit on their sum; part of the child process."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from gongkai.core.extraction.reasons import LIMIT, Unreadable

_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


@dataclass(slots=True)
class Budget:
    """What one file may use up. `members` and `unpacked_bytes` count over all archives of the file."""

    characters: int
    unpacked_bytes: int
    members: int
    ratio: int

    def unpack(self, size: int, packed: int) -> None:
        """Count a member of an archive before it is read.

        Raises:
            Unreadable: when it exceeds what is left, or is packed as only a bomb is.
        """
        self.members -= 1
        self.unpacked_bytes -= size
        bomb = size > 10 * 1024**2 and size > packed * self.ratio
        if bomb or self.members < 0 or self.unpacked_bytes < 0:
            raise Unreadable(LIMIT)


@dataclass(slots=True)
class Collected:
    """Texts found so far: `parts` are (file, place, text), `unread` (file, reason); `file` is empty for the whole."""

    budget: Budget
    parts: list[tuple[str, str, str]] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)

    def add(self, file: str, place: str, text: str) -> None:
        """Keep the text of a place, if there is any.

        Raises:
            Unreadable: when the texts together exceed the budget; what fits is kept.
        """
        text = _UNSTORABLE.sub("", text).strip()
        kept = text[: self.budget.characters]
        self.budget.characters -= len(kept)
        if kept:
            self.parts.append((file, place, kept))
        if len(kept) < len(text):
            raise Unreadable(LIMIT)

    def add_lines(self, file: str, place: str, lines: Iterable[str]) -> None:
        """Keep lines as `add` does, taking no more of them than fit: a small file can repeat one line for ever.

        Raises:
            Unreadable: as `add`.
        """
        taken: list[str] = []
        left = self.budget.characters
        for line in lines:
            taken.append(line)
            left -= len(line) + 1
            if left < -1:
                break
        self.add(file, place, "\n".join(taken))

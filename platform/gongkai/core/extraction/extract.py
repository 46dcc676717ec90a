"""Text extraction: `extract` gives the text of a file by place, or why there is none."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from gongkai.core.extraction.process import DEFAULT, Limits, run_confined
from gongkai.core.extraction.reasons import DAMAGED, Unreadable

_CHILD = "gongkai.core.extraction.child"


@dataclass(frozen=True, slots=True)
class Part:
    """Text of one place: `file` within an archive （empty otherwise）, `place` a page or sheet （empty: the text）."""

    file: str
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be read, and why in Chinese; `file` is empty when it is the file itself."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Extraction:
    """Texts of a file in its own order, and what of it could not be read: both may be there."""

    parts: Sequence[Part] = ()
    unread: Sequence[Unread] = ()

    @property
    def text(self) -> str:
        """All texts, a line break between them."""
        return "\n".join(part.text for part in self.parts)


def extract(stream: BinaryIO, *, limits: Limits = DEFAULT) -> Extraction:
    """Read a file （`child.READERS`, or a zip of these）, told by its content, in a child process.

    The child gets neither environment nor network addresses of the application, and is killed at its limits. A file
    that cannot be read is a result, never an error.
    """
    try:
        found = json.loads(run_confined(_CHILD, stream, limits=limits, options={}))
    except Unreadable as refusal:
        return Extraction(unread=(Unread("", refusal.reason),))
    except ValueError:
        return Extraction(unread=(Unread("", DAMAGED),))
    return Extraction(
        tuple(Part(*part) for part in found["parts"]), tuple(Unread(*unread) for unread in found["unread"])
    )

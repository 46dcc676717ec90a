"""`mask_file`: a copy of a list of persons with numbers, and names if wanted, hidden."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from gongkai.core.extraction.process import DEFAULT, Limits, run_confined
from gongkai.core.extraction.reasons import Unreadable

_CHILD = "gongkai.core.masking.child"
EXTENSIONS = frozenset({"xlsx", "docx", "csv", "txt"})


@dataclass(frozen=True, slots=True)
class MaskedFile:
    """The bytes of the copy, and how many of each kind （`core.text.masking.LABELS`） were hidden in it."""

    data: bytes
    counts: Mapping[str, int]


def mask_file(stream: BinaryIO, *, names: bool, limits: Limits = DEFAULT) -> MaskedFile:
    """Mask an .xlsx, .docx or text with or without cells, in a child process as text is extracted.

    A workbook keeps sheets, formats, widths and merged cells; formulas become values, comments and pictures go.

    Raises:
        Unreadable: when the file cannot be read, or a number in it cannot be hidden, with the reason in Chinese.
    """
    head, _, data = run_confined(_CHILD, stream, limits=limits, options={"names": names}).partition(b"\n")
    answer = json.loads(head)
    if "reason" in answer:
        raise Unreadable(answer["reason"])
    return MaskedFile(data, answer["counts"])

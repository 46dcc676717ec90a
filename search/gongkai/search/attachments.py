"""Texts of attachments as search sees them: passages that say in which file, and where in it, they stand."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypedDict

from sqlalchemy import select, tuple_

from gongkai.core.text.folding import fold
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.terms.models import ExtractedText

LONGEST_PASSAGE, OVERLAP = 1_500, 40
"""Characters of a passage, and of what it repeats of the one before, so that no word is cut in two for good."""
MOST_CHARACTERS = 100_000
"""Characters of all attachments of an item that are searched, in the order of the files."""
UNSEEN = ("隐藏的", "批注")
"""Beginnings of places that a reader of the file does not see as its text."""

Parts = Mapping[tuple[int, str], Sequence[Mapping[str, str]]]


class Passage(TypedDict):
    """A row of `search_passage` without its item; `file` is an attachment's name, `place` in words or empty."""

    number: int
    file: str
    place: str
    text: str
    text_folded: str


def read_parts(uow: UnitOfWork, files: Collection[tuple[int, str]]) -> Parts:
    """What was read of these files, (unit, digest) → parts; files that nobody has read yet are absent."""
    if not files:
        return {}
    key = tuple_(ExtractedText.tenant_id, ExtractedText.digest)
    rows = uow.session.execute(
        select(ExtractedText.tenant_id, ExtractedText.digest, ExtractedText.parts).where(key.in_(files))
    )
    return {(row.tenant_id, row.digest): row.parts for row in rows}


def passages_of(files: Iterable[tuple[str, Sequence[Mapping[str, str]]]]) -> list[Passage]:
    """Passages of files, each given by its name and its parts, in their order."""
    found: list[Passage] = []
    left = MOST_CHARACTERS
    for name, parts in files:
        for part in parts:
            if part["place"].startswith(UNSEEN):
                continue
            text = part["text"][:left]
            left -= len(text)
            for start in range(0, max(len(text) - OVERLAP, 1) if text else 0, LONGEST_PASSAGE - OVERLAP):
                found.append(_passage(len(found), name, part, text[start : start + LONGEST_PASSAGE]))
    return found


def _passage(number: int, name: str, part: Mapping[str, str], text: str) -> Passage:
    inside = f"其中的“{part['file']}”" if part["file"] else ""
    place = "，".join(filter(None, (inside, part["place"])))
    return Passage(number=number, file=name, place=place, text=text, text_folded=fold(text))


def rows_of(item_id: int, passages: Sequence[Passage]) -> list[dict[str, Any]]:
    """Rows of `search_passage`."""
    return [{"item_id": item_id, **passage} for passage in passages]

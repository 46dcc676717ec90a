"""A revision beside the published version: which metadata changed, and how the text did, paragraph by paragraph."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any

from gongkai.core.db import AnyRow
from gongkai.core.richtext.plain import to_text
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.access import get_item
from gongkai.publishing.models import MODES, ORIGINS, VALIDITIES, Item
from gongkai.publishing.queries import attachments, published_text
from gongkai.publishing.schemas import FIELD_LABELS, OPTIONAL_KEYS

COMPARED = (
    "title", "document_number", "issuing_agency", "formed_date", "effective_date", "display_until", "summary",
    "subject_class", "genre_class", "disclosure_mode", "origin", "is_reprint", "responsible_unit",
)  # fmt: skip
_WORDS = {"disclosure_mode": MODES, "origin": ORIGINS, "validity": VALIDITIES}
LONGEST_EQUAL_RUN = 4
MOST_PARAGRAPHS = 1500
"""Beyond this the texts are shown beside each other without marks: matching is quadratic."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A place in both texts; `change` is `same`, `changed`, `added`, `removed`, or `skipped` for a run of equal ones,
    whose number is `before`."""

    before: str
    after: str
    change: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a revision changes: (label, before, after) of metadata, the paragraphs, and files by name."""

    metadata: Sequence[tuple[str, str, str]]
    paragraphs: Sequence[Paragraph]
    files_added: Sequence[str]
    files_removed: Sequence[str]

    @property
    def text_changes(self) -> int:
        """How many paragraphs differ."""
        return sum(paragraph.change != "same" for paragraph in self.paragraphs)

    @property
    def shown(self) -> Sequence[Paragraph]:
        """The paragraphs with long equal runs folded."""
        return _folded(self.paragraphs)


def _folded(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Each long run of equal paragraphs as its first, its last, and how many lie between."""
    found: list[Paragraph] = []
    for change, group in groupby(paragraphs, key=lambda paragraph: paragraph.change):
        run = list(group)
        if change == "same" and len(run) > LONGEST_EQUAL_RUN:
            run = [run[0], Paragraph(str(len(run) - 2), "", "skipped"), run[-1]]
        found += run
    return found


def compare_revision(uow: UnitOfWork, *, revision: Item) -> Comparison:
    """A revision and the published item that it revises.

    Raises:
        NotFound: when it revises none of this unit's.
    """
    published = get_item(uow, tenant_id=revision.tenant_id, item_id=revision.revises_id or 0)
    old_text = published_text(uow, tenant_id=revision.tenant_id, version_id=published.current_version_id)
    before = attachments(uow, tenant_id=revision.tenant_id, item_id=published.id)
    after = attachments(uow, tenant_id=revision.tenant_id, item_id=revision.id)
    return Comparison(
        metadata=_metadata(published, revision),
        paragraphs=compare_texts(to_text(old_text), to_text(revision.body_html)),
        files_added=_only_in(after, before),
        files_removed=_only_in(before, after),
    )


def compare_texts(before: str, after: str) -> list[Paragraph]:
    """Two texts side by side, a line each paragraph."""
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > MOST_PARAGRAPHS:
        return _beside(old, new)
    found: list[Paragraph] = []
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [Paragraph(line, line, "same") for line in old[old_from:old_to]]
        else:
            found += _beside(old[old_from:old_to], new[new_from:new_to])
    return found


def _beside(old: Sequence[str], new: Sequence[str]) -> list[Paragraph]:
    found = []
    for place in range(max(len(old), len(new))):
        before = old[place] if place < len(old) else None
        after = new[place] if place < len(new) else None
        if before is None:
            change = "added"
        elif after is None:
            change = "removed"
        else:
            change = "same" if before == after else "changed"
        found.append(Paragraph(before or "", after or "", change))
    return found


def _metadata(published: Item, revision: Item) -> list[tuple[str, str, str]]:
    pairs = [(name, getattr(published, name), getattr(revision, name)) for name in COMPARED]
    pairs += [(key, published.optional.get(key), revision.optional.get(key)) for key in OPTIONAL_KEYS]
    return [
        (FIELD_LABELS[name], _words(name, before), _words(name, after))
        for name, before, after in pairs
        if (before or "") != (after or "")
    ]


def _words(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if value is None or value == "":
        return "（空）"
    return _WORDS.get(name, {}).get(value, str(value))


def _only_in(files: Sequence[AnyRow], others: Sequence[AnyRow]) -> list[str]:
    known = {(other.filename, other.digest) for other in others}
    return [file.filename for file in files if (file.filename, file.digest) not in known]

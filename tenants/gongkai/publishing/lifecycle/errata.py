"""Whether what is called an erratum is one: it changes little, and none of what rights and limits depend on."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from gongkai.publishing.compare import compare_texts
from gongkai.publishing.models import Item
from gongkai.publishing.schemas import FIELD_LABELS, ItemForm

FREE_CHARACTERS = 20
"""So many characters may change in the shortest text."""
MOST_PERCENT = 5
"""Beyond this share of the text an erratum is taken for a change of content."""
_COMPARED_CHARACTERS = 2000
"""Longer paragraphs that differ count as a whole: matching is quadratic."""
WEIGHTY = ("document_number", "formed_date", "effective_date", "display_until", "disclosure_mode", "column_id")
WEIGHTY_OPTIONAL = ("validity_period", "disclosure_time_limit")


def too_large(before: Item, form: ItemForm, *, old_text: str, new_text: str, files_differ: bool) -> str:
    """What makes a change more than an erratum, in words; empty when it is small.

    `before` is the published item, the texts are without mark-up.
    """
    parts = [f"{'、'.join(fields)}有改动"] if (fields := _weighty(before, form)) else []
    changed, whole = changed_characters(old_text, new_text), max(len(old_text), len(new_text))
    if changed > max(FREE_CHARACTERS, whole * MOST_PERCENT // 100):
        parts.append(f"正文改动约{max(1, 100 * changed // whole)}%")
    if files_differ:
        parts.append("附件有增减或替换")
    return "，".join(parts)


def changed_characters(old: str, new: str) -> int:
    """How many characters differ between two texts: of each place the longer side."""
    pairs = [(part.before, part.after) for part in compare_texts(old, new) if part.change != "same"]
    return sum(_differing(before, after) for before, after in pairs)


def _differing(before: str, after: str) -> int:
    if max(len(before), len(after)) > _COMPARED_CHARACTERS:
        return max(len(before), len(after))
    return sum(
        max(old_to - old_from, new_to - new_from)
        for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, before, after, False).get_opcodes()
        if tag != "equal"
    )


def _weighty(before: Item, form: ItemForm) -> Sequence[str]:
    found = [FIELD_LABELS[name] for name in WEIGHTY if _value(before, name) != getattr(form, name)]
    return found + [
        FIELD_LABELS[key]
        for key in WEIGHTY_OPTIONAL
        if (before.optional.get(key) or "") != (form.optional.get(key) or "")
    ]


def _value(before: Item, name: str) -> object:
    return (
        (before.document_number_original or before.document_number)
        if name == "document_number"
        else getattr(before, name)
    )

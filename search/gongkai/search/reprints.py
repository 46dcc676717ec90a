"""Reprints of one document fold into one result: the issuing agency's own where it is there, else the first."""

from collections.abc import Sequence
from dataclasses import replace

from gongkai.search.ranking import Candidate, Ranked

LONG_ENOUGH = 200
"""Characters of a text that two papers without a number do not share by chance."""


def fold_reprints(ranked: Sequence[Ranked]) -> list[Ranked]:
    """One entry for each document, at the place of its first copy, with the item ids of the others.

    Copies are papers of different units with one whole document number and title, or with one title and long text.
    """
    groups: dict[tuple[object, ...], list[Ranked]] = {}
    for entry in ranked:
        groups.setdefault(_identity(entry.candidate), []).append(entry)
    copies = {group[0].candidate.item_id: group for group in groups.values() if _of_several(group)}
    hidden = {entry.candidate.item_id for group in copies.values() for entry in group[1:]}
    return [
        _folded(copies[entry.candidate.item_id]) if entry.candidate.item_id in copies else entry
        for entry in ranked
        if entry.candidate.item_id not in hidden
    ]


def _of_several(group: Sequence[Ranked]) -> bool:
    return len({entry.candidate.unit for entry in group}) == len(group) > 1


def _folded(entries: Sequence[Ranked]) -> Ranked:
    shown = next((entry for entry in entries if entry.candidate.own), entries[0])
    return replace(shown, reprints=tuple(e.candidate.item_id for e in entries if e is not shown))


def _identity(candidate: Candidate) -> tuple[object, ...]:
    if candidate.number:
        return ("number", candidate.number, candidate.title)
    if len(candidate.text) >= LONG_ENOUGH:
        return ("text", candidate.title, candidate.text)
    return ("item", candidate.item_id)

"""What is suggested for what has been typed so far."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gongkai.core.db import AnyRow
from gongkai.core.text.folding import HAN
from gongkai.core.uow import UnitOfWork
from gongkai.search.rarity import frequencies
from gongkai.search.suggestions.phrases import Phrase, phrasebook_of
from gongkai.search.suggestions.queries import titles_beginning_with
from gongkai.search.suggestions.starts import LONGEST, LONGEST_SOUND, key_of, sound_of
from gongkai.search.terms import terms_of

MOST, MOST_AGENCIES, MOST_TERMS = 8, 3, 3
BEGINNINGS, EACH = 40, 2
SHORTEST_LATIN = 2
SHORTEST_SOUND = 4
_HAN = re.compile(f"[{HAN}]")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text to search for; an agency has its code, a title its item."""

    kind: Literal["agency", "term", "title"]
    text: str
    unit_code: str = ""
    item_id: int | None = None


def suggest(uow: UnitOfWork, typed: str) -> list[Suggestion]:
    """Up to `MOST` suggestions: agencies, then terms that something published has, then titles, the newest first.

    What is typed in Chinese and begins nothing is looked for by its sound. Nothing is suggested for a single letter,
    nor for what is longer than the keys.
    """
    if len(typed) > 2 * LONGEST_SOUND:
        return []
    key = key_of(typed)
    written = _HAN.search(key) is not None
    if len(key) > (LONGEST if written else LONGEST_SOUND) or (not written and len(key) < SHORTEST_LATIN):
        return []
    found = _beginning_with(uow, key)
    if not found and written and len(sound := sound_of(typed)) >= SHORTEST_SOUND:
        found = _beginning_with(uow, sound[:LONGEST_SOUND])
    return found


def _beginning_with(uow: UnitOfWork, key: str) -> list[Suggestion]:
    phrases = phrasebook_of(uow).beginning_with(key)
    agencies = [phrase for phrase in phrases if phrase.unit_code][:MOST_AGENCIES]
    terms = _published(uow, [phrase for phrase in phrases if not phrase.unit_code])[:MOST_TERMS]
    found = [Suggestion("agency", phrase.text, unit_code=phrase.unit_code) for phrase in agencies]
    found += [Suggestion("term", phrase.text) for phrase in terms]
    titles = _each_once(titles_beginning_with(uow, key=key, most=BEGINNINGS, each=EACH), key)
    found += [Suggestion("title", row.title, item_id=row.item_id) for row in titles]
    return found[:MOST]


def _published(uow: UnitOfWork, phrases: Sequence[Phrase]) -> list[Phrase]:
    """Those of the terms whose every pair of characters some document has."""
    pairs = {phrase: set(terms_of(key_of(phrase.text))) for phrase in phrases[: 4 * MOST_TERMS]}
    if not pairs:
        return []
    known = frequencies(uow, set().union(*pairs.values()))
    return [phrase for phrase, needed in pairs.items() if needed <= known.keys()]


def _each_once(rows: Sequence[AnyRow], key: str) -> list[AnyRow]:
    """Titles that begin with what was typed before others, the newest first, no title twice."""
    rows = sorted(rows, key=lambda row: (key_of(row.title).startswith(key), row.published_at), reverse=True)
    return list({row.title_folded: row for row in reversed(rows)}.values())[::-1]

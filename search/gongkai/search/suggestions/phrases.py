"""Names of agencies and terms that are suggested, sorted by what they begin with.

Each process keeps them until a name or the office's list of words changes: they are made anew with the lexicon.
"""

import re
import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Any

from sqlalchemy import text

from gongkai.core.text.folding import fold
from gongkai.core.text.pinyin import pinyin_key
from gongkai.core.uow import UnitOfWork
from gongkai.search.lexicon import Lexicon, built_in, word_lines
from gongkai.search.names import split_name
from gongkai.search.suggestions.starts import LONGEST, LONGEST_SOUND, key_of
from gongkai.search.vocabulary import lexicon_of, office_lines

MOST_READ = 400
"""Phrases of one beginning that are looked at."""
_SHARE = re.compile(r"\s\*\S+\s*$")
_SIGN = re.compile(r"\s[=<>]\s")
_UNITS = text("SELECT code, official_name, short_name, aliases FROM tenant WHERE status = 'active' ORDER BY path, id")
_KEPT: dict[str, tuple[Lexicon, "Phrasebook"]] = {}
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Phrase:
    """An agency （with its code） or a term; `order` among those of its kind."""

    text: str
    order: int
    unit_code: str = ""


class Phrasebook:
    """Phrases by their keys."""

    def __init__(self, phrases: Iterable[tuple[str, Phrase]]) -> None:
        self._entries = sorted(phrases, key=lambda entry: entry[0])

    def beginning_with(self, key: str) -> list[Phrase]:
        """The phrases with a key that begins with `key`, each once: agencies in official order, terms by length."""
        entries = islice(self._entries, bisect_left(self._entries, key, key=lambda entry: entry[0]), None)
        found = takewhile(lambda entry: entry[0].startswith(key), islice(entries, MOST_READ))
        return sorted({phrase for _, phrase in found}, key=lambda phrase: (phrase.order, phrase.text))


def phrasebook_of(uow: UnitOfWork) -> Phrasebook:
    """The phrases in effect."""
    lexicon = lexicon_of(uow)
    with _LOCK:
        known = _KEPT.get("phrases")
    if known is None or known[0] is not lexicon:
        lines = [*word_lines("thesaurus"), *office_lines(uow)]
        units = uow.session.execute(_UNITS).all()
        known = (lexicon, Phrasebook([*_agencies(units), *_terms(lines)]))
        with _LOCK:
            _KEPT["phrases"] = known
    return known[1]


def _agencies(units: Iterable[Any]) -> Iterator[tuple[str, Phrase]]:
    """Keys of every name of each unit, with and without its place."""
    for order, unit in enumerate(units):
        phrase = Phrase(unit.official_name, order, unit.code)
        for name in {unit.official_name, unit.short_name, *unit.aliases} - {""}:
            chain, _ = split_name(fold(name))
            for key in _keys(name, {0, len("".join(chain))}):
                yield key, phrase


def _terms(lines: Iterable[str]) -> Iterator[tuple[str, Phrase]]:
    plain = built_in()
    for word in dict.fromkeys(word for line in lines for word in _words_of(line)):
        folded = fold(word)
        if len(word) > 1 and folded not in plain.fillers:
            for key in _keys(word, {0}):
                yield key, Phrase(word, len(word))


def _words_of(line: str) -> list[str]:
    """The words of a line of a list, as written."""
    return [] if line.startswith("#") else _SIGN.sub(" ", _SHARE.sub("", line)).split()


def _keys(name: str, places: set[int]) -> set[str]:
    """Keys of a name from these places on: characters, pinyin, initials."""
    syllables = pinyin_key(name).split(" ")
    found = set()
    for at in places:
        found.add(key_of(name[at:])[:LONGEST])
        # Names of agencies and terms are Chinese throughout, but for a few with letters: those are found whole.
        if len(syllables) == len(name):
            found.add("".join(syllables[at:])[:LONGEST_SOUND])
            found.add("".join(syllable[0] for syllable in syllables[at:])[:LONGEST])
    return found - {""}

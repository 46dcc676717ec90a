"""Under which beginnings a title or a name is suggested.

A title is found by its first characters, by what follows 关于, a year or a bracket, and by each official term in it;
each of these as characters, as pinyin and as initials. Traditional script and widths are folded as in the index.
"""

import re
from functools import cache

from gongkai.core.text.folding import HAN, fold
from gongkai.core.text.pinyin import initials, pinyin_key
from gongkai.search.lexicon import built_in

LONGEST = 24
"""Characters of a key; who has typed more needs no suggestions."""
LONGEST_SOUND = 40
"""Letters of a key in pinyin."""
MOST_STARTS = 8
SHORTEST_REST = 3
SOUNDED = 10
"""Characters whose pinyin is written out; of twice as many the initials are."""
_LONGEST_TERM = 8
_OPENING = re.compile(r"(?:^|[\W_]|关于|印发|转发|发布|公布|[0-9]{4}年度?)(?=[^\W_])")
_HAN = re.compile(f"[{HAN}]")


def key_of(text: str) -> str:
    """What is compared of a text: folded, letters, digits and Chinese characters only."""
    return "".join(filter(str.isalnum, fold(text)))


def sound_of(text: str) -> str:
    """Pinyin without breaks; empty for a text without Chinese characters."""
    return key_of(pinyin_key(text)) if _HAN.search(text) else ""


def keys_of_start(text: str) -> set[str]:
    """The keys under which a text is found from its beginning."""
    found = {key_of(text)[:LONGEST], sound_of(text[:SOUNDED])[:LONGEST_SOUND]}
    if _HAN.search(text):
        found.add(key_of(initials(text[: 2 * SOUNDED]))[:LONGEST])
    return found - {""}


def keys_of_title(title: str) -> set[str]:
    """The keys of a title, of its first `MOST_STARTS` beginnings."""
    folded = fold(title)
    openings = {match.end() for match in _OPENING.finditer(folded)}
    places = sorted(openings | _terms_in(folded))
    places = [at for at in places if len(folded) - at >= SHORTEST_REST] or places[:1]
    return {key for at in places[:MOST_STARTS] for key in keys_of_start(title[at:])}


def _terms_in(folded: str) -> set[int]:
    """Where official terms begin, the longest one first and none inside another."""
    found, at, terms = set(), 0, _terms()
    while at < len(folded):
        length = next((n for n in range(_LONGEST_TERM, 1, -1) if folded[at : at + n] in terms), 0)
        if length:
            found.add(at)
        at += length or 1
    return found


@cache
def _terms() -> frozenset[str]:
    known = built_in()
    return frozenset(known.synonyms.keys() | known.terms) - known.genres - known.fillers

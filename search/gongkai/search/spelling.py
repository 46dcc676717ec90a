"""Misspelt words: characters that no document has beside their neighbours, and the ones that sound or look like them.

Nothing is stored for it. The homophones of a character are asked for in the counts of terms: a character is put right
only where the pairs it then makes stand in titles, or in official terms, and those it was typed in stand nowhere.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pypinyin.constants import PINYIN_DICT

from gongkai.core.text.folding import HAN, fold
from gongkai.core.uow import UnitOfWork
from gongkai.search.lexicon import built_in
from gongkai.search.query import ParsedQuery
from gongkai.search.rarity import Rarity, frequencies
from gongkai.search.terms import TITLE

MOST_CHARACTERS = 4
"""Characters of one query that are put right at most."""
RARE = 5_000
"""A pair that one document in so many has may be a slip of the pen itself."""
MOST_HOMOPHONES = 60
_RUN = re.compile(f"[{HAN}]{{2,}}")
_SOUND, _LOOK, _NEARLY = 1.0, 0.9, 0.5
_FUZZY = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"), ("l", "n"))


@dataclass(frozen=True, slots=True)
class _Slip:
    """A character of the folded query that fits neither neighbour, and the pairs it stands in.

    `starts` and `ends`: whether another word may begin right behind it, or end right before it.
    """

    at: int
    before: str
    after: str
    starts: bool = True
    ends: bool = True


def corrected(uow: UnitOfWork, parsed: ParsedQuery, rarity: Rarity) -> str | None:
    """The query as it was probably meant, or None where nothing is put right."""
    folded, text = parsed.folded, list(parsed.text)
    slips = list(_slips(parsed, rarity))[: MOST_CHARACTERS * 2]
    if not slips:
        return None
    pairs = {pair for slip in slips for sign in alike(folded[slip.at]) for pair in _pairs(slip, sign)}
    known = frequencies(uow, [*pairs, *(TITLE + pair for pair in pairs)])
    changed: set[int] = set()
    for slip in slips:
        if {slip.at - 1, slip.at + 1} & changed or len(changed) >= MOST_CHARACTERS:
            continue
        best = max((_fit(slip, sign, likeness, known), sign) for sign, likeness in alike(folded[slip.at]).items())
        if best[0] > 0:
            text[slip.at] = best[1]
            changed.add(slip.at)
    return "".join(text) if changed else None


def _slips(parsed: ParsedQuery, rarity: Rarity) -> Iterator[_Slip]:
    """Characters of what no list knows whose every pair is rare, those inside a misspelt stretch before its edges."""
    folded, few = parsed.folded, rarity.every // RARE
    fillers = built_in().fillers

    def is_known(pair: str) -> bool:
        return rarity.known.get(pair, 0) > few or pair in _official_pairs()

    found = []
    for part in parsed.parts:
        for run in _RUN.finditer(folded, part.start, part.end) if part.kind == "plain" else ():
            for at in range(run.start(), run.end()):
                before = folded[at - 1 : at + 1] if at > run.start() else ""
                after = folded[at : at + 2] if at + 1 < run.end() else ""
                strange = [not is_known(pair) and not fillers & {*pair} for pair in (before, after) if pair]
                if all(strange):
                    starts = at + 2 >= run.end() or is_known(folded[at + 1 : at + 3])
                    ends = at < run.start() + 2 or is_known(folded[at - 2 : at])
                    found.append((-len(strange), _Slip(at, before, after, starts, ends)))
    return (slip for _, slip in sorted(found, key=lambda entry: (entry[0], entry[1].at)))


def _pairs(slip: _Slip, sign: str) -> list[str]:
    return [*([slip.before[0] + sign] if slip.before else []), *([sign + slip.after[1]] if slip.after else [])]


def _fit(slip: _Slip, sign: str, likeness: float, known: Mapping[str, int]) -> float:
    """How well a character fits between its neighbours; 0 where it makes no word there.

    It fits one neighbour only where the other one may belong to the next word.
    """
    before = _use(slip.before[0] + sign, known) if slip.before else None
    after = _use(sign + slip.after[1], known) if slip.after else None
    if (before == 0 and not slip.ends) or (after == 0 and not slip.starts):
        return 0.0
    value = (before or 0) + (after or 0)
    return value * likeness if value >= 1 else 0.0


def _use(pair: str, known: Mapping[str, int]) -> float:
    """How much a pair is used, in titles and official terms above all."""
    in_titles, official = known.get(TITLE + pair, 0), pair in _official_pairs()
    if in_titles or official:
        return 1 + math.log1p(in_titles) + (1 if official else 0)
    return 0.3 * math.log1p(known.get(pair, 0))


@cache
def _official_pairs() -> frozenset[str]:
    known = built_in()
    words = (*known.genres, *known.terms)
    return frozenset(word[at : at + 2] for word in words for at in range(len(word) - 1))


@cache
def alike(sign: str) -> Mapping[str, float]:
    """Characters that sound or look like one, with how much so, up to 1; itself not among them."""
    found: dict[str, float] = {}
    for others in _look_alikes().get(sign, ()):
        found[others] = _LOOK
    for syllable in _syllables(sign):
        for other in _by_sound().get(syllable, ())[:MOST_HOMOPHONES]:
            found[other] = _SOUND
        for other in _by_sound().get(_blurred(syllable) + "~", ())[:MOST_HOMOPHONES]:
            found.setdefault(other, _NEARLY)
    found.pop(sign, None)
    return found


@cache
def _by_sound() -> Mapping[str, tuple[str, ...]]:
    """Syllable without tone → characters, the common ones; blurred syllables end with ~."""
    found: dict[str, dict[str, None]] = {}
    for sign in _common_characters():
        for syllable in _syllables(sign):
            found.setdefault(syllable, {})[sign] = None
            found.setdefault(_blurred(syllable) + "~", {})[sign] = None
    return {syllable: tuple(signs) for syllable, signs in found.items()}


def _syllables(sign: str) -> Iterable[str]:
    """Every reading of a character, without its tone."""
    return dict.fromkeys(map(_toneless, PINYIN_DICT.get(ord(sign), sign).split(",")))


@cache
def _toneless(syllable: str) -> str:
    return "".join(part for part in unicodedata.normalize("NFD", syllable) if part.isascii())


def _blurred(syllable: str) -> str:
    for sharp, blurred in _FUZZY:
        if syllable.startswith(sharp) and len(sharp) <= 2:
            syllable = blurred + syllable[len(sharp) :]
        elif syllable.endswith(sharp):
            syllable = syllable.removesuffix(sharp) + blurred
    return syllable


@cache
def _common_characters() -> tuple[str, ...]:
    """The 3,755 characters of GB/T 2312's first level, folded."""
    signs = (bytes((high, low)).decode("gb2312", "ignore") for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))
    return tuple(dict.fromkeys(fold(sign) for sign in signs if sign))


@cache
def _look_alikes() -> Mapping[str, tuple[str, ...]]:
    lines = (files("gongkai.search") / "words" / "look_alikes.txt").read_text(encoding="utf8").splitlines()
    groups = [fold(group) for line in lines if not line.startswith("#") for group in line.split()]
    found: dict[str, list[str]] = {}
    for group in groups:
        for sign in group:
            found.setdefault(sign, []).extend(other for other in group if other != sign)
    return {sign: tuple(others) for sign, others in found.items()}

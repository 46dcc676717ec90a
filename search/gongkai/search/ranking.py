"""The order of the documents at the head, and why: no backend's own score decides it, so that each can be explained.

A document earns for each part of the query by its best wording (BM25 of title and text, the name of the agency like a
title), then by how much of the query it covers, by what of its title the query says, and a little by being in force
and the agency's own. Of documents within a step the newer one goes first.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gongkai.search.query import ParsedQuery, Part
from gongkai.search.rarity import Rarity
from gongkai.search.understanding import terms_of_wording

K1, B = 1.2, 0.75
TITLE_PIVOT, TEXT_PIVOT = 28.0, 800.0
TITLE, AGENCY, TEXT, FILE = 2.4, 2.4, 1.0, 0.6
IN_TEXT, IN_FILE = 0.85, 0.7
"""How far a wording that stands only in the text, or only in an attachment, covers its part of the query."""
PARTIAL = 0.7
"""A wording of which only some terms are there earns at most this share of the whole one."""
COVERAGE, PHRASE, NARROW = 0.75, 0.35, 0.25
"""Share of the score that hangs on coverage; added for a long common phrase and for a title that says no more."""
OTHER_YEAR = 0.25
"""Taken off, as a share, where the title names another year than the query."""
REPRINT, LAPSED = 0.97, 0.85
STEPS = 60
SHORTEST_PHRASE = 4
_FILE = "附件"
_YEAR_CREDIT = 0.5
_YEAR = re.compile("(?<![0-9])(?:19|20)[0-9]{2}(?:年|届)")


@dataclass(frozen=True, slots=True)
class InFile:
    """A passage of an attachment: the file's name, the place in words or "", the text and the same folded."""

    file: str
    place: str
    text: str
    folded: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """What ranking needs of a document; texts are folded.

    Attributes:
        reading: which number key found it, from 0; the number of keys for one found by its words.
        names: agency, unit and numbers, folded, as a text to look in.
        own: whether the unit that publishes it issued it.
        number: key of its whole document number, "" without one.
        passage: what an attachment has of the words that are nowhere else, where that was looked for.
    """

    item_id: int
    reading: int
    title: str
    text: str
    names: str
    unit: str
    published_at: datetime
    validity: str = "in_force"
    own: bool = True
    number: str = ""
    passage: InFile | None = None


@dataclass(frozen=True, slots=True)
class Gain:
    """What one part of the query earned a document: with which wording, where, how much."""

    part: Part
    wording: str = ""
    places: tuple[str, ...] = ()
    value: float = 0.0
    covered: float = 0.0


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its score and the reasons for it."""

    candidate: Candidate
    score: float
    gains: tuple[Gain, ...] = ()
    factors: Mapping[str, float] = field(default_factory=dict)
    reprints: tuple[int, ...] = ()

    @property
    def lacks(self) -> bool:
        """Whether a part of the query stands neither in the title, nor among the names, nor as a whole in the text."""
        return any(gain.part.is_required and gain.covered < IN_TEXT for gain in self.gains)

    @property
    def by_file(self) -> bool:
        """Whether a part of the query stands in an attachment only."""
        return any(gain.places and all(place.startswith(_FILE) for place in gain.places) for gain in self.gains)


def in_order(weighed: Sequence[Ranked]) -> list[Ranked]:
    """Number matches by their reading, then all by score, of equal ones the newer first."""
    best = max((ranked.score for ranked in weighed), default=0.0) or 1.0

    def key(ranked: Ranked) -> tuple[float, ...]:
        found = ranked.candidate
        step = math.floor(ranked.score / best * STEPS + 0.5)
        return (found.reading, -step, -found.published_at.timestamp(), -found.item_id)

    return sorted(weighed, key=key)


def weigh(candidate: Candidate, parsed: ParsedQuery, rarity: Rarity) -> Ranked:
    """Score one candidate."""
    gains = tuple(_gain(part, candidate, rarity) for part in parsed.parts if part.weight > 0)
    total = sum(gain.value for gain in gains)
    shares = [(gain.part.weight * rarity.best_strength(gain.part), gain.covered) for gain in gains]
    possible = sum(share for share, _ in shares)
    coverage = sum(share * covered for share, covered in shares) / possible if possible else 1.0
    factors = {
        "coverage": 1 - COVERAGE + COVERAGE * coverage**2,
        "phrase": 1 + PHRASE * _common(parsed.folded, candidate.title) + NARROW * _said(candidate.title, gains),
        "year": 1 - OTHER_YEAR * _other_year(parsed.years, candidate.title),
        "validity": 1.0 if candidate.validity in ("in_force", "") else LAPSED,
        "authority": 1.0 if candidate.own else REPRINT,
    }
    return Ranked(candidate, (total or 0.01) * math.prod(factors.values()), gains, factors)


def _gain(part: Part, candidate: Candidate, rarity: Rarity) -> Gain:
    best = Gain(part)
    for wording in part.wordings:
        strength = part.weight * wording.share * rarity.strength(wording.text)
        if strength <= 0:
            continue
        found = _whole(part, wording.text, candidate)
        if found is None and part.kind in ("word", "plain", "agency", "body"):
            found = _in_part(wording.text, candidate, rarity, loose=part.kind == "plain")
        if found is not None and (value := strength * found[0]) > best.value:
            best = Gain(part, wording.text, found[1], value, found[2] * wording.share**0.5)
    if part.kind == "year" and not best.covered and _dated(part, candidate):
        strength = part.weight * rarity.best_strength(part)
        return Gain(part, part.wordings[0].text, ("日期",), strength * _YEAR_CREDIT, _YEAR_CREDIT)
    return best


def _whole(part: Part, wording: str, candidate: Candidate) -> tuple[float, tuple[str, ...], float] | None:
    """Value, places and coverage of a wording that stands somewhere as it is."""
    places, value = [], 0.0
    if times := candidate.title.count(wording):
        value += TITLE * _saturated(times, len(candidate.title) / TITLE_PIVOT)
        places.append("标题")
    if part.kind in ("agency", "body", "place", "plain") and wording in candidate.names:
        value += AGENCY if part.kind != "plain" else TEXT
        places.append("机构")
    if times := candidate.text.count(wording):
        value += TEXT * _saturated(times, len(candidate.text) / TEXT_PIVOT)
        places.append("正文")
    if candidate.passage and wording in candidate.passage.folded:
        value += FILE
        places.append(_FILE)
    if not places:
        return None
    return value, tuple(places), {"正文": IN_TEXT, _FILE: IN_FILE}.get(places[0], 1.0)


def _in_part(
    wording: str, candidate: Candidate, rarity: Rarity, *, loose: bool
) -> tuple[float, tuple[str, ...], float] | None:
    """The same of a wording of which only some terms are there; a loose one may be several words in a row."""
    terms = terms_of_wording(wording)
    every = sum(rarity.weight(term) for term in terms)
    if len(terms) < 2 or not every:
        return None
    weights = [(term, rarity.weight(term)) for term in terms]
    body = (candidate.text, candidate.names)
    passage = candidate.passage.folded if candidate.passage else ""
    title = sum(weight for term, weight in weights if term in candidate.title) / every
    text = sum(weight for term, weight in weights if any(term in piece for piece in body)) / every
    file = sum(weight for term, weight in weights if term in passage) / every
    if max(title, text, file) <= (0 if loose else 0.2):
        return None
    power, scale = (1.0, 1.0) if loose else (1.5, PARTIAL)
    value = scale * (TITLE * title**power + TEXT * text**power + FILE * file**power)
    place = "标题" if title >= max(text, file) else "正文" if text >= file else _FILE
    pieces = (candidate.title, *body, passage)
    share = sum(weight for term, weight in weights if any(term in piece for piece in pieces)) / every
    return value, (f"{place}（部分）",), share * scale


def _saturated(times: int, length: float) -> float:
    return times * (K1 + 1) / (times + K1 * (1 - B + B * length))


def _common(typed: str, title: str) -> float:
    """Share of the query that its longest piece common with the title has; nothing below four characters."""
    longest = SHORTEST_PHRASE - 1
    for start in range(len(typed)):
        while start + longest < len(typed) and typed[start : start + longest + 1] in title:
            longest += 1
    return longest / len(typed) if longest >= SHORTEST_PHRASE else 0.0


def _said(title: str, gains: Sequence[Gain]) -> float:
    """Share of a title's characters that wordings of the query stand on."""
    covered = [False] * len(title)
    for gain in gains:
        pieces = (gain.wording,) if gain.wording in title else terms_of_wording(gain.wording)
        for piece in pieces if gain.wording else ():
            at = title.find(piece)
            while at >= 0:
                covered[at : at + len(piece)] = [True] * len(piece)
                at = title.find(piece, at + 1)
    return sum(covered) / max(len(title), 1)


def _other_year(years: Sequence[int], title: str) -> bool:
    """Whether a title names years, but none of these."""
    return bool(years) and not any(str(year) in title for year in years) and _YEAR.search(title) is not None


def _dated(part: Part, candidate: Candidate) -> bool:
    year = part.wordings[-1].text
    return f"/{year}/" in candidate.number or candidate.published_at.year == int(year)

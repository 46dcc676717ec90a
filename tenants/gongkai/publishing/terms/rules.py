"""Finding terms in a text: pure functions over rules, whatever list they come from.

Terms are compared after folding （widths, traditional and variant characters, case） and without the blanks that
officials set between the characters of a name; what is found is told by its place in the original text.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from gongkai.core.text.automaton import Automaton
from gongkai.core.text.folding import fold
from gongkai.core.text.personal_data import find_personal_data
from gongkai.publishing.terms.models import KINDS

Level = Literal["block", "warn"]
EXCERPT = 18
"""So many characters stand on each side of a term in an excerpt."""
_MARGIN = 40
_SENTENCE_END = frozenset("。！？；!?;\n\t")
_BLANKS = frozenset(" \u00a0\u3000\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
_TITLE_SEPARATOR = re.compile("[、，,；;]")
_FORMERLY = "原"


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry as the matcher needs it; of a leader `right` holds the titles, `rank` the place in the order."""

    key: str
    kind: str
    wrong: str
    right: str
    level: Level
    valid_from: date | None = None
    valid_to: date | None = None
    rank: int | None = None
    note: str = ""

    def in_force(self, day: date) -> bool:
        """Whether the rule holds on a day, both ends included."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Found:
    """A finding: `text[start:end]` of the text that was looked at breaks `rule`.

    Attributes:
        code: the rule's key, or for an order of names the keys of the two; the same finding has the same code.
    """

    rule: Rule
    start: int
    end: int
    code: str
    level: Level
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class _Hit:
    rule: Rule
    start: int
    end: int


def compact(text: str) -> str:
    """A term in the form in which terms are compared."""
    return fold("".join(char for char in text if char not in _BLANKS))


def find(
    rules: Sequence[Rule], text: str, *, today: date, formed: date | None = None, known: Sequence[str] = ()
) -> list[Found]:
    """What in `text` breaks the rules, in order of place.

    A rule that is younger than the document （`formed`） only warns: the document was right when it was made. Leaders
    are those of the day of formation. Words within a longer right one, or within one of `known` （names in use）, are
    no findings, nor is an abolished body that the text itself calls a former one.
    """
    if not rules or not text:
        return []
    matcher = _matcher(tuple(rules), tuple(known))
    blank = not _BLANKS.isdisjoint(text)
    places = [at for at, char in enumerate(text) if char not in _BLANKS] if blank else range(len(text))
    kept = "".join([text[at] for at in places]) if blank else text
    plain = fold(kept)
    found: list[Found] = []
    leaders: list[_Hit] = []
    for hit in matcher.hits(plain):
        if hit.rule.kind == "leader":
            if hit.rule.in_force(formed or today):
                leaders.append(hit)
        elif hit.rule.in_force(today) and not _called_former(plain, hit):
            found.append(_wrong_word(hit, formed))
    found += _wrong_titles(plain, leaders, matcher.titles)
    # Folding makes line ends blanks, and they end sentences too.
    found += _wrong_orders([at for at, char in enumerate(kept) if char in _SENTENCE_END], leaders)
    return sorted((_placed(one, places) for one in found), key=lambda one: (one.start, one.end))


def excerpt(text: str, start: int, end: int) -> str:
    """The words around a place on one line, personal numbers masked."""
    left, right = max(0, start - _MARGIN), min(len(text), end + _MARGIN)
    window = list(text[left:right])
    for hit in find_personal_data(text[left:right]):
        window[hit.start : hit.end] = hit.masked
    first, last = max(left, start - EXCERPT), min(right, end + EXCERPT)
    shown = " ".join("".join(window[first - left : last - left]).split())
    return f"{'…' if first else ''}{shown}{'…' if last < len(text) else ''}"


class _Matcher:
    """The rules compiled: one automaton over wrong words and the longer right ones that excuse them."""

    def __init__(self, rules: tuple[Rule, ...], known: tuple[str, ...]) -> None:
        words = [(compact(rule.wrong), rule) for rule in rules]
        words = [(word, rule) for word, rule in words if word]
        excusing = {compact(rule.right) for rule in rules if rule.kind != "leader"} | set(map(compact, known))
        wrong = {word for word, _ in words}
        excuses = [word for word in excusing if _holds_shorter(word, wrong)]
        self._rules: list[Rule | None] = [*(rule for _, rule in words), *([None] * len(excuses))]
        self._automaton = Automaton([*(word for word, _ in words), *excuses])
        titles = {title for rule in rules if rule.kind == "leader" for title in titles_of(rule)}
        self.titles = tuple(sorted(titles, key=len, reverse=True))

    def hits(self, plain: str) -> Iterator[_Hit]:
        """Occurrences that lie within no longer one, in order of their starts."""
        every = sorted(self._automaton.find(plain), key=lambda one: (one[0], -one[1]))
        covered = 0
        last_start = -1
        for start, end, index in every:
            rule = self._rules[index]
            inside = end < covered or (end == covered and start > last_start)
            if not inside and end > covered:
                covered, last_start = end, start
            if rule is not None and not inside:
                yield _Hit(rule, start, end)


def _holds_shorter(word: str, wrong: Collection[str]) -> bool:
    """Whether one of the wrong words is a piece of `word`, which is longer."""
    spans = ((start, end) for start in range(len(word)) for end in range(start + 1, len(word) + 1))
    return any(word[start:end] in wrong for start, end in spans if end - start < len(word))


@lru_cache(maxsize=16)
def _matcher(rules: tuple[Rule, ...], known: tuple[str, ...]) -> _Matcher:
    return _Matcher(rules, known)


def titles_of(rule: Rule) -> tuple[str, ...]:
    """The titles of a leader in the form in which they are compared."""
    return tuple(filter(None, (compact(title) for title in _TITLE_SEPARATOR.split(rule.right))))


def _called_former(plain: str, hit: _Hit) -> bool:
    return hit.rule.kind == "abolished" and plain[: hit.start].endswith(_FORMERLY)


def _wrong_word(hit: _Hit, formed: date | None) -> Found:
    rule = hit.rule
    level: Level = rule.level
    if formed is not None and rule.valid_from is not None and formed < rule.valid_from:
        level = "warn"
    problem = f"“{rule.wrong}”属{KINDS[rule.kind]}"
    if rule.kind == "abolished" and rule.valid_from:
        problem += f"（{rule.valid_from.isoformat()}起）"
    return Found(rule, hit.start, hit.end, rule.key, level, problem, _remedy(rule))


def _remedy(rule: Rule) -> str:
    if rule.right:
        return f"请改为“{rule.right}”" + (f"（{rule.note}）" if rule.note else "")
    return rule.note or "请删除或改换表述"


def _wrong_titles(plain: str, leaders: Sequence[_Hit], titles: Sequence[str]) -> Iterator[Found]:
    """A leader's name directly behind a title that is another's."""
    for hit in leaders:
        own = titles_of(hit.rule)
        before = next((title for title in titles if plain[: hit.start].endswith(title)), None)
        if own and before is not None and before not in own:
            problem = f"“{hit.rule.wrong}”的职务与领导人名单不一致"
            remedy = f"名单中为“{hit.rule.right}”，请核对"
            yield Found(
                hit.rule, hit.start - len(before), hit.end, f"{hit.rule.key}_title", hit.rule.level, problem, remedy
            )


def _wrong_orders(ends: Sequence[int], leaders: Sequence[_Hit]) -> Iterator[Found]:
    """Two leaders who are first named in one sentence in another order than the list's; `ends` are of sentences."""
    sentences: dict[int, list[_Hit]] = {}
    for hit in leaders:
        named = sentences.setdefault(bisect_left(ends, hit.end), [])
        if hit.rule.rank is not None and all(other.rule.key != hit.rule.key for other in named):
            named.append(hit)
    for named in sentences.values():
        for first, second in pairwise(named):
            if (first.rule.rank or 0) > (second.rule.rank or 0):
                problem = f"“{first.rule.wrong}”排在“{second.rule.wrong}”之前，与领导人名单排序不一致"
                code = f"{first.rule.key}_{second.rule.key}"
                yield Found(first.rule, first.start, second.end, code, first.rule.level, problem, "请按名单排序核对")


def _placed(found: Found, places: Sequence[int]) -> Found:
    """A finding in the compared text, told by its place in the original one."""
    return Found(
        found.rule, places[found.start], places[found.end - 1] + 1, found.code, found.level, found.problem, found.remedy
    )

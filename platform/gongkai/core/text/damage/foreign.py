"""Foreign insertions: gambling and the like on pages of hijacked sites, often in place of an official name."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from gongkai.core.text.damage.findings import Certainty, Damage, Finding, Lexicon, finding
from gongkai.core.text.folding import HAN, fold

_BRIDGE = re.compile(f"[{HAN}]?|[a-z0-9_.·|*-]{{1,12}}[{HAN}]{{0,3}}|[{HAN}]{{1,3}}[a-z0-9_.·|*-]{{1,12}}")
_LONGEST_BRIDGE = 15
_BEFORE = re.compile("[*]+$")
_AFTER = re.compile("(?:[_-][a-z0-9]+|\\.(?:com|net|cn|cc|vip|top))+")
_NOTHING = re.compile("[\\s*_|,。.:~-]*")
_SHORTEST_NAME_END = 3


@cache
def _vocabulary() -> tuple[re.Pattern[str], dict[str, str]]:
    lines = files(__package__).joinpath("foreign.txt").read_text("utf8").splitlines()
    words = [line for line in lines if line and not line.startswith("#")]
    marks = {fold(word.lstrip("!+")): word[0] if word[0] in "!+" else "" for word in words}
    pattern = "|".join(re.escape(word) for word in sorted(marks, key=len, reverse=True))
    return re.compile(pattern), marks


def find_foreign(text: str, lexicon: Lexicon) -> Iterator[Finding]:
    """Advertising in a line of text; where what follows is the end of a name of the unit, its beginning is the repair.

    A word that official texts use as well （彩票, 贷款） counts only beside a mark of advertising （app, 官网）.
    """
    folded = fold(text)
    for start, end, certainty in _clusters(folded):
        repair = _repair(folded, start, end, lexicon)
        if repair:
            reason = f"此处混入广告类文字，后文衔接“{_completed(repair, folded, end, lexicon)}”，原名称疑被替换"
        else:
            reason = "此处混入广告类文字，网页疑被篡改"
        yield finding(text, Damage.FOREIGN, (start, end), certainty, reason, repair)


def _completed(beginning: str, folded: str, end: int, lexicon: Lexicon) -> str:
    """The name that `beginning` and the text behind `end` give together."""
    whole = (*lexicon.areas, *lexicon.names)
    return next((n for n in whole if n.startswith(beginning) and folded.startswith(fold(n[len(beginning) :]), end)), "")


def _clusters(folded: str) -> Iterator[tuple[int, int, Certainty]]:
    """Spans of words that belong together, if they are advertising."""
    pattern, marks = _vocabulary()
    group: list[re.Match[str]] = []
    for match in pattern.finditer(folded):
        if group and not _joined(folded, group[-1].end(), match.start()):
            yield from _span(folded, group, marks)
            group = []
        group.append(match)
    yield from _span(folded, group, marks)


def _joined(folded: str, end: int, start: int) -> bool:
    return start - end <= _LONGEST_BRIDGE and _BRIDGE.fullmatch(folded, end, start) is not None


def _span(folded: str, group: list[re.Match[str]], marks: dict[str, str]) -> Iterator[tuple[int, int, Certainty]]:
    kinds = [marks[match[0]] for match in group]
    if "!" not in kinds and not ("" in kinds and "+" in kinds):
        return
    start, end = group[0].start(), group[-1].end()
    before, after = _BEFORE.search(folded, 0, start), _AFTER.match(folded, end)
    certainty = Certainty.CERTAIN if "!" in kinds else Certainty.LIKELY
    yield before.start() if before else start, after.end() if after else end, certainty


def _repair(folded: str, start: int, end: int, lexicon: Lexicon) -> str | None:
    if _NOTHING.fullmatch(folded[:start] + folded[end:]):
        return ""
    beginnings = dict.fromkeys(_beginnings(folded, end, lexicon))
    return next(iter(beginnings)) if len(beginnings) == 1 else None


def _beginnings(folded: str, end: int, lexicon: Lexicon) -> Iterator[str]:
    """What would have to stand before `end` to complete a name; only the longest agreement counts."""
    best, found = 0, list[str]()
    for names, shortest in ((lexicon.areas, 1), (lexicon.names, _SHORTEST_NAME_END)):
        for name in names:
            ending = fold(name)
            cut = next((at for at in range(1, len(name) - shortest + 1) if folded.startswith(ending[at:], end)), None)
            if cut is None:
                continue
            length = len(name) - cut
            if length > best:
                best, found = length, []
            if length == best:
                found.append(name[:cut])
    yield from found

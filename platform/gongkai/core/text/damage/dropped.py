"""Gaps: what word filters and scrapers leave out of fixed phrases, names, dates and document numbers."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from gongkai.core.text.damage.findings import Certainty, Damage, Finding, Lexicon, finding
from gongkai.core.text.damage.scripts import Script, in_script, script_of
from gongkai.core.text.folding import HAN, fold

_GROUP = re.compile(r"\[(.+?)\]")
_ENOUGH = 2
_STRUCTURE = frozenset("县市区州旗省镇乡村街道局委办厅处科室会院所站中心")
_SHORTEST_NAME = 6
_SHORTEST_REST = 3
_MASK = re.compile(f"(?<=[{HAN}《“])[_＿]+(?=[{HAN}])|(?<=[{HAN}])[_＿]+(?=[{HAN}》”，。、])")
_ANONYMOUS = re.compile(
    "(?<![A-Za-z0-9])(?:20[xX×*]{2}|20[0-9][xX×*])(?=年|〕|\\)|）)"
    "|(?<![A-Za-z0-9])[xX×*]{1,5}(?=[省市县区乡镇村州]|街道|日报|晚报|电视台|热线|条|件|人次)"
)
_YEAR_GONE = re.compile(
    "(?:(?<=^)|(?<=[，。；、,;\\n]))年(?=[，。,]|[0-9]{1,2}月|[^底初末度内內中终終均限会會级級龄齡检檢报報轻輕代月日货貨画畫前后後头頭来來])"
    "|(?<=[于於从從自至在])年(?=[0-9]{1,2}月)"
)
_NUMBER_GAPS = (
    (re.compile("[〔［\\[]\\s*[〕］\\]](?=\\s*[0-9]*\\s*[号號])"), "文号中缺少年份"),
    (re.compile("(?<=[〔［\\[][12][0-9]{3}[〕］\\]])\\s*[号號]"), "文号中缺少序号"),
    (re.compile("(?<=[令办發发函字])第[号號](?!码|碼)"), "令号中缺少序号"),
)
_TITLE_MARKS = re.compile("[《》\n]")


@dataclass(frozen=True, slots=True)
class _Gap:
    """A phrase without `missing`: `rest` is what is left, the gap is before `rest[at]`."""

    rest: str
    at: int
    missing: str
    phrase: str
    not_after: str
    needs_evidence: bool


def find_dropped(text: str, lexicon: Lexicon, skipped: Iterable[tuple[int, int]] = ()) -> Iterator[Finding]:
    """Gaps in `text`; `skipped` are spans to read over （readings in brackets, invisible characters）.

    A candidate is proposed only where one fits; a phrase whose rest is ordinary text counts only where the same
    character is missing for certain elsewhere.
    """
    places = _read_over(text, skipped)
    folded = fold("".join(text[at] for at in places))
    script = script_of(text)
    yield from _phrase_gaps(text, folded, places, script, lexicon)
    yield from _masks(text, folded, places, script, lexicon)
    for match in _ANONYMOUS.finditer(text):
        reason = "此处被“×”之类的符号代替，请对照原件补齐"
        yield finding(text, Damage.DROPPED, match.span(), Certainty.CERTAIN, reason)
    for match in _YEAR_GONE.finditer(text):
        yield finding(text, Damage.DROPPED, match.span(), Certainty.LIKELY, "“年”字前缺少年份，请对照原件补齐")
    for pattern, words in _NUMBER_GAPS:
        for match in pattern.finditer(text):
            yield finding(text, Damage.DROPPED, match.span(), Certainty.CERTAIN, f"{words}，请对照原件补齐")
    yield from _unpaired(text)


def _read_over(text: str, skipped: Iterable[tuple[int, int]]) -> list[int]:
    left_out = {at for start, end in skipped for at in range(start, end)}
    return [at for at in range(len(text)) if at not in left_out]


def _phrase_gaps(text: str, folded: str, places: list[int], script: Script, lexicon: Lexicon) -> Iterator[Finding]:
    gaps = [*_phrases(), *_name_gaps(lexicon.names)]
    found: dict[int, _Gap] = {}
    for gap in gaps:
        for at in _occurrences(folded, gap):
            found.setdefault(at, gap)
    evidence = Counter(gap.missing for gap in found.values() if not gap.needs_evidence)
    for at, gap in sorted(found.items()):
        if gap.needs_evidence and evidence[gap.missing] < _ENOUGH:
            continue
        place = places[at]
        missing = in_script(gap.missing, script)
        reason = f"疑缺“{gap.missing}”字，应为“{gap.phrase}”"
        certainty = Certainty.LIKELY if gap.needs_evidence else Certainty.CERTAIN
        if gap.at == len(gap.rest):
            repair = text[place] + missing if missing else None
        else:
            repair = missing + text[place] if missing else None
        yield finding(text, Damage.DROPPED, (place, place + 1), certainty, reason, repair)


def _occurrences(folded: str, gap: _Gap) -> Iterator[int]:
    """Where the character stands that the gap is to be filled beside."""
    at = folded.find(gap.rest)
    while at >= 0:
        end = at + len(gap.rest)
        before, behind = folded[at - 1 : at], folded[end : end + 1]
        complete = (gap.at == 0 and before == gap.missing[-1]) or (gap.at == len(gap.rest) and behind == gap.missing[0])
        if not complete and not (before and before in gap.not_after) and not _masked(folded, at + gap.at):
            yield at + min(gap.at, len(gap.rest) - 1)
        at = folded.find(gap.rest, at + 1)


def _masked(folded: str, at: int) -> bool:
    """Whether a sign stands in the gap, which `_masks` reports."""
    return folded[at - 1 : at] == "_"


@cache
def _phrases() -> tuple[_Gap, ...]:
    lines = files(__package__).joinpath("phrases.txt").read_text("utf8").splitlines()
    gaps: list[_Gap] = []
    for line in lines:
        if line and not line.startswith("#"):
            written, _, not_after = line.lstrip("?").partition("!")
            gaps += _gaps_of(written.strip(), not_after.strip(), needs_evidence=line.startswith("?"))
    return tuple(gaps)


def _gaps_of(written: str, not_after: str, *, needs_evidence: bool) -> Iterator[_Gap]:
    phrase = _GROUP.sub(r"\1", written)
    for group in _GROUP.finditer(written):
        before = _GROUP.sub(r"\1", written[: group.start()])
        rest = before + _GROUP.sub(r"\1", written[group.end() :])
        yield _Gap(fold(rest), len(before), group[1], phrase, fold(not_after), needs_evidence)


@lru_cache(maxsize=64)
def _name_gaps(names: tuple[str, ...]) -> tuple[_Gap, ...]:
    """Names of bodies without one of their inner characters; the words for a kind of body may be left out in speech."""
    known = "\n".join(fold(name) for name in names)
    gaps: list[_Gap] = []
    for name in names:
        for at in range(1, len(name) - 1) if len(name) >= _SHORTEST_NAME else ():
            rest = fold(name[:at] + name[at + 1 :])
            if name[at] not in _STRUCTURE and rest not in known:
                gaps.append(_Gap(rest, at, name[at], name, "", needs_evidence=False))
    return tuple(gaps)


def _masks(text: str, folded: str, places: list[int], script: Script, lexicon: Lexicon) -> Iterator[Finding]:
    """Signs in place of words （《_府信息公开条例》）: the one phrase whose end follows, or none."""
    for match in _MASK.finditer(folded):
        start, end = places[match.start()], places[match.end() - 1] + 1
        missing = _fitting(folded, match.start(), match.end(), lexicon)
        repair = in_script(missing, script) if missing else None
        reason = f"此处文字被符号代替，疑为“{missing}”" if missing else "此处文字被符号代替，请对照原件补齐"
        yield finding(text, Damage.DROPPED, (start, end), Certainty.CERTAIN, reason, repair)


def _fitting(folded: str, start: int, end: int, lexicon: Lexicon) -> str:
    best, found = 0, set[str]()
    for phrase in (*_TITLES, *lexicon.names):
        plain = fold(phrase)
        for cut in range(1, len(plain) - _SHORTEST_REST + 1):
            if not folded.startswith(plain[cut:], end):
                continue
            head = next((n for n in range(cut - 1, 0, -1) if folded.endswith(plain[:n], 0, start)), 0)
            length = len(plain) - cut + head
            if length > best:
                best, found = length, set()
            if length == best:
                found.add(phrase[head:cut])
            break
    return found.pop() if len(found) == 1 else ""


_TITLES = (
    "中华人民共和国政府信息公开条例",
    "中华人民共和国保守国家秘密法",
    "中华人民共和国行政许可法",
    "中华人民共和国行政处罚法",
    "中华人民共和国行政复议法",
    "中华人民共和国国民经济和社会发展",
    "国务院办公厅关于",
)


def _unpaired(text: str) -> Iterator[Finding]:
    """Title marks without their other half, line by line; quotations of titles never run over lines."""
    opened: list[int] = []
    for match in _TITLE_MARKS.finditer(f"{text}\n"):
        if match[0] == "《":
            opened.append(match.start())
        elif match[0] == "》" and opened:
            opened.pop()
        else:
            alone = opened if match[0] == "\n" else [match.start()]
            for at in alone:
                reason = "书名号不成对，前后文字疑有缺失"
                yield finding(text, Damage.DROPPED, (at, at + 1), Certainty.LIKELY, reason)
            opened = []

"""Where a text meets a query, and the two lines that show it best. Folding keeps length: offsets fit the original."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from gongkai.core.text.folding import fold

Marks = tuple[tuple[int, int], ...]

MOST_MARKS = 400
SHORTEST, LONGEST = 80, 110
LEAD = 30
_PAUSE = re.compile(r"[。！？；：，、…!?;,\n\t]")
_WORD_EDGE = "[0-9a-z]"


@dataclass(frozen=True, slots=True)
class Snippet:
    """Part of a text on one line, with marks as offsets into it."""

    text: str
    marks: Marks


def marks_in(folded: str, wanted: Sequence[str]) -> Marks:
    """Places of the wanted phrases and terms in folded text: longest first, overlapping ones joined, in order."""
    if not wanted:
        return ()
    pattern = re.compile("(?=(" + "|".join(map(_edged, sorted(wanted, key=len, reverse=True))) + "))")
    marks: list[tuple[int, int]] = []
    for match in islice(pattern.finditer(folded), MOST_MARKS):
        start, end = match.span(1)
        if marks and start < marks[-1][1]:
            marks[-1] = (marks[-1][0], max(end, marks[-1][1]))
        else:
            marks.append((start, end))
    return tuple(marks)


def snippet(text: str, wanted: Sequence[str]) -> Snippet:
    """The window of 80 to 110 characters with most of what is wanted, cut at punctuation where there is some."""
    folded = fold(text)
    marks = marks_in(folded, wanted)
    start = _start(text, _best(folded, marks))
    end = _end(text, start, marks)
    before, after = "…" if start else "", "…" if end < len(text) else ""
    shift = len(before) - start
    shown = before + re.sub(r"\s", " ", text[start:end]) + after
    return Snippet(shown, tuple((s + shift, e + shift) for s, e in marks if start <= s and e <= end))


def _edged(wanted: str) -> str:
    """Words of letters and digits are met whole: 54 is not in 2054."""
    before = f"(?<!{_WORD_EDGE})" if re.match(_WORD_EDGE, wanted) else ""
    after = f"(?!{_WORD_EDGE})" if re.search(_WORD_EDGE + "$", wanted) else ""
    return before + re.escape(wanted) + after


def _best(folded: str, marks: Marks) -> int:
    """Start of the first mark of the window with the most different marks, then the most marks."""
    best, value = 0, (0, 0)
    for at, (start, _) in enumerate(marks):
        inside = [folded[s:e] for s, e in marks[at : at + SHORTEST] if e <= start + SHORTEST]
        found = (sum(map(len, set(inside))), len(inside))
        if found > value:
            best, value = start, found
    return best


def _start(text: str, mark: int) -> int:
    """Behind the last pause shortly before the mark, else a few characters before it."""
    earliest = max(0, mark - LEAD)
    if earliest == 0 and mark <= LEAD:
        return 0
    pauses = list(_PAUSE.finditer(text, earliest, mark))
    start = pauses[-1].end() if pauses else mark - LEAD // 2
    while start < mark and text[start].isspace():
        start += 1
    return start


def _end(text: str, start: int, marks: Marks) -> int:
    """At a pause between SHORTEST and LONGEST behind the start, never inside a mark."""
    latest = start + LONGEST
    if latest >= len(text):
        return len(text)
    pauses = [pause.end() for pause in _PAUSE.finditer(text, start + SHORTEST, latest)]
    end = pauses[-1] if pauses else latest
    return min([s for s, e in marks if start < s < end < e], default=end)

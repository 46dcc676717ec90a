"""What both renderings share: the words GB/T 9704-2012 adds, and the arithmetic of its lines.

Widths are in em, the width of one full-width character.
"""

import math
import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple
from unicodedata import east_asian_width

from .model import Annex, Block, Cell, Heading, OfficialDocument, Run

LINE_CHARACTERS = 28
TYPE_AREA_POINTS = 156 / 25.4 * 72
TITLE_POINTS = 22
BANNER_POINTS = 48
BANNER_LEAST_POINTS = 34

_NUMERALS = "零一二三四五六七八九"
# Characters that XML 1.0 forbids; they reach us from text pasted out of old office files.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NEVER_FIRST = "的了、，。；：！？）》〉」』】〕”’%％年月日号份期度条项件家个"
_NEVER_LAST = "（《〈「『【〔“‘第"
_PHRASE_END = re.compile(
    "(?:月份|季度|年度|全市|全州|全县|工作|情况|公开|办法|问题|方案|规定|系统|部门|实施|开展|进一步|[》、和及的])$"
)


class Banner(NamedTuple):
    """Size of the agency banner: height in points, width of a character in percent of its height."""

    points: int
    width_percent: int


class Signature(NamedTuple):
    """Lines of the signature, and their distances from the right edge of the type area in em."""

    agency: str
    agency_indent: float
    date: str
    date_indent: float


def clean(text: str) -> str:
    """Return the text with uniform line breaks and without characters that XML forbids."""
    return _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def text_width(text: str) -> float:
    """Return the width in em: 1 for a full-width character, 0.5 for a digit, 0.7 for any other."""
    return sum(1.0 if east_asian_width(c) in "WFA" else 0.5 if c.isdigit() else 0.7 for c in text)


def banner_size(text: str) -> Banner:
    """Return the size at which the agency banner fills at most one line of the type area.

    A long name is first set smaller, then narrower at the same height as printers do, then smaller again
    once the characters are down to half their width.
    """
    width = text_width(text)
    points = min(BANNER_POINTS, math.floor(TYPE_AREA_POINTS / width))
    if points >= BANNER_LEAST_POINTS:
        return Banner(points, 100)
    percent = math.floor(TYPE_AREA_POINTS / width / BANNER_LEAST_POINTS * 100)
    if percent >= 50:
        return Banner(BANNER_LEAST_POINTS, percent)
    return Banner(math.floor(TYPE_AREA_POINTS / width / 0.5), 50)


def title_lines(title: str, width_points: float = TYPE_AREA_POINTS) -> tuple[str, ...]:
    """Return the lines of a title: its own, or lines of like width that do not cut a phrase (7.3.1)."""
    text = clean(title).strip()
    if "\n" in text:
        return tuple(line.strip() for line in text.split("\n") if line.strip())
    limit = width_points / TITLE_POINTS
    for count in range(math.ceil(text_width(text) / limit), len(text)):
        lines = _balanced(text, count, limit)
        if lines:
            return lines
    return (text,)


def _balanced(text: str, count: int, limit: float) -> tuple[str, ...]:
    """Return `count` lines within `limit` at the least cost, or nothing if there are none."""
    ideal = text_width(text) / count
    best: dict[int, tuple[float, tuple[str, ...]]] = {0: (0.0, ())}
    for line_number in range(1, count + 1):
        ends = [len(text)] if line_number == count else range(1, len(text))
        step: dict[int, tuple[float, tuple[str, ...]]] = {}
        for end in ends:
            ways = [
                (cost + (width - ideal) ** 2 + _break_cost(text, end), (*lines, text[start:end]))
                for start, (cost, lines) in best.items()
                if start < end and (width := text_width(text[start:end])) <= limit
            ]
            if ways:
                step[end] = min(ways)
        best = step
    return best.get(len(text), (0.0, ()))[1]


def _break_cost(text: str, end: int) -> float:
    """Return what a line break before `text[end]` costs: nothing after a phrase, much inside a date."""
    if end == len(text):
        return 0.0
    before, after = text[:end], text[end]
    inside_date = after.isdigit() and before[-1] in "年月"
    inside_word = after.isascii() and before[-1].isascii()
    if inside_date or inside_word or after in _NEVER_FIRST or before[-1] in _NEVER_LAST:
        return 1000.0
    return 0.0 if _PHRASE_END.search(before) else 30.0


def chinese_number(number: int) -> str:
    """Return 1 to 99 in Chinese numerals: 一, 十, 二十一.

    Raises:
        ValueError: the number is outside 1 to 99.
    """
    if not 1 <= number <= 99:
        raise ValueError(f"结构层次序数应在1至99之间，不能为{number}")
    tens, ones = divmod(number, 10)
    if not tens:
        return _NUMERALS[ones]
    return ("" if tens == 1 else _NUMERALS[tens]) + "十" + (_NUMERALS[ones] if ones else "")


def numbered(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield the blocks with numerals before the headings (7.3.3); a heading restarts the lower levels."""
    counts = [0, 0, 0, 0]
    for block in blocks:
        if not isinstance(block, Heading):
            yield block
            continue
        counts[block.level - 1] += 1
        counts[block.level :] = [0] * (4 - block.level)
        yield Heading(block.level, _numeral(block.level, counts[block.level - 1]) + clean(block.text))


def _numeral(level: int, number: int) -> str:
    match level:
        case 1:
            return f"{chinese_number(number)}、"
        case 2:
            return f"（{chinese_number(number)}）"
        case 3:
            return f"{number}."
        case _:
            return f"（{number}）"


def addressee_line(addressees: str) -> str:
    """Return the addressees with the full-width colon after the last of them (7.3.2)."""
    return clean(addressees).rstrip("：: ") + "："


def copied_to_text(copied_to: str) -> str:
    """Return the copied-to agencies with the closing full stop (7.4.2)."""
    return clean(copied_to).rstrip("。. ") + "。"


def note_text(note: str) -> str:
    """Return the note in round brackets (7.3.6)."""
    return f"（{clean(note)}）"


def date_text(value: date) -> str:
    """Return a date in Arabic numerals without leading zeros (7.3.5.4): 2023年4月3日."""
    return f"{value.year}年{value.month}月{value.day}日"


def signature(document: OfficialDocument) -> Signature:
    """Return the signature for a sealed document (7.3.5.1).

    The date stands four characters from the right edge and the agency is centred on it. An agency name
    that would pass the right edge moves the date to the left, so that both stay centred.
    """
    agency = clean(document.signature_agency)
    formed = date_text(document.formed_date) if document.formed_date else "\u3000\u3000年\u3000月\u3000日"
    overhang = (text_width(agency) - text_width(formed)) / 2
    date_indent = max(4.0, overhang)
    return Signature(agency, date_indent - overhang, formed, date_indent)


def annex_label(annexes: Sequence[Annex], index: int) -> str:
    """Return 附件 for an only annex, else 附件 with its number counted from 1 (7.3.7)."""
    return "附件" if len(annexes) == 1 else f"附件{index + 1}"


def has_imprint(document: OfficialDocument) -> bool:
    """Return whether the document ends with an imprint (版记)."""
    return bool(document.copied_to or document.printed_by or document.printed_date)


def printed_date_text(document: OfficialDocument) -> str:
    """Return the printing date with 印发 after it, or nothing."""
    return f"{date_text(document.printed_date)}印发" if document.printed_date else ""


def cell_run(cell: Cell) -> Run:
    """Return a table cell as a run."""
    return cell if isinstance(cell, Run) else Run(cell)


def shares(widths: Sequence[int], total: int) -> list[int]:
    """Return whole parts of `total` in the ratio of `widths`, which add up to `total`."""
    edges = [round(total * sum(widths[:index]) / sum(widths)) for index in range(len(widths) + 1)]
    return [end - start for start, end in pairwise(edges)]

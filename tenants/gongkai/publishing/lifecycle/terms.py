"""The term of a document （有效期）: from what is written to its last day, and when its unit is told."""

import re
from datetime import date, timedelta

from gongkai.core.calendar.periods import plus_months
from gongkai.core.text.folding import fold

NOTICE_MONTHS = 6
"""So long before the end of a term its unit is told （our period; a document is assessed before it ends）."""
UNLIMITED = frozenset({"长期", "长期有效", "永久", "永久有效", "无期限", "不限"})
_SPAN = re.compile(r"(?:有效期)?[为:]?([0-9]{0,2}十?[0-9]?)(年|个月)(?:有效)?")
_DAY = re.compile(r"(?:有效期)?[至到:]*([0-9]{4})[-年/.]([0-9]{1,2})[-月/.]([0-9]{1,2})日?(?:止)?")
_YEAR = 12


def is_term(written: str) -> bool:
    """Whether a term can be read: `长期`, `5年`, `五年`, `18个月`, `2031-03-15`, `至2031年3月15日`."""
    plain = _plain(written)
    return not plain or plain in UNLIMITED or _months(plain) is not None or _day(plain) is not None


def term_end(written: str, *, start: date | None) -> date | None:
    """The last day of a term that begins on `start`; None for no term, an unreadable one, or one without a start.

    Five years from 1 May 2021 end on 30 April 2026; where the month has no such day, on its last day
    （民法典 art. 202）.
    """
    plain = _plain(written)
    day = _day(plain)
    months = _months(plain)
    if day is not None or months is None or start is None:
        return day
    try:
        matching = plus_months(start, months)
    except ValueError:
        return None
    return matching - timedelta(days=1) if matching.day == start.day else matching


def told_from(until: date) -> date:
    """The day from which a unit is told of the end of a term."""
    return plus_months(until, -NOTICE_MONTHS)


def soon_until(today: date) -> date:
    """The last day of a term of which a unit is told on `today`, or was before: the inverse of `told_from`."""
    found = plus_months(today, NOTICE_MONTHS)
    # A term that ends on 31 August is told of on 28 February, as is one that ends on the 28th.
    while told_from(found + timedelta(days=1)) <= today:
        found += timedelta(days=1)
    return found


def _plain(written: str) -> str:
    folded = fold(written).translate({ord("两"): "2", ord(" "): None})
    return folded.strip()


def _months(plain: str) -> int | None:
    found = _SPAN.fullmatch(plain)
    if found is None or not found[1]:
        return None
    number = _number(found[1])
    return number * (_YEAR if found[2] == "年" else 1) if number else None


def _number(written: str) -> int | None:
    """5, 10, 十, 十5, 2十, 2十5; None for anything else."""
    tens, ten, units = written.rpartition("十")
    if not ten:
        return int(units) if len(units) in (1, 2) else None
    return int(tens or 1) * 10 + int(units or 0) if len(tens) < 2 else None


def _day(plain: str) -> date | None:
    found = _DAY.fullmatch(plain)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None

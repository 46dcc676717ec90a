"""Index numbers (索引号): the forms found on government sites, and those the platform gives out.

No national standard in force fixes one form, so any text is accepted and the platform generates by a
pattern of each unit's own.
"""

import re
import unicodedata
from enum import StrEnum

WIDEST_SEQUENCE = 9_999_999


class IndexPattern(StrEnum):
    """Forms of index numbers, the more particular first."""

    USCC_YEAR_SEQ = "USCC_YEAR_SEQ"
    USCC_YEARMONTH_SEQ = "USCC_YEARMONTH_SEQ"
    ORG_YEAR_SEQ = "ORG_YEAR_SEQ"
    ORG_YEARMONTH_SEQ = "ORG_YEARMONTH_SEQ"
    ORG_HYPHEN_YEAR_SEQ = "ORG-YEAR-SEQ"
    AREA_YEAR_SEQ = "AREA_YEAR_SEQ"
    DIR_CODE = "DIR_CODE"
    NINGBO6 = "NINGBO6"
    YN21 = "YN21"
    LOCAL = "LOCAL"


_USCC = "[0-9A-HJ-NPQRTUWXY]{18}"

PATTERNS: tuple[tuple[IndexPattern, re.Pattern[str]], ...] = tuple(
    (pattern, re.compile(regex, re.ASCII))
    for pattern, regex in (
        (IndexPattern.USCC_YEAR_SEQ, rf"{_USCC}/(?P<year>\d{{4}})-(?P<sequence>\d{{3,7}})"),
        (IndexPattern.USCC_YEARMONTH_SEQ, rf"{_USCC}/(?P<year>\d{{4}})\d{{2}}-(?P<sequence>\d{{3,7}})"),
        (IndexPattern.ORG_YEAR_SEQ, r"[0-9A-Z]{8}-?[0-9X]/(?P<year>\d{4})-(?P<sequence>\d{3,7})"),
        (IndexPattern.ORG_YEARMONTH_SEQ, r"[0-9A-Z]{8}[0-9X]/(?P<year>\d{4})\d{2}-(?P<sequence>\d{3,7})"),
        (IndexPattern.ORG_HYPHEN_YEAR_SEQ, r"[0-9A-Z]{8}-?[0-9X]-/?(?P<year>\d{4})-(?P<sequence>\d{3,8})"),
        (IndexPattern.AREA_YEAR_SEQ, r"\d{6,12}/(?P<year>\d{4})-(?P<sequence>\d{3,7})"),
        (IndexPattern.DIR_CODE, r"[A-Za-z]{1,3}\d+-\d{4}-\d{4}-\d{4,6}"),
        (IndexPattern.NINGBO6, r"\d{6}-\w+-\w+-\w+-\d{8}-\d+"),
        (IndexPattern.YN21, r"\d{21}"),
        (IndexPattern.LOCAL, r"\S{3,60}"),
    )
)
"""Patterns in the order in which they are tried; a full match counts."""

_FORMATS = {
    IndexPattern.USCC_YEAR_SEQ: "{uscc}/{year:04d}-{sequence:05d}",
    IndexPattern.USCC_YEARMONTH_SEQ: "{uscc}/{year:04d}{month:02d}-{sequence:05d}",
    IndexPattern.ORG_YEAR_SEQ: "{organisation}/{year:04d}-{sequence:05d}",
    IndexPattern.ORG_YEARMONTH_SEQ: "{organisation}/{year:04d}{month:02d}-{sequence:05d}",
    IndexPattern.ORG_HYPHEN_YEAR_SEQ: "{organisation}-{year:04d}-{sequence:05d}",
    IndexPattern.AREA_YEAR_SEQ: "{area}/{year:04d}-{sequence:05d}",
}

GENERATED = tuple(_FORMATS)
"""The patterns a unit can be given numbers by."""


def recognise(text: str) -> IndexPattern | None:
    """The first pattern that a number found somewhere has, in any width; None for text that is no number.

    Nine digits before the stroke are read as an organisation code, as on most sites.
    """
    number = unicodedata.normalize("NFKC", text).strip()
    return next((pattern for pattern, regex in PATTERNS if regex.fullmatch(number)), None)


def format_number(pattern: str, *, code: str | None, area: str | None, year: int, month: int, sequence: int) -> str:
    """Write a number of a pattern named by its id: sequence of five digits, growing to seven.

    ``code`` is the unified social credit code, of which organisation patterns take characters 9 to 17
    (GB 32100-2015), or for them a nine-character organisation code; ``area`` an area code of 6 to 12
    digits, one of nine (a township) written with its full twelve so that it does not pass for an
    organisation code. Raises ValueError for a pattern the platform does not generate and for parts that
    do not give a number of the pattern.
    """
    if pattern not in _FORMATS:
        raise ValueError(f"{pattern} is not a pattern of generated numbers")
    if not (1 <= sequence <= WIDEST_SEQUENCE and 1 <= month <= 12):
        raise ValueError(f"sequence {sequence} or month {month} out of range")
    compact = (code or "").replace("-", "")
    number = _FORMATS[IndexPattern(pattern)].format(
        uscc=code or "",
        organisation=compact[8:17] if len(compact) == 18 else compact,
        area=f"{area}000" if area and len(area) == 9 else area or "",
        year=year,
        month=month,
        sequence=sequence,
    )
    if recognise(number) != pattern:
        raise ValueError(f"{number!r} is not a number of pattern {pattern}")
    return number


def sequence_of(pattern: str, number: str, *, year: int) -> int | None:
    """The running number in a number of this pattern and year, which the unit's counter must pass.

    None for another pattern or year, and for what no counter could have given (0, more than seven
    digits). Whose code it carries is not looked at.
    """
    text = unicodedata.normalize("NFKC", number).strip()
    if pattern not in _FORMATS or recognise(text) != pattern:
        return None
    match = dict(PATTERNS)[IndexPattern(pattern)].fullmatch(text)
    if match is None or int(match["year"]) != year:
        return None
    sequence = int(match["sequence"])
    return sequence if 1 <= sequence <= WIDEST_SEQUENCE else None

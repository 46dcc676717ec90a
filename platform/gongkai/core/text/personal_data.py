"""Finds identity, mobile and bank-card numbers in text that is about to be published.

Publishing them is the leak that inspections find most often; the Personal Information Protection Law
(个人信息保护法) arts. 34-36 binds agencies to necessity and security.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from stdnum import luhn
from stdnum.cn import ric

from gongkai.core.text.codes import uscc_fault


class PersonalDataKind(StrEnum):
    """Kinds of personal numbers that are told by their own structure."""

    IDENTITY_NUMBER = "identity_number"
    MOBILE = "mobile"
    BANK_CARD = "bank_card"


_SHOWN = {
    PersonalDataKind.IDENTITY_NUMBER: (4, 2),
    PersonalDataKind.MOBILE: (3, 4),
    PersonalDataKind.BANK_CARD: (4, 4),
}


@dataclass(frozen=True, slots=True)
class PersonalDataHit:
    """``text[start:end]`` is a personal number, ``masked`` the same with most digits hidden."""

    kind: PersonalDataKind
    start: int
    end: int
    masked: str


_HALF_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ．－—–‐ \u00a0\u3000", "0123456789XX.----   ") | {ord("x"): "X"}

_PROVINCE = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])"
_IDENTITY_18 = re.compile(rf"(?<![0-9]){_PROVINCE}[0-9]{{4}}([ -]?)(?:19|20)[0-9]{{6}}\1[0-9]{{3}}[0-9X](?![0-9])")
_IDENTITY_15 = re.compile(rf"(?<![0-9]){_PROVINCE}[0-9]{{4}}[0-9]{{9}}(?![0-9X])")
_BANK_CARD = re.compile(
    r"(?<![0-9])(?<![0-9]\.)(?=62|4|5)"
    r"(?:[0-9]{16,19}|[0-9]{4}([ -])[0-9]{4}\1[0-9]{4}\1[0-9]{4}(?:\1[0-9]{1,3})?|[0-9]{6} [0-9]{10,13})"
    r"(?![0-9A-Za-z]|\.[0-9])"
)
_MOBILE = re.compile(
    r"(?<![0-9¥￥$])(?<![0-9]\.)(?:(?:\+|00)?86[ -]?)?(?P<number>1[3-9][0-9]([ -]?)[0-9]{4}\2[0-9]{4})"
    r"(?![0-9A-Za-z]|\.[0-9]| ?[千万亿]?(?:元|平方米|立方米|千瓦|吨))"
)


def find_personal_data(text: str) -> list[PersonalDataHit]:
    """All personal numbers in ``text``, full-width digits included, in order and without overlap.

    Identity numbers carry a real date, those of 18 characters also the check character of GB 11643;
    bank cards have 16 to 19 digits, a Luhn check digit and begin with 62, 4 or 5; mobile numbers have
    11 digits, alone or in groups of 3, 4 and 4. Landlines, amounts and credit codes are not reported.
    """
    plain = text.translate(_HALF_WIDTH)
    hits: list[PersonalDataHit] = []
    for kind, start, end in _candidates(plain):
        if all(end <= hit.start or hit.end <= start for hit in hits):
            hits.append(PersonalDataHit(kind, start, end, _mask(text[start:end], *_SHOWN[kind])))
    return sorted(hits, key=lambda hit: hit.start)


def _candidates(plain: str) -> Iterator[tuple[PersonalDataKind, int, int]]:
    """Spans in order of certainty: of two that overlap the first is right."""
    searches: tuple[tuple[PersonalDataKind, re.Pattern[str], Callable[[str], bool]], ...] = (
        (PersonalDataKind.IDENTITY_NUMBER, _IDENTITY_18, _is_identity_number),
        (PersonalDataKind.IDENTITY_NUMBER, _IDENTITY_15, lambda digits: _is_date(f"19{digits[6:12]}")),
        (PersonalDataKind.BANK_CARD, _BANK_CARD, _is_bank_card),
    )
    for kind, pattern, accepts in searches:
        for match in pattern.finditer(plain):
            if accepts(re.sub("[ -]", "", match[0])):
                yield kind, *match.span()
    for match in _MOBILE.finditer(plain):
        yield PersonalDataKind.MOBILE, *match.span("number")


def _is_date(digits: str) -> bool:
    try:
        dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


def _is_identity_number(number: str) -> bool:
    return _is_date(number[6:14]) and ric.calc_check_digit(number) == number[-1]


def _is_bank_card(digits: str) -> bool:
    # Associations and villages have credit codes of digits only that begin with 5.
    return luhn.is_valid(digits) and not (len(digits) == 18 and uscc_fault(digits) is None)


def _mask(number: str, head: int, tail: int) -> str:
    places = [at for at, char in enumerate(number) if char.isalnum()]
    hidden = set(places[head : len(places) - tail])
    return "".join("*" if at in hidden else char for at, char in enumerate(number))

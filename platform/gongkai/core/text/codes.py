"""Check digits of the unified social credit code (GB 32100-2015) and the organisation code (GB 11714).

A wrong check digit warns only: real agencies use made-up codes. A wrong shape refuses.
"""

import re
from enum import StrEnum

from stdnum.cn import uscc

_ALPHABET = "0-9A-HJ-NPQRTUWXY"
_USCC = re.compile(f"[{_ALPHABET}]{{2}}[0-9]{{6}}[{_ALPHABET}]{{8}}[0-9X][{_ALPHABET}]")
_ORGANISATION_CODE = re.compile("([0-9A-Z]{8})-?([0-9X])")
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


class CodeFault(StrEnum):
    """What is wrong with a code: its shape, or only its check digit."""

    SHAPE = "shape"
    CHECK_DIGIT = "check_digit"


def uscc_fault(code: str) -> CodeFault | None:
    """Shape (18 capitals and digits, no I, O, S, V, Z) and check digit of GB 32100-2015."""
    if not _USCC.fullmatch(code):
        return CodeFault.SHAPE
    # The library's validate() wants two leading digits; villages' collectives begin with N2, others with Y.
    return None if uscc.calc_check_digit(code[:17]) == code[17] else CodeFault.CHECK_DIGIT


def organisation_code_fault(code: str) -> CodeFault | None:
    """Shape (8 capitals or digits, check digit, a hyphen between at will) and check digit of GB 11714."""
    match = _ORGANISATION_CODE.fullmatch(code)
    if match is None:
        return CodeFault.SHAPE
    weighted = sum(int(char, 36) * weight for char, weight in zip(match[1], _WEIGHTS, strict=True))
    return None if "0123456789X0"[11 - weighted % 11] == match[2] else CodeFault.CHECK_DIGIT


def uscc_problem(code: str) -> str | None:
    """What is wrong with a unified social credit code, in Chinese without a full stop, or None."""
    match uscc_fault(code):
        case CodeFault.SHAPE:
            return "统一社会信用代码应为18位数字或者大写字母（不含I、O、S、V、Z），其中第3至8位为行政区划代码，请核对"
        case CodeFault.CHECK_DIGIT:
            return "统一社会信用代码的校验码（第18位）不符，请对照登记证书核对"
    return None


def organisation_code_problem(code: str) -> str | None:
    """What is wrong with an organisation code, in Chinese without a full stop, or None."""
    match organisation_code_fault(code):
        case CodeFault.SHAPE:
            return "组织机构代码应为8位数字或者大写字母加1位校验码（数字或者X），请核对"
        case CodeFault.CHECK_DIGIT:
            return "组织机构代码的校验码（末位）不符，请对照代码证书核对"
    return None

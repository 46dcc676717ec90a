"""Check digits, on codes of real agencies."""

import pytest

from gongkai.core.text.codes import (
    CodeFault,
    organisation_code_fault,
    organisation_code_problem,
    uscc_fault,
    uscc_problem,
)

USCCS = [
    "11330727775738086F",
    "113708280043326001",
    "11441700007280420Y",
    "11341702486344515H",
    "113417020032563511",
]
ORGANISATION_CODES = [
    "000014349",
    "014416330",
    "011336909",
    "01404053X",
    "003110926",
    "003111216",
    "01527918X",
    "01525761-8",
    "014320144",
    "053533505",
]


@pytest.mark.parametrize("code", USCCS)
def test_real_credit_codes_are_valid_with_the_organisation_code_in_them(code: str) -> None:
    assert uscc_problem(code) is None
    assert organisation_code_problem(code[8:17]) is None


@pytest.mark.parametrize("code", ORGANISATION_CODES)
def test_real_organisation_codes_are_valid(code: str) -> None:
    assert organisation_code_problem(code) is None


@pytest.mark.parametrize("code", ["000000001", "035210000"])
def test_made_up_organisation_codes_have_a_wrong_check_digit_only(code: str) -> None:
    assert organisation_code_fault(code) is CodeFault.CHECK_DIGIT
    assert "校验码" in (organisation_code_problem(code) or "")


@pytest.mark.parametrize("code", ["0142768-8", "", "01404053x", "01404053A", "0140405312"])
def test_organisation_codes_of_another_shape(code: str) -> None:
    assert organisation_code_fault(code) is CodeFault.SHAPE
    assert "8位" in (organisation_code_problem(code) or "")


@pytest.mark.parametrize("code", USCCS)
def test_any_single_wrong_digit_is_seen(code: str) -> None:
    for place in range(2, 8):
        for digit in "0123456789":
            if digit != code[place]:
                assert uscc_fault(code[:place] + digit + code[place + 1 :]) is CodeFault.CHECK_DIGIT
    assert "第18位" in (uscc_problem(code[:17] + ("A" if code[17] != "A" else "B")) or "")


@pytest.mark.parametrize(
    "code",
    ["", "1133072777573808", "11330727775738086f", "1133072777573808SF", "113307A7775738086F", " " * 18],
)
def test_credit_codes_of_another_shape(code: str) -> None:
    assert uscc_fault(code) is CodeFault.SHAPE
    assert "18位" in (uscc_problem(code) or "")


def test_credit_codes_may_begin_with_a_letter() -> None:
    # Collectives of villages are registered by the agricultural authority, whose mark is N.
    assert uscc_fault("N2330727MF0000001A") is not CodeFault.SHAPE

"""The invented units: codes, tree, check digits, characters."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as standard

from gongkai.run.demo.units import MONTHLY_TASK, monthly_task, organisation_code, unified_code, units


def test_about_three_hundred_units_of_every_type() -> None:
    kinds = Counter((unit.tenant_type, unit.level) for unit in units())
    assert 285 <= len(units()) <= 315
    assert kinds["prefecture_government", "prefecture"] == 1
    assert kinds["county_government", "county"] == 8
    assert kinds["development_zone", "prefecture"] == 1
    assert set(kinds) == set(MONTHLY_TASK)


@pytest.mark.parametrize("field", ["code", "official_name", "uscc", "sort_order", "email"])
def test_field_is_unique(field: str) -> None:
    values = [getattr(unit, field) for unit in units()]
    assert len(set(values)) == len(values)


def test_document_marks_are_unique() -> None:
    marks = [unit.mark for unit in units() if unit.mark]
    assert len(set(marks)) == len(marks)


def test_parents_come_before_children() -> None:
    seen: set[str | None] = {None}
    for unit in units():
        assert unit.parent_code in seen
        assert unit.code.isascii()
        seen.add(unit.code)


def test_codes_pass_the_standard_check() -> None:
    assert all(standard.is_valid(unit.uscc) and not unit.uscc.isdigit() for unit in units())


@given(
    kind=st.sampled_from(["11", "12", "91"]),
    area=st.integers(100_000, 999_999).map(str),
    number=st.integers(0, 999_999),
)
def test_check_digit_agrees_with_an_independent_implementation(kind: str, area: str, number: int) -> None:
    code = unified_code(kind, area, number)
    assert standard.calc_check_digit(code[:17]) == code[17]


@pytest.mark.parametrize("code", ["000014349", "01404053X", "01527918X", "053533505", "011336909"])
def test_organisation_code_of_real_bodies(code: str) -> None:
    assert organisation_code(code[:8]) == code


def test_area_codes_belong_to_no_province() -> None:
    assert all(unit.area_code.startswith("59") for unit in units())


def test_utilities_and_only_they_have_a_sector() -> None:
    for unit in units():
        assert (unit.sector is not None) == (unit.tenant_type == "public_utility")
        assert bool(unit.mark) == (unit.sector is None)
        assert monthly_task(unit) >= 1


def test_characters_are_mixed_and_governments_never_lazy() -> None:
    shares = Counter(unit.character for unit in units())
    assert shares["ordinary"] > shares["diligent"] > shares["lazy"] > shares["blank"] >= 8
    governments = {unit.character for unit in units() if unit.body == "government"}
    assert governments <= {"diligent", "ordinary"}


def test_the_abolished_body_has_a_living_successor() -> None:
    by_code = {unit.code: unit for unit in units()}
    abolished = [unit for unit in units() if unit.abolished_date]
    assert [unit.official_name for unit in abolished] == ["云岭州粮食和物资储备局"]
    successor = by_code[str(abolished[0].successor_code)]
    assert successor.official_name == "云岭州发展和改革委员会"
    assert successor.abolished_date is None

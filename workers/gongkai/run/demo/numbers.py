"""Document numbers of a unit: its 机关代字 with the letter of the kind, year and a rising sequence."""

import random
from datetime import date

from gongkai.run.demo.units import UnitRow

_FIRST_ORDER = 17


def document_code(unit: UnitRow, letter: str) -> str:
    """Return the code before the year: 云财发, 鹤政办发, 鹤政规. `letter` is 发, 办, 规 or 函."""
    government = unit.tenant_type.endswith("_government")
    if government and letter in ("办", "函"):
        return unit.mark + ("办发" if letter == "办" else "办函")
    return unit.mark + letter


class Sequences:
    """Rising numbers per code and year; a year that began before the first item starts in its middle."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._last: dict[tuple[str, int], int] = {}

    def number(self, unit: UnitRow, letter: str, formed: date) -> str:
        """Return the next number, such as 云财发〔2024〕12号, or 云岭州人民政府令第18号 for the letter 令.

        Numbers in between belong to documents that are not published.
        """
        if letter == "令":
            key = ("令", 0)
            self._last[key] = self._last.get(key, _FIRST_ORDER) + 1
            return f"{unit.official_name}令第{self._last[key]}号"
        code = document_code(unit, letter)
        key = (code, formed.year)
        start = formed.month * 3 - 3
        self._last[key] = self._last.get(key, start) + self._rng.randint(1, 3)
        return f"{code}〔{formed.year}〕{self._last[key]}号"

"""The demonstration corpus of one day, made once for all tests of this package."""

from datetime import date

import pytest

from gongkai.run.demo.rows import ItemRow

TODAY = date(2026, 3, 18)


@pytest.fixture(scope="session")
def past() -> list[ItemRow]:
    from gongkai.run.demo.history import history
    from gongkai.run.demo.units import units

    return list(history(TODAY, units()))


@pytest.fixture(scope="session")
def present() -> list[ItemRow]:
    from gongkai.run.demo.current import current_month
    from gongkai.run.demo.units import units

    return list(current_month(TODAY, units()))

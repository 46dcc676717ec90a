"""Everything here runs with a search server."""

import pytest


@pytest.fixture
def backend() -> str:
    """Only this one."""
    return "elasticsearch"

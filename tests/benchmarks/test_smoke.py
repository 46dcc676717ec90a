"""The benchmark runs, and its floors say what the pages say. Nothing is asserted about times."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gongkai.workers import queues
from tests.benchmarks import cases
from tests.benchmarks.__main__ import NAMES, main
from tests.benchmarks.measure import differences

TINY = ["--units", "3", "--items", "30", "--rounds", "2", "--jobs", "1"]


@pytest.fixture(autouse=True)
def _own_jobs() -> Iterator[None]:
    """The services that this process's jobs work with are bound once; give them back."""
    bound = dict(queues._bound)
    yield
    queues._bound.update(bound)


def test_everything_is_measured_on_pages_that_say_the_same(tmp_path: Path) -> None:
    measured = tmp_path / "measured.json"
    assert main([*TINY, "--json", str(measured)]) == 0
    results = json.loads(measured.read_text(encoding="utf8"))["results"]
    assert [one["name"] for one in results] == list(NAMES)
    assert all(
        one["ours"] > 0 and (one["ratio"] is None) == (one["name"] in (cases.HEAT, cases.SUGGESTIONS))
        for one in results
    )


def test_a_floor_that_says_something_else_is_noticed() -> None:
    page = b'<input name="csrf_token" value="one"><p>state</p>'
    assert not differences(page, page.replace(b"one", b"two"))
    assert "other" in differences(page, page.replace(b"state", b"other"))
    assert "lines" in differences(page, page + b"\n<p>more</p>")

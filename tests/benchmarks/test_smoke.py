"""The benchmark runs, and its floors say what the pages say. Nothing is asserted about times."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gongkai.workers import queues
from tests.benchmarks import cases, fresh
from tests.benchmarks.__main__ import NAMES, main
from tests.benchmarks.measure import differences
from tests.search.conftest import require_node

LIVE = ["--units", "3", "--items", "30", "--rate", "8", "--jobs", "1", "--heap", "400m"]
TINY = ["--units", "3", "--items", "30", "--rounds", "2", "--jobs", "1"]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that the database's own account reaches when the tests run as root."""
    with tempfile.TemporaryDirectory(prefix="gongkai-bench-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(autouse=True)
def _own_jobs() -> Iterator[None]:
    """The services that this process's jobs work with are bound once; give them back."""
    bound = dict(queues._bound)
    yield
    queues._bound.update(bound)


def test_everything_is_measured_on_pages_that_say_the_same(tmp_path: Path, open_folder: Path) -> None:
    measured = tmp_path / "measured.json"
    kept = ["--data", str(open_folder)]
    assert main([*TINY, *kept, "--json", str(measured)]) == 0
    results = json.loads(measured.read_text(encoding="utf8"))["results"]
    assert [one["name"] for one in results] == list(NAMES)
    assert all(
        one["ours"] > 0 and (one["ratio"] is None) == (one["name"] in (cases.HEAT, cases.SUGGESTIONS))
        for one in results
    )
    assert main([*TINY, *kept, "--only", cases.PUBLISHING]) == 0, "a database that was kept is used again"
    with pytest.raises(ValueError, match="choose another folder"):
        main([*TINY, *kept, "--items", "41"])


def test_how_soon_items_are_found_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    require_node()
    assert fresh.main([*LIVE, "--seconds", "1"]) == 0
    said = capsys.readouterr().out
    for engine in fresh.ENGINES:
        assert f"{engine}: 8 of 8 items searchable, p50 " in said
    assert "taken down: 0 still shown by the next search" in said


def test_a_rebuild_beside_publications_loses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    require_node()
    assert fresh.main([*LIVE, "--seconds", "10", "--rebuild"]) == 0
    said = capsys.readouterr().out
    assert "items were published and" in said
    assert said.count("documents, 0 missing, 0 stale, 0 extra") == len(fresh.ENGINES)


def test_a_floor_that_says_something_else_is_noticed() -> None:
    page = b'<input name="csrf_token" value="one"><p>state</p>'
    assert not differences(page, page.replace(b"one", b"two"))
    assert "other" in differences(page, page.replace(b"state", b"other"))
    assert "lines" in differences(page, page + b"\n<p>more</p>")

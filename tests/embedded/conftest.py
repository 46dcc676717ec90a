"""Folders that an unprivileged server can reach, and processes that hold a cluster."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gongkai.embedded.cluster import start

HOLDER = """
import sys, time
from pathlib import Path
from gongkai.embedded.cluster import start
cluster = start(Path(sys.argv[1]), durable=False)
print(cluster.url("owner"), flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def open_folder() -> Iterator[Path]:
    """A folder of mode 0755; pytest's own temporary folders are closed to other users."""
    folder = Path(tempfile.mkdtemp(prefix="gk-")).resolve()
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def stop_orphan(directory: Path) -> None:
    if (directory / "pgdata/postmaster.pid").exists():
        start(directory, durable=False).stop()


@pytest.fixture
def hold() -> Iterator[Callable[[Path], "subprocess.Popen[str]"]]:
    """Start a cluster in another process, which is killed at the end; no server outlives the test."""
    with ExitStack() as processes:

        def start_holder(directory: Path) -> "subprocess.Popen[str]":
            process = subprocess.Popen(
                [sys.executable, "-c", HOLDER, str(directory)],
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
            processes.callback(stop_orphan, directory)
            processes.enter_context(process)
            processes.callback(process.kill)
            assert process.stdout is not None
            assert process.stdout.readline().startswith("postgresql+psycopg://")
            return process

        yield start_holder

"""A cluster of its own, durable, with the application over it, both as they run in production."""

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import fakeredis
from flask import Flask

from gongkai.core import migrate
from gongkai.core.ports import Services
from gongkai.core.settings import Settings
from gongkai.embedded.cluster import start
from gongkai.run.compose import keep_for_good, make_app, make_services
from tests.benchmarks.load import Prepared, load
from tests.benchmarks.plan import NOW, Unit, plan_units

BASE_URL = "http://localhost"
SIZE = "size.json"
"""Beside the data: how many units and items a finished load has left."""


@dataclass(frozen=True)
class Environment:
    """What is measured, and what it is measured on; `url` is the application role's address."""

    app: Flask
    services: Services
    url: str
    units: list[Unit]
    waiting: list[Prepared]


@contextmanager
def environment(
    *, units: int, items: int, prepare: int, jobs: int, report: Callable[[str], None], data: Path | None = None
) -> Iterator[Environment]:
    """Start, migrate and fill the database; stopped when the block ends, and deleted unless it lies in `data`.

    `data` is filled once and found filled by later runs, with what earlier ones published; each run has items of its
    own that wait for approval. `ValueError` where it holds a prefecture of another size.
    """
    planned = plan_units(units, items)
    with ExitStack() as stack:
        folder = data or _passing(stack)
        filled = _is_filled(folder, units, items)
        cluster = stack.enter_context(start(folder / "data", durable=True))
        migrate.upgrade(cluster.url("owner"))
        began = time.perf_counter()
        waiting = load(cluster.url("owner"), planned, prepare=prepare, jobs=jobs, filled=filled)
        if not filled:
            report(f"loaded {units:,} units and {items:,} items in {time.perf_counter() - began:.0f} s")
            (folder / SIZE).write_text(json.dumps([units, items]), encoding="utf8")
        app, services = stack.enter_context(_application(cluster.url("app"), folder))
        yield Environment(app, services, cluster.url("app"), planned, waiting)


def _passing(stack: ExitStack) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="gongkai-bench-"))
    folder.chmod(0o755)
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _is_filled(folder: Path, units: int, items: int) -> bool:
    """Whether an earlier run has filled the folder with a prefecture of this size."""
    if not (folder / SIZE).exists():
        return False
    found = json.loads((folder / SIZE).read_text(encoding="utf8"))
    if found != [units, items]:
        raise ValueError(f"{folder} holds {found[0]:,} units and {found[1]:,} items: choose another folder")
    return True


@contextmanager
def _application(url: str, folder: Path) -> Iterator[tuple[Flask, Services]]:
    settings = Settings(
        mode="embedded",
        database_url=url,
        secret_key="benchmark-secret-key-of-32-chars!",
        password_salt="benchmark-password-salt",
        data_directory=folder,
        secure_cookies=False,
        password_hash_cost="low",
        base_url=BASE_URL,
        searches_per_minute=0,
    )
    services = make_services(settings, redis=fakeredis.FakeRedis(server=fakeredis.FakeServer()), clock=lambda: NOW)
    try:
        app = make_app(services)
        keep_for_good()
        yield app, services
    finally:
        services.database.engine.dispose()

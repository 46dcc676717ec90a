"""A cluster of its own, durable, with the application over it, both as they run in production."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    *, units: int, items: int, prepare: int, jobs: int, report: Callable[[str], None]
) -> Iterator[Environment]:
    """Start, migrate and fill the database; stopped and deleted when the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="gongkai-bench-"))
    folder.chmod(0o755)
    try:
        with start(folder / "data", durable=True) as cluster:
            migrate.upgrade(cluster.url("owner"))
            planned = plan_units(units, items)
            began = time.perf_counter()
            waiting = load(cluster.url("owner"), planned, prepare=prepare, jobs=jobs)
            report(f"loaded {units:,} units and {items:,} items in {time.perf_counter() - began:.0f} s")
            with _application(cluster.url("app"), folder) as (app, services):
                yield Environment(app, services, cluster.url("app"), planned, waiting)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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

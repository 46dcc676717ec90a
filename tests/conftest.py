"""Fixtures: one real PostgreSQL a worker, migrated once, emptied for each test; the application over it.

The application is imported inside fixtures only, so that the layout guard runs whatever is broken.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy import Engine

    from gongkai.core.ports import Services
    from gongkai.embedded.cluster import Cluster

START = datetime(2026, 3, 23, 1, 30, tzinfo=UTC)
"""Monday 2026-03-23, 09:30 in Shanghai: the time at which every test begins unless it says otherwise."""


class AdjustableClock:
    """A clock that tests set and advance."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        """Move forward, as `timedelta(**by)`."""
        self.now += timedelta(**by)


@pytest.fixture(scope="session")
def cluster() -> "Iterator[Cluster]":
    """A PostgreSQL of this worker's own, migrated to the head."""
    from gongkai.core import migrate
    from gongkai.embedded.cluster import start

    folder = Path(tempfile.mkdtemp(prefix="gongkai-test-"))
    folder.chmod(0o755)
    try:
        with start(folder / "data", durable=False) as running:
            migrate.upgrade(running.url("owner"))
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _emptier(cluster: "Cluster") -> "Iterator[Engine]":
    from sqlalchemy import create_engine

    engine = create_engine(cluster.url("super"), isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def _application(cluster: "Cluster", tmp_path_factory: pytest.TempPathFactory) -> "Iterator[tuple[Flask, Services]]":
    import fakeredis

    from gongkai.core.settings import Settings
    from gongkai.run.compose import make_app, make_services

    settings = Settings(
        mode="embedded",
        database_url=cluster.url("app"),
        secret_key="test-secret-key-of-32-characters!",
        password_salt="test-password-salt",
        data_directory=tmp_path_factory.mktemp("data"),
        secure_cookies=False,
        password_hash_cost="low",
        base_url="http://localhost",
        log_format="console",
        searches_per_minute=0,
    )
    services = make_services(settings, redis=fakeredis.FakeRedis(), clock=AdjustableClock())
    yield make_app(services), services
    services.database.engine.dispose()


@pytest.fixture
def clock(services: "Services") -> AdjustableClock:
    """The clock of the application under test."""
    found = services.database.clock
    assert isinstance(found, AdjustableClock)
    return found


@pytest.fixture
def services(_application: "tuple[Flask, Services]", _emptier: "Engine") -> "Services":
    """The services over an empty database, at START."""
    from gongkai.core.db import Base

    _, services = _application
    clock: Any = services.database.clock
    clock.now = START
    with _emptier.connect() as connection:
        deletes = "; ".join(f'DELETE FROM "{name}"' for name in Base.metadata.tables)
        connection.exec_driver_sql(f"SET session_replication_role = replica; {deletes}; RESET session_replication_role")
    return services


@pytest.fixture
def app(services: "Services", _application: "tuple[Flask, Services]") -> "Flask":
    """The web application over an empty database."""
    return _application[0]


@pytest.fixture
def client(app: "Flask") -> "FlaskClient":
    """A visitor's browser without JavaScript."""
    return app.test_client()


@pytest.fixture
def owner_engine(cluster: "Cluster") -> "Iterator[Engine]":
    """The owner role, for what only it may do (corrupting a count, reading the catalog)."""
    from sqlalchemy import create_engine

    engine = create_engine(cluster.url("owner"))
    yield engine
    engine.dispose()


@pytest.fixture
def superuser(cluster: "Cluster") -> "Iterator[Engine]":
    """The server's own role, for what no role of ours may do: reading every row, ending a connection."""
    from sqlalchemy import create_engine

    engine = create_engine(cluster.url("super"))
    yield engine
    engine.dispose()


@pytest.fixture
def in_ci() -> bool:
    """Whether a missing tool fails instead of skipping."""
    return bool(os.environ.get("CI"))


class Picture:
    """The rows of a database, taken once and put back in a fraction of the time that making them takes."""

    def __init__(self) -> None:
        self.world: Any = None
        self._tables: list[tuple[str, bytes]] = []

    def take(self, engine: "Engine", world: Any) -> None:
        """Remember `world` and every row there is."""
        from gongkai.core.db import Base

        self.world = deepcopy(world, {id(world.services): world.services})
        with engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            for table in Base.metadata.sorted_tables:
                columns = ", ".join(f'"{c.name}"' for c in table.columns if c.computed is None)
                with raw.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({columns}) TO STDOUT') as rows:
                    data = b"".join(bytes(block) for block in rows)
                if data:
                    self._tables.append((f'COPY "{table.name}" ({columns}) FROM STDIN', data))

    def restore(self, engine: "Engine") -> Any:
        """Put the rows back into an empty database and return the world that they are."""
        with engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            with raw.cursor() as cursor:
                cursor.execute("SET session_replication_role = replica")
                for statement, data in self._tables:
                    with cursor.copy(statement) as rows:
                        rows.write(data)
                cursor.execute("RESET session_replication_role")
        return deepcopy(self.world, {id(self.world.services): self.world.services})


@pytest.fixture(scope="session")
def _picture() -> Picture:
    return Picture()


@pytest.fixture
def world(services: "Services", _emptier: "Engine", _picture: Picture) -> Any:
    """A small prefecture with people in every post (`tests.factories.world.World`)."""
    from tests.factories.world import make_world

    if _picture.world is not None:
        return _picture.restore(_emptier)
    made = make_world(services)
    _picture.take(_emptier, made)
    return made

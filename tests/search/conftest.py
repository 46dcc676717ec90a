"""A search server for the tests of search: one node a test run, and one of a test's own that it may hurt."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.elasticsearch.home import Unavailable, home, java
from tests.elasticsearch.node import Node, free_port

if TYPE_CHECKING:
    from flask import Flask

    from gongkai.core.ports import Services
    from gongkai.search.elastic.backend import SearchWithElastic

_shared: list[Node] = []
"""Held until the process ends: a node's process outlives the fixture where other workers still use it."""


def require_node() -> None:
    """Without Java the test is skipped, in CI it fails."""
    try:
        home()
        java()
    except Unavailable as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))


def started(folder: Path, *, owner: int | None = None) -> Node:
    """A running node; without Java the test is skipped, in CI it fails."""
    require_node()
    node = Node(folder, free_port())
    node.start(owner=owner)
    return node


@pytest.fixture(scope="session")
def node_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Address of the run's node, started by the first worker that needs it; it ends with the run."""
    folder, owner = tmp_path_factory.getbasetemp(), os.getpid()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        folder, owner = folder.parent, os.getppid()
    noted = folder / "elasticsearch.url"
    with (folder / "elasticsearch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not noted.exists():
            node = started(folder / "elasticsearch", owner=owner)
            _shared.append(node)
            noted.write_text(node.url)
    return noted.read_text()


@pytest.fixture(scope="module")
def own_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node that may be frozen and killed."""
    node = started(tmp_path_factory.mktemp("node"))
    yield node
    node.stop()


@pytest.fixture(params=["postgresql", "elasticsearch"])
def backend(request: pytest.FixtureRequest) -> str:
    """Has a test run on both backends: a module asks for it once, with `usefixtures`."""
    return str(request.param)


@pytest.fixture(scope="session")
def _search(node_url: str, _application: "tuple[Flask, Services]") -> "Iterator[SearchWithElastic]":
    """The backend with a search server, and an index on it for all tests of this worker: making one takes a while."""
    search = connected(_application[1], node_url)
    build(replace(_application[1], search=search))
    yield search
    forget(search)


@pytest.fixture
def services(services: "Services", request: pytest.FixtureRequest) -> "Iterator[Services]":
    """The services; with a search server where `backend` says so."""
    if "backend" in request.fixturenames and request.getfixturevalue("backend") == "elasticsearch":
        with searching_with(services, request.getfixturevalue("_search")) as served:
            yield served
    else:
        yield services


@pytest.fixture
def world(world: Any, services: "Services") -> Any:
    """The world over these services; what earlier tests left on the server is gone."""
    from gongkai.search.elastic.backend import SearchWithElastic
    from gongkai.search.elastic.indexes import tidy
    from gongkai.search.services import repair

    world.services = services
    if isinstance(services.search, SearchWithElastic):
        tidy(services, services.search.engine)
        with services.database.system_scope("test") as uow:
            state = services.search.verify(uow)
        repair(services, state)
    return world


@pytest.fixture
def app(app: "Flask", services: "Services") -> "Flask":
    """The web application over these services."""
    from gongkai.run.compose import make_app

    return make_app(services) if app.extensions["gongkai.services"] is not services else app


def connected(services: "Services", url: str) -> "SearchWithElastic":
    """A backend with this server, under a name of its own."""
    from gongkai.core.errors import OutOfReach
    from gongkai.search.elastic.backend import SearchWithElastic

    class SeenAtOnce(SearchWithElastic):
        """Makes what was written visible before it searches: tests do not wait for that, but for a busy machine."""

        seconds = 30.0

        def search(self, uow: Any, query: Any) -> Any:
            if not self.engine.pause.is_on:
                with suppress(OutOfReach), self.engine.answering():
                    self.engine.within(5).indices.refresh(index=self.engine.alias)
            return super().search(uow, query)

    values = {"elasticsearch_url": url, "elasticsearch_prefix": f"test-{os.urandom(6).hex()}"}
    return SeenAtOnce(services.settings.model_copy(update=values))


@contextmanager
def searching_with(services: "Services", search: "SearchWithElastic") -> "Iterator[Services]":
    """The services and every job with this backend."""
    from gongkai.run.modules import MODULES
    from gongkai.workers.queues import bind

    served = replace(services, search=search)
    search.engine.pause.end()
    bind(served, MODULES)
    yield served
    bind(services, MODULES)


def forget(search: "SearchWithElastic") -> None:
    """Delete its indexes and close its connections."""
    indices = search.engine.client.indices
    for name in indices.get(index=f"{search.engine.alias}-*", features="aliases").body:
        indices.delete(index=name)
    search.engine.close()


def build(services: "Services") -> str:
    """Build an index and put it into use; returns its name."""
    from gongkai.search.elastic.rebuild import rebuilt

    search: Any = services.search
    quiet: Any = {"prepare": lambda: None, "progress": lambda *_: None}
    with rebuilt(services, search.engine, batch=500, queries=(), **quiet) as (built, put_into_use):
        put_into_use()
    return str(built.name)

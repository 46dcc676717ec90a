"""A search server for the tests of search: one node a test run, and one of a test's own that it may hurt."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.elasticsearch.home import Unavailable
from tests.elasticsearch.node import Node, free_port

if TYPE_CHECKING:
    from flask import Flask

    from gongkai.core.ports import Services

_shared: list[Node] = []
"""Held until the process ends: a node's process outlives the fixture where other workers still use it."""


def started(folder: Path, *, owner: int | None = None) -> Node:
    """A running node; without Java the test is skipped, in CI it fails."""
    node = Node(folder, free_port())
    try:
        node.start(owner=owner)
    except Unavailable as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))
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


@pytest.fixture
def services(services: "Services", request: pytest.FixtureRequest) -> "Iterator[Services]":
    """The services; with a search server where `backend` says so."""
    if "backend" in request.fixturenames and request.getfixturevalue("backend") == "elasticsearch":
        with searching_with(services, request.getfixturevalue("node_url")) as served:
            yield served
    else:
        yield services


@pytest.fixture
def world(world: Any, services: "Services") -> Any:
    """The world over these services."""
    world.services = services
    return world


@pytest.fixture
def app(app: "Flask", services: "Services") -> "Flask":
    """The web application over these services."""
    from gongkai.run.compose import make_app

    return make_app(services) if services.settings.elasticsearch_url else app


@contextmanager
def searching_with(services: "Services", url: str) -> "Iterator[Services]":
    """The services and every job with a search server, on which an index is in use; it is removed at the end."""
    from gongkai.run.modules import MODULES
    from gongkai.search.elastic.backend import SearchWithElastic
    from gongkai.workers.queues import bind

    class SeenAtOnce(SearchWithElastic):
        """Makes what was written visible before it searches, so that tests need not wait for the interval."""

        def search(self, uow: Any, query: Any) -> Any:
            if not self.engine.pause.is_on:
                with suppress(OutOfReach), self.engine.answering():
                    self.engine.within(0.5).indices.refresh(index=self.engine.alias)
            return super().search(uow, query)

    from gongkai.core.errors import OutOfReach

    prefix = f"test-{os.getpid()}-{os.urandom(4).hex()}"
    settings = services.settings.model_copy(update={"elasticsearch_url": url, "elasticsearch_prefix": prefix})
    search = SeenAtOnce(settings)
    served = replace(services, settings=settings, search=search)
    build(served)
    bind(served, MODULES)
    yield served
    bind(services, MODULES)
    for name in search.engine.client.indices.get(index=f"{prefix}-*", features="aliases").body:
        search.engine.client.indices.delete(index=name)
    search.engine.close()


def build(services: "Services") -> str:
    """Build an index and put it into use; returns its name."""
    from gongkai.search.elastic.rebuild import rebuilt

    search: Any = services.search
    quiet: Any = {"prepare": lambda: None, "progress": lambda *_: None}
    with rebuilt(services, search.engine, batch=500, queries=(), **quiet) as (built, put_into_use):
        put_into_use()
    return str(built.name)

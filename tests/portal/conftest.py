"""A running portal for browsers."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from flask import Flask


class Portal(NamedTuple):
    """A running portal: its address, and the paths of its pages, the richest item's first."""

    address: str
    paths: list[str]


@pytest.fixture
def portal(app: "Flask", world: Any) -> Iterator[Portal]:
    """A portal with everything that its pages can show, behind a socket."""
    from tests.portal.showcase import make_showcase
    from tests.web.live import live_server

    paths = make_showcase(world)
    with live_server(app) as address:
        yield Portal(address, paths)

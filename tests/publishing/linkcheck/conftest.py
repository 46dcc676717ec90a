"""A site elsewhere on this machine, and ways of asking it."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from socket import gaierror, getaddrinfo
from typing import Any

import pytest

from gongkai.publishing.linkcheck.asking import Asker
from gongkai.publishing.linkcheck.pace import Pace
from tests.conftest import START
from tests.factories.world import World
from tests.publishing.linkcheck.servers import Site


@pytest.fixture
def site() -> Iterator[Site]:
    """A web server that answers as the test tells it."""
    with Site() as running:
        yield running


def quick() -> Pace:
    """Turns without waiting."""
    return Pace(sleep=lambda _: None)


@pytest.fixture
def asker(site: Site) -> Asker:
    """Asks the site as a host of the inside that the operator has named."""
    ports = frozenset({80, 443, site.port})
    return Asker("http://localhost", frozenset({"127.0.0.1"}), ports, START, quick(), seconds=2.0)


def only_here(host: str, port: int, **values: Any) -> Any:
    """Addresses of IP addresses; names would be asked for over the network."""
    try:
        ip_address(host)
    except ValueError:
        raise gaierror from None
    return getaddrinfo(host, port, **values)


@pytest.fixture
def on(world: World, site: Site, monkeypatch: pytest.MonkeyPatch) -> World:
    """The world whose job may check links, those of the site too; no other host is known, and nobody is waited for."""
    monkeypatch.setattr("gongkai.core.outbound.getaddrinfo", only_here)
    monkeypatch.setattr("gongkai.publishing.linkcheck.pace.INTERVAL_SECONDS", 0.0)
    changes = {"linkcheck": True, "linkcheck_inner_hosts": "127.0.0.1", "linkcheck_ports": str(site.port)}
    world.services = replace(world.services, settings=world.services.settings.model_copy(update=changes))
    return world

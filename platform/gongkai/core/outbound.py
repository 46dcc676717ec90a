"""Requests to addresses that people typed and strangers answer, so that none reaches the inside of the network.

A name is resolved once; the connection goes to the very address that was looked at, and is cut off when its time is
over. Nothing here follows a redirect, sends a cookie or asks the environment for a proxy.
"""

import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from http.client import HTTPConnection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from socket import SHUT_RDWR, SOCK_STREAM, create_connection, getaddrinfo, socket
from threading import Timer

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Sequence[Address]]
"""Host and port → its addresses; raises `OSError` or `UnicodeError` where there are none."""
_NAT64 = IPv6Network("64:ff9b::/96")


def resolve(host: str, port: int) -> Sequence[Address]:
    """The addresses of a host as the system knows them, written ones included (`2130706433` is 127.0.0.1)."""
    return [ip_address(entry[4][0]) for entry in getaddrinfo(host, port, type=SOCK_STREAM)]


def is_public(address: Address) -> bool:
    """Whether an address is of the public network, also where an IPv4 one stands inside one of IPv6."""
    inner = address
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or address
        if address in _NAT64:
            inner = IPv4Address(int(address) % 2**32)
    usual = not (inner.is_multicast or inner.is_reserved or getattr(inner, "is_site_local", False))
    return inner.is_global and usual


class PinnedConnection(HTTPConnection):
    """A connection to an address that has been looked up and found allowed, which is cut off when its time is over.

    The time-out of a socket is that of one read: who gives a byte now and then would never run into it.

    Attributes:
        expired: whether it was cut off; what was read until then is not whole.
    """

    def __init__(
        self, host: str, port: int, address: Address, *, encrypted: bool, seconds: float, silent_seconds: float
    ) -> None:
        super().__init__(host, port, timeout=min(silent_seconds, seconds))
        self._address, self._encrypted = str(address), encrypted
        self._socket: socket | None = None
        self._timer = Timer(seconds, self._cut)
        self._timer.daemon = True
        self.expired = False

    def connect(self) -> None:
        """Connect to the address; the certificate is checked against the name."""
        self._timer.start()
        self._socket = create_connection((self._address, self.port), self.timeout)
        if self._encrypted:
            context = ssl.create_default_context()
            encrypted = context.wrap_socket(self._socket, server_hostname=self.host, do_handshake_on_connect=False)
            # From here on it is this one that is cut off, in the middle of the handshake too.
            self._socket = encrypted
            if not self.expired:
                encrypted.do_handshake()
        if self.expired:
            raise TimeoutError
        self.sock = self._socket

    def end(self) -> None:
        """Close the connection for good; `close` is called as soon as the head of an answer is read."""
        self.close()
        self._timer.cancel()
        if self._socket is not None:
            self._socket.close()

    def _cut(self) -> None:
        self.expired = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(SHUT_RDWR)

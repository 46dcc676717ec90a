"""Addresses of links: what they are, in one spelling each, and whether their host is on the list of domains."""

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit

SCHEMES = {"http": 80, "https": 443}
LONGEST = 2000
"""Longer addresses are cut by servers and programs on the way, and fill no index."""
GOVERNMENT = ("gov.cn", "政务.cn".encode("idna").decode(), "政务".encode("idna").decode())
"""Domains of government sites （国办发〔2017〕47号：以 .gov.cn 为后缀；中文域名以 .政务 结尾）, always on the list."""
_LEFT_ALONE = frozenset({"mailto", "tel", "sms"})
_SAFE = "/%:@!$&'()*+,;=~-._"
_LONGEST_NAME = 253


@dataclass(frozen=True, slots=True)
class Target:
    """Where a link leads.

    Attributes:
        address: in ASCII, without fragment; of this platform the path and query alone.
        host: in lower case ASCII; empty on this platform.
    """

    address: str
    host: str


class Malformed(Exception):
    """What stands in the link is no address of a page."""


def target_of(written: str, *, base_url: str, page: str = "/") -> Target | None:
    """Where a link of the page at path `page` leads; None for what is no address of a page (mail, telephone, anchor).

    Raises:
        Malformed: for another scheme, a user's name or password, control characters, an impossible host or port,
            more than LONGEST characters.
    """
    address = written.strip()
    if not address or address.startswith("#"):
        return None
    if len(address) > LONGEST or not address.isprintable():
        raise Malformed
    try:
        alone = urlsplit(address)
        parts = urlsplit(urljoin(base_url + page, address.replace(" ", "%20")))
        if parts.scheme in _LEFT_ALONE:
            return None
        host, port = host_of(parts), parts.port
    except (ValueError, UnicodeError) as error:
        raise Malformed from error
    hostless = alone.scheme in SCHEMES and not alone.netloc
    if hostless or parts.scheme not in SCHEMES or not host or "@" in parts.netloc or "\\" in parts.netloc or port == 0:
        raise Malformed
    path = quote(parts.path, safe=_SAFE) or "/"
    path += f"?{quote(parts.query, safe=_SAFE + '/?')}" if parts.query else ""
    own = urlsplit(base_url)
    if host == host_of(own) and (port or SCHEMES[parts.scheme]) in (own.port or SCHEMES[own.scheme], *SCHEMES.values()):
        found = Target(path, "")
    else:
        name = f"[{host}]" if ":" in host else host
        usual = port is None or port == SCHEMES[parts.scheme]
        found = Target(f"{parts.scheme}://{name}{'' if usual else f':{port}'}{path}", host)
    if len(found.address) > LONGEST:
        raise Malformed
    return found


def host_of(parts: SplitResult) -> str:
    """The host of an address as name servers and certificates spell it; empty where there is none.

    Raises:
        UnicodeError: when it is no possible name.
    """
    host = parts.hostname or ""
    if not host.isascii():
        host = host.encode("idna").decode().lower()
    host = host.rstrip(".")
    if len(host) > _LONGEST_NAME or any(not (letter.isalnum() or letter in "-._:") for letter in host):
        raise UnicodeError("no name of a host")
    return host


def domain_of(written: str) -> str:
    """A domain as somebody writes it, or an address of it, in the spelling of `host_of`; empty when it is none."""
    text = written.strip().lower()
    try:
        host = host_of(urlsplit(text if "://" in text else f"//{text}"))
    except (ValueError, UnicodeError):
        return ""
    return host.removeprefix("www.") if "." in host.strip(".") else ""


def is_listed(host: str, domains: Collection[str]) -> bool:
    """Whether a host is one of these domains, or lies below one."""
    labels = host.split(".")
    return any(".".join(labels[at:]) in domains for at in range(len(labels)))


def is_government(host: str) -> bool:
    """Whether a host is of the domains that are always on the list."""
    return not host or is_listed(host, GOVERNMENT)


def split_list(written: str) -> frozenset[str]:
    """The entries of a setting that names several things, parted by commas."""
    return frozenset(entry.strip().lower() for entry in written.split(",") if entry.strip())

"""Permanent addresses of the portal, as paths (architecture decision 17)."""

from urllib.parse import quote, urlsplit


def item_path(item_id: int) -> str:
    """Page of an item."""
    return f"/items/{item_id}"


def unit_path(code: str) -> str:
    """Page of a unit."""
    return f"/units/{code}/"


def guide_path(code: str) -> str:
    """Disclosure guide of a unit."""
    return f"/units/{code}/guide/"


def column_path(code: str, column_code: str) -> str:
    """List of a unit's column."""
    return f"/units/{code}/columns/{quote(column_code, safe='')}/"


def outside(url: str) -> str:
    """`url` if it is a web address that may become a link, else an empty string."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return url.strip() if parts.scheme in ("http", "https") and parts.netloc else ""


def link_target(href: object) -> str:
    """`href` if it is a path of this site or a web address, else an empty string."""
    if not isinstance(href, str):
        return ""
    own = href.startswith("/") and not href.startswith(("//", "/\\"))
    return href if own else outside(href)

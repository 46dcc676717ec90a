"""Where a person goes on after signing in: only to a page of this site."""

from urllib.parse import urlsplit

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gongkai.accounts.permissions import Permission

HOME = "/work/"
DOORS = frozenset({"/sign-in", "/sign-out"})
LONGEST_PATH = 2000


def safe_path(value: str | None) -> str:
    """`value` if it is a path of this site that is worth returning to, else an empty string."""
    if not value or len(value) > LONGEST_PATH or not value.startswith("/"):
        return ""
    # Browsers read a backslash as a slash and skip tabs and line breaks, so `/\evil` and `/\t/evil` leave the site.
    if value.startswith("//") or "\\" in value or any(ord(char) < 0x20 or ord(char) == 0x7F for char in value):
        return ""
    return "" if urlsplit(value).path.rstrip("/") in DOORS else value


def return_path() -> str:
    """The page to come back to: this one, or the one whose form was sent."""
    if request.method != "POST" and "HX-Request" not in request.headers:
        return safe_path(request.full_path.removesuffix("?")) or HOME
    came_from = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    if came_from.netloc != request.host:
        return HOME
    return safe_path(came_from.path + (f"?{came_from.query}" if came_from.query else "")) or HOME


def to_sign_in() -> ResponseReturnValue:
    """Off to the sign-in page, and back here afterwards."""
    address = url_for("security.login", next=return_path())
    if "HX-Request" in request.headers:
        return "", 401, {"HX-Redirect": address}
    return redirect(address)


def session_is_lost(view: object) -> bool:
    """Whether the request wants a view that only signed-in people reach, and nobody is signed in (any more)."""
    permission = getattr(view, "permission", Permission.PUBLIC_READ)
    return permission is not Permission.PUBLIC_READ and not current_user.is_authenticated

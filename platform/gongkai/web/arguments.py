"""What the address of a list asks for."""

from flask import request

LAST_PAGE = 100_000
"""No list has so many pages, and no database skips more rows than it can count."""


def page_number() -> int:
    """The page asked for by `page`, from 1; the first for anything that is no number of a page."""
    written = request.args.get("page", "")
    fits = written.isascii() and written.isdigit() and len(written) <= len(str(LAST_PAGE))
    return max(1, min(int(written), LAST_PAGE)) if fits else 1

"""What addresses of the portal may hold."""

import re

from flask import request

from gongkai.core.calendar.periods import Period

LONGEST_QUERY = 100
_YEAR = re.compile("(19|20)[0-9]{2}")


def year() -> int | None:
    """The year asked for, None for all."""
    found = request.args.get("year", "")
    return int(found) if _YEAR.fullmatch(found) else None


def month() -> Period | None:
    """The month asked for, None for all."""
    try:
        return Period.parse(request.args.get("month", ""))
    except ValueError:
        return None

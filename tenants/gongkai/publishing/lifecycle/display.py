"""The end of a display （公示截止, `catalog.md` section 1）: from that day on only that it ended is shown."""

from datetime import date

from sqlalchemy import ColumnElement, or_

from gongkai.publishing.models import Item


def has_ended(until: date | None, today: date) -> bool:
    """Whether a display until `until` is over on `today`, both Shanghai dates; it is no takedown."""
    return until is not None and until <= today


def still_shown(today: date) -> ColumnElement[bool]:
    """Condition on `item`: its display has not ended on `today`."""
    return or_(Item.display_until.is_(None), Item.display_until > today)

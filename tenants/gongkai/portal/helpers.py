"""What the portal's templates share: days, crumbs, absolute addresses."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flask import Blueprint, url_for

from gongkai.catalog.column_templates import PARTS
from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.publishing.lifecycle.display import has_ended
from gongkai.web import current


def shanghai_day(at: datetime) -> str:
    """The Shanghai date of an instant, as tables write it."""
    return shanghai_date(at).isoformat()


def chinese_day(day: date) -> str:
    """A date as prose writes it."""
    return format_date(day)


def trail_crumbs(trail: Sequence[Sequence[str]], *more: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Breadcrumb from the prefecture down, and what is below the unit."""
    return [*((name, url_for("portal_units.unit", code=code)) for code, name in trail), *more]


def absolute(path: str) -> str:
    """A path of this site with the public address before it."""
    return current.services().settings.base_url + path


def display_ended(item: Any) -> bool:
    """Whether the display of a listed item （with `display_until`） is over."""
    return has_ended(getattr(item, "display_until", None), shanghai_date(current.uow().now))


def part_name(part: str) -> str:
    """Name of a part of the catalogue."""
    return PARTS[part]


def register(blueprint: Blueprint) -> None:
    """Give the templates of this blueprint's application the portal's words."""

    @blueprint.record
    def add(state: Any) -> None:
        environment = state.app.jinja_env
        environment.filters.update(shanghai_day=shanghai_day, chinese_day=chinese_day)
        environment.globals.update(trail_crumbs=trail_crumbs, absolute=absolute, part_name=part_name)
        environment.globals.update(display_ended=display_ended)

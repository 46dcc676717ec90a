"""Where screens about a unit's people stand: each has two addresses, one for each permission."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts import people
from gongkai.accounts.people import Unit
from gongkai.accounts.permissions import Permission
from gongkai.web import current
from gongkai.web.routing import route

View = Callable[..., ResponseReturnValue]


@dataclass(frozen=True, slots=True)
class Place:
    """The unit that a screen is about, and the addresses of its screens."""

    unit: Unit
    unit_id: int | None

    def to(self, name: str, **values: Any) -> str:
        """Address of a screen for the same unit, by the same way in; `name` may begin with a blueprint's."""
        blueprint, _, view = name.rpartition(".")
        if self.unit_id is None:
            return url_for(f"{blueprint or 'people'}.{view}", **values)
        return url_for(f"{blueprint or 'people'}.unit_{view}", unit_id=self.unit_id, **values)

    @property
    def crumbs(self) -> list[tuple[str, str]]:
        """Where the unit's list stands."""
        above = [] if self.unit_id is None else [("各单位人员", url_for("people.units"))]
        return [*above, (f"{self.unit.short_name}人员", self.to("index"))]

    @contextmanager
    def inside(self, reason: str) -> Iterator[None]:
        """Work on what is the unit's own: for the prefecture's administrator a named, audited operation on it."""
        if self.unit_id is None:
            yield
            return
        with current.uow().acting_for(self.unit.id, reason=reason):
            yield


def at_both(
    blueprint: Blueprint, folder: str, rule: str, *, methods: Sequence[str] = ("GET",)
) -> Callable[[View], View]:
    """Register a view for one's own unit, and for a unit chosen by the prefecture's administrator."""

    def register(view: View) -> View:
        own = route(blueprint, f"/work/{folder}{rule}", permission=Permission.PEOPLE_MANAGE, methods=methods)
        chosen = route(
            blueprint,
            f"/work/units/<int:unit_id>/{folder}{rule}",
            permission=Permission.PREFECTURE_PEOPLE_MANAGE,
            methods=methods,
            endpoint=f"unit_{view.__name__}",
        )
        return chosen(own(view))

    return register


def place_of(unit_id: int | None) -> Place:
    """The place for one's own unit (None), or for the chosen one.

    Raises:
        NotFound, Forbidden: as `accounts.people.unit_for`.
    """
    return Place(people.unit_for(current.uow(), actor=current.actor(), unit_id=unit_id), unit_id)

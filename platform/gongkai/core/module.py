"""The one object that a module offers to the composition root; nothing registers itself at import."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import click
from flask import Blueprint

from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork

EventHandler = Callable[[Services, UnitOfWork, Sequence[int]], None]
Task = Callable[[Services], None]
HealthCheck = Callable[[UnitOfWork], str | None]
Remark = Callable[[Services], str | None]
Badge = Callable[[UnitOfWork, Any], int]


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """An entry of the officials' navigation.

    Attributes:
        duty: heading it stands under （发布, 审查, 督查, 设置 …）.
        endpoint: Flask endpoint without arguments.
        permission: value of the `Permission` that shows it.
        badge: number of matters waiting, from the unit of work and the person at work (`accounts.actors.Actor`).
    """

    duty: str
    label: str
    endpoint: str
    permission: str
    badge: Badge | None = None
    order: int = 100


@dataclass(frozen=True, slots=True)
class Periodic:
    """A job that runs every `every`; `name` is the key under which it is reconciled at start."""

    name: str
    every: timedelta
    task: Task


@dataclass(frozen=True, slots=True)
class Module:
    """What a module adds to the product.

    Attributes:
        handlers: outbox event kind → function (services, unit of work in system scope, object ids); runs at least
            once, in one transaction with the deletion of the events.
        giving_way: kinds of `handlers` that are worked off when nothing else is due, a few at a time; what was
            published is found at once, whatever an import of thousands has left to be done.
        health: name → what keeps the process from serving, if anything; `remarks`: what is worse than it should be
            although it serves.
    """

    name: str
    blueprints: Sequence[Blueprint] = ()
    commands: Sequence[click.Command] = ()
    navigation: Sequence[NavigationLink] = ()
    handlers: Mapping[str, EventHandler] = field(default_factory=lambda: MappingProxyType({}))
    giving_way: frozenset[str] = frozenset()
    schedule: Sequence[Periodic] = ()
    health: Mapping[str, HealthCheck] = field(default_factory=lambda: MappingProxyType({}))
    remarks: Mapping[str, Remark] = field(default_factory=lambda: MappingProxyType({}))

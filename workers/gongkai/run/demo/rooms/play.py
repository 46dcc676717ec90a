"""Plays the rooms' scenes in the order in which they rest on each other."""

from collections.abc import Sequence

from gongkai.core.module import Module
from gongkai.core.ports import Services
from gongkai.run.demo.rooms import (
    arrivals,
    assignments,
    chains,
    companions,
    emergencies,
    external,
    lifecycle,
    proceedings,
    reorganisations,
    reports,
    rounds,
    slips,
    spotchecks,
    staff,
    statements,
    terms,
    trainings,
    transfers,
)
from gongkai.run.demo.rooms.stage import Stage
from gongkai.workers.outbox import drain

ROOMS = (
    staff,
    lifecycle,
    reorganisations,
    terms,
    chains,
    emergencies,
    arrivals,
    companions,
    reports,
    external,
    slips,
    assignments,
    trainings,
    proceedings,
    spotchecks,
    transfers,
    statements,
    rounds,
)
MOST_EVENTS = 200_000


def play_rooms(services: Services, modules: Sequence[Module]) -> None:
    """Play every scene that no earlier start has played, and work off all events, those of earlier items too."""
    stage = Stage.over(services)
    for room in ROOMS:
        room.play(stage)
    drain(services, modules, limit=MOST_EVENTS)
    companions.follow(stage)
    drain(services, modules, limit=MOST_EVENTS)

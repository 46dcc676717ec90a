"""Acting at a time that has passed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time

from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.calendar.periods import Period
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork


@dataclass
class MovingClock:
    """Tells the time at which the demonstration pretends to act."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@contextmanager
def first_morning(services: Services, month: Period) -> Iterator[UnitOfWork]:
    """A unit of work for every unit, at nine o'clock on the first day of a month."""
    moment = datetime.combine(month.first_day, time(9), tzinfo=SHANGHAI)
    with replace(services.database, clock=lambda: moment).system_scope("demonstration") as uow:
        yield uow

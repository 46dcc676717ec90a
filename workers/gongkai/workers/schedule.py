"""The only schedule: what every module wants to run from time to time, and the sweep of the outbox.

Production hands it to RQ's cron; embedded mode enqueues the same jobs from a thread.
"""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from redis.exceptions import RedisError

from gongkai.core.module import Module, Periodic
from gongkai.core.ports import Services
from gongkai.workers.outbox import TURN_SECONDS, drain

log = structlog.get_logger()
TICK_SECONDS = 5.0
SWEEP = timedelta(seconds=30)


def entries(modules: Sequence[Module]) -> list[Periodic]:
    """Every periodic job; the sweep drains what no job was asked to."""

    def sweep(services: Services) -> None:
        drain(services, modules, seconds=TURN_SECONDS)

    return [Periodic("outbox.sweep", SWEEP, sweep), *(entry for module in modules for entry in module.schedule)]


class Ticker:
    """Enqueues the entries from one thread, each when its interval has passed since it was last enqueued."""

    def __init__(self, schedule: Sequence[Periodic], enqueue: Callable[[str], None]) -> None:
        self._schedule, self._enqueue = schedule, enqueue
        self._last: dict[str, datetime] = {}
        self._stop = threading.Event()

    def tick(self, now: datetime) -> list[str]:
        """Enqueue what is due at `now`; returns the names.

        What the job store does not take is logged, and due again at the next tick.
        """
        due = [e.name for e in self._schedule if e.name not in self._last or now - self._last[e.name] >= e.every]
        enqueued = []
        for name in due:
            try:
                self._enqueue(name)
            except RedisError as error:
                log.warning("schedule.unreachable", entry=name, error=type(error).__name__)
                continue
            self._last[name] = now
            enqueued.append(name)
        return enqueued

    def start(self, clock: Callable[[], datetime]) -> None:
        """Tick until `stop`, in a daemon thread."""

        def loop() -> None:
            while not self._stop.wait(TICK_SECONDS):
                self.tick(clock())

        threading.Thread(target=loop, name="schedule", daemon=True).start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
